package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/thai"
	"saphan/payments"
	"saphan/tickets"
)

// desk is one officer before one open case.
type deskOf struct {
	*house
	b      *browser
	ticket tickets.Ticket
	path   string
}

func atDesk(t *testing.T, p func(*house) person, file func(*house) tickets.Ticket) deskOf {
	t.Helper()
	h := newHouse(t)
	ticket := file(h)
	return deskOf{house: h, b: h.as(p(h)), ticket: ticket, path: fmt.Sprintf("/admin/tickets/%d", ticket.ID)}
}

func anOfficer(h *house) person { return h.officer }
func aLamp(h *house) tickets.Ticket {
	return h.problem("หน้าโรงเรียนตัวอย่าง")
}
func aBusiness(h *house) tickets.Ticket { return h.business() }

// send fills the form of an act and presses its button; the answer must lead back to the case.
func (d deskOf) send(act string, form url.Values) page {
	d.t.Helper()
	got := d.try(act, form)
	if got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), d.path+"?done=") {
		d.t.Fatalf("%s: %d %s\n%s", act, got.StatusCode, got.Header.Get("Location"), got.body)
	}
	return d.b.get(got.Header.Get("Location"))
}

func (d deskOf) try(act string, form url.Values) page {
	d.t.Helper()
	where := d.path
	switch act {
	case "take", "release", "reply", "resume":
	default:
		where += "/" + act
	}
	if form == nil {
		form = url.Values{}
	}
	form.Set("key", d.b.get(where).key(d.t))
	return d.b.post(d.path+"/"+act, form)
}

// refused presses a button that must not work and returns what is said about it.
func (d deskOf) refused(act string, form url.Values, status int, words string) {
	d.t.Helper()
	got := d.try(act, form)
	if got.StatusCode != status || !strings.Contains(got.body, words) {
		d.t.Errorf("%s with %v: %d, want %d with %q\n%s", act, form, got.StatusCode, status, words, got.body)
	}
}

func TestTakeAndGiveBack(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	if got := d.send("take", nil); !strings.Contains(got.body, "ท่านรับเรื่องไว้") || !strings.Contains(got.body, "รับเรื่องแล้ว") {
		t.Error("the page does not say who took it")
	}
	if got := d.house.ticket(d.ticket.ID); got.Status != tickets.Accepted || got.OfficerID == nil || *got.OfficerID != d.officer.ID {
		t.Errorf("after taking: %+v", got)
	}
	d.send("release", nil)
	if got := d.house.ticket(d.ticket.ID); got.Status != tickets.Open || got.OfficerID != nil {
		t.Errorf("after giving back: %+v", got)
	}
	if got := d.events(d.ticket.ID); got != "created taken released" {
		t.Errorf("history: %s", got)
	}
}

func TestOnlyTheHolderOrTheHeadGivesBack(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	d.within(func(tx pgx.Tx) error {
		return d.desk.Take(d.ctx(), tx, tickets.ByOfficer(d.colleague.ID), d.ticket.ID)
	})
	d.b.gives(d.path, "ผู้รับเรื่องขอให้ช่วย")
	if got := d.b.get(d.path); strings.Contains(got.body, "/release") || strings.Contains(got.body, "/take") {
		t.Error("the page offers what would be refused")
	}
	form := url.Values{"key": {d.b.get(d.path).key(t)}}
	if got := d.b.post(d.path+"/release", form); got.StatusCode != http.StatusForbidden {
		t.Errorf("an officer gives back a colleague's case: %d", got.StatusCode)
	}
	form = url.Values{"key": {d.b.get(d.path).key(t)}}
	if got := d.b.post(d.path+"/take", form); got.StatusCode != http.StatusConflict {
		t.Errorf("an officer takes a colleague's case: %d", got.StatusCode)
	}
	head := deskOf{house: d.house, b: d.as(d.head), ticket: d.ticket, path: d.path}
	head.b.gives(d.path, "ตรวจหรือกำกับงานในฐานะหัวหน้า")
	head.send("release", nil)
	if got := d.events(d.ticket.ID); got != "created taken released" {
		t.Errorf("history: %s", got)
	}
}

func TestMove(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	d.refused("move", nil, http.StatusUnprocessableEntity, "ยังไม่ได้เลือกคิวงาน")
	d.refused("move", url.Values{"queue": {"999"}}, http.StatusNotFound, "ไม่พบคิวงาน")
	got := d.send("move", url.Values{"queue": {fmt.Sprint(d.queues["permits"].ID)}})
	if !strings.Contains(got.body, "ย้ายคิวแล้ว") || !strings.Contains(got.body, "ไปคิว “งานใบอนุญาต”") {
		t.Error("the page does not tell of the move")
	}
	if got := d.house.ticket(d.ticket.ID); got.QueueID != d.queues["permits"].ID {
		t.Errorf("queue %d", got.QueueID)
	}
}

