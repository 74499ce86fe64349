package tickets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/tickets"
)

// chatted is a case that the office's citizen filed in their chat.
func (o *office) chatted(t testing.TB) tickets.Ticket {
	t.Helper()
	s := o.submission("chatted")
	s.Way = tickets.ByChat
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	return made.Ticket
}

// knows is what an officer says of somebody who told the number of their case.
func (o *office) knows(t tickets.Ticket) tickets.NewFiling {
	return tickets.NewFiling{
		Agency: o.agency.ID, Way: tickets.ByPhone, Signing: tickets.SignOnline, Form: "public-problem", Name: t.CitizenName, Phone: "0810000000",
		KnownBy: t.ID, KnownAs: t.Number, Theirs: true, Noticed: true,
	}
}

// fills begins as it is said, and fills it in.
func (o *office) fills(t testing.TB, n tickets.NewFiling) tickets.Filing {
	t.Helper()
	n.Seed = fmt.Sprint("b", count(t, o.tx, `SELECT count(*) FROM filings`))
	n.Browser = n.Seed
	id, err := o.desk.StartFiling(t.Context(), o.tx, o.by(), n)
	must(t, err)
	if _, err := o.desk.Lodge(t.Context(), o.tx, n.Browser, o.submission(n.Browser)); err != nil {
		t.Fatal(err)
	}
	return o.filing(t, id)
}

// MTH-1.3: what is filled in is shown in a chat only where it is surely that person's: they told the number of a case of that
// chat, in their name, and said that the account which the officer saw is theirs.
func TestWhoseChatIsSure(t *testing.T) {
	t.Parallel()
	o := open(t)
	chatted, elsewhere := o.chatted(t), o.ticket(t, "on a page")
	for name, c := range map[string]struct {
		spoil func(*tickets.NewFiling)
		sure  bool
	}{
		"all of it":        {func(*tickets.NewFiling) {}, true},
		"small letters":    {func(n *tickets.NewFiling) { n.KnownAs = strings.ToLower(n.KnownAs) }, true},
		"by a telephone":   {func(n *tickets.NewFiling) { n.KnownAs = "0810000000" }, false},
		"another name":     {func(n *tickets.NewFiling) { n.Name = "นายอื่น ตัวอย่าง" }, false},
		"not from a chat":  {func(n *tickets.NewFiling) { n.KnownBy, n.KnownAs = elsewhere.ID, elsewhere.Number }, false},
		"nobody is known":  {func(n *tickets.NewFiling) { n.KnownBy = 0 }, false},
		"the wrong number": {func(n *tickets.NewFiling) { n.KnownAs = elsewhere.Number }, false},
	} {
		n := o.knows(chatted)
		c.spoil(&n)
		if f := o.fills(t, n); f.Sure != c.sure {
			t.Errorf("%s: sure is %v", name, f.Sure)
		}
	}
	n := o.knows(chatted)
	n.Theirs = false
	if _, err := o.desk.StartFiling(t.Context(), o.tx, o.by(), n); !fault.Is(err, fault.Invalid) {
		t.Errorf("nobody asked whose account it is: %v", err)
	}
	n.Theirs, n.Phone, n.KnownAs = true, "", "0810000000"
	if _, err := o.desk.StartFiling(t.Context(), o.tx, o.by(), n); !fault.Is(err, fault.Invalid) {
		t.Errorf("on the telephone, without a number or a sure chat: %v", err)
	}
}

// MTH-1.3, SEED-22: one tap of the person asked files it, with way, time and the hash of what was confirmed; whichever comes
// first of tap and link is the signature, and nobody else's tap counts.
func TestOneTapFilesIt(t *testing.T) {
	t.Parallel()
	o := open(t)
	f := o.fills(t, o.knows(o.chatted(t)))
	me, other := tickets.ByCitizen(int64(o.citizen.CitizenID)), tickets.ByCitizen(int64(o.citizen.CitizenID)+1)
	for _, by := range []tickets.Actor{other, o.by()} {
		if _, err := o.desk.ConfirmFilingInChat(t.Context(), o.tx, by, f.ID, "line 1", o.now); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s confirms it: %v", by, err)
		}
		if _, err := o.desk.DisownFiling(t.Context(), o.tx, by, f.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s disowns it: %v", by, err)
		}
	}
	tapped := o.now.Add(time.Hour)
	o.now = tapped.Add(time.Minute) // it waited to be worked on
	first, err := o.desk.ConfirmFilingInChat(t.Context(), o.tx, me, f.ID, "line 1", tapped)
	must(t, err)
	o.now = o.now.Add(time.Hour)
	again, err := o.desk.ConfirmFilingInChat(t.Context(), o.tx, me, f.ID, "line 2", o.now)
	must(t, err)
	linked, err := o.desk.ConfirmFiling(t.Context(), o.tx, f.Token, "ใครก็ได้")
	must(t, err)
	for _, one := range []tickets.Filing{first, again, linked} {
		if one.RequestID != first.RequestID || one.SignedBy != "chat" || one.Signer != "line 1" || one.SignedName != "" || !one.SignedAt.Equal(tapped) || len(one.Digest) != 64 {
			t.Errorf("it was signed as %+v", one)
		}
	}
	if _, err := o.desk.DisownFiling(t.Context(), o.tx, me, f.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a filed one is disowned: %v", err)
	}
	made, err := o.desk.Route(t.Context(), o.tx, first.RequestID)
	must(t, err)
	if !made.EnteredAt.Equal(tapped) {
		t.Errorf("it entered at %s, tapped at %s", made.EnteredAt, tapped)
	}
	events, err := tickets.History(t.Context(), o.tx, made.ID)
	must(t, err)
	if detail := string(events[0].Detail); !strings.Contains(detail, `"signed":"line 1"`) || !strings.Contains(detail, `"hash":"`+first.Digest) {
		t.Errorf("the history does not say who signed what: %s", detail)
	}
	same := o.fills(t, o.knows(o.chatted(t)))
	signed, err := o.desk.ConfirmFiling(t.Context(), o.tx, same.Token, "สมหญิง (ตัวอย่าง)")
	must(t, err)
	if signed.Digest != first.Digest {
		t.Error("the same answers have another hash at the link")
	}
}

