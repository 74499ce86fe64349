package admin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/tickets"
	"saphan/tickets/routing"
)

// ruled is a house with rules, areas of each kind, a queue that shares, somebody away, and a case that came by all that.
func ruled(t *testing.T) (h *house, screens map[string]string) {
	t.Helper()
	h = newHouse(t)
	var made tickets.Ticket
	var trial tickets.TrialID
	h.problem("ไฟดับหน้าตลาด")
	h.everywhere(func(tx pgx.Tx) error {
		area, err := agencies.NewArea(h.ctx(), tx, agencies.Area{AgencyID: h.agency.ID, Kind: agencies.Outline, Name: "ต.ตัวอย่าง", Source: "กรมการปกครอง 2568", Rings: []agencies.Ring{
			{{X: 100.42, Y: 13.68}, {X: 100.55, Y: 13.66}, {X: 100.61, Y: 13.74}, {X: 100.56, Y: 13.83}, {X: 100.47, Y: 13.80}, {X: 100.41, Y: 13.76}}, {{X: 100.52, Y: 13.72}, {X: 100.55, Y: 13.72}, {X: 100.54, Y: 13.74}},
		}})
		h.must(err)
		h.must(agencies.AddArea(h.ctx(), tx, agencies.Area{AgencyID: h.agency.ID, Name: "ต.ข้างเคียง", Lat: 13.9, Lon: 100.5, RadiusM: 4000}))
		h.must(agencies.AddArea(h.ctx(), tx, agencies.Area{AgencyID: h.agency.ID, Kind: agencies.Tambons, Name: "เขตบริการร่วม", Tambons: []agencies.Tambon{
			{Code: "200101", Name: "บางปลาสร้อย", Amphoe: "เมืองชลบุรี", Province: "ชลบุรี"}, {Code: "200102", Name: "มะขามหย่ง", Amphoe: "เมืองชลบุรี", Province: "ชลบุรี"}, {Code: "200105"},
		}}))
		lamps := routing.Rule{Name: "ไฟฟ้าในเขตเมือง", Services: []forms.Key{"public-problem"}, Areas: []agencies.AreaID{area.ID}, When: "category in ['light', 'road'] && size(description) > 3", Queue: "general", Urgent: true, Skill: "ไฟฟ้า"}
		h.must(agencies.SetShare(h.ctx(), tx, h.agency.ID, h.queues["general"].ID, agencies.ShareSkill))
		by := tickets.ByOfficer(h.head.ID)
		trial, _, err = h.desk.AskTrial(h.ctx(), tx, by, h.agency.ID, 0, routing.Rules{lamps})
		h.must(err)
		_, err = h.desk.DecideRules(h.ctx(), tx, by, h.agency.ID, 0, routing.Rules{{Name: "คำถามทั่วไป", Services: []forms.Key{"question"}, Queue: "general"}, lamps}, "ช่างไฟฟ้าประจำคิวงานทั่วไปตั้งแต่เดือนนี้")
		h.must(err)
		_, err = h.desk.Away(h.ctx(), tx, agencies.Absence{AgencyID: h.agency.ID, OfficerID: h.colleague.ID, CoverID: &h.officer.ID, FromAt: h.now(), UntilAt: h.now().AddDate(0, 0, 3), MadeBy: h.head.ID})
		return err
	})
	h.must(h.desk.PlayTrial(h.ctx(), h.pool, h.agency.ID, trial))
	made = h.problem("ไฟดับทั้งซอย")
	return h, map[string]string{
		"routing": "/admin/routing", "trial": fmt.Sprintf("/admin/routing/trials/%d", trial), "areas": "/admin/areas", "duty": "/admin/officers/duty", "why": fmt.Sprintf("/admin/tickets/%d", made.ID),
	}
}

// TestRoutingLook keeps pictures of the rules, areas and duties and fails for whatever axe finds on them (WCAG 2.2 AA).
func TestRoutingLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h, screens := ruled(t)
	b.size(1280, 900)
	h.pass(time.Minute)
	b.enter(h, h.head)
	for _, width := range []int64{1280, 390} {
		b.size(width, 900)
		for name, path := range screens {
			b.visit(h.server.URL+path, "main h1")
			where := fmt.Sprintf("routing-%s-%d", name, width)
			value[bool](b, openAll)
			b.noOverflow(where)
			b.shot(where)
			b.accessible(where)
		}
	}
	read := h.as(h.colleague) // who is no head sees none of it
	for name, path := range screens {
		if page := read.get(path); name != "why" && page.StatusCode != 403 {
			t.Errorf("%s: %d", name, page.StatusCode)
		}
	}
}
