package admin_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/admin"
	"saphan/agencies"
	"saphan/forms"
	"saphan/tickets"
)

// shelf is the screens over services that agencies decide about and the centre renews.
type shelf struct {
	heads
	folder  fstest.MapFS
	library *forms.Library
}

// atServices builds the screens over a library with the services of the product in a folder of the test.
func atServices(t *testing.T) shelf {
	t.Helper()
	s := shelf{folder: fstest.MapFS{}}
	files, err := forms.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"food-premises.yaml", "question.yaml"} {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		s.folder[name] = &fstest.MapFile{Data: raw}
	}
	var desk *tickets.Desk
	h := newHouse(t, func(d *admin.Deps) {
		within := func(ctx context.Context, do func(pgx.Tx) error) error { return agencies.Everywhere(ctx, d.DB, do) }
		if s.library, err = forms.NewLibrary(within, slog.New(slog.DiscardHandler), d.Now, s.folder); err != nil {
			t.Fatal(err)
		}
		if err := s.library.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.Forms, d.Refresh = s.library.Catalog(), s.library.Refresh
		d.Desk = tickets.NewDesk(d.Jobs, d.Forms, "https://saphan.example", d.Now)
		desk = d.Desk
	})
	h.forms, h.desk = s.library.Catalog(), desk
	s.heads = heads{house: h, b: h.as(h.head)}
	return s
}

var seenPattern = regexp.MustCompile(`name="seen" value="(-?\d+)"`)

// seen is the decision that a page was drawn from.
func (p page) seen(t testing.TB) string {
	t.Helper()
	found := seenPattern.FindStringSubmatch(p.body)
	if found == nil {
		t.Fatalf("no form on the page (%d): %s", p.StatusCode, p.body)
	}
	return found[1]
}

const food = "/admin/services/food-premises"

// typed is the form of a service as a head fills it in.
func typed(seen string, fields ...string) url.Values {
	v := url.Values{"seen": {seen}, "offered": {"on"}}
	for i := 0; i < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return v
}

func (s shelf) own() *forms.Form {
	s.t.Helper()
	f, ok := s.library.Catalog().Agency(int64(s.agency.ID)).Find("food-premises")
	if !ok {
		s.t.Fatal("not offered")
	}
	return f
}