func TestReply(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	d.refused("reply", url.Values{"text": {"   "}}, http.StatusUnprocessableEntity, "ยังไม่ได้พิมพ์ข้อความ")
	d.refused("reply", url.Values{"text": {strings.Repeat("ก", tickets.Longest+1)}}, http.StatusUnprocessableEntity, "ยาวเกินไป")
	got := d.send("reply", url.Values{"text": {"ช่างจะไปพรุ่งนี้\r\nก่อนเที่ยง <b>"}})
	if !strings.Contains(got.body, "ช่างจะไปพรุ่งนี้\nก่อนเที่ยง &lt;b&gt;") || !strings.Contains(got.body, "กำลังส่ง") {
		t.Errorf("the page does not show the message: %s", got.body)
	}
	var jobs int
	d.must(d.pool.QueryRow(d.ctx(), `SELECT count(*) FROM river_job WHERE kind = 'replied'`).Scan(&jobs))
	if jobs != 1 {
		t.Errorf("%d sending jobs", jobs)
	}
}

func TestNote(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	d.refused("note", url.Values{"text": {" "}}, http.StatusUnprocessableEntity, "ยังไม่ได้พิมพ์บันทึก")
	got := d.send("note", url.Values{"text": {"โทรแล้วไม่รับสาย"}})
	if !strings.Contains(got.body, `class="m note"`) || !strings.Contains(got.body, "โทรแล้วไม่รับสาย") {
		t.Error("the page does not show the note")
	}
	if got := d.events(d.ticket.ID); got != "created noted" {
		t.Errorf("history: %s", got)
	}
}

// Nobody should be asked for what is there: each document of the service says how it stands.
func TestAskShowsWhatWasSent(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 40, 30)))
	got := h.as(h.officer).get(fmt.Sprintf("/admin/tickets/%d/ask", ticket.ID)).body
	for _, words := range []string{"รูปสถานที่<small>ส่งมาแล้ว 1 ไฟล์", "หลักฐานการใช้สถานที่<small>ยังไม่ได้ส่ง", "หนังสือมอบอำนาจ<small>คำขอนี้ไม่ต้องใช้"} {
		if !strings.Contains(got, words) {
			t.Errorf("the sheet lacks %q", words)
		}
	}
}

