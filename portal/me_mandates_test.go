package portal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/net/html"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/internal/tool"
	"saphan/tickets"
)

// mandate is a power of attorney that a citizen showed; accepted says that an officer took it.
func (s *stand) mandate(t *testing.T, citizen citizens.CitizenID, accepted bool) (id tickets.MandateID) {
	t.Helper()
	return s.mandateFrom(t, citizen, "สมชาย ตัวอย่าง", "3100600445635", accepted)
}

// mandateFrom is one of a principal, half a year long.
func (s *stand) mandateFrom(t *testing.T, citizen citizens.CitizenID, principal, number string, accepted bool, services ...forms.Key) (id tickets.MandateID) {
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
			Agency: s.agency.ID, Kind: tickets.MandateVolunteer, Attorney: "มาลี ตัวอย่าง", AttorneyID: "1234545678781", Title: "นาย", Principal: principal,
			Principal13: number, FromOn: s.now(), UntilOn: s.now().AddDate(0, 6, 0), Attachment: file, Services: services,
		})
		if err != nil || !accepted {
			return err
		}
		return s.desk.AcceptMandate(ctx, tx, tickets.ByOfficer(s.officer), id)
	})
	return id
}

// proved is the account of somebody whom ThaID knows by a number.
func (s *stand) proved(t *testing.T, number thai.NationalID) (citizen citizens.CitizenID) {
	t.Helper()
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		citizen, err = citizens.SignInWithThaID(ctx, tx, s.box, 0, citizens.Attributes{NationalID: number, FullName: "สมชาย ตัวอย่าง"}, s.now())
		return err
	})
	return citizen
}

// mandates are one of every state, the newest last, at most a year before now.
func (s *stand) mandates(t *testing.T, citizen citizens.CitizenID) {
	t.Helper()
	now := s.clock.Load()
	before := now.AddDate(-1, 0, 0)
	s.clock.Store(&before)
	s.mandate(t, citizen, true) // over by now
	s.clock.Store(now)
	ended, refused := s.mandate(t, citizen, true), s.mandate(t, citizen, false)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.desk.EndMandate(ctx, tx, tickets.ByOfficer(s.officer), ended, "ผู้มอบอำนาจแจ้งว่าไม่ได้มอบแล้ว"); err != nil {
			return err
		}
		return s.desk.RefuseMandate(ctx, tx, tickets.ByOfficer(s.officer), refused, "ลายเซ็นผู้มอบอำนาจไม่ตรงกับบัตรประจำตัวประชาชน")
	})
	s.mandate(t, citizen, true)
	s.mandateFrom(t, citizen, "สมศรี นามสกุลยาวมากเป็นพิเศษ ณ อยุธยาตัวอย่าง", "3101200234565", false)
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
	principal := s.signIn(t, s.proved(t, "3100600445635"), citizens.Proven)
	holds(t, principal.page("/me/mandates"), "มาลี ตัวอย่าง", "ผู้อื่นยื่นแทนฉัน")
	stranger := s.signIn(t, citizens.CitizenID(s.ticket(t).CitizenID), citizens.Account)
	hides(t, stranger.page("/me/mandates"), "สมชาย")
	if got, _ := stranger.do(http.MethodPost, fmt.Sprint("/me/mandates/", id, "/end"), url.Values{}); got.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger ends it: %d", got.StatusCode)
	}
	principal.posts(fmt.Sprint("/me/mandates/", id, "/end"), "/me/mandates?done=ended", url.Values{})
	holds(t, g.page("/me/mandates"), "สิ้นสุดแล้ว", "ผู้มอบอำนาจให้สิ้นสุดเมื่อ 23 พฤศจิกายน 2569")
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
	send := func() *visitor {
		revision := attr(v.input(t, "revision"), "value")
		return v.do(http.MethodPost, at+"/send", "application/x-www-form-urlencoded", strings.NewReader("revision="+revision))
	}
	// Another number is told before it is sent, refused when it is sent all the same, and put right by a button.
	v.open(at+"?part=2").put("national_id", "1-2345-45678-78-1").press("save")
	v.open(at+"/review").shows("คำตอบยังไม่ตรงกับหนังสือมอบอำนาจ", "เติมให้ตรงกับหนังสือมอบอำนาจ")
	if send(); v.status != http.StatusConflict {
		t.Errorf("sent with another's number: %d", v.status)
	}
	v.shows("คำตอบไม่ตรงกับหนังสือมอบอำนาจของ นายสมชาย ตัวอย่าง")
	choose(id).is(http.StatusOK, "/review").shows("3-1006-00445-63-5")
	hides(t, v.page, "คำตอบยังไม่ตรง")
	send().is(http.StatusOK, "/sent")
	f.route(t)
	var name, attorney, way string
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT t.citizen_name, r.attorney_name, e.way FROM tickets t JOIN requests r ON r.id = t.request_id JOIN received e ON e.ticket_id = t.id WHERE r.mandate_id = $1`, id).Scan(&name, &attorney, &way)
	})
	if name != "นายสมชาย ตัวอย่าง" || attorney != "มาลี ตัวอย่าง" || way != "volunteer" {
		t.Errorf("the case is of %q by %q, way %q", name, attorney, way)
	}
}

// PDP-10: a form that was begun in a chat, which cannot open the numbers of a mandate, says on its page that it is filed for
// oneself, and how it is filed for somebody; it is filed under none.
func TestFormOfAChatIsFiledForOneself(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	id := s.mandate(t, citizen, true)
	v.begin("public-problem").put("category", "light", "location", "เสาไฟหน้าศาลาหมู่ 4").press("next").shows("ยื่นแทน นายสมชาย ตัวอย่าง")
	at, _ := strings.CutSuffix(v.at, "/review")
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		channel, err := agencies.CreateChannel(ctx, tx, s.box, agencies.Channel{AgencyID: s.agency.ID, Kind: "line", Destination: "U-sn", Provider: "p", Name: "ตัวอย่าง", Secret: "s", Token: "t"})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE conversations SET channel_id = $1, identity_id = (SELECT id FROM identities WHERE citizen_id = $2 AND kind = 'line')`, channel, citizen)
		return err
	})
	v.open(at+"/review").shows("คำขอนี้เริ่มในแชต", "นายสมชาย ตัวอย่าง")
	hides(t, v.page, at+"/mandate")
	if v.do(http.MethodPost, at+"/mandate", "application/x-www-form-urlencoded", strings.NewReader(fmt.Sprint("mandate=", id))); v.status != http.StatusNotFound {
		t.Errorf("filed under a mandate all the same: %d", v.status)
	}
}

