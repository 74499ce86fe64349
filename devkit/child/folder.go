package child

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockName is the file inside a folder that its one user holds.
const lockName = "lock"

// ErrInUse means that another process has the folder.
var ErrInUse = errors.New("folder is in use by another process")

// Patience is how long a start should wait for a folder: enough for the last user's children to end.
// A process that is just being forked also holds every lock of its parent for a moment.
const Patience = 2 * time.Second

// Lock takes a folder for this process, waiting for another one to leave it as long as ctx allows.
// The kernel frees it when this process, and any child that got the file, has ended, however it ends.
func Lock(ctx context.Context, dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ErrInUse, f.Close())
		case <-tick.C:
		}
	}
}

// InUse reports whether a living process has the folder.
func InUse(ctx context.Context, dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, lockName)); err != nil {
		return false
	}
	now, cancel := context.WithCancel(ctx) // ended before it is looked at: no waiting
	cancel()
	f, err := Lock(now, dir)
	return err != nil || f.Close() != nil
}

// Sweep removes the folders with a name's beginning whose users were killed. One younger than age may
// belong to a process that is just about to lock it; one that cannot be removed is another user's.
func Sweep(ctx context.Context, parent, prefix string, age time.Duration) {
	folders, err := filepath.Glob(filepath.Join(parent, prefix+"*"))
	if err != nil {
		return // only a bad pattern errs, and then there is nothing of ours
	}
	for _, dir := range folders {
		info, err := os.Stat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < age || InUse(ctx, dir) {
			continue
		}
		_ = os.RemoveAll(dir) // litter of no harm where it stays
	}
}