// LFA-8.1, LFA-8.2: one list with one date; a second one is the head's, with a legal reason.
func TestAskForDocuments(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aBusiness)
	due := url.Values{"due_on": {"2026-12-14"}}
	with := func(more url.Values) url.Values {
		form := url.Values{}
		for _, part := range []url.Values{due, more} {
			for k, v := range part {
				form[k] = v
			}
		}
		return form
	}
	d.refused("ask", with(nil), http.StatusUnprocessableEntity, "ยังไม่ได้ระบุเอกสารที่ขาด")
	d.refused("ask", url.Values{"law": {"ก"}, "others": {"สัญญาเช่า"}}, http.StatusUnprocessableEntity, "ยังไม่ได้เลือกวันครบกำหนด")
	d.refused("ask", url.Values{"law": {"ก"}, "others": {"สัญญาเช่า"}, "due_on": {"2026-11-20"}}, http.StatusUnprocessableEntity, "ต้องเป็นวันหลังจากวันนี้")
	if got := d.b.get(d.path + "/ask"); !strings.Contains(got.body, `value="2026-12-14"`) {
		t.Error("no day is offered")
	}
	d.refused("ask", with(url.Values{"others": {"สัญญาเช่า"}}), http.StatusUnprocessableEntity, "ไม่อยู่ในคู่มือ")
	d.refused("ask", with(url.Values{"others": {"สัญญาเช่า"}, "law": {"ข้อบัญญัติตัวอย่าง"}}), http.StatusForbidden, "หัวหน้างาน")
	head := deskOf{house: d.house, b: d.as(d.head), ticket: d.ticket, path: d.path}
	got := head.send("ask", with(url.Values{"law": {"ข้อบัญญัติตัวอย่าง"}, "others": {"แผนที่สังเขป\r\nสัญญาเช่า\r\n\r\n สัญญาเช่า \r\nรูปป้ายร้าน"}}))
	for _, words := range []string{"แผนที่สังเขป", "สัญญาเช่า", "รูปป้ายร้าน", "ส่งภายใน 14 ธ.ค. 2569", "รอเอกสารจากประชาชน", "ขอเอกสารเพิ่ม 3 รายการ ภายใน 14 ธ.ค. 2569"} {
		if !strings.Contains(got.body, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	if got := d.b.get(d.path + "/ask"); !strings.Contains(got.body, "ให้หัวหน้างานเป็นผู้ทำรายการ") || strings.Contains(got.body, "<textarea") {
		t.Error("an officer is offered a second notice")
	}
	key := url.Values{"key": {d.b.get(d.path).key(t)}, "law": {"ก"}, "others": {"อีกอย่าง"}, "override": {"เหตุผล"}, "due_on": {"2026-12-14"}}
	if got := d.b.post(d.path+"/ask", key); got.StatusCode != http.StatusForbidden {
		t.Errorf("an officer asks a second time: %d", got.StatusCode)
	}
	head.refused("ask", with(url.Values{"law": {"ก"}, "others": {"อีกอย่าง"}}), http.StatusConflict, "กฎหมายให้ขอได้ครั้งเดียว")
	got = head.send("ask", with(url.Values{"law": {"ก"}, "others": {"อีกอย่าง"}, "override": {"มีกฎกระทรวงใหม่ใช้บังคับ"}}))
	if !strings.Contains(got.body, "โดยอ้างเหตุตามกฎหมาย") {
		t.Error("the history does not tell that it was the second time")
	}
}

func TestApprovePermit(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aBusiness)
	if got := d.b.get(d.path); !strings.Contains(got.body, "อนุญาตและออกใบอนุญาต") {
		t.Error("the button does not say that a permit is issued")
	}
	if got := d.b.get(d.path + "/approve"); !strings.Contains(got.body, "นายสมชาย ตัวอย่าง") {
		t.Error("the form does not say to whom")
	}
	got := d.send("approve", url.Values{"conditions": {"ปิดทำการไม่เกิน 20:00 น."}})
	if !strings.Contains(got.body, "ปิดทำการไม่เกิน 20:00 น.") || strings.Contains(got.body, "/refuse") {
		t.Error("the page does not show the result")
	}
	if got := d.house.ticket(d.ticket.ID); got.Status != tickets.Approved || got.ClosedAt == nil {
		t.Errorf("after approving: %+v", got)
	}
	if got := d.b.get(d.path + "/refuse"); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "ปิดแล้ว") {
		t.Errorf("a closed case offers a decision: %d", got.StatusCode)
	}
}

func TestAnnounceResult(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	if got := d.b.get(d.path); !strings.Contains(got.body, "แจ้งผลดำเนินการ") {
		t.Error("the button does not say what it does")
	}
	d.refused("approve", url.Values{"reason": {" "}}, http.StatusUnprocessableEntity, "ยังไม่ได้พิมพ์ผลการดำเนินการ")
	done := url.Values{"reason": {"เปลี่ยนหลอดแล้ว"}, "crew": {" ช่างไฟฟ้า ชุด 2 "}, "worked_on": {"2026-11-22"}}
	d.refused("approve", done, http.StatusUnprocessableEntity, "ต้องมีรูปถ่ายหลังดำเนินการ") // SVC-5
	d.photograph(d.ticket.ID)
	d.send("approve", done)
	d.within(func(tx pgx.Tx) error {
		dec, err := tickets.FindDecision(d.ctx(), tx, d.ticket.ID)
		if dec.Reason != "เปลี่ยนหลอดแล้ว" || dec.OfficerID != d.officer.ID || dec.Outcome != tickets.Approve || dec.Work() != "ช่างไฟฟ้า ชุด 2 · 22 พ.ย. 2569" {
			t.Errorf("decision: %+v", dec)
		}
		return err
	})
}

