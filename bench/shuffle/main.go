// Command shuffle shows that what LINE does to events on their way changes nothing (R1): it lets many
// citizens file requests, once with every event delivered once and in order, and once with duplicates
// and shuffled within a window, and compares what the two runs come to.
//
//	go run ./bench/shuffle -events 1000000 -duplicates 0.2 -window 1000
//
// Each run has a database of its own, on a private PostgreSQL server or, when DATABASE_URL is set, on
// that one. Ctrl-C ends it and removes them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are what a run is about.
type options struct {
	events     int     // distinct ones
	duplicates float64 // share of events that come twice
	window     int     // by less than how many places an event may be out of its own
	seed       uint64
	channels   int           // official accounts that the citizens are spread over
	at         int           // citizens who chat at the same time
	eager      bool          // handle events before those that may still come
	every      time.Duration // between lines of progress
	database   string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // main has no caller
	defer stop()
	switch same, err := shuffle(ctx, os.Args[1:], os.Getenv("DATABASE_URL"), os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "shuffle:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to clean up
	case !same:
		os.Exit(1)
	}
}

// shuffle reads the flags, runs both runs and tells whether they came to the same.
func shuffle(ctx context.Context, args []string, database string, out io.Writer) (same bool, err error) {
	o := options{database: database}
	flags := flag.NewFlagSet("shuffle", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&o.events, "events", 1_000_000, "how many different events")
	flags.Float64Var(&o.duplicates, "duplicates", 0.2, "which share of them comes twice")
	flags.IntVar(&o.window, "window", 1000, "by less than how many places an event may be out of its own")
	flags.Uint64Var(&o.seed, "seed", 1, "what the citizens do and how events are shuffled follows from it")
	flags.IntVar(&o.channels, "channels", 8, "official accounts that the citizens are spread over")
	flags.IntVar(&o.at, "citizens", 200, "citizens who chat at the same time")
	flags.BoolVar(&o.eager, "eager", false, "work on an event while earlier ones of its window may still come: what arrives after a later one was handled is\nhandled late, so the two runs are not compared, but nothing may be lost and nothing doubled")
	flags.DurationVar(&o.every, "progress", 10*time.Second, "time between lines of progress")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if flags.NArg() > 0 || o.events < 1 || o.window < 1 || o.channels < 1 || o.at < 1 || o.duplicates < 0 || o.duplicates > 1 {
		return false, errors.New("the numbers must be positive and -duplicates between 0 and 1")
	}
	return compare(ctx, o, out)
}
