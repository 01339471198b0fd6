// Package ibmcloud would store in IBM's Cloud Object Storage, with IBM's client.
package ibmcloud

import (
	"errors"
	"flag"

	"github.com/grafana/loki/v3/pkg/storage/chunk/client"
	"github.com/grafana/loki/v3/pkg/storage/chunk/client/hedging"
)

// COSConfig can be set only to fail.
type COSConfig struct{}

// RegisterFlags registers none.
func (*COSConfig) RegisterFlags(*flag.FlagSet) {}

// RegisterFlagsWithPrefix registers none.
func (*COSConfig) RegisterFlagsWithPrefix(string, *flag.FlagSet) {}

// NewCOSObjectClient fails.
func NewCOSObjectClient(COSConfig, hedging.Config) (client.ObjectClient, error) {
	return nil, errors.New("this Loki is built without IBM's stores")
}