// LFA-11.1: no refusal without facts, law and appeal; what the service knows is filled in.
func TestRefuse(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aBusiness)
	offered := d.b.get(d.path + "/refuse")
	for _, words := range []string{"มาตรา 32 มาตรา 54", "อุทธรณ์ได้ภายใน 30 วัน", "สภาพสถานที่ยังไม่ถูกสุขลักษณะ"} {
		if !strings.Contains(offered.body, words) {
			t.Errorf("the form lacks %q", words)
		}
	}
	full := func(without string) url.Values {
		form := url.Values{"picked": {"hygiene"}, "facts": {"ตรวจวันที่ 20 พ.ย. พบน้ำเสียรั่วซึม"}, "legal_basis": {"ข้อบัญญัติตัวอย่าง"}, "reason": {"ที่ตั้งขัดผังเมือง"}, "appeal_body": {"คณะกรรมการตัวอย่าง"}, "appeal_days": {"๑๕"}}
		form.Del(without)
		return form
	}
	d.refused("refuse", full("picked"), http.StatusUnprocessableEntity, "ยังไม่ได้เลือกเหตุผล")
	d.refused("refuse", full("facts"), http.StatusUnprocessableEntity, "ต้องมีข้อเท็จจริง")
	d.refused("refuse", full("appeal_body"), http.StatusUnprocessableEntity, "ผู้รับอุทธรณ์")
	d.refused("refuse", full("appeal_days"), http.StatusUnprocessableEntity, "ระยะเวลาอุทธรณ์")
	bare := full("reason")
	bare.Set("picked", "other")
	d.refused("refuse", bare, http.StatusUnprocessableEntity, "ต้องมีเหตุผล")
	other := full("legal_basis")
	other.Set("picked", "other")
	d.refused("refuse", other, http.StatusUnprocessableEntity, "ต้องอ้างกฎหมาย")
	if got := d.house.ticket(d.ticket.ID); got.Status != tickets.Open {
		t.Fatalf("a refused refusal closed the case: %s", got.Status)
	}
	got := d.send("refuse", full(""))
	if !strings.Contains(got.body, "น้ำเสียรั่วซึม") || !strings.Contains(got.body, "อุทธรณ์ต่อคณะกรรมการตัวอย่างได้ภายใน 15 วัน") {
		t.Error("the page does not show the result")
	}
	d.within(func(tx pgx.Tx) error {
		dec, err := tickets.FindDecision(d.ctx(), tx, d.ticket.ID)
		if dec.Facts != "ตรวจวันที่ 20 พ.ย. พบน้ำเสียรั่วซึม" || dec.AppealBody != "คณะกรรมการตัวอย่าง" || dec.AppealDays != 15 || !strings.HasPrefix(dec.Reason, "สภาพสถานที่ยังไม่ถูกสุขลักษณะ") || !strings.Contains(dec.LegalBasis, "มาตรา 32") || !strings.Contains(dec.LegalBasis, "ข้อบัญญัติตัวอย่าง") {
			t.Errorf("decision: %+v", dec)
		}
		return err
	})
}

// Two clicks on one button do one thing, also when they come at the same moment.
func TestDoubleSubmit(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	for act, form := range map[string]url.Values{
		"note":  {"text": {"บันทึกครั้งเดียว"}},
		"reply": {"text": {"ข้อความครั้งเดียว"}},
	} {
		where := d.path
		if act == "note" {
			where += "/note"
		}
		form.Set("key", d.b.get(where).key(t))
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if got := d.b.post(d.path+"/"+act, form); got.StatusCode != http.StatusSeeOther {
					t.Errorf("%s again: %d", act, got.StatusCode)
				}
			})
		}
		wg.Wait()
	}
	if got := d.events(d.ticket.ID); strings.Count(got, "noted") != 1 || strings.Count(got, "replied") != 1 {
		t.Errorf("history: %s", got)
	}
}

// A form whose first try failed can be sent again as it is.
func TestFailedFormCanBeSentAgain(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	key := d.b.get(d.path).key(t)
	if got := d.b.post(d.path+"/reply", url.Values{"key": {key}, "text": {""}}); got.StatusCode != http.StatusUnprocessableEntity {
		t.Fatal(got.StatusCode)
	}
	if got := d.b.post(d.path+"/reply", url.Values{"key": {key}, "text": {"ตอนนี้มีข้อความ"}}); got.StatusCode != http.StatusSeeOther {
		t.Fatal(got.StatusCode)
	}
	if got := d.events(d.ticket.ID); got != "created replied" {
		t.Errorf("history: %s", got)
	}
	for _, bad := range []string{"", "abc", strings.Repeat("A", 25), "aaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		if got := d.b.post(d.path+"/reply", url.Values{"key": {bad}, "text": {"x"}}); got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("key %q: %d", bad, got.StatusCode)
		}
	}
}

