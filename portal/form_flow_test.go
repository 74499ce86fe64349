package portal_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
)

// begin opens the first page of a service's form.
func (v *visitor) begin(service string) *visitor {
	v.t.Helper()
	return v.open("/services/sn/"+service+"/form").is(http.StatusOK, "/form").press("").is(http.StatusOK, "part=1")
}

// draft is the address of the draft that is open.
func (v *visitor) draft() string {
	at, _, _ := strings.Cut(v.at, "?")
	return strings.TrimSuffix(at, "/review")
}

// Every kind of question is answered page by page, without JavaScript and without signing in, up to the number of the
// case. What is refused stays in its box, and what is right is kept.
func TestFormOfEveryKind(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	v := newVisitor(t, s.server.URL)
	v.open("/services/SN/workshop/form").is(http.StatusOK, "/form").shows("เราใช้ข้อมูลของท่านอย่างไร", "เทศบาลตำบลตัวอย่าง ใช้ข้อมูลตามหน้าที่")
	v.press("").is(http.StatusOK, "part=1").shows("ส่วนที่ 1 จาก 2", "ขออะไรคะ")
	draft := v.draft()
	v.put("purpose", "renew", "born:day", "31", "born:month", "2", "born:year", "2490", "area", "กว้างมาก", "mail", "ไม่ใช่อีเมล").press("next")
	v.is(http.StatusUnprocessableEntity, "part=1").box("area", "กว้างมาก").box("mail", "ไม่ใช่อีเมล").box("born:day", "31").box("born:month", "2").box("purpose", "renew")
	v.shows("มี 4 ข้อที่ต้องดูอีกครั้ง", "ขอคำตอบเป็นตัวเลขค่ะ เช่น 120", "กรุณาเลือกอย่างน้อยหนึ่งข้อ", "ใบเดิมหมดอายุเมื่อไรคะ")
	// A day without its month is no month.
	v.put("born:day", "5", "born:month", "").press("next").is(http.StatusUnprocessableEntity, "part=1").box("born:day", "5").box("born:year", "2490")
	v.put("born:day", "", "born:year", "๒๔๘๐", "area", "๒๕๐", "mail", "", "sells", "in", "expires:day", "21", "expires:month", "11", "expires:year", "2026").press("next")
	v.is(http.StatusOK, "new=1").shows("คำตอบเมื่อสักครู่มีคำถามต่อเนื่อง").box("born:year", "2480").box("area", "250").box("expires:year", "2569")
	v.put("opens", "แปดโมงครึ่ง", "guardian", "สมชาย ตัวอย่าง").press("next").is(http.StatusOK, "part=2").shows("เครื่องที่ 1", "ส่วนที่ 2 จาก 2")
	// Another thing wants the first one to be whole.
	v.press("add machines").is(http.StatusUnprocessableEntity, "part=2").shows("กรุณาเลือกหนึ่งข้อ")
	v.put("machines.1.kind", "saw").press("next").is(http.StatusOK, "new=1").put("machines.1.power", "2").press("add machines").is(http.StatusOK, "part=2").shows("เครื่องที่ 2")
	v.put("machines.2.kind", "oven", "machines.2.note", "เครื่องเก่า").press("add machines").shows("เครื่องที่ 3")
	v.put("machines.3.kind", "kiln").press("less machines.1").is(http.StatusOK, "part=2").shows("เอา “เครื่องที่ 1” ออกไหมคะ").box("machines.3.kind", "kiln")
	v.press("gone machines.1").is(http.StatusOK, "part=2").box("machines.1.kind", "oven").box("machines.1.note", "เครื่องเก่า").box("machines.2.kind", "kiln")
	v.press("next").is(http.StatusOK, "/review").shows("สมชาย ตัวอย่าง", "08.30 น.", "พ.ศ. 2480", "21 พฤศจิกายน 2569", "เตาใหญ่", "ขอใบอนุญาต", "30 วัน", "มาตรา 56")
	// One answer is changed from the summary, and the summary comes back.
	v.open(draft+"?part=1&from=review").put("area", "120").press("next").is(http.StatusOK, "from=review").shows("เครื่องที่ 2") // the larger kiln is not offered in so small a place
	v.put("machines.2.kind", "saw").press("next").put("machines.2.power", "3").press("next").is(http.StatusOK, "/review").shows("120", "แจ้ง", "7 วันทำการ")
	// Sent twice, filed once.
	send, values := draft+"/send", v.values
	v.press("").is(http.StatusOK, "/sent").shows("ได้รับคำขอแล้ว")
	sent := v.at
	v.do(http.MethodPost, send, "application/x-www-form-urlencoded", strings.NewReader(values.Encode())).is(http.StatusOK, "/sent")
	s.route(t)
	v.open(sent).is(http.StatusOK, "/track/").shows("เก็บลิงก์นี้ไว้", "ใบรับคำขอ", "SN-2569-000001")
	v.open(draft).is(http.StatusOK, "/me/sign-in") // it may be somebody's who is not signed in
	v.open(strings.Replace(sent, "?k=", "?k=A", 1)).is(http.StatusNotFound, "/sent")
	if n := s.count(t, `SELECT count(*) FROM requests`); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func (f *formStand) count(t *testing.T, query string) (n int) {
	t.Helper()
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) error { return tx.QueryRow(ctx, query).Scan(&n) })
	return n
}

