package permits_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/internal/thai"
	"saphan/permits"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// clock is a time that a test moves.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) now() time.Time { return *c.at.Load() }

func (c *clock) set(year int, month time.Month, day, hour, minute int) {
	t := time.Date(year, month, day, hour, minute, 0, 0, thai.Bangkok())
	c.at.Store(&t)
}

// office returns an Office on 21 November 2026, ten in the morning in Bangkok, and its clock.
func office(t *testing.T) (*permits.Office, *clock) {
	t.Helper()
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{}
	c.set(2026, time.November, 21, 10, 0)
	return permits.NewOffice(jobs, box, "https://saphan.example.go.th/", c.now), c
}

// agency makes an agency with a queue.
func agency(ctx context.Context, t *testing.T, tx pgx.Tx, code string) (agencies.Agency, agencies.Queue) {
	t.Helper()
	a, err := agencies.Create(ctx, tx, agencies.Agency{
		Code: code, Name: "เทศบาลตำบลตัวอย่าง " + code, Kind: "เทศบาล", Signer: "นายกเทศมนตรีตำบลตัวอย่าง",
		Address: "99 หมู่ที่ 1 ตำบลตัวอย่าง", Phone: "02 000 0000",
	})
	if err != nil {
		t.Fatal(err)
	}
	q, err := agencies.CreateQueue(ctx, tx, a.ID, "permits", "งานใบอนุญาต")
	if err != nil {
		t.Fatal(err)
	}
	return a, q
}

// ticket makes an approved ticket of the agency.
func ticket(ctx context.Context, t *testing.T, tx pgx.Tx, a agencies.Agency, q agencies.Queue, n int) int64 {
	t.Helper()
	var citizen, request, id int64
	if err := tx.QueryRow(ctx, `INSERT INTO citizens DEFAULT VALUES RETURNING id`).Scan(&citizen); err != nil {
		t.Fatal(err)
	}
	err := tx.QueryRow(ctx, `INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at)
		VALUES ($1, $2, $3, 'hazardous-business', 1, '[]', now(), now()) RETURNING id`, fmt.Sprintf("%s-%d", a.Code, n), citizen, a.ID).Scan(&request)
	if err != nil {
		t.Fatal(err)
	}
	err = tx.QueryRow(ctx, `INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject,
			status, entered_at, deemed_received_at, due_at, track_token, updated_at)
		VALUES ($1, $2, $3, $4, $5, 'hazardous-business', 1, 'คำขอ', 'คำขอ', 'approved', now(), now(), now(), $5, now()) RETURNING id`,
		a.ID, request, citizen, q.ID, fmt.Sprintf("%s-2569-%06d", a.Code, n)).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// grant is what an approval of the ticket gives.
func grant(a agencies.Agency, ticket int64) permits.Grant {
	return permits.Grant{
		AgencyID: a.ID, TicketID: ticket, FormKey: "hazardous-business", Code: "HB", FormCode: "กอ.2",
		Title: "ใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", Holder: "นางสาวสมหญิง ตัวอย่างสกุล",
		Items: []permits.Item{
			permits.NewItem("national_id", "เลขประจำตัวประชาชน", "1-2345-45678-78-1"),
			permits.NewItem("home_address", "ที่อยู่", "12/3 หมู่ที่ 4 ตำบลทุ่งแค้ว อำเภอหนองม่วงไข่ จังหวัดแพร่ 54170"),
			permits.NewItem("premises_name", "ชื่อสถานประกอบการ", "โรงน้ำแข็งตัวอย่าง ปั๊มน้ำใส"),
			permits.NewItem("workers", "จำนวนคนงาน", "8 คน"),
		},
		Conditions: "ต้องมีถังดับเพลิง 2 เครื่อง\nห้ามก่อเสียงดังเกิน 70 เดซิเบล", LegalBasis: "พระราชบัญญัติการสาธารณสุข พ.ศ. 2535 มาตรา 54",
		FeeSatang: 100000, FeeNote: "ต่อปี", SignerName: "นายสมชาย ตัวอย่างดี", ValidYears: 1, By: "officer 1",
	}
}
