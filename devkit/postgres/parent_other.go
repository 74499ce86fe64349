//go:build unix && !linux

package postgres

import "syscall"

// bindToParent does nothing where the kernel offers no parent-death signal: a server that outlived
// its parent is found and ended at the next start on its folder.
func bindToParent(*syscall.SysProcAttr) {}
