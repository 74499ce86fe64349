package tickets_test

import (
	"fmt"
	"testing"

	"saphan/tickets"
)

// at moves a report so many metres to the north and to the east.
func at(north, east float64) func(*tickets.Submission) {
	const degree = 111_320.0
	return func(s *tickets.Submission) {
		s.Answers[1].Value = fmt.Appendf(nil, `{"title":"ซอยตัวอย่าง 4","lat":%.7f,"lon":%.7f}`, 13.36+north/degree, 100.98+east/degree/0.97294) // cos 13.36°
	}
}

// SVC-5: within 50 metres, of one category and within 30 days; confidential cases, those that follow another and those that
// were refused are never among them.
func TestCasesAlikeAreProposed(t *testing.T) {
	t.Parallel()
	o := open(t)
	names := map[tickets.TicketID]string{}
	file := func(name string, change ...func(*tickets.Submission)) tickets.TicketID {
		id := o.reported(t, name, change...).ID
		names[id] = name
		return id
	}
	today := o.now
	o.now = today.AddDate(0, 0, -31)
	file("a month and a day ago")
	o.now = today.AddDate(0, 0, -30)
	file("a month ago", at(0, 10))
	o.now = today
	file("51 metres to the north", at(51, 0))
	file("49 metres to the east", at(0, 49))
	file("40 and 40 metres away", at(40, 40))
	file("secret", corrupt)
	file("a road", func(s *tickets.Submission) { s.Answers[0].Value = []byte(`"road"`) })
	file("without a pin", func(s *tickets.Submission) {
		s.Answers[1].Value = []byte(`{"title":"ซอยตัวอย่าง 4"}`)
	})
	refused := file("refused")
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), refusal(refused)))
	mended := file("mended", at(5, 0))
	o.mend(t, mended)
	main := file("main", at(1, 0))
	follows := file("follows")
	o.merge(t, follows, main)
	mine := o.reported(t, "mine")
	near, err := o.desk.Alike(t.Context(), o.tx, o.find(t, mine.ID))
	must(t, err)
	var got string
	for _, n := range near {
		got += fmt.Sprintf("%s %.0f; ", names[n.ID], n.Metres)
	}
	if want := "main 1; a month ago 10; 49 metres to the east 49; mended 5; "; got != want {
		t.Errorf("proposed %q, want %q", got, want)
	}
	if near, err := o.desk.Alike(t.Context(), o.tx, o.find(t, follows)); err != nil || len(near) != 0 {
		t.Errorf("for one that follows: %v %v", near, err)
	}
	o.reported(t, "x", corrupt)
	if near, err := o.desk.Alike(t.Context(), o.tx, o.reported(t, "y", corrupt)); err != nil || len(near) != 0 {
		t.Errorf("for a confidential one: %v %v", near, err)
	}
}
