package proof_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/chain"
	"saphan/proof"
)

// edits is how often the owner of the database alters something: make edits does so 1,000 times.
var edits = flag.Int("edits", 100, "how many random edits of histories to make and find")

// What is untouched is found untouched, and what came since the last anchor is no fault. Anchoring again makes nothing.
func TestAuditOfWhatIsWhole(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.open(4)
	if found := a.audit(); found.Until != nil || len(found.Findings) != 0 {
		t.Fatalf("before anything happened: %+v", found)
	}
	a.day()
	a.day()
	if made, err := a.Anchor(t.Context()); err != nil || made != 0 {
		t.Errorf("anchored the same day again: %d, %v", made, err)
	}
	a.all(func(ctx context.Context, tx pgx.Tx) { a.happens(ctx, tx, proof.Tickets, a.cases[0], "noted") })
	a.keep() // twice is once
	found := a.audit()
	if len(found.Findings) != 0 || found.Anchors != 4 || found.Loose != 1 || found.Lines < 80 {
		t.Errorf("found %+v", found)
	}
	// A case that goes to the other agency and back within a day leaves heads with both, and nothing is wrong.
	for _, agency := range []agencies.AgencyID{a.codes[1], a.codes[0], a.codes[1]} {
		a.all(func(ctx context.Context, tx pgx.Tx) {
			_, err := chain.Book[int64, string, string]{Of: "ticket"}.Append(ctx, tx, int64(agency),
				chain.Event[int64, string, string]{Subject: a.cases[0], At: a.now, Actor: "system", Kind: "moved"}, struct{}{})
			must(t, err)
		})
	}
	a.day()
	if found := a.audit(); len(found.Findings) != 0 || found.Loose != 0 {
		t.Errorf("after a case went to and fro: %+v", found)
	}
}

// edit is one forgery: it says what it altered. A line of 0 is any.
type edit struct {
	name string
	do   func(f *forger) (book proof.Book, subject int64, line int)
}

// R18: whatever the owner of the database does to the histories, the audit finds it and names the place, and accuses nothing
// else.
func TestR18EveryEditOfTheOwnerIsFound(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.open(6)
	for range 3 {
		a.day()
	}
	if found := a.audit(); len(found.Findings) != 0 {
		t.Fatalf("before any edit: %v", found.Findings)
	}
	all := forgeries()
	whole := a.DB
	counted := map[string]int{}
	for n := range *edits {
		e := all[n%len(all)]
		tx, err := a.owner.Begin(t.Context())
		must(t, err)
		_, err = tx.Exec(t.Context(), `SET LOCAL app.agency = 'all'`)
		must(t, err)
		f := &forger{t: t, tx: tx, a: a, dice: rand.New(rand.NewPCG(18, uint64(n)))}
		book, subject, line := e.do(f)
		a.DB = tx
		found := a.audit().Findings
		a.DB = whole
		must(t, tx.Rollback(t.Context()))
		hit := false
		for _, one := range found {
			here := one.Book == book && one.Subject == subject
			if book == "" { // an anchor, or a key: whatever it signed
				here = one.Wrong == proof.BadAnchor
			}
			hit = hit || here && (line == 0 || one.From <= line && line <= one.To)
			if !here {
				t.Errorf("edit %d, %s of %s %d line %d: accuses %v", n, e.name, book, subject, line, one)
			}
		}
		if !hit {
			t.Errorf("edit %d, %s of %s %d line %d was not found: %v", n, e.name, book, subject, line, found)
		}
		counted[e.name]++
	}
	if found := a.audit(); len(found.Findings) != 0 {
		t.Errorf("after all was put back: %v", found.Findings)
	}
	t.Logf("%d edits, each found with its place: %v", *edits, counted)
}

// Somebody who owns the database and signs with a key of their own is found, although everything inside agrees.
func TestAuditKnowsItsOwnKeys(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.open(2)
	a.day()
	other := newArchive(t) // another SECRET_KEY over the same database: as good as a forger's
	other.DB, other.owner, other.Store = a.DB, a.owner, a.Store
	found := other.audit()
	if len(found.Findings) == 0 || found.Findings[0].Wrong != proof.BadAnchor {
		t.Errorf("anchors of another key pass: %+v", found)
	}
}

func (f *forger) exec(sql string, args ...any) {
	f.t.Helper()
	tag, err := f.tx.Exec(f.t.Context(), sql, args...)
	if err != nil || tag.RowsAffected() == 0 {
		f.t.Fatalf("%s %v: %d rows, %v", sql, args, tag.RowsAffected(), err)
	}
}
