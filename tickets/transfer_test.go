package tickets_test

import (
	"slices"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
	"saphan/tickets/routing"
)

const wrongPlace = "จุดนี้อยู่ในเขตของหน่วยงานนั้น"

// sent passes a case on as its officer and lets the job hand it over.
func (o *office) sent(t testing.TB, id tickets.TicketID, from *office, to *office) tickets.Ticket {
	t.Helper()
	must(t, o.desk.Transfer(t.Context(), o.tx, from.head(), id, to.agency.ID, wrongPlace))
	return o.handedOver(t, id)
}

// handedOver does what the job does, twice as jobs may.
func (o *office) handedOver(t testing.TB, id tickets.TicketID) (made tickets.Ticket) {
	t.Helper()
	all, err := tickets.TransfersOf(t.Context(), o.tx, id)
	must(t, err)
	for range 2 {
		made, err = o.desk.HandOver(t.Context(), o.tx, all[len(all)-1].ID)
		must(t, err)
	}
	return made
}

// back does what the job does for a case that another agency did not take.
func (o *office) back(t testing.TB, id tickets.TicketID) (old tickets.Ticket) {
	t.Helper()
	all, err := tickets.TransfersOf(t.Context(), o.tx, id)
	must(t, err)
	for range 2 {
		old, err = o.desk.ComeBack(t.Context(), o.tx, all[len(all)-1].ID)
		must(t, err)
	}
	return old
}

// whole fails when the history of a case does not match its hashes.
func (o *office) whole(t testing.TB, ids ...tickets.TicketID) {
	t.Helper()
	for _, id := range ids {
		events, err := tickets.History(t.Context(), o.tx, id)
		must(t, err)
		must(t, chain.Check(events))
	}
}

