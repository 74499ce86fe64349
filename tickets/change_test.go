package tickets_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/tickets"
	"saphan/tickets/clock"
)

// revocation is one that may go out: of everything, or as far as conditions go.
func revocation(id tickets.TicketID, conditions string) tickets.Decision {
	d := refusal(id)
	d.Change, d.Outcome, d.Conditions, d.Since = tickets.Revocation, "", conditions, tickets.FromNow
	return d
}

func correction(id tickets.TicketID, reason string) tickets.Decision {
	d := refusal(id)
	d.Change, d.Outcome, d.Reason, d.Mistake = tickets.Correction, "", reason, "พิมพ์ชื่อถนนผิดจากที่ตรวจ"
	return d
}

func reconsideration(id tickets.TicketID) tickets.Decision {
	return tickets.Decision{TicketID: id, Change: tickets.Reconsider, Reason: "พบแผนที่ใหม่ว่าอยู่ในเขต"}
}

// LFA-11.1, MTH-3.1: what, after what, as whom -> refused with which kind, or what stands then.
func TestRulesOfChanging(t *testing.T) {
	t.Parallel()
	type act = func(o *office, id tickets.TicketID) error
	approve := func(o *office, id tickets.TicketID) error {
		return o.desk.Decide(o.ctx(), o.tx, o.by(), tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"})
	}
	refuse := func(o *office, id tickets.TicketID) error { return o.desk.Decide(o.ctx(), o.tx, o.by(), refusal(id)) }
	told := func(o *office, id tickets.TicketID) error { return o.desk.Told(o.ctx(), o.tx, id) }
	pass := func(o *office, _ tickets.TicketID) error { o.now = o.now.Add(time.Minute); return nil }
	change := func(as func(*office) tickets.Actor, d func(tickets.TicketID) tickets.Decision, edit ...func(*tickets.Decision)) act {
		return func(o *office, id tickets.TicketID) error {
			dec := d(id)
			for _, e := range edit {
				e(&dec)
			}
			return o.desk.Change(o.ctx(), o.tx, as(o), dec)
		}
	}
	all := func(id tickets.TicketID) tickets.Decision { return revocation(id, "") }
	part := func(id tickets.TicketID) tickets.Decision {
		return revocation(id, "ห้ามส่งเสียงหลัง 20.00 น.")
	}
	mend := func(id tickets.TicketID) tickets.Decision {
		return correction(id, "ซ่อมแล้วที่ถนนตัวอย่าง")
	}
	takeBack := func(o *office, id tickets.TicketID) error {
		return o.desk.TakeBack(o.ctx(), o.tx, second(o), id, "พบหลักฐานใหม่หลังลงนาม")
	}
	opine := func(as func(*office) tickets.Actor) act {
		return func(o *office, id tickets.TicketID) error {
			return o.desk.Opine(o.ctx(), o.tx, as(o), opinion(id, forms.Staff))
		}
	}
	granted, denied := []act{approve, told}, []act{refuse, told}
	pair := []act{opine(second), pass, approve, told, pass}
	lacks := func(edit func(*tickets.Decision)) act { return change(first, all, edit) }
	for name, c := range map[string]struct {
		two    bool
		before []act
		do     act
		want   fault.Kind
		status tickets.Status
		stands int
	}{
		"revoke":                                 {before: granted, do: change(first, all), status: tickets.Revoked, stands: 2},
		"revoke in part":                         {before: granted, do: change(first, part), status: tickets.Approved, stands: 2},
		"revoke the same again":                  {before: slices.Concat(granted, []act{change(first, all)}), do: change(first, all), status: tickets.Revoked, stands: 2},
		"revoke what was revoked":                {before: slices.Concat(granted, []act{change(first, all), told}), do: change(second, all), want: fault.Conflict},
		"revoke a refusal":                       {before: denied, do: change(first, all), want: fault.Conflict},
		"revoke before it was told":              {before: granted[:1], do: change(first, all), want: fault.Conflict},
		"revoke what is not decided":             {do: change(first, all), want: fault.Conflict},
		"a citizen revokes":                      {before: granted, do: change(person, all), want: fault.Forbidden},
		"revoke without facts":                   {before: granted, do: lacks(func(d *tickets.Decision) { d.Facts = " " }), want: fault.Invalid},
		"revoke without a reason":                {before: granted, do: lacks(func(d *tickets.Decision) { d.Reason = "" }), want: fault.Invalid},
		"revoke without law":                     {before: granted, do: lacks(func(d *tickets.Decision) { d.LegalBasis = "" }), want: fault.Invalid},
		"revoke without where to appeal":         {before: granted, do: lacks(func(d *tickets.Decision) { d.AppealBody = "" }), want: fault.Invalid},
		"revoke without until when":              {before: granted, do: lacks(func(d *tickets.Decision) { d.AppealDays = 0 }), want: fault.Invalid},
		"revoke from some time":                  {before: granted, do: lacks(func(d *tickets.Decision) { d.Since = "later" }), want: fault.Invalid},
		"change in no way":                       {before: granted, do: lacks(func(d *tickets.Decision) { d.Change = "" }), want: fault.Invalid},
		"correct an approval":                    {before: granted, do: change(first, mend), status: tickets.Approved, stands: 2},
		"correct a refusal":                      {before: denied, do: change(first, mend), status: tickets.Refused, stands: 2},
		"correct a revocation":                   {before: slices.Concat(granted, []act{change(first, all), told}), do: change(first, mend), status: tickets.Revoked, stands: 3},
		"correct and not say what was wrong":     {before: denied, do: change(first, mend, func(d *tickets.Decision) { d.Mistake = "ผิด" }), want: fault.Invalid},
		"correct nothing":                        {before: denied, do: change(first, mend, func(d *tickets.Decision) { d.Reason = "ไม่ถูกสุขลักษณะ" }), want: fault.Invalid},
		"correct until the reasons are gone":     {before: denied, do: change(first, mend, func(d *tickets.Decision) { d.Reason = "" }), want: fault.Invalid},
		"look at a refusal again":                {before: denied, do: change(second, reconsideration), status: tickets.Open},
		"look at a revocation again":             {before: slices.Concat(granted, []act{change(first, all), told}), do: change(second, reconsideration), status: tickets.Open},
		"look at an approval again":              {before: granted, do: change(second, reconsideration), want: fault.Conflict},
		"look again and not say why":             {before: denied, do: change(second, reconsideration, func(d *tickets.Decision) { d.Reason = "ผิด" }), want: fault.Invalid},
		"look again before it was told":          {before: denied[:1], do: change(second, reconsideration), want: fault.Conflict},
		"decide anew, by the same officer too":   {before: slices.Concat(denied, []act{change(second, reconsideration)}), do: approve, status: tickets.Approved, stands: 2},
		"decide anew and not look again":         {before: denied, do: approve, want: fault.Conflict},
		"take a change back":                     {before: slices.Concat(granted, []act{change(first, all)}), do: takeBack, status: tickets.Approved, stands: 1},
		"take back a change that was told":       {before: slices.Concat(granted, []act{change(first, all), told}), do: takeBack, want: fault.Conflict},
		"take back what stands again":            {before: slices.Concat(granted, []act{change(first, all), takeBack}), do: takeBack, want: fault.Conflict},
		"change what stands again":               {before: slices.Concat(granted, []act{change(first, all), takeBack}), do: change(first, part), status: tickets.Approved, stands: 3},
		"two people: nobody said anything of it": {two: true, before: pair, do: change(first, all), want: fault.Conflict},
		"two people: who proposed it decides":    {two: true, before: slices.Concat(pair, []act{opine(first)}), do: change(first, all), want: fault.Conflict},
		"two people: another proposed it":        {two: true, before: slices.Concat(pair, []act{opine(second)}), do: change(first, all), status: tickets.Revoked, stands: 2},
		"two people: decided anew on old words":  {two: true, before: slices.Concat([]act{opine(second), pass, refuse, told, change(second, reconsideration)}), do: approve, want: fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			made := o.ticket(t, "d1")
			if c.two {
				made = o.chained(t, forms.Deciding{TwoPerson: true})
			}
			for _, do := range c.before {
				must(t, do(o, made.ID))
			}
			before := o.find(t, made.ID)
			err := c.do(o, made.ID)
			if c.want != "" {
				if !fault.Is(err, c.want) {
					t.Errorf("%v, want %s", err, c.want)
				}
				if after := o.find(t, made.ID); after.Status != before.Status || !after.UpdatedAt.Equal(before.UpdatedAt) {
					t.Error("it was refused and done")
				}
				return
			}
			must(t, err)
			dec, err := tickets.FindDecision(o.ctx(), o.tx, made.ID)
			if err != nil && !fault.Is(err, fault.NotFound) {
				t.Fatal(err)
			}
			if got := o.find(t, made.ID).Status; got != c.status || dec.N != c.stands {
				t.Errorf("%s, decision %d stands; want %s, %d", got, dec.N, c.status, c.stands)
			}
		})
	}
}