// filedUnder is a case that a citizen files here for somebody, and of which a document is asked.
func (s *formStand) filedUnder(t *testing.T, v *visitor, citizen citizens.CitizenID, id tickets.MandateID) (one tickets.Ticket) {
	t.Helper()
	v.begin("public-problem").put("category", "light", "location", "เสาไฟหน้าศาลาหมู่ 4").press("next")
	at, _ := strings.CutSuffix(v.at, "/review")
	v.do(http.MethodPost, at+"/mandate", "application/x-www-form-urlencoded", strings.NewReader(fmt.Sprint("mandate=", id)))
	v.do(http.MethodPost, at+"/send", "application/x-www-form-urlencoded", strings.NewReader("revision="+attr(v.input(t, "revision"), "value"))).is(http.StatusOK, "/sent")
	s.route(t)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tickets.OfCitizens(ctx, tx, []int64{int64(citizen)}, 1)
		if err != nil {
			return err
		}
		one = all[int64(citizen)][0]
		return s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), one.ID, tickets.Asking{Added: added("แผนที่สังเขป"), DueOn: s.now().AddDate(0, 0, 7)})
	})
	return one
}

// PDP-10: the page of a case that was filed for somebody says under which mandate, and names nobody; the list of who filed it
// says for whom. When the mandate is over, nothing is offered there that would be refused, and it says what to do; what is
// tried all the same is refused without a name. With another mandate all is as before. What is still asked for is read.
func TestPageOfACaseFiledForSomebody(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	id := s.mandate(t, citizen, true)
	one := s.filedUnder(t, v, citizen, id)
	track, leave := "/track/"+one.TrackToken, "/track/"+one.TrackToken+"/withdraw"
	anybody := newVisitor(t, s.server.URL)
	open := func(path string) *visitor {
		anybody.open(path)
		hides(t, anybody.page, "สมชาย", "มาลี")
		return anybody
	}
	over := func() {
		t.Helper()
		open(track).shows("การมอบอำนาจสิ้นสุดแล้ว", "ให้ผู้มอบอำนาจติดต่อหน่วยงาน", fmt.Sprint("ตามหนังสือมอบอำนาจฉบับที่ ", id))
		hides(t, anybody.page, leave, "/appeal/form", track+"/documents", "ในแชตเดิม")
	}
	open(track).shows(fmt.Sprint("โดยผู้รับมอบอำนาจ ตามหนังสือมอบอำนาจฉบับที่ ", id), "ถอนเรื่องนี้", "แผนที่สังเขป")
	v.open("/me").shows("ยื่นแทน", "นายสมชาย ตัวอย่าง", "ถอนเรื่อง")

	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return s.desk.EndMandate(ctx, tx, tickets.ByOfficer(s.officer), id, "ผู้มอบอำนาจแจ้งยกเลิกที่เคาน์เตอร์")
	})
	over()
	anybody.shows("แผนที่สังเขป")
	if open(leave).status != http.StatusConflict {
		t.Errorf("the page to withdraw: %d", anybody.status)
	}
	for _, path := range []string{leave, track + "/documents"} {
		anybody.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader("reason=x"))
		if hides(t, anybody.page, "สมชาย"); anybody.status != http.StatusConflict {
			t.Errorf("%s: %d", path, anybody.status)
		}
	}
	v.open("/me").shows("การมอบอำนาจสิ้นสุดแล้ว", "นายสมชาย ตัวอย่าง")
	hides(t, v.page, leave)

	s.mandateFrom(t, citizen, "สมชาย ตัวอย่าง", "3100600445635", true, "public-problem")
	open(track).shows("ถอนเรื่องนี้")
	hides(t, anybody.page, "การมอบอำนาจสิ้นสุดแล้ว")
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return s.desk.Decide(ctx, tx, tickets.ByOfficer(s.officer), tickets.Decision{
			TicketID: one.ID, Outcome: tickets.Refuse, Facts: "ไม่พบเสาไฟ", Reason: "อยู่นอกเขต", LegalBasis: "พ.ร.บ. เทศบาล", AppealBody: "นายกเทศมนตรี", AppealDays: 15,
		})
	})
	open(track).shows("อุทธรณ์ผลนี้")
	s.set(2027, time.May, 24, 10, 0) // both are past their last day
	over()
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

