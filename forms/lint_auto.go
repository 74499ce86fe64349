package forms

import (
	"fmt"
	"slices"
)

// auto refuses a rule that cannot work, and one that the law of the service does not let be automatic (SEED-24).
func (l *lint) auto() {
	f := l.form
	if f.Notification != nil {
		l.need("notification.law", f.Notification.Law)
	}
	for i, r := range f.Auto {
		where := fmt.Sprintf("auto_rules[%d]", i)
		if !nameForm.MatchString(r.Key) {
			l.fault(where+".key", "%q must be small letters, digits, hyphens and underscores", r.Key)
		}
		if slices.ContainsFunc(f.Auto[:i], func(other AutoRule) bool { return other.Key == r.Key }) {
			l.fault(where+".key", "there is a rule %q before it; give each a name of its own", r.Key)
		}
		l.autoTimes(where, r)
		switch r.Kind {
		case AutoAccept, AutoRemind:
		case AutoRenew:
			if !slices.ContainsFunc(f.Outcomes, func(o Outcome) bool { return o.Kind == Permit && o.ValidYears > 0 }) {
				l.fault(where+".kind", "nothing that comes out of the service ends; remove the rule, or say valid_years of the permit")
			}
		case AutoApprove:
			l.autoApproval(where)
		default:
			l.fault(where+".kind", "must be one of %v", AutoKinds())
		}
	}
}

// autoTimes refuses times that a rule of its kind does not have, or lacks.
func (l *lint) autoTimes(where string, r AutoRule) {
	switch approves := r.Kind == AutoApprove; {
	case approves && (r.After.For < leastWait || r.After.For > longestFor):
		l.fault(where+".after", "must be 5m or more and at most 30 days, so that an officer can step in before")
	case !approves && !r.After.IsZero():
		l.fault(where+".after", "is for rules that approve; remove it")
	}
	switch reminds := r.Kind == AutoRemind || r.Kind == AutoRenew; {
	case reminds && !daysBefore(r.Before):
		l.fault(where+".before", "needs days before the last day, the earliest first: [7, 1]")
	case !reminds && len(r.Before) > 0:
		l.fault(where+".before", "is for rules that remind; remove it")
	}
}

// autoApproval refuses an approval by a rule where a person has to judge.
func (l *lint) autoApproval(where string) {
	f := l.form
	where += ".kind"
	if f.Notification == nil {
		l.fault(where, "approves what asks for leave; only a notification can be approved by a rule: name it and its law under notification, or remove the rule")
	}
	if !f.Deciding.empty() {
		l.fault(where, "approves what needs opinions or two people (MTH-3.1); remove the rule")
	}
	if f.Fee.Varies {
		l.fault(where, "approves where an officer sets the fee; remove the rule")
	}
	if f.PersonalOnly() {
		l.fault(where, "approves what must be done in person (EGA-7.6); remove the rule")
	}
	for i, r := range f.Reasons {
		if r.When == "" && !r.Bound {
			l.fault(where, "approves although any request may be refused for a reason that calls for a judgement (reasons[%d]); give that reason a condition that leaves notifications out, or say bound: true where the law leaves no discretion", i)
		}
	}
}
