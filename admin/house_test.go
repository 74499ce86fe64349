package admin_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/admin"
	"saphan/agencies"
	"saphan/devkit/objectstore"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/internal/thai"
	"saphan/tickets"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// start is a Monday morning at which every test begins.
var start = time.Date(2026, time.November, 23, 10, 0, 0, 0, thai.Bangkok())

// password of every officer of a test.
const password = "รหัสผ่านสำหรับทดสอบ"

// house is the officers' screens on a database of their own, with two agencies.
type house struct {
	t      testing.TB
	pool   *pgxpool.Pool
	box    secret.Box
	desk   *tickets.Desk
	forms  *forms.Catalog
	store  *files.Store
	bell   *admin.Bell
	admin  *admin.Admin
	server *httptest.Server
	logs   *bytes.Buffer
	clock  atomic.Int64 // microseconds

	agency, other agencies.Agency
	queues        map[string]agencies.Queue
	officer       person // may work and decide
	colleague     person
	head          person
	viewer        person
	stranger      person // head of the other agency
}

// person is an officer with what he signs in with.
type person struct {
	agencies.Officer
	totp string
}

type option func(*admin.Deps)

// newHouse builds the screens on a database of their own. The object store is there only for tests that ask for it.
func newHouse(t testing.TB, options ...option) *house {
	t.Helper()
	h := &house{t: t, pool: pgtest.DB(t), logs: &bytes.Buffer{}, queues: map[string]agencies.Queue{}}
	h.set(start)
	var err error
	h.box, err = secret.Parse(secret.Generate())
	h.must(err)
	h.forms, err = forms.Ready()
	h.must(err)
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	h.must(err)
	h.desk = tickets.NewDesk(jobs, h.forms, "https://saphan.example", h.now)
	// A store is only spoken to by tests that read files.
	h.store, err = files.New(files.Config{
		Endpoint: "127.0.0.1:1", Region: "us-east-1", Bucket: "none", AccessKey: "none", SecretKey: "none", Insecure: true,
	}, h.box, slog.New(slog.DiscardHandler))
	h.must(err)
	h.bell = admin.NewBell(slog.New(slog.DiscardHandler))
	deps := admin.Deps{
		DB: h.pool, Desk: h.desk, Files: h.store, Forms: h.forms, Box: h.box, Now: h.now,
		Logger: slog.New(slog.NewTextHandler(h.logs, nil)), BaseURL: "http://127.0.0.1", Bell: h.bell,
		Messenger: &service{}, Jobs: jobs,
	}
	for _, o := range options {
		o(&deps)
	}
	h.store, h.bell = deps.Files, deps.Bell
	h.settle()
	h.admin, err = admin.New(deps)
	h.must(err)
	r := chi.NewRouter()
	r.Route(admin.Base, h.admin.Routes)
	h.server = httptest.NewServer(r)
	t.Cleanup(h.server.Close)
	return h
}

var buckets atomic.Int64

