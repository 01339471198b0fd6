// Package esapi is what Jaeger's source names of Elastic's.
package esapi

import (
	"io"
	"net/http"
)

// Indices is never made.
type Indices struct {
	PutIndexTemplate func(name string, body io.Reader) (*http.Response, error)
}
