package child

import "syscall"

// bindToParent has the kernel send the child a signal when we are gone.
func bindToParent(attr *syscall.SysProcAttr, last syscall.Signal) { attr.Pdeathsig = last }
