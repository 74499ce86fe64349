// Command drain measures how fast a backlog of messages reaches LINE (P13): real worker processes,
// a private PostgreSQL with its usual durability, and the LINE simulator with the real rate of
// 2,000 calls a second. One worker is killed half way. In the end every citizen must have seen their
// message, once.
//
//	go run ./bench/drain -messages 40000
//
// Ctrl-C ends it and removes everything.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"saphan/devkit/postgres"
	"saphan/migrations"
)

// options are what a run is about.
type options struct {
	messages int
	workers  int
	kill     bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // here the program begins
	defer stop()
	switch good, err := drain(ctx, os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "drain:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to clean up
	case !good:
		os.Exit(1)
	}
}

// drain reads the flags, makes the run and tells whether nothing was lost or doubled.
func drain(ctx context.Context, args []string, out io.Writer) (good bool, err error) {
	var o options
	flags := flag.NewFlagSet("drain", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&o.messages, "messages", 40_000, "how many citizens wait for a message")
	flags.IntVar(&o.workers, "workers", 2, "worker processes")
	flags.BoolVar(&o.kill, "kill", true, "kill one of them half way")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if flags.NArg() > 0 || o.messages < 1 || o.workers < 1 || o.kill && o.workers < 2 {
		return false, errors.New("there must be messages and workers, two of them when one is killed")
	}
	dir, err := os.MkdirTemp("", "saphan-drain-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return run(ctx, o, dir, out)
}

// run prepares everything in a folder and measures.
func run(ctx context.Context, o options, dir string, out io.Writer) (good bool, err error) {
	program := filepath.Join(dir, "saphan")
	if err := build(ctx, program); err != nil {
		return false, err
	}
	server, err := postgres.Start(ctx, postgres.Config{
		Dir: filepath.Join(dir, "postgres"), Sync: true, Fetch: true,
		Settings: map[string]string{"max_connections": "200", "shared_buffers": "256MB", "max_wal_size": "4GB"},
	})
	if err != nil {
		return false, err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		err = errors.Join(err, server.Stop(end))
	}()
	if err := server.Create(ctx, "drain"); err != nil {
		return false, err
	}
	url := server.URL("drain")
	if err := migrations.Apply(ctx, url, slog.New(slog.DiscardHandler)); err != nil {
		return false, err
	}
	phone, err := newPhone(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, phone.close()) }()
	t, err := newTown(ctx, url, phone, o.messages)
	if err != nil {
		return false, err
	}
	defer t.pool.Close()
	if _, err := fmt.Fprintf(out, "%d messages wait; %d workers start\n", o.messages, o.workers); err != nil {
		return false, err
	}
	before, own := databaseTime(server.Dir()), processTime("self", false)
	used, err := measure(ctx, o, program, url, phone, t, out)
	if err != nil {
		return false, err
	}
	used.database, used.phone = databaseTime(server.Dir())-before, processTime("self", false)-own
	return report(ctx, o, phone, t, used, out)
}