// withFiles gives the screens a real object store.
func withFiles(t testing.TB, box func() secret.Box) option {
	t.Helper()
	account := objectstore.ForTest(t)
	return func(d *admin.Deps) {
		store, err := files.New(files.Config{
			Endpoint: account.Endpoint, Region: account.Region, Bucket: fmt.Sprintf("admin-%d", buckets.Add(1)),
			AccessKey: account.AccessKey, SecretKey: account.SecretKey, Insecure: true,
		}, box(), slog.New(slog.DiscardHandler))
		if err == nil {
			err = store.Ensure(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		d.Files = store
		d.Uploads, err = files.NewUploads(files.UploadsConfig{
			Store: store, Log: slog.New(slog.DiscardHandler), Now: d.Now, Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, d.DB, fn) },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func newBox(t testing.TB) func() secret.Box {
	return func() secret.Box {
		box, err := secret.Parse(secret.Generate())
		if err != nil {
			t.Fatal(err)
		}
		return box
	}
}

// withBell lets changes reach open pages.
func withBell(t testing.TB) option {
	return func(d *admin.Deps) {
		ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		done := make(chan error, 1)
		address := d.DB.Config().ConnString()
		go func() { done <- d.Bell.Listen(ctx, address) }()
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func secured(d *admin.Deps) { d.BaseURL = "https://saphan.example" }

func (h *house) now() time.Time       { return time.UnixMicro(h.clock.Load()).In(thai.Bangkok()) }
func (h *house) set(t time.Time)      { h.clock.Store(t.UnixMicro()) }
func (h *house) pass(d time.Duration) { h.clock.Add(d.Microseconds()) }
func (h *house) ctx() context.Context { return h.t.Context() }

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) everywhere(fn func(tx pgx.Tx) error) {
	h.t.Helper()
	h.must(agencies.Everywhere(h.ctx(), h.pool, fn))
}

// settle makes the agencies and who works there.
func (h *house) settle() {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		var err error
		if h.agency, err = agencies.Create(h.ctx(), tx, agencies.Agency{Code: "TB", Name: "เทศบาลตำบลตัวอย่าง", Kind: "เทศบาล"}); err != nil {
			return err
		}
		if h.other, err = agencies.Create(h.ctx(), tx, agencies.Agency{Code: "OT", Name: "อบต.ตัวอย่างใต้", Kind: "อบต."}); err != nil {
			return err
		}
		for _, q := range []struct{ key, name, form string }{
			{"permits", "งานใบอนุญาต", "hazardous-business"}, {"works", "งานโยธาและเรื่องร้องเรียน", "public-problem"}, {"general", "งานทั่วไป", "question"},
		} {
			queue, err := agencies.CreateQueue(h.ctx(), tx, h.agency.ID, q.key, q.name)
			if err != nil {
				return err
			}
			h.queues[q.key] = queue
			if err := agencies.SetRoute(h.ctx(), tx, h.agency.ID, q.form, queue.ID); err != nil {
				return err
			}
		}
		if _, err := agencies.CreateQueue(h.ctx(), tx, h.other.ID, "general", "งานทั่วไป"); err != nil {
			return err
		}
		_, err = agencies.AddHoliday(h.ctx(), tx, 0, time.Date(2026, time.November, 20, 12, 0, 0, 0, thai.Bangkok()), "วันหยุดตัวอย่าง", "ประกาศตัวอย่าง")
		return err
	})
	h.officer = h.employ(h.agency, "officer@tb.example", "น.ส.วราภรณ์ ตัวอย่าง", agencies.RoleOfficer)
	h.colleague = h.employ(h.agency, "colleague@tb.example", "นายวิชัย ตัวอย่าง", agencies.RoleOfficer)
	h.head = h.employ(h.agency, "head@tb.example", "นางสมศรี ตัวอย่าง", agencies.RoleHead)
	h.viewer = h.employ(h.agency, "viewer@tb.example", "นายผู้ดู ตัวอย่าง", agencies.RoleViewer)
	h.stranger = h.employ(h.other, "head@ot.example", "นายต่างถิ่น ตัวอย่าง", agencies.RoleHead)
}

func (h *house) employ(a agencies.Agency, email, name string, role agencies.Role) person {
	h.t.Helper()
	totp, err := agencies.NewTOTP(email)
	h.must(err)
	p := person{totp: totp}
	h.everywhere(func(tx pgx.Tx) error {
		p.Officer, err = agencies.CreateOfficer(h.ctx(), tx, h.box, agencies.NewOfficer{
			AgencyID: a.ID, Email: email, Name: name, Role: role, Password: password, TOTP: totp,
		})
		return err
	})
	return p
}

// browser is a person at a computer: it keeps cookies and follows no redirects.
type browser struct {
	h      *house
	client *http.Client
}

func (h *house) browser() *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	h.must(err)
	return &browser{h: h, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is an answer with its body read.
type page struct {
	*http.Response
	body string
}

type header [2]string

// asHTMX is what htmx sends when it wants part of a page.
func asHTMX() []header { return []header{{"HX-Request", "true"}, {"HX-Request-Type", "partial"}} }

func (b *browser) do(method, path string, form url.Values, headers ...header) page {
	b.h.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	if !strings.HasPrefix(path, "http") {
		path = b.h.server.URL + path
	}
	r, err := http.NewRequestWithContext(b.h.ctx(), method, path, body)
	b.h.must(err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, hd := range headers {
		r.Header.Set(hd[0], hd[1])
	}
	resp, err := b.client.Do(r)
	b.h.must(err)
	text, err := io.ReadAll(resp.Body)
	b.h.must(err)
	b.h.must(resp.Body.Close())
	return page{resp, string(text)}
}

func (b *browser) get(path string, headers ...header) page {
	b.h.t.Helper()
	return b.do(http.MethodGet, path, nil, headers...)
}

func (b *browser) post(path string, form url.Values, headers ...header) page {
	b.h.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return b.do(http.MethodPost, path, form, headers...)
}

// postParts sends a form of parts, which may be files, as a browser does.
func (b *browser) postParts(path string, w *multipart.Writer, body *bytes.Buffer) page {
	b.h.t.Helper()
	b.h.must(w.Close())
	r, err := http.NewRequestWithContext(b.h.ctx(), http.MethodPost, b.h.server.URL+path, body)
	b.h.must(err)
	r.Header.Set("Content-Type", w.FormDataContentType())
	resp, err := b.client.Do(r)
	b.h.must(err)
	text, err := io.ReadAll(resp.Body)
	b.h.must(err)
	b.h.must(resp.Body.Close())
	return page{resp, string(text)}
}

// code is the one-time code that the person's phone shows now.
func (h *house) code(p person) string {
	h.t.Helper()
	code, err := agencies.TOTPCode(p.totp, h.now())
	h.must(err)
	return code
}

func (b *browser) signIn(email, pass, code string) page {
	b.h.t.Helper()
	return b.post("/admin/sign-in", url.Values{"email": {email}, "password": {pass}, "code": {code}})
}

// as is a browser in which a person has signed in.
func (h *house) as(p person) *browser {
	h.t.Helper()
	b := h.browser()
	if got := b.signIn(p.Email, password, h.code(p)); got.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("sign in as %s: %d %s", p.Email, got.StatusCode, got.body)
	}
	return b
}

var keyPattern = regexp.MustCompile(`name="key" value="([A-Z2-7]{26})"`)

// key finds the one-time key of the form on a page.
func (p page) key(t testing.TB) string {
	t.Helper()
	found := keyPattern.FindStringSubmatch(p.body)
	if found == nil {
		t.Fatalf("no form on the page (%d): %s", p.StatusCode, p.body)
	}
	return found[1]
}

// within looks into the agency's own rows.
func (h *house) within(fn func(tx pgx.Tx) error) {
	h.t.Helper()
	h.must(agencies.Within(h.ctx(), h.pool, h.agency.ID, fn))
}

// ticket reads a ticket as it is now.
func (h *house) ticket(id tickets.TicketID) tickets.Ticket {
	h.t.Helper()
	var t tickets.Ticket
	h.within(func(tx pgx.Tx) (err error) {
		t, err = tickets.Find(h.ctx(), tx, id)
		return err
	})
	return t
}

// events are the kinds of what happened to a ticket, in order.
func (h *house) events(id tickets.TicketID) string {
	h.t.Helper()
	var kinds []string
	h.within(func(tx pgx.Tx) error {
		all, err := tickets.History(h.ctx(), tx, id)
		for _, e := range all {
			kinds = append(kinds, string(e.Kind))
		}
		return err
	})
	return strings.Join(kinds, " ")
}

// keep stores a file as an attachment.
func (h *house) keep(name string, body []byte) forms.File {
	h.t.Helper()
	o, err := h.store.Put(h.ctx(), bytes.NewReader(body), files.Limits{})
	h.must(err)
	f := forms.File{Name: name, Type: o.MediaType, Size: o.Size}
	h.everywhere(func(tx pgx.Tx) error {
		id, err := files.Insert(h.ctx(), tx, files.Attachment{Object: o, Name: files.SafeName(name), Source: fmt.Sprintf("test:%d", drafts.Add(1))})
		f.ID = int64(id)
		return err
	})
	return f
}

// photo draws a picture of a street at dusk.
func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{uint8(40 + 120*y/h), uint8(70 + 70*y/h), uint8(120 - 40*y/h), 255}
			if dx, dy := x-w/2, y-h/3; dx*dx+dy*dy < w*w/60 {
				c = color.RGBA{250, 214, 120, 255}
			}
			if y > h*3/4 {
				c = color.RGBA{60, 62, 66, 255}
			}
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// samplePDF is the smallest document that a viewer draws something of.
func samplePDF() []byte {
	var b bytes.Buffer
	var at []int
	b.WriteString("%PDF-1.4\n")
	for i, body := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
		"<</Length 74>>stream\n2 w 40 40 340 200 re S 40 140 m 380 140 l S BT /F 18 Tf 60 160 Td (Site sketch) Tj ET\nendstream",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj%s endobj\n", i+1, body)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, table)
	return b.Bytes()
}

// sessionsOf is the officers' sessions, for what happens elsewhere.
func (h *house) sessionsOf() *agencies.Sessions {
	return agencies.NewSessions(h.pool, h.box, h.now)
}