// Going back, stopping and reading on keep what is right, carry along what is not, and never refuse.
func TestFormLosesNothingTyped(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	v := newVisitor(t, s.server.URL).begin("workshop")
	draft := v.draft()
	v.put("purpose", "new", "area", "abc", "born:year", "2530").press("save").is(http.StatusUnprocessableEntity, "part=1").box("area", "abc").box("born:year", "2530")
	v.press("skip").is(http.StatusOK, "part=1").shows("เครื่องที่ 1", "“พื้นที่” ยังใช้ไม่ได้: ขอคำตอบเป็นตัวเลขค่ะ เช่น 120")
	v.put("machines.1.kind", "oven").press("back").is(http.StatusOK, "part=2").box("area", "abc").box("purpose", "new").box("born:year", "2530").shows("ขอคำตอบเป็นตัวเลขค่ะ เช่น 120")
	v.press("skip").press("next").box("area", "abc") // the summary has no boxes: what is wrong comes first
	v.put("area", "99", "sells", "out").press("next").is(http.StatusOK, "part=2").box("machines.1.kind", "oven")
	v.press("save").is(http.StatusOK, "saved=1").shows("บันทึกแล้ว")
	// The same browser finds it again, another does not.
	v.open("/services/sn/workshop/form").shows("มีคำขอที่กรอกค้างไว้", "ทำต่อ").open(draft).is(http.StatusOK, draft)
	newVisitor(t, s.server.URL).open(draft).is(http.StatusOK, "/me/sign-in")
	// An answer is taken back by emptying its box, and is asked for again.
	v.open(draft+"?part=1").box("area", "99").put("area", "").press("save")
	v.open(draft+"/review").shows("ขาดอีก 1 ข้อ", "ยังไม่ได้ตอบ").press("")
	v.is(http.StatusUnprocessableEntity, "/send").shows("พื้นที่")
	// Given up, after being asked.
	v.open(draft+"/drop").press("").is(http.StatusOK, "/services/sn/workshop/form").shows("เราใช้ข้อมูลของท่านอย่างไร")
}

// Two windows of one form: what differs is shown, and the person chooses. Nothing is overwritten by who did not change it.
func TestFormInTwoWindows(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	v := newVisitor(t, s.server.URL).begin("workshop")
	v.put("purpose", "new", "area", "10", "born:year", "2530", "sells", "out").press("next")
	draft := v.draft()
	w := newVisitor(t, s.server.URL)
	w.client = v.client
	v.open(draft + "?part=1")
	w.open(draft+"?part=1").put("area", "20", "born:year", "2531").press("next").is(http.StatusOK, "part=2")
	// The first window changes the area to something else, and did not touch the year.
	v.put("area", "30", "purpose", "renew").press("next").is(http.StatusConflict, "part=1").shows("ข้อนี้ถูกตอบไว้สองแบบ", "20", "30")
	v.box("born:year", "2531")
	v.press("next").is(http.StatusConflict, "part=1") // none chosen yet
	v.values.Set("keep.area", "page")
	v.press("save").is(http.StatusOK, "part=1").box("area", "30").box("purpose", "renew")
	// A thing is not taken out of a draft that has changed.
	w.open(draft+"?part=2").put("machines.1.kind", "oven").press("add machines").put("machines.2.kind", "oven").press("save")
	v.open(draft + "?part=2")
	w.put("machines.2.note", "ใหม่กว่า").press("save")
	v.press("gone machines.2").is(http.StatusConflict, "part=2").shows("ถูกแก้จากหน้าต่างอื่น").box("machines.2.note", "ใหม่กว่า")
}

// Photos and documents come with a plain form, are listed with their size, and are left out by a tick.
func TestFormTakesFiles(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	_, v := s.signedIn(t, citizens.Account)
	v.begin("public-problem")
	picture := photo(t)
	v.put("category", "light", "location", "เสาไฟหน้าศาลาหมู่ 4").attach("photo", "หน้าบ้าน.jpg", picture).attach("photo", "virus.exe", "MZ").press("next")
	v.is(http.StatusUnprocessableEntity, "part=1").shows("หน้าบ้าน.jpg", "virus.exe").box("location", "เสาไฟหน้าศาลาหมู่ 4")
	if len(v.values["f.photo"]) != 1 {
		t.Fatalf("the page has the files %v", v.values["f.photo"])
	}
	v.attach("photo", "อีกมุม.jpg", picture).press("save").is(http.StatusOK, "saved=1").shows("หน้าบ้าน.jpg", "อีกมุม.jpg")
	v.values.Set("f.photo.drop", v.values["f.photo"][0])
	v.press("save")
	if said := v.says(); strings.Contains(said, "หน้าบ้าน.jpg") || !strings.Contains(said, "อีกมุม.jpg") {
		t.Errorf("the wrong photo was left out:\n%s", said)
	}
	v.values["f.photo"] = append(v.values["f.photo"], "file:999999", "upload:nobody", "upload:\x00")
	v.press("next").is(http.StatusUnprocessableEntity, "part=1").shows("อีกมุม.jpg")
	v.press("next").is(http.StatusOK, "/review").shows("อีกมุม.jpg", "ไฟถนนดับ", "ไม่มีค่าธรรมเนียม").press("")
	s.route(t)
	v.open(v.at).is(http.StatusOK, "/track/")
}

// photo is a small picture of its own each time.
func photo(t *testing.T) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	m.Set(rand.IntN(16), rand.IntN(16), color.RGBA{uint8(rand.IntN(256)), 9, 9, 255})
	var b bytes.Buffer
	must(t, png.Encode(&b, m))
	return b.String()
}

// Who must be known is sent to sign in, and comes back; what was begun without is theirs from then on.
func TestFormAsksWhoItIs(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	v := newVisitor(t, s.server.URL)
	v.open("/services/sn/hazardous-business/form").is(http.StatusOK, "/me/sign-in?next="+url.QueryEscape("/services/sn/hazardous-business/form"))
	v.begin("workshop").put("area", "77").press("save")
	if c := v.cookies().all["saphan-draft"]; len(c) < 26 {
		t.Fatalf("the browser has the cookies %v", v.cookies().all)
	}
	draft := v.draft()
	citizen, w := s.signedIn(t, citizens.Account)
	w.open("/me/sign-in")
	token := s.entry(t, citizen, draft+"?part=1")
	v.open("/me/in/"+token).do(http.MethodPost, "/me/in/"+token, "application/x-www-form-urlencoded", strings.NewReader("")).is(http.StatusOK, draft).box("area", "77")
	if _, kept := v.cookies().all["saphan-draft"]; kept {
		t.Error("the browser keeps the cookie of who was not signed in")
	}
	v.open("/me").shows("คำขอที่ยังทำไม่เสร็จ", "ใบอนุญาตโรงงานตัวอย่าง")
	w.open("/me").shows("คำขอที่ยังทำไม่เสร็จ") // the same citizen elsewhere
	_, other := s.signedIn(t, citizens.Account)
	other.open(draft).is(http.StatusNotFound, draft)
	// The session ends while something is typed.
	v.open(draft + "?part=1")
	s.later(2 * time.Hour)
	v.put("area", "88").press("next").is(http.StatusUnauthorized, draft).shows("ที่พิมพ์ไว้ในหน้าเมื่อสักครู่ยังอยู่")
	s.signIn(t, v, citizen, citizens.Account)
	v.press("").is(http.StatusOK, draft).box("area", "88")
}

func (f *formStand) later(by time.Duration) {
	now := f.now().Add(by)
	f.clock.Store(&now)
}

// entry is a one-time link as the chat sends it.
func (f *formStand) entry(t *testing.T, citizen citizens.CitizenID, purpose string) (token string) {
	t.Helper()
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		token, err = citizens.NewEntry(ctx, tx, citizen, purpose, f.now())
		return err
	})
	return token
}

// What is known already is offered with its source, and used by a tap (SEED-21).
func TestFormOffersWhatIsKnown(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	s.remember(t, citizen, citizens.Fact{Key: "name", Text: "สมหญิง ตัวอย่าง", Origin: "thaid", Verified: true, At: s.now()},
		citizens.Fact{Key: "title", Text: "นาง", Origin: "request 1", At: s.now()}, citizens.Fact{Key: "nationality", Text: "ไทย", Origin: "request 1", At: s.now()},
		citizens.Fact{Key: "national_id", Text: "1-2345-45678-78-1", Origin: "thaid", Verified: true, At: s.now()})
	v.begin("hazardous-business").put("purpose", "new", "filed_by", "self").press("next").put("applicant_kind", "person").press("save")
	v.open(v.draft()+"?field=name").shows("ข้อมูลเดิม", "สมหญิง ตัวอย่าง", "ThaID เมื่อ 23 พฤศจิกายน 2569", "จากคำขอที่ท่านเคยยื่น")
	if strings.Contains(v.page, "1-2345-45678-78-1") {
		t.Error("the page shows the whole of a national number that nobody asked to use")
	}
	v.press("use name").box("name", "สมหญิง ตัวอย่าง").box("title", "")
	v.press("use").box("title", "นาง").box("nationality", "ไทย")
}

