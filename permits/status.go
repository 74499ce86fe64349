package permits

import (
	"time"

	"saphan/internal/thai"
)

// Status is whether a permit may be relied on.
type Status string

// The statuses. Expired is never recorded: it comes with the day.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
	Revoked   Status = "revoked"
	Expired   Status = "expired"
	Replaced  Status = "replaced" // another permit stands for it, with its end
)

// StatusAt is the permit's status at a moment, by the day in Bangkok: valid through its last day, suspended through the last
// day of the suspension (EGA-13.7).
func (p Permit) StatusAt(at time.Time) Status {
	today := day(at)
	switch {
	case p.Recorded == Revoked, p.Recorded == Replaced:
		return p.Recorded
	case p.ValidUntil != nil && today > date(*p.ValidUntil):
		return Expired
	case p.Recorded == Suspended && (p.SuspendedUntil == nil || today <= date(*p.SuspendedUntil)):
		return Suspended
	default:
		return Active
	}
}

// Thai is the status as anyone reads it.
func (s Status) Thai() string {
	switch s {
	case Active:
		return "ใช้ได้"
	case Suspended:
		return "พักใช้"
	case Revoked:
		return "เพิกถอน"
	case Expired:
		return "หมดอายุ"
	case Replaced:
		return "มีใบแทนหรือฉบับแก้ไขแล้ว"
	default:
		return string(s)
	}
}

// day is the day of a moment in Bangkok; days compare as text.
func day(t time.Time) string { return date(t.In(thai.Bangkok())) }

// date is a day as the database keeps it.
func date(t time.Time) string { return t.Format(time.DateOnly) }

// noon is a moment on a day of the database that is the same day in Bangkok.
func noon(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, thai.Bangkok())
}

// yearsLater is the last day of a permit of so many years: the same day of the year. A permit of 29 February ends on 28
// February, not in March.
func yearsLater(from time.Time, years int) time.Time {
	to := time.Date(from.Year()+years, from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
	if to.Day() != from.Day() {
		to = to.AddDate(0, 0, -to.Day())
	}
	return to
}
