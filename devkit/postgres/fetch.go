package postgres

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// fetchedMajor is the version that is fetched for a machine without PostgreSQL.
const fetchedMajor = 18

// fetchBinaries gets the programs into the user's cache: the last resort on a machine without
// PostgreSQL. The library offers no fetch alone, so it starts a throw-away server once; from then
// on the programs are run like any others.
func fetchBinaries(ctx context.Context, log *slog.Logger) (binaries, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return binaries{}, fmt.Errorf("%w (and nothing can be fetched: %w)", errNoBinaries, err)
	}
	return fetchInto(ctx, filepath.Join(cache, "saphan", fmt.Sprintf("postgresql-%d", fetchedMajor)), embedded.DefaultConfig(), log)
}

// fetchInto does the work of fetchBinaries for a folder.
func fetchInto(ctx context.Context, home string, cfg embedded.Config, log *slog.Logger) (binaries, error) {
	bin := binaries{dir: filepath.Join(home, "bin"), major: fetchedMajor}
	if _, err := os.Stat(bin.path("initdb")); err == nil {
		return bin, nil
	}
	log.InfoContext(ctx, "no PostgreSQL on this machine; fetching it once, this takes a minute", "folder", home)
	trial, err := os.MkdirTemp("", "saphan-pg-trial-")
	if err != nil {
		return binaries{}, fmt.Errorf("postgres: fetch: %w", err)
	}
	defer func() { _ = os.RemoveAll(trial) }()
	port, err := freePort(ctx)
	if err != nil {
		return binaries{}, err
	}
	server := embedded.NewDatabase(cfg.
		Version(embedded.V18).Port(port).
		CachePath(filepath.Join(trial, "cache")).BinariesPath(home).
		RuntimePath(filepath.Join(trial, "run")).DataPath(filepath.Join(trial, "data")).
		StartParameters(map[string]string{"unix_socket_directories": trial}).
		StartTimeout(time.Minute).Logger(io.Discard))
	if err := server.Start(); err != nil {
		return binaries{}, fmt.Errorf("postgres: no PostgreSQL on this machine and it cannot be fetched (%s); %s", reason([]byte(err.Error())), installLine(runtime.GOOS))
	}
	if err := server.Stop(); err != nil {
		return binaries{}, fmt.Errorf("postgres: fetch: %w", err)
	}
	return bin, nil
}

// freePort finds a TCP port that nobody holds now.
func freePort(ctx context.Context) (uint32, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("postgres: find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("postgres: find a free port: %s is no TCP address", l.Addr())
	}
	return uint32(address.Port), nil //nolint:gosec // a port fits
}
