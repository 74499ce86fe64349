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

// endOrphan deals with the record of an earlier server. We hold the folder's lock, so that server's
// parent is gone: if the server itself lives on, or is just ending, it is ended in order. If its
// process number now belongs to something else, the record is removed, as PostgreSQL would refuse to
// start because of it. The record of a process that is gone is left to PostgreSQL, which also looks
// for that server's children.
func (s *Server) endOrphan(ctx context.Context) error {
	data := filepath.Join(s.place.dir, dataFolder)
	path := filepath.Join(data, "postmaster.pid")
	text, err := os.ReadFile(path)
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
