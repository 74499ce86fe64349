package admin_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// fills is what the pages keep of a filing when an officer filled it in.
func (h *house) fills(id tickets.FilingID) tickets.Filing {
	h.t.Helper()
	var f tickets.Filing
	h.everywhere(func(tx pgx.Tx) (err error) {
		if f, err = tickets.FindFiling(h.ctx(), tx, id); err != nil {
			return err
		}
		form, answers := h.answers("question", question("ต่อเติมบ้านต้องขออนุญาตไหม"))
		who, err := citizens.Resolve(h.ctx(), tx, "web", "web", "browser:"+f.Seed)
		if err != nil {
			return err
		}
		_, err = h.desk.Lodge(h.ctx(), tx, citizens.BrowserOf(citizens.OfficerCookie(h.box, f.Seed)), tickets.Submission{
			Draft: "filing " + f.Seed, CitizenID: int64(who.CitizenID), AgencyID: h.agency.ID, Form: form.Key, Version: form.Version, Answers: answers,
		})
		if err == nil {
			f, err = tickets.FindFiling(h.ctx(), tx, id)
		}
		return err
	})
	return f
}

func filing(pairs ...string) url.Values {
	v := url.Values{"form": {"question"}, "way": {"counter"}, "signing": {"paper"}, "name": {"นางมาลี ตัวอย่าง"}, "noticed": {"1"}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// MTH-1.3: at the counter an officer begins in the inbox, fills in the pages that citizens have, prints the sheet, and files
// what the pen signed. Others of the agency see it; only who began goes on; another agency sees nothing.
func TestOfficerFilesAtTheCounter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(h.officer)
	for name, form := range map[string]url.Values{
		"without the notice": filing("noticed", ""), "by telephone on paper": filing("way", "phone", "phone", "0810000000"), "of somebody nobody knows": filing("known", "TB-2569-999999"),
	} {
		if got := b.post("/admin/filings", form); got.StatusCode < 400 || !strings.Contains(got.body, "นางมาลี ตัวอย่าง") {
			t.Errorf("%s: %d, and what was typed is kept: %v", name, got.StatusCode, strings.Contains(got.body, "นางมาลี ตัวอย่าง"))
		}
	}
	got := b.post("/admin/filings", filing())
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/services/tb/question/form" || len(got.Cookies()) != 2 || got.Cookies()[1].Value != got.Cookies()[0].Value || !citizens.OfOfficer(got.Cookies()[0].Value) {
		t.Fatalf("begun: %d to %s with %v", got.StatusCode, got.Header.Get("Location"), got.Cookies())
	}
	list := b.get("/admin/filings").body
	if !strings.Contains(list, "กำลังกรอก") || !strings.Contains(list, "F1-") {
		t.Error("the list lacks what was begun")
	}
	path := "/admin/filings/1"
	if again := b.post(path+"/fill", nil); again.Header.Get("Location") != "/services/tb/question/form" || again.Cookies()[0].Value != got.Cookies()[0].Value {
		t.Error("what was begun is not gone on with at the same browser")
	}
	colleague := h.as(h.colleague)
	if other := colleague.post(path+"/fill", nil); other.StatusCode != http.StatusForbidden {
		t.Errorf("a colleague goes on: %d", other.StatusCode)
	}
	if sheet := b.get(path + "/sheet.pdf"); sheet.StatusCode != http.StatusConflict {
		t.Errorf("a sheet of nothing: %d", sheet.StatusCode)
	}
	h.fills(1)
	if page := b.get(path).body; !strings.Contains(page, "รอลงชื่อบนกระดาษ") || strings.Contains(page, "/confirm/") {
		t.Error("the page does not ask for the pen, or shows a link")
	}
	if sheet := b.get(path + "/sheet.pdf"); !strings.HasPrefix(sheet.body, "%PDF-") {
		t.Errorf("the sheet: %d", sheet.StatusCode)
	}
	stranger := h.as(h.stranger)
	for _, try := range []page{stranger.get(path), stranger.post(path+"/signed", nil), stranger.post(path+"/drop", nil), stranger.get(path + "/sheet.pdf")} {
		if try.StatusCode != http.StatusNotFound {
			t.Errorf("another agency: %d", try.StatusCode)
		}
	}
	for range 2 {
		if got := colleague.post(path+"/signed", nil); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("signed: %d %s", got.StatusCode, got.body)
		}
	}
	if page := b.get(path).body; !strings.Contains(page, "กำลังออกเลขรับ") {
		t.Error("the page does not say that the number is being issued")
	}
	h.everywhere(func(tx pgx.Tx) error { _, err := h.desk.Route(h.ctx(), tx, 1); return err })
	if page := b.get(path).body; !strings.Contains(page, "TB-2569-000001") || !strings.Contains(page, "receipt.pdf") || !strings.Contains(page, "ด้วยปากกาบนกระดาษ") {
		t.Error("the page does not lead to the case and its receipt")
	}
	if history := b.get("/admin/tickets/1").body; !strings.Contains(history, "ยื่นคำขอทางเคาน์เตอร์ โดย "+h.officer.Name+" กรอกแทน") {
		t.Error("the history does not say who filled it in")
	}
	if register := b.get("/admin/register?year=2569").body; !strings.Contains(register, "เคาน์เตอร์") {
		t.Error("the register does not say the way")
	}
}

