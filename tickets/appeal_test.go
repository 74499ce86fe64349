package tickets_test

import (
	"strings"
	"testing"
	"time"

	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// refused is a case that an officer refused, with fifteen days to appeal from a Thursday on.
func (o *office) refused(t *testing.T, draft string, told time.Time) tickets.Ticket {
	t.Helper()
	made := o.ticket(t, draft)
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{
		TicketID: made.ID, Outcome: tickets.Refuse, Facts: "ไม่พบเสาไฟ", Reason: "อยู่นอกเขต", LegalBasis: "พ.ร.บ. ตัวอย่าง", AppealBody: "นายกเทศมนตรี", AppealDays: 15,
	}))
	if !told.IsZero() {
		o.now = told
		must(t, o.desk.Told(t.Context(), o.tx, made.ID))
	}
	return o.find(t, made.ID)
}

// appeals files an appeal that names a case.
func (o *office) appeals(t *testing.T, draft, number string) tickets.Ticket {
	t.Helper()
	id, err := o.desk.Submit(t.Context(), o.tx, tickets.Submission{
		Draft: draft, CitizenID: int64(o.citizen.CitizenID), CitizenName: "สมหญิง (ตัวอย่าง)", AgencyID: o.agency.ID, Form: tickets.AppealForm, Version: 1, EnteredAt: o.now,
		Answers: []forms.Answer{
			{Field: tickets.AppealCase, Kind: forms.TextField, Label: "เรื่อง", Text: number}, {Field: "grounds", Kind: forms.TextField, Label: "ข้อโต้แย้ง", Text: "อยู่ในเขต"},
			{Field: "wants", Kind: forms.TextField, Label: "สิ่งที่ขอ", Text: "ขอให้ซ่อม"},
		},
	})
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	return made.Ticket
}

// EGA-5.1, LFA-11.1: an appeal is a case of its own that names the first one; whoever refused can neither take nor decide
// it, in the program or in the database, and the first case says how it ended.
func TestAppeal(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.now = time.Date(2026, time.November, 26, 15, 0, 0, 0, thai.Bangkok())
	first := o.refused(t, "d1", o.now)
	may := func(want bool) {
		t.Helper()
		if got, err := o.desk.MayAppeal(t.Context(), o.tx, o.find(t, first.ID)); err != nil || got != want {
			t.Errorf("may appeal: %v, %v", got, err)
		}
	}
	may(true)
	answer, err := o.desk.AppealAnswer(first, o.now)
	must(t, err)
	one := o.appeals(t, "a1", answer.Text)
	may(false)
	a, ok, err := tickets.AppealOf(t.Context(), o.tx, one.ID)
	must(t, err)
	if !ok || a.Against != first.ID || a.Of != first.Number || a.Late {
		t.Fatalf("%+v, %v", a, ok)
	}
	if back, ok, err := tickets.Appealed(t.Context(), o.tx, first.ID); err != nil || !ok || back.Number != one.Number {
		t.Errorf("the first case says %+v, %v, %v", back, ok, err)
	}
	if lines := o.happenings(t, first.ID, tickets.EventAppealed); len(lines) != 1 || !strings.Contains(lines[0], one.Number) {
		t.Errorf("%q", lines)
	}
	if err := o.desk.Take(t.Context(), o.tx, o.by(), one.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("who refused takes the appeal: %v", err)
	}
	change := tickets.Decision{TicketID: one.ID, Outcome: tickets.Approve, Reason: "ให้พิจารณาใหม่"}
	if err := o.desk.Decide(t.Context(), o.tx, o.by(), change); !fault.Is(err, fault.Conflict) {
		t.Errorf("who refused decides on the appeal: %v", err)
	}
	o.forbids(t, "decisions_appeal", `INSERT INTO decisions (ticket_id, agency_id, officer_id, outcome, reason, legal_basis, appeal, conditions, at)
		VALUES ($1, $2, $3, 'approve', '', '', '', '', now())`, one.ID, o.agency.ID, o.officer.ID)
	must(t, tickets.Seen(t.Context(), o.tx, first.ID))
	must(t, o.desk.Take(t.Context(), o.tx, o.head(), one.ID))
	must(t, o.desk.Decide(t.Context(), o.tx, o.head(), change))
	if lines := o.happenings(t, first.ID, tickets.EventAppealDecided); len(lines) != 0 {
		t.Errorf("the first case hears of what may be taken back: %q", lines)
	}
	for range 2 {
		must(t, o.desk.Told(t.Context(), o.tx, one.ID))
	}
	if lines := o.happenings(t, first.ID, tickets.EventAppealDecided); len(lines) != 1 || !o.find(t, first.ID).Unread {
		t.Errorf("%q, unread %v", lines, o.find(t, first.ID).Unread)
	}
	o.forbids(t, "", `UPDATE appeals SET late = true`)
}

