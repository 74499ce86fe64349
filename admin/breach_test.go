package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/breaches"
)

// dpo is a second one who keeps the register of breaches.
func (h *house) dpo() *browser {
	h.t.Helper()
	return h.as(h.employ(h.agency, "dpo@tb.example", "น.ส.คุ้มครอง ตัวอย่าง", agencies.RoleDPO))
}

// breach is the newest of the agency.
func (h *house) breach() (b breaches.Breach) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		all, err := breaches.In(h.ctx(), tx, h.agency.ID, 0)
		if len(all) > 0 {
			b = all[0]
		}
		return err
	})
	return b
}

// printout is what is typed of a breach that was detected at a time.
func printout(day, hour string) url.Values {
	return url.Values{"what": {"กระดาษพิมพ์รายชื่อผู้ยื่นคำขอวางอยู่ที่ร้านพิมพ์"}, "detected_day": {day}, "detected_time": {hour}, "reported_by": {"เจ้าของร้านพิมพ์"}, "data": {"ชื่อ เลขประจำตัว"}, "persons": {"1,240"}, "estimated": {"yes"}}
}

// fillsIn posts a form of a page, with its key.
func (b *browser) fillsIn(h *house, from, to string, form url.Values) page {
	h.t.Helper()
	form.Set("key", b.get(from).key(h.t))
	return b.post(to, form)
}

// whole is the rest of the record.
func whole(b breaches.Breach) url.Values {
	form := printout("23 พ.ย. 2569", "9:00")
	for box, text := range map[string]string{"consequences": "อาจถูกแอบอ้าง", "measures": "เก็บคืนและทำลาย", "contact": "DPO โทร. 02 000 0000", "why": "กรอกหลังตรวจแฟ้ม", "late_why": b.LateWhy, "persons": "40"} {
		form.Set(box, text)
	}
	return form
}