// paperForm is what an attorney types, with a box changed here and there: name and value in turn, an empty value takes it out.
func (s *formStand) paperForm(changed ...string) url.Values {
	v := url.Values{
		"agency": {fmt.Sprint(s.agency.ID)}, "attorney": {"มาลี ตัวอย่าง"}, "attorney_id": {"1-2345-45678-78-1"}, "kind": {"volunteer"}, "title": {"นาย"}, "principal": {"สมชาย ตัวอย่าง"},
		"principal_id": {"3100600445635"}, "scope": {"some"}, "service": {"hazardous-business", "food-premises"},
		"f.from:day": {"๑"}, "f.from:month": {"12"}, "f.from:year": {"2569"}, "f.until:day": {"30"}, "f.until:month": {"11"}, "f.until:year": {"2570"},
	}
	for i := 0; i < len(changed); i += 2 {
		if v.Del(changed[i]); changed[i+1] != "" {
			v.Set(changed[i], changed[i+1])
		}
	}
	return v
}

// showPaper sends the form as a browser without a script does: with the file in it, unless it has no name.
func (v *visitor) showPaper(form url.Values, name, body string) *visitor {
	v.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for box, all := range form {
		for _, value := range all {
			must(v.t, w.WriteField(box, value))
		}
	}
	part, err := w.CreateFormFile("paper", name) // browsers send an input without a file too
	must(v.t, err)
	_, err = part.Write([]byte(body))
	must(v.t, err)
	must(v.t, w.Close())
	return v.do(http.MethodPost, "/me/mandates", w.FormDataContentType(), &b)
}

