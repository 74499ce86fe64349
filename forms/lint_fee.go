package forms

import (
	"fmt"
	"slices"
)

// fee checks the tables, lines and waivers.
func (l *lint) fee() {
	f := l.form.Fee
	if f.By != "" && f.By != ByFiling && f.By != ByDecision {
		l.fault("fee.by", "must be %s or %s", ByFiling, ByDecision)
	}
	for i, t := range f.Tables {
		where := fmt.Sprintf("fee.tables[%d]", i)
		if !wordForm.MatchString(t.Key) {
			l.fault(where+".key", "must be a small letter and then small letters, digits and underscores")
		}
		l.need(where+".law", t.Law)
		l.span(where, t.From, t.Until)
		if len(t.Rows) == 0 {
			l.fault(where+".rows", "are missing; give each key its amount in baht")
		}
		seen := map[string]bool{}
		for _, r := range t.Rows {
			at := where + ".rows." + r.Key
			l.need(at+".label", r.Label)
			if r.Baht < 0 || r.Baht > mostBaht {
				l.fault(at+".baht", "must not be negative")
			}
			if seen[r.Key] {
				l.fault(at, "the key is used twice in this table; remove one")
			}
			seen[r.Key] = true
		}
		for _, o := range f.Tables[:i] {
			if o.Key == t.Key && overlap(o.From, o.Until, t.From, t.Until) {
				l.fault(where, "is in force on days on which another table %s is; end one the day before the other begins", t.Key)
			}
		}
	}
	var lines []string
	for _, line := range f.Lines {
		where := "fee.lines." + line.Key
		if !wordForm.MatchString(line.Key) || slices.Contains(lines, line.Key) {
			l.fault(where, "the key must be a small letter and then small letters, digits and underscores, and used once")
		}
		lines = append(lines, line.Key)
		l.need(where+".label", line.Label)
	}
	for i, w := range f.Waivers {
		where := fmt.Sprintf("fee.waivers[%d]", i)
		l.need(where+".text", w.Text)
		l.need(where+".law", w.Law)
		l.span(where, w.From, w.Until)
		if w.Percent < 0 || w.Percent > 100 {
			l.fault(where+".percent", "must be between 1 and 100; leave it out to waive the whole")
		}
		for _, key := range w.Lines {
			if !slices.Contains(lines, key) {
				l.fault(where+".lines", "there is no line %q; name lines of the fee", key)
			}
		}
	}
}

func (l *lint) span(where string, from, until Day) {
	if !from.IsZero() && !until.IsZero() && until.Before(from.Time) {
		l.fault(where+".until", "is before from; the last day comes after the first")
	}
}

// overlap reports whether two spans of days have a day in common; no day: open.
func overlap(from1, until1, from2, until2 Day) bool {
	return (until1.IsZero() || from2.IsZero() || !until1.Before(from2.Time)) && (until2.IsZero() || from1.IsZero() || !until2.Before(from1.Time))
}
