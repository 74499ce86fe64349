package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// together carries out what comes at the same time as one: while one run is on its way, more gathers
// for the next. What is asked for alone does not wait. Nothing runs while nobody asks.
type together[In, Out any] struct {
	run  func(ctx context.Context, in []In) ([]Out, error) // one answer for each
	most int                                               // taken by one run
	at   int                                               // runs at once
	time time.Duration                                     // that a run may take

	mu      sync.Mutex
	waiting []asked[In, Out]
	running int
}

// asked is one that waits to be carried out.
type asked[In, Out any] struct {
	in   In
	done chan<- answered[Out] // receives exactly one value
}

type answered[Out any] struct {
	out Out
	err error
}

// do carries out one, perhaps with others. When ctx ends first, nobody knows what became of it.
func (t *together[In, Out]) do(ctx context.Context, in In) (Out, error) {
	done := make(chan answered[Out], 1)
	t.mu.Lock()
	t.waiting = append(t.waiting, asked[In, Out]{in, done})
	begin := t.running < t.at
	if begin {
		t.running++
	}
	t.mu.Unlock()
	if begin {
		go t.work(context.WithoutCancel(ctx))
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
func (t *together[In, Out]) work(ctx context.Context) {
	for {
		t.mu.Lock()
		n := min(len(t.waiting), t.most)
		if n == 0 {
			t.waiting = nil
			t.running--
			t.mu.Unlock()
			return
		}
		batch := t.waiting[:n:n]
		t.waiting = t.waiting[n:]
		t.mu.Unlock()
		t.carry(ctx, batch)
	}
}

// carry makes one run. When the database takes offence, each is tried alone: nobody fails because of
// another.
func (t *together[In, Out]) carry(ctx context.Context, batch []asked[In, Out]) {
	in := make([]In, len(batch))
	for i, a := range batch {
		in[i] = a.in
	}
	out, err := t.once(ctx, in)
	var offence *pgconn.PgError
	if errors.As(err, &offence) && len(batch) > 1 {
		for i := range batch {
			t.carry(ctx, batch[i:i+1])
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

func (t *together[In, Out]) once(ctx context.Context, in []In) (out []Out, err error) {
	ctx, cancel := context.WithTimeout(ctx, t.time)
	defer cancel()
	defer func() {
		if v := recover(); v != nil { // those who wait must hear of it
			err = fmt.Errorf("panicked: %v", v)
		}
	}()
	return t.run(ctx, in)
}
