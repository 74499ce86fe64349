// Package together carries out what many ask for at the same time as one: one transaction for a crowd,
// none the less an answer of its own for each.
package together

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Group carries out what comes at the same time as one: while its runs are on their way, more gathers
// for the next. What is asked for alone does not wait. Nothing runs while nobody asks.
type Group[In, Out any] struct {
	Run  func(ctx context.Context, in []In) ([]Out, error) // one answer for each
	Most int                                               // taken by one run
	At   int                                               // runs at once
	Time time.Duration                                     // that a run may take

	mu      sync.Mutex
	waiting []asked[In, Out]
	running int
}

// OffenceError is an error that one of many caused; the others have nothing to do with it. What the database
// refuses is one without saying so, and so is a panic.
type OffenceError struct{ Err error }

func (o OffenceError) Error() string { return o.Err.Error() }

// Unwrap returns the error itself.
func (o OffenceError) Unwrap() error { return o.Err }

// asked is one that waits to be carried out.
type asked[In, Out any] struct {
	in   In
	done chan<- answered[Out] // receives exactly one value
}

type answered[Out any] struct {
	out Out
	err error
}

// Do carries out one, perhaps with others. When ctx ends first, nobody knows what became of it.
func (g *Group[In, Out]) Do(ctx context.Context, in In) (Out, error) {
	done := make(chan answered[Out], 1)
	g.mu.Lock()
	g.waiting = append(g.waiting, asked[In, Out]{in, done})
	begin := g.running < g.At
	if begin {
		g.running++
	}
	g.mu.Unlock()
	if begin {
		go g.work(context.WithoutCancel(ctx))
	}
	select {
	case a := <-done:
		return a.out, a.err
	case <-ctx.Done():
		var none Out
		return none, ctx.Err()
	}
}

// work makes runs until nobody waits.
func (g *Group[In, Out]) work(ctx context.Context) {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), g.Most)
		if n == 0 {
			g.waiting = nil
			g.running--
			g.mu.Unlock()
			return
		}
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.mu.Unlock()
		g.carry(ctx, batch)
	}
}

// carry makes one run. When one of many gives offence, each is tried alone: nobody fails because of
// another.
func (g *Group[In, Out]) carry(ctx context.Context, batch []asked[In, Out]) {
	in := make([]In, len(batch))
	for i, a := range batch {
		in[i] = a.in
	}
	out, err := g.once(ctx, in)
	if len(batch) > 1 && isOffence(err) {
		for i := range batch {
			g.carry(ctx, batch[i:i+1])
		}
		return
	}
	for i, a := range batch {
		if err != nil {
			a.done <- answered[Out]{err: err}
			continue
		}
		a.done <- answered[Out]{out: out[i]}
	}
}

func isOffence(err error) bool {
	var (
		refused *pgconn.PgError
		offence OffenceError
	)
	return errors.As(err, &refused) || errors.As(err, &offence)
}

func (g *Group[In, Out]) once(ctx context.Context, in []In) (out []Out, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.Time)
	defer cancel()
	defer func() {
		if v := recover(); v != nil { // those who wait must hear of it
			err = OffenceError{fmt.Errorf("panicked: %v", v)}
		}
	}()
	return g.Run(ctx, in)
}
