//go:build unix && !linux

package main

import "syscall"

// diesWithUs does nothing where the kernel offers no parent-death signal.
func diesWithUs() *syscall.SysProcAttr { return nil }
