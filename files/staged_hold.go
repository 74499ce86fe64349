package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

const (
	// holdFor is how long after its last sign of life a writer is believed to be there: so long a file waits
	// after a process was killed.
	holdFor = 6 * time.Second
	// holdBeat is how often a writer gives one, and hears whether somebody else asks for the upload.
	holdBeat = time.Second
	// holdAgain is how often one who waits looks again.
	holdAgain = 200 * time.Millisecond
	// rowLimit is how long one change of a row may take.
	rowLimit = 15 * time.Second
)

// errLost means that somebody else writes now: this writer was taken for dead.
var errLost = fault.New(fault.Conflict, "ไฟล์นี้กำลังส่งจากอีกหน้าต่างหนึ่ง ระบบจะส่งต่อให้เองค่ะ")

// Hold is the right to write to an upload. One has it at a time, over all processes.
type Hold struct {
	uploads *Uploads
	id      string
	holder  string
	nth     int // how many have held it
	stop    context.CancelFunc
	done    chan struct{}
	letGo   func()
}

// writers are the holds of this process.
type writers struct {
	mu  sync.Mutex
	all map[string]*Hold
}

func (w *writers) add(h *Hold) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[string]*Hold{}
	}
	w.all[h.id] = h
}

func (w *writers) remove(h *Hold) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all[h.id] == h {
		delete(w.all, h.id)
	}
}

// ask returns the holds of an upload, or of every upload for "".
func (w *writers) ask(id string) (asked []*Hold) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for of, h := range w.all {
		if id == "" || of == id {
			asked = append(asked, h)
		}
	}
	return asked
}

// LetGo asks every writer of this process to end what it has and go, because the process ends.
func (u *Uploads) LetGo() {
	for _, h := range u.writers.ask("") {
		h.letGo()
	}
}

// Hold takes an upload for writing. When somebody else has it they are asked to let go, by the letGo that
// they gave; the call waits for that until ctx ends, and then reports a Conflict. A connection that is dead
// without anybody having noticed holds up nobody that way, and neither does a process that was killed.
func (u *Uploads) Hold(ctx context.Context, id string, letGo func()) (*Hold, error) {
	h := &Hold{uploads: u, id: id, holder: rand.Text(), done: make(chan struct{}), letGo: sync.OnceFunc(letGo)}
	for {
		taken, err := h.take(ctx)
		switch {
		case taken:
			beating, stop := context.WithCancel(context.WithoutCancel(ctx))
			h.stop = stop
			u.writers.add(h)
			go h.beat(beating)
			return h, nil
		case err != nil && ctx.Err() == nil:
			return nil, err
		}
		for _, other := range u.writers.ask(id) {
			other.letGo()
		}
		select {
		case <-ctx.Done():
			return nil, errLost.With(ctx.Err())
		case <-time.After(holdAgain):
		}
	}
}

// take takes the upload when nobody has it, and otherwise lets whoever has it know.
func (h *Hold) take(ctx context.Context) (taken bool, err error) {
	err = h.uploads.row(ctx, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE uploads SET holder = $2, held_until = clock_timestamp() + $3::interval, wanted = false, holds = holds + 1
			WHERE id = $1 AND state <> 'gone' AND (held_until IS NULL OR held_until < clock_timestamp()) RETURNING holds`, h.id, h.holder, holdFor).Scan(&h.nth)
		if taken = err == nil; taken || !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE uploads SET wanted = true WHERE id = $1 AND state <> 'gone'`, h.id)
		if err == nil && tag.RowsAffected() == 0 {
			err = fault.New(fault.NotFound, sentenceNoUpload)
		}
		return err
	})
	return taken && err == nil, wrapped("hold upload", err)
}

// beat shows that the writer is there, until it is not.
func (h *Hold) beat(ctx context.Context) {
	defer close(h.done)
	tick := time.NewTicker(holdBeat)
	defer tick.Stop()
	for seen := time.Now(); ; { // a writer is timed by the real clock, as by the database
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var wanted bool
		err := h.uploads.row(ctx, func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, `UPDATE uploads SET held_until = clock_timestamp() + $3::interval WHERE id = $1 AND holder = $2 RETURNING wanted`,
				h.id, h.holder, holdFor).Scan(&wanted)
		})
		switch {
		case err == nil && !wanted:
			seen = time.Now()
		case err == nil, errors.Is(err, pgx.ErrNoRows), time.Since(seen) > holdFor:
			h.letGo()
		}
	}
}

// Release ends the hold.
func (h *Hold) Release(ctx context.Context) error {
	h.stop()
	<-h.done
	h.uploads.writers.remove(h)
	err := h.uploads.row(context.WithoutCancel(ctx), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE uploads SET holder = '', held_until = NULL, wanted = false WHERE id = $1 AND holder = $2`, h.id, h.holder)
		return err
	})
	if err != nil {
		return fmt.Errorf("release upload %s: %w", h.id, err)
	}
	return nil
}

// row runs a change of a row, which does not take long.
func (u *Uploads) row(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, rowLimit)
	defer cancel()
	return u.tx(ctx, func(tx pgx.Tx) error { return fn(ctx, tx) })
}
