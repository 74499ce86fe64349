package tickets_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"saphan/forms"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/tickets"
)

// refusal is one that may go out.
func refusal(id tickets.TicketID) tickets.Decision {
	return tickets.Decision{
		TicketID: id, Outcome: tickets.Refuse, Facts: "ตรวจสถานที่แล้วพบน้ำเสีย", Reason: "ไม่ถูกสุขลักษณะ", LegalBasis: "มาตรา 32", AppealBody: "รัฐมนตรี", AppealDays: 30,
	}
}

// chained makes a case of a service for which the agency asks for opinions, and two people.
func (o *office) chained(t *testing.T, deciding forms.Deciding) tickets.Ticket {
	t.Helper()
	seen, err := forms.InForce(t.Context(), o.tx, int64(o.agency.ID), "public-problem")
	must(t, err)
	_, err = forms.Amend(t.Context(), o.tx, forms.Made{
		Override: forms.Override{Deciding: deciding}, Agency: int64(o.agency.ID), Form: "public-problem", Base: 1, At: o.now,
	}, seen)
	must(t, err)
	return o.ticket(t, "chained "+deciding.Thai())
}

func opinion(id tickets.TicketID, step forms.OpinionStep) tickets.Opinion {
	return tickets.Opinion{TicketID: id, Step: step, Proposes: tickets.Approve, Text: "ตรวจแล้วครบถ้วนตามหลักเกณฑ์"}
}

