package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// orphanLimit is how long an orphan may take to end.
const orphanLimit = 30 * time.Second

// lockFolder makes sure that one process at a time runs a server in a folder. The kernel frees the
// lock when that process ends, however it ends.
func lockFolder(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the path is ours
	if err != nil {
		return nil, fmt.Errorf("postgres: lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("postgres: the database in %s is already running under another saphan; end that one or choose another folder (--data)", dir)
		}
		return nil, fmt.Errorf("postgres: lock the data folder: %w", err)
	}
	return f, nil
}

// InUse reports whether a live process runs a server in a folder.
func InUse(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, lockFile)); err != nil {
		return false
	}
	f, err := lockFolder(dir)
	if err != nil {
		return true
	}
	return f.Close() != nil
}

// endOrphan deals with the record of an earlier server. We hold the folder's lock, so that server's
// parent is gone: if the server itself lives on, or is just ending, it is ended in order. If its
// process number now belongs to something else, the record is removed, as PostgreSQL would refuse to
// start because of it. The record of a process that is gone is left to PostgreSQL, which also looks
// for that server's children.
func (s *Server) endOrphan(ctx context.Context) error {
	data := filepath.Join(s.place.dir, dataFolder)
	path := filepath.Join(data, "postmaster.pid")
	text, err := os.ReadFile(path) //nolint:gosec // the path is ours
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("postgres: read the record of the last server: %w", err)
	}
	pid, socket := parsePidFile(string(text))
	if strings.HasPrefix(socket, shortSocket) {
		defer func() { _ = os.RemoveAll(socket) }() // litter of the last server, of no harm where it stays
	}
	if pid <= 1 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return nil
	}
	if runsOn(ctx, pid, data) {
		s.log.InfoContext(ctx, "ending the database server that an earlier run left behind", "pid", pid)
		return endServer(ctx, pid, data)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("postgres: remove the record of the last server: %w", err)
	}
	return nil
}

// parsePidFile reads postmaster.pid: by line the process, the data folder, the start time, the port,
// the socket's folder and more.
func parsePidFile(text string) (pid int, socket string) {
	lines := strings.Split(text, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || len(lines) < 5 {
		return 0, ""
	}
	return pid, strings.TrimSpace(lines[4])
}

// endServer asks a server to shut down fast and waits for its end.
func endServer(ctx context.Context, pid int, data string) error {
	ctx, cancel := context.WithTimeout(ctx, orphanLimit)
	defer cancel()
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("postgres: end process %d: %w", pid, err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for runsOn(ctx, pid, data) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres: the server that an earlier run left behind (process %d) does not end; end it by hand", pid)
		case <-tick.C:
		}
	}
	return nil
}
