package tickets_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
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

// SVC-5: how many people reported the same before, since when and how it stands; oneself, later reports, those dealt with and
// confidential ones are not among them.
func TestWhatIsKnownAlready(t *testing.T) {
	t.Parallel()
	o := open(t)
	if _, ok, err := o.desk.Reported(t.Context(), o.tx, o.reported(t, "far away", at(60, 0))); ok || err != nil {
		t.Errorf("nobody reported it: %v %v", ok, err)
	}
	o.reported(t, "secret", corrupt)
	o.mend(t, o.reported(t, "mended").ID)
	first := o.reported(t, "first")
	since := o.now
	o.now = o.now.AddDate(0, 0, 3)
	second, third := o.reported(t, "second"), o.reported(t, "third", at(20, 0))
	o.merge(t, second.ID, first.ID)
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), first.ID))
	mine := o.reported(t, "mine")
	again := o.reported(t, "again", func(s *tickets.Submission) { s.CitizenID = third.CitizenID })
	for name, c := range map[string]struct {
		of   tickets.Ticket
		want int
	}{"of another": {mine, 3}, "of one who reported it before": {again, 3}} {
		k, ok, err := o.desk.Reported(t.Context(), o.tx, o.find(t, c.of.ID))
		if err != nil || !ok || k.Others != c.want || !k.Since.Equal(since) || k.Status != tickets.Accepted {
			t.Errorf("%s: %+v %v %v", name, k, ok, err)
		}
	}
}

// PostgreSQL plans a question that is asked often once for all agencies. Where they have a few cases each, it took the days for
// as narrow as the place, and an agency of a hundred thousand cases read those of its last weeks for each one that was opened.
func TestCasesAlikeAreFoundByTheirPlace(t *testing.T) {
	t.Parallel()
	c := grown(t, 1000)
	var plan string
	must(t, agencies.Within(t.Context(), c.pool, c.agency.ID, func(tx pgx.Tx) error {
		var id tickets.TicketID
		if err := tx.QueryRow(t.Context(), `SELECT min(id) FROM tickets WHERE status = 'open' AND agency_id = $1`, c.agency.ID).Scan(&id); err != nil {
			return err
		}
		one, err := tickets.Find(t.Context(), tx, id)
		if err != nil {
			return err
		}
		if _, err := c.desk.Alike(t.Context(), tx, one); err != nil {
			return err
		}
		var name string
		if err := tx.QueryRow(t.Context(), `SELECT name FROM pg_prepared_statements WHERE statement LIKE '%AS metres FROM tickets%' AND statement NOT LIKE '%pg_prepared%'`).Scan(&name); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `SET LOCAL plan_cache_mode = force_generic_plan`); err != nil {
			return err
		}
		rows, err := tx.Query(t.Context(), fmt.Sprintf(`EXPLAIN EXECUTE %s (1, 'light', 1, 13.35, 100.95, 1, 1, 0.001, 0.001, '', 1, now(), now(), 1)`, pgx.Identifier{name}.Sanitize()))
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		plan = strings.Join(lines, "\n")
		return err
	}))
	if !strings.Contains(plan, "Index Scan using tickets_near on tickets") {
		t.Errorf("the plan for all agencies:\n%s", plan)
	}
}
