package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// sits makes a visitor's browser one at which an officer fills in for somebody.
func (f *formStand) sits(t *testing.T, v *visitor, signing tickets.Signing) (id tickets.FilingID) {
	t.Helper()
	seed := "seed " + t.Name()
	cookie := citizens.OfficerCookie(f.box, seed)
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		id, err = f.desk.StartFiling(ctx, tx, tickets.ByOfficer(f.officer), tickets.NewFiling{
			Agency: f.agency.ID, Way: tickets.ByCounter, Signing: signing, Form: "question", Name: "นางมาลี ตัวอย่าง", Noticed: true, Seed: seed, Browser: citizens.BrowserOf(cookie),
		})
		return err
	})
	v.cookies().all["saphan-"+citizens.BrowserCookie] = cookie
	return id
}

func (f *formStand) filing(t *testing.T, id tickets.FilingID) (one tickets.Filing) {
	t.Helper()
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		one, err = tickets.FindFiling(ctx, tx, id)
		return err
	})
	return one
}

// MTH-1.3, SEED-22: an officer fills in the same pages for somebody, and is led back to the inbox; the citizen reads it all
// at a link of their own and files it by typing their name and one tap. The link shows what is so later, too.
func TestOfficerFillsInAndCitizenConfirms(t *testing.T) {
	t.Parallel()
	f := newFormStand(t)
	officer := newVisitor(t, f.server.URL)
	id := f.sits(t, officer, tickets.SignOnline)
	officer.open("/services/sn/question/form").is(http.StatusOK, "/form").shows("กรอกแทน นางมาลี ตัวอย่าง")
	officer.press("").put("question", "ต่อเติมบ้านต้องขออนุญาตไหม").press("next").is(http.StatusOK, "/review").shows("ยังไม่ยื่นจนกว่าประชาชนจะลงชื่อ")
	officer.press("")
	if want := "/admin/filings/1"; officer.at != want {
		t.Errorf("the officer is led to %s, want %s", officer.at, want)
	}
	if _, still := officer.cookies().all["saphan-"+citizens.BrowserCookie]; still {
		t.Error("the officer's browser still knows whose form it was")
	}
	filled := f.filing(t, id)
	if filled.State(f.now()) != tickets.FilingConfirms {
		t.Fatalf("it stands as %s", filled.State(f.now()))
	}
	link := "/confirm/" + filled.Token
	citizen := newVisitor(t, f.server.URL)
	citizen.open(link).is(http.StatusOK, "/confirm").shows("เจ้าหน้าที่ตัวอย่าง กรอกคำขอนี้แทนท่าน", "ต่อเติมบ้านต้องขออนุญาตไหม", filled.Reference(), "เราใช้ข้อมูลของท่านอย่างไร")
	citizen.values.Set("name", " ")
	citizen.press("").is(http.StatusUnprocessableEntity, "/confirm").shows("กรุณาพิมพ์ชื่อและนามสกุลของท่าน", "ต่อเติมบ้านต้องขออนุญาตไหม")
	citizen.values.Set("name", "มาลี ตัวอย่าง")
	citizen.press("").is(http.StatusOK, "/sent").shows("กำลังออกเลขรับ")
	citizen.open(link).is(http.StatusOK, "/sent")
	signed := f.filing(t, id)
	if signed.SignedName != "มาลี ตัวอย่าง" || signed.RequestID == 0 {
		t.Errorf("it was signed as %+v", signed)
	}
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := f.desk.Route(ctx, tx, signed.RequestID)
		return err
	})
	citizen.open(link).is(http.StatusOK, "/track/")
	if other := newVisitor(t, f.server.URL).open("/confirm/" + strings.Repeat("A", 26)); other.status != http.StatusNotFound {
		t.Errorf("a made-up link: %d", other.status)
	}
}

