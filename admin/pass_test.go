package admin_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
)

// handOver does what the job does after an officer passed a case on.
func (h *house) handOver(id tickets.TicketID) (made tickets.Ticket) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		all, err := tickets.TransfersOf(h.ctx(), tx, id)
		if err != nil {
			return err
		}
		made, err = h.desk.HandOver(h.ctx(), tx, all[len(all)-1].ID)
		return err
	})
	return made
}

// comeBack does what the job does after another agency sent one back.
func (h *house) comeBack(id tickets.TicketID) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		all, err := tickets.TransfersOf(h.ctx(), tx, id)
		if err != nil {
			return err
		}
		_, err = h.desk.ComeBack(h.ctx(), tx, all[len(all)-1].ID)
		return err
	})
}

// SEED-36, EGA-10.4: an officer passes a case on, another agency sees what was handed over and nothing else, sends it back
// with the reason, and gets it again by the head.
func TestPassingACaseOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made := h.problem("ไฟถนนดับหน้าวัด")
	path := fmt.Sprintf("/admin/tickets/%d", made.ID)
	b := h.as(h.officer)
	sheet := b.get(path + "/transfer?find=" + url.QueryEscape(h.other.Name))
	if sheet.StatusCode != 200 || !strings.Contains(sheet.body, h.other.Name) || strings.Contains(sheet.body, `value="`+fmt.Sprint(h.agency.ID)+`"`) {
		t.Fatalf("%d: the sheet does not offer the other agency, or offers the own", sheet.StatusCode)
	}
	key := sheet.key(t)
	to := fmt.Sprint(h.other.ID)
	if p := b.post(path+"/transfer", url.Values{"key": {key}, "agency": {to}, "reason": {"ผิด"}}); p.StatusCode != 422 && p.StatusCode != 400 {
		t.Errorf("without a reason: %d", p.StatusCode)
	}
	for range 2 {
		if p := b.post(path+"/transfer", url.Values{"key": {key}, "agency": {to}, "reason": {"จุดนี้อยู่ในเขตของท่าน"}}); p.StatusCode != 303 {
			t.Fatalf("passing on: %d %s", p.StatusCode, p.body)
		}
	}
	there := h.handOver(made.ID)
	if page := b.get(path).body; !strings.Contains(page, "ส่งต่อหน่วยงานอื่น") || !strings.Contains(page, "รอรับ") || strings.Contains(page, "ขอเอกสารเพิ่ม</a>") {
		t.Error("the page does not say that the case is on its way")
	}
	theirs := fmt.Sprintf("/admin/tickets/%d", there.ID)
	if p := b.get(theirs); p.StatusCode != 404 {
		t.Errorf("the first agency opens the other's case: %d", p.StatusCode)
	}
	s := h.as(h.stranger)
	if p := s.get(path); p.StatusCode != 404 {
		t.Errorf("the other agency opens the first's case: %d", p.StatusCode)
	}
	page := s.get(theirs)
	for _, words := range []string{"ส่งเรื่องนี้มา ให้รับภายใน", "จุดนี้อยู่ในเขตของท่าน", "อ้างถึง " + made.Number, "รับไว้ในคิว", "ไม่ใช่เรื่องของหน่วยงาน"} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the other agency's page lacks %q", words)
		}
	}
	if list := s.get("/admin/?view=all&q=" + made.Number).body; !strings.Contains(list, there.Number) || !strings.Contains(list, "รอรับจากหน่วยงานอื่น") {
		t.Error("the list is not searched by the citizen's number, or does not say that the case waits")
	}
	if p := s.post(theirs+"/bounce", url.Values{"key": {page.key(t)}, "why": {"เสาไฟต้นนี้เป็นของเทศบาล"}}); p.StatusCode != 303 {
		t.Fatalf("sending back: %d", p.StatusCode)
	}
	h.comeBack(made.ID)
	if page := b.get(path).body; !strings.Contains(page, "เสาไฟต้นนี้เป็นของเทศบาล") || !strings.Contains(page, "เวลาที่แต่ละหน่วยงานใช้") {
		t.Error("the page does not say why it came back")
	}
	if page := b.get(path + "/transfer?find=" + url.QueryEscape(h.other.Name)).body; !strings.Contains(page, "ให้หัวหน้างานเป็นผู้ส่ง") {
		t.Error("the sheet lets an officer send it there again")
	}
	h.pass(time.Minute)
	head := h.as(h.head)
	again := head.get(path + "/transfer?find=" + url.QueryEscape(h.other.Name))
	if p := head.post(path+"/transfer", url.Values{"key": {again.key(t)}, "agency": {to}, "reason": {"ตรวจแล้วเป็นเสาของท่านจริง"}}); p.StatusCode != 303 {
		t.Fatalf("the head sends it again: %d", p.StatusCode)
	}
	there = h.handOver(made.ID)
	theirs = fmt.Sprintf("/admin/tickets/%d", there.ID)
	page = s.get(theirs)
	if p := s.post(theirs+"/take-over", url.Values{"key": {page.key(t)}}); p.StatusCode != 303 {
		t.Fatalf("taking over: %d", p.StatusCode)
	}
	if page := s.get(theirs).body; strings.Contains(page, "รับไว้ในคิว") || !strings.Contains(page, "รับมาจาก") {
		t.Error("after it was taken over the page still asks")
	}
}

