package pgtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/devkit/child"
	"saphan/devkit/postgres"
	"saphan/migrations"
)

// The names inside the server.
const (
	owner    = "saphan" // owns the databases, as DATABASE_URL's role does; no superuser
	template = "template_saphan"
	txName   = "transactions" // the copy that all Tx share
)

// prefix begins the names of the servers' folders; stale is the age from which one that nobody uses
// is litter.
const (
	prefix = "saphan-pgtest-"
	stale  = time.Minute
)

// shared is the server of the running test program: TestMain and the tests have no other way to hand
// it to each other.
var shared server

// server is a cluster that starts when first asked for.
type server struct {
	main    atomic.Bool // TestMain will close it
	mu      sync.Mutex
	cluster *cluster
	err     error
}

// cluster is a running server with the migrated database.
type cluster struct {
	postgres *postgres.Server
	dir      string
	admin    *pgxpool.Pool // as superuser
	pool     *pgxpool.Pool // as the program's role, for Tx
	copies   atomic.Int64
}

// open starts the cluster once; a failure is everybody's answer.
func (s *server) open(t testing.TB) (*cluster, error) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster == nil && s.err == nil {
		ctx, cancel := cleanupContext(t)
		defer cancel()
		s.cluster, s.err = start(ctx)
	}
	return s.cluster, s.err
}

func (s *server) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) //nolint:forbidigo // called from TestMain, which has none
	defer cancel()
	return s.cluster.close(ctx)
}

// start makes a server with the migrated template.
func start(ctx context.Context) (*cluster, error) {
	child.Sweep(ctx, os.TempDir(), prefix, stale) // litter of test programs that were killed
	dir, err := os.MkdirTemp("", prefix)          // outlives the test that happens to be first
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	pg, err := postgres.Start(ctx, postgres.Config{
		Dir:      dir,
		Settings: map[string]string{"max_connections": "300", "shared_buffers": "64MB", "max_wal_size": "4GB", "autovacuum": "off"},
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c := &cluster{postgres: pg, dir: dir}
	if err := c.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: %w", err), c.close(ctx))
	}
	return c, nil
}

// prepare makes the owner, the template and the copy for transactions.
func (c *cluster) prepare(ctx context.Context) (err error) {
	if c.admin, err = pgxpool.New(ctx, c.postgres.URL("postgres")); err != nil {
		return err
	}
	for _, stmt := range []string{
		`CREATE ROLE ` + owner + ` LOGIN CREATEROLE`,
		`CREATE DATABASE ` + template + ` OWNER ` + owner,
	} {
		if _, err := c.admin.Exec(ctx, stmt); err != nil {
			return fmt.Errorf("%s: %w", stmt, err)
		}
	}
	if err := migrations.Apply(ctx, c.url(template), slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	if err := c.copy(ctx, txName); err != nil {
		return err
	}
	c.pool, err = appPool(ctx, c.url(txName), 100)
	return err
}

// copy makes a database like the template. Copying files beats writing the copy through the log:
// there is no disk to wait for.
func (c *cluster) copy(ctx context.Context, name string) error {
	stmt := `CREATE DATABASE ` + pgx.Identifier{name}.Sanitize() + ` TEMPLATE ` + template + ` OWNER ` + owner
	if _, err := c.admin.Exec(ctx, stmt); err != nil {
		return fmt.Errorf("copy the template: %w", err)
	}
	return nil
}

// url is the address of a database for its owner.
func (c *cluster) url(database string) string {
	u, err := url.Parse(c.postgres.URL(database))
	if err != nil {
		return "" // cannot be: the launcher built it as a URL
	}
	u.User = url.User(owner)
	return u.String()
}

// close ends the server and removes its folder.
func (c *cluster) close(ctx context.Context) error {
	for _, p := range []*pgxpool.Pool{c.pool, c.admin} {
		if p != nil {
			p.Close()
		}
	}
	err := c.postgres.Stop(ctx)
	return errors.Join(err, os.RemoveAll(c.postgres.Dir()), os.RemoveAll(c.dir))
}

// appPool opens a pool whose every connection acts as the program's role.
func appPool(ctx context.Context, address string, conns int32) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	cfg.MaxConns = conns
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	return pool, nil
}
