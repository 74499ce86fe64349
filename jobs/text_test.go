package jobs

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/citizens"
	"saphan/citizens/sms"
	"saphan/internal/thai"
)

// gateway is somebody's SMS gateway.
type gateway struct {
	mu     sync.Mutex
	status int
	got    []map[string]string
	keys   []string
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var body map[string]string
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	g.got, g.keys = append(g.got, body), append(g.keys, r.Header.Get("Idempotency-Key"))
	w.WriteHeader(g.status)
}

func (g *gateway) answers(status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status = status
}

func (g *gateway) seen() []map[string]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got
}

// A code reaches its telephone, once the gateway takes it; what was sent is then known as a hash only, and
// neither the number nor the code is in a log or a job.
func TestText(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop() // jobs are worked on by hand
	g := &gateway{status: http.StatusInternalServerError}
	server := httptest.NewServer(g)
	defer server.Close()
	texter, err := sms.New(sms.Config{URL: server.URL})
	must(t, err)
	h.Texter = texter
	person := h.Member("somebody")
	var id citizens.CodeID
	ask := func() {
		t.Helper()
		h.Everywhere(func(tx pgx.Tx) error {
			phone, err := thai.ParsePhone("081 234 5678")
			must(t, err)
			if _, err := tx.Exec(t.Context(), `UPDATE phone_codes SET asked_at = asked_at - interval '1 hour'`); err != nil {
				return err
			}
			if err := citizens.AskCode(t.Context(), tx, h.Box, h.Jobs, person, phone, "saphan.example.go.th", h.Now()); err != nil {
				return err
			}
			return tx.QueryRow(t.Context(), `SELECT max(id) FROM phone_codes`).Scan(&id)
		})
	}
	work := func() error { return run(h, &sendText{Deps: h.Deps}, citizens.TextArgs{Code: id}) }
	ask()
	if err := work(); err == nil || errors.Is(err, citizens.ErrTextRefused) {
		t.Errorf("a gateway in trouble: %v", err)
	}
	g.answers(http.StatusOK)
	for range 2 { // the second time there is nothing to do
		must(t, work())
	}
	got := g.seen()
	if len(got) != 2 || got[0]["text"] != got[1]["text"] || got[1]["to"] != "+66812345678" || g.keys[0] != g.keys[1] {
		t.Fatalf("sent %v with %v", got, g.keys)
	}
	code := regexp.MustCompile(`[0-9]{6}`).FindString(got[1]["text"])
	h.Everywhere(func(tx pgx.Tx) error {
		guess, err := citizens.CheckCode(t.Context(), tx, h.Box, person, code, h.Now())
		if !guess.Right {
			t.Error("the code that arrived is not the right one")
		}
		return err
	})
	ask()
	g.answers(http.StatusUnprocessableEntity)
	if err := work(); !errors.Is(err, &river.JobCancelError{}) || !errors.Is(err, citizens.ErrTextRefused) {
		t.Errorf("a refused text: %v", err)
	}
	if n := h.Count(`SELECT count(*) FROM river_job WHERE kind = 'text'`); n != 2 {
		t.Errorf("%d jobs, want 2", n)
	}
	for _, secret := range []string{code, "81234567"} {
		if strings.Contains(h.Diary.String(), secret) || h.Count(`SELECT count(*) FROM river_job WHERE river_job::text LIKE '%`+secret+`%'`) != 0 {
			t.Errorf("%s stands in a log or a job", secret)
		}
	}
	h.Texter = nil
	if err := work(); !errors.Is(err, &river.JobCancelError{}) {
		t.Errorf("without a gateway: %v", err)
	}
}