// SVC-0, SEED-25: a head decides what the agency does otherwise; it counts at once, and who decided what stands in
// the history.
func TestDecideService(t *testing.T) {
	t.Parallel()
	s := atServices(t)
	first := s.b.get(food)
	for _, words := range []string{"ใช้ตามแบบกลางทุกข้อ", "ไม่เกิน 30 วัน", "การอุทธรณ์", "เอกสารการอนุญาต 10 ปี", "100 บาท", `href="/services/TB/food-premises"`} {
		if !strings.Contains(first.body, words) {
			t.Errorf("the service lacks %q", words)
		}
	}
	form := typed(first.seen(t), "form_code", " สอ.7 ", "signer", "ปลัดเทศบาลตัวอย่าง", "queue", "works", "days:decide", "๒๐", "confirmed", "appeal",
		"conditions", "ต้องปิดก่อน 22.00 น.\r\n\r\nต้องคัดแยกขยะ", "legal", "ข้อบัญญัติตัวอย่าง พ.ศ. 2569",
		"waiver.0.text", "ลดช่วงน้ำท่วม", "waiver.0.law", "ประกาศตัวอย่าง", "waiver.0.from", "1 ต.ค. 2569", "waiver.0.until", "31/12/2569", "waiver.0.percent", "50", "waiver.0.lines", "yearly")
	form.Set("do", "preview")
	ahead := s.b.post(food, form)
	if ahead.StatusCode != http.StatusOK || !strings.Contains(ahead.body, "สอ.7") || !strings.Contains(ahead.body, "30 วัน") || !strings.Contains(ahead.body, "50 บาท") {
		t.Errorf("looking ahead: %d %s", ahead.StatusCode, ahead.body)
	}
	if got := s.own(); got.FormCode != "สอ.1" || s.changes() != "" {
		t.Error("looking ahead decided")
	}
	form.Set("do", "save")
	page := s.does(food, form, "บันทึกแล้ว")
	for _, words := range []string{s.head.Name, "<del>30 วัน</del>", "<ins>20 วัน</ins>", "<ins>งานโยธาและเรื่องร้องเรียน</ins>", "ต้องคัดแยกขยะ", "ลดช่วงน้ำท่วม", "ปลัดเทศบาลตัวอย่าง", `value="1 ต.ค. 2569"`} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	own := s.own()
	outcome := own.Outcomes[len(own.Outcomes)-1]
	if own.FormCode != "สอ.7" || own.Signer != "ปลัดเทศบาลตัวอย่าง" || own.Clocks[3].Days != 20 || len(outcome.Conditions) != 5 || len(own.Fee.Waivers) != 2 {
		t.Errorf("%+v", own)
	}
	if strings.Contains(strings.Join(own.Unconfirmed, " "), "appeal") {
		t.Error("what was checked still waits")
	}
	if got := s.changes(); got != "service decided" {
		t.Errorf("history: %s", got)
	}
	form.Set("seen", page.seen(t))
	s.does(food, form, "บันทึกแล้ว")
	if got := s.changes(); got != "service decided" {
		t.Errorf("saying it again: %s", got)
	}
	if got := s.b.get("/admin/changes"); !strings.Contains(got.body, "ปรับบริการ “แจ้งหรือขออนุญาตร้านอาหาร") {
		t.Error("the history of the settings does not tell")
	}
	list := s.b.get("/admin/services")
	if !strings.Contains(list.body, "แบบฟอร์ม: สอ.7") || !strings.Contains(list.body, "7 ถึง 20 วัน") || !strings.Contains(list.body, "ปรับโดยหน่วยงาน") {
		t.Errorf("the list: %s", list.body)
	}
	off := typed(page.seen(t))
	off.Del("offered")
	s.does(food, off, "ปิด")
	if _, ok := s.library.Catalog().Agency(int64(s.agency.ID)).Find("food-premises"); ok {
		t.Error("offered although it was closed")
	}
	if _, ok := s.library.Catalog().Agency(int64(s.other.ID)).Find("food-premises"); !ok {
		t.Error("another agency's service was closed")
	}
}

// What cannot be decided is told with what to do, and nothing that was typed is lost.
func TestMistakesInAService(t *testing.T) {
	t.Parallel()
	s := atServices(t)
	seen := s.b.get(food).seen(t)
	got := s.b.post(food, typed(seen, "days:decide", "31", "signer", "<b>ปลัด", "waiver.0.text", "ลด", "waiver.0.from", "ไม่รู้", "waiver.0.percent", "200"))
	for _, words := range []string{"1 ถึง 30 วัน", `value="31"`, "&lt;b&gt;ปลัด", `value="ไม่รู้"`, "วันเริ่ม", "ร้อยละต้องเป็น", `role="alert"`} {
		if !strings.Contains(got.body, words) {
			t.Errorf("lacks %q", words)
		}
	}
	if got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("status %d", got.StatusCode)
	}
	s.refused(food, typed(seen, "waiver.0.text", "ลด"), got.StatusCode, "ต้องบอกทั้งชื่อและกฎหมาย")
	s.refused("/admin/services/nowhere", typed(seen), http.StatusNotFound, "ไม่พบบริการนี้")
	if s.changes() != "" {
		t.Error("a mistake was stored")
	}
	reader := s.as(s.officer).get(food)
	if reader.StatusCode != http.StatusOK || !strings.Contains(reader.body, "อ่านได้อย่างเดียว") || !strings.Contains(reader.body, "<fieldset class=\"bare\" disabled>") || strings.Contains(reader.body, `value="save"`) {
		t.Error("an officer does not read only")
	}
}

