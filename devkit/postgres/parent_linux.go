package postgres

import "syscall"

// bindToParent has the kernel ask the child for a fast shutdown when we are gone, even by SIGKILL.
func bindToParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }
