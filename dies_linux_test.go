package main

import "syscall"

// diesWithUs has the kernel kill a child when this process is gone.
func diesWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
