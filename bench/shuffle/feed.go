package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"saphan/agencies"
)

// lanes is how many deliveries are under way at once. Each person's go over one of them, so that a run
// in order stays in order.
const lanes = 32

// perCall is how many events of one account share a webhook at most.
const perCall = 4

// feed delivers all posts.
func (h *house) feed(ctx context.Context, fed *atomic.Int64) error {
	type sending struct {
		post
		position int
	}
	queues := make([]chan sending, lanes)
	g, ctx := errgroup.WithContext(ctx)
	for i := range queues {
		queues[i] = make(chan sending, 64)
		g.Go(func() error {
			var held []sending // of one account
			flush := func() error {
				if len(held) == 0 {
					return nil
				}
				events, positions := make([]string, len(held)), make([]int, len(held))
				for i, s := range held {
					events[i], positions[i] = h.play.acts[s.act].delivered(s.again), s.position
				}
				if err := h.deliver(ctx, channelOf(h.play.acts[held[0].act].citizen, h.channels), events); err != nil {
					return err
				}
				h.gate.store(positions...)
				fed.Add(int64(len(held)))
				held = held[:0]
				return nil
			}
			for s := range queues[i] {
				mine := channelOf(h.play.acts[s.act].citizen, h.channels)
				if len(held) > 0 && (len(held) == perCall || channelOf(h.play.acts[held[0].act].citizen, h.channels) != mine) {
					if err := flush(); err != nil {
						return err
					}
				}
				held = append(held, s)
				if len(queues[i]) == 0 { // nothing more to share the call with
					if err := flush(); err != nil {
						return err
					}
				}
			}
			return flush()
		})
	}
	g.Go(func() error {
		defer func() {
			for _, q := range queues {
				close(q)
			}
		}()
		for i, p := range h.posts {
			select {
			case queues[h.play.acts[p.act].citizen%lanes] <- sending{p, i}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return g.Wait()
}

// left is how many events and jobs are not done with.
func (h *house) left(ctx context.Context) (events, jobs int64, err error) {
	err = agencies.Everywhere(ctx, h.pool, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM inbound_events WHERE state = 'waiting'),
			(SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'pending'))`).Scan(&events, &jobs)
	})
	return events, jobs, err
}

// idle says whether everything is done with, without counting what is left.
func (h *house) idle(ctx context.Context) (idle bool, err error) {
	err = agencies.Everywhere(ctx, h.pool, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'pending'))
			AND NOT EXISTS (SELECT FROM inbound_events WHERE state = 'waiting')`).Scan(&idle)
	})
	return idle, err
}

// settle feeds everything, waits until all is worked off and tells how long it took.
func (h *house) settle(ctx context.Context, o options, out io.Writer) (time.Duration, error) {
	began := time.Now()
	var fed atomic.Int64
	done := make(chan error, 1)
	go func() { done <- h.feed(ctx, &fed) }()
	feeding, told := true, time.Now()
	for {
		select {
		case err := <-done:
			if err != nil {
				return 0, err
			}
			feeding, done = false, nil
		case <-time.After(min(time.Second, o.every)):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		if time.Since(told) >= o.every {
			events, jobs, err := h.left(ctx)
			if err != nil {
				return 0, err
			}
			told = time.Now()
			worked := min(float64(fed.Load()), float64(len(h.posts))) - float64(events)
			fmt.Fprintf(out, "  %s: %d of %d delivered, %d wait, %d jobs, %.0f/s\n", h.name, fed.Load(), len(h.posts), events, jobs, worked/time.Since(began).Seconds())
		}
		if feeding {
			continue
		}
		if idle, err := h.idle(ctx); idle || err != nil {
			return time.Since(began), err
		}
	}
}