// MTH-3.1, LFA-11.1: what, after what, as whom -> refused with which kind. Empty: it is done.
func TestRulesOfDeciding(t *testing.T) {
	t.Parallel()
	two := forms.Deciding{TwoPerson: true}
	chain := forms.Deciding{TwoPerson: true, Opinions: []forms.OpinionStep{forms.Clerk, forms.Staff}}
	type act = func(o *office, id tickets.TicketID) error
	approve := func(as func(*office) tickets.Actor) act {
		return func(o *office, id tickets.TicketID) error {
			return o.desk.Decide(o.ctx(), o.tx, as(o), tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"})
		}
	}
	opine := func(as func(*office) tickets.Actor, step forms.OpinionStep) act {
		return func(o *office, id tickets.TicketID) error {
			return o.desk.Opine(o.ctx(), o.tx, as(o), opinion(id, step))
		}
	}
	back := func(to forms.OpinionStep, why string) act {
		return func(o *office, id tickets.TicketID) error {
			return o.desk.SendBack(o.ctx(), o.tx, second(o), id, to, why)
		}
	}
	takeBack := func(why string) act {
		return func(o *office, id tickets.TicketID) error { return o.desk.TakeBack(o.ctx(), o.tx, second(o), id, why) }
	}
	told := func(o *office, id tickets.TicketID) error { return o.desk.Told(o.ctx(), o.tx, id) }
	const why = "พบหลักฐานใหม่หลังลงนาม"
	for name, c := range map[string]struct {
		deciding forms.Deciding
		before   []act
		do       act
		want     fault.Kind
		refused  bool
	}{
		"one person decides at once":                {do: approve(first)},
		"a citizen decides":                         {do: approve(person), want: fault.Forbidden, refused: true},
		"nobody proposed yet":                       {deciding: two, do: approve(first), want: fault.Conflict, refused: true},
		"who proposed decides alone":                {deciding: two, before: []act{opine(first, forms.Staff)}, do: approve(first), want: fault.Conflict, refused: true},
		"another decides":                           {deciding: two, before: []act{opine(first, forms.Staff)}, do: approve(second)},
		"half a chain":                              {deciding: chain, before: []act{opine(first, forms.Staff)}, do: approve(second), want: fault.Conflict, refused: true},
		"a whole chain by one":                      {deciding: chain, before: []act{opine(first, forms.Staff), opine(first, forms.Clerk)}, do: approve(first), want: fault.Conflict, refused: true},
		"a whole chain":                             {deciding: chain, before: []act{opine(first, forms.Staff), opine(second, forms.Clerk)}, do: approve(first)},
		"out of turn":                               {deciding: chain, do: opine(first, forms.Clerk), want: fault.Conflict, refused: true},
		"twice":                                     {deciding: chain, before: []act{opine(first, forms.Staff)}, do: opine(first, forms.Staff)},
		"another's turn is over":                    {deciding: chain, before: []act{opine(first, forms.Staff)}, do: opine(second, forms.Staff), want: fault.Conflict, refused: true},
		"an opinion that nobody asks for":           {do: opine(first, forms.Staff), want: fault.Conflict, refused: true},
		"an opinion by a citizen":                   {deciding: chain, do: opine(person, forms.Staff), want: fault.Forbidden, refused: true},
		"an opinion after the decision":             {deciding: two, before: []act{opine(first, forms.Staff), approve(second)}, do: opine(first, forms.Staff), want: fault.Conflict, refused: true},
		"back without a reason":                     {deciding: chain, before: []act{opine(first, forms.Staff)}, do: back(forms.Staff, " "), want: fault.Invalid, refused: true},
		"back to where nobody was":                  {deciding: chain, before: []act{opine(first, forms.Staff)}, do: back(forms.Clerk, why), want: fault.Conflict, refused: true},
		"back":                                      {deciding: chain, before: []act{opine(first, forms.Staff), opine(second, forms.Clerk)}, do: back(forms.Staff, why)},
		"decided after it went back":                {deciding: chain, before: []act{opine(first, forms.Staff), opine(second, forms.Clerk), back(forms.Staff, why)}, do: approve(first), want: fault.Conflict, refused: true},
		"decided after it went back and came again": {deciding: chain, before: []act{opine(first, forms.Staff), opine(second, forms.Clerk), back(forms.Staff, why), opine(first, forms.Staff), opine(second, forms.Clerk)}, do: approve(first)},
		"taken back before anybody was told":        {before: []act{approve(first)}, do: takeBack(why)},
		"taken back without a reason":               {before: []act{approve(first)}, do: takeBack("ผิด"), want: fault.Invalid, refused: true},
		"taken back when nothing was decided":       {do: takeBack(why)},
		"taken back after it was told":              {before: []act{approve(first), told}, do: takeBack(why), want: fault.Conflict, refused: true},
		"decided again after it was taken back": {before: []act{approve(first), takeBack(why)}, do: func(o *office, id tickets.TicketID) error {
			return o.desk.Decide(o.ctx(), o.tx, first(o), refusal(id))
		}},
		"conditions that are none": {do: func(o *office, id tickets.TicketID) error {
			return o.desk.Decide(o.ctx(), o.tx, first(o), tickets.Decision{TicketID: id, Outcome: tickets.ApproveWithConditions, Conditions: " "})
		}, want: fault.Invalid, refused: true},
		"deemed by an officer": {do: func(o *office, id tickets.TicketID) error {
			return o.desk.Decide(o.ctx(), o.tx, first(o), tickets.Decision{TicketID: id, Outcome: tickets.Deemed})
		}, want: fault.Invalid, refused: true},
		"deemed in time": {do: func(o *office, id tickets.TicketID) error { return o.desk.Deem(o.ctx(), o.tx, id, "มาตรา 1") }, want: fault.Conflict, refused: true},
		"deemed when the time is over": {deciding: chain, before: []act{func(o *office, _ tickets.TicketID) error {
			o.now = o.now.AddDate(1, 0, 0)
			return nil
		}}, do: func(o *office, id tickets.TicketID) error { return o.desk.Deem(o.ctx(), o.tx, id, "มาตรา 1") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			id := o.chained(t, c.deciding).ID
			for _, before := range c.before {
				must(t, before(o, id))
			}
			err := c.do(o, id)
			if c.refused && !fault.Is(err, c.want) || !c.refused && err != nil {
				t.Errorf("%v, want refused %v with %v", err, c.refused, c.want)
			}
		})
	}
}

func first(o *office) tickets.Actor  { return o.by() }
func second(o *office) tickets.Actor { return tickets.ByOfficer(o.second.ID) }
func person(o *office) tickets.Actor { return tickets.ByCitizen(int64(o.citizen.CitizenID)) }

// The database itself refuses, whoever writes and whatever the program forgot.
func TestTheDatabaseKnowsTheRulesOfDeciding(t *testing.T) {
	t.Parallel()
	o := open(t)
	single, two := o.ticket(t, "single"), o.chained(t, forms.Deciding{TwoPerson: true})
	must(t, o.desk.Opine(o.ctx(), o.tx, first(o), opinion(two.ID, forms.Staff)))
	const decide = `INSERT INTO decisions (ticket_id, agency_id, officer_id, outcome, at) VALUES ($1, $2, $3, 'approve', now())`
	o.forbids(t, "decisions_two_person", decide, two.ID, o.agency.ID, o.officer.ID)
	o.forbids(t, "", `UPDATE tickets SET two_person = false WHERE id = $1`, two.ID)
	o.forbids(t, "", `UPDATE opinions SET officer_id = $2 WHERE ticket_id = $1`, two.ID, o.second.ID)
	o.forbids(t, "", `UPDATE opinions SET text = 'อื่น' WHERE ticket_id = $1`, two.ID)
	o.forbids(t, "decisions_conditions", `INSERT INTO decisions (ticket_id, agency_id, officer_id, outcome, at) VALUES ($1, $2, $3, 'approve_with_conditions', now())`, single.ID, o.agency.ID, o.officer.ID)
	for _, without := range []string{"facts", "reason", "legal_basis", "appeal_body", "appeal_days"} {
		values := map[string]string{"facts": "'f'", "reason": "'r'", "legal_basis": "'l'", "appeal_body": "'b'", "appeal_days": "30"}
		values[without] = "' '"
		if without == "appeal_days" {
			values[without] = "0"
		}
		o.forbids(t, "decisions_refusal", `INSERT INTO decisions (ticket_id, agency_id, officer_id, outcome, at, facts, reason, legal_basis, appeal_body, appeal_days)
			VALUES ($1, $2, $3, 'refuse', now(), `+strings.Join([]string{values["facts"], values["reason"], values["legal_basis"], values["appeal_body"], values["appeal_days"]}, ", ")+`)`,
			single.ID, o.agency.ID, o.officer.ID)
	}
	_, err := o.tx.Exec(o.ctx(), decide, two.ID, o.agency.ID, o.second.ID)
	must(t, err)
	o.forbids(t, "decisions_standing", `INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, at) VALUES ($1, $2, 2, $3, 'approve', now())`, two.ID, o.agency.ID, o.second.ID)
	o.forbids(t, "", `UPDATE decisions SET outcome = 'refuse' WHERE ticket_id = $1`, two.ID)
	o.forbids(t, "", `UPDATE decisions SET reason = 'อื่น' WHERE ticket_id = $1`, two.ID)
}

// forbids runs a statement that the database must refuse; constraint, if given, is what says so.
func (o *office) forbids(t *testing.T, constraint, sql string, args ...any) {
	t.Helper()
	save, err := o.tx.Begin(t.Context())
	must(t, err)
	_, err = save.Exec(t.Context(), sql, args...)
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || constraint != "" && pg.ConstraintName != constraint {
		t.Errorf("%s: %v, want it refused by %s", sql, err, constraint)
	}
	must(t, save.Rollback(t.Context()))
}

// A chain from the first opinion over a way back to the decision, and one decision taken back, all stand in the history.
func TestOpinionsAndDecisionsStay(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.chained(t, forms.Deciding{TwoPerson: true, Opinions: []forms.OpinionStep{forms.Staff}}).ID
	must(t, o.desk.Opine(o.ctx(), o.tx, first(o), opinion(id, forms.Staff)))
	must(t, o.desk.SendBack(o.ctx(), o.tx, second(o), id, forms.Staff, "ยังไม่ได้แนบภาพถ่ายสถานที่"))
	again := opinion(id, forms.Staff)
	again.Text, again.Signature = "ตรวจแล้ว แนบภาพถ่ายสถานที่แล้ว", tickets.Signature{Post: "นักวิชาการสาธารณสุข"}
	must(t, o.desk.Opine(o.ctx(), o.tx, first(o), again))
	made := tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: "ตรวจแล้ว", Conditions: "ห้ามส่งเสียงดัง", Signature: tickets.Signature{Post: "ปลัด", ActingFor: "รักษาราชการแทนนายกเทศมนตรี", OrderNo: "คำสั่งที่ 12/2569"}}
	must(t, o.desk.Decide(o.ctx(), o.tx, second(o), made))
	due := o.find(t, id).DueAt
	must(t, o.desk.TakeBack(o.ctx(), o.tx, second(o), id, "เงื่อนไขไม่ครบถ้วน"))
	if got := o.find(t, id); got.Status.Closed() || got.ClosedAt != nil || !got.DueAt.Equal(due) {
		t.Errorf("after it was taken back: %+v", got)
	}
	if _, err := tickets.FindDecision(o.ctx(), o.tx, id); !fault.Is(err, fault.NotFound) {
		t.Errorf("a decision stands: %v", err)
	}
	if _, _, ok, err := tickets.Standing(o.ctx(), o.tx, id); ok || err != nil {
		t.Errorf("a decision stands: %v, %v", ok, err)
	}
	must(t, o.desk.Decide(o.ctx(), o.tx, second(o), refusal(id)))
	all, err := tickets.Decisions(o.ctx(), o.tx, id)
	must(t, err)
	if len(all) != 2 || all[0].Outcome != tickets.ApproveWithConditions || all[0].WithdrawnWhy == "" || all[0].ActingFor != made.ActingFor || all[1].N != 2 || all[1].WithdrawnAt != nil {
		t.Errorf("decisions: %+v", all)
	}
	c, err := o.desk.Opinions(o.ctx(), o.tx, o.find(t, id))
	must(t, err)
	if len(c.Given) != 3 || c.Given[0].SupersededAt == nil || c.Given[1].BackTo != forms.Staff || c.Given[2].Post == "" {
		t.Errorf("opinions: %+v", c.Given)
	}
	events, err := tickets.History(o.ctx(), o.tx, id)
	must(t, err)
	var kinds []string
	for _, e := range events[1:] {
		kinds = append(kinds, string(e.Kind))
	}
	if got := strings.Join(kinds, " "); got != "opined sent_back opined decided decision_taken_back decided" {
		t.Errorf("history: %s", got)
	}
	must(t, chain.Check(events))
}

// LFA-12.1: when the time is over and the law takes it for approved, the system decides and the officers see it.
func TestDeemedApproved(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.ticket(t, "d1").ID
	must(t, tickets.Seen(o.ctx(), o.tx, id))
	o.now = o.find(t, id).DueAt.Add(time.Hour)
	for range 2 {
		must(t, o.desk.Deem(o.ctx(), o.tx, id, "มาตรา 10/1"))
	}
	dec, err := tickets.FindDecision(o.ctx(), o.tx, id)
	must(t, err)
	if dec.By() != tickets.System() || !dec.Outcome.Granted() || !strings.Contains(dec.Because(), "มาตรา 10/1") {
		t.Errorf("decision: %+v", dec)
	}
	if got := o.find(t, id); got.Status != tickets.Approved || !got.Unread || got.OfficerID != nil {
		t.Errorf("ticket: %+v", got)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'decided'`); n != 1 {
		t.Errorf("%d jobs, want 1", n)
	}
}