// Who says that it is not theirs ends it, and what was filled in is forgotten; what is over is filed by no tap.
func TestNotMine(t *testing.T) {
	t.Parallel()
	o := open(t)
	known := o.knows(o.chatted(t))
	disowned, late := o.fills(t, known), o.fills(t, known)
	me := tickets.ByCitizen(int64(o.citizen.CitizenID))
	for range 2 {
		if f, err := o.desk.DisownFiling(t.Context(), o.tx, me, disowned.ID); err != nil || f.State(o.now) != tickets.FilingDisowned {
			t.Fatalf("disowned: %s, %v", f.State(o.now), err)
		}
	}
	for name, id := range map[string]tickets.FilingID{"disowned": disowned.ID, "late": late.ID} {
		o.now = o.now.Add(tickets.ConfirmFor + time.Second)
		if _, err := o.desk.ConfirmFilingInChat(t.Context(), o.tx, me, id, "line 1", o.now); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: it is confirmed: %v", name, err)
		}
	}
	if f := o.filing(t, disowned.ID); f.Name != "" || f.State(o.now) != tickets.FilingDisowned {
		t.Errorf("it is not forgotten: %+v", f)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM requests WHERE filed_by IS NOT NULL`); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// MTH-1.3: at an officer's browser it is refused, and who tried stands in the agency's history once, beside the filing, and
// in the line that opens the case.
func TestOfficersBrowserIsNoted(t *testing.T) {
	t.Parallel()
	o := open(t)
	f := o.fillsFor(t, tickets.ByCounter, tickets.SignOnline)
	for range 3 {
		refusal, err := o.desk.AtDesk(t.Context(), o.tx, f.Token, o.officer.ID)
		must(t, err)
		if !fault.Is(refusal, fault.Forbidden) {
			t.Errorf("it is refused with %v", refusal)
		}
	}
	changes, err := agencies.Changes(t.Context(), o.tx, o.agency.ID)
	must(t, err)
	noted := 0
	for _, c := range changes {
		if c.Kind == agencies.FilingRefused && strings.Contains(string(c.Detail), f.Reference()) && c.Actor == o.by().String() {
			noted++
		}
	}
	if f = o.filing(t, f.ID); noted != 1 || f.DeskBy != o.officer.ID || f.State(o.now) != tickets.FilingConfirms {
		t.Errorf("noted %d times, beside it %d; it stands as %s", noted, f.DeskBy, f.State(o.now))
	}
	signed, err := o.desk.ConfirmFiling(t.Context(), o.tx, f.Token, "นางมาลี ตัวอย่าง")
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, signed.RequestID)
	must(t, err)
	events, err := tickets.History(t.Context(), o.tx, made.ID)
	must(t, err)
	if detail := string(events[0].Detail); !strings.Contains(detail, fmt.Sprintf(`"at_desk":%d`, o.officer.ID)) {
		t.Errorf("the history of the case does not say it: %s", detail)
	}
}

// MTH-1.3: the signed sheet is scanned on the day it was signed, or first where the agency says so; scans are added and never
// taken away, and belong to the case.
func TestScanOfTheSignedSheet(t *testing.T) {
	t.Parallel()
	o := open(t)
	scans := make([]int64, 12)
	for i := range scans {
		must(t, o.tx.QueryRow(t.Context(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
			VALUES ($1, '', 1, 'application/pdf', 'n', '', $1) RETURNING id`, fmt.Sprint("scan ", i)).Scan(&scans[i]))
	}
	online := o.fillsFor(t, tickets.ByCounter, tickets.SignOnline)
	if err := o.desk.AddScan(t.Context(), o.tx, o.by(), online.ID, scans[0]); !fault.Is(err, fault.Conflict) {
		t.Errorf("a scan of no sheet: %v", err)
	}
	later := o.fillsFor(t, tickets.ByCounter, tickets.SignPaper)
	later, err := o.desk.SignedOnPaper(t.Context(), o.tx, o.by(), later.ID)
	must(t, err)
	due, missing := later.ScanDue()
	if !missing || !due.After(o.now) || due.Sub(o.now) > 24*time.Hour {
		t.Errorf("the scan is due at %s (%v)", due, missing)
	}
	made, err := o.desk.Route(t.Context(), o.tx, later.RequestID)
	must(t, err)
	for range 2 {
		must(t, o.desk.AddScan(t.Context(), o.tx, o.by(), later.ID, scans[0]))
	}
	if _, missing := o.filing(t, later.ID).ScanDue(); missing {
		t.Error("the scan is still awaited")
	}
	for _, scan := range scans[1:10] {
		must(t, o.desk.AddScan(t.Context(), o.tx, o.by(), later.ID, scan))
	}
	if err := o.desk.AddScan(t.Context(), o.tx, o.by(), later.ID, scans[10]); !fault.Is(err, fault.Invalid) {
		t.Errorf("an eleventh: %v", err)
	}
	if err := o.desk.AddScan(t.Context(), o.tx, tickets.ByCitizen(1), later.ID, scans[10]); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a citizen: %v", err)
	}
	held, err := tickets.Files(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(held) != 10 || held[0].Label != tickets.LabelScan {
		t.Errorf("the case has %d files", len(held))
	}
	if n := count(t, o.tx, `SELECT count(*) FROM ticket_events WHERE ticket_id = $1 AND kind = 'scanned'`, made.ID); n != 10 {
		t.Errorf("the history has %d scans", n)
	}

	must(t, agencies.SetScanFirst(t.Context(), o.tx, o.agency.ID, true))
	first := o.fillsFor(t, tickets.ByCounter, tickets.SignPaper)
	if _, err := o.desk.SignedOnPaper(t.Context(), o.tx, o.by(), first.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("signed without its scan: %v", err)
	}
	first, err = o.desk.SignedOnPaper(t.Context(), o.tx, o.by(), first.ID, scans[11])
	must(t, err)
	if routed, err := o.desk.Route(t.Context(), o.tx, first.RequestID); err != nil || count(t, o.tx, `SELECT count(*) FROM ticket_files WHERE ticket_id = $1 AND attachment_id = $2`, routed.ID, scans[11]) != 1 {
		t.Errorf("the scan that came with the signature is not the case's (%v)", err)
	}
}

