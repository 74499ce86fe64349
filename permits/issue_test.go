package permits_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/permits"
)

func count(ctx context.Context, t *testing.T, tx pgx.Tx, query string, args ...any) int {
	t.Helper()
	var n int
	if err := tx.QueryRow(ctx, query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Design rule 1: issuing again changes nothing; number, history, event and job come once and together.
func TestIssueIsIdempotentByTicket(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, _ := office(t)
	a, q := agency(ctx, t, tx, "SN")
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agencies.CreateEndpoint(ctx, tx, box, a.ID, "https://agency.example.go.th/hook", agencies.NewSecret(), nil); err != nil {
		t.Fatal(err)
	}
	id := ticket(ctx, t, tx, a, q, 1)
	first, err := o.Issue(ctx, tx, grant(a, id))
	if err != nil {
		t.Fatal(err)
	}
	again, err := o.Issue(ctx, tx, grant(a, id))
	if err != nil {
		t.Fatal(err)
	}
	if first.Number != "SN-HB-2569-000001" || again.Number != first.Number || again.ID != first.ID {
		t.Errorf("issued %s, then %s", first.Number, again.Number)
	}
	if n := count(ctx, t, tx, `SELECT count(*) FROM river_job WHERE kind = 'render'`); n != 1 {
		t.Errorf("%d render jobs, want 1", n)
	}
	if n := count(ctx, t, tx, `SELECT count(*) FROM deliveries WHERE kind = 'permit.issued'`); n != 1 {
		t.Errorf("%d webhook events, want 1", n)
	}
	var body string
	if err := tx.QueryRow(ctx, `SELECT convert_from(body, 'UTF8') FROM deliveries`).Scan(&body); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(body, `"verify":"https://saphan.example.go.th/p/SN-HB-2569-000001"`) || strings.Contains(body, "สมหญิง") { // PDP-9
		t.Errorf("event is %s", body)
	}
	if first.SignerPost != a.Signer || first.ValidUntil == nil || first.ValidUntil.Format(time.DateOnly) != "2027-11-21" {
		t.Errorf("signer %q until %v", first.SignerPost, first.ValidUntil)
	}
	if number, err := permits.NumberOf(ctx, tx, id); err != nil || number != first.Number {
		t.Errorf("NumberOf: %q, %v", number, err)
	}
	if number, err := permits.NumberOf(ctx, tx, id+99); err != nil || number != "" {
		t.Errorf("NumberOf a ticket without a permit: %q, %v", number, err)
	}
}

// Numbers run without gaps within agency, kind and Buddhist year, however many approvals come at once.
func TestNumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), pgtest.DB(t)
	o, _ := office(t)
	const many = 24
	var (
		a   agencies.Agency
		ids []int64
	)
	err := agencies.Everywhere(ctx, db, func(tx pgx.Tx) error {
		var q agencies.Queue
		a, q = agency(ctx, t, tx, "SN")
		for i := range many {
			ids = append(ids, ticket(ctx, t, tx, a, q, i))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	failed := fmt.Errorf("approval taken back")
	for i, id := range append(ids, ids...) { // each ticket twice, at the same time
		wg.Go(func() {
			err := agencies.Everywhere(ctx, db, func(tx pgx.Tx) error {
				if _, err := o.Issue(ctx, tx, grant(a, id)); err != nil {
					return err
				}
				if i%5 == 0 && i < many {
					return failed // the number goes back too
				}
				return nil
			})
			if err != nil && !strings.Contains(err.Error(), failed.Error()) {
				t.Errorf("ticket %d: %v", id, err)
			}
		})
	}
	wg.Wait()
	var numbers []string
	err = agencies.Everywhere(ctx, db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT number FROM permits ORDER BY number`)
		if err != nil {
			return err
		}
		numbers, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(numbers) != many {
		t.Fatalf("%d permits of %d tickets", len(numbers), many)
	}
	for i, n := range numbers {
		if want := fmt.Sprintf("SN-HB-2569-%06d", i+1); n != want {
			t.Errorf("number %d is %s, want %s", i, n, want)
		}
	}
}

// A series begins anew with the Buddhist year, which changes at midnight in Bangkok and not in Greenwich.
func TestNumbersFollowTheBuddhistYear(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, c := office(t)
	a, q := agency(ctx, t, tx, "SN")
	for i, want := range []string{"SN-HB-2569-000001", "SN-HB-2570-000001", "SN-HB-2570-000002"} {
		if i > 0 {
			c.set(2027, time.January, 1, 0, i-1) // 31 December in Greenwich
		}
		p, err := o.Issue(ctx, tx, grant(a, ticket(ctx, t, tx, a, q, i)))
		if err != nil {
			t.Fatal(err)
		}
		if p.Number != want {
			t.Errorf("number is %s, want %s", p.Number, want)
		}
	}
	g := grant(a, ticket(ctx, t, tx, a, q, 9))
	g.Code = "FD"
	if p, err := o.Issue(ctx, tx, g); err != nil || p.Number != "SN-FD-2570-000001" {
		t.Errorf("another kind: %s, %v", p.Number, err)
	}
}

// Domain trap 6: a year is a calendar year; a permit of 29 February does not run into March.
func TestValidUntil(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, c := office(t)
	a, q := agency(ctx, t, tx, "SN")
	for i, tt := range []struct {
		year  int
		month time.Month
		day   int
		years int
		want  string
	}{
		{2026, time.November, 21, 1, "2027-11-21"}, {2028, time.February, 29, 1, "2029-02-28"}, {2028, time.February, 29, 4, "2032-02-29"},
		{2026, time.December, 31, 1, "2027-12-31"}, {2026, time.November, 21, 0, ""},
	} {
		c.set(tt.year, tt.month, tt.day, 0, 30)
		g := grant(a, ticket(ctx, t, tx, a, q, i))
		g.ValidYears = tt.years
		p, err := o.Issue(ctx, tx, g)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if p.ValidUntil != nil {
			got = p.ValidUntil.Format(time.DateOnly)
		}
		if got != tt.want {
			t.Errorf("issued %d-%d-%d for %d years: until %q, want %q", tt.year, tt.month, tt.day, tt.years, got, tt.want)
		}
	}
}

func TestIssueRefusesWhatHasNoName(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, _ := office(t)
	a, q := agency(ctx, t, tx, "SN")
	id := ticket(ctx, t, tx, a, q, 1)
	for name, spoil := range map[string]func(*permits.Grant){
		"code": func(g *permits.Grant) { g.Code = "กอ" }, "holder": func(g *permits.Grant) { g.Holder = " " }, "title": func(g *permits.Grant) { g.Title = "" },
	} {
		g := grant(a, id)
		spoil(&g)
		if _, err := o.Issue(ctx, tx, g); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
	if n := count(ctx, t, tx, `SELECT count(*) FROM number_series`); n != 0 {
		t.Error("a refused grant took a number")
	}
}

// Row-level security: an agency neither sees nor writes another's permits and their history.
func TestTenancy(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), pgtest.DB(t)
	o, _ := office(t)
	var mine, theirs agencies.Agency
	var p permits.Permit
	err := agencies.Everywhere(ctx, db, func(tx pgx.Tx) error {
		var q agencies.Queue
		mine, _ = agency(ctx, t, tx, "SN")
		theirs, q = agency(ctx, t, tx, "PK")
		var err error
		p, err = o.Issue(ctx, tx, grant(theirs, ticket(ctx, t, tx, theirs, q, 1)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = agencies.Within(ctx, db, mine.ID, func(tx pgx.Tx) error {
		if _, err := permits.Find(ctx, tx, p.Number); !fault.Is(err, fault.NotFound) {
			t.Errorf("another agency's permit: %v", err)
		}
		if err := o.Revoke(ctx, tx, "officer 1", p.ID, "ลองดู"); !fault.Is(err, fault.NotFound) {
			t.Errorf("revoking another agency's permit: %v", err)
		}
		if events, err := permits.History(ctx, tx, p.ID); err != nil || len(events) != 0 {
			t.Errorf("another agency's history: %d events, %v", len(events), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = agencies.Within(ctx, db, theirs.ID, func(tx pgx.Tx) error {
		_, err := permits.Find(ctx, tx, p.Number)
		return err
	})
	if err != nil {
		t.Errorf("the agency's own permit: %v", err)
	}
	err = agencies.Within(ctx, db, theirs.ID, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE permit_events SET actor = 'officer 2'`)
		return err
	})
	if err == nil {
		t.Error("EGA-15.1: the history could be changed")
	}
}
