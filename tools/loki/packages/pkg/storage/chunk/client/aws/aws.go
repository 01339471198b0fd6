// Package aws would store in Amazon S3 and DynamoDB, with Amazon's clients.
package aws

import (
	"errors"
	"flag"

	"github.com/grafana/dskit/backoff"
	"github.com/grafana/dskit/flagext"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/grafana/loki/v3/pkg/storage/chunk/client"
	"github.com/grafana/loki/v3/pkg/storage/chunk/client/hedging"
	"github.com/grafana/loki/v3/pkg/storage/config"
	"github.com/grafana/loki/v3/pkg/storage/stores/series/index"
)

var errAbsent = errors.New("this Loki is built without Amazon's stores")

// StorageConfig can be set only to fail.
type StorageConfig struct {
	DynamoDBConfig
	S3Config
}

// RegisterFlags registers none.
func (*StorageConfig) RegisterFlags(*flag.FlagSet) {}

// Validate finds nothing.
func (*StorageConfig) Validate() error { return nil }

// DynamoDBConfig has what others ask for.
type DynamoDBConfig struct {
	DynamoDB flagext.URLValue
	Metrics  struct{ URL string }
}

// S3Config has what others set.
type S3Config struct {
	BackoffConfig backoff.Config
}

// RegisterFlagsWithPrefix registers none.
func (*S3Config) RegisterFlagsWithPrefix(string, *flag.FlagSet) {}

// Validate finds nothing.
func (*S3Config) Validate() error { return nil }

// NewS3ObjectClient fails.
func NewS3ObjectClient(S3Config, hedging.Config) (client.ObjectClient, error) {
	return nil, errAbsent
}

// NewDynamoDBIndexClient fails.
func NewDynamoDBIndexClient(DynamoDBConfig, config.SchemaConfig, prometheus.Registerer) (index.Client, error) {
	return nil, errAbsent
}

// NewDynamoDBChunkClient fails.
func NewDynamoDBChunkClient(DynamoDBConfig, config.SchemaConfig, prometheus.Registerer) (client.Client, error) {
	return nil, errAbsent
}

// NewDynamoDBTableClient fails.
func NewDynamoDBTableClient(DynamoDBConfig, prometheus.Registerer) (index.TableClient, error) {
	return nil, errAbsent
}

// IsRetryableErr is asked of no error here.
func IsRetryableErr(error) bool { return false }
