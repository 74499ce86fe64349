package admin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/thai"
	"saphan/tickets"
)

// building is a ticket about a house and a fence on one plot.
func (h *house) building() tickets.Ticket {
	h.t.Helper()
	return h.file("building-permit", "สมชาย", map[string]forms.Input{
		"purpose": {Choice: "build"}, "applicant_kind": {Choice: "person"}, "title": {Text: "นาย"}, "name": {Text: "สมชาย ตัวอย่าง"},
		"national_id": {Text: "1234545678781"}, "phone": {Text: "0812345678"}, "home_address": {Text: "99/1 หมู่ 4 ต.ตัวอย่าง"},
		"site_address": {Text: "12 ซอยตัวอย่าง 4 ต.ตัวอย่าง"}, "land_owner": {Choice: "same"}, "filed_by": {Choice: "owner"},
		"buildings.1.kind": {Choice: "house"}, "buildings.1.number": {Text: "1"}, "buildings.1.height": {Choice: "low"}, "buildings.1.area": {Text: "150"},
		"buildings.1.use": {Text: "อยู่อาศัย"}, "buildings.1.parking": {Text: "1"}, "buildings.1.more": {Choice: forms.MoreYes},
		"buildings.2.kind": {Choice: "fence"}, "buildings.2.length": {Text: "40.5"}, "buildings.2.use": {Text: "กั้นเขตที่ดิน"}, "buildings.2.more": {Choice: forms.MoreNo},
	})
}

func aBuilding(h *house) tickets.Ticket { return h.building() }

// section is the part of a page with an identifier.
func (p page) section(t *testing.T, id string) string {
	t.Helper()
	found := regexp.MustCompile(`(?s)<section[^>]* id="` + id + `".*?</section>`).FindString(p.body)
	if found == "" {
		t.Fatalf("no section %s (%d): %s", id, p.StatusCode, p.body)
	}
	return found
}

// LFA-7.1, EGA-12.1: what is asked for, what the agency fetches by itself and the way through the house stand on the
// page, each tick with who and when, in the history too.
func TestChecklist(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aBuilding)
	list := d.b.get(d.path).section(t, "checklist")
	for _, words := range []string{
		"ทำแล้ว 0 จาก", "รูปเอกสารสิทธิ", "หน่วยงานตรวจเอง", "มาตรา 12", "แบบแปลน", "ยังขาด", "อยู่ที่ขั้นนี้", "นายช่างโยธา", "ลงทะเบียนรับคำขอและตรวจความครบถ้วนของเอกสาร",
		"ยังต่ำกว่าระดับที่ต้องการ", "รู้จักจากบัญชี LINE", "ต้องชำระ",
	} {
		if !strings.Contains(list, words) {
			t.Errorf("the checklist lacks %q: %s", words, list)
		}
	}
	tick := func(item, done string) page {
		t.Helper()
		got := d.b.post(d.path+"/check", url.Values{"item": {item}, "done": {done}})
		if got.StatusCode != http.StatusSeeOther {
			t.Fatalf("tick %s: %d %s", item, got.StatusCode, got.body)
		}
		return d.b.get(got.Header.Get("Location"))
	}
	tick("document title_deed", "yes")
	tick("document title_deed", "yes") // twice is as once
	got := tick("step 1", "yes")
	list = got.section(t, "checklist")
	if n := strings.Count(list, d.officer.Name+" · 23 พ.ย. 2569"); n != 2 || !strings.Contains(list, "ทำแล้ว 2 จาก") {
		t.Errorf("%d ticks say who and when: %s", n, list)
	}
	second := strings.Index(list, "ตรวจผังเมืองและที่ดิน")
	if here := strings.Index(list, "อยู่ที่ขั้นนี้"); here < second {
		t.Error("the case does not stand at its second step")
	}
	if history := got.section(t, "history"); !strings.Contains(history, "บันทึกว่าทำแล้ว: ลงทะเบียนรับคำขอ") || !strings.Contains(history, "ตรวจรูปเอกสารสิทธิกับหน่วยงานผู้ออก") {
		t.Errorf("the history: %s", history)
	}
	if list = tick("step 1", "no").section(t, "checklist"); !strings.Contains(list, "ทำแล้ว 1 จาก") {
		t.Errorf("after taking it back: %s", list)
	}
	if got := d.events(d.ticket.ID); got != "created checked checked unchecked" {
		t.Errorf("history: %s", got)
	}
	if got := d.b.post(d.path+"/check", url.Values{"item": {"step 99"}, "done": {"yes"}}); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a step that is none: %d", got.StatusCode)
	}
	if got := d.as(d.viewer).get(d.path).section(t, "checklist"); strings.Contains(got, "/check") || strings.Contains(got, "/identity") {
		t.Error("whoever only reads is offered ticks")
	}
}