// The day on which it was told is not counted, and the last day is never one on which the agency does not work; what comes
// later is taken and marked (LFA-11.1).
func TestAppealInTime(t *testing.T) {
	t.Parallel()
	for what, one := range map[string]struct {
		told, filed string
		last        string
		late        bool
	}{
		"the last minute of the last day":      {"2026-11-24 09:00", "2026-12-09 23:59", "2026-12-09", false},
		"a minute later":                       {"2026-11-24 09:00", "2026-12-10 00:00", "2026-12-09", true},
		"told late in the evening":             {"2026-11-24 23:59", "2026-12-09 12:00", "2026-12-09", false},
		"the last day is a Saturday":           {"2026-11-27 10:00", "2026-12-14 16:00", "2026-12-14", false},
		"and the Monday is over":               {"2026-11-27 10:00", "2026-12-15 08:30", "2026-12-14", true},
		"not told yet: the time has not begun": {"", "2027-06-01 12:00", "", false},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			at := func(s string) (at time.Time) {
				if s == "" {
					return at
				}
				at, err := time.ParseInLocation("2006-01-02 15:04", s, thai.Bangkok())
				must(t, err)
				return at
			}
			first := o.refused(t, "d1", at(one.told))
			o.now = at(one.filed)
			a, ok, err := tickets.AppealOf(t.Context(), o.tx, o.appeals(t, "a1", strings.ToLower(first.Number)).ID)
			must(t, err)
			last := ""
			if a.LastOn != nil {
				last = a.LastOn.Format(time.DateOnly)
			}
			if !ok || a.Late != one.late || last != one.last {
				t.Errorf("late %v, until %q, %v", a.Late, last, ok)
			}
		})
	}
}

// An appeal is tied to a case of its own citizen that was refused, and to no other; it is a case all the same.
func TestAppealAgainstNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := openIn(t, o.tx, "OB")
	theirs := other.refused(t, "d0", other.now)
	running := o.ticket(t, "d1")
	for i, number := range []string{theirs.Number, running.Number, "TB-2569-999999", ""} {
		made := o.appeals(t, "a"+string(rune('0'+i)), number)
		if _, ok, err := tickets.AppealOf(t.Context(), o.tx, made.ID); ok || err != nil || made.Status != tickets.Open {
			t.Errorf("%q: %v, %v, %s", number, ok, err, made.Status)
		}
	}
	first := o.refused(t, "d2", o.now)
	one := o.appeals(t, "b1", first.Number)
	must(t, o.desk.Decide(t.Context(), o.tx, o.head(), tickets.Decision{
		TicketID: one.ID, Outcome: tickets.Refuse, Facts: "ตรวจแล้ว", Reason: "คำสั่งชอบแล้ว", LegalBasis: "มาตรา 46", AppealBody: "ศาลปกครอง", AppealDays: 90,
	}))
	if may, err := o.desk.MayAppeal(t.Context(), o.tx, o.find(t, one.ID)); may || err != nil {
		t.Errorf("an appeal against an appeal: %v, %v", may, err)
	}
}

// The chat of one agency takes an appeal against another's decision, and it goes to that one.
func TestAppealGoesToWhoDecided(t *testing.T) {
	t.Parallel()
	o := open(t)
	first := o.refused(t, "d1", o.now)
	chat := openIn(t, o.tx, "OB")
	chat.citizen = o.citizen
	made := chat.appeals(t, "a1", first.Number)
	if made.AgencyID != o.agency.ID {
		t.Errorf("the appeal went to agency %d", made.AgencyID)
	}
}

// An appeal from somebody who is not known as the citizen of the case is tied to it when they show its tracking link, or by
// an officer; to one that cannot be appealed against it is not, nor to two, and who decided it gives the appeal back (EGA-5.1).
func TestTyingAnAppeal(t *testing.T) {
	t.Parallel()
	o := open(t)
	first, second := o.refused(t, "d1", o.now), o.refused(t, "d2", o.now)
	running := o.ticket(t, "d3")
	other, err := citizens.Resolve(t.Context(), o.tx, "web", "p", "another browser")
	must(t, err)
	mine := o.citizen
	o.citizen = other
	one, two := o.appeals(t, "a1", first.Number), o.appeals(t, "a2", "")
	o.citizen = mine
	untied := func(id tickets.TicketID, want bool) {
		t.Helper()
		if got, err := tickets.Untied(t.Context(), o.tx, o.find(t, id)); err != nil || got != want {
			t.Errorf("untied %v, %v", got, err)
		}
	}
	untied(one.ID, true)
	untied(first.ID, false)
	by := tickets.ByCitizen(int64(other.CitizenID))
	for _, link := range []string{"", "https://saphan.example/track/AAAAAAAAAAAAAAAAAAAAAAAAAA", first.Number} {
		if err := o.desk.ProveAppeal(t.Context(), o.tx, by, one.ID, link); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q shows something: %v", link, err)
		}
	}
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), one.ID)) // who refused the first case, of which nobody knows yet
	for range 2 {
		must(t, o.desk.ProveAppeal(t.Context(), o.tx, by, one.ID, "https://saphan.example/track/"+first.TrackToken))
	}
	untied(one.ID, false)
	a, ok, err := tickets.AppealOf(t.Context(), o.tx, one.ID)
	must(t, err)
	if got := o.find(t, one.ID); !ok || a.Against != first.ID || got.OfficerID != nil || got.Status != tickets.Open {
		t.Errorf("%+v, %+v", a, got)
	}
	if lines := append(o.happenings(t, one.ID, tickets.EventTied), o.happenings(t, first.ID, tickets.EventAppealed)...); len(lines) != 2 {
		t.Errorf("%q", lines)
	}
	for number, want := range map[string]fault.Kind{running.Number: fault.Conflict, first.Number: fault.Conflict, "TB-2569-999999": fault.NotFound} {
		if err := o.desk.TieAppeal(t.Context(), o.tx, o.head(), two.ID, number); !fault.Is(err, want) {
			t.Errorf("%s: %v", number, err)
		}
	}
	must(t, o.desk.TieAppeal(t.Context(), o.tx, o.head(), two.ID, strings.ToLower(second.Number)))
	if err := o.desk.TieAppeal(t.Context(), o.tx, o.head(), two.ID, first.Number); !fault.Is(err, fault.Conflict) {
		t.Errorf("it goes against two: %v", err)
	}
}
