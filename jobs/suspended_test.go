package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// Row 14, of accounts: what LINE says about taking an account out of use and putting it back comes in any
// order, and twice. What happened last by LINE's clock is how it is, and only that is told.
func TestRow14SuspensionsInAnyOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	at := func(minute int) time.Time { return begin.Add(time.Duration(minute) * time.Minute) }
	since := func() *time.Time {
		var at *time.Time
		h.Everywhere(func(tx pgx.Tx) (err error) {
			at, err = agencies.SuspendedSince(t.Context(), tx, h.Account.ID)
			return err
		})
		return at
	}
	alarms := func() int { return strings.Count(h.Diary.String(), "LINE suspended an official account") }
	for i, step := range []struct {
		kind   string
		minute int
		since  int // the minute since which the account is out of use; 0: it is in use
		alarms int
	}{
		{"botResumed", 2, 0, 0},
		{"botSuspended", 1, 0, 0}, // it was over when we heard of it
		{"botSuspended", 5, 5, 1},
		{"botResumed", 4, 5, 1}, // from the time before
		{"botSuspended", 5, 5, 2},
		{"botSuspended", 6, 5, 3}, // the first counts
		{"botResumed", 8, 0, 3},
		{"botSuspended", 7, 0, 3},
		{"botSuspended", 9, 9, 4},
	} {
		h.Event(map[string]any{"type": step.kind, "timestamp": at(step.minute).UnixMilli(), "source": map[string]any{"type": "unknown to us"}, "replyToken": nil})
		h.Settled()
		got, want := since(), step.since > 0
		if (got != nil) != want || want && !got.Equal(at(step.since)) || alarms() != step.alarms {
			t.Fatalf("step %d, %s of minute %d: out of use since %v, %d alarms; want minute %d, %d alarms", i, step.kind, step.minute, got, alarms(), step.since, step.alarms)
		}
	}
}
