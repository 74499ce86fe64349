package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/permits"
	"saphan/tickets"
)

// lost is a request for the replacement of a licence.
func lost(number string) func(*house) tickets.Ticket {
	return func(h *house) tickets.Ticket {
		return h.file("hazardous-business", "สมชาย", map[string]forms.Input{
			"purpose": {Choice: "replace"}, "old_licence": {Text: number}, "lost": {Choice: "lost"}, "lost_on": {Text: "18 พ.ย. 2569"}, "filed_by": {Choice: "self"},
			"applicant_kind": {Choice: "person"}, "title": {Text: "นาย"}, "name": {Text: "สมชาย ตัวอย่าง"}, "premises_name": {Text: "ตัวอย่างการช่าง"},
		})
	}
}

func (h *house) permits() *permits.Office {
	h.t.Helper()
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	h.must(err)
	return permits.NewOffice(jobs, h.box, "https://saphan.example.go.th", h.now)
}

// register issues a permit of an agency on some ticket, which only counts as its place.
func (h *house) register(of agencies.AgencyID) (p permits.Permit) {
	h.t.Helper()
	ticket := h.business()
	h.everywhere(func(tx pgx.Tx) (err error) {
		p, err = h.permits().Issue(h.ctx(), tx, permits.Grant{
			AgencyID: of, TicketID: int64(ticket.ID), FormKey: "hazardous-business", Code: "HB", Title: "ใบอนุญาตตัวอย่าง", Holder: "นายสมชาย ตัวอย่าง", ValidYears: 1,
		})
		return err
	})
	return p
}

// replaces are the number and last day that a decision keeps.
func (d deskOf) replaces() (number, until string) {
	d.t.Helper()
	d.within(func(tx pgx.Tx) error {
		dec, err := tickets.FindDecision(d.ctx(), tx, d.ticket.ID)
		if number = dec.Replaces; dec.ReplacesUntil != nil {
			until = dec.ReplacesUntil.Format(time.DateOnly)
		}
		return err
	})
	return number, until
}

// Of a licence on paper the officer types number and last day; what cannot be is refused, and nothing is decided.
func TestReplaceLicenceOnPaper(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, lost("เล่มที่ 1 เลขที่ 12/2568"))
	if got := d.b.get(d.path + "/approve"); !strings.Contains(got.body, `value="เล่มที่ 1 เลขที่ 12/2568"`) || !strings.Contains(got.body, "วันสุดท้ายของใบอนุญาตเดิม") {
		t.Errorf("the sheet does not ask for the former licence:\n%s", got.body)
	}
	theirs := d.register(d.other.ID)
	for _, c := range []struct {
		number, until string
		status        int
		words         string
	}{
		{"", "31 ธ.ค. 2569", http.StatusUnprocessableEntity, "ยังไม่ได้ระบุเลขที่"},
		{"จำไม่ได้", "31 ธ.ค. 2569", http.StatusUnprocessableEntity, "ค้นจากทะเบียน"},
		{"12/2568", "", http.StatusUnprocessableEntity, "ไม่อยู่ในทะเบียนของระบบ"},
		{"12/2568", "สิ้นปี", http.StatusUnprocessableEntity, "ไม่ใช่วันที่"},
		{"12/2568", "29 ก.พ. 2570", http.StatusUnprocessableEntity, "ไม่ใช่วันที่"},
		{"12/2568", "1 ม.ค. 2569", http.StatusConflict, "สิ้นอายุเมื่อ"},
		{"12/2568", "1 ม.ค. 2579", http.StatusUnprocessableEntity, "เกินอายุใบอนุญาต"},
		{theirs.Number, "", http.StatusNotFound, "ในทะเบียนของหน่วยงาน"},
	} {
		d.refused("approve", url.Values{"replaces": {c.number}, "replaces_until": {c.until}}, c.status, c.words)
	}
	if got := d.house.ticket(d.ticket.ID); got.Status != tickets.Open {
		t.Fatalf("a refused approval closed the case: %s", got.Status)
	}
	got := d.send("approve", url.Values{"replaces": {" เล่มที่ 1 เลขที่ 12/2568 "}, "replaces_until": {"๓๑ ธ.ค. ๒๕๖๙"}})
	if number, until := d.replaces(); number != "เล่มที่ 1 เลขที่ 12/2568" || until != "2026-12-31" {
		t.Errorf("kept: %q until %q", number, until)
	}
	if !strings.Contains(got.body, "ออกแทนฉบับเลขที่") || !strings.Contains(got.body, "31 ธ.ค. 2569") {
		t.Error("the page does not show what it stands for")
	}
}

// Of a permit of our own register the last day stands there: it is shown, and no other is taken.
func TestReplacePermitOfTheRegister(t *testing.T) {
	t.Parallel()
	var old permits.Permit
	d := atDesk(t, anOfficer, func(h *house) tickets.Ticket {
		old = h.register(h.agency.ID)
		return lost(strings.ToLower(old.Number))(h)
	})
	if got := d.b.get(d.path + "/approve"); !strings.Contains(got.body, "อยู่ในทะเบียน") || !strings.Contains(got.body, "ใช้ได้ถึงวันเดียวกัน") {
		t.Errorf("the sheet does not show the register:\n%s", got.body)
	}
	d.refused("approve", url.Values{"replaces": {old.Number}, "replaces_until": {"1 ม.ค. 2570"}}, http.StatusUnprocessableEntity, "ตามทะเบียน")
	d.send("approve", url.Values{"replaces": {strings.ToLower(old.Number)}})
	if number, until := d.replaces(); number != old.Number || until != old.ValidUntil.Format(time.DateOnly) {
		t.Errorf("kept: %q until %q, want %s until %v", number, until, old.Number, old.ValidUntil)
	}
}

// A replacement of what was revoked is none: the sheet says so before, and the approval is refused.
func TestReplaceRevokedPermit(t *testing.T) {
	t.Parallel()
	var old permits.Permit
	d := atDesk(t, anOfficer, func(h *house) tickets.Ticket {
		old = h.register(h.agency.ID)
		h.everywhere(func(tx pgx.Tx) error {
			_, err := tx.Exec(h.ctx(), `UPDATE permits SET status = 'revoked' WHERE id = $1`, old.ID)
			return err
		})
		return lost(old.Number)(h)
	})
	if got := d.b.get(d.path + "/approve"); !strings.Contains(got.body, "ถูกเพิกถอนแล้ว") {
		t.Errorf("the sheet does not say that it was revoked:\n%s", got.body)
	}
	d.refused("approve", url.Values{"replaces": {old.Number}}, http.StatusConflict, "ถูกเพิกถอนแล้ว")
	if got := d.house.ticket(d.ticket.ID); got.Status != tickets.Open {
		t.Errorf("the case is %s", got.Status)
	}
}