// Whoever is about to grant a request is told what stands open; it hinders nobody.
func TestGrantingSaysWhatStandsOpen(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aBuilding)
	sheet := d.b.get(d.path + "/approve")
	for _, words := range []string{"เอกสารที่ยังขาด: แบบแปลนและรายการประกอบ", "ยังไม่ได้ตรวจกับหน่วยงานผู้ออก: รูปเอกสารสิทธิ", "ตัวตนของประชาชนยังต่ำกว่าระดับ"} {
		if !strings.Contains(sheet.body, words) {
			t.Errorf("the sheet lacks %q", words)
		}
	}
	d.b.post(d.path+"/check", url.Values{"item": {"document title_deed"}, "done": {"yes"}})
	d.send("identity", url.Values{"seen": {"id_card"}, "name": {"นายสมชาย ตัวอย่าง"}})
	sheet = d.b.get(d.path + "/approve")
	if strings.Contains(sheet.body, "ยังไม่ได้ตรวจกับหน่วยงานผู้ออก") || strings.Contains(sheet.body, "ตัวตนของประชาชนยังต่ำกว่า") || !strings.Contains(sheet.body, "แบบแปลน") {
		t.Errorf("after two of three: %s", sheet.body)
	}
	d.send("approve", nil)
}

// Some steps follow a positive decision; of a case that was refused nothing follows.
func TestChecklistAfterTheDecision(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[tickets.Outcome]int{tickets.Approve: http.StatusSeeOther, tickets.Refuse: http.StatusConflict} {
		d := atDesk(t, anOfficer, aLamp)
		if outcome == tickets.Approve {
			d.mend(d.ticket.ID)
		} else {
			d.within(func(tx pgx.Tx) error {
				return d.desk.Decide(d.ctx(), tx, tickets.ByOfficer(d.officer.ID), tickets.Decision{TicketID: d.ticket.ID, Outcome: outcome, Facts: "ตรวจแล้ว", Reason: "ไม่ครบ", LegalBasis: "มาตรา 1", AppealBody: "รัฐมนตรี", AppealDays: 15})
			})
		}
		if got := d.b.post(d.path+"/check", url.Values{"item": {"step 1"}, "done": {"yes"}}); got.StatusCode != want {
			t.Errorf("%s: %d, want %d", outcome, got.StatusCode, want)
		}
		if offered := strings.Contains(d.b.get(d.path).body, d.path+"/check"); offered != (outcome == tickets.Approve) {
			t.Errorf("%s: offered %v", outcome, offered)
		}
	}
}

// What was said of each of several things stands in a table of its own; that there was another is not said again.
func TestThingsInTables(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aBuilding)
	request := d.b.get(d.path).section(t, "request")
	for _, words := range []string{
		`<caption>อาคารที่ 1</caption><tbody><tr><th scope="row">ชนิด</th><td><span class="pre">บ้านพักอาศัย</span></td></tr>`,
		`<caption>อาคารที่ 2</caption><tbody><tr><th scope="row">ชนิด</th><td><span class="pre">รั้ว กำแพง</span></td></tr>`, `<h3 class="part">อาคาร</h3>`,
	} {
		if !strings.Contains(request, words) {
			t.Errorf("the request lacks %q: %s", words, request)
		}
	}
	for _, words := range []string{"มีอีก", "ครบแล้ว", "อาคารที่ 1 ·", "อาคารที่ 3"} {
		if strings.Contains(request, words) {
			t.Errorf("the request says %q: %s", words, request)
		}
	}
}

