package migrations_test

import (
	"os"
	"strings"
	"testing"

	"saphan/internal/pgtest"
)

// Taken back, what was replaced still does not hold, its history stays, and the migration can be applied again.
func TestReplacesDown(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("00027_replaces.sql")
	must(t, err)
	up, down, ok := strings.Cut(string(raw), "-- +goose Down")
	if !ok {
		t.Fatal("there is no way back")
	}
	tx, err := connect(t, pgtest.URL(t)).Begin(t.Context()) // as the owner of the tables
	must(t, err)
	scope(t, tx, "all")
	a, _ := seed(t, tx)
	do := func(sql string) {
		t.Helper()
		_, err := tx.Exec(t.Context(), sql)
		must(t, err)
	}
	_, err = tx.Exec(t.Context(), `UPDATE permits SET status = 'replaced', replaced_by = 'AAA-HB-2569-000002' WHERE agency_id = $1`, a)
	must(t, err)
	_, err = tx.Exec(t.Context(), `INSERT INTO permit_events (agency_id, permit_id, seq, at, actor, kind, detail, hash)
		SELECT agency_id, id, 2, now(), 'system', 'replaced', '{}', '' FROM permits WHERE agency_id = $1`, a)
	must(t, err)
	do(down)
	var status, why string
	must(t, tx.QueryRow(t.Context(), `SELECT status, status_reason FROM permits WHERE agency_id = $1`, a).Scan(&status, &why))
	if status != "revoked" || !strings.Contains(why, "AAA-HB-2569-000002") {
		t.Errorf("taken back it is %s: %s", status, why)
	}
	var events int
	must(t, tx.QueryRow(t.Context(), `SELECT count(*) FROM permit_events WHERE kind = 'replaced'`).Scan(&events))
	if events != 1 {
		t.Errorf("%d events are left", events)
	}
	do(up)
	must(t, tx.Rollback(t.Context()))
}
