package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// told closes a case with its evidence and tells its citizen.
func (h *house) told(made tickets.Ticket) {
	h.t.Helper()
	day := h.now()
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.t.Context(), `WITH photo AS (INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
				VALUES ('k' || $1::bigint, '', 1, 'image/jpeg', 'after.jpg', '', 'x' || $1::bigint) RETURNING id)
			INSERT INTO work_photos (agency_id, ticket_id, attachment_id, officer_id, at) SELECT $2, $1, id, $3, $4 FROM photo`, made.ID, made.AgencyID, h.head.ID, day)
		return err
	})
	h.everywhere(func(tx pgx.Tx) error {
		dec := tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "เปลี่ยนหลอดแล้ว", Crew: "ช่างไฟฟ้า ชุด 2", WorkedOn: &day}
		if err := h.desk.Decide(h.t.Context(), tx, tickets.ByOfficer(h.head.ID), dec); err != nil {
			return err
		}
		return h.desk.Told(h.t.Context(), tx, made.ID)
	})
}

// SVC-5: officers read claimed and confirmed side by side, of their own agency and of however few; nobody else's.
func TestProblemsForOfficers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mine := []tickets.Ticket{h.problem("ไฟดับหน้าวัดตัวอย่าง"), h.problem("ไฟดับหน้าตลาด"), h.problem("ไฟดับซอย 4")}
	h.told(mine[0])
	h.told(mine[1])
	h.everywhere(func(tx pgx.Tx) error {
		return h.desk.Confirm(t.Context(), tx, tickets.ByCitizen(mine[0].CitizenID), mine[0].ID, 1, "track")
	})
	b := h.as(h.viewer)
	if page := b.get("/admin/registers").body; !strings.Contains(page, `href="/admin/problems"`) {
		t.Error("nothing leads there")
	}
	page := b.get("/admin/problems").body
	for _, want := range []string{"ไฟถนนดับ", "2 <small>67%</small>", "1 <small>33%</small>", "ไม่เผยแพร่แยก", "พฤศจิกายน 2569", "<b>3</b>"} {
		if !strings.Contains(page, want) {
			t.Errorf("it lacks %q", want)
		}
	}
	if page := h.as(h.stranger).get("/admin/problems").body; !strings.Contains(page, "ยังไม่มีปัญหาที่แจ้งในช่วงนี้") || strings.Contains(page, "67%") {
		t.Error("another agency reads it")
	}
}

// TestProblemsLook keeps pictures of the page from wide to narrow.
func TestProblemsLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	for i := range 7 {
		made := h.problem(fmt.Sprint("ไฟดับหน้าบ้านเลขที่ ", i))
		if i < 5 {
			h.told(made)
		}
		if i < 3 {
			h.everywhere(func(tx pgx.Tx) error {
				return h.desk.Confirm(t.Context(), tx, tickets.ByCitizen(made.CitizenID), made.ID, 1, "track")
			})
		}
	}
	b.enter(h, h.head)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1280, 390} {
			where := fmt.Sprintf("problems %s-%d", scheme, width)
			b.size(width, 1000)
			b.visit(h.server.URL+"/admin/problems", "#main")
			b.noOverflow(where)
			b.accessible(where)
			b.shot(strings.ReplaceAll(where, " ", "-"))
		}
	}
}