// The fee is shown with its rates and their law before anybody decides; it is that of the form's own rules.
func TestFeeWorking(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aBuilding)
	list := d.b.get(d.path).section(t, "checklist")
	form, answers := d.formOf(d.ticket)
	bill, err := form.Bill(answers, forms.Dates{Filed: d.ticket.EnteredAt, Decided: d.now()})
	d.must(err)
	if bill.Satang == 0 || !strings.Contains(list, "<b>"+thai.Baht(bill.Satang)+"</b>") || !strings.Contains(list, "กฎกระทรวง") {
		t.Errorf("%d satang: %s", bill.Satang, list)
	}
	waits := atDesk(t, anOfficer, aLamp)
	if got := waits.b.get(waits.path).section(t, "checklist"); strings.Contains(got, "ค่าธรรมเนียม") {
		t.Error("a fee where nothing is ever to be paid")
	}
}

// formOf is the form and the answers of a case.
func (h *house) formOf(ticket tickets.Ticket) (form *forms.Form, answers []forms.Answer) {
	h.t.Helper()
	h.within(func(tx pgx.Tx) error {
		request, err := tickets.FindRequest(h.ctx(), tx, ticket.RequestID)
		if err != nil {
			return err
		}
		answers = request.Answers
		form, err = h.desk.Form(h.ctx(), tx, ticket)
		return err
	})
	return form, answers
}

// MTH-2.5, EGA-9.1: an officer says what they saw; the case is known well enough then, whoever reads it sees by whom,
// and it can be ended with a reason. No copy is kept, and nothing of what the card says stands in the history.
func TestIdentityCheckedByOfficer(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aBusiness)
	card := url.Values{"seen": {"id_card"}, "name": {"นาย สมชาย  ตัวอย่าง"}, "national_id": {"1-2345-45678-78-1"}}
	for missing, words := range map[string]string{"seen": "ยังไม่ได้เลือกหลักฐาน", "name": "ยังไม่ได้พิมพ์ชื่อ"} {
		form := url.Values{}
		for k, v := range card {
			if k != missing {
				form[k] = v
			}
		}
		d.refused("identity", form, http.StatusUnprocessableEntity, words)
	}
	d.refused("identity", url.Values{"seen": {"id_card"}, "name": {"นาย"}, "national_id": {"1234567890123"}}, http.StatusUnprocessableEntity, "ไม่ถูกต้อง")
	got := d.send("identity", card)
	list := got.section(t, "checklist")
	for _, words := range []string{"ถึงระดับที่ต้องการ", "เจ้าหน้าที่ตรวจบัตรประจำตัวประชาชน", "นาย สมชาย ตัวอย่าง", "เลขประจำตัวตรงกับคำขอ", d.officer.Name, "23 พ.ย. 2570"} {
		if !strings.Contains(list, words) {
			t.Errorf("the checklist lacks %q: %s", words, list)
		}
	}
	if strings.Contains(list, "1234545678781") || strings.Contains(list, "1-2345-45678-78-1") {
		t.Error("the number is shown")
	}
	if history := got.section(t, "history"); !strings.Contains(history, "ตรวจหลักฐานตัวตนของประชาชน: บัตรประจำตัวประชาชน") || strings.Contains(history, "สมชาย  ") {
		t.Errorf("the history: %s", history)
	}
	d.pass(time.Minute)
	d.refused("identity", url.Values{"seen": {"passport"}, "name": {"นางอื่น ตัวอย่าง"}, "national_id": {"3101700000016"}}, http.StatusConflict, "ยืนยันไว้แล้วด้วยเลขประจำตัวอื่น")
	stranger := d.as(d.stranger)
	if got := stranger.get(d.path + "/identity/1"); got.StatusCode != http.StatusNotFound {
		t.Errorf("another agency: %d", got.StatusCode)
	}
	d.refused("identity/1", nil, http.StatusUnprocessableEntity, "ระบุเหตุ")
	got = d.send("identity/1", url.Values{"reason": {"บันทึกผิดคน"}})
	if list := got.section(t, "checklist"); !strings.Contains(list, "ยังต่ำกว่าระดับที่ต้องการ") || strings.Contains(list, "เจ้าหน้าที่ตรวจบัตร") {
		t.Errorf("after the end: %s", list)
	}
	if got := d.b.get(d.path + "/identity/1"); got.StatusCode != http.StatusNotFound {
		t.Errorf("ended twice: %d", got.StatusCode)
	}
	if got := d.events(d.ticket.ID); got != "created identified identity_ended" {
		t.Errorf("history: %s", got)
	}
}