// What was not confirmed in time cannot be any more, and a paper is signed at the counter.
func TestConfirmTooLate(t *testing.T) {
	t.Parallel()
	f := newFormStand(t)
	for signing, words := range map[tickets.Signing]string{tickets.SignOnline: "หมดเวลายืนยัน", tickets.SignPaper: "หมดเวลายืนยัน"} {
		t.Run(string(signing), func(t *testing.T) {
			officer := newVisitor(t, f.server.URL)
			id := f.sits(t, officer, signing)
			officer.open("/services/sn/question/form").press("").put("question", "ต่อเติมบ้านต้องขออนุญาตไหม").press("next").press("")
			link := "/confirm/" + f.filing(t, id).Token
			if citizen := newVisitor(t, f.server.URL).open(link); signing == tickets.SignPaper {
				citizen.is(http.StatusConflict, "/confirm").shows("รอลงชื่อบนกระดาษ")
			}
			begun := f.now()
			late := begun.Add(tickets.ConfirmFor + time.Minute)
			f.clock.Store(&late)
			defer f.clock.Store(&begun)
			newVisitor(t, f.server.URL).open(link).is(http.StatusConflict, "/confirm").shows(words)
		})
	}
}

// A cookie that only looks like an officer's is nobody's.
func TestOfficersBrowserCannotBeMadeUp(t *testing.T) {
	t.Parallel()
	f := newFormStand(t)
	v := newVisitor(t, f.server.URL)
	v.cookies().all["saphan-"+citizens.BrowserCookie] = "OFFICER" + strings.Repeat("A", 26)
	v.open("/services/sn/question/form").is(http.StatusOK, "/form")
	if strings.Contains(v.says(), "กรอกแทน") {
		t.Error("a made-up cookie fills in for somebody")
	}
	v.press("").is(http.StatusOK, "part=1")
	if citizens.OfOfficer(v.cookies().all["saphan-"+citizens.BrowserCookie]) {
		t.Error("whoever begins keeps a made-up cookie")
	}
}

// MTH-1.3: where an officer is signed in, or fills in for people, nobody confirms in the citizen's place: neither reading nor
// sending. It is noted who tried, and the citizen's own telephone still can.
func TestNobodyConfirmsAtTheDesk(t *testing.T) {
	t.Parallel()
	f := newFormStand(t)
	officer := newVisitor(t, f.server.URL)
	id := f.sits(t, officer, tickets.SignOnline)
	desk := officer.cookies().all["saphan-"+citizens.BrowserCookie]
	officer.open("/services/sn/question/form").press("").put("question", "ต่อเติมบ้านต้องขออนุญาตไหม").press("next").press("")
	link := "/confirm/" + f.filing(t, id).Token
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO sessions (token_hash, officer_id, created_at, seen_at, expires_at) VALUES (sha256('signed in'), $1, $2, $2, $3)`, f.officer, f.now(), f.now().Add(time.Hour))
		return err
	})
	for name, cookie := range map[string][2]string{"signed in": {"session", "signed in"}, "fills in": {citizens.DeskCookie, desk}} {
		at := newVisitor(t, f.server.URL)
		page := at.open(link).is(http.StatusOK, "/confirm")
		at.cookies().all["saphan-"+cookie[0]] = cookie[1]
		page.values.Set("name", "มาลี ตัวอย่าง")
		page.press("").is(http.StatusForbidden, "/confirm").shows("ในโทรศัพท์ของตนเอง")
		at.open(link).is(http.StatusForbidden, "/confirm").shows("เครื่องของเจ้าหน้าที่", "ยืนยันที่เครื่องนี้ไม่ได้")
		if strings.Contains(at.says(), "ต่อเติมบ้าน") {
			t.Errorf("%s: the page shows what was filled in", name)
		}
	}
	if one := f.filing(t, id); one.DeskBy != f.officer || one.State(f.now()) != tickets.FilingConfirms {
		t.Errorf("noted is %d; it stands as %s", one.DeskBy, one.State(f.now()))
	}
	past := newVisitor(t, f.server.URL)
	past.open(link)
	past.cookies().all["saphan-session"], past.cookies().all["saphan-"+citizens.DeskCookie] = "of a session that is over", "OFFICER"+strings.Repeat("A", 26)
	past.values.Set("name", "มาลี ตัวอย่าง")
	past.press("").is(http.StatusOK, "/sent")
}