// EGA-10.4: an officer names who is in charge, and has them in the list the next time; a queue sends back once.
func TestReferringAndMovingBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made, other := h.problem("สายไฟขาด"), h.problem("ท่อแตก")
	b := h.as(h.officer)
	path := fmt.Sprintf("/admin/tickets/%d", made.ID)
	key := b.get(path + "/refer").key(t)
	if p := b.post(path+"/refer", url.Values{"key": {key}, "reach": {"โทร 1129"}}); p.StatusCode < 400 || p.StatusCode > 499 {
		t.Errorf("referred to nobody: %d", p.StatusCode)
	}
	if p := b.post(path+"/refer", url.Values{"key": {key}, "body": {"การไฟฟ้าส่วนภูมิภาค"}, "reach": {"โทร 1129"}, "keep": {"yes"}}); p.StatusCode != 303 {
		t.Fatalf("referring: %d", p.StatusCode)
	}
	if page := b.get(path).body; !strings.Contains(page, "การไฟฟ้าส่วนภูมิภาค") || !strings.Contains(page, "โทร 1129") {
		t.Error("the page does not say who is in charge")
	}
	path = fmt.Sprintf("/admin/tickets/%d", other.ID)
	if page := b.get(path + "/refer?body=" + url.QueryEscape("การไฟฟ้าส่วนภูมิภาค")).body; !strings.Contains(page, "โทร 1129") {
		t.Error("the body is not in the list")
	}
	if p := b.post(path+"/move", url.Values{"key": {key}, "queue": {fmt.Sprint(h.queues["general"].ID)}}); p.StatusCode != 303 {
		t.Fatalf("moving: %d", p.StatusCode)
	}
	page := b.get(path)
	if !strings.Contains(page.body, "ไม่ใช่งานของคิวนี้") {
		t.Error("the queue cannot send it back")
	}
	if p := b.post(path+"/move-back", url.Values{"key": {page.key(t)}, "why": {"ท่อประปาเป็นงานของกองช่าง"}}); p.StatusCode != 303 {
		t.Fatalf("moving back: %d", p.StatusCode)
	}
	if got := h.ticket(other.ID); got.QueueID != other.QueueID {
		t.Errorf("it is in queue %d, want %d", got.QueueID, other.QueueID)
	}
	if page := b.get(path).body; strings.Contains(page, "/move-back") || !strings.Contains(page, "ท่อประปาเป็นงานของกองช่าง") {
		t.Error("it can be sent back twice, or the reason is lost")
	}
}

// The screens on cases between agencies, looked at and checked with axe.
func TestPassingLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	made, second := h.problem("ไฟถนนดับหน้าวัด"), h.problem("ต้นไม้ล้มทับสายไฟ")
	h.within(func(tx pgx.Tx) error {
		return h.desk.Transfer(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), made.ID, h.other.ID, "จุดนี้อยู่ในเขตของท่าน ตามแนวเขตที่แนบ")
	})
	h.handOver(made.ID)
	b.size(1280, 900)
	b.visit(h.server.URL+"/admin/sign-in", "#email")
	b.enter(h, h.stranger)
	there := h.handOver(made.ID)
	for _, width := range []int64{1280, 390} {
		b.size(width, 900)
		b.visit(fmt.Sprintf("%s/admin/tickets/%d?view=all", h.server.URL, there.ID), "#pending")
		where := fmt.Sprintf("passing-pending-%d", width)
		b.noOverflow(where)
		b.accessible(where)
		b.shot(where)
		b.visit(fmt.Sprintf("%s/admin/tickets/%d/bounce", h.server.URL, there.ID), "form.stack")
		b.noOverflow("bounce")
		b.accessible("bounce")
	}
	h.everywhere(func(tx pgx.Tx) error {
		return h.desk.Bounce(h.ctx(), tx, tickets.ByOfficer(h.stranger.ID), there.ID, "เสาไฟต้นนี้เป็นของเทศบาล")
	})
	h.comeBack(made.ID)
	o := open(t)
	o.size(1280, 900)
	o.visit(h.server.URL+"/admin/sign-in", "#email")
	o.enter(h, h.officer)
	for _, width := range []int64{1280, 390} {
		o.size(width, 900)
		for name, at := range map[string]string{"back": fmt.Sprint(made.ID), "transfer": fmt.Sprintf("%d/transfer?find=", second.ID), "refer": fmt.Sprintf("%d/refer", second.ID), "list": ""} {
			where := fmt.Sprintf("passing-%s-%d", name, width)
			if at == "" {
				o.visit(h.server.URL+"/admin/?view=all", "#rows .t")
			} else {
				o.visit(h.server.URL+"/admin/tickets/"+at, "#main")
			}
			o.noOverflow(where)
			o.accessible(where)
			o.shot(where)
		}
	}
}

// The head says how long the agency has to take over what others send; it is a line of the history of settings.
func TestAcceptDaysAreSet(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	h.does("/admin/calendar/accept-days", url.Values{"days": {"3"}}, "เปลี่ยนกำหนดเวลารับเรื่องจากหน่วยงานอื่นแล้ว")
	h.refused("/admin/calendar/accept-days", url.Values{"days": {"0"}}, 422, "1 ถึง 15 วันทำการ")
	var days int
	h.within(func(tx pgx.Tx) (err error) { days, err = agencies.AcceptDays(h.ctx(), tx, h.agency.ID); return err })
	if days != 3 {
		t.Errorf("%d days, want 3", days)
	}
	if page := h.b.get("/admin/changes").body; !strings.Contains(page, "เปลี่ยนกำหนดเวลารับเรื่องจากหน่วยงานอื่น") {
		t.Error("the history does not say so")
	}
}
