package tickets_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/internal/thai"
	"saphan/tickets"
)

// Numbers with the right check digit, of nobody.
const attorney13, principal13 = "1234545678781", "3100600445635"

// sealed opens and closes what names people.
func sealed(t *testing.T) secret.Box {
	t.Helper()
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	return box
}

// shown is a power of attorney for lamps and the like, from today on for ten days.
func (o *office) shown(t *testing.T) tickets.NewMandate {
	t.Helper()
	return tickets.NewMandate{
		Agency: o.agency.ID, Kind: tickets.MandateVolunteer, Attorney: " มาลี  ตัวอย่าง ", AttorneyID: attorney13,
		Title: "นาย", Principal: "สมชาย ตัวอย่าง", Principal13: principal13, Services: []forms.Key{"public-problem"},
		FromOn: o.now, UntilOn: o.now.AddDate(0, 0, 10), Attachment: o.file(t, fmt.Sprint("power of attorney ", count(t, o.tx, `SELECT count(*) FROM mandates`))),
	}
}

// mandated is one that an officer has accepted.
func (o *office) mandated(t *testing.T, box secret.Box) tickets.MandateID {
	t.Helper()
	id, err := o.desk.ShowMandate(t.Context(), o.tx, box, o.attorney(), o.shown(t))
	must(t, err)
	must(t, o.desk.AcceptMandate(t.Context(), o.tx, o.by(), id))
	return id
}

func (o *office) attorney() tickets.Actor { return tickets.ByCitizen(int64(o.citizen.CitizenID)) }

func (o *office) mandate(t *testing.T, id tickets.MandateID) tickets.Mandate {
	t.Helper()
	m, err := tickets.FindMandate(t.Context(), o.tx, id)
	must(t, err)
	return m
}

// filedFor files under a mandate.
func (o *office) filedFor(t *testing.T, id tickets.MandateID, draft string) tickets.Ticket {
	t.Helper()
	_, err := o.desk.FileFor(t.Context(), o.tx, o.attorney(), draft, o.agency.ID, "public-problem", id)
	must(t, err)
	return o.ticket(t, draft)
}

// PDP-10, SEED-6: a volunteer shows a power of attorney once; after an officer accepted it, what they file is the principal's
// case, by the way of volunteers, and says who filed it.
func TestVolunteerFilesForAVillager(t *testing.T) {
	t.Parallel()
	o, box := open(t), sealed(t)
	id, err := o.desk.ShowMandate(t.Context(), o.tx, box, o.attorney(), o.shown(t))
	must(t, err)
	m := o.mandate(t, id)
	if m.State(o.now) != tickets.MandateWaiting || m.AttorneyName != "มาลี ตัวอย่าง" || m.Principal() != "นายสมชาย ตัวอย่าง" {
		t.Fatalf("shown it is %s: %+v", m.State(o.now), m)
	}
	if one, two, err := m.IDs(box); err != nil || one != attorney13 || two != principal13 {
		t.Errorf("the numbers open to others, %v", err)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM mandates m WHERE to_jsonb(m)::text LIKE '%`+principal13+`%'`); n != 0 {
		t.Error("the number stands in the database as it is")
	}
	if _, err := o.desk.FileFor(t.Context(), o.tx, o.attorney(), "early", o.agency.ID, "public-problem", id); !fault.Is(err, fault.Conflict) {
		t.Errorf("before anybody looked at it: %v", err)
	}
	if err := o.desk.AcceptMandate(t.Context(), o.tx, o.attorney(), id); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the attorney accepts it: %v", err)
	}
	unread := func(state string) {
		t.Helper()
		_, err := o.tx.Exec(t.Context(), `UPDATE attachments SET state = $2 WHERE id = $1`, m.AttachmentID, state)
		must(t, err)
	}
	unread("waiting")
	if err := o.desk.AcceptMandate(t.Context(), o.tx, o.by(), id); !fault.Is(err, fault.Conflict) {
		t.Errorf("accepted before the paper could be looked at: %v", err)
	}
	unread("ready")
	must(t, o.desk.AcceptMandate(t.Context(), o.tx, o.by(), id))
	must(t, o.desk.AcceptMandate(t.Context(), o.tx, o.by(), id))
	if err := o.desk.RefuseMandate(t.Context(), o.tx, o.by(), id, "ลายเซ็นไม่ตรงกับบัตร"); !fault.Is(err, fault.Conflict) {
		t.Errorf("refused after it was accepted: %v", err)
	}
	made := o.filedFor(t, id, "d1")
	request, err := tickets.FindRequest(t.Context(), o.tx, made.RequestID)
	must(t, err)
	if made.CitizenName != "นายสมชาย ตัวอย่าง" || request.AttorneyName != "มาลี ตัวอย่าง" || request.MandateID == nil || *request.MandateID != id || request.Way != tickets.ByVolunteer {
		t.Errorf("the case is of %q by %q, way %q", made.CitizenName, request.AttorneyName, request.Way)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM received WHERE way = 'volunteer'`); n != 1 {
		t.Errorf("%d lines of the receive register say volunteer", n)
	}
	// Sent again, it is the same request, whatever became of the mandate.
	must(t, o.desk.EndMandate(t.Context(), o.tx, o.attorney(), id, ""))
	again, err := o.desk.Submit(t.Context(), o.tx, o.submission("d1"))
	must(t, err)
	if again != made.RequestID {
		t.Errorf("sent again it is request %d, was %d", again, made.RequestID)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM agency_events WHERE detail->>'mandate' = $1`, fmt.Sprint(id)); n != 3 {
		t.Errorf("%d lines of history, want shown, accepted and ended", n)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'mandate'`); n != 3 {
		t.Errorf("people are told %d times", n)
	}
}