// Of two heads at once the second sees what changed, with both put together; where both changed the same, what he
// typed is kept for him to decide.
func TestTwoHeadsAtOnce(t *testing.T) {
	t.Parallel()
	s := atServices(t)
	seen := s.b.get(food).seen(t)
	other := s.employ(s.agency, "second@tb.example", "นายหัวหน้าสอง ตัวอย่าง", agencies.RoleHead)
	s.does(food, typed(seen, "form_code", "ก.1", "signer", "ปลัดคนแรก"), "บันทึกแล้ว")
	b := s.as(other)
	late := b.post(food, typed(seen, "form_code", "ก.2", "legal", "ข้อบัญญัติคนที่สอง"))
	if late.StatusCode != http.StatusConflict {
		t.Fatalf("the second: %d", late.StatusCode)
	}
	for _, words := range []string{s.head.Name + " บันทึกบริการนี้เมื่อ", "<ins>ก.1</ins>", `value="ก.2"`, "ข้อบัญญัติคนที่สอง", `value="ปลัดคนแรก"`, "บางช่องแก้ทั้งสองคน"} {
		if !strings.Contains(late.body, words) {
			t.Errorf("the second is not shown %q", words)
		}
	}
	if got := s.own(); got.FormCode != "ก.1" {
		t.Errorf("decided blindly: %s", got.FormCode)
	}
	if got := b.post(food, typed(late.seen(t), "form_code", "ก.2", "signer", "ปลัดคนแรก", "legal", "ข้อบัญญัติคนที่สอง")); got.StatusCode != http.StatusSeeOther {
		t.Errorf("deciding after all: %d", got.StatusCode)
	}
	if got := s.own(); got.FormCode != "ก.2" || got.Signer != "ปลัดคนแรก" || len(got.Legal) != 4 {
		t.Errorf("%+v", got)
	}
	rates := food + "/rates/yearly"
	old := b.get(rates).seen(t)
	v := url.Values{"seen": {old}, "was": {"2016-01-01"}, "from": {"1 ม.ค. 2559"}, "law": {"ข้อบัญญัติ ก"}, "row:certificate": {"110"}, "row:licence": {"200"}}
	s.does(rates, v, "บันทึกอัตราแล้ว")
	v.Set("row:certificate", "100")
	v.Set("row:licence", "300")
	v.Set("law", "ข้อบัญญัติ ข")
	if late := b.post(rates, v); late.StatusCode != http.StatusConflict || !strings.Contains(late.body, `value="110"`) || !strings.Contains(late.body, `value="300"`) || !strings.Contains(late.body, "ข้อบัญญัติ ข") {
		t.Errorf("rates of the second: %d %s", late.StatusCode, late.body)
	}
}

