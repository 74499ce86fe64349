package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/net/html"

	"saphan/citizens"
	"saphan/internal/thai"
	"saphan/tickets"
)

// mandate is a power of attorney that a citizen showed; accepted says that an officer took it.
func (s *stand) mandate(t *testing.T, citizen citizens.CitizenID, accepted bool) (id tickets.MandateID) {
	t.Helper()
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		s.made++
		var file int64
		err := tx.QueryRow(ctx, `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
			VALUES ($1, '\x00', 1000, 'application/pdf', 'หนังสือมอบอำนาจ.pdf', '\x00', $1) RETURNING id`, fmt.Sprint("mandate ", s.made)).Scan(&file)
		if err != nil {
			return err
		}
		id, err = s.desk.ShowMandate(ctx, tx, s.box, tickets.ByCitizen(int64(citizen)), tickets.NewMandate{
			Agency: s.agency.ID, Kind: tickets.MandateVolunteer, Attorney: "มาลี ตัวอย่าง", AttorneyID: "1234545678781", Title: "นาย", Principal: "สมชาย ตัวอย่าง",
			Principal13: "3100600445635", FromOn: s.now(), UntilOn: s.now().AddDate(0, 6, 0), Attachment: file,
		})
		if err != nil || !accepted {
			return err
		}
		return s.desk.AcceptMandate(ctx, tx, tickets.ByOfficer(s.officer), id)
	})
	return id
}

// PDP-10: whoever holds a power of attorney sees how far it is and ends it; the person who gave it sees it too, when ThaID
// knows them; nobody else does.
func TestMandatesOnPages(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	g := busy(t, s)
	id := s.mandate(t, g.id, true)
	page := g.page("/me/mandates")
	holds(t, page, "นายสมชาย ตัวอย่าง", "ใช้ได้", s.agency.Name)
	hides(t, page, "3100600445635", "1234545678781")
	var other citizens.CitizenID
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		who, err := citizens.SignInWithThaID(ctx, tx, s.box, 0, citizens.Attributes{NationalID: thai.NationalID("3100600445635"), FullName: "สมชาย ตัวอย่าง"}, s.now())
		other = who
		return err
	})
	principal := s.signIn(t, other, citizens.Proven)
	holds(t, principal.page("/me/mandates"), "มาลี ตัวอย่าง", "ผู้อื่นยื่นแทนฉัน")
	stranger := s.signIn(t, citizens.CitizenID(s.ticket(t).CitizenID), citizens.Account)
	hides(t, stranger.page("/me/mandates"), "สมชาย")
	if got, _ := stranger.do(http.MethodPost, fmt.Sprint("/me/mandates/", id, "/end"), url.Values{}); got.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger ends it: %d", got.StatusCode)
	}
	principal.posts(fmt.Sprint("/me/mandates/", id, "/end"), "/me/mandates?done=ended", url.Values{})
	holds(t, g.page("/me/mandates"), "สิ้นสุดแล้ว")
}

// PDP-10, SEED-6: on the page before sending, the attorney chooses for whom; what the mandate says is filled in, and the case
// is the principal's.
func TestFilingForSomebodyOnPages(t *testing.T) {
	t.Parallel()
	f := newFormStand(t)
	citizen, v := f.signedIn(t, citizens.Checked)
	id := f.mandate(t, citizen, true)
	v.begin("hazardous-business")
	at := v.draft()
	choose := func(id tickets.MandateID) *visitor {
		return v.do(http.MethodPost, at+"/mandate", "application/x-www-form-urlencoded", strings.NewReader(fmt.Sprint("mandate=", id)))
	}
	v.open(at + "/review").shows("ยื่นแทน นายสมชาย ตัวอย่าง")
	choose(id+99).is(http.StatusNotFound, "/mandate")
	choose(id).is(http.StatusOK, "/review").shows("ยื่นแทน นายสมชาย ตัวอย่าง โดย มาลี ตัวอย่าง ผู้รับมอบอำนาจ")
	answers := map[string]string{
		"purpose": "new", "applicant_kind": "person", "nationality": "ไทย", "birth_date:day": "5", "birth_date:month": "3", "birth_date:year": "2530", "phone": "081 234 5678",
		"filed_by": "proxy", "title": "นาย", "name": "สมชาย ตัวอย่าง", "national_id": "3-1006-00445-63-5",
	}
	v.open(at + "?part=1")
	for range 40 {
		if strings.HasSuffix(v.at, "/review") {
			break
		}
		f.answerAll(v, answers)
		if v.press("next"); v.status != http.StatusOK {
			t.Fatalf("%d at %s:\n%s", v.status, v.at, v.says())
		}
	}
	choose(id).is(http.StatusOK, "/review").shows("มาลี ตัวอย่าง", "1-2345-45678-78-1", "หนังสือมอบอำนาจ.pdf", "สมชาย ตัวอย่าง")
	revision := attr(v.input(t, "revision"), "value")
	v.do(http.MethodPost, at+"/send", "application/x-www-form-urlencoded", strings.NewReader("revision="+revision)).is(http.StatusOK, "/sent")
	f.route(t)
	var name, attorney, way string
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT t.citizen_name, r.attorney_name, e.way FROM tickets t JOIN requests r ON r.id = t.request_id JOIN received e ON e.ticket_id = t.id WHERE r.mandate_id = $1`, id).Scan(&name, &attorney, &way)
	})
	if name != "นายสมชาย ตัวอย่าง" || attorney != "มาลี ตัวอย่าง" || way != "volunteer" {
		t.Errorf("the case is of %q by %q, way %q", name, attorney, way)
	}
}

// input is a field of the page, wherever on it.
func (v *visitor) input(t *testing.T, name string) *html.Node {
	t.Helper()
	for n := range v.tree.Descendants() {
		if attr(n, "name") == name {
			return n
		}
	}
	t.Fatalf("the page has no field %s:\n%s", name, v.says())
	return nil
}
