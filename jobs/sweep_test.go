package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
)

// Bytes that nothing points to, a crash came between them and their row, are removed after a day; those
// with a row stay. The sweep may run twice.
func TestSweepRemovesOrphans(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	kept, err := h.Files.Put(t.Context(), strings.NewReader("ที่มีแถว"), files.Limits{})
	must(t, err)
	_, err = h.Files.Put(t.Context(), strings.NewReader("ที่ไม่มีแถว"), files.Limits{})
	must(t, err)
	must(t, agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error {
		_, err := files.Insert(t.Context(), tx, files.Attachment{Object: kept, Name: "ก", Source: "sweep"})
		return err
	}))
	must(t, run(h, &sweep{Deps: h.Deps}, SweepArgs{}))
	if n := h.Stored(); n != 2 {
		t.Errorf("%d objects after the sweep of a young store, want both", n)
	}
	cfg := h.Plan.Store()
	cfg.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	deps := *h.Deps
	deps.Files, err = files.New(cfg, h.Box, h.Log)
	must(t, err)
	for range 2 {
		must(t, run(h, &sweep{Deps: &deps}, SweepArgs{}))
		if n := h.Stored(); n != 1 {
			t.Errorf("%d objects after the sweep, want the one with a row", n)
		}
	}
	if len(Schedule(h.Deps)) != 11 {
		t.Errorf("%d jobs run by the clock", len(Schedule(h.Deps)))
	}
}
