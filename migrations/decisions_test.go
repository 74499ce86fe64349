package migrations_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/internal/pgtest"
)

// Taken back one after the other down to the first that tells decisions apart, and applied again: of each case the decision
// that stood is left, the appeals are gone, and every permit is still there (00031, 00039, 00045, 00058).
func TestDecisionsDown(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("0*.sql")
	must(t, err)
	files = slices.DeleteFunc(files, func(name string) bool { return name < "00031" })
	tx, err := connect(t, pgtest.URL(t)).Begin(t.Context()) // as the owner of the tables
	must(t, err)
	scope(t, tx, "all")
	a, _ := seed(t, tx)
	do := func(name, sql string, args ...any) {
		t.Helper()
		if _, err := tx.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var ticket, officer int64
	must(t, tx.QueryRow(t.Context(), `SELECT t.id, (SELECT max(id) FROM officers WHERE agency_id = $1) FROM tickets t WHERE t.agency_id = $1 ORDER BY t.id LIMIT 1`, a).Scan(&ticket, &officer))
	do("appeal", `DELETE FROM appeals WHERE agency_id = $1`, a) // in the seed a case appeals against itself
	do("former", `UPDATE decisions SET changed_at = now() WHERE ticket_id = $1`, ticket)
	do("change", `INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, facts, reason, legal_basis, appeal_body, appeal_days, change, changes, since, at)
		SELECT ticket_id, agency_id, n + 1, $2, 'revoke', 'พบ', 'เพราะ', 'กฎหมาย', 'รัฐมนตรี', 30, 'revoke', n, 'now', now() FROM decisions WHERE ticket_id = $1`, ticket, officer)
	do("second permit", `INSERT INTO permits (agency_id, ticket_id, decision, number, form_key, title, holder, items, issued_on, created_at)
		SELECT agency_id, ticket_id, 7, number || '-2', form_key, title, holder, items, issued_on, created_at FROM permits WHERE agency_id = $1`, a)
	count := func(sql string) (n int) {
		t.Helper()
		must(t, tx.QueryRow(t.Context(), sql).Scan(&n))
		return n
	}
	permits := count(`SELECT count(*) FROM permits`)
	part := func(name string, down bool) string {
		raw, err := os.ReadFile(name)
		must(t, err)
		forth, back, ok := strings.Cut(string(raw), "-- +goose Down")
		if !ok {
			t.Fatalf("%s has no way back", name)
		}
		if down {
			return back
		}
		return forth
	}
	for _, name := range slices.Backward(files) {
		do(name+" down", part(name, true))
	}
	scope(t, tx, "all")
	var outcome, reason string
	err = tx.QueryRow(t.Context(), `SELECT outcome, reason FROM decisions WHERE ticket_id = $1`, ticket).Scan(&outcome, &reason)
	if err != nil || outcome != "refuse" || !strings.Contains(reason, "เพราะ") || !strings.Contains(reason, "พบ") {
		t.Errorf("of the changed decision is left %q, %q, %v", outcome, reason, err)
	}
	if n := count(`SELECT count(*) FROM permits`); n != permits {
		t.Errorf("%d permits of %d are left", n, permits)
	}
	for _, name := range files {
		do(name+" again", part(name, false))
	}
	if n := count(`SELECT count(*) FROM pg_trigger WHERE tgname IN ('decision_rules', 'decision_stays', 'appeal_rules', 'appeal_stays')`); n != 4 {
		t.Errorf("%d of the rules are there again", n)
	}
	if err := tx.Rollback(t.Context()); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		t.Fatal(err)
	}
}
