package forms

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Day is a day in a service file, 2026-11-22; a year in the Buddhist era, 2569-11-22, means the same. The
// zero value is no day.
type Day struct{ time.Time }

// buddhist is what the Buddhist era is ahead, and the first year that can only be one of it.
const (
	buddhist      = 543
	firstBuddhist = 2400
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Day) UnmarshalText(text []byte) error {
	s := string(text)
	if year, rest, ok := strings.Cut(s, "-"); ok {
		if n, err := strconv.Atoi(year); err == nil && n >= firstBuddhist {
			s = fmt.Sprintf("%04d-%s", n-buddhist, rest)
		}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return fmt.Errorf("%q is no day; write it as 2026-11-22 or 2569-11-22", text)
	}
	d.Time = t
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Day) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.Format(time.DateOnly)), nil
}

// span reports whether a day lies between two, the first and the last included; an end that is no day is
// open.
func span(from, until Day, on time.Time) bool {
	return (from.IsZero() || !on.Before(from.Time)) && (until.IsZero() || !on.After(until.Time))
}