// PDP-4, EGA-17.1: the scan of a signed sheet belongs to the record: it stays while that does, and goes with it.
func TestScanGoesWithTheCase(t *testing.T) {
	t.Parallel()
	o := open(t)
	var scan int64
	must(t, o.tx.QueryRow(t.Context(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
		VALUES ('k', '', 1, 'application/pdf', 'n', '', 'scan') RETURNING id`).Scan(&scan))
	f, err := o.desk.SignedOnPaper(t.Context(), o.tx, o.by(), o.fillsFor(t, tickets.ByCounter, tickets.SignPaper).ID, scan)
	must(t, err)
	held := func() int {
		kept, err := tickets.Keep(t.Context(), o.tx, []files.AttachmentID{files.AttachmentID(scan)})
		must(t, err)
		return len(kept)
	}
	if held() != 1 {
		t.Error("before the request is a case its scan is nobody's")
	}
	made, err := o.desk.Route(t.Context(), o.tx, f.RequestID)
	must(t, err)
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Refuse, Reason: "ไม่อยู่ในเขต", Facts: "ถนนอยู่นอกเขต", LegalBasis: "พ.ร.บ. ตัวอย่าง", AppealBody: "นายกเทศมนตรี", AppealDays: 15}))
	left, err := o.desk.Forget(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(left.Files) != 0 || held() != 1 {
		t.Errorf("the person is forgotten, and the record loses %v", left.Files)
	}
	o.now = o.now.AddDate(40, 0, 0)
	_, _, err = o.desk.ProposeDisposals(t.Context(), o.tx, 0, 100)
	must(t, err)
	must(t, o.desk.DecideDisposal(t.Context(), o.tx, o.head(), made.ID, tickets.Dispose, "ครบกำหนดเก็บ"))
	gone, err := o.desk.DisposeOf(t.Context(), o.tx, made.ID)
	must(t, err)
	if !slices.Contains(gone, scan) || held() != 0 {
		t.Errorf("the record is disposed of, and of its files go %v", gone)
	}
	if f := o.filing(t, f.ID); len(f.Scans) != 0 || f.Name != "" {
		t.Errorf("the filing still says %+v", f)
	}
}
