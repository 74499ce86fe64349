package migrations_test

import (
	"os"
	"strings"
	"testing"

	"saphan/internal/pgtest"
)

// Taken back, requests that were filed under a mandate stay, without it, and the files that mandates showed are nobody's but the
// program's again; it can be put on anew.
func TestMandatesDown(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("00059_mandates.sql")
	must(t, err)
	up, down, ok := strings.Cut(string(raw), "-- +goose Down")
	if !ok {
		t.Fatal("there is no way back")
	}
	tx, err := connect(t, pgtest.URL(t)).Begin(t.Context()) // as the owner of the tables
	must(t, err)
	scope(t, tx, "all")
	a, _ := seed(t, tx)
	count := func(query string, args ...any) (n int) {
		t.Helper()
		must(t, tx.QueryRow(t.Context(), query, args...).Scan(&n))
		return n
	}
	do := func(sql string, args ...any) {
		t.Helper()
		_, err := tx.Exec(t.Context(), sql, args...)
		must(t, err)
	}
	do(`UPDATE mandates SET accepted = true, decided_at = now(), decided_by = (SELECT min(id) FROM officers WHERE agency_id = $1) WHERE agency_id = $1`, a)
	do(`INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at, mandate_id, attorney_name)
		SELECT 'for somebody', m.citizen_id, m.agency_id, r.form_key, r.form_version, '[]', m.from_on, now(), m.id, 'n'
		FROM mandates m JOIN requests r ON r.agency_id = m.agency_id WHERE m.agency_id = $1 LIMIT 1`, a)
	requests, paper := count(`SELECT count(*) FROM requests`), count(`SELECT attachment_id FROM mandates WHERE agency_id = $1`, a)
	if count(`SELECT count(*) FROM requests WHERE mandate_id IS NOT NULL`) != 1 {
		t.Fatal("no request was filed under a mandate")
	}
	do(down)
	if n := count(`SELECT count(*) FROM requests`); n != requests {
		t.Errorf("%d of %d requests are left", n, requests)
	}
	if n := count(`SELECT count(*) FROM attachments WHERE id = $1`, paper); n != 1 {
		t.Error("the signed paper is gone")
	}
	do(up)
	if n := count(`SELECT count(*) FROM requests WHERE mandate_id IS NOT NULL`) + count(`SELECT count(*) FROM mandates`); n != 0 {
		t.Errorf("%d rows say what was taken back", n)
	}
	must(t, tx.Rollback(t.Context()))
}
