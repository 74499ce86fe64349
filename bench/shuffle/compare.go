package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/postgres"
)

// shown is how many differing people are shown.
const shown = 5

// compare runs both runs and tells whether they came to the same.
func compare(ctx context.Context, o options, out io.Writer) (same bool, err error) {
	admin, end, err := server(ctx, o)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, end()) }()
	began := time.Now()
	p := compose(o, time.Now().Add(-time.Duration(o.events)*time.Millisecond-time.Minute))
	posts := shuffled(o)
	fmt.Fprintf(out, "%d events of %d citizens, who file %d requests; %d deliveries out of order within %d places; seed %d\n",
		len(p.acts), p.people, p.filed, len(posts), o.window, o.seed)
	runs := []*house{nil, nil}
	states := make([]state, 2)
	for i, posts := range [][]post{inOrder(o.events), posts} {
		name := []string{"in order", "shuffled"}[i]
		database := "shuffle_" + strings.ToLower(rand.Text())
		if err := execute(ctx, admin, `CREATE DATABASE `+database); err != nil {
			return false, err
		}
		defer func() {
			apart, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			err = errors.Join(err, execute(apart, admin, `DROP DATABASE `+database+` WITH (FORCE)`))
		}()
		address, err := inDatabase(admin, database)
		if err != nil {
			return false, err
		}
		h, err := openHouse(ctx, name, address, o, p, posts)
		if err != nil {
			return false, err
		}
		defer h.close()
		took, err := h.settle(ctx, o, out)
		if err != nil {
			return false, err
		}
		if states[i], err = h.read(ctx); err != nil {
			return false, err
		}
		s := states[i]
		fmt.Fprintf(out, "%s: %s, %.0f events/s; %d events stored, %d messages, %d tickets, %d answers of which %d sent; LINE took %d, of which nobody saw %d\n",
			name, took.Round(time.Second), float64(s.events)/took.Seconds(), s.events, s.messages, s.tickets, s.replies, s.sent, h.far.taken.Load(), s.unseen)
		runs[i] = h
	}
	if o.eager {
		same = whole(p, runs, states, out)
	} else {
		same, err = judge(ctx, p, runs, states, out)
	}
	fmt.Fprintf(out, "in %s\n", time.Since(began).Round(time.Second))
	return same, err
}

// verdict collects what went wrong.
type verdict struct {
	out  io.Writer
	same bool
}

func (v *verdict) fail(format string, args ...any) {
	v.same = false
	fmt.Fprintf(v.out, "WRONG: "+format+"\n", args...)
}

// complete holds a run to what holds in any order: every event is stored once and done with, every message kept once,
// nothing is doubled, and what is marked as sent is what LINE took.
func (v *verdict) complete(p play, h *house, s state) {
	if s.events != len(p.acts) || s.waiting != 0 || s.quarantined != 0 {
		v.fail("%s: %d events are stored of %d; %d wait, %d are put aside", h.name, s.events, len(p.acts), s.waiting, s.quarantined)
	}
	if s.doubled != 0 {
		v.fail("%s: %d tickets are doubled", h.name, s.doubled)
	}
	if s.messages != p.said {
		v.fail("%s: %d messages are kept, and the citizens said %d", h.name, s.messages, p.said)
	}
	if taken := h.far.taken.Load(); taken != int64(s.sent+s.unseen) {
		v.fail("%s: LINE took %d messages, and %d are marked as sent and %d as sent to nobody", h.name, taken, s.sent, s.unseen)
	}
}

// whole judges runs in which events were worked on while earlier ones were on their way. Then an answer may belong to
// another question and a form be sent before its last answer; but nothing is lost, and nothing is filed that nobody sent.
func whole(p play, runs []*house, states []state, out io.Writer) bool {
	v := verdict{out: out, same: true}
	for i, s := range states {
		v.complete(p, runs[i], s)
		if s.tickets > p.filed {
			v.fail("%s: %d tickets, and the citizens filed %d requests", runs[i].name, s.tickets, p.filed)
		}
	}
	if v.same {
		fmt.Fprintf(out, "whole: %d and %d of %d requests filed, nothing lost, 0 doubled\n", states[0].tickets, states[1].tickets, p.filed)
	}
	return v.same
}

// judge compares what the runs came to.
func judge(ctx context.Context, p play, runs []*house, states []state, out io.Writer) (same bool, err error) {
	v := verdict{out: out, same: true}
	for i, s := range states {
		v.complete(p, runs[i], s)
		if s.tickets != p.filed {
			v.fail("%s: %d tickets, and the citizens filed %d requests", runs[i].name, s.tickets, p.filed)
		}
	}
	people := differences(states[0], states[1])
	if len(people) > 0 {
		v.fail("of %d citizens of %d the shuffled run left something else", len(people), p.people)
	}
	for _, person := range people[:min(len(people), shown)] {
		a, err := runs[0].describe(ctx, []string{person})
		if err != nil {
			return false, err
		}
		b, err := runs[1].describe(ctx, []string{person})
		if err != nil {
			return false, err
		}
		fmt.Fprintf(out, "  %s\n%s", person, lineByLine(a[person], b[person]))
	}
	if v.same {
		fmt.Fprintf(out, "the same: %d conversations, %d tickets, 0 doubled\n", len(states[0].conversations), states[0].tickets)
	}
	return v.same, nil
}

// server is PostgreSQL: the one that was named, or a private one.
func server(ctx context.Context, o options) (admin string, end func() error, err error) {
	if o.database != "" {
		return o.database, func() error { return nil }, nil
	}
	dir, err := os.MkdirTemp("", "saphan-shuffle-")
	if err != nil {
		return "", nil, err
	}
	// What is compared are two runs, not what a crash of the machine leaves.
	s, err := postgres.Start(ctx, postgres.Config{Dir: dir, Settings: map[string]string{
		"max_connections": "120", "shared_buffers": "256MB", "max_wal_size": "4GB", "fsync": "off",
	}})
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s.URL("postgres"), func() error {
		apart, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return errors.Join(s.Stop(apart), os.RemoveAll(s.Dir()), os.RemoveAll(dir))
	}, nil
}

func execute(ctx context.Context, address, statement string) (err error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// inDatabase is the address of another database of the same server.
func inDatabase(address, name string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("DATABASE_URL is not an address such as postgres://user@host/database")
	}
	u.Path = "/" + name
	return u.String(), nil
}
