package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"saphan/internal/fault"
)

// HEIF pictures (HEIC of iPhones) are turned into JPEG by libheif's own program, if this machine has it, in
// a process of its own with bounds on its memory and time: what decodes strangers' pictures has had holes.
// The decoders that could be linked into ours were weighed: gen2brain/heic carries libheif and libde265 as
// WebAssembly, which are under the LGPL, and bounds neither time nor memory; its successor in pure Go is
// months old. Photos that are sent as photos come as JPEG from LINE in any case; only a HEIC sent as a file
// stays one.

// heifPrograms are the names of the program: the new and the old one.
var heifPrograms = []string{"heif-dec", "heif-convert"}

const (
	heifTime = 20 * time.Second
	// heifBounds are the program's: kilobytes of address space, seconds of work, blocks of what it writes.
	heifBounds = `ulimit -v 1000000 2>/dev/null; ulimit -t 20; ulimit -f 400000; exec "$@"`
)

// heifTypes are the types of such pictures.
var heifTypes = []string{"image/heic", "image/heic-sequence", "image/heif", "image/heif-sequence"}

// DrawsHEIF reports whether this machine has the program that turns HEIF pictures into JPEG.
func DrawsHEIF() bool {
	_, err := heifProgram()
	return err == nil
}

// Draws reports whether Store.Preview can draw pictures of a type on this machine.
func Draws(mediaType string) bool {
	switch mediaType {
	case "image/jpeg", "image/png", "image/webp":
		return true
	default:
		return slices.Contains(heifTypes, mediaType) && DrawsHEIF()
	}
}

func heifProgram() (string, error) {
	for _, name := range heifPrograms {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("libheif's program is not installed (Debian: apt-get install libheif-examples; macOS: brew install libheif)")
}

// previewHEIF draws a HEIF picture: the program makes a JPEG of it, which is drawn like any other.
func previewHEIF(ctx context.Context, r io.Reader, maxPx int) (picture []byte, err error) {
	program, err := heifProgram()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "เครื่องแม่ข่ายนี้ยังแสดงตัวอย่างรูป HEIC ไม่ได้ กรุณาบันทึกลงเครื่องเพื่อเปิดดู", err)
	}
	dir, err := os.MkdirTemp(memoryFolder(), fmt.Sprintf("saphan-heif-%d-", os.Getpid()))
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	from, to := filepath.Join(dir, "in.heic"), filepath.Join(dir, "out.jpg")
	if err := writeAll(from, io.LimitReader(r, previewBytes)); err != nil {
		return nil, undrawable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, heifTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", heifBounds, "sh", program, "-q", "90", from, to) //nolint:gosec // every word is ours
	cmd.Dir, cmd.Env = dir, []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, undrawable(fmt.Errorf("%w: %.200q", err, said))
	}
	// Of several pictures in one file, some releases write each under a number.
	made, err := filepath.Glob(filepath.Join(dir, "out*.jpg"))
	if err != nil || len(made) == 0 {
		return nil, undrawable(errors.New("libheif made no picture"))
	}
	slices.Sort(made)
	f, err := os.Open(made[0])
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return Preview(ctx, f, "image/jpeg", maxPx)
}

// memoryFolder is a folder that is kept in memory where the system has one, so that a citizen's picture is
// not written to a disk in the clear; "" is the system's own for such files.
func memoryFolder() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err == nil && info.IsDir() {
		return shm
	}
	return ""
}

func writeAll(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600) //nolint:gosec // in a folder made for it
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