// PDP-10, MTH-1.2: an attorney shows the signed paper without a script. What cannot be taken is told with all that was typed
// still there, the paper too; what is taken is stored as every file is, for the agency to look at, with its days and services.
func TestMandateIsShownOnAPage(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	pdf := "%PDF-1.7\nหนังสือมอบอำนาจ"
	for _, c := range []struct {
		name, file, body string
		form             url.Values
		says             string
	}{
		{"no paper", "", "", s.paperForm(), "ยังไม่ได้แนบหนังสือมอบอำนาจที่ลงชื่อแล้ว"},
		{"a program", "หนังสือ.pdf", "MZ\x90\x00program", s.paperForm(), "ไฟล์ชนิดนี้ยังรับไม่ได้"},
		{"a disguise", "หนังสือ.jpg", pdf, s.paperForm(), "ชื่อไฟล์ลงท้ายด้วย .jpg"},
		{"a film", "หนังสือ.mp4", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat", s.paperForm(), "ต้องเป็นภาพถ่ายหรือไฟล์ PDF"},
		{"nothing is chosen", "หนังสือ.pdf", pdf, s.paperForm("scope", ""), "ยังไม่ได้เลือกเรื่องที่มอบ"},
		{"no service", "หนังสือ.pdf", pdf, s.paperForm("service", ""), "ยังไม่ได้เลือกบริการที่มอบ"},
		{"half a date", "หนังสือ.pdf", pdf, s.paperForm("f.from:month", ""), "วันแรกของการมอบอำนาจไม่ครบ"},
		{"no such day", "หนังสือ.pdf", pdf, s.paperForm("f.until:day", "31"), "วันสุดท้ายของการมอบอำนาจไม่ครบหรือไม่มีในปฏิทิน"},
		{"longer than a year", "หนังสือ.pdf", pdf, s.paperForm("f.until:year", "2571"), "ไม่เกิน 1 ปี"},
		{"another's number", "หนังสือ.pdf", pdf, s.paperForm("principal_id", "1234545678782"), "เลขประจำตัวประชาชนของผู้มอบอำนาจไม่ถูกต้อง"},
		{"a paper of nobody", "", "", s.paperForm("paper", "upload:abc"), "ไม่พบไฟล์"},
	} {
		v.showPaper(c.form, c.file, c.body)
		if v.status < 400 || v.status >= 500 {
			t.Errorf("%s: %d at %s", c.name, v.status, v.at)
		}
		v.shows(c.says)
		if attr(v.input(t, "attorney"), "value") != "มาลี ตัวอย่าง" || attr(v.input(t, "f.until:year"), "value") != c.form.Get("f.until:year") || !strings.Contains(v.page, `value="volunteer" required checked`) {
			t.Errorf("%s: what was typed is lost", c.name)
		}
	}
	v.showPaper(s.paperForm("f.from:day", ""), "หนังสือ.pdf", pdf).shows("หนังสือ.pdf")
	kept := ""
	for n := range v.tree.Descendants() {
		if attr(n, "name") == "paper" && attr(n, "type") == "hidden" {
			kept = attr(n, "value")
		}
	}
	if !strings.HasPrefix(kept, "upload:") {
		t.Fatal("the paper has to be chosen again")
	}
	_, stranger := s.signedIn(t, citizens.Checked)
	stranger.showPaper(s.paperForm("paper", kept), "", "").shows("ไม่พบไฟล์")
	v.showPaper(s.paperForm("paper", kept), "", "").is(http.StatusOK, "/me/mandates").shows("รอเจ้าหน้าที่ตรวจ", "1 ธันวาคม 2569 – 30 พฤศจิกายน 2570", "นายสมชาย ตัวอย่าง")
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tickets.MandatesOf(ctx, tx, []int64{int64(citizen)})
		if err != nil {
			return err
		}
		if len(all) != 1 || len(all[0].Services) != 2 || all[0].AttachmentID == nil {
			t.Fatalf("shown are %+v", all)
		}
		at, err := files.Find(ctx, tx, files.AttachmentID(*all[0].AttachmentID))
		if err != nil {
			return err
		}
		if at.Name != "หนังสือ.pdf" || at.Source != kept || at.State != files.Ready {
			t.Errorf("the paper is %+v", at)
		}
		r, err := s.files.Open(ctx, at)
		if err != nil {
			return err
		}
		got, err := io.ReadAll(r)
		if string(got) != pdf {
			t.Errorf("the paper reads %q", got)
		}
		return errors.Join(err, r.Close())
	})
	v.showPaper(s.paperForm("scope", "all"), "หนังสือ.jpg", photo(t)).is(http.StatusOK, "/me/mandates").shows("ทุกบริการของหน่วยงาน") // ticked before, out of sight now
}

