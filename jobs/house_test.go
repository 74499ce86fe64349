package jobs

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/bot/line"
	"saphan/devkit/testhouse"
)

// house is the whole product behind the webhook, at work.
type house struct {
	*testhouse.House
	*Deps
	border atomic.Pointer[func(string)] // told of every border
	stop   func()                       // ends the workers
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newHouse opens a house whose workers are at work.
func newHouse(t testing.TB) *house {
	t.Helper()
	return newHouseOf(t, func(*Deps) {})
}

// newHouseOf is newHouse with something about the jobs otherwise.
func newHouseOf(t testing.TB, otherwise func(*Deps)) *house {
	t.Helper()
	h := &house{House: testhouse.Open(t)}
	p := h.Parts
	h.Deps = &Deps{
		DB: p.Pool, Jobs: p.Client, Desk: p.Desk, Forms: p.Forms, Files: p.Files, Permits: p.Permits, Box: p.Box, Deliverer: p.Deliverer,
		Channels: map[string]Channel{line.Kind: p.Line}, Menus: map[string]Menus{line.Kind: p.Line},
		BaseURL: testhouse.BaseURL, WebForms: true, Now: p.Now, Log: p.Log, At: func(at string) {
			if f := h.border.Load(); f != nil {
				(*f)(at)
			}
		},
	}
	otherwise(h.Deps)
	h.stop = h.work()
	return h
}

// work runs the jobs as a worker process does, until stop.
func (h *house) work() (stop func()) {
	h.T.Helper()
	workers := river.NewWorkers()
	Register(workers, h.Deps)
	end, err := h.Work(h.T.Context(), "", workers, Queues())
	must(h.T, err)
	return h.Ending(end)
}

// at has f told of every border between two facts.
func (h *house) at(f func(border string)) { h.border.Store(&f) }

// run works a job once, by hand, as River would.
func run[A river.JobArgs](h *house, w river.Worker[A], args A) error {
	h.T.Helper()
	return w.Work(h.T.Context(), &river.Job[A]{JobRow: &rivertype.JobRow{ID: 1, Attempt: 1, CreatedAt: time.Now()}, Args: args})
}

// nothingStored fails when the store holds anything.
func (h *house) nothingStored() {
	h.T.Helper()
	if n := h.Stored(); n != 0 {
		h.T.Errorf("%d objects are in the store", n)
	}
}

// text is a scripted text message of a moment in milliseconds.
func text(id, words string, atMs int64) map[string]any {
	return testhouse.Text(id, words, time.UnixMilli(atMs))
}
