package deletion

import (
	"context"
	"errors"
	"time"

	"github.com/grafana/loki/v3/pkg/compactor/deletion/deletionproto"
	"github.com/grafana/loki/v3/pkg/storage/stores/shipper/indexshipper/storage"
)

var errNoSQLite = errors.New("this Loki is built without SQLite: requests to delete are kept in boltdb")

// No value of it is ever made.
type deleteRequestsStoreSQLite struct {
	DeleteRequestsStore
}

func newDeleteRequestsStoreSQLite(string, storage.Client, time.Duration) (*deleteRequestsStoreSQLite, error) {
	return nil, errNoSQLite
}

func (*deleteRequestsStoreSQLite) isEmpty(context.Context) (bool, error) { return false, errNoSQLite }

func (*deleteRequestsStoreSQLite) copyData(context.Context, []deletionproto.DeleteRequest, []userCacheGen) error {
	return errNoSQLite
}

func (*deleteRequestsStoreSQLite) fixProcessedShardCount(context.Context) error { return errNoSQLite }

type userCacheGen struct {
	userID   string
	cacheGen string
}
