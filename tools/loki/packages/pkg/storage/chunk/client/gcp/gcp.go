// Package gcp would store in Google's Cloud Storage and Bigtable, with Google's clients.
package gcp

import (
	"context"
	"errors"
	"flag"

	"github.com/grafana/loki/v3/pkg/storage/chunk/client"
	"github.com/grafana/loki/v3/pkg/storage/chunk/client/hedging"
	"github.com/grafana/loki/v3/pkg/storage/config"
	"github.com/grafana/loki/v3/pkg/storage/stores/series/index"
)

var errAbsent = errors.New("this Loki is built without Google's stores")

// Config of Bigtable, with what others set.
type Config struct {
	DistributeKeys bool
}

// RegisterFlags registers none.
func (*Config) RegisterFlags(*flag.FlagSet) {}

// Validate finds nothing.
func (*Config) Validate() error { return nil }

// GCSConfig has what others set.
type GCSConfig struct {
	EnableRetries bool
}

// RegisterFlags registers none.
func (*GCSConfig) RegisterFlags(*flag.FlagSet) {}

// RegisterFlagsWithPrefix registers none.
func (*GCSConfig) RegisterFlagsWithPrefix(string, *flag.FlagSet) {}

// NewGCSObjectClient fails.
func NewGCSObjectClient(context.Context, GCSConfig, hedging.Config) (client.ObjectClient, error) {
	return nil, errAbsent
}

// NewStorageClientV1 fails.
func NewStorageClientV1(context.Context, Config, config.SchemaConfig) (index.Client, error) {
	return nil, errAbsent
}

// NewStorageClientColumnKey fails.
func NewStorageClientColumnKey(context.Context, Config, config.SchemaConfig) (index.Client, error) {
	return nil, errAbsent
}

// NewBigtableObjectClient fails.
func NewBigtableObjectClient(context.Context, Config, config.SchemaConfig) (client.Client, error) {
	return nil, errAbsent
}

// NewTableClient fails.
func NewTableClient(context.Context, Config) (index.TableClient, error) {
	return nil, errAbsent
}

// IsRetryableErr is asked of no error here.
func IsRetryableErr(error) bool { return false }