// PDP-10: nothing is filed under a mandate that does not hold, for another service, or about another person; by hand in the
// database neither.
func TestMandateIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	o, box := open(t), sealed(t)
	id := o.mandated(t, box)
	if _, err := o.desk.FileFor(t.Context(), o.tx, o.attorney(), "q", o.agency.ID, "question", id); !fault.Is(err, fault.Conflict) {
		t.Errorf("another service: %v", err)
	}
	if _, err := o.desk.FileFor(t.Context(), o.tx, tickets.ByCitizen(1<<40), "q", o.agency.ID, "public-problem", id); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	begin := func(draft string) {
		t.Helper()
		_, err := o.desk.FileFor(t.Context(), o.tx, o.attorney(), draft, o.agency.ID, "public-problem", id)
		must(t, err)
	}
	began := o.now
	begin("late")
	o.now = began.AddDate(0, 0, 11)
	if _, err := o.desk.Submit(t.Context(), o.tx, o.submission("late")); !fault.Is(err, fault.Conflict) {
		t.Errorf("after the last day: %v", err)
	}
	o.now = began.AddDate(0, 0, 10).Add(13*time.Hour + 59*time.Minute) // the last minute of the last day
	begin("last")
	if _, err := o.desk.Submit(t.Context(), o.tx, o.submission("last")); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	begin("ended")
	must(t, o.desk.EndMandate(t.Context(), o.tx, o.by(), id, "ผู้มอบอำนาจแจ้งยกเลิกที่เคาน์เตอร์"))
	if _, err := o.desk.Submit(t.Context(), o.tx, o.submission("ended")); !fault.Is(err, fault.Conflict) {
		t.Errorf("after it ended: %v", err)
	}
	for name, sql := range map[string]string{
		"a request under an ended mandate": `INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at, mandate_id)
			SELECT 'hand', citizen_id, agency_id, 'public-problem', 1, '[]', from_on, now(), id FROM mandates`,
		"another mandate for a request": `UPDATE requests SET mandate_id = NULL WHERE mandate_id IS NOT NULL`,
		"a longer mandate":              `UPDATE mandates SET until_on = until_on + 30`,
		"a mandate come back":           `UPDATE mandates SET ended_at = NULL, ended_by = ''`,
		"one accepted as it is shown": `INSERT INTO mandates (agency_id, citizen_id, kind, attorney_name, attorney_sealed, principal_title, principal_name, principal_sealed, principal_hash, from_on, until_on, asked_at, accepted, decided_at, decided_by)
			SELECT agency_id, citizen_id, kind, attorney_name, attorney_sealed, principal_title, principal_name, principal_sealed, principal_hash, from_on, until_on, asked_at, true, now(), decided_by FROM mandates`,
	} {
		if err := pgx.BeginFunc(t.Context(), o.tx, func(tx pgx.Tx) error { _, err := tx.Exec(t.Context(), sql); return err }); err == nil {
			t.Errorf("the database lets in %s", name)
		}
	}
}