// Rates change by date: those before end the day before, a case keeps those that counted when it came, and its bill on
// the two sides of the day is as the agency decided (SVC-0, LFA-7.1).
func TestRatesByDate(t *testing.T) {
	t.Parallel()
	s := atServices(t)
	before := s.files()
	rates := food + "/rates/yearly"
	fresh := s.b.get(rates + "?version=new")
	if !strings.Contains(fresh.body, `name="row:licence" value="200"`) {
		t.Fatalf("a new version does not begin with today's rates: %s", fresh.body)
	}
	s.does(rates, url.Values{
		"seen": {fresh.seen(t)}, "was": {"new"}, "from": {"๑ มกราคม ๒๕๗๐"}, "law": {"ข้อบัญญัติตัวอย่าง พ.ศ. 2569"}, "row:certificate": {"150.50"}, "row:licence": {"1,200 บาท"},
	}, "บันทึกอัตราแล้ว")
	page := s.b.get(rates)
	for _, words := range []string{"1 ม.ค. 2559 ถึง 31 ธ.ค. 2569", "ตั้งแต่ 1 ม.ค. 2570 เป็นต้นไป", "ยังไม่เริ่มใช้", "อัตราของหน่วยงาน"} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the versions lack %q", words)
		}
	}
	after := s.files()
	last, first := time.Date(2026, time.December, 31, 23, 59, 0, 0, start.Location()), time.Date(2027, time.January, 1, 0, 0, 0, 0, start.Location())
	for _, tt := range []struct {
		name    string
		ticket  tickets.Ticket
		decided time.Time
		satang  int64
	}{
		{"after, on the last day of the old", after, last, 10000}, {"after, on the first day of the new", after, first, 15050},
		{"before, on the first day of the new", before, first, 10000},
	} {
		s.within(func(tx pgx.Tx) error {
			form, err := s.desk.Form(s.ctx(), tx, tt.ticket)
			if err != nil {
				return err
			}
			request, err := tickets.FindRequest(s.ctx(), tx, tt.ticket.RequestID)
			if err != nil {
				return err
			}
			bill, err := form.Bill(request.Answers, forms.Dates{Filed: tt.ticket.EnteredAt, Decided: tt.decided})
			if bill.Satang != tt.satang {
				t.Errorf("%s: %d satang, want %d", tt.name, bill.Satang, tt.satang)
			}
			return err
		})
	}
	if before.FormOverride != 0 || after.FormOverride == 0 {
		t.Errorf("decisions of the cases: %d, %d", before.FormOverride, after.FormOverride)
	}
	// Moving the day leaves no day without a rate; taking the version out lets the one before hold on.
	s.does(rates, url.Values{
		"seen": {page.seen(t)}, "was": {"2027-01-01"}, "from": {"1/2/2570"}, "law": {"ข้อบัญญัติตัวอย่าง พ.ศ. 2569"}, "row:certificate": {"150"}, "row:licence": {"1200"},
	}, "1 ม.ค. 2559 ถึง 31 ม.ค. 2570")
	// Of several that follow it is the next before which one ends whose last day was left out.
	s.does(rates, url.Values{
		"seen": {s.b.get(rates).seen(t)}, "was": {"new"}, "from": {"1/1/2571"}, "law": {"ข้อบัญญัติตัวอย่าง พ.ศ. 2570"}, "row:certificate": {"160"}, "row:licence": {"1300"},
	}, "1 ก.พ. 2570 ถึง 31 ธ.ค. 2570")
	s.does(rates, url.Values{
		"seen": {s.b.get(rates).seen(t)}, "was": {"2016-01-01"}, "from": {"1/1/2559"}, "until": {""}, "law": {"กฎกระทรวงตัวอย่าง"}, "row:certificate": {"90"}, "row:licence": {"190"},
	}, "1 ม.ค. 2559 ถึง 31 ม.ค. 2570")
	s.does(rates+"/remove", url.Values{"seen": {s.b.get(rates).seen(t)}, "was": {"2028-01-01"}}, "ตั้งแต่ 1 ก.พ. 2570 เป็นต้นไป")
	s.does(rates+"/remove", url.Values{"seen": {s.b.get(rates).seen(t)}, "was": {"2027-02-01"}}, "ตั้งแต่ 1 ม.ค. 2559 เป็นต้นไป")
	s.refused(rates+"/remove", url.Values{"seen": {s.b.get(rates).seen(t)}, "was": {"2016-01-01"}}, http.StatusConflict, "เหลือช่วงเดียว")
	s.does(rates+"/remove", url.Values{"seen": {s.b.get(rates).seen(t)}, "was": {"all"}}, "อัตราตามแบบกลาง")
	if got := s.own().Fee.Tables; len(got) != 1 || !got[0].Until.IsZero() {
		t.Errorf("%+v", got)
	}
	bad := s.b.post(rates, url.Values{"seen": {s.b.get(rates).seen(t)}, "was": {"new"}, "from": {"32/1/2570"}, "row:certificate": {"-1"}, "row:licence": {""}})
	for _, words := range []string{"วันเริ่มใช้", "จำนวนเงินไม่ถูกต้อง", "ยังไม่มีจำนวนเงิน", `value="32/1/2570"`, `value="-1"`} {
		if !strings.Contains(bad.body, words) {
			t.Errorf("mistakes in rates: no %q", words)
		}
	}
}

