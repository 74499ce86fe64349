package portal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/permits"
	"saphan/portal"
	"saphan/tickets"
)

// EGA-13.3, EGA-13.7: anyone sees at once whether a permit is valid, in words, and what stands on it.
func TestPermitStatus(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	p := s.permit(t)
	path := "/p/" + p.Number
	check := func(words ...string) {
		t.Helper()
		res, page := s.get(t, path)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("status %d", res.StatusCode)
		}
		holds(t, page, words...)
	}
	check("<h1>ใช้ได้</h1>", "Valid", `class="state active"`, p.Number, p.Title, "23 พฤศจิกายน 2569", "23 พฤศจิกายน 2570", s.agency.Name, "กอ.2",
		"โรงน้ำแข็งตัวอย่าง ปั๊มน้ำใส", "นางสาวสมหญิง ตxxxxx", "1-2345-xxxxx-xx-1", "23 พ.ย. 2569 เวลา 10:00\u00a0น.")
	change := func(fn func(ctx context.Context, tx pgx.Tx) error) { t.Helper(); s.everywhere(t, fn) }
	change(func(ctx context.Context, tx pgx.Tx) error {
		return s.office.Suspend(ctx, tx, "officer 1", p.ID, "ตรวจพบน้ำเสีย", s.now().AddDate(0, 0, 14))
	})
	check("<h1>พักใช้ <small>ถึง 7 ธันวาคม 2569</small></h1>", "Suspended", `class="state suspended"`)
	s.set(2027, time.November, 24, 0, 0)
	check("<h1>หมดอายุ</h1>", "Expired", `class="state expired"`)
	s.set(2026, time.November, 24, 10, 0)
	change(func(ctx context.Context, tx pgx.Tx) error {
		return s.office.Revoke(ctx, tx, "officer 1", p.ID, "เหตุผลที่มีชื่อบุคคล")
	})
	check("<h1>เพิกถอน</h1>", "Revoked", `class="state revoked"`)
	res, page := s.get(t, path)
	hides(t, page, "เหตุผลที่มีชื่อบุคคล")
	if got := res.Header.Get("Cache-Control"); got != "public, max-age=30" { // shown within a minute
		t.Errorf("Cache-Control is %q", got)
	}
}

// PDPA: what is not for everyone stays on the paper; the holder's own link shows it.
func TestPermitHidesPersonalData(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	p := s.permit(t)
	secrets := []string{"ตัวอย่างสกุล", "1-2345-45678-78-1", "ทุ่งแค้ว", "12/3"}
	_, page := s.get(t, "/p/"+p.Number)
	hides(t, page, append(secrets, "ดาวน์โหลด", "document?k=")...)
	holds(t, page, "ข้อมูลส่วนบุคคลบางส่วนไม่แสดง")
	_, asJSON := s.get(t, "/p/"+p.Number, "Accept: application/json")
	hides(t, asJSON, secrets...)

	token := s.office.Token(p.Number, s.now().Add(time.Hour))
	res, page := s.get(t, "/p/"+p.Number+"?k="+token)
	holds(t, page, append(secrets, "กำลังจัดทำเอกสาร PDF", `class="qr"`)...)
	if got := res.Header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("the holder's page may be kept: %q", got)
	}
	s.set(2026, time.November, 23, 11, 30)
	res, page = s.get(t, "/p/"+p.Number+"?k="+token)
	hides(t, page, secrets...)
	holds(t, page, "หมดอายุแล้ว", "<h1>ใช้ได้</h1>")
	if got := res.Header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("a page with a token in its address may be kept: %q", got)
	}
}