// PDP-10: both IDs, scope and expiry: what is wrong with a paper is said in words.
func TestShowingAMandateIsChecked(t *testing.T) {
	t.Parallel()
	o, box := open(t), sealed(t)
	good := o.shown(t)
	for name, wrong := range map[string]func(*tickets.NewMandate){
		"check digit":       func(n *tickets.NewMandate) { n.Principal13 = "3100600445636" },
		"one person":        func(n *tickets.NewMandate) { n.Principal13 = attorney13 },
		"no name":           func(n *tickets.NewMandate) { n.Principal = "  " },
		"no kind":           func(n *tickets.NewMandate) { n.Kind = "" },
		"no file":           func(n *tickets.NewMandate) { n.Attachment = 0 },
		"over a year":       func(n *tickets.NewMandate) { n.UntilOn = n.FromOn.AddDate(1, 0, 1) },
		"ends before":       func(n *tickets.NewMandate) { n.UntilOn = n.FromOn.AddDate(0, 0, -1) },
		"over already":      func(n *tickets.NewMandate) { n.FromOn, n.UntilOn = o.now.AddDate(0, -2, 0), o.now.AddDate(0, -1, 0) },
		"no such a service": func(n *tickets.NewMandate) { n.Services = []forms.Key{"no-such"} },
	} {
		n := good
		wrong(&n)
		if _, err := o.desk.ShowMandate(t.Context(), o.tx, box, o.attorney(), n); !fault.Is(err, fault.Invalid) || strings.Contains(fmt.Sprint(err), principal13) {
			t.Errorf("%s: %v", name, err)
		}
	}
	n := good
	n.UntilOn = n.FromOn.AddDate(1, 0, 0)
	if _, err := o.desk.ShowMandate(t.Context(), o.tx, box, o.attorney(), n); err != nil {
		t.Errorf("a whole year: %v", err)
	}
	// Whom ThaID knows by another number shows none in that of somebody else.
	_, err := citizens.SignInWithThaID(t.Context(), o.tx, box, o.citizen.CitizenID, citizens.Attributes{NationalID: thai.NationalID(principal13), FullName: "ตัวอย่าง"}, o.now)
	must(t, err)
	if _, err := o.desk.ShowMandate(t.Context(), o.tx, box, o.attorney(), good); !fault.Is(err, fault.Invalid) {
		t.Errorf("with another number than ThaID's: %v", err)
	}
}

// PDP-10: when the power is over, the attorney reads how the case stands and does nothing in it any more, until the same
// person gives another. The principal, whom ThaID knows, can end it; others cannot.
func TestEndedMandateEndsActs(t *testing.T) {
	t.Parallel()
	o, box := open(t), sealed(t)
	id := o.mandated(t, box)
	made := o.filedFor(t, id, "d1")
	other, err := citizens.Resolve(t.Context(), o.tx, "line", "p", "Uprincipal")
	must(t, err)
	principal := tickets.ByCitizen(int64(other.CitizenID))
	if err := o.desk.EndMandate(t.Context(), o.tx, principal, id, ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody unknown ends it: %v", err)
	}
	_, err = citizens.SignInWithThaID(t.Context(), o.tx, box, other.CitizenID, citizens.Attributes{NationalID: thai.NationalID(principal13), FullName: "ตัวอย่าง"}, o.now)
	must(t, err)
	must(t, o.desk.EndMandate(t.Context(), o.tx, principal, id, ""))
	if m := o.mandate(t, id); m.EndedBy != tickets.EndedByPrincipal {
		t.Errorf("ended by %q", m.EndedBy)
	}
	leave := tickets.Withdrawal{TicketID: made.ID, Way: "track"}
	err = o.desk.Withdraw(t.Context(), o.tx, o.attorney(), leave)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.MessageOf(err), "ฉบับใหม่") {
		t.Errorf("withdrawn after the end: %v", err)
	}
	if of, err := tickets.OfCitizens(t.Context(), o.tx, []int64{int64(o.citizen.CitizenID)}, 5); err != nil || len(of[int64(o.citizen.CitizenID)]) != 1 {
		t.Errorf("the attorney does not read how it stands: %v", err)
	}
	second := o.mandated(t, box) // another from the same person
	must(t, o.desk.Withdraw(t.Context(), o.tx, o.attorney(), leave))
	must(t, o.desk.EndMandate(t.Context(), o.tx, o.attorney(), second, ""))
	again := o.submission("again")
	again.Again = made.ID
	if _, err := o.desk.Submit(t.Context(), o.tx, again); !fault.Is(err, fault.Conflict) {
		t.Errorf("filed again after the end: %v", err)
	}
}

