//go:build unix && !linux

package child

import "syscall"

// bindToParent does nothing where the kernel offers no parent-death signal: what outlives its parent
// there is found and ended at the next start on its folder.
func bindToParent(*syscall.SysProcAttr, syscall.Signal) {}
