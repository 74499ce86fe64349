// Package child runs the servers of the development kit as child processes: one at a time in a
// folder, and none for longer than its parent.
package child

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// grace is how long each step of ending an unwilling process may take.
const grace = 3 * time.Second

// Process is a running child.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// Start starts a command whose life is bound to this process: where the kernel can, it sends the
// child the signal last when we are gone, even by SIGKILL. The child gets a process group of its own,
// so that a Ctrl-C at the terminal reaches only us, who then end it in order.
func Start(cmd *exec.Cmd, last syscall.Signal) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	bindToParent(cmd.SysProcAttr, last)
	p := &Process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	// The kernel ties the parent-death signal to the OS thread that started the child, so one locked
	// goroutine starts it, waits for it and keeps its thread until then.
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait() // an end that nobody asked for shows on Done and in the child's log
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// Done is closed when the process has ended, wanted or not.
func (p *Process) Done() <-chan struct{} { return p.done }

// Ended reports whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// End sends the first signal and waits for the end as long as ctx allows; the further signals, and
// then SIGKILL, get a short time each.
func (p *Process) End(ctx context.Context, first syscall.Signal, then ...syscall.Signal) error {
	if p == nil || p.ask(ctx, first) {
		return nil
	}
	for _, sig := range append(then, syscall.SIGKILL) {
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		ended := p.ask(soon, sig)
		cancel()
		if ended {
			return nil
		}
	}
	return fmt.Errorf("process %d does not end", p.cmd.Process.Pid)
}

// ask sends a signal and reports whether the process ended before ctx did.
func (p *Process) ask(ctx context.Context, sig syscall.Signal) bool {
	_ = p.cmd.Process.Signal(sig) // a process that has just ended is what we want
	select {
	case <-p.done:
		return true
	case <-ctx.Done():
		return false
	}
}