// EGA-10.1, EGA-10.2: both times are shown, with the reason when they differ.
func TestBothTimesOfArrival(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		at     time.Time
		words  []string
		absent string
	}{
		{"in office hours", start, []string{"23 พ.ย. 2569 เวลา 10:00\u00a0น."}, "จึงถือว่าได้รับ"},
		{"in the evening", time.Date(2026, 11, 23, 16, 30, 0, 0, thai.Bangkok()), []string{"เวลา 16:30\u00a0น.", "24 พ.ย. 2569 เวลา 08:30\u00a0น.", "ยื่นนอกเวลาราชการ จึงถือว่าได้รับ"}, ""},
		{"on a Sunday", time.Date(2026, 11, 22, 11, 0, 0, 0, thai.Bangkok()), []string{"23 พ.ย. 2569 เวลา 08:30\u00a0น.", "ยื่นในวันหยุดสุดสัปดาห์"}, ""},
		{"on a holiday", time.Date(2026, 11, 20, 11, 0, 0, 0, thai.Bangkok()), []string{"23 พ.ย. 2569 เวลา 08:30\u00a0น.", "ยื่นในวันหยุดราชการ (วันหยุดตัวอย่าง)"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set(tt.at)
			ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
			got := h.as(h.officer).get(fmt.Sprintf("/admin/tickets/%d", ticket.ID))
			for _, words := range tt.words {
				if !strings.Contains(got.body, words) {
					t.Errorf("the page lacks %q", words)
				}
			}
			if tt.absent != "" && strings.Contains(got.body, tt.absent) {
				t.Errorf("the page says %q", tt.absent)
			}
		})
	}
}

// What the citizen took back is gone from the page, and the fact remains (line.md 1.7).
func TestUnsentMessage(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	d.says(d.ticket, tickets.Said{Source: "m1", Text: "ข้อความลับ"})
	if got := d.b.get(d.path); !strings.Contains(got.body, "ข้อความลับ") {
		t.Fatal("the message does not show")
	}
	d.everywhere(func(tx pgx.Tx) error {
		_, _, err := d.desk.Unsend(d.ctx(), tx, tickets.TakenBack{Source: "m1", Words: "ข้อความลับ"})
		return err
	})
	got := d.b.get(d.path)
	if strings.Contains(got.body, "ข้อความลับ") || !strings.Contains(got.body, "ประชาชนยกเลิกข้อความนี้") {
		t.Error("the page still shows what was taken back")
	}
}

// EGA-15.1: a history that was tampered with says so.
func TestTamperedHistoryShows(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	if got := d.b.get(d.path); !strings.Contains(got.body, "ครบถ้วน ไม่ถูกแก้ไข") {
		t.Error("a whole history is not called so")
	}
	owner, err := pgx.Connect(d.ctx(), d.pool.Config().ConnString())
	d.must(err)
	defer func() { d.must(owner.Close(d.ctx())) }()
	_, err = owner.Exec(d.ctx(), `SELECT set_config('app.agency', 'all', false)`)
	d.must(err)
	tag, err := owner.Exec(d.ctx(), `UPDATE ticket_events SET actor = 'officer 1' WHERE ticket_id = $1`, d.ticket.ID)
	d.must(err)
	if tag.RowsAffected() != 1 {
		t.Fatal("nothing was changed")
	}
	if got := d.b.get(d.path); !strings.Contains(got.body, "ประวัติไม่ตรงกับลายนิ้วมือ") {
		t.Error("a tampered history is called whole")
	}
}

// A fee that an officer set is owed no more when the approval is taken back before anybody was told.
func TestTakingBackEndsTheFee(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, func(h *house) tickets.Ticket { // of a kind that stands in no table of fees
		return h.file("hazardous-business", "สมชาย", map[string]forms.Input{
			"applicant_kind": {Choice: "person"}, "title": {Text: "นาย"}, "name": {Text: "สมชาย ตัวอย่าง"}, "purpose": {Choice: "new"},
			"activities.1.business_group": {Choice: "food"}, "activities.1.activity": {Choice: "unlisted"}, "activities.1.activity_unlisted": {Text: "ผลิตน้ำแข็ง"},
			"activities.1.more": {Choice: forms.MoreNo}, "premises_name": {Text: "โรงน้ำแข็งตัวอย่าง"},
		})
	})
	d.send("approve", url.Values{"fee": {"1,000"}})
	owing := func() (n int) {
		d.within(func(tx pgx.Tx) error {
			all, err := payments.Of(d.ctx(), tx, int64(d.ticket.ID))
			for _, c := range all {
				if c.State.Owing() {
					n++
				}
			}
			return err
		})
		return n
	}
	if n := owing(); n != 1 {
		t.Fatalf("%d charges are owed after the approval", n)
	}
	d.send("take-back", url.Values{"why": {"คำนวณค่าธรรมเนียมผิดประเภทกิจการ"}})
	if n := owing(); n != 0 {
		t.Errorf("%d charges are owed for nothing", n)
	}
	d.send("approve", url.Values{"fee": {"500"}})
	if n := owing(); n != 1 {
		t.Errorf("%d charges are owed after the second approval", n)
	}
}
