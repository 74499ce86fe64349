// Command server is the object store of the development kit: the versitygw S3 gateway over
// plain files. It is a program and a module of its own because the gateway changes the working
// directory of its process and brings sixty modules that the product must not carry.
//
// Its parent configures it by environment variables (a command line would show the secret to
// every user of the machine) and keeps its standard input open: when that closes, the parent is
// gone and the server ends.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // the first context of a program
	defer stop()
	if err := run(ctx, os.Getenv, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until ctx ends or parent, the standard input, is closed.
func run(ctx context.Context, getenv func(string) string, parent io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, parent) // any end of the input means that the parent is gone
	}()

	dir, err := filepath.Abs(getenv("OBJECTSTORE_DIR"))
	if err != nil {
		return fmt.Errorf("object store folder: %w", err)
	}
	// Three folders side by side: the gateway refuses versions or metadata inside its root.
	root, versions, sidecar := filepath.Join(dir, "objects"), filepath.Join(dir, "versions"), filepath.Join(dir, "meta")
	for _, folder := range []string{root, versions} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("object store folder: %w", err)
		}
	}
	options := posix.PosixOpts{VersioningDir: versions}
	options.SetNewDirPerm(0o700)
	options.SetNewFilePerm(0o600)

	var store meta.MetadataStorer = meta.XattrMeta{}
	_, statErr := os.Stat(sidecar)
	// A folder begun with metadata files goes on with them, whatever the filesystem can do today.
	if testErr := (meta.XattrMeta{}).Test(root); testErr != nil || statErr == nil {
		if err := os.MkdirAll(sidecar, 0o700); err != nil {
			return fmt.Errorf("object store folder: %w", err)
		}
		if store, err = meta.NewSideCar(sidecar); err != nil {
			return fmt.Errorf("object store metadata: %w", err)
		}
		options.SideCarDir = sidecar
	}
	backend, err := posix.New(root, store, options)
	if err != nil {
		return fmt.Errorf("open object store: %w", err)
	}
	err = embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
		RootUserAccess:    getenv("OBJECTSTORE_ACCESS_KEY"),
		RootUserSecret:    getenv("OBJECTSTORE_SECRET_KEY"),
		Region:            getenv("OBJECTSTORE_REGION"),
		Ports:             []string{getenv("OBJECTSTORE_ADDR")},
		HealthPath:        getenv("OBJECTSTORE_HEALTH_PATH"),
		MaxConnections:    1024,
		MaxRequests:       512,
		MultipartMaxParts: 10000,
		KeepAlive:         true,
		Quiet:             true,
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("serve objects: %w", err)
	}
	return nil
}