// PDP-6: an officer writes a breach down and reads nothing of it; the head sees it in the inbox with the hours that are left,
// completes it, judges, sends the form, lists people, lets the DPO confirm what they are told, and closes it.
func TestBreachFromReportToClosing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	officer, head, dpo := h.as(h.officer), h.as(h.head), h.dpo()
	got := officer.fillsIn(h, "/admin/breaches/report", "/admin/breaches/report", printout("32 พ.ย. 2569", "9:00"))
	if got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, "กระดาษพิมพ์") || !strings.Contains(got.body, "อ่านวันที่") {
		t.Errorf("a day that is none: %d", got.StatusCode)
	}
	form := printout("23 พ.ย. 2569", "9:00")
	form.Set("key", officer.get("/admin/breaches/report").key(t))
	for range 2 { // pressed twice
		if got := officer.post("/admin/breaches/report", form); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/admin/breaches/report?done=reported" {
			t.Fatalf("reporting: %d %s", got.StatusCode, got.body)
		}
	}
	b := h.breach()
	path := fmt.Sprintf("/admin/breaches/%d", b.ID)
	if b.No() != "1/2569" || b.Persons != 1240 || !b.DetectedAt.Equal(start.Add(-time.Hour)) {
		t.Errorf("written down: %+v", b)
	}
	if got := officer.get(path); got.StatusCode != http.StatusForbidden {
		t.Errorf("the officer reads it: %d", got.StatusCode)
	}
	if body := officer.get("/admin/?view=all").body; strings.Contains(body, path) {
		t.Error("the officer is told in the inbox")
	}
	if body := head.get("/admin/?view=all").body; !strings.Contains(body, path) || !strings.Contains(body, "เหลือ 71 ชั่วโมง 0 นาที") {
		t.Error("the head is not told in the inbox")
	}
	if body := head.get("/admin/registers").body; !strings.Contains(body, "รอแจ้ง สคส. 1 เหตุ: 1/2569 เหลือ 71 ชั่วโมง") {
		t.Error("the page of registers does not say that one waits")
	}
	act := func(by *browser, name string, form url.Values) page {
		t.Helper()
		got := by.fillsIn(h, path, path+"/"+name, form)
		if got.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.body)
		}
		return got
	}
	told := func() url.Values {
		return url.Values{"line": {fmt.Sprint(h.breach().Lines)}, "way": {"อีเมล"}, "told_day": {"23 พ.ย. 2569"}, "told_time": {"10:00"}, "reference": {"สคส 7/2569"}}
	}
	if got := head.fillsIn(h, path, path+"/told", told()); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "แบบแจ้งยังไม่ครบ") {
		t.Errorf("telling too early: %d", got.StatusCode)
	}
	act(head, "correct", whole(b))
	act(head, "judge", url.Values{"risk": {"high"}, "reasons": {"มีเลขประจำตัวประชาชน"}})
	paper := head.get(path + "/form.pdf")
	data := head.get(path + "/form.json")
	act(head, "told", told())
	b = h.breach()
	if len(b.Reports) != 1 || b.Reports[0].PDF != breaches.Sum([]byte(paper.body)) || b.Reports[0].JSON != breaches.Sum([]byte(data.body)) || !json.Valid([]byte(data.body)) {
		t.Errorf("what was sent is not what was downloaded: %+v", b.Reports)
	}
	act(head, "correct", func() url.Values { f := whole(b); f.Set("persons", "38"); return f }())
	if again := head.get(fmt.Sprintf("%s/form.pdf?line=%d", path, b.Reports[0].Line)); again.body != paper.body || head.get(path+"/form.pdf").body == paper.body {
		t.Error("the form is not drawn again as it was sent")
	}

	got = act(head, "people", url.Values{"by": {"numbers"}, "numbers": {strings.ToLower(ticket.Number) + "\nXX-1"}})
	if body := head.get(strings.TrimPrefix(got.Header.Get("Location"), h.server.URL)).body; !strings.Contains(body, "XX-1") || !strings.Contains(body, ticket.Number) {
		t.Error("the page does not say who was listed and which number is none")
	}
	act(head, "people", url.Values{"by": {"service"}, "service": {string(ticket.FormKey)}, "first": {"1 พ.ย. 2569"}, "last": {"30 พ.ย. 2569"}})
	if n := h.breach().Listed; n != 1 {
		t.Errorf("%d are listed", n)
	}
	list := head.fillsIn(h, path, path+"/people.csv", url.Values{})
	if !strings.Contains(list.body, ticket.Number) || !strings.HasPrefix(list.body, "\ufeffเลขที่เรื่อง") {
		t.Errorf("the list: %s", list.body)
	}
	h.everywhere(func(tx pgx.Tx) error { // what erasure leaves of a case (EGA-17.1)
		_, err := tx.Exec(h.ctx(), `UPDATE tickets SET citizen_name = '' WHERE id = $1`, ticket.ID)
		return err
	})
	if body := head.get(path).body; !strings.Contains(body, "ชื่อถูกลบแล้ว") || strings.Contains(body, ticket.CitizenName) || !strings.Contains(body, ticket.Number) {
		t.Error("the row of a person who was erased does not stay without the name")
	}
	act(head, "draft", url.Values{"say_what": {"เอกสารวางอยู่ที่ร้านพิมพ์"}, "say_consequences": {"ถูกแอบอ้าง"}, "say_measures": {"เก็บคืน"}, "say_advice": {"ระวังผู้โทรมา"}, "say_contact": {"DPO"}})
	line := url.Values{"line": {fmt.Sprint(h.breach().Draft.Line)}}
	if body := head.get(path).body; strings.Contains(body, "/confirm") || !strings.Contains(body, "ผู้ร่างยืนยันเองไม่ได้") {
		t.Error("who drafted is offered to confirm")
	}
	if got := head.fillsIn(h, path, path+"/confirm", line); got.StatusCode != http.StatusForbidden {
		t.Errorf("who drafted confirms: %d", got.StatusCode)
	}
	act(dpo, "confirm", line)
	if n := h.jobs("breach_tell"); n != 1 {
		t.Errorf("%d jobs tell people", n)
	}
	act(head, "otherwise", url.Values{"how": {"ประกาศหน้าสำนักงาน"}, "other_day": {"23 พ.ย. 2569"}, "other_time": {"10:00"}})
	if got := head.fillsIn(h, path, path+"/close", url.Values{"closing": {"เลิกส่งพิมพ์นอกสำนักงาน"}}); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "เลิกส่งพิมพ์") {
		t.Errorf("closing while people are told: %d", got.StatusCode)
	}
	h.everywhere(func(tx pgx.Tx) error { // what the job does
		r := breaches.NewRegister(nil, h.now)
		b := h.breach()
		if _, err := r.Tell(h.ctx(), tx, b, b.Notice, breaches.Person{Citizen: ticket.CitizenID, Ticket: int64(ticket.ID)}, breaches.ByNone); err != nil {
			return err
		}
		return r.AllTold(h.ctx(), tx, b.ID, b.Notice)
	})
	act(head, "close", url.Values{"closing": {"เลิกส่งพิมพ์นอกสำนักงาน"}})
	if body := head.get(path).body; strings.Contains(body, "<form method=\"post\" action=\""+path+"/judge") || !strings.Contains(body, "ปิดเมื่อ") {
		t.Error("a closed one can be judged")
	}
	for _, file := range []string{"/admin/breaches/register.csv?year=2569", "/admin/breaches/register.pdf", "/admin/breaches"} {
		if got := dpo.get(file); got.StatusCode != http.StatusOK || strings.HasSuffix(file, "2569") && !strings.Contains(got.body, "1/2569,") {
			t.Errorf("%s: %d", file, got.StatusCode)
		}
	}
	stranger := h.as(h.stranger)
	for _, address := range []string{path, path + "/form.pdf", path + "/form.json"} {
		if got := stranger.get(address); got.StatusCode != http.StatusNotFound {
			t.Errorf("another agency opens %s: %d", address, got.StatusCode)
		}
	}
	if body := stranger.get("/admin/breaches").body; strings.Contains(body, "ร้านพิมพ์") {
		t.Error("another agency reads the register")
	}
}

