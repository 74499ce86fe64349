package portal_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/files"
	"saphan/tickets"
)

// guest is a citizen who is signed in.
type guest struct {
	*stand
	t      *testing.T
	id     citizens.CitizenID
	cookie string
	lang   string
}

// signIn signs a citizen in at a level.
func (s *stand) signIn(t *testing.T, id citizens.CitizenID, level citizens.Level) *guest {
	t.Helper()
	g := &guest{stand: s, t: t, id: id}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		token, err := citizens.OpenSession(ctx, tx, "", id, level, citizens.FromChat, s.now())
		g.cookie = "__Host-saphan-citizen=" + string(token)
		return err
	})
	return g
}

// do asks for a page or posts a form.
func (g *guest) do(method, path string, form url.Values) (answer, string) {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		g.t.Fatal(err)
	}
	cookie := g.cookie
	if g.lang != "" {
		cookie += "; saphan-lang=" + g.lang
	}
	req.Header.Set("Cookie", cookie)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to the end below
	body, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header}, string(body)
}

// page asks for a page that must be there.
func (g *guest) page(path string) string {
	g.t.Helper()
	got, body := g.do(http.MethodGet, path, nil)
	if got.StatusCode != http.StatusOK || !strings.Contains(got.Header.Get("Cache-Control"), "no-store") {
		g.t.Errorf("%s: %d %v", path, got.StatusCode, got.Header)
	}
	return body
}

// posts sends a form, which must lead to another page.
func (g *guest) posts(path, to string, form url.Values) {
	g.t.Helper()
	got, body := g.do(http.MethodPost, path, form)
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != to {
		g.t.Errorf("%s: %d to %q\n%s", path, got.StatusCode, got.Header.Get("Location"), body)
	}
}

// deposit stores a file and keeps it in a person's vault.
func (s *stand) deposit(t *testing.T, ticket tickets.Ticket, name string, content []byte, until *time.Time) (d citizens.Document) {
	t.Helper()
	object, err := s.files.Put(t.Context(), bytes.NewReader(content), files.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		file, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: name, Source: "test:" + name})
		if err != nil {
			return err
		}
		who := citizens.CitizenID(ticket.CitizenID)
		err = citizens.Deposit(ctx, tx, who, citizens.Document{
			Type: name, Label: "เอกสาร " + name, AttachmentID: int64(file), AgencyID: int64(s.agency.ID), RequestID: int64(ticket.RequestID), GivenAt: s.now(), ValidUntil: until,
		})
		if err != nil {
			return err
		}
		all, err := citizens.Vault(ctx, tx, who)
		d = all[0]
		return err
	})
	return d
}

func (s *stand) remember(t *testing.T, who citizens.CitizenID, facts ...citizens.Fact) {
	t.Helper()
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error { return citizens.Remember(ctx, tx, s.box, who, facts) })
}

