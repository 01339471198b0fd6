// Package elasticsearch stands for Elastic's client, a quarter of all that Jaeger is built from: the stack's Jaeger keeps
// traces in Badger. It is what Jaeger's source names of it, and connects to nothing.
package elasticsearch

import (
	"errors"
	"net/http"

	"github.com/elastic/go-elasticsearch/v9/esapi"
)

// Config is how to reach a server.
type Config struct {
	Addresses            []string
	Username, Password   string
	DiscoverNodesOnStart bool
	CompressRequestBody  bool
	Header               http.Header
	Transport            http.RoundTripper
}

// Client would be one of a server.
type Client struct {
	Indices *esapi.Indices
}

// NewClient fails.
func NewClient(Config) (*Client, error) {
	return nil, errors.New("this Jaeger is built without a client for Elasticsearch 8 and newer")
}
