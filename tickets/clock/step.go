package clock

import "time"

// StepKind says what a step of a count is.
type StepKind string

// The kinds of step.
const (
	Begins    StepKind = "begins"    // the time begins on On, which is not counted, with Days
	Stands    StepKind = "stands"    // from On until Until (zero: it has not ended) the clock stands still, because of Why
	Prolonged StepKind = "prolonged" // on On it was prolonged by Days, because of Why
	Moved     StepKind = "moved"     // the last day would be On, on which nobody works or the clock stands still; it is Until
	Kept      StepKind = "kept"      // the calendar changed; the time ends on On as the citizen was told
	Ends      StepKind = "ends"      // the time ends at On
)

// Step is one step of a count, for people to follow.
type Step struct {
	Kind  StepKind
	On    time.Time
	Until time.Time
	Days  int
	Why   string
}

// steps notes a step.
func (c *Clock) steps(s Step) { c.Steps = append(c.Steps, s) }