// SEED-36, peers 38: after three transfers the clock is one, its time is wall time without legal stops, and each holder's
// share is listed; the citizen knows one reference and one link.
func TestTransferKeepsTheClock(t *testing.T) {
	t.Parallel()
	o := open(t)
	b, c := openIn(t, o.tx, "OB"), openIn(t, o.tx, "OC")
	first := o.licence(t, "d1")
	own, _ := o.listed(t, first)
	citizen := tickets.ByCitizen(int64(o.citizen.CitizenID))
	day := func(n int) { o.now = morning.AddDate(0, 0, n) }

	day(1)
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), first.ID))
	must(t, o.desk.Receive(t.Context(), o.tx, citizen, first.ID, tickets.Said{Source: "message 1", Text: "รีบหน่อยนะคะ", At: o.now}))
	day(2)
	atB := o.sent(t, first.ID, o, b)
	if atB.Reference != first.Number || atB.TrackToken != first.TrackToken || atB.Number == first.Number || !atB.EnteredAt.Equal(first.EnteredAt) || !atB.DeemedReceivedAt.Equal(first.DeemedReceivedAt) {
		t.Errorf("the case there: %+v", atB)
	}
	if atB.AcceptBy == nil || !atB.Pending() || atB.Status != tickets.Open || atB.AgencyID != b.agency.ID {
		t.Errorf("it waits until %v, %s", atB.AcceptBy, atB.Status)
	}
	day(3)
	must(t, o.desk.Take(t.Context(), o.tx, b.by(), atB.ID))
	must(t, o.desk.Ask(t.Context(), o.tx, b.by(), atB.ID, tickets.Asking{Labels: []string{own}, DueOn: o.now.AddDate(0, 0, 20)}))
	day(4)
	atC := o.sent(t, atB.ID, b, c) // while documents are awaited
	if atC.Status != tickets.Awaiting || !atC.Stopped {
		t.Errorf("at the third: %s, stopped %v", atC.Status, atC.Stopped)
	}
	day(5)
	must(t, o.desk.TakeOver(t.Context(), o.tx, c.by(), atC.ID))
	day(7)
	must(t, o.desk.Supply(t.Context(), o.tx, citizen, atB.ID, o.wants(t, atB)[0].ID, o.file(t, "f1"))) // by the card of the second
	day(8)
	last := o.sent(t, atC.ID, c, o) // home again, as a case of its own
	if last.AgencyID != o.agency.ID || last.ID == first.ID || last.Reference != first.Number {
		t.Errorf("at home: %+v", last)
	}

	// Asked once, whoever asked (LFA-8.2).
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), last.ID))
	if err := o.desk.Ask(t.Context(), o.tx, o.by(), last.ID, tickets.Asking{Labels: []string{own}, DueOn: o.now.AddDate(0, 0, 20)}); !fault.Is(err, fault.Conflict) {
		t.Errorf("asked a second time: %v", err)
	}
	if w := o.wants(t, last); len(w) != 1 || w[0].SuppliedAt == nil {
		t.Errorf("what was asked for: %+v", w)
	}
	thread, err := tickets.Thread(t.Context(), o.tx, last.ID)
	must(t, err)
	files, err := tickets.Files(t.Context(), o.tx, last.ID)
	must(t, err)
	if len(thread) != 1 || thread[0].Text != "รีบหน่อยนะคะ" || len(files) != 1 {
		t.Errorf("handed over: %+v, %d files", thread, len(files))
	}

	day(10)
	shares, err := o.desk.Holdings(t.Context(), o.tx, last.ID)
	must(t, err)
	const d = 24 * time.Hour
	stop := 4 * d // from day 3 to day 7
	var total time.Duration
	for i, want := range []struct {
		agency agencies.AgencyID
		took   time.Duration
	}{{o.agency.ID, 2 * d}, {b.agency.ID, d}, {c.agency.ID, d}, {o.agency.ID, 2 * d}} {
		if i >= len(shares) || shares[i].Agency != want.agency || shares[i].Took != want.took {
			t.Errorf("share %d: %+v, want %+v", i, shares, want)
			break
		}
		total += shares[i].Took
	}
	if want := o.now.Sub(first.DeemedReceivedAt) - stop; total != want {
		t.Errorf("all together %s, want %s", total, want)
	}
	clocks, err := o.desk.Clocks(t.Context(), o.tx, last.ID)
	must(t, err)
	for _, c := range clocks {
		if c.Key == "decide" && (len(c.Steps) < 2 || c.Steps[0].On.Unix() != first.DeemedReceivedAt.Unix()) {
			t.Errorf("the clock: %+v", c.Steps)
		}
	}
	for _, id := range []tickets.TicketID{first.ID, atB.ID, atC.ID} {
		if got := o.find(t, id); got.Status != tickets.Transferred || got.ClosedAt == nil || got.PassedTo == nil {
			t.Errorf("case %d: %s", id, got.Status)
		}
	}
	if got, err := tickets.FindByTrack(t.Context(), o.tx, first.TrackToken); err != nil || got.ID != last.ID {
		t.Errorf("the link opens case %d (%v), want %d", got.ID, err, last.ID)
	}
	if of, err := tickets.OfCitizens(t.Context(), o.tx, []int64{int64(o.citizen.CitizenID)}, 10); err != nil || len(of[int64(o.citizen.CitizenID)]) != 1 {
		t.Errorf("the citizen has %d cases (%v)", len(of[int64(o.citizen.CitizenID)]), err)
	}
	lines, err := tickets.Timeline(t.Context(), o.tx, last)
	must(t, err)
	if !slices.IsSortedFunc(lines, func(a, b tickets.Line) int { return a.At.Compare(b.At) }) || !lines[0].First || lines[len(lines)-1].Agency != o.agency.ID {
		t.Errorf("timeline %+v", lines)
	}
	o.whole(t, first.ID, atB.ID, atC.ID, last.ID)
}