// What people with bad intentions send does no harm.
func TestFormOfTheHostile(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	v := newVisitor(t, s.server.URL).begin("workshop")
	draft := v.draft()
	nasty := `"><script>alert(1)</script>` + "\x01\u202e"
	v.values.Set("f.mail", nasty)
	v.values.Set("held.was.area", nasty)
	v.values.Set("held.f.area", nasty)
	v.values.Set("was."+nasty, nasty)
	v.values.Set("keep."+nasty, nasty)
	v.values.Set("f.guardian", nasty)
	v.press("skip").is(http.StatusOK, draft)
	if strings.Contains(v.page, "<script>alert") {
		t.Error("what was typed became part of the page")
	}
	for _, do := range []string{nasty, "add nothing", "gone machines.99", "gone machines", "less ..", "use nothing", "document nothing", "next next", ""} {
		v.open(draft + "?part=1")
		v.values.Set("do", do)
		v.do(http.MethodPost, draft+"?part=1", "application/x-www-form-urlencoded", strings.NewReader(v.values.Encode()))
		if v.status >= 500 {
			t.Errorf("%q: %d", do, v.status)
		}
	}
	v.open(draft + "?part=1")
	v.values.Set("f.area", strings.Repeat("ก", 1<<20))
	v.press("next").is(http.StatusRequestEntityTooLarge, draft)
	for _, path := range []string{
		"/services/sn/nothing/form", "/services/xx/workshop/form", "/services/%00/workshop/form", draft + "x", draft + "?part=-5", draft + "?part=99999999999999999999", draft + "?field=%00",
		strings.Replace(draft, "workshop", "question", 1), draft + "/sent", draft + "/sent?k=%00", "/services/sn/workshop/form/" + strings.Repeat("a", 5000), "/services/sn/workshop/form/%ff%00",
	} {
		if v.open(path); v.status >= 500 {
			t.Errorf("%s: %d", path, v.status)
		}
	}
	// Another site sends nothing in the person's name, and loads nothing of theirs.
	v.open(draft + "?part=1")
	v.extra.Set("Sec-Fetch-Site", "cross-site")
	for _, path := range []string{draft + "?part=1", draft + "/send", draft + "/drop", "/services/sn/workshop/form"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+path, strings.NewReader(v.values.Encode()))
		must(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		req.Header.Set("Origin", "https://evil.example.com")
		res, err := v.client.Do(req)
		must(t, err)
		must(t, res.Body.Close())
		if res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s from another site: %d", path, res.StatusCode)
		}
	}
	v.extra.Del("Sec-Fetch-Site")
	v.open(draft+"?part=1").is(http.StatusOK, draft)
	if p := v.header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
		t.Errorf("policy %q", p)
	}
	if log := s.log.String(); strings.Contains(log, "ERROR") {
		t.Errorf("the log holds %s", log)
	}
	// Forms are not begun without end from one network, neither by who makes up a cookie each time.
	limited := false
	for i := range 150 {
		w := newVisitor(t, s.server.URL)
		w.cookies().all["saphan-draft"] = strings.Repeat("A", 24) + string(rune('A'+i/26)) + string(rune('A'+i%26))
		w.do(http.MethodPost, "/services/sn/workshop/form", "application/x-www-form-urlencoded", strings.NewReader("start=1"))
		if limited = w.status == http.StatusServiceUnavailable; limited {
			break
		}
	}
	if !limited {
		t.Error("forms are begun without end")
	}
}

// A business that is dangerous to health: things of a group, documents from before and from the telephone, a fee.
func TestFormOfAHazardousBusiness(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	_, v := s.signedIn(t, citizens.Checked)
	v.begin("hazardous-business")
	answers := map[string]string{
		"purpose": "new", "filed_by": "self", "applicant_kind": "person", "title": "นาง", "name": "สมหญิง ตัวอย่าง", "nationality": "ไทย", "national_id": "1-2345-45678-78-1",
		"birth_date:day": "5", "birth_date:month": "3", "birth_date:year": "2530", "phone": "081 234 5678", "home_address": "99/1 หมู่ 4 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000",
	}
	for range 40 {
		if strings.HasSuffix(v.at, "/review") {
			break
		}
		s.answerAll(v, answers)
		before := v.at
		if v.press("next"); v.status != http.StatusOK {
			t.Fatalf("%s leads to %d at %s:\n%s", before, v.status, v.at, v.says())
		}
	}
	v.is(http.StatusOK, "/review").shows("สมหญิง ตัวอย่าง", "5 มีนาคม 2530", "30 วัน", "ส่งคำขอ")
	if strings.Contains(v.says(), "ยังส่งไม่ได้") {
		t.Fatalf("something is missing:\n%s", v.says())
	}
	v.press("").is(http.StatusOK, "/sent")
	s.route(t)
	v.open(v.at).is(http.StatusOK, "/track/")
	v.open("/me").shows("ขอใบอนุญาตกิจการที่เป็นอันตรายต่อสุขภาพ")
}

// What can be chosen as the kind of business depends on its group: it is asked when the group is known, and again when
// that is another.
func TestFormAsksWhatHangsOnAnother(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	_, v := s.signedIn(t, citizens.Checked)
	v.begin("hazardous-business").put("purpose", "new", "filed_by", "self").press("next")
	v.open(v.draft() + "?field=activities.1.business_group")
	if strings.Contains(v.page, `name="f.activities.1.activity"`) {
		t.Error("the kind of business is asked before there is anything to choose from")
	}
	at := v.at
	v.open(v.draft() + "/review").shows("กิจการที่ 1 · กลุ่มกิจการ")
	if strings.Contains(v.says(), "กิจการที่ 1 · กิจการที่ทำ") {
		t.Error("the summary asks for what nobody can answer yet")
	}
	v.open(at).put("activities.1.business_group", "vehicles").press("next").is(http.StatusOK, "new=1").shows("ล้าง ขัดสี เคลือบสี หรืออัดฉีดรถ", "กิจการอื่นในกลุ่มนี้")
	v.put("activities.1.activity", "vehicle_wash").press("save").box("activities.1.activity", "vehicle_wash")
	v.put("activities.1.business_group", "services").press("next").is(http.StatusUnprocessableEntity, "part=").shows("กรุณาเลือกหนึ่งข้อ", "นวดเพื่อสุขภาพหรือเพื่อเสริมความงาม")
}