// SEC: a virus that was found in a paper keeps it from being shown; one found after that is told to its attorney, who can end
// it and show another.
func TestMandateWithAVirus(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	_, v := s.signedIn(t, citizens.Checked)
	spoil := func() {
		s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE attachments SET state = 'infected' WHERE name = 'หนังสือ.pdf'`)
			return err
		})
	}
	v.showPaper(s.paperForm("kind", ""), "หนังสือ.pdf", "%PDF-1.7\n1")
	kept := ""
	for n := range v.tree.Descendants() {
		if attr(n, "name") == "paper" && attr(n, "type") == "hidden" {
			kept = attr(n, "value")
		}
	}
	spoil()
	v.showPaper(s.paperForm("paper", kept), "", "").shows("มีไวรัส")
	v.showPaper(s.paperForm(), "หนังสือ.pdf", "%PDF-1.7\n2").is(http.StatusOK, "/me/mandates")
	spoil()
	v.open("/me/mandates").shows("ไฟล์หนังสือเปิดไม่ได้")
}

// ASVS 3.5.1: another site shows nothing in somebody's name, and who is signed in no more is led to sign in.
func TestMandatesAreOnesOwnDoing(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	id := s.mandate(t, citizen, true)
	v.extra.Set("Sec-Fetch-Site", "cross-site")
	for _, path := range []string{"/me/mandates", fmt.Sprint("/me/mandates/", id, "/end")} {
		if v.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(s.paperForm().Encode())); v.status != http.StatusUnprocessableEntity {
			t.Errorf("%s from another site: %d", path, v.status)
		}
	}
	v.extra.Del("Sec-Fetch-Site")
	v.open("/me/mandates").shows("ใช้ได้")
	out := newVisitor(t, s.server.URL)
	out.open(fmt.Sprint("/me/mandates/new?agency=", s.agency.ID)).is(http.StatusOK, "/me/sign-in")
	out.showPaper(s.paperForm(), "หนังสือ.pdf", "%PDF-1.7\n1").is(http.StatusOK, "/me/sign-in")
	v.do(http.MethodPost, fmt.Sprint("/me/mandates/", id, "/end"), "application/x-www-form-urlencoded", strings.NewReader("")).is(http.StatusOK, "/me/mandates").shows("ผู้รับมอบอำนาจให้สิ้นสุดเมื่อ 23 พฤศจิกายน 2569")
	v.open("/me/mandates/new?agency=99999").is(http.StatusOK, "/me/mandates")
}

// PDP-10: the receipt of what was filed for somebody names both people and the mandate; the letter of its decision is to the
// principal.
func TestPapersOfACaseFiledForSomebody(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	id := s.mandate(t, citizen, true)
	one := s.filedUnder(t, v, citizen, id)
	receipt := s.receipt(t, one)
	for _, want := range []string{"นายสมชาย ตัวอย่าง", fmt.Sprintf("ผู้ยื่นแทน มาลี ตัวอย่าง ตามหนังสือมอบอำนาจฉบับที่ %d", id)} {
		if !strings.Contains(receipt, tool.Tight(want)) {
			t.Errorf("the receipt does not say %q:\n%s", want, receipt)
		}
	}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		err := s.desk.Decide(ctx, tx, tickets.ByOfficer(s.officer), tickets.Decision{
			TicketID: one.ID, Outcome: tickets.Refuse, Facts: "ไม่พบเสาไฟ", Reason: "อยู่นอกเขต", LegalBasis: "พ.ร.บ. เทศบาล พ.ศ. 2496 มาตรา 50", AppealBody: "นายกเทศมนตรี", AppealDays: 15,
		})
		if err != nil {
			return err
		}
		return s.desk.Told(ctx, tx, one.ID)
	})
	letter := tool.Tight(tool.Text(t, []byte(v.open("/track/"+one.TrackToken+"/decisions/1/letter.pdf").page), "-layout"))
	if !strings.Contains(letter, tool.Tight("นายสมชาย ตัวอย่าง")) || strings.Contains(letter, "มาลี") {
		t.Errorf("the letter is to\n%s", letter)
	}
}
