// Package clamav runs the virus scanner's daemon (clamd) for tests: the real program, with a database of
// one signature, that of the test virus which every scanner knows. The true signatures come from the
// makers' servers and are nothing that a test should wait for.
package clamav

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"saphan/devkit/child"
)

// ErrNotInstalled means that this machine has no clamd.
var ErrNotInstalled = errors.New("clamd is not installed (Debian: apt-get install clamav-daemon; macOS: brew install clamav)")

// signature is the test virus's name in our database.
const signature = "Test-Virus"

// Finding is what the daemon calls the test virus: it marks signatures that are not its makers'.
const Finding = signature + ".UNOFFICIAL"

// Virus is the test virus of EICAR, put together here: whole in a file of the repository it would set
// off the scanners of everybody who gets it.
func Virus() []byte {
	return []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}` + `$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)
}

// Config says how the daemon is to run.
type Config struct {
	Dir       string // for its socket, its signatures and its temporary files
	MaxStream int64  // the largest file it takes, in bytes; 0 means 300 MB
}

// Daemon is a clamd that runs, or ran.
type Daemon struct {
	// Socket is the path of its socket.
	Socket  string
	cfg     Config
	program string
	run     *child.Process
	out     bytes.Buffer
}

const (
	startTime   = time.Minute
	standardMax = 600 << 20
)

// New prepares a daemon; Start starts it.
func New(cfg Config) (*Daemon, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	if cfg.MaxStream == 0 {
		cfg.MaxStream = standardMax
	}
	d := &Daemon{Socket: filepath.Join(cfg.Dir, "clamd.sock"), cfg: cfg, program: program}
	if err := os.MkdirAll(filepath.Join(cfg.Dir, "db"), 0o755); err != nil {
		return nil, fmt.Errorf("clamd: %w", err)
	}
	sum := md5.Sum(Virus())
	limit := strconv.FormatInt(cfg.MaxStream, 10)
	for name, text := range map[string]string{
		"db/test.hdb": fmt.Sprintf("%x:%d:%s\n", sum, len(Virus()), signature),
		"db/test.ndb": fmt.Sprintf("%s:0:*:%s\n", signature, hex.EncodeToString(Virus()[:40])),
		"clamd.conf": "Foreground yes\nDatabaseDirectory " + filepath.Join(cfg.Dir, "db") + "\nLocalSocket " + d.Socket +
			"\nTemporaryDirectory " + cfg.Dir + "\nStreamMaxLength " + limit + "\nMaxFileSize " + limit + "\nMaxScanSize " + limit +
			"\nAlertExceedsMax yes\nMaxThreads 4\n",
	} {
		if err := os.WriteFile(filepath.Join(cfg.Dir, name), []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("clamd: %w", err)
		}
	}
	return d, nil
}

// find looks where packages put the program: not always in PATH.
func find() (string, error) {
	if path, err := exec.LookPath("clamd"); err == nil {
		return path, nil
	}
	for _, path := range []string{"/usr/sbin/clamd", "/usr/local/sbin/clamd", "/opt/homebrew/sbin/clamd"} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", ErrNotInstalled
}

// Start starts the daemon, as an ordinary user, and waits until it answers.
func (d *Daemon) Start(ctx context.Context) error {
	d.out.Reset()
	cmd := exec.Command(d.program, "--config-file", filepath.Join(d.cfg.Dir, "clamd.conf")) //nolint:noctx // ended by Stop, or with this process
	cmd.Stdout, cmd.Stderr = &d.out, &d.out
	if err := d.disown(cmd); err != nil {
		return err
	}
	run, err := child.Start(cmd, syscall.SIGTERM)
	if err != nil {
		return fmt.Errorf("clamd: %w", err)
	}
	d.run = run
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", d.Socket)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-run.Done():
			return fmt.Errorf("clamd ended: %s", d.out.String())
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("clamd does not answer: %w", err), d.Stop(context.WithoutCancel(ctx)))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// disown has the command run as nobody where we are root.
func (d *Daemon) disown(cmd *exec.Cmd) error {
	if os.Geteuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return fmt.Errorf("clamd: %w", err)
	}
	uid, uidErr := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(nobody.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr, os.Chown(d.cfg.Dir, int(uid), int(gid))); err != nil {
		return fmt.Errorf("clamd: %w", err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return nil
}

// Stop ends the daemon; it may be started again.
func (d *Daemon) Stop(ctx context.Context) error {
	return d.run.End(ctx, syscall.SIGTERM)
}

// TB is what ForTest needs of a *testing.T or *testing.B.
type TB interface {
	Helper()
	Cleanup(func())
	Context() context.Context
	Skip(...any)
	Fatal(...any)
	Error(...any)
}

// ForTest returns a daemon that runs until the test ends. Where clamd is not installed the test is
// skipped, but fails where CI is set.
func ForTest(t TB, cfg Config) *Daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "saphan-clamd-") // short: the path of a socket may not be long
	if err != nil {
		t.Fatal(err)
	}
	cfg.Dir = dir
	d, err := New(cfg)
	if err == nil {
		err = d.Start(context.WithoutCancel(t.Context()))
	}
	if errors.Is(err, ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(errors.Join(err, os.RemoveAll(dir)))
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := errors.Join(d.Stop(ctx), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return d
}
