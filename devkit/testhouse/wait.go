package testhouse

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Patience bounds every wait for something that should follow soon: the machine may be busy, and slowed
// down by the race detector.
const Patience = 4 * time.Minute

// Until waits for something to become true.
func (h *House) Until(what string, is func() bool) {
	h.T.Helper()
	for deadline := time.Now().Add(Patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.T.Fatalf("waited in vain until %s; jobs: %s\n%s", what, strings.Join(h.Undone(), "\n"), Last(h.Diary.String(), 20000))
		}
	}
}

// Last is the end of a text, at most n bytes of it.
func Last(s string, n int) string { return s[max(0, len(s)-n):] }

// pending are the jobs that something is still to follow from. That the next officer is called in some minutes is no work under way.
const pending = `SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'pending') AND NOT (kind = 'on_call' AND state = 'scheduled')`

// Settled waits until no job is left to do, now or later.
func (h *House) Settled() {
	h.T.Helper()
	h.Until("the jobs are done", func() bool { return h.Count(pending) == 0 })
}

// Hurried waits until no job is left, without waiting for the pauses between tries.
func (h *House) Hurried() {
	h.T.Helper()
	h.Until("the jobs are done, in a hurry", func() bool {
		h.Hurry()
		return h.Count(pending) == 0
	})
}

// Hurry lets jobs that wait for their time run now, and conversations rest no longer.
func (h *House) Hurry() {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.T.Context(), `UPDATE conversations SET sending_until = NULL
			WHERE id IN (SELECT id FROM conversations WHERE sender IS NULL AND sending_until IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED)`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(h.T.Context(), `UPDATE river_job SET state = 'available', scheduled_at = now()
			WHERE id IN (SELECT id FROM river_job WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at > now() FOR UPDATE SKIP LOCKED)`)
		return err
	})
}

// Forgive lets events whose step failed be tried again at once.
func (h *House) Forgive() {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.T.Context(), `UPDATE inbound_events SET failed_at = failed_at - interval '10 seconds' WHERE failed_at IS NOT NULL`)
		return err
	})
	h.Hurry()
}

// Undone lists the jobs that are not completed.
func (h *House) Undone() []string {
	h.T.Helper()
	return h.List(`SELECT kind || ' ' || state || ' ' || args || ' ' || coalesce(errors[array_upper(errors, 1)]->>'error', '') FROM river_job WHERE state <> 'completed' ORDER BY id`)
}
