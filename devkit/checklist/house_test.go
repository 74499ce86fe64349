package checklist

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"github.com/riverqueue/river"

	"saphan/bot"
	"saphan/bot/line"
	"saphan/devkit/testhouse"
	"saphan/jobs"
)

// house is the whole product behind the webhook, at work.
type house struct {
	*testhouse.House
	*jobs.Deps
	stop func() // ends the workers
}

// What the buttons that begin a form say.
var (
	startQuestion = bot.StartData("question")
	startProblem  = bot.StartData("public-problem")
	startBusiness = bot.StartData("hazardous-business")
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newHouse opens a house whose workers are at work.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{House: testhouse.Open(t)}
	h.Deps = deps(h.Parts)
	h.stop = h.work()
	return h
}

// deps are what the jobs of a process work with.
func deps(p testhouse.Parts) *jobs.Deps {
	return &jobs.Deps{
		DB: p.Pool, Jobs: p.Client, Desk: p.Desk, Forms: p.Forms, Files: p.Files, Permits: p.Permits, Box: p.Box, Deliverer: p.Deliverer,
		Channels: map[string]jobs.Channel{line.Kind: p.Line}, Menus: map[string]jobs.Menus{line.Kind: p.Line},
		BaseURL: testhouse.BaseURL, Now: p.Now, Log: p.Log,
	}
}

// work runs the jobs in this process until stop.
func (h *house) work() (stop func()) {
	h.T.Helper()
	end, err := work(h.T.Context(), h.Plan.Database, h.Parts, h.Deps, fmt.Sprint("worker ", rand.Text()))
	must(h.T, err)
	return h.Ending(end)
}

// work runs the jobs as a worker process does, under a name that is given up when the process dies,
// until stop.
func work(ctx context.Context, database string, p testhouse.Parts, d *jobs.Deps, name string) (stop func(context.Context) error, err error) {
	workers := river.NewWorkers()
	jobs.Register(workers, d)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ready, ended := make(chan struct{}), make(chan error, 1)
	rescue := jobs.Rescue{URL: database, Client: name, Log: d.Log}
	go func() { ended <- rescue.Hold(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		return nil, fmt.Errorf("the worker's lock: %w", err)
	}
	end, err := p.Work(ctx, name, workers, jobs.Queues())
	if err != nil {
		cancel()
		return nil, errors.Join(err, <-ended)
	}
	return func(stopCtx context.Context) error {
		err := end(stopCtx)
		cancel()
		return errors.Join(err, <-ended)
	}, nil
}