// files is a request for a small new food shop.
func (s shelf) files() tickets.Ticket {
	s.t.Helper()
	form, _ := s.library.Catalog().Find("food-premises")
	answers, err := form.ExampleAnswers(s.now())
	s.must(err)
	for i := range answers { // of no file that is not there
		answers[i].Attachments = nil
	}
	n := drafts.Add(1)
	who, conversation := s.citizen(int(n))
	var made tickets.Ticket
	s.everywhere(func(tx pgx.Tx) error {
		id, err := s.desk.Submit(s.ctx(), tx, tickets.Submission{
			Draft: fmt.Sprintf("draft %d", n), CitizenID: int64(who.CitizenID), CitizenName: "นายร้านอาหาร ตัวอย่าง", ConversationID: conversation,
			AgencyID: s.agency.ID, Form: form.Key, Version: form.Version, Answers: answers, EnteredAt: s.now(),
		})
		if err != nil {
			return err
		}
		routed, err := s.desk.Route(s.ctx(), tx, id)
		made = routed.Ticket
		return err
	})
	return made
}

// A table goes out to a spreadsheet and comes back; what is wrong there is told by line, and what is right is shown
// before it is stored, and is stored once.
func TestRatesFromASpreadsheet(t *testing.T) {
	t.Parallel()
	s := atServices(t)
	rates := food + "/rates/yearly"
	out := s.b.get(rates + "/rates.csv")
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.body, "\ufeff"))).ReadAll()
	if err != nil || len(lines) != 3 || strings.Join(lines[0], ",") != "key,label,baht" || !strings.Contains(out.Header.Get("Content-Disposition"), "rates-yearly-2016-01-01.csv") {
		t.Fatalf("%v: %s", err, out.body)
	}
	same := s.b.sends(rates+"/import", out.body)
	if !strings.Contains(same.body, "ทุกรายการตรงกับที่ใช้อยู่") {
		t.Errorf("the same again: %d", same.StatusCode)
	}
	wrong := s.b.sends(rates+"/import", "key,label,baht\ncertificate,x,abc\nnowhere,y,1\n")
	if wrong.StatusCode < 400 || !strings.Contains(wrong.body, "บรรทัดที่ 2 ") || !strings.Contains(wrong.body, "บรรทัดที่ 3 ไม่มีรายการ") {
		t.Errorf("mistakes in a file: %d %s", wrong.StatusCode, wrong.body)
	}
	read := s.b.sends(rates+"/import", "key,label,baht\ncertificate,x,120\n")
	if !strings.Contains(read.body, "ต่างจากเดิม 1 รายการ") || !strings.Contains(read.body, `name="row:certificate" value="120"`) || s.changes() != "" {
		t.Errorf("reading a file: %d %s", read.StatusCode, read.body)
	}
	v := url.Values{"seen": {read.seen(t)}, "was": {"2016-01-01"}, "from": {"1 ม.ค. 2559"}, "law": {"ข้อบัญญัติตัวอย่าง"}, "row:certificate": {"120"}, "row:licence": {"200"}}
	s.does(rates, v, "บันทึกอัตราแล้ว")
	s.does(rates, v, "บันทึกอัตราแล้ว")
	if got := s.changes(); got != "service decided" {
		t.Errorf("history: %s", got)
	}
	if got := s.b.post(rates+"/import", url.Values{"was": {"open"}}); !strings.Contains(got.body, "ยังไม่ได้เลือกไฟล์") {
		t.Errorf("no file: %d", got.StatusCode)
	}
}

// sends picks a file in a form.
func (b *browser) sends(path, content string) page {
	b.h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	b.h.must(w.WriteField("was", "2016-01-01"))
	part, err := w.CreateFormFile("file", "rates.csv")
	b.h.must(err)
	_, err = part.Write([]byte(content))
	b.h.must(err)
	return b.postParts(path, w, &body)
}