// A person sees their own requests, documents, facts and readers, in Thai and English, and nobody else's; nobody who
// is not signed in sees anything.
func TestMe(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	mine, waiting, others := s.ticket(t), s.ticket(t), s.ticket(t)
	me := citizens.CitizenID(mine.CitizenID)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error { // both are one person's
		if _, err := tx.Exec(ctx, `UPDATE requests SET citizen_id = $1 WHERE id = $2`, me, waiting.RequestID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE tickets SET citizen_id = $1 WHERE id = $2`, me, waiting.ID); err != nil {
			return err
		}
		for _, ticket := range []tickets.Ticket{mine, others} {
			if err := citizens.NoteReading(ctx, tx, citizens.Reading{
				AgencyID: int64(s.agency.ID), TicketID: int64(ticket.ID), OfficerID: int64(s.officer), Kind: citizens.ReadCase, Standing: citizens.Other,
				Reason: "ผู้รับเรื่องขอให้ช่วย", At: s.now(),
			}); err != nil {
				return err
			}
		}
		return s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), waiting.ID, tickets.Asking{Added: added("แผนที่"), DueOn: s.now().AddDate(0, 0, 7)})
	})
	past := s.now().AddDate(0, 0, -1)
	house := s.deposit(t, mine, "house.pdf", []byte("%PDF-1.7\nทะเบียนบ้าน"), nil)
	s.deposit(t, mine, "old.pdf", []byte("%PDF-1.7\nเก่า"), &past)
	foreign := s.deposit(t, others, "foreign.pdf", []byte("%PDF-1.7\nของคนอื่น"), nil)
	s.remember(t, me, citizens.Fact{Key: "name", Text: "สมหญิง ตัวอย่าง", Origin: "thaid", Verified: true, At: s.now()},
		citizens.Fact{Key: "phone", Text: "081 111 1111", Origin: "request 1", At: s.now()})
	s.remember(t, citizens.CitizenID(others.CitizenID), citizens.Fact{Key: "name", Text: "คนอื่น", Origin: "thaid", Verified: true, At: s.now()})

	for _, path := range []string{"/me", "/me/documents", "/me/profile", "/me/readings", "/me/data", "/me/delete", "/me/export/x", fmt.Sprint("/me/documents/", house.ID, "/file")} {
		if got, _ := s.get(t, path); got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/me/sign-in?next=") {
			t.Errorf("%s without signing in: %d to %q", path, got.StatusCode, got.Header.Get("Location"))
		}
	}
	g := s.signIn(t, me, citizens.Account)
	page := g.page("/me")
	holds(t, page, mine.Number, waiting.Number, "/track/"+mine.TrackToken, "รอเอกสารจากท่าน", "ส่งเอกสารที่เจ้าหน้าที่ขอ", `lang="th"`)
	hides(t, page, others.Number)
	page = g.page("/me/documents")
	holds(t, page, "เอกสาร house.pdf", "หมดอายุแล้ว", s.agency.Name)
	hides(t, page, "foreign")
	page = g.page("/me/profile")
	holds(t, page, "สมหญิง ตัวอย่าง", "ThaID", "ยืนยันแล้ว", "จากคำขอที่ท่านเคยยื่น")
	hides(t, page, "คนอื่น")
	page = g.page("/me/readings")
	holds(t, page, mine.Number, fmt.Sprint("หัวหน้างาน หมายเลข ", s.officer), "เรื่องอยู่กับเจ้าหน้าที่คนอื่น", "ผู้รับเรื่องขอให้ช่วย")
	hides(t, page, others.Number, "เจ้าหน้าที่ตัวอย่าง") // its officer's name

	got, body := g.do(http.MethodGet, fmt.Sprint("/me/documents/", house.ID, "/file"), nil)
	if body != "%PDF-1.7\nทะเบียนบ้าน" || got.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(got.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("my file: %d %v %q", got.StatusCode, got.Header, body)
	}
	for _, path := range []string{fmt.Sprint("/me/documents/", foreign.ID, "/file"), "/me/documents/x/file", "/me/documents/999/file"} {
		if got, body := g.do(http.MethodGet, path, nil); got.StatusCode != http.StatusNotFound || strings.Contains(body, "ของคนอื่น") {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	if got, _ := g.do(http.MethodPost, fmt.Sprint("/me/documents/", foreign.ID, "/delete"), nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("another's document is deleted: %d", got.StatusCode)
	}
	g.posts(fmt.Sprint("/me/documents/", house.ID, "/delete"), "/me/documents?done=deleted", nil)
	g.posts("/me/profile/phone/delete", "/me/profile?done=deleted", nil)
	hides(t, g.page("/me/documents"), "house.pdf")
	hides(t, g.page("/me/profile"), "081 111 1111")

	holds(t, g.page("/me/documents?lang=en"), "My documents", `href="/me/documents?lang=th"`)
	g.lang = "en"
	holds(t, g.page("/me"), "My requests", "Waiting for your documents", "Sign out", `lang="en"`, "Ask an officer")
	holds(t, g.page("/me/readings"), "Who opened my cases", "Head of section no.")
	hides(t, g.page("/me/profile"), "ข้อมูลที่จำไว้")
}

// MTH-2.5: a person reads which officer saw their card and when, and why it counts no more.
func TestMeShowsWhoVouched(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	mine := s.ticket(t)
	me, by := citizens.CitizenID(mine.CitizenID), fmt.Sprint("officer ", s.officer)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return citizens.CheckedByOfficer(ctx, tx, s.box, citizens.Check{
			Citizen: me, Agency: int64(s.agency.ID), Officer: int64(s.officer), About: citizens.Attributes{FullName: "นางสาวสมหญิง ตัวอย่าง", Document: "บัตรประจำตัวประชาชน"},
		}, s.now())
	})
	g := s.signIn(t, me, citizens.Account)
	page := g.page("/me/identity")
	holds(t, page, "เจ้าหน้าที่ตรวจเอกสาร: บัตรประจำตัวประชาชน", s.agency.Name, fmt.Sprint("หัวหน้างาน หมายเลข ", s.officer), "มีผลถึง")
	hides(t, page, "เจ้าหน้าที่ตัวอย่าง") // the officer's name
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := citizens.Verifications(ctx, tx, s.box, me)
		if err != nil {
			return err
		}
		return citizens.EndVerification(ctx, tx, all[0].ID, by, "บันทึกผิดคน", s.now())
	})
	holds(t, g.page("/me/identity"), "สิ้นผลเมื่อ", "เหตุ: <span lang=\"th\">บันทึกผิดคน")
}

// What another site has a browser do is not done.
func TestMeFromElsewhere(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	g := s.signIn(t, citizens.CitizenID(s.ticket(t).CitizenID), citizens.Account)
	for _, path := range []string{"/me/delete", "/me/data/export", "/me/profile/name/delete"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+path, strings.NewReader("sure=yes"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", g.cookie)
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode < 400 { //nolint:errcheck // nothing is read
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		var n int
		err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM erasures) + (SELECT count(*) FROM exports)`).Scan(&n)
		if n != 0 {
			t.Error("something was asked for")
		}
		return err
	})
}