// MTH-1.3: the scan of the signed sheet comes with the signature or on the same day, as a picture or PDF; scans are only added,
// and a head may want one first. Another agency neither sees nor adds any.
func TestScansOfTheSheet(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	b := h.as(h.officer)
	b.post("/admin/filings", filing())
	h.fills(1)
	path := "/admin/filings/1"
	send := func(b *browser, path string, files ...[]byte) page {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for _, file := range files {
			part, err := w.CreateFormFile("scans", "แบบ.jpg")
			h.must(err)
			_, err = part.Write(file)
			h.must(err)
		}
		return b.postParts(path, w, &body)
	}
	if got := b.post("/admin/filings/scans", url.Values{"first": {"1"}}); got.StatusCode != http.StatusForbidden {
		t.Errorf("an officer decides about scans: %d", got.StatusCode)
	}
	head := h.as(h.head)
	if got := head.post("/admin/filings/scans", url.Values{"first": {"1"}}); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the head decides: %d", got.StatusCode)
	}
	if got := send(b, path+"/signed"); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, "แนบไฟล์") {
		t.Errorf("signed without its scan: %d", got.StatusCode)
	}
	head.post("/admin/filings/scans", nil)
	if got := send(b, path+"/signed", []byte("words are no picture")); got.StatusCode < 400 {
		t.Errorf("words as a scan: %d", got.StatusCode)
	}
	if got := send(b, path+"/signed"); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("signed: %d %s", got.StatusCode, got.body)
	}
	h.everywhere(func(tx pgx.Tx) error { _, err := h.desk.Route(h.ctx(), tx, 1); return err })
	if page := b.get(path).body; !strings.Contains(page, "กรุณาแนบภาพแบบที่ลงชื่อภายใน") || !strings.Contains(b.get("/admin/filings").body, "รอภาพแบบที่ลงชื่อ") {
		t.Error("the missing scan is not asked for")
	}
	if got := send(h.as(h.stranger), path+"/scans", photo(t, 40, 30)); got.StatusCode != http.StatusNotFound {
		t.Errorf("another agency: %d", got.StatusCode)
	}
	if got := send(b, path+"/scans"); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no file: %d", got.StatusCode)
	}
	for range 2 {
		if got := send(b, path+"/scans", photo(t, 40, 30)); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("a scan: %d %s", got.StatusCode, got.body)
		}
	}
	page := b.get(path).body
	if !strings.Contains(page, "ไฟล์ 2") || strings.Contains(page, "กรุณาแนบภาพแบบที่ลงชื่อภายใน") || !strings.Contains(page, "/admin/tickets/1/documents/") {
		t.Error("the page does not show both scans")
	}
	if history := b.get("/admin/tickets/1").body; !strings.Contains(history, "แนบภาพแบบที่ประชาชนลงชื่อบนกระดาษ") || !strings.Contains(history, "ประชาชนลงชื่อบนกระดาษ") {
		t.Error("the history does not say it")
	}
}

// MTH-1.3: before a citizen is asked in a chat, the officer sees whose account it is, and says that the citizen says it is theirs.
func TestOfficerSeesWhoseAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(h.officer)
	before := h.problem("หน้าตลาดเก่า")
	form := filing("known", before.Number, "name", "", "signing", "online")
	if got := b.post("/admin/filings", form); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "พบ "+before.CitizenName) || !strings.Contains(got.body, `name="theirs" value="`+before.Number) {
		t.Fatalf("nobody is shown: %d", got.StatusCode)
	}
	form.Set("theirs", "TB-2569-999999")
	if got := b.post("/admin/filings", form); got.StatusCode == http.StatusSeeOther {
		t.Errorf("the tick of another's case counts: %d", got.StatusCode)
	}
	form.Set("theirs", before.Number)
	if got := b.post("/admin/filings", form); got.StatusCode != http.StatusSeeOther {
		t.Errorf("begun: %d", got.StatusCode)
	}
}

// TestFilingLook keeps pictures of the pages on which officers file for citizens.
func TestFilingLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)))
	before := h.problem("หน้าตลาดเก่า")
	at := h.as(h.head)
	at.post("/admin/filings", filing())
	at.post("/admin/filings", filing("signing", "online", "phone", "0810000000"))
	at.post("/admin/filings", filing("name", "นายวิชัย ตัวอย่าง"))
	h.fills(1)
	h.fills(2)
	at.post("/admin/filings", filing("name", "นางสาวสมใจ ตัวอย่าง"))
	signed := h.fills(4)
	at.post("/admin/filings/4/signed", nil)
	h.everywhere(func(tx pgx.Tx) error {
		signed, err := tickets.FindFiling(h.ctx(), tx, signed.ID)
		if err == nil {
			_, err = h.desk.Route(h.ctx(), tx, signed.RequestID)
		}
		return err
	})
	b.enter(h, h.officer)
	for _, width := range []int64{1280, 390} {
		for name, path := range map[string]string{"filings": "/admin/filings", "filing-paper": "/admin/filings/1", "filing-online": "/admin/filings/2", "filing-signed": "/admin/filings/4"} {
			where := fmt.Sprintf("light-%d", width)
			b.size(width, 1400)
			b.visit(h.server.URL+path, "#main")
			b.noOverflow(name + " " + where)
			b.accessible(name + " " + where)
			b.shot(name + "-" + where)
		}
		b.visit(h.server.URL+"/admin/filings", "#main")
		b.write("#form", "สอบถาม")
		b.write("#known", before.Number)
		b.click("[name=noticed]")
		b.click("main form.stack .go")
		b.holds("the found person", `document.querySelector(".found") !== null`)
		b.noOverflow("found")
		b.accessible("found")
		b.shot(fmt.Sprintf("filings-found-light-%d", width))
	}
}
