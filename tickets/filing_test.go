package tickets_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/tickets"
)

// starts begins to fill in for somebody at the browser "b" and a number.
func (o *office) starts(t testing.TB, way tickets.Way, signing tickets.Signing, known tickets.TicketID) (tickets.FilingID, string) {
	t.Helper()
	browser := fmt.Sprint("b", count(t, o.tx, `SELECT count(*) FROM filings`))
	id, err := o.desk.StartFiling(t.Context(), o.tx, o.by(), tickets.NewFiling{
		Agency: o.agency.ID, Way: way, Signing: signing, Form: "public-problem", Name: " นางมาลี   ตัวอย่าง ", Phone: "081 000 0000", KnownBy: known, KnownAs: "081 000 0000", Theirs: known != 0, Noticed: true, Seed: browser, Browser: browser,
	})
	must(t, err)
	return id, browser
}

// fillsFor is starts, and fills it in.
func (o *office) fillsFor(t testing.TB, way tickets.Way, signing tickets.Signing) tickets.Filing {
	t.Helper()
	id, browser := o.starts(t, way, signing, 0)
	lodged, err := o.desk.Lodge(t.Context(), o.tx, browser, o.submission(browser))
	must(t, err)
	if !lodged {
		t.Fatal("what an officer filled in was not kept for its citizen")
	}
	return o.filing(t, id)
}

func (o *office) filing(t testing.TB, id tickets.FilingID) tickets.Filing {
	t.Helper()
	f, err := tickets.FindFiling(t.Context(), o.tx, id)
	must(t, err)
	return f
}

// MTH-1.3, SEED-22: what an officer fills in on the telephone is no request until the citizen types their name and taps;
// it entered the system then. A second tap is as one.
func TestCitizenConfirmsWhatAnOfficerFilledIn(t *testing.T) {
	t.Parallel()
	o := open(t)
	f := o.fillsFor(t, tickets.ByPhone, tickets.SignOnline)
	if f.State(o.now) != tickets.FilingConfirms || f.Phone != "+66810000000" || f.Name != "นางมาลี ตัวอย่าง" {
		t.Fatalf("filled in it stands as %s: %+v", f.State(o.now), f)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM requests`); n != 0 {
		t.Fatalf("%d requests before anybody confirmed", n)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'filled'`); n != 1 {
		t.Errorf("%d links are sent", n)
	}
	if _, err := o.desk.ConfirmFiling(t.Context(), o.tx, f.Token, "  "); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a name: %v", err)
	}
	if _, err := o.desk.SignedOnPaper(t.Context(), o.tx, o.by(), f.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("an officer signs for them: %v", err)
	}
	o.now = o.now.Add(26 * time.Hour)
	first, err := o.desk.ConfirmFiling(t.Context(), o.tx, f.Token, "มาลี  ตัวอย่าง")
	must(t, err)
	tapped := o.now
	o.now = o.now.Add(time.Hour)
	again, err := o.desk.ConfirmFiling(t.Context(), o.tx, f.Token, "คนอื่น")
	must(t, err)
	if first.RequestID != again.RequestID || again.SignedName != "มาลี ตัวอย่าง" || again.SignedBy != "link" || !again.SignedAt.Equal(tapped) {
		t.Errorf("confirmed twice: %+v and %+v", first, again)
	}
	made, err := o.desk.Route(t.Context(), o.tx, first.RequestID)
	must(t, err)
	if !made.EnteredAt.Equal(tapped) || made.CitizenName != "นางมาลี ตัวอย่าง" {
		t.Errorf("it entered at %s as %s's", made.EnteredAt, made.CitizenName)
	}
	all, err := tickets.Register(t.Context(), o.tx, tickets.RegisterFilter{Agency: o.agency.ID, YearBE: 2569})
	must(t, err)
	if len(all) != 1 || all[0].Way != tickets.ByPhone {
		t.Errorf("the register says %+v", all)
	}
	events, err := tickets.History(t.Context(), o.tx, made.ID)
	must(t, err)
	if detail := string(events[0].Detail); !strings.Contains(detail, fmt.Sprintf(`"officer":%d`, o.officer.ID)) || !strings.Contains(detail, `"way":"phone"`) {
		t.Errorf("the history does not say who filled it in: %s", detail)
	}
	if err := o.desk.DropFiling(t.Context(), o.tx, o.by(), f.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a filed one is given up: %v", err)
	}
}