// jobs counts the jobs of a kind.
func (h *house) jobs(kind string) (n int) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		return tx.QueryRow(h.ctx(), `SELECT count(*) FROM river_job WHERE kind = $1`, kind).Scan(&n)
	})
	return n
}

// PDP-6: one that was detected four days ago says at once that it is late.
func TestLateBreach(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head := h.as(h.head)
	got := head.fillsIn(h, "/admin/breaches/report", "/admin/breaches/report", printout("19 พ.ย. 2569", "10:00"))
	page := head.get(strings.TrimPrefix(got.Header.Get("Location"), h.server.URL)).body
	for _, want := range []string{"เกินกำหนด 24 ชั่วโมง 0 นาที", "เหตุที่แจ้งเกิน 72 ชั่วโมง", "เตือนเมื่อครบ 72 ชั่วโมง"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestBreachLook keeps pictures of the register and of a breach, and fails for whatever axe finds (WCAG 2.2 AA).
func TestBreachLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	head := h.as(h.head)
	head.fillsIn(h, "/admin/breaches/report", "/admin/breaches/report", printout("20 พ.ย. 2569", "16:30"))
	one := h.breach()
	path := fmt.Sprintf("/admin/breaches/%d", one.ID)
	head.fillsIn(h, path, path+"/correct", whole(one))
	head.fillsIn(h, path, path+"/judge", url.Values{"risk": {"high"}, "reasons": {"มีเลขประจำตัวประชาชน"}})
	head.fillsIn(h, path, path+"/people", url.Values{"by": {"numbers"}, "numbers": {ticket.Number}})
	head.fillsIn(h, path, path+"/draft", url.Values{"say_what": {"เอกสารที่มีชื่อและเลขประจำตัวของท่านวางอยู่ที่ร้านพิมพ์"}, "say_consequences": {"อาจถูกแอบอ้าง"}, "say_measures": {"เก็บคืนและทำลายแล้ว"}, "say_advice": {"ระวังผู้โทรมาอ้างเป็นเจ้าหน้าที่"}, "say_contact": {"DPO โทร. 02 000 0000"}})
	head.fillsIn(h, "/admin/breaches/report", "/admin/breaches/report", printout("19 พ.ย. 2569", "10:00"))
	b.size(1280, 900)
	h.pass(time.Minute)
	b.enter(h, h.head)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1280, 390} {
			for name, address := range map[string]string{"breach": path, "breaches": "/admin/breaches", "breach-report": "/admin/breaches/report", "breach-inbox": "/admin/?view=all", "breach-registers": "/admin/registers"} {
				where := fmt.Sprintf("%s-%s-%d", name, scheme, width)
				b.size(width, 1400)
				b.visit(h.server.URL+address, "h1")
				b.noOverflow(where)
				b.accessible(where)
				b.shot(where)
				if name == "breach" && scheme == "light" {
					b.size(width, 5600)
					value[bool](b, openAll)
					b.noOverflow(where + " open")
					b.accessible(where + " open")
					b.shot(where + "-open")
				}
			}
		}
	}
}
