package payments_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/chain"
	"saphan/internal/pgtest"
	"saphan/internal/thai"
	"saphan/payments"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// counter is an agency with a till, a cashier, and a clock that a test moves; all in one transaction.
type counter struct {
	t      *testing.T
	tx     pgx.Tx
	till   *payments.Till
	at     atomic.Pointer[time.Time]
	agency agencies.Agency
	by     agencies.OfficerID
	people int
}

func (c *counter) now() time.Time { return *c.at.Load() }

func (c *counter) set(year int, month time.Month, day, hour, minute, second int) {
	at := time.Date(year, month, day, hour, minute, second, 0, thai.Bangkok())
	c.at.Store(&at)
}

// newCounter opens a counter on 23 November 2026, ten in the morning in Bangkok.
func newCounter(t *testing.T, tx pgx.Tx, code string) *counter {
	t.Helper()
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	must(t, err)
	c := &counter{t: t, tx: tx}
	c.set(2026, time.November, 23, 10, 0, 0)
	c.till = payments.NewTill(jobs, c.now)
	c.agency, err = agencies.Create(t.Context(), tx, agencies.Agency{
		Code: code, Name: "เทศบาลตำบลตัวอย่าง " + code, Kind: "เทศบาล", Address: "99 หมู่ที่ 1", Phone: "02 000 0000",
	})
	must(t, err)
	must(t, tx.QueryRow(t.Context(), `INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed)
		VALUES ($1, lower($2), 'การเงิน ตัวอย่าง', 'cashier', 'x', '') RETURNING id`, c.agency.ID, code+"@example.com").Scan(&c.by))
	return c
}

// ticket makes a case and returns its number in the database, and a file that is in it.
func (c *counter) ticket() (id int64, file files.AttachmentID) {
	c.t.Helper()
	ctx := c.t.Context()
	c.people++
	name := fmt.Sprintf("%s-%d", c.agency.Code, c.people)
	must(c.t, c.tx.QueryRow(ctx, `WITH c AS (INSERT INTO citizens DEFAULT VALUES RETURNING id),
		q AS (INSERT INTO queues (agency_id, key, name) VALUES ($1, $2, 'q') RETURNING id),
		r AS (INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at)
			SELECT $2, c.id, $1, 'f', 1, '[]', now(), now() FROM c RETURNING id, citizen_id)
		INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status, entered_at, deemed_received_at, due_at, track_token, updated_at)
		SELECT $1, r.id, r.citizen_id, q.id, $2, 'f', 1, 't', 's', 'approved', now(), now(), now(), $2, now() FROM r, q RETURNING id`, c.agency.ID, name).Scan(&id))
	return id, c.file(id)
}

// file is another picture in a case.
func (c *counter) file(ticket int64) (id files.AttachmentID) {
	c.t.Helper()
	c.people++
	must(c.t, c.tx.QueryRow(c.t.Context(), `WITH a AS (INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
			VALUES ('k', '', 1, 'image/jpeg', 'n', 'x', $2) RETURNING id)
		INSERT INTO ticket_files (agency_id, ticket_id, attachment_id, label, at) SELECT $1, $3, a.id, 'l', now() FROM a RETURNING attachment_id`,
		c.agency.ID, fmt.Sprintf("%s %d", c.agency.Code, c.people), ticket).Scan(&id))
	return id
}

// demand is what an approval asks for: 1,000 baht within fifteen days.
func (c *counter) demand(ticket int64) payments.Demand {
	return payments.Demand{
		AgencyID: c.agency.ID, TicketID: ticket, Cause: payments.ByDecision, About: "ค่าธรรมเนียมใบอนุญาต", Payer: "นางสาวสมหญิง ตัวอย่าง",
		Lines: []payments.Line{{Label: "ค่าธรรมเนียม", Satang: 100000, Whole: 100000}}, DueOn: c.now().AddDate(0, 0, 15), Law: "มาตรา 54",
	}
}

// open makes a charge.
func (c *counter) open(ticket int64) payments.Charge {
	c.t.Helper()
	charge, ok, err := c.till.Open(c.t.Context(), c.tx, c.demand(ticket))
	must(c.t, err)
	if !ok {
		c.t.Fatal("no charge")
	}
	return charge
}

// taking is what the cashier saw of a payment in full.
func (c *counter) taking(charge payments.Charge) payments.Taking {
	return payments.Taking{ChargeID: charge.ID, OfficerID: c.by, OfficerName: "การเงิน ตัวอย่าง", Way: payments.ByCash, Satang: charge.Satang, PaidAt: c.now()}
}

// kinds are the events of a charge; its history must hold.
func (c *counter) kinds(id payments.ChargeID) (all []payments.EventKind) {
	c.t.Helper()
	events, err := payments.History(c.t.Context(), c.tx, id)
	must(c.t, err)
	must(c.t, chain.Check(events))
	for _, e := range events {
		all = append(all, e.Kind)
	}
	return all
}

// jobs counts jobs of a kind.
func (c *counter) jobs(kind string) (n int) {
	c.t.Helper()
	must(c.t, c.tx.QueryRow(c.t.Context(), `SELECT count(*) FROM river_job WHERE kind = $1`, kind).Scan(&n))
	return n
}
