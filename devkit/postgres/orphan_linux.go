package postgres

import (
	"context"
	"fmt"
	"os"
)

// runsOn reports whether a process is the server of a data folder: a server works inside its folder.
// A process that has ended but whose end nobody has noted yet has no such link any more.
func runsOn(_ context.Context, pid int, data string) bool {
	working, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return false
	}
	folder, err := os.Stat(data)
	return err == nil && os.SameFile(working, folder)
}
