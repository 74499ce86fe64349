package payments

import (
	"fmt"
	"time"

	"saphan/agencies"
	"saphan/forms"
)

// ForApproval is the demand that an approval brings, but for whose it is and what it comes to: the last day is counted
// by the law of the service from the day on which the person is told (SVC-1). Decision is which of the case it is, from 1 on: each
// that was taken back took its charge along.
func ForApproval(form *forms.Form, answers []forms.Answer, calendar agencies.Calendar, told time.Time, decision int) Demand {
	d := Demand{Cause: ByDecision, About: "ค่าธรรมเนียม" + form.Outcome(answers).Title.TH}
	if decision > 1 {
		d.Cause = fmt.Sprintf("%s %d", ByDecision, decision)
	}
	clock, ok := form.Clock(forms.Pay, answers)
	if !ok {
		return d
	}
	d.Law = clock.Law.TH
	if clock.Unit == forms.WorkingDays {
		d.DueOn = calendar.AddWorkingDays(told, clock.Days)
	} else {
		d.DueOn = calendar.AddCalendarDays(told, clock.Days)
	}
	return d
}
