package citizens_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func resolve(t *testing.T, tx pgx.Tx, kind, provider, id string) citizens.Identity {
	t.Helper()
	i, err := citizens.Resolve(t.Context(), tx, kind, provider, id)
	must(t, err)
	return i
}

func count(t *testing.T, tx pgx.Tx, query string) (n int) {
	t.Helper()
	must(t, tx.QueryRow(t.Context(), query).Scan(&n))
	return n
}

// Row 53: an account is one per provider of official accounts; the same letters under another are
// somebody else.
func TestResolve(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	people := count(t, tx, `SELECT count(*) FROM citizens`)
	first := resolve(t, tx, "line", "ข", "U1")
	if first.Name != "" || first.ExternalID != "U1" || first.CitizenID == 0 {
		t.Errorf("new %+v", first)
	}
	if again := resolve(t, tx, "line", "ข", "U1"); again != first {
		t.Errorf("again %+v, want %+v", again, first)
	}
	for _, other := range []citizens.Identity{resolve(t, tx, "line", "ค", "U1"), resolve(t, tx, "web", "ข", "U1"), resolve(t, tx, "line", "ข", "U2")} {
		if other.ID == first.ID || other.CitizenID == first.CitizenID {
			t.Errorf("%+v is taken for %+v", other, first)
		}
	}
	if n := count(t, tx, `SELECT count(*) FROM citizens`); n != people+4 {
		t.Errorf("%d new citizens, want 4", n-people)
	}
	found, err := citizens.FindIdentity(t.Context(), tx, first.ID)
	if err != nil || found != first {
		t.Errorf("found %+v (%v)", found, err)
	}
	if _, err := citizens.FindIdentity(t.Context(), tx, 999999); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("an identity that is not there: %v", err)
	}
}

// Two first messages at once are of one person.
func TestResolveAtTheSameInstant(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		found = map[citizens.Identity]bool{}
		start = make(chan struct{})
	)
	for range 8 {
		wg.Go(func() {
			<-start
			err := agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
				i, err := citizens.Resolve(t.Context(), tx, "line", "p", "U1")
				time.Sleep(5 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				found[i] = true
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	if len(found) != 1 {
		t.Errorf("one person became %v", found)
	}
	must(t, agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
		if n := count(t, tx, `SELECT count(*) FROM citizens`); n != 1 {
			t.Errorf("%d citizens are left over", n-1)
		}
		return nil
	}))
}

func TestNameAndBlock(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	known := func(id string) bool {
		t.Helper()
		k, err := citizens.Known(t.Context(), tx, "line", "ง", id)
		must(t, err)
		return k
	}
	if known("U1") {
		t.Error("a stranger is known")
	}
	i := resolve(t, tx, "line", "ง", "U1")
	if !known("U1") || known("U2") {
		t.Error("known is not who was resolved")
	}
	must(t, citizens.Rename(t.Context(), tx, i.ID, "สมหญิง (ตัวอย่าง)"))
	if named := resolve(t, tx, "line", "ง", "U1"); named.Name != "สมหญิง (ตัวอย่าง)" || named.ID != i.ID {
		t.Errorf("renamed %+v", named)
	}
}

// PDP-1, PDP-2: the first showing of each version counts.
func TestNoticed(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	i := resolve(t, tx, "line", "จ", "U1")
	first := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	for n, version := range []int{1, 1, 2} {
		must(t, citizens.Noticed(t.Context(), tx, i.CitizenID, "question", version, first.Add(time.Duration(n)*time.Hour)))
	}
	rows, err := tx.Query(t.Context(), `SELECT version, shown_at FROM notices WHERE citizen_id = $1 ORDER BY version`, i.CitizenID)
	must(t, err)
	type shown struct {
		Version int
		At      time.Time
	}
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[shown])
	must(t, err)
	if len(got) != 2 || !got[0].At.Equal(first) || !got[1].At.Equal(first.Add(2*time.Hour)) {
		t.Errorf("noticed %+v", got)
	}
}