// answerAll answers what a page asks: by the answers, else with the first choice, a number, the example, or a picture.
func (f *formStand) answerAll(v *visitor, answers map[string]string) {
	for n := range v.form().Descendants() {
		key, ok := strings.CutPrefix(attr(n, "name"), "f.")
		if !ok || v.values.Get("f."+key) != "" {
			continue
		}
		value := answers[key]
		switch kind := attr(n, "type"); {
		case kind == "file":
			if len(v.files) == 0 || v.files[len(v.files)-1].box != "f."+key {
				v.attach(key, "เอกสาร.png", photo(v.t))
			}
			continue
		case value != "" && (kind != "radio" || attr(n, "value") == value):
		case kind == "radio" && answers[key] == "", kind == "checkbox" && !strings.HasSuffix(key, ".drop"):
			value = attr(n, "value")
		case n.Data == "select" && value == "":
			for o := range n.Descendants() {
				if value == "" && o.Data == "option" {
					value = attr(o, "value")
				}
			}
		case strings.HasSuffix(key, ":day"), attr(n, "inputmode") == "numeric" && !strings.Contains(key, ":"), attr(n, "inputmode") == "decimal":
			value = "8"
		case strings.HasSuffix(key, ":year"):
			value = "2570"
		case strings.HasSuffix(key, ":at"), value == "" && kind != "text" && n.Data != "textarea" && kind != "tel":
			continue
		case value == "":
			value = "99/1 หมู่ 4 ตำบลตัวอย่าง อำเภอเมือง จังหวัดตัวอย่าง 10000"
			if n.Data == "input" {
				value = "ตัวอย่าง"
			}
		default:
			continue
		}
		v.values.Set("f."+key, value)
	}
}

// A document that another agency received is used by a tap, which lets this one have it; the person's own agency needs none.
func TestFormUsesADocumentFromBefore(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	ticket := s.ticket(t)
	ticket.CitizenID = int64(citizen)
	s.deposit(t, ticket, "premises_right", []byte("%PDF-1.7\n1"), nil)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		other, err := agencies.Create(ctx, tx, agencies.Agency{Code: "OT", Name: "เทศบาลอื่นตัวอย่าง", Kind: "เทศบาล"})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE vault_documents SET agency_id = $1`, other.ID)
		return err
	})
	v.begin("hazardous-business").put("purpose", "new", "filed_by", "self").press("next")
	v.open(v.draft()+"?field=premises_held").put("premises_held", "rent").press("save")
	v.open(v.draft()+"?field=premises_right").shows("ข้อมูลเดิม", "premises_right", "ส่งให้ เทศบาลอื่นตัวอย่าง เมื่อ 23 พฤศจิกายน 2569", "ให้หน่วยงานนี้ใช้เอกสารนี้")
	if n := s.count(t, `SELECT count(*) FROM vault_shares`); n != 0 {
		t.Errorf("%d shares before any tap", n)
	}
	v.press("document premises_right").is(http.StatusOK, "part=")
	if len(v.values["f.premises_right"]) != 1 || strings.Contains(v.says(), "ให้หน่วยงานนี้ใช้เอกสารนี้") {
		t.Errorf("the page holds %v:\n%s", v.values["f.premises_right"], v.says())
	}
	if n := s.count(t, `SELECT count(*) FROM vault_shares`); n != 1 {
		t.Errorf("%d shares after the tap", n)
	}
}
