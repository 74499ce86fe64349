package together

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// What comes while a run is on its way shares the next one; each gets its own answer.
func TestGroupShares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs []int
		group := Group[int, int]{Most: 5, At: 1, Time: time.Minute, Run: func(_ context.Context, in []int) ([]int, error) {
			time.Sleep(time.Second)
			runs = append(runs, len(in))
			out := make([]int, len(in))
			for i, n := range in {
				out[i] = n * n
			}
			return out, nil
		}}
		var all sync.WaitGroup
		for n := range 12 {
			all.Go(func() {
				if n > 0 {
					time.Sleep(time.Duration(n) * time.Millisecond) // one after the other, while the first run is on its way
				}
				if got, err := group.Do(t.Context(), n); err != nil || got != n*n {
					t.Errorf("%d gives %d, %v", n, got, err)
				}
			})
		}
		all.Wait()
		if !slices.Equal(runs, []int{1, 5, 5, 1}) {
			t.Errorf("runs of %v", runs)
		}
		synctest.Wait()
		if group.running != 0 || group.waiting != nil {
			t.Errorf("%d run and %d wait when nobody asks", group.running, len(group.waiting))
		}
	})
}

// When the database takes offence at one, the others do not fail with it; when it is away all hear of it;
// a panic kills nobody; who does not want to wait any more need not.
func TestGroupFailsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away, nonsense := errors.New("connection refused"), errors.New("not to be read")
		group := Group[string, string]{Most: 10, At: 1, Time: time.Minute, Run: func(_ context.Context, in []string) ([]string, error) {
			time.Sleep(time.Second)
			switch {
			case slices.Contains(in, "bad"):
				return nil, &pgconn.PgError{Code: "22021"}
			case slices.Contains(in, "offends"):
				return nil, OffenceError{nonsense}
			case slices.Contains(in, "away"):
				return nil, away
			case slices.Contains(in, "panic"):
				panic("oh")
			}
			return in, nil
		}}
		ask := func(words ...string) map[string]error {
			first := make(chan struct{})
			go func() { defer close(first); _, _ = group.Do(t.Context(), "first") }() // the others gather behind it
			synctest.Wait()
			var (
				mu  sync.Mutex
				all sync.WaitGroup
				got = map[string]error{}
			)
			for _, w := range words {
				all.Go(func() {
					out, err := group.Do(t.Context(), w)
					mu.Lock()
					defer mu.Unlock()
					if got[w] = err; err == nil && out != w {
						t.Errorf("%s got the answer of %s", w, out)
					}
				})
			}
			all.Wait()
			<-first
			return got
		}
		var offence *pgconn.PgError
		if got := ask("one", "bad", "two"); got["one"] != nil || got["two"] != nil || !errors.As(got["bad"], &offence) {
			t.Errorf("with a bad one: %v", got)
		}
		if got := ask("one", "offends", "two"); got["one"] != nil || got["two"] != nil || !errors.Is(got["offends"], nonsense) {
			t.Errorf("with one that gives offence: %v", got)
		}
		if got := ask("one", "away"); !errors.Is(got["one"], away) || !errors.Is(got["away"], away) {
			t.Errorf("with the database away: %v", got)
		}
		if got := ask("one", "panic"); got["one"] != nil || !strings.Contains(got["panic"].Error(), "panicked: oh") {
			t.Errorf("with a panic: %v", got)
		}
		ended, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := group.Do(ended, "late"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after the end: %v", err)
		}
		time.Sleep(2 * time.Second) // until that run is over
	})
}
