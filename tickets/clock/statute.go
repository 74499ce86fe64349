package clock

import (
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// Statute is what the law on licensing facilitation asks of every case, whatever its service, from a day on. A case keeps
// the statute of the day on which its request is deemed received (LFA-12.2).
type Statute struct {
	From time.Time // midnight in Bangkok
	// Tell is the time to tell the citizen of the decision (LFA-10.1).
	Tell Rule
	// LetterEvery is after how many days of lateness each further letter is due, the first when the time is over (LFA-10.2).
	LetterEvery int
	// LetterLaw is what asks for the letters.
	LetterLaw forms.Text
	// DeemedBy is the section by which a request counts as approved when nobody decided in time and its service says so
	// (LFA-12.1); empty: the statute does not know that.
	DeemedBy forms.Text
	// WarnAt are the parts of the time, in hundredths, at which officers are warned (LFA-10.3).
	WarnAt []int
}

// statutes are the versions of the law, the oldest first. A law that is enacted is another one at the end.
func statutes() []Statute {
	facilitation := forms.Text{TH: "พ.ร.บ. การอำนวยความสะดวกในการพิจารณาอนุญาตของทางราชการ พ.ศ. 2558 มาตรา 10", EN: "Licensing Facilitation Act B.E. 2558, section 10"}
	return []Statute{{
		From:        time.Date(2015, time.July, 21, 0, 0, 0, 0, thai.Bangkok()),
		Tell:        Rule{Key: Tell, Days: 7, Unit: forms.CalendarDays, Law: facilitation},
		LetterEvery: 7,
		LetterLaw:   facilitation,
		WarnAt:      []int{50, 80, 100},
	}}
}

// Tell is the duty to tell the citizen of a decision. No service sets its time.
const Tell forms.ClockKey = "tell"

// StatuteOn is the statute in force at a moment; before the first, that one.
func StatuteOn(at time.Time) Statute {
	all := statutes()
	in := all[0]
	for _, s := range all[1:] {
		if !at.Before(s.From) {
			in = s
		}
	}
	return in
}