// SEED-36: what nobody takes in time comes back by itself, once, with what the citizen sent meanwhile.
func TestNobodyTakesIt(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	must(t, agencies.SetAcceptDays(t.Context(), o.tx, b.agency.ID, 2))
	made := o.ticket(t, "d1")
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))
	o.now = time.Date(2026, time.November, 27, 17, 0, 0, 0, thai.Bangkok()) // a Friday after office hours
	there := o.sent(t, made.ID, o, b)
	if want := time.Date(2026, time.December, 2, 16, 30, 0, 0, thai.Bangkok()); !there.AcceptBy.Equal(want) {
		t.Errorf("until %s, want %s", there.AcceptBy, want)
	}
	citizen := tickets.ByCitizen(int64(o.citizen.CitizenID))
	must(t, o.desk.Receive(t.Context(), o.tx, citizen, made.ID, tickets.Said{Source: "message 1", Text: "ยังดับอยู่ค่ะ", At: o.now}))
	if got := o.find(t, there.ID); !got.Unread {
		t.Error("the words did not reach the agency that has it")
	}
	for name, err := range map[string]error{
		"decide": o.desk.Decide(t.Context(), o.tx, b.by(), tickets.Decision{TicketID: there.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้วเรียบร้อย"}),
		"ask":    o.desk.Ask(t.Context(), o.tx, b.by(), there.ID, tickets.Asking{Labels: []string{"ภาพถ่าย"}, DueOn: o.now.AddDate(0, 0, 20)}),
		"send":   o.desk.Transfer(t.Context(), o.tx, b.by(), there.ID, o.agency.ID, wrongPlace),
		"refer":  o.desk.Refer(t.Context(), o.tx, b.by(), tickets.Referral{TicketID: there.ID, Body: "การไฟฟ้าส่วนภูมิภาค", Reach: "โทร 1129"}, false),
	} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("%s before it was taken over: %v", name, err)
		}
	}
	o.live(t, there.AcceptBy.Add(-time.Hour))
	if got := o.find(t, there.ID); got.Status != tickets.Open {
		t.Fatalf("before its time is over it is %s", got.Status)
	}
	o.live(t, there.AcceptBy.Add(time.Hour))
	if got := o.find(t, there.ID); got.Status != tickets.Bounced || got.ClosedAt == nil {
		t.Fatalf("after its time is over it is %s", got.Status)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'bounced'`); n != 1 {
		t.Errorf("%d jobs bring it back, want 1", n)
	}
	old := o.back(t, made.ID)
	if old.ID != made.ID || old.Status != tickets.Accepted || old.QueueID != made.QueueID || !old.Unread || old.Bounces != 1 || old.ClosedAt != nil {
		t.Errorf("back: %+v", old)
	}
	thread, err := tickets.Thread(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(thread) != 1 {
		t.Errorf("what was said meanwhile: %+v", thread)
	}
	if got, err := tickets.FindByTrack(t.Context(), o.tx, made.TrackToken); err != nil || got.ID != made.ID {
		t.Errorf("the link opens %d (%v)", got.ID, err)
	}
	if lines := o.happenings(t, made.ID, tickets.EventTransferred, tickets.EventCameBack, tickets.EventUnplaced); len(lines) != 2 {
		t.Errorf("%q", lines)
	}
	o.whole(t, made.ID, there.ID)
}

// A case goes back with the reason; the same agency gets it again by a head's word only, and after two ways back the head is
// told.
func TestBouncing(t *testing.T) {
	t.Parallel()
	o := open(t)
	b, c := openIn(t, o.tx, "OB"), openIn(t, o.tx, "OC")
	made := o.ticket(t, "d1")
	there := o.sent(t, made.ID, o, b)
	if err := o.desk.Bounce(t.Context(), o.tx, b.by(), there.ID, "ไม่"); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	for range 2 {
		must(t, o.desk.Bounce(t.Context(), o.tx, b.by(), there.ID, "อยู่นอกเขตของเรา"))
	}
	if old := o.back(t, made.ID); old.Status != tickets.Open {
		t.Errorf("back: %s", old.Status)
	}
	if err := o.desk.Transfer(t.Context(), o.tx, o.by(), made.ID, b.agency.ID, wrongPlace); !fault.Is(err, fault.Forbidden) {
		t.Errorf("to the same agency again: %v", err)
	}
	must(t, o.desk.Transfer(t.Context(), o.tx, o.by(), made.ID, c.agency.ID, wrongPlace))
	atC := o.handedOver(t, made.ID)
	must(t, o.desk.Bounce(t.Context(), o.tx, c.by(), atC.ID, "ไม่ใช่งานของหน่วยงานเรา"))
	o.back(t, made.ID)
	if lines := o.happenings(t, made.ID, tickets.EventUnplaced); len(lines) != 1 {
		t.Errorf("the head is told %q", lines)
	}
	again := o.sent(t, made.ID, o, b) // by the head
	must(t, o.desk.TakeOver(t.Context(), o.tx, b.by(), again.ID))
	must(t, o.desk.TakeOver(t.Context(), o.tx, b.by(), again.ID))
	if err := o.desk.Bounce(t.Context(), o.tx, b.by(), again.ID, "เปลี่ยนใจแล้วไม่ใช่ของเรา"); !fault.Is(err, fault.Conflict) {
		t.Errorf("after it was taken over: %v", err)
	}
	o.live(t, o.now.AddDate(0, 0, 10))
	if got := o.find(t, again.ID); got.Status == tickets.Bounced {
		t.Error("what was taken over went back by itself")
	}
	all, err := tickets.TransfersOf(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(all) != 3 || all[0].BouncedWhy == "" || all[0].BackAt == nil || !all[2].Again || all[2].AcceptedAt == nil {
		t.Errorf("%+v", all)
	}
	o.whole(t, made.ID, there.ID, atC.ID, again.ID)
}

// What cannot be sent on, with what to do instead.
func TestWhatCannotBeSentOn(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	made := o.ticket(t, "d1")
	for name, c := range map[string]struct {
		by     tickets.Actor
		to     agencies.AgencyID
		reason string
		want   fault.Kind
	}{
		"by a citizen":     {tickets.ByCitizen(int64(o.citizen.CitizenID)), b.agency.ID, wrongPlace, fault.Forbidden},
		"without a reason": {o.by(), b.agency.ID, "ผิด", fault.Invalid},
		"to itself":        {o.by(), o.agency.ID, wrongPlace, fault.Invalid},
		"to nobody":        {o.by(), 999999, wrongPlace, fault.NotFound},
	} {
		if err := o.desk.Transfer(t.Context(), o.tx, c.by, made.ID, c.to, c.reason); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := o.desk.Transfer(t.Context(), o.tx, o.by(), o.withdrawn(t), b.agency.ID, wrongPlace); !fault.Is(err, fault.Conflict) {
		t.Errorf("a case that is decided: %v", err)
	}
	for range 2 {
		must(t, o.desk.Transfer(t.Context(), o.tx, o.by(), made.ID, b.agency.ID, wrongPlace))
	}
	if n := count(t, o.tx, `SELECT count(*) FROM transfers`); n != 1 {
		t.Errorf("sent %d times", n)
	}
	if err := o.desk.Take(t.Context(), o.tx, o.by(), made.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("taken on the way: %v", err)
	}
}

// EGA-10.4: a case is closed as somebody else's with who that is and how to reach them, by the program and in the database.
func TestReferring(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	for name, ref := range map[string]tickets.Referral{
		"nobody":   {TicketID: made.ID, Body: " ", Reach: "โทร 1129"},
		"no reach": {TicketID: made.ID, Body: "การไฟฟ้าส่วนภูมิภาค"},
	} {
		if err := o.desk.Refer(t.Context(), o.tx, o.by(), ref, false); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.forbids(t, "tickets_referred", `UPDATE tickets SET status = 'referred' WHERE id = $1`, made.ID)
	ref := tickets.Referral{TicketID: made.ID, Body: "การไฟฟ้าส่วนภูมิภาค", Reach: "โทร 1129", Law: "เสาไฟเป็นของการไฟฟ้า"}
	for range 2 {
		must(t, o.desk.Refer(t.Context(), o.tx, o.by(), ref, true))
	}
	got, err := tickets.FindReferral(t.Context(), o.tx, made.ID)
	must(t, err)
	if after := o.find(t, made.ID); after.Status != tickets.Referred || after.ClosedAt == nil || got.Body != ref.Body || got.Reach != ref.Reach {
		t.Errorf("%s, %+v", after.Status, got)
	}
	bodies, err := tickets.Bodies(t.Context(), o.tx, o.agency.ID)
	must(t, err)
	if len(bodies) != 1 || bodies[0].Name != ref.Body {
		t.Errorf("kept %+v", bodies)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'referred'`); n != 1 {
		t.Errorf("told %d times", n)
	}
	// Of all that closes a case, transferring and referring alone say that it is somebody else's; both name who.
	for _, s := range tickets.Statuses() {
		if s.Closed() && !slices.Contains([]tickets.Status{tickets.Approved, tickets.Refused, tickets.Revoked, tickets.Withdrawn, tickets.Returned, tickets.Transferred, tickets.Bounced, tickets.Referred}, s) {
			t.Errorf("%s closes a case: does it name who is in charge?", s)
		}
	}
	o.forbids(t, "", `INSERT INTO referrals (ticket_id, agency_id, officer_id, body, reach, at) VALUES ($1, $2, $3, ' ', 'x', now())`, o.ticket(t, "d2").ID, o.agency.ID, o.officer.ID)
}

