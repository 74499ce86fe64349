package tickets

import (
	"testing"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/tickets/clock"
)

// LFA-12.1, LFA-12.2: a request counts as approved only where its service says so and the statute of its day knows that; then
// no letter is due, and else letters are as ever.
func TestNextDeemed(t *testing.T) {
	t.Parallel()
	week, err := agencies.UsualHours.Week()
	if err != nil {
		t.Fatal(err)
	}
	today := clock.StatuteOn(time.Now())
	coming := today
	coming.DeemedBy = forms.Text{TH: "พ.ร.บ. ตัวอย่าง มาตรา 1"}
	received := time.Date(2026, time.November, 23, 10, 0, 0, 0, thai.Bangkok())
	for name, c := range map[string]struct {
		late   forms.LatePolicy
		law    clock.Statute
		deemed bool
	}{
		"nothing said": {"", coming, false}, "letters": {forms.NotifyWeekly, coming, false},
		"today's law": {forms.DeemedApproved, today, false}, "a law that knows it": {forms.DeemedApproved, coming, true},
	} {
		r := record{
			Ticket: Ticket{DeemedReceivedAt: received}, calendar: agencies.NewCalendar(week, nil), law: c.law, kept: &reading{},
			form: &forms.Form{Late: c.late, Clocks: []forms.Clock{{Key: forms.Decide, Days: 5, Unit: forms.CalendarDays}}},
		}
		due := r.deciding().DueAt
		if deemed, letter := !r.nextDeemed().IsZero(), !r.nextLetter().IsZero(); deemed != c.deemed || letter == c.deemed {
			t.Errorf("%s: deemed %v, a letter %v", name, deemed, letter)
		}
		if c.deemed && !r.nextDeemed().After(due) {
			t.Errorf("%s: deemed at %s, while the time runs until %s", name, r.nextDeemed(), due)
		}
	}
}
