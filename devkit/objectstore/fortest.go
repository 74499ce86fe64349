package objectstore

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"sync"
	"time"

	"saphan/devkit/child"
)

// The folders of the tests' servers: how their names begin, and from which age an unused one is litter.
const (
	testPrefix = "saphan-objects-"
	testStale  = time.Minute
)

// Account is how to reach a store.
type Account struct {
	Endpoint, Region, AccessKey, SecretKey string
}

// TB is what ForTest needs of a *testing.T or *testing.B.
type TB interface {
	Helper()
	Cleanup(func())
	Context() context.Context
	Skip(...any)
	Fatal(...any)
	Error(...any)
}

// ForTest returns a store for a test. Tests of one package that run at the same time share a server,
// so a test takes a bucket of its own. Where the server cannot be had the test is skipped, but fails
// where CI is set.
func ForTest(t TB) Account {
	t.Helper()
	a, err := forTests.enter(t.Context())
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := forTests.leave(ctx); err != nil {
			t.Error(err)
		}
	})
	return a
}

// forTests is the test program's one server: tests have no other way to share it.
var forTests sharedServer

// sharedServer runs while somebody uses it.
type sharedServer struct {
	mu      sync.Mutex
	users   int
	server  *Server
	dir     string
	account Account
}

func (s *sharedServer) enter(ctx context.Context) (Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		if err := s.start(context.WithoutCancel(ctx)); err != nil {
			return Account{}, err
		}
	}
	s.users++
	return s.account, nil
}

func (s *sharedServer) start(ctx context.Context) error {
	child.Sweep(ctx, os.TempDir(), testPrefix, testStale) // litter of test programs that were killed
	dir, err := os.MkdirTemp("", testPrefix)              // outlives the test that happens to be first
	if err != nil {
		return err
	}
	a := Account{Region: DefaultRegion, AccessKey: "test", SecretKey: rand.Text()}
	server, err := Start(ctx, Config{Dir: dir, AccessKey: a.AccessKey, SecretKey: a.SecretKey})
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	a.Endpoint = server.Endpoint()
	s.server, s.dir, s.account = server, dir, a
	return nil
}

func (s *sharedServer) leave(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users > 0 {
		return nil
	}
	return errors.Join(s.server.Stop(ctx), os.RemoveAll(s.dir))
}
