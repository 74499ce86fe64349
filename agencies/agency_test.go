package agencies_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
)

func TestAgencyAndItsQueues(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	second := makeAgency(t, tx, "AGB", "เทศบาลขอนแก่น ตัวอย่าง")
	first := makeAgency(t, tx, "AGA", "เทศบาลกระบี่ ตัวอย่าง")
	found, err := agencies.Find(ctx, tx, first.ID)
	if err != nil || found != first || found.Hours != agencies.UsualHours || found.Signer == "" {
		t.Errorf("found %+v (%v), made %+v", found, err, first)
	}
	for _, code := range []string{found.Code, strings.ToLower(found.Code)} {
		if named, err := agencies.FindByCode(ctx, tx, code); err != nil || named.ID != first.ID {
			t.Errorf("code %s is agency %d, %v", code, named.ID, err)
		}
	}
	if _, err := agencies.FindByCode(ctx, tx, "nowhere"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an agency by a code that nobody has: %v", err)
	}
	if _, err := agencies.Find(ctx, tx, 999999); !fault.Is(err, fault.NotFound) {
		t.Errorf("an agency that is not there: %v", err)
	}
	all, err := agencies.All(ctx, tx)
	if err != nil || slices.Index(all, first) < 0 || slices.Index(all, first) > slices.Index(all, second) {
		t.Errorf("all %+v (%v): not in Thai order", all, err)
	}
	if _, err := agencies.Create(ctx, tx, agencies.Agency{Code: "sn"}); err == nil {
		t.Error("an agency of a code in small letters was made")
	}
}

func TestQueues(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	a, b := makeAgency(t, tx, "QUA", "เทศบาลตัวอย่าง"), makeAgency(t, tx, "QUB", "เทศบาลตัวอย่างสอง")
	var made []agencies.Queue
	for _, key := range []string{"works", "general"} {
		q, err := agencies.CreateQueue(ctx, tx, a.ID, key, "งาน"+key)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, q)
	}
	if got, err := agencies.Queues(ctx, tx, a.ID); err != nil || !slices.Equal(got, made) {
		t.Errorf("queues %+v (%v), want %+v", got, err, made)
	}
	if got, err := agencies.Queues(ctx, tx, b.ID); err != nil || len(got) != 0 {
		t.Errorf("the other agency's queues %+v (%v)", got, err)
	}
}

// MTH-2.3: numbers run without gaps, also when many take one at once and some give theirs back.
func TestNumbersRunWithoutGaps(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t)
	var a agencies.Agency
	if err := agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
		a = makeAgency(t, tx, "NUM", "เทศบาลตัวอย่าง")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		taken []int64
	)
	for i := range 30 {
		wg.Go(func() {
			var n int64
			err := agencies.Within(t.Context(), pool, a.ID, func(tx pgx.Tx) (err error) {
				if n, err = agencies.NextNumber(t.Context(), tx, a.ID, "ticket", 2569); err == nil && i%3 == 0 {
					err = pgx.ErrTxClosed // changed our mind
				}
				return err
			})
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				taken = append(taken, n)
			}
		})
	}
	wg.Wait()
	slices.Sort(taken)
	if len(taken) != 20 || taken[0] != 1 || taken[19] != 20 {
		t.Errorf("taken %v, want 1 to 20", taken)
	}
	if err := agencies.Within(t.Context(), pool, a.ID, func(tx pgx.Tx) error {
		for series, year := range map[string]int{"ticket": 2570, "permit HB": 2569} {
			if n, err := agencies.NextNumber(t.Context(), tx, a.ID, series, year); err != nil || n != 1 {
				t.Errorf("%s %d begins with %d (%v)", series, year, n, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