// MTH-1.3: at the counter the pen signs; nobody's typed name does, and it entered the system when the officer saw it.
func TestCounterIsSignedByPen(t *testing.T) {
	t.Parallel()
	o := open(t)
	f := o.fillsFor(t, tickets.ByCounter, tickets.SignPaper)
	if f.State(o.now) != tickets.FilingUnsigned {
		t.Fatalf("it stands as %s", f.State(o.now))
	}
	if _, err := o.desk.ConfirmFiling(t.Context(), o.tx, f.Token, "นางมาลี"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a paper is confirmed by a link: %v", err)
	}
	o.now = o.now.Add(10 * time.Minute)
	first, err := o.desk.SignedOnPaper(t.Context(), o.tx, o.by(), f.ID)
	must(t, err)
	again, err := o.desk.SignedOnPaper(t.Context(), o.tx, o.head(), f.ID)
	must(t, err)
	if first.RequestID != again.RequestID || again.SignedName != "" || again.SignedBy != "paper" || !again.SignedAt.Equal(o.now) {
		t.Errorf("signed twice: %+v", again)
	}
	made, err := o.desk.Route(t.Context(), o.tx, first.RequestID)
	must(t, err)
	if !made.EnteredAt.Equal(o.now) {
		t.Errorf("it entered at %s", made.EnteredAt)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'filled'`); n != 0 {
		t.Errorf("%d links are sent for a paper", n)
	}
}

// What nobody confirms in time is never filed, and forgotten (PDP-5); so is what was given up.
func TestUnconfirmedFilingsLapse(t *testing.T) {
	t.Parallel()
	o := open(t)
	confirms, unsigned := o.fillsFor(t, tickets.ByPhone, tickets.SignOnline), o.fillsFor(t, tickets.ByCounter, tickets.SignPaper)
	begun, _ := o.starts(t, tickets.ByCounter, tickets.SignOnline, 0)
	dropped := o.fillsFor(t, tickets.ByCounter, tickets.SignOnline)
	must(t, o.desk.DropFiling(t.Context(), o.tx, o.by(), dropped.ID))
	must(t, o.desk.DropFiling(t.Context(), o.tx, o.by(), dropped.ID))
	if _, err := o.desk.ConfirmFiling(t.Context(), o.tx, dropped.Token, "นางมาลี"); !fault.Is(err, fault.Conflict) {
		t.Errorf("one that was given up is confirmed: %v", err)
	}
	o.now = o.now.Add(tickets.ConfirmFor)
	if n, err := o.desk.LapseFilings(t.Context(), o.tx); err != nil || n != 1 {
		t.Errorf("on the last moment %d lapse (%v), want the one that was only begun", n, err)
	}
	o.now = o.now.Add(time.Second)
	if _, err := o.desk.ConfirmFiling(t.Context(), o.tx, confirms.Token, "นางมาลี"); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed too late, before anybody noted it: %v", err)
	}
	if n, err := o.desk.LapseFilings(t.Context(), o.tx); err != nil || n != 2 {
		t.Errorf("%d lapse (%v), want 2", n, err)
	}
	for _, id := range []tickets.FilingID{confirms.ID, unsigned.ID, begun, dropped.ID} {
		f := o.filing(t, id)
		if s := f.State(o.now); s != tickets.FilingLapsed && s != tickets.FilingDropped {
			t.Errorf("%d stands as %s", id, s)
		}
		if f.Name != "" || f.Phone != "" || count(t, o.tx, `SELECT count(*) FROM filings WHERE id = $1 AND submission IS NOT NULL`, id) != 0 {
			t.Errorf("%d is not forgotten: %+v", id, f)
		}
	}
	if _, err := o.desk.SignedOnPaper(t.Context(), o.tx, o.by(), unsigned.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a lapsed paper is signed: %v", err)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM requests`); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// A citizen whom the agency knows by a case gets the new one under the same account, into the same conversation; they are
// found by the number of the case or by their telephone, by their own agency only.
func TestFilingForSomebodyKnown(t *testing.T) {
	t.Parallel()
	o := open(t)
	before := o.ticket(t, "before")
	id, browser := o.starts(t, tickets.ByPhone, tickets.SignOnline, before.ID)
	s := o.submission("for")
	s.CitizenID = int64(openIn(t, o.tx, "OB").citizen.CitizenID) // whoever the browser stands for
	_, err := o.desk.Lodge(t.Context(), o.tx, browser, s)
	must(t, err)
	f, err := o.desk.ConfirmFiling(t.Context(), o.tx, o.filing(t, id).Token, "นางมาลี ตัวอย่าง")
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, f.RequestID)
	must(t, err)
	if made.CitizenID != before.CitizenID {
		t.Errorf("it is citizen %d's, want %d's", made.CitizenID, before.CitizenID)
	}
	for _, text := range []string{before.Number, strings.ToLower(before.Number), "0810000000"} {
		if found, err := tickets.SearchCitizen(t.Context(), o.tx, o.agency.ID, text); err != nil || found.CitizenID != before.CitizenID {
			t.Errorf("%s finds citizen %d (%v)", text, found.CitizenID, err)
		}
	}
	for _, text := range []string{"TB-2569-999999", "0899999999", "ใคร"} {
		if _, err := tickets.SearchCitizen(t.Context(), o.tx, o.agency.ID, text); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// One browser fills in one request, and what belongs to nobody's filing is filed as ever.
func TestOneBrowserOneFiling(t *testing.T) {
	t.Parallel()
	o := open(t)
	f := o.fillsFor(t, tickets.ByPhone, tickets.SignOnline)
	if _, err := o.desk.Lodge(t.Context(), o.tx, f.Seed, o.submission("another")); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same browser fills in another: %v", err)
	}
	if lodged, err := o.desk.Lodge(t.Context(), o.tx, "somebody's own", o.submission("own")); lodged || err != nil {
		t.Errorf("a visitor's request is kept back: %v", err)
	}
}

func TestStartingToFileIsChecked(t *testing.T) {
	t.Parallel()
	o := open(t)
	good := tickets.NewFiling{Agency: o.agency.ID, Way: tickets.ByPhone, Signing: tickets.SignOnline, Form: "public-problem", Name: "ก", Phone: "0810000000", Noticed: true, Seed: "s", Browser: "s"}
	for name, spoil := range map[string]func(*tickets.NewFiling){
		"chat": func(n *tickets.NewFiling) { n.Way = tickets.ByChat }, "paper by telephone": func(n *tickets.NewFiling) { n.Signing = tickets.SignPaper },
		"no name": func(n *tickets.NewFiling) { n.Name = " " }, "no notice": func(n *tickets.NewFiling) { n.Noticed = false },
		"no phone": func(n *tickets.NewFiling) { n.Phone = "" }, "bad phone": func(n *tickets.NewFiling) { n.Phone = "12" },
		"no way to sign": func(n *tickets.NewFiling) { n.Signing = "" }, "no service": func(n *tickets.NewFiling) { n.Form = "nothing" },
	} {
		n := good
		spoil(&n)
		if _, err := o.desk.StartFiling(t.Context(), o.tx, o.by(), n); !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := o.desk.StartFiling(t.Context(), o.tx, tickets.ByCitizen(1), good); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a citizen: %v", err)
	}
}
