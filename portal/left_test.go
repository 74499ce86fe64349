package portal_test

import (
	"testing"
	"time"

	"saphan/internal/thai"
	"saphan/portal"
)

// One day is said as one.
func TestLeft(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, thai.Bangkok())
	for days, want := range map[int]string{2: "2 days left", 1: "1 day left", 0: "due today", -1: "1 day late", -2: "2 days late"} {
		if got := portal.Left("en", now, now.AddDate(0, 0, days)); got != want {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
}