// EGA-13.3: programs get the same by Accept.
func TestPermitAsJSON(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	p := s.permit(t)
	for accept, want := range map[string]string{
		"application/json": "application/json; charset=utf-8", "application/json, text/html;q=0.5": "application/json; charset=utf-8",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html; charset=utf-8", "*/*": "text/html; charset=utf-8", "": "text/html; charset=utf-8",
	} {
		res, _ := s.get(t, "/p/"+p.Number, "Accept: "+accept)
		if got := res.Header.Get("Content-Type"); got != want || res.Header.Get("Vary") != "Accept" {
			t.Errorf("Accept %q: %q, Vary %q", accept, got, res.Header.Get("Vary"))
		}
	}
	_, body := s.get(t, "/p/"+p.Number, "Accept: application/json")
	var got struct {
		Number     string         `json:"licence_no"`
		Status     permits.Status `json:"status"`
		StatusTH   string         `json:"status_th"`
		IssuedOn   string         `json:"issued_on"`
		ValidUntil string         `json:"valid_until"`
		VerifyURL  string         `json:"verify_url"`
		Holder     struct{ Name string }
		Items      []struct{ Label, Value string }
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if got.Number != p.Number || got.Status != permits.Active || got.StatusTH != "ใช้ได้" || got.IssuedOn != "2026-11-23" || got.ValidUntil != "2027-11-23" ||
		got.VerifyURL != "https://saphan.example.go.th/p/"+p.Number || got.Holder.Name != "นางสาวสมหญิง ตxxxxx" || len(got.Items) != 5 {
		t.Errorf("answer is %s", body)
	}
	res, body := s.get(t, "/p/SN-HB-2569-999999", "Accept: application/json")
	if res.StatusCode != http.StatusNotFound || !strings.Contains(body, `"kind":"not_found"`) {
		t.Errorf("unknown number: %d %s", res.StatusCode, body)
	}
}

// A number that is not there is said so kindly, with the form to try again.
func TestUnknownNumbers(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, number := range []string{"SN-HB-2569-999999", "x", "%E0%B9%80", "SN-HB-2569-000001%27%20OR%201=1", strings.Repeat("9", 300)} {
		res, page := s.get(t, "/p/"+number)
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", number, res.StatusCode)
		}
		holds(t, page, "ไม่พบใบอนุญาตเลขที่นี้", `action="/verify"`)
	}
	if s.log.Len() > 0 {
		t.Errorf("a wrong number is no trouble of ours: %s", s.log)
	}
}

func TestVerifyForm(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	_, page := s.get(t, "/verify")
	holds(t, page, "<label for=\"number\">", `action="/verify"`, `name="number"`)
	for typed, want := range map[string]string{"SN-HB-2569-000001": "/p/SN-HB-2569-000001", "sn-hb-%E0%B9%92%E0%B9%95%E0%B9%96%E0%B9%99-000001": "/p/SN-HB-2569-000001"} {
		res, _ := s.get(t, "/verify?number="+typed)
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q", typed, res.StatusCode, res.Header.Get("Location"))
		}
	}
	res, page := s.get(t, "/verify?number=%3Cscript%3Ealert(1)%3C/script%3E")
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("status %d", res.StatusCode)
	}
	holds(t, page, `role="alert"`, "&lt;script&gt;")
	hides(t, page, "<script")
}

// Every answer carries what protects its reader; addresses with tokens are told to no other site and kept nowhere.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	p := s.permit(t)
	for _, path := range []string{"/verify", "/p/" + p.Number, "/p/nothing", "/p/" + p.Number + "/document", "/track/AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		res, page := s.get(t, path)
		referrer := "no-referrer"
		if strings.HasPrefix(path, "/track/") { // it has forms: browsers say to ourselves where they come from
			referrer = "same-origin"
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": referrer, "Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000", "X-Robots-Tag": "noindex",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		csp := res.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: policy %q", path, csp)
		}
		hides(t, page, "<script", "style=\"", "http://", " onclick")
	}
	res, err := http.Post(s.server.URL+"/verify", "text/plain", nil) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d, %v", res.StatusCode, err)
	}
}

func TestStyleSheetIsKept(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	_, page := s.get(t, "/verify")
	_, rest, _ := strings.Cut(page, `href="/portal/`)
	name, _, _ := strings.Cut(rest, `"`)
	res, _ := s.get(t, "/portal/"+name)
	if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || res.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("style sheet: %d %v", res.StatusCode, res.Header)
	}
	if res, _ := s.get(t, "/portal/old.css"); res.StatusCode != http.StatusNotFound {
		t.Errorf("another sheet: %d", res.StatusCode)
	}
}

// The holder fetches the very document that was stored; nobody else does.
func TestDocument(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	p := s.permit(t)
	path := "/p/" + p.Number + "/document"
	token := s.office.Token(p.Number, s.now().Add(time.Hour))
	if res, page := s.get(t, path+"?k="+token); res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(page, "กำลังจัดทำเอกสาร") {
		t.Errorf("before it is drawn: %d", res.StatusCode)
	}
	drawn, err := s.office.Document(p, s.agency)
	if err != nil {
		t.Fatal(err)
	}
	object, err := s.files.Put(t.Context(), bytes.NewReader(drawn), files.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		id, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: p.Number + ".pdf", Source: "permit " + p.Number})
		if err != nil {
			return err
		}
		return s.office.MarkReady(ctx, tx, p.ID, id)
	})
	res, body := s.get(t, path+"?k="+token)
	if res.StatusCode != http.StatusOK || body != string(drawn) {
		t.Fatalf("status %d, %d bytes of %d", res.StatusCode, len(body), len(drawn))
	}
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Disposition": `attachment; filename="` + p.Number + `.pdf"`, "Cache-Control": "private, no-store",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	_, page := s.get(t, "/p/"+p.Number+"?k="+token)
	holds(t, page, `href="/p/`+p.Number+`/document?k=`, "ดาวน์โหลดใบอนุญาต (PDF)")
	s.check(t, p.Number, drawn, http.StatusOK, "ตรงกับฉบับที่ออกให้ทุกประการ", "<h1>ใช้ได้</h1>")
	altered := append([]byte{}, drawn...)
	altered[len(altered)/2] ^= 1
	s.check(t, p.Number, altered, http.StatusOK, "ไม่ตรงกับฉบับที่ออกให้")
	s.check(t, p.Number, nil, http.StatusUnprocessableEntity, "ยังไม่ได้เลือกไฟล์")
	s.check(t, p.Number, make([]byte, 21<<20), http.StatusRequestEntityTooLarge, "ไฟล์ใหญ่กว่า 20 MB")
	other := s.permit(t)
	s.check(t, other.Number, drawn, http.StatusServiceUnavailable, "กำลังจัดทำเอกสาร")
	for name, k := range map[string]string{"none": "", "garbage": "a.b", "another permit's": s.office.Token(other.Number, s.now().Add(time.Hour)), "old": s.office.Token(p.Number, s.now().Add(-time.Second))} {
		res, page := s.get(t, path+"?k="+k)
		if res.StatusCode != http.StatusForbidden || strings.HasPrefix(page, "%PDF") {
			t.Errorf("with a token of kind %s: %d", name, res.StatusCode)
		}
		holds(t, page, "ลิงก์นี้หมดอายุหรือไม่ถูกต้อง")
	}
	if s.log.Len() > 0 {
		t.Errorf("log: %s", s.log)
	}
}

// check sends a file to be compared (EGA-13.7); nil sends none.
func (s *stand) check(t *testing.T, number string, file []byte, status int, words ...string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("other", "x"); err != nil {
		t.Fatal(err)
	}
	if file != nil {
		w, err := form.CreateFormFile("file", "ใบอนุญาต.pdf")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+"/p/"+number+"/check", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it is only read
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != status {
		t.Errorf("check of %d bytes: status %d, want %d", len(file), res.StatusCode, status)
	}
	holds(t, string(page), words...)
	hides(t, string(page), "ตัวอย่างสกุล")
}

// Whoever reported a danger reads on the page of the case, in their language, what to do until somebody comes and whom to call, and on
// the receipt too; of a case that can wait, or that is dealt with, nothing of it.
func TestTrackAdvisesWhatToDoNow(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.set(2026, time.November, 20, 10, 0)
	reported := func(category, label string) tickets.Ticket {
		t.Helper()
		var made tickets.Ticket
		other := s.ticket(t)
		s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
			request, err := s.desk.Submit(ctx, tx, tickets.Submission{
				Draft: "reported " + category, CitizenID: other.CitizenID, AgencyID: s.agency.ID, Form: "public-problem", Version: 3, EnteredAt: s.now(), CitizenName: "สมหญิง",
				Answers: []forms.Answer{{Field: "category", Kind: forms.ChoiceField, Label: "เรื่อง", Text: label, Value: []byte(strconv.Quote(category))}},
			})
			if err != nil {
				return err
			}
			routed, err := s.desk.Route(ctx, tx, request)
			made = routed.Ticket
			return err
		})
		return made
	}
	danger, dark := reported("danger", "อันตราย สายไฟขาด"), reported("light", "ไฟถนนดับ")
	_, page := s.get(t, "/track/"+danger.TrackToken+"?sent=1")
	holds(t, page, "ระหว่างรอเจ้าหน้าที่", "อยู่ให้ห่าง", "1129", "1130", "1669", "191")
	_, page = s.get(t, "/track/"+danger.TrackToken+"?lang=en")
	holds(t, page, "Until an officer comes", "Please keep away", "1669")
	_, page = s.get(t, "/track/"+dark.TrackToken+"?sent=1")
	hides(t, page, "ระหว่างรอเจ้าหน้าที่", "1129")
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE tickets SET status = 'withdrawn', closed_at = now() WHERE id = $1`, danger.ID)
		return err
	})
	_, page = s.get(t, "/track/"+danger.TrackToken)
	hides(t, page, "ระหว่างรอเจ้าหน้าที่", "1129")

	asked := s.ticket(t) // by a service that advises nothing: an officer says that it cannot wait
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE tickets SET urgent = true WHERE id = $1`, asked.ID)
		return err
	})
	_, page = s.get(t, "/track/"+asked.TrackToken)
	holds(t, page, "ระหว่างรอเจ้าหน้าที่", "อยู่ให้ห่างจากจุดอันตราย", "1669", "โทรหาหน่วยงาน 02 000 0000")
}

// Whoever fills in a form about a danger reads what to do now before they send it.
func TestDangerIsToldBeforeSending(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	_, v := s.signedIn(t, citizens.Checked)
	v.begin("public-problem").put("category", "danger", "location", "เสาไฟหน้าศาลาหมู่ 4").press("next").shows("เรื่องนี้รอไม่ได้", "อย่าแตะสายไฟ", "1129", "ส่งคำขอ")
	edit, _ := strings.CutSuffix(v.at, "/review")
	v.open(edit+"?part=1").put("category", "light").press("next").shows("ส่งคำขอ")
	hides(t, v.page, "เรื่องนี้รอไม่ได้", "1129")
}

// Whoever holds the link of a case sees how it stands, and nothing that is internal.
func TestTrack(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.set(2026, time.November, 20, 16, 45) // EGA-10.1: after hours on a Friday
	c := s.ticket(t)
	path := "/track/" + c.TrackToken
	res, page := s.get(t, path)
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "private, no-store" {
		t.Fatalf("status %d, %q", res.StatusCode, res.Header.Get("Cache-Control"))
	}
	holds(t, page, c.Number, "รอรับเรื่อง", s.agency.Name, "20 พ.ย. 2569 เวลา 16:45\u00a0น.", "ถือว่าได้รับเมื่อ", "23 พ.ย. 2569 เวลา 08:30\u00a0น.", "กำหนดเสร็จ", "รับเรื่องเข้าระบบแล้ว")
	hides(t, page, "สมหญิง", "ถนนน้ำท่วม")

	s.set(2026, time.November, 23, 9, 0)
	officer := tickets.ByOfficer(s.officer)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.desk.Take(ctx, tx, officer, c.ID); err != nil {
			return err
		}
		if err := s.desk.Note(ctx, tx, officer, c.ID, "บันทึกภายใน"); err != nil {
			return err
		}
		return s.desk.Ask(ctx, tx, officer, c.ID, tickets.Asking{Added: added("แผนที่สังเขป", "หนังสือยินยอม"), DueOn: s.now().AddDate(0, 0, 7)})
	})
	_, page = s.get(t, path)
	holds(t, page, "เจ้าหน้าที่รอเอกสารจากท่าน", "แผนที่สังเขป", "หนังสือยินยอม", "30 พฤศจิกายน 2569", "เจ้าหน้าที่รับเรื่องไปดำเนินการ")
	hides(t, page, "บันทึกภายใน", "เจ้าหน้าที่ตัวอย่าง")

	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return s.desk.Decide(ctx, tx, officer, tickets.Decision{
			TicketID: c.ID, Outcome: tickets.Refuse, Facts: "ตรวจเมื่อวันที่ 20", Reason: "ที่ตั้งอยู่ในเขตห้าม", LegalBasis: "ข้อบัญญัติ ข้อ 5", AppealBody: "รัฐมนตรี", AppealDays: 30,
		})
	})
	_, page = s.get(t, path)
	holds(t, page, "ไม่อนุมัติ", "ที่ตั้งอยู่ในเขตห้าม", "ข้อบัญญัติ ข้อ 5", "อุทธรณ์ต่อรัฐมนตรีได้ภายใน 30 วัน", "มีผลการพิจารณา")
	hides(t, page, "กำหนดเสร็จ", "รอเอกสารจากท่าน")

	for _, token := range []string{"AAAAAAAAAAAAAAAAAAAAAAAAAA", "x", strings.ToLower(c.TrackToken), "%27"} {
		res, page := s.get(t, "/track/"+token)
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", token, res.StatusCode)
		}
		holds(t, page, "ไม่พบเรื่องจากลิงก์นี้")
	}
}

// An approved case leads to its permit.
func TestTrackShowsThePermit(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	p := s.permit(t)
	var token string
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		found, err := tickets.Find(ctx, tx, tickets.TicketID(p.TicketID))
		if err != nil {
			return err
		}
		token = found.TrackToken
		return s.desk.Decide(ctx, tx, tickets.ByOfficer(s.officer), tickets.Decision{TicketID: found.ID, Outcome: tickets.Approve, Reason: "ครบถ้วน"})
	})
	_, page := s.get(t, "/track/"+token)
	holds(t, page, `href="/p/`+p.Number+`"`, "ดูใบอนุญาต")
}

// A database that is away is said to be so, logged once, without the token that was in the address.
func TestTroubleIsLoggedWithoutTokens(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	p := s.permit(t)
	s.db.Close()
	res, page := s.get(t, "/p/"+p.Number+"?k=verysecrettoken")
	if res.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", res.StatusCode)
	}
	holds(t, page, "ระบบขัดข้องชั่วคราว")
	if log := s.log.String(); strings.Count(log, "\n") != 1 || strings.Contains(log, "verysecrettoken") || strings.Contains(log, p.Number) || !strings.Contains(log, "/p/{number}") {
		t.Errorf("log: %s", log)
	}
}

func TestNewRefusesAnIncompletePortal(t *testing.T) {
	t.Parallel()
	if _, err := portal.New(portal.Deps{}); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("without parts: %v", err)
	}
}
