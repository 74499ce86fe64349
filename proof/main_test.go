package proof_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/devkit/objectstore"
	"saphan/files"
	"saphan/internal/chain"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/internal/thai"
	"saphan/proof"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var buckets atomic.Int64

// archive is a database with histories of several days, as its owner sees it, and the object store beside it.
type archive struct {
	*proof.Notary
	t     *testing.T
	owner *pgxpool.Pool
	now   time.Time
	cases []int64
	codes []agencies.AgencyID
}

func newArchive(t *testing.T) *archive {
	t.Helper()
	a := &archive{t: t, now: time.Date(2026, time.November, 20, 9, 0, 0, 0, thai.Bangkok())}
	var err error
	a.owner, err = pgxpool.New(t.Context(), pgtest.URL(t))
	must(t, err)
	t.Cleanup(a.owner.Close)
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	account := objectstore.ForTest(t)
	store, err := files.New(files.Config{
		Endpoint: account.Endpoint, Region: account.Region, Bucket: fmt.Sprintf("proof-%d", buckets.Add(1)), AccessKey: account.AccessKey, SecretKey: account.SecretKey, Insecure: true,
	}, box, slog.New(slog.DiscardHandler))
	must(t, err)
	must(t, store.Ensure(t.Context()))
	jobs, err := river.NewClient(riverpgxv5.New(a.owner), &river.Config{Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	a.Notary = &proof.Notary{DB: a.owner, Store: store, Box: box, Jobs: jobs, Now: func() time.Time { return a.now }}
	return a
}

// all runs fn over all agencies.
func (a *archive) all(fn func(ctx context.Context, tx pgx.Tx)) {
	a.t.Helper()
	must(a.t, agencies.Everywhere(a.t.Context(), a.DB, func(tx pgx.Tx) error { fn(a.t.Context(), tx); return nil }))
}

// open makes two agencies with some cases, permits, charges and breaches each.
func (a *archive) open(each int) {
	a.t.Helper()
	a.all(func(ctx context.Context, tx pgx.Tx) {
		one := func(sql string, args ...any) (id int64) {
			a.t.Helper()
			must(a.t, tx.QueryRow(ctx, sql+` RETURNING id`, args...).Scan(&id))
			return id
		}
		for _, code := range []string{"TSN", "TSM"} {
			agency := one(`INSERT INTO agencies (code, name, kind) VALUES ($1, 'เทศบาลตัวอย่าง', 'เทศบาล')`, code)
			a.codes = append(a.codes, agencies.AgencyID(agency))
			queue := one(`INSERT INTO queues (agency_id, key, name) VALUES ($1, 'q', 'q')`, agency)
			one(`INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed) VALUES ($1, lower($2), 'ตัวอย่าง', 'head', 'x', '')`, agency, code+"@example.com")
			for n := range each {
				name := fmt.Sprintf("%s-2569-%06d", code, n+1)
				citizen := one(`INSERT INTO citizens DEFAULT VALUES`)
				request := one(`INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at) VALUES ($1, $2, $3, 'f', 1, '[]', now(), now())`, name, citizen, agency)
				ticket := one(`INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status, entered_at, deemed_received_at, due_at, track_token, updated_at)
					VALUES ($1, $2, $3, $4, $5, 'f', 1, 't', 's', 'open', now(), now(), now(), $5, now())`, agency, request, citizen, queue, name)
				a.cases = append(a.cases, ticket)
				one(`INSERT INTO permits (agency_id, ticket_id, number, form_key, title, holder, items, issued_on, created_at) VALUES ($1, $2, $3, 'f', 't', 'h', '[]', now(), now())`, agency, ticket, name)
				one(`INSERT INTO charges (agency_id, ticket_id, cause, number, about, payer, lines, satang, token, made_at) VALUES ($1, $2, 'decision', $3, 'a', 'p', '[]', 1, $3, now())`, agency, ticket, name)
				one(`INSERT INTO breaches (agency_id, year_be, n, state, detected_at) VALUES ($1, 2569, $2, 'open', now())`, agency, n+1)
			}
		}
	})
}

// happens adds a line to a history.
func (a *archive) happens(ctx context.Context, tx pgx.Tx, book proof.Book, subject int64, kind string) {
	a.t.Helper()
	var agency int64
	table := map[proof.Book]string{proof.Tickets: "tickets", proof.Permits: "permits", proof.Charges: "charges", proof.Breaches: "breaches"}[book]
	if table == "" {
		agency = subject
	} else {
		must(a.t, tx.QueryRow(ctx, `SELECT agency_id FROM `+table+` WHERE id = $1`, subject).Scan(&agency))
	}
	_, err := chain.Book[int64, string, string]{Of: string(book)}.Append(ctx, tx, agency,
		chain.Event[int64, string, string]{Subject: subject, At: a.now, Actor: "officer 1", Kind: kind}, map[string]any{"note": a.now.Unix()})
	must(a.t, err)
}

// day lets something happen in every history, and the night after it be anchored.
func (a *archive) day() {
	a.t.Helper()
	a.all(func(ctx context.Context, tx pgx.Tx) {
		for i, id := range a.cases {
			a.now = a.now.Add(time.Minute)
			for range 2 + i%2 {
				a.happens(ctx, tx, proof.Tickets, id, "noted")
			}
			a.happens(ctx, tx, proof.Charges, id, "reminded") // as many of each, with the same numbers
			a.happens(ctx, tx, proof.Permits, id, "suspended")
			a.happens(ctx, tx, proof.Breaches, id, "corrected")
			must(a.t, citizens.NoteReading(ctx, tx, citizens.Reading{AgencyID: int64(a.codes[i*2/len(a.cases)]), TicketID: id, OfficerID: 1, Kind: citizens.ReadCase, Standing: citizens.Other, Reason: "เหตุตัวอย่าง", At: a.now}))
		}
		for _, agency := range a.codes {
			a.happens(ctx, tx, proof.Agencies, int64(agency), "hours")
		}
	})
	a.night()
}

// night anchors the day and keeps the anchors.
func (a *archive) night() {
	a.t.Helper()
	a.now = time.Date(a.now.Year(), a.now.Month(), a.now.Day()+1, 2, 0, 0, 0, thai.Bangkok())
	made, err := a.Anchor(a.t.Context())
	must(a.t, err)
	if made != len(a.codes) {
		a.t.Fatalf("%d anchors were made, want one for each of %d agencies", made, len(a.codes))
	}
	a.keep()
	a.now = a.now.Add(7 * time.Hour)
}

// keep does what the jobs do that keep anchors outside.
func (a *archive) keep() {
	a.t.Helper()
	for _, agency := range a.codes {
		var latest proof.Anchor
		a.all(func(ctx context.Context, tx pgx.Tx) {
			var err error
			latest, err = proof.Latest(ctx, tx, agency)
			must(a.t, err)
		})
		must(a.t, a.Keep(a.t.Context(), agency, latest.Number))
	}
}

func (a *archive) audit() proof.Audited {
	a.t.Helper()
	found, err := a.Audit(a.t.Context())
	must(a.t, err)
	return found
}