// PDP-4: a copy is asked for by a button, downloaded once by its person, and by nobody else.
func TestMyData(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	ticket := s.ticket(t)
	g, stranger := s.signIn(t, citizens.CitizenID(ticket.CitizenID), citizens.Account), s.signIn(t, citizens.CitizenID(s.ticket(t).CitizenID), citizens.Account)
	holds(t, g.page("/me/data"), "ขอสำเนาข้อมูล")
	g.posts("/me/data/export", "/me/data", nil)
	holds(t, g.page("/me/data"), "กำลังจัดทำสำเนา")
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	if w, err := archive.Create("data.json"); err != nil {
		t.Fatal(err)
	} else if _, err := io.WriteString(w, "{}"); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	object, err := s.files.Put(t.Context(), bytes.NewReader(packed.Bytes()), files.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var link string
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error { // as the job does
		all, err := citizens.Exports(ctx, tx, g.id)
		if err != nil {
			return err
		}
		link = "/me/export/" + all[0].Token
		id, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: "ข้อมูลของฉัน.zip", Source: "export:1"})
		if err != nil {
			return err
		}
		_, err = citizens.ExportMade(ctx, tx, all[0].ID, int64(id), s.now())
		return err
	})
	holds(t, g.page("/me/data"), link, "สำเนาพร้อมแล้ว")
	for range 2 { // a program that draws previews opens it and uses nothing up
		holds(t, g.page(link), "ดาวน์โหลดได้หนึ่งครั้ง")
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if got, body := stranger.do(method, link, nil); got.StatusCode != http.StatusNotFound || strings.Contains(body, "data.json") {
			t.Errorf("a stranger's %s: %d", method, got.StatusCode)
		}
	}
	got, body := g.do(http.MethodPost, link, nil)
	if body != packed.String() || got.Header.Get("Content-Type") != "application/zip" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment; filename") {
		t.Errorf("the copy: %d %v, %d bytes", got.StatusCode, got.Header, len(body))
	}
	if got, _ := g.do(http.MethodPost, link, nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("a second time: %d", got.StatusCode)
	}
	holds(t, g.page("/me/data"), "ดาวน์โหลดล่าสุดเมื่อ")
	if got, body := g.do(http.MethodGet, link, nil); got.StatusCode != http.StatusNotFound || !strings.Contains(body, "ขอสำเนาใหม่") {
		t.Errorf("a used link: %d", got.StatusCode)
	}
}

// A person reads what would be deleted and what stays, and must confirm.
func TestDeleteMyData(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	done, open := s.ticket(t), s.ticket(t)
	g := s.signIn(t, citizens.CitizenID(done.CitizenID), citizens.Account)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE tickets SET citizen_id = $1 WHERE id = $2`, g.id, open.ID); err != nil {
			return err
		}
		return s.desk.Decide(ctx, tx, tickets.ByOfficer(s.officer), tickets.Decision{TicketID: done.ID, Outcome: tickets.Approve, Reason: "ตอบแล้ว"})
	})
	page := g.page("/me/delete")
	holds(t, page, done.Number, "งานสารบรรณ", "พฤศจิกายน 2579", open.Number, "ลบเมื่อเรื่องเสร็จ", "ประวัติของเรื่อง")
	if got, body := g.do(http.MethodPost, "/me/delete", nil); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "กรุณาทำเครื่องหมายยืนยัน") {
		t.Errorf("not confirmed: %d", got.StatusCode)
	}
	for range 2 {
		if got, body := g.do(http.MethodPost, "/me/delete", url.Values{"sure": {"yes"}}); got.StatusCode != http.StatusOK || !strings.Contains(body, "รับคำขอลบข้อมูลแล้ว") {
			t.Errorf("confirmed: %d", got.StatusCode)
		}
	}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		var wishes, jobs int
		err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM erasures WHERE citizen_id = $1), (SELECT count(*) FROM river_job WHERE kind = 'erasure')`, g.id).Scan(&wishes, &jobs)
		if wishes != 1 || jobs != 1 {
			t.Errorf("%d wishes, %d jobs", wishes, jobs)
		}
		return err
	})
	holds(t, g.page("/me/delete"), "ท่านขอลบไว้แล้วเมื่อ")
	holds(t, g.page("/me/data"), "กำลังลบข้อมูลตามที่ท่านขอเมื่อ")
}
