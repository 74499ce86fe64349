package citizens_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/citizens"
	"saphan/internal/fault"
)

// asked counts the jobs that were asked for.
type asked struct{ kinds []string }

func (a *asked) InsertTx(_ context.Context, _ pgx.Tx, args river.JobArgs, _ *river.InsertOpts) (*rivertype.JobInsertResult, error) {
	a.kinds = append(a.kinds, args.Kind())
	return &rivertype.JobInsertResult{}, nil
}

// PDP-4: a copy is asked for once while it is being made and three times a day; its link works once, for a day, for
// the person alone; then its bytes go, and after a week the fact.
func TestExport(t *testing.T) {
	t.Parallel()
	w, jobs, now := newTown(t), &asked{}, time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	ask := func(at time.Time) (citizens.Export, error) {
		return citizens.AskExport(t.Context(), w.tx, jobs, w.who, []citizens.CitizenID{w.who}, at)
	}
	made := func(e citizens.Export, source string, at time.Time) {
		t.Helper()
		wanted, err := citizens.ExportMade(t.Context(), w.tx, e.ID, w.file(t, source), at)
		if err != nil || !wanted {
			t.Errorf("made: %v, %v", wanted, err)
		}
	}
	first, err := ask(now)
	must(t, err)
	if again, err := ask(now); err != nil || again.ID != first.ID || len(jobs.kinds) != 1 {
		t.Errorf("asked twice: %+v, %v, jobs %v", again, err, jobs.kinds)
	}
	if _, err := citizens.TakeExport(t.Context(), w.tx, w.who, first.Token, now); !fault.Is(err, fault.NotFound) {
		t.Errorf("taken before it is made: %v", err)
	}
	made(first, "one", now)
	for name, try := range map[string]struct {
		who citizens.CitizenID
		at  time.Time
	}{"somebody else": {w.another, now}, "a day later": {w.who, now.Add(citizens.ExportLife)}} {
		if _, err := citizens.TakeExport(t.Context(), w.tx, try.who, first.Token, try.at); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := citizens.ExportByToken(t.Context(), w.tx, w.another, first.Token); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else looks: %v", err)
	}
	taken, err := citizens.TakeExport(t.Context(), w.tx, w.who, first.Token, now.Add(time.Minute))
	if err != nil || taken.State != citizens.ExportTaken || taken.AttachmentID == nil {
		t.Errorf("taken %+v, %v", taken, err)
	}
	if _, err := citizens.TakeExport(t.Context(), w.tx, w.who, first.Token, now.Add(time.Minute)); !fault.Is(err, fault.NotFound) {
		t.Errorf("taken twice: %v", err)
	}
	must(t, citizens.UntakeExport(t.Context(), w.tx, first.ID)) // it broke off
	_, err = citizens.TakeExport(t.Context(), w.tx, w.who, first.Token, now.Add(2*time.Minute))
	must(t, err)

	second, err := ask(now.Add(time.Hour))
	must(t, err)
	made(second, "two", now.Add(time.Hour))
	third, err := ask(now.Add(2 * time.Hour))
	must(t, err)
	made(third, "three", now.Add(2*time.Hour))
	if _, err := ask(now.Add(3 * time.Hour)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a fourth on one day: %v", err)
	}
	spent := func(at time.Time, want ...citizens.ExportID) {
		t.Helper()
		all, err := citizens.SpentExports(t.Context(), w.tx, at, 10)
		must(t, err)
		if len(all) != len(want) {
			t.Errorf("%d copies are spent at %s, want %d", len(all), at, len(want))
		}
	}
	spent(now.Add(30 * time.Minute))
	spent(now.Add(2*time.Hour), first.ID)
	spent(now.Add(citizens.ExportLife+4*time.Hour), first.ID, second.ID, third.ID)
	must(t, citizens.DropExport(t.Context(), w.tx, first.ID))
	if n, err := citizens.ForgetExports(t.Context(), w.tx, now.Add(6*24*time.Hour)); n != 0 || err != nil {
		t.Errorf("forgotten too soon: %d, %v", n, err)
	}
	if n, err := citizens.ForgetExports(t.Context(), w.tx, now.Add(citizens.ExportKept)); n != 1 || err != nil {
		t.Errorf("forgotten after a week: %d, %v", n, err)
	}
}

// Asking to be forgotten twice is asking once; when it is done it may be asked for again.
func TestAskErasure(t *testing.T) {
	t.Parallel()
	w, jobs, now := newTown(t), &asked{}, time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	if _, ok, err := citizens.ErasureOf(t.Context(), w.tx, w.who); ok || err != nil {
		t.Errorf("before: %v, %v", ok, err)
	}
	first, err := citizens.AskErasure(t.Context(), w.tx, jobs, w.who, now)
	must(t, err)
	again, err := citizens.AskErasure(t.Context(), w.tx, jobs, w.who, now.Add(time.Hour))
	if err != nil || again.ID != first.ID || !again.AskedAt.Equal(now) || len(jobs.kinds) != 1 {
		t.Errorf("again %+v, %v, jobs %v", again, err, jobs.kinds)
	}
	stays := []citizens.Stay{{Kind: citizens.StayRecord, Number: "SN-2569-000001"}}
	must(t, citizens.Erased(t.Context(), w.tx, first.ID, stays, false, now))
	if open, err := citizens.UnfinishedErasures(t.Context(), w.tx, 0, 10); err != nil || len(open) != 1 {
		t.Errorf("open %v, %v", open, err)
	}
	must(t, citizens.Erased(t.Context(), w.tx, first.ID, stays, true, now.Add(time.Minute)))
	done, ok, err := citizens.ErasureOf(t.Context(), w.tx, w.who)
	if err != nil || !ok || done.FinishedAt == nil || !done.BeganAt.Equal(now) || len(done.Stays) != 1 || done.Stays[0] != stays[0] {
		t.Errorf("done %+v, %v", done, err)
	}
	next, err := citizens.AskErasure(t.Context(), w.tx, jobs, w.who, now.Add(2*time.Hour))
	if err != nil || next.ID == first.ID || len(jobs.kinds) != 2 {
		t.Errorf("next %+v, %v", next, err)
	}
}