// What leaves a colleague's hands needs a reason, and a queue sends back once.
func TestMovingWithAReason(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	if err := o.desk.MoveBack(t.Context(), o.tx, o.by(), made.ID, "ไม่ใช่งานของคิวนี้"); !fault.Is(err, fault.Conflict) {
		t.Errorf("one that was not moved: %v", err)
	}
	must(t, o.desk.Take(t.Context(), o.tx, o.head(), made.ID))
	if err := o.desk.Move(t.Context(), o.tx, o.by(), made.ID, o.queues["general"], ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("out of a colleague's hands without a reason: %v", err)
	}
	must(t, o.desk.Move(t.Context(), o.tx, o.by(), made.ID, o.queues["general"], "ผู้รับเรื่องลาป่วย"))
	if err := o.desk.MoveBack(t.Context(), o.tx, o.by(), made.ID, "ไม่"); !fault.Is(err, fault.Invalid) {
		t.Errorf("back without a reason: %v", err)
	}
	must(t, o.desk.MoveBack(t.Context(), o.tx, o.by(), made.ID, "ไม่ใช่งานของคิวนี้"))
	if got := o.find(t, made.ID); got.QueueID != made.QueueID {
		t.Errorf("in queue %d, want %d", got.QueueID, made.QueueID)
	}
	must(t, o.desk.Move(t.Context(), o.tx, o.by(), made.ID, o.queues["general"], ""))
	if err := o.desk.MoveBack(t.Context(), o.tx, o.by(), made.ID, "ยังไม่ใช่งานของคิวนี้"); !fault.Is(err, fault.Conflict) {
		t.Errorf("back a second time: %v", err)
	}
	notes, err := tickets.Notes(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(notes) != 2 {
		t.Errorf("%d reasons are kept, want 2", len(notes))
	}
}

// What another agency sent lies in the queue that the agency's own rules choose, and is shared out when somebody said that it
// is theirs, not before: to be given it would be to take it.
func TestWhatCameIsSortedByOwnRules(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	b.rule(t, routing.Rule{Name: "ทุกเรื่อง", Services: []forms.Key{"public-problem"}, Queue: "general"})
	_, err := o.tx.Exec(t.Context(), `UPDATE queues SET share = 'balanced' WHERE agency_id = $1`, b.agency.ID)
	must(t, err)
	made := o.ticket(t, "d1")
	there := o.sent(t, made.ID, o, b)
	if there.QueueID != b.queues["general"] || there.OfficerID != nil {
		t.Errorf("in queue %d, given to %v", there.QueueID, there.OfficerID)
	}
	must(t, o.desk.Move(t.Context(), o.tx, b.by(), there.ID, b.queues["works"], ""))
	if got := o.find(t, there.ID); got.OfficerID != nil || !got.Pending() {
		t.Errorf("moved before it was taken over it is given to %v", got.OfficerID)
	}
	must(t, o.desk.TakeOver(t.Context(), o.tx, b.by(), there.ID))
	if got := o.find(t, there.ID); got.OfficerID == nil || got.Status != tickets.Accepted {
		t.Errorf("taken over it is %s, given to %v", got.Status, got.OfficerID)
	}
	o.whole(t, there.ID)
}

// PDP-4, PDP-5: while one agency has still to answer, nothing of a request is erased at any; then the citizen's words go at
// each that had it, and the record of those before is proposed for disposal after the last one's.
func TestErasingWhatWasPassedOn(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	made := o.ticket(t, "d1")
	citizen := int64(o.citizen.CitizenID)
	must(t, o.desk.Receive(t.Context(), o.tx, tickets.ByCitizen(citizen), made.ID, tickets.Said{Source: "message 1", Text: "ความลับของฉัน", At: o.now}))
	there := o.sent(t, made.ID, o, b)
	if waits, err := tickets.Waits(t.Context(), o.tx, citizen); err != nil || !waits {
		t.Errorf("an agency owes an answer: %v (%v)", waits, err)
	}
	for _, id := range []tickets.TicketID{made.ID, there.ID} {
		if left, err := o.desk.Forget(t.Context(), o.tx, id); err != nil || !left.Open {
			t.Errorf("case %d is erased while the other agency has it: %+v (%v)", id, left, err)
		}
	}
	must(t, o.desk.Take(t.Context(), o.tx, b.by(), there.ID))
	must(t, o.desk.Decide(t.Context(), o.tx, b.by(), tickets.Decision{TicketID: there.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้วเรียบร้อย"}))
	for _, id := range []tickets.TicketID{made.ID, there.ID} {
		if left, err := o.desk.Forget(t.Context(), o.tx, id); err != nil || left.Open {
			t.Errorf("case %d: %+v (%v)", id, left, err)
		}
		thread, err := tickets.Thread(t.Context(), o.tx, id)
		must(t, err)
		if len(thread) != 1 || thread[0].Text != "" {
			t.Errorf("case %d still says %+v", id, thread)
		}
	}
	o.now = o.now.AddDate(40, 0, 0)
	_, n, err := o.desk.ProposeDisposals(t.Context(), o.tx, 0, 100)
	must(t, err)
	if got := count(t, o.tx, `SELECT count(*) FROM disposals WHERE ticket_id = $1`, there.ID); n != 1 || got != 1 {
		t.Errorf("%d cases are proposed, of the last agency %d", n, got)
	}
	o.whole(t, made.ID, there.ID)
}
