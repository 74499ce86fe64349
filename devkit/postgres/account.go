package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user as whom the server runs: this one, or, since PostgreSQL refuses to run as
// root, an unprivileged one.
type account struct {
	root     bool // we are root and the server is not
	name     string
	uid, gid uint32
}

// runAs chooses the account. It must be one that the system knows by name: PostgreSQL looks it up.
func runAs() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return account{}, fmt.Errorf("postgres: user %s: %w", name, err)
		}
		return account{root: true, name: name, uid: uint32(uid), gid: uint32(gid)}, nil
	}
	return account{}, errors.New("postgres: PostgreSQL does not run as root, and this machine has no user postgres or nobody; start as another user")
}

// attributes make a child run as the account.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{}
	if a.root {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}

// own gives a path to the account.
func (a account) own(path string) error {
	if !a.root {
		return nil
	}
	if err := os.Lchown(path, int(a.uid), int(a.gid)); err != nil {
		return fmt.Errorf("postgres: give %s to user %s: %w", path, a.name, err)
	}
	return nil
}

// barrier returns the first folder on the way to path that the account may not pass, or "".
func (a account) barrier(path string) string {
	if !a.root {
		return ""
	}
	var way []string
	for p := path; ; p = filepath.Dir(p) {
		way = append(way, p)
		if p == filepath.Dir(p) {
			break
		}
	}
	for i := len(way) - 1; i >= 0; i-- {
		info, err := os.Stat(way[i])
		if errors.Is(err, os.ErrNotExist) {
			return "" // will be made by us
		}
		if err != nil || !a.passes(info) {
			return way[i]
		}
	}
	return ""
}

// passes reports whether the account has the right to pass through a folder.
func (a account) passes(info os.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	switch {
	case owner.Uid == a.uid:
		return info.Mode()&0o100 != 0
	case owner.Gid == a.gid:
		return info.Mode()&0o010 != 0
	default:
		return info.Mode()&0o001 != 0
	}
}
