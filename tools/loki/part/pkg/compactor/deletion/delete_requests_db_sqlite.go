package deletion

import "github.com/grafana/loki/v3/pkg/storage/stores/shipper/indexshipper/storage"

// There is none to clean.
func cleanupSQLiteDB(string, storage.Client) error { return nil }