// SEED-25: the centre changes a service; the agency keeps what it decided, is told what changed and what does not fit
// any more, and says that it has looked.
func TestTemplateRenewed(t *testing.T) {
	t.Parallel()
	s := atServices(t)
	page := s.does(food, typed(s.b.get(food).seen(t), "signer", "ปลัดเทศบาลตัวอย่าง", "days:decide", "28", "confirmed", "appeal", "confirmed", "fee.tables"), "บันทึกแล้ว")
	if strings.Contains(page.body, "แบบกลางเปลี่ยนเป็นรุ่น") {
		t.Error("nothing changed yet")
	}
	text := string(s.folder["food-premises.yaml"].Data)
	for _, edit := range [][2]string{{"version: 1\n", "version: 2\n"}, {"    days: 30\n", "    days: 25\n"}, {"baht: 200}", "baht: 250}"}} {
		if !strings.Contains(text, edit[0]) {
			t.Fatalf("%q is not there", edit[0])
		}
		text = strings.Replace(text, edit[0], edit[1], 1)
	}
	s.folder["food-premises.v2.yaml"] = &fstest.MapFile{Data: []byte(text)}
	s.must(s.library.Refresh(s.ctx()))
	if got := s.b.get("/admin/services"); !strings.Contains(got.body, "แบบกลางเปลี่ยนแล้ว") || !strings.Contains(got.body, "ต้องแก้ 1 ข้อ") {
		t.Error("the list does not tell")
	}
	page = s.b.get(food)
	for _, words := range []string{"แบบกลางเปลี่ยนเป็นรุ่น 2", "แบบกลางให้ไม่เกิน 25 วัน", `value="ปลัดเทศบาลตัวอย่าง"`} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the service lacks %q", words)
		}
	}
	if !strings.Contains(page.body, "<del>30 วัน</del>") {
		t.Error("a decision of the past is told against the template of today")
	}
	diff := s.b.get(food + "/template")
	for _, words := range []string{"<del>30</del>", "<ins>25</ins>", "<ins>250</ins>", "กำหนดเวลา “พิจารณาและแจ้งผล”", "พื้นที่เกิน 200 ตร.ม. ต่อปี", "ปลัดเทศบาลตัวอย่าง"} {
		if !strings.Contains(diff.body, words) {
			t.Errorf("the comparison lacks %q", words)
		}
	}
	if got := s.does(food, typed(page.seen(t), "signer", "รองปลัดตัวอย่าง", "confirmed", "fee.tables"), "บันทึกแล้ว"); !strings.Contains(got.body, "แบบกลางเปลี่ยนเป็นรุ่น 2") {
		t.Error("to decide something counts as having looked at what the centre changed")
	}
	diff = s.b.get(food + "/template")
	s.does(food+"/template", url.Values{"seen": {diff.seen(t)}}, "รับทราบแบบกลางรุ่นใหม่แล้ว")
	page = s.b.get(food)
	if got := strings.Join(s.own().Unconfirmed, " "); strings.Contains(got, "appeal") || !strings.Contains(got, "fee.tables") {
		t.Errorf("what the centre changed is not to be checked anew, or what it did not is: %s", got)
	}
	if strings.Contains(page.body, "แบบกลางเปลี่ยนเป็นรุ่น") || s.own().Signer != "รองปลัดตัวอย่าง" || s.own().Version != 2 {
		t.Error("looking took something away")
	}
	if got := s.changes(); got != "service decided, service decided, service template looked at" {
		t.Errorf("history: %s", got)
	}
}

// A queue that the agency names for a service counts for what comes then.
func TestOwnQueue(t *testing.T) {
	t.Parallel()
	s := atServices(t)
	usual := s.files()
	s.does(food, typed(s.b.get(food).seen(t), "queue", "general"), "บันทึกแล้ว")
	if got := s.files(); got.QueueID != s.queues["general"].ID || usual.QueueID == got.QueueID {
		t.Errorf("queues %d, then %d", usual.QueueID, got.QueueID)
	}
}
