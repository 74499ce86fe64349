package agencies_test

import (
	"testing"
	"time"

	"saphan/agencies"
)

// EGA-16.1: a delegation holds from its first day to its last, and not after it was ended.
func TestDelegationHolds(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, time.November, n, 0, 0, 0, 0, time.UTC) }
	last, ended := day(20), day(12)
	for name, c := range map[string]struct {
		d    agencies.Delegation
		on   time.Time
		want bool
	}{
		"the day before":     {agencies.Delegation{FromOn: day(10), UntilOn: &last}, day(9).Add(23 * time.Hour), false},
		"the first day":      {agencies.Delegation{FromOn: day(10), UntilOn: &last}, day(10), true},
		"late on the last":   {agencies.Delegation{FromOn: day(10), UntilOn: &last}, day(20).Add(23 * time.Hour), true},
		"the day after":      {agencies.Delegation{FromOn: day(10), UntilOn: &last}, day(21), false},
		"without a last day": {agencies.Delegation{FromOn: day(10)}, day(30), true},
		"ended":              {agencies.Delegation{FromOn: day(10), EndedAt: &ended}, day(15), false},
	} {
		if got := c.d.Holds(c.on); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
