package migrations_test

import (
	"fmt"
	"testing"

	"saphan/internal/pgtest"
)

// What everybody may read, agency B cannot write of A's: neither change, nor take away, nor add.
func TestWhatEverybodyReadsIsWrittenByItsAgency(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	a, b := seed(t, tx)
	for _, agency := range []int64{a, b} {
		_, err := tx.Exec(t.Context(), `INSERT INTO holidays (agency_id, on_date, name, source) VALUES ($1, '2026-12-07', 'ก', 'ข')`, agency)
		must(t, err)
		_, err = tx.Exec(t.Context(), `INSERT INTO retention_classes (agency_id, key, name, years, law) VALUES ($1, 'k', 'ก', 5, 'ข')`, agency)
		must(t, err)
	}
	owner := map[string]string{"agencies": "id", "holidays": "agency_id", "channels": "agency_id", "officers": "agency_id", "retention_classes": "agency_id", "areas": "agency_id", "area_tambons": "agency_id"}
	const tried = 2 // by TestFormsAreWrittenByTheirOwners
	if len(owner)+tried != len(public) {
		t.Errorf("%d tables are tried of %d", len(owner)+tried, len(public))
	}
	adds := map[string]string{
		"holidays":          `INSERT INTO holidays (agency_id, on_date, name, source) VALUES ($1, '2026-12-08', 'ก', 'ข')`,
		"retention_classes": `INSERT INTO retention_classes (agency_id, key, name, years, law) VALUES ($1, 'new', 'ก', 5, 'ข')`,

		"areas":    `INSERT INTO areas (agency_id, name, lat, lon, radius_m) VALUES ($1, 'x', 1, 2, 3)`,
		"channels": `INSERT INTO channels (agency_id, kind, destination, provider, name, secret_sealed, token_sealed) VALUES ($1, 'line', 'new', 'p', 'n', '', '')`,
		"officers": `INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed) VALUES ($1, 'new@example.com', 'ตัวอย่าง', 'officer', 'x', '')`,
	}
	for name, column := range owner {
		set := `name = 'x'`
		switch name { // a day is withdrawn, never changed (LOC-4), and an area ended
		case "holidays":
			set = `withdrawn_at = now()`
		case "areas":
			set = `ended_at = now()`
		case "area_tambons": // nobody changes them, its own agency neither
			continue
		}
		scope(t, tx, fmt.Sprint(b))
		for agency, want := range map[int64]int64{a: 0, b: 1} {
			if n := count(t, tx, name, column+` = $1`, agency); n != 1 {
				t.Errorf("%s: B sees %d of agency %d", name, n, agency)
			}
			for _, sql := range []string{
				fmt.Sprintf(`UPDATE %s SET %s WHERE %s = $1`, name, set, column),
				fmt.Sprintf(`SELECT FROM %s WHERE %s = $1 FOR NO KEY UPDATE`, name, column),
			} {
				if n, code := attempt(t, tx, sql, agency); n != want || code != "" {
					t.Errorf("B's %s of agency %d: %d rows (%s)", sql, agency, n, code)
				}
			}
		}
		if n, _ := attempt(t, tx, fmt.Sprintf(`DELETE FROM %s WHERE %s = $1`, name, column), a); n != 0 {
			t.Errorf("%s: B took A's away", name)
		}
		if add := adds[name]; add != "" {
			if n, code := attempt(t, tx, add, a); n != 0 || code != refusedByPolicy {
				t.Errorf("%s: B added to A's (%d rows, %s)", name, n, code)
			}
			if n, code := attempt(t, tx, add, b); n != 1 {
				t.Errorf("%s: B cannot add to its own (%s)", name, code)
			}
		}
		scope(t, tx, "") // only who signs in writes before there is a scope
		n, code := attempt(t, tx, fmt.Sprintf(`UPDATE %s SET %s WHERE %s = $1`, name, set, column), a)
		if want := map[bool]int64{true: 1}[name == "officers"]; n != want || code != "" {
			t.Errorf("%s: without a scope %d rows are changed (%s)", name, n, code)
		}
	}
}

// Templates are nobody's to change but the product's; what an agency does otherwise is added by that agency
// alone, and never changed.
func TestFormsAreWrittenByTheirOwners(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	a, b := seed(t, tx)
	scope(t, tx, "all")
	_, err := tx.Exec(t.Context(), `INSERT INTO form_versions (key, version, file, source, hash, published_at) VALUES ('k', 1, 'k.yaml', '', '', now())`)
	must(t, err)
	add := `INSERT INTO form_overrides (agency_id, form_key, base, changes, at) VALUES ($1, 'k', 1, '{}', now())`
	_, err = tx.Exec(t.Context(), add, a)
	must(t, err)
	scope(t, tx, fmt.Sprint(b))
	for sql, want := range map[string]string{
		`UPDATE form_versions SET file = 'x'`:      "",
		`UPDATE form_overrides SET changes = '{}'`: refusedByPolicy,
		`DELETE FROM form_overrides`:               refusedByPolicy,
		`DELETE FROM form_versions`:                refusedByPolicy,
		`INSERT INTO form_versions (key, version, file, source, hash, published_at) VALUES ('n', 1, 'k.yaml', '', '', now())`: refusedByPolicy,
	} {
		if n, code := attempt(t, tx, sql); n != 0 || code != want {
			t.Errorf("%s: %d rows (%s), want %q", sql, n, code, want)
		}
	}
	if n, code := attempt(t, tx, add, a); n != 0 || code != refusedByPolicy {
		t.Errorf("B decided for A (%d rows, %s)", n, code)
	}
	if n, code := attempt(t, tx, add, b); n != 1 || code != "" {
		t.Errorf("B cannot decide for itself (%s)", code)
	}
	if n := count(t, tx, "form_overrides", "agency_id = $1", a); n != 1 {
		t.Errorf("B sees %d of A's fees", n)
	}
}

// A day that was announced is withdrawn, never changed or taken away, in any scope (LOC-4).
func TestHolidaysAreOnlyWithdrawn(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	a, _ := seed(t, tx)
	_, err := tx.Exec(t.Context(), `INSERT INTO holidays (agency_id, on_date, name, source) VALUES ($1, '2026-12-07', 'ก', 'ข')`, a)
	must(t, err)
	for _, who := range []string{"all", fmt.Sprint(a)} {
		scope(t, tx, who)
		for _, sql := range []string{`UPDATE holidays SET name = 'x'`, `UPDATE holidays SET on_date = on_date + 1`, `UPDATE holidays SET agency_id = NULL`, `DELETE FROM holidays`, `TRUNCATE holidays`} {
			if n, code := attempt(t, tx, sql); n != 0 || code != refusedByPolicy {
				t.Errorf("scope %s: %s touched %d rows (%q)", who, sql, n, code)
			}
		}
		if n, code := attempt(t, tx, `UPDATE holidays SET withdrawn_at = now() WHERE agency_id = $1`, a); n != 1 {
			t.Errorf("scope %s cannot withdraw a day (%s)", who, code)
		}
	}
	scope(t, tx, fmt.Sprint(a))
	if n, code := attempt(t, tx, `INSERT INTO holidays (on_date, name, source) VALUES ('2026-12-08', 'ก', 'ข')`); n != 0 || code != refusedByPolicy {
		t.Errorf("an agency decided for the nation (%d rows, %s)", n, code)
	}
}
