package portal_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/devkit/objectstore"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/internal/thai"
	"saphan/permits"
	"saphan/portal"
	"saphan/tickets"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// stand is the public pages over a real database, with one agency.
type stand struct {
	db      *pgxpool.Pool
	desk    *tickets.Desk
	office  *permits.Office
	jobs    *river.Client[pgx.Tx]
	box     secret.Box
	files   *files.Store
	catalog *forms.Catalog // nil: pages know no services
	agency  agencies.Agency
	officer agencies.OfficerID
	server  *httptest.Server
	log     *bytes.Buffer
	clock   atomic.Pointer[time.Time]
	made    int
}

func (s *stand) now() time.Time { return *s.clock.Load() }

func (s *stand) set(year int, month time.Month, day, hour, minute int) {
	t := time.Date(year, month, day, hour, minute, 0, 0, thai.Bangkok())
	s.clock.Store(&t)
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{db: pgtest.DB(t), log: &bytes.Buffer{}}
	s.set(2026, time.November, 23, 10, 0)
	var err error
	s.jobs, err = river.NewClient(riverpgxv5.New(nil), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s.box, err = secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	logger := s.logger()
	const base = "https://saphan.example.go.th"
	s.office = permits.NewOffice(s.jobs, s.box, base, s.now)
	s.desk = tickets.NewDesk(s.jobs, catalog, base, s.now)
	s.files, err = files.New(files.Config{Endpoint: "127.0.0.1:1", Bucket: "none", Insecure: true}, s.box, logger)
	if err != nil {
		t.Fatal(err)
	}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		s.agency, err = agencies.Create(ctx, tx, agencies.Agency{
			Code: "SN", Name: "เทศบาลตำบลตัวอย่าง", Kind: "เทศบาล", Signer: "นายกเทศมนตรีตำบลตัวอย่าง", Phone: "02 000 0000",
			Address: "99 หมู่ที่ 1 ตำบลตัวอย่าง",
		})
		if err != nil {
			return err
		}
		if _, err := agencies.CreateQueue(ctx, tx, s.agency.ID, "general", "งานทั่วไป"); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed)
			VALUES ($1, 'officer@example.go.th', 'เจ้าหน้าที่ตัวอย่าง', 'head', 'x', '\x00') RETURNING id`, s.agency.ID).Scan(&s.officer)
	})
	s.serve(t, logger)
	return s
}

// logger writes what is worth a warning into the stand's log.
func (s *stand) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (s *stand) serve(t *testing.T, logger *slog.Logger) {
	t.Helper()
	p, err := portal.New(portal.Deps{
		DB: s.db, Permits: s.office, Files: s.files, Now: s.now, Logger: logger, BaseURL: "https://saphan.example.go.th", Desk: s.desk, Box: s.box, Jobs: s.jobs, Catalog: s.catalog,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := chi.NewRouter()
	p.Routes(r)
	s.server = httptest.NewServer(r)
	t.Cleanup(s.server.Close)
}

// withStore gives the stand a real object store.
func (s *stand) withStore(t *testing.T) {
	t.Helper()
	account := objectstore.ForTest(t)
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	logger := s.logger()
	s.files, err = files.New(files.Config{
		Endpoint: account.Endpoint, Region: account.Region, Bucket: "portal", AccessKey: account.AccessKey, SecretKey: account.SecretKey, Insecure: true,
	}, box, logger)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.files.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.serve(t, logger)
}

// everywhere runs fn over all agencies and commits.
func (s *stand) everywhere(t *testing.T, fn func(ctx context.Context, tx pgx.Tx) error) {
	t.Helper()
	ctx := t.Context()
	if err := agencies.Everywhere(ctx, s.db, func(tx pgx.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

// ticket files a question and routes it.
func (s *stand) ticket(t *testing.T) tickets.Ticket {
	t.Helper()
	s.made++
	var made tickets.Ticket
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		var citizen int64
		if err := tx.QueryRow(ctx, `INSERT INTO citizens DEFAULT VALUES RETURNING id`).Scan(&citizen); err != nil {
			return err
		}
		request, err := s.desk.Submit(ctx, tx, tickets.Submission{
			Draft: fmt.Sprint("draft", s.made), CitizenID: citizen, AgencyID: s.agency.ID, Form: "question", Version: 1, EnteredAt: s.now(), CitizenName: "สมหญิง",
			Answers: []forms.Answer{{Field: "question", Kind: forms.TextField, Label: "คำถาม", Text: "ถนนน้ำท่วม", Value: []byte(`"ถนนน้ำท่วม"`)}},
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

// permit issues a permit on a ticket of its own.
func (s *stand) permit(t *testing.T) permits.Permit {
	t.Helper()
	ticket := s.ticket(t)
	var made permits.Permit
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		made, err = s.office.Issue(ctx, tx, permits.Grant{
			AgencyID: s.agency.ID, TicketID: int64(ticket.ID), FormKey: "hazardous-business", Code: "HB", FormCode: "กอ.2",
			Title: "ใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", Holder: "นางสาวสมหญิง ตัวอย่างสกุล", ValidYears: 1, SignerName: "นายสมชาย ตัวอย่างดี",
			Items: []permits.Item{
				permits.NewItem("national_id", "เลขประจำตัวประชาชน", "1-2345-45678-78-1"),
				permits.NewItem("home_address", "ที่อยู่", "12/3 หมู่ที่ 4 ตำบลทุ่งแค้ว อำเภอหนองม่วงไข่ จังหวัดแพร่ 54170"),
				permits.NewItem("premises_name", "ชื่อสถานประกอบการ", "โรงน้ำแข็งตัวอย่าง ปั๊มน้ำใส"),
				permits.NewItem("business_group", "ประเภทกิจการ", "อาหาร เครื่องดื่ม น้ำดื่ม"),
				permits.NewItem("premises_address", "ตั้งอยู่ที่", "45 หมู่ที่ 2 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000"),
				permits.NewItem("workers", "จำนวนคนงาน", "8 คน"),
			},
		})
		return err
	})
	return made
}

// answer is what came back besides the page itself.
type answer struct {
	StatusCode int
	Header     http.Header
}

// get asks for a page.
func (s *stand) get(t *testing.T, path string, headers ...string) (answer, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to the end below
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header}, string(body)
}

// holds fails for each of the words that the page lacks.
func holds(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			t.Errorf("the page lacks %q:\n%s", w, page)
		}
	}
}

// hides fails for each of the words that the page has.
func hides(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(page, w) {
			t.Errorf("the page shows %q:\n%s", w, page)
		}
	}
}

// added are things that a law adds to the manual, which a case may be asked for whatever its service lists.
func added(labels ...string) (all []tickets.Added) {
	for _, l := range labels {
		all = append(all, tickets.Added{Label: l, Law: "ข้อบัญญัติตัวอย่าง ข้อ 5"})
	}
	return all
}
