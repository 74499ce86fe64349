package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
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
		return binaries{}, fmt.Errorf("%w (and nothing can be fetched: %w)", ErrNotInstalled, err)
	}
	return fetchInto(ctx, filepath.Join(cache, "saphan", fmt.Sprintf("postgresql-%d", fetchedMajor)), embedded.DefaultConfig(), log)
}

// fetchInto does the work of fetchBinaries for a folder.
func fetchInto(ctx context.Context, home string, cfg embedded.Config, log *slog.Logger) (binaries, error) {
	bin := binaries{dir: filepath.Join(home, "bin"), major: fetchedMajor}
	if bin.exist() {
		return bin, nil
	}
	log.InfoContext(ctx, "no PostgreSQL on this machine; fetching it once, this takes a minute", "folder", home)
	if err := os.MkdirAll(filepath.Dir(home), 0o755); err != nil {
		return binaries{}, fmt.Errorf("postgres: fetch: %w", err)
	}
	// Beside its final place, so that it is moved there whole: another start may be fetching too.
	trial, err := os.MkdirTemp(filepath.Dir(home), "fetch-")
	if err != nil {
		return binaries{}, fmt.Errorf("postgres: fetch: %w", err)
	}
	socket, err := os.MkdirTemp(filepath.Split(shortSocket))
	if err != nil {
		return binaries{}, errors.Join(fmt.Errorf("postgres: fetch: %w", err), os.RemoveAll(trial))
	}
	defer func() { _, _ = os.RemoveAll(trial), os.RemoveAll(socket) }()
	port, err := freePort(ctx)
	if err != nil {
		return binaries{}, err
	}
	server := embedded.NewDatabase(cfg.
		Version(embedded.V18).Port(port).
		CachePath(filepath.Join(trial, "cache")).BinariesPath(filepath.Join(trial, "postgresql")).
		RuntimePath(filepath.Join(trial, "run")).DataPath(filepath.Join(trial, "data")).
		StartParameters(map[string]string{"unix_socket_directories": socket}).
		StartTimeout(time.Minute).Logger(io.Discard))
	if err := server.Start(); err != nil {
		return binaries{}, fmt.Errorf("%w (and it cannot be fetched: %s)", ErrNotInstalled, reason([]byte(err.Error())))
	}
	if err := server.Stop(); err != nil {
		return binaries{}, fmt.Errorf("postgres: fetch: %w", err)
	}
	if err := os.Rename(filepath.Join(trial, "postgresql"), home); err != nil && !bin.exist() {
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
	return uint32(address.Port), nil
}