// PDP-4, PDP-10: who asks to be forgotten is, in the mandates they hold and gave, once no case needs those any more.
func TestMandatesAreForgotten(t *testing.T) {
	t.Parallel()
	o, box := open(t), sealed(t)
	id := o.mandated(t, box)
	made := o.filedFor(t, id, "d1")
	forget := func(citizen int64, blinds ...[]byte) []int64 {
		t.Helper()
		papers, err := o.desk.ForgetMandates(t.Context(), o.tx, citizen, blinds)
		must(t, err)
		return papers
	}
	if papers := forget(int64(o.citizen.CitizenID)); papers != nil || o.mandate(t, id).PrincipalName == "" {
		t.Error("forgotten while the case is open")
	}
	must(t, o.desk.Withdraw(t.Context(), o.tx, o.attorney(), tickets.Withdrawal{TicketID: made.ID, Way: "track"}))
	if papers := forget(0, citizens.Blind(box, principal13)); len(papers) != 1 {
		t.Errorf("papers to erase: %v", papers)
	}
	m := o.mandate(t, id)
	if m.PrincipalName+m.AttorneyName+m.PrincipalTitle != "" || len(m.PrincipalSealed)+len(m.AttorneySealed)+len(m.PrincipalHash) != 0 || m.AttachmentID != nil || m.State(o.now) != tickets.MandateEnded {
		t.Errorf("what is left: %+v", m)
	}
	if papers := forget(int64(o.citizen.CitizenID)); papers != nil {
		t.Errorf("again: %v", papers)
	}
	if _, err := agencies.Changes(t.Context(), o.tx, o.agency.ID); err != nil {
		t.Error(err)
	}
}

// PDP-5, PDP-10: a year after a mandate was over, and when no case that was filed under it is kept, who it names and the signed
// paper go; what was refused goes a year after; the days, and the agency's history, stay.
func TestMandatesLapse(t *testing.T) {
	t.Parallel()
	o, box := open(t), sealed(t)
	began := o.now
	used, unused := o.mandated(t, box), o.mandated(t, box)
	refused, err := o.desk.ShowMandate(t.Context(), o.tx, box, o.attorney(), o.shown(t))
	must(t, err)
	must(t, o.desk.RefuseMandate(t.Context(), o.tx, o.by(), refused, "ลายเซ็นไม่ตรงกับบัตร"))
	made := o.filedFor(t, used, "d1")
	must(t, o.desk.Withdraw(t.Context(), o.tx, o.attorney(), tickets.Withdrawal{TicketID: made.ID, Way: "track"}))
	must(t, o.desk.EndMandate(t.Context(), o.tx, o.attorney(), used, ""))
	lapse := func(at time.Time, want ...tickets.MandateID) {
		t.Helper()
		o.now = at
		n, papers, err := o.desk.LapseMandates(t.Context(), o.tx, 10)
		must(t, err)
		if n != len(want) || len(papers) != len(want) {
			t.Errorf("%s: %d lapse with papers %v, want %v", at.Format(time.DateOnly), n, papers, want)
		}
		for _, id := range want {
			m := o.mandate(t, id)
			if m.PrincipalName+m.AttorneyName+m.PrincipalTitle+m.RefusedWhy != "" || len(m.PrincipalSealed)+len(m.AttorneySealed)+len(m.PrincipalHash) != 0 || m.AttachmentID != nil {
				t.Errorf("left of %d: %+v", id, m)
			}
		}
	}
	lapse(began.AddDate(1, 0, -1))
	lapse(began.AddDate(1, 0, 1), refused)
	lapse(began.AddDate(1, 0, 10)) // of the unused one the last day is over for a year tomorrow
	lapse(began.AddDate(1, 0, 12), unused)
	lapse(began.AddDate(3, 0, 0)) // the case under the first is kept
	if _, err := o.tx.Exec(t.Context(), `UPDATE tickets SET erased_at = $2 WHERE id = $1`, made.ID, o.now); err != nil {
		t.Fatal(err)
	}
	lapse(began.AddDate(3, 0, 0), used)
	lapse(began.AddDate(3, 0, 0))
	if n := count(t, o.tx, `SELECT count(*) FROM agency_events WHERE detail->>'mandate' = $1`, fmt.Sprint(used)); n != 3 {
		t.Errorf("%d lines of the agency's history are left, want 3", n)
	}
}