// The database keeps decisions as they were made, and lets in only changes that say all they must.
func TestTheDatabaseKnowsTheRulesOfChanging(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	must(t, o.desk.Decide(o.ctx(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"}))
	must(t, o.desk.Told(o.ctx(), o.tx, made.ID))
	const change = `WITH old AS (UPDATE decisions SET changed_at = now() WHERE ticket_id = $1 AND n = 1) INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, change, changes, since, at) `
	o.forbids(t, "decisions_refusal", change+`VALUES ($1, $2, 2, $3, 'revoke', 'revoke', 1, 'now', now())`, made.ID, o.agency.ID, o.officer.ID)
	o.forbids(t, "decisions_change", `INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, change, changes, mistake, at)
		VALUES ($1, $2, 2, $3, 'approve', 'correct', 1, 'พิมพ์ผิด', now())`, made.ID, o.agency.ID, o.officer.ID) // what it changes stands
	o.forbids(t, "decisions_changes_check", `INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, facts, reason, legal_basis, appeal_body, appeal_days, at)
		VALUES ($1, $2, 2, $3, 'revoke', 'ก', 'ก', 'ก', 'ก', 30, now())`, made.ID, o.agency.ID, o.officer.ID)
	o.forbids(t, "decisions_standing", `INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, at) VALUES ($1, $2, 2, $3, 'approve', now())`, made.ID, o.agency.ID, o.officer.ID)
	must(t, o.desk.Change(o.ctx(), o.tx, o.by(), revocation(made.ID, "")))
	o.forbids(t, "", `UPDATE decisions SET changed_at = NULL WHERE ticket_id = $1 AND n = 1`, made.ID)
	o.forbids(t, "", `UPDATE decisions SET changed_at = now() + interval '1 day' WHERE ticket_id = $1 AND n = 1`, made.ID)
	o.forbids(t, "", `UPDATE decisions SET since = 'beginning' WHERE ticket_id = $1 AND n = 2`, made.ID)
	o.forbids(t, "", `UPDATE decisions SET mistake = 'อื่น' WHERE ticket_id = $1 AND n = 2`, made.ID)

	first := o.refused(t, "d2", o.now)
	appeal := o.appeals(t, "a1", first.Number)
	must(t, o.desk.Decide(o.ctx(), o.tx, o.head(), tickets.Decision{TicketID: appeal.ID, Outcome: tickets.Approve, Reason: "ให้พิจารณาใหม่"}))
	must(t, o.desk.Told(o.ctx(), o.tx, appeal.ID))
	o.forbids(t, "", `UPDATE decisions SET overturned_at = NULL WHERE ticket_id = $1`, first.ID)
	o.forbids(t, "decisions_appeal", `INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, at) VALUES ($1, $2, 2, $3, 'approve', now())`, first.ID, o.agency.ID, o.officer.ID)
}

// An appeal that was right brings the first case back to be decided anew, by somebody else, in the time of the service
// counted from then on, and again late in the same way; one that was not leaves the decision as it is (EGA-5.1, LFA-10.1).
func TestWhatAnAppealBrings(t *testing.T) {
	t.Parallel()
	o := open(t)
	first := o.refused(t, "d1", o.now)
	appeal := o.appeals(t, "a1", first.Number)
	o.now = o.now.AddDate(0, 0, 60)
	must(t, o.desk.Decide(o.ctx(), o.tx, o.head(), tickets.Decision{TicketID: appeal.ID, Outcome: tickets.Approve, Reason: "อยู่ในเขต ให้พิจารณาใหม่"}))
	must(t, o.desk.Told(o.ctx(), o.tx, appeal.ID))
	again := o.find(t, first.ID)
	if again.Status != tickets.Open || again.OfficerID != nil || again.ClosedAt != nil || !again.Unread || !again.DueAt.After(o.now) {
		t.Fatalf("%+v", again)
	}
	open, err := tickets.List(o.ctx(), o.tx, tickets.Filter{Agency: o.agency.ID, Status: tickets.Open})
	must(t, err)
	if !slices.ContainsFunc(open, func(t tickets.Ticket) bool { return t.ID == first.ID }) {
		t.Error("it is not in the list of what is to be done")
	}
	clocks, err := o.desk.Clocks(o.ctx(), o.tx, first.ID)
	must(t, err)
	for _, c := range clocks {
		if c.Key == forms.Decide && (c.State != clock.Running || c.Late(o.now)) {
			t.Errorf("the time to decide is %+v", c)
		}
	}
	if err := o.desk.Take(o.ctx(), o.tx, o.by(), first.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("who was wrong takes it: %v", err)
	}
	approve := tickets.Decision{TicketID: first.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"}
	if err := o.desk.Decide(o.ctx(), o.tx, o.by(), approve); !fault.Is(err, fault.Conflict) {
		t.Errorf("who was wrong decides anew: %v", err)
	}
	o.now = again.DueAt.Add(time.Hour)
	must(t, o.desk.DoDuties(o.ctx(), o.tx, first.ID))
	if lines := o.happenings(t, first.ID, tickets.EventLate); len(lines) != 1 {
		t.Errorf("nobody is told that it is late: %q", lines)
	}
	must(t, o.desk.Decide(o.ctx(), o.tx, o.head(), approve))
	must(t, o.desk.Told(o.ctx(), o.tx, first.ID))
	all, err := tickets.Decisions(o.ctx(), o.tx, first.ID)
	must(t, err)
	if was, ok := tickets.Overturned(all); len(all) != 2 || !ok || was.N != 1 || o.find(t, first.ID).Status != tickets.Approved {
		t.Errorf("%+v", all)
	}

	second := o.refused(t, "d2", o.now)
	appeal = o.appeals(t, "a2", second.Number)
	must(t, o.desk.Decide(o.ctx(), o.tx, o.head(), refusal(appeal.ID)))
	must(t, o.desk.Told(o.ctx(), o.tx, appeal.ID))
	if got := o.find(t, second.ID); got.Status != tickets.Refused || len(o.happenings(t, second.ID, tickets.EventAppealDecided)) != 1 {
		t.Errorf("%+v", got)
	}
}

// What a case ought to be after any order of deciding, telling, taking back, changing, appealing and deciding anew, kept in the
// plainest way: a pile of decisions, of which the uppermost stands, and whether its citizen was told.
type pile struct {
	outcomes []tickets.Outcome // those that stand or stand again when the one above is taken back
	told     bool
	total    int // how many were ever made
}

func (p pile) status() tickets.Status {
	if len(p.outcomes) == 0 {
		return tickets.Open
	}
	switch last := p.outcomes[len(p.outcomes)-1]; {
	case last.Granted():
		return tickets.Approved
	case last == tickets.RevokeAll:
		return tickets.Revoked
	}
	return tickets.Refused
}

// Exactly one decision stands of a case that is decided and none of another, and it is the one of the model (LFA-11.1).
func TestEveryOrderOfChanging(t *testing.T) {
	t.Parallel()
	o := open(t)
	done := map[string]int{}
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 11))
		o.now = morning
		made := o.ticket(t, fmt.Sprintf("order %d", seed))
		var p pile
		var did []string
		for step := range 30 {
			o.now = o.now.Add(time.Hour)
			name, next := "", p
			next.outcomes = slices.Clone(p.outcomes)
			err := pgx.BeginFunc(o.ctx(), o.tx, func(tx pgx.Tx) error {
				switch random.IntN(10) {
				case 0:
					name = "approve"
					next.outcomes, next.told, next.total = []tickets.Outcome{tickets.Approve}, false, p.total+1
					return o.desk.Decide(o.ctx(), tx, o.head(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: fmt.Sprint("ซ่อมแล้ว ครั้งที่ ", step)})
				case 1:
					name = "refuse"
					next.outcomes, next.told, next.total = []tickets.Outcome{tickets.Refuse}, false, p.total+1
					dec := refusal(made.ID)
					dec.Facts = fmt.Sprint("พบครั้งที่ ", step)
					return o.desk.Decide(o.ctx(), tx, o.by(), dec)
				case 2, 6, 7:
					name = "tell"
					next.told = len(p.outcomes) > 0
					return o.desk.Told(o.ctx(), tx, made.ID)
				case 3:
					name = "take back"
					if len(p.outcomes) > 0 {
						next.outcomes = next.outcomes[:len(p.outcomes)-1]
						next.told = len(next.outcomes) > 0
					}
					return o.desk.TakeBack(o.ctx(), tx, o.by(), made.ID, "พบหลักฐานใหม่หลังลงนาม")
				case 4:
					name = "revoke"
					next.outcomes, next.told, next.total = append(next.outcomes, tickets.RevokeAll), false, p.total+1
					dec := revocation(made.ID, "")
					dec.Facts = fmt.Sprint("พบครั้งที่ ", step)
					return o.desk.Change(o.ctx(), tx, o.by(), dec)
				case 5:
					name = "correct"
					if len(p.outcomes) > 0 {
						next.outcomes = append(next.outcomes, p.outcomes[len(p.outcomes)-1])
					}
					next.told, next.total = false, p.total+1
					return o.desk.Change(o.ctx(), tx, o.by(), correction(made.ID, fmt.Sprint("แก้เป็นครั้งที่ ", step)))
				default:
					name = "look again"
					next = pile{total: p.total}
					if random.IntN(2) == 0 {
						return o.desk.Change(o.ctx(), tx, o.by(), reconsideration(made.ID))
					}
					appeal := o.appeals(t, fmt.Sprintf("appeal %d %d", seed, step), made.Number)
					if _, tied, err := tickets.AppealOf(o.ctx(), tx, appeal.ID); err != nil || !tied {
						return fault.New(fault.Conflict, "there is nothing to appeal against")
					}
					judge := tickets.Decision{TicketID: appeal.ID, Outcome: tickets.Approve, Reason: "ให้พิจารณาใหม่"}
					err := o.desk.Decide(o.ctx(), tx, tickets.ByOfficer(o.judge(t)), judge)
					if err != nil {
						return err
					}
					name = "appeal"
					return o.desk.Told(o.ctx(), tx, appeal.ID)
				}
			})
			if did = append(did, name); err == nil {
				done[name]++
				p = next
			}
			all, err := tickets.Decisions(o.ctx(), o.tx, made.ID)
			must(t, err)
			dec, err := tickets.FindDecision(o.ctx(), o.tx, made.ID)
			found := err == nil
			got := o.find(t, made.ID)
			goesOn := p.status() == tickets.Open && got.Status == tickets.Accepted
			if got.Status != p.status() && !goesOn || found != (len(p.outcomes) > 0) || len(all) != p.total || got.Status.Closed() != (got.ClosedAt != nil) {
				t.Fatalf("seed %d after %v: %s, %d decisions, one stands: %v; the model has %s, %d, %v", seed, did, got.Status, len(all), found, p.status(), p.total, p.outcomes)
			}
			if untold, err := o.desk.Untold(o.ctx(), o.tx, o.find(t, made.ID)); err != nil || found && untold == p.told {
				t.Fatalf("seed %d after %v: decision %d untold %v, %v; the model says told %v", seed, did, dec.N, untold, err, p.told)
			}
		}
		o.happenings(t, made.ID) // the history is whole
	}
	for _, name := range []string{"approve", "refuse", "tell", "take back", "revoke", "correct", "look again", "appeal"} {
		if done[name] < 2 {
			t.Errorf("%q was done %d times: the orders try too little", name, done[name])
		}
	}
}

// judge is somebody who never decided anything but appeals.
func (o *office) judge(t *testing.T) agencies.OfficerID {
	t.Helper()
	var id agencies.OfficerID
	err := o.tx.QueryRow(o.ctx(), `SELECT id FROM officers WHERE agency_id = $1 AND email = 'judge@tb.example'`, o.agency.ID).Scan(&id)
	if err == nil {
		return id
	}
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	totp, err := agencies.NewTOTP("judge@tb.example")
	must(t, err)
	judge, err := agencies.CreateOfficer(o.ctx(), o.tx, box, agencies.NewOfficer{
		AgencyID: o.agency.ID, Email: "judge@tb.example", Name: "ผู้วินิจฉัย (ตัวอย่าง)", Role: agencies.RoleOfficer, Password: "a long password", TOTP: totp,
	})
	must(t, err)
	return judge.ID
}
