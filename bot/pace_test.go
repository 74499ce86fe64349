package bot_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// street is a database with one account and many conversations, each with a message that waits.
type street struct {
	t       *testing.T
	pool    *pgxpool.Pool
	channel agencies.ChannelID
	ids     []bot.ConversationID
}

func newStreet(t *testing.T, n int) *street {
	t.Helper()
	s := &street{t: t, pool: pgtest.DB(t)}
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	jobs := enqueuer(t)
	must(t, agencies.Everywhere(t.Context(), s.pool, func(tx pgx.Tx) error {
		a, err := agencies.Create(t.Context(), tx, agencies.Agency{Code: "BT", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
		if err != nil {
			return err
		}
		s.channel, err = agencies.CreateChannel(t.Context(), tx, box, agencies.Channel{
			AgencyID: a.ID, Kind: "line", Destination: "U0123456789abcdef0123456789abcdef", Provider: "p", Name: "n", Secret: "s", Token: "t",
		})
		if err != nil {
			return err
		}
		for i := range n {
			person := "U" + strings.Repeat("0", 20) + string(rune('a'+i%26)) + string(rune('a'+i/26))
			identity, err := citizens.Resolve(t.Context(), tx, "line", "p", person)
			if err != nil {
				return err
			}
			stored, err := bot.Load(t.Context(), tx, int64(s.channel), identity, person)
			if err != nil {
				return err
			}
			s.ids = append(s.ids, stored.ID)
			if err := bot.Notify(t.Context(), tx, jobs, stored.ID, "event 1", morning, bot.Reply{Text: person}); err != nil {
				return err
			}
		}
		return nil
	}))
	return s
}

// outbox is the outbox of one process, with so many calls a second.
func (s *street) outbox(rate float64) *bot.Outbox {
	return bot.NewOutbox(s.pool, func(string, bot.Endpoint) float64 { return rate }, func() time.Time { return morning })
}

// Row 37: several processes together keep to the rate of an account: the calls they claim are spread
// over the time they need, each at a moment of its own.
func TestClaimsAreSpreadOverTime(t *testing.T) {
	t.Parallel()
	s := newStreet(t, 60)
	const rate = 20
	processes := []*bot.Outbox{s.outbox(rate), s.outbox(rate)}
	began := time.Now()
	var (
		mu  sync.Mutex
		at  []time.Duration
		all sync.WaitGroup
	)
	for i, id := range s.ids {
		all.Go(func() {
			call, ok, err := processes[i%2].Claim(t.Context(), id, uuid.New())
			if err != nil || !ok {
				t.Errorf("claim: %v, %v", ok, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(began)+call.Wait)
		})
	}
	all.Wait()
	slices.Sort(at)
	// The last of 60 calls at 20 a second comes after 59 gaps of 50 ms, less what a quiet time allows at
	// once; machines under load are late, never early.
	if last, least := at[len(at)-1], 59*time.Second/rate-200*time.Millisecond; last < least {
		t.Errorf("the last call may be made after %s, want at least %s", last, least)
	}
	for i := range at {
		if n := rate + 2 + 8; i >= n && at[i]-at[i-n] < time.Second-150*time.Millisecond {
			t.Errorf("%d calls within %s", n+1, at[i]-at[i-n])
		}
	}
}

// Who would wait too long is sent away and holds nothing; where the channel has no rate nobody waits; an
// account that was too fast rests.
func TestPaceSendsAwayAndRests(t *testing.T) {
	t.Parallel()
	s := newStreet(t, 4)
	slow := s.outbox(0.05) // one call in twenty seconds
	holder := uuid.New()
	call, ok, err := slow.Claim(t.Context(), s.ids[0], holder)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	var busy bot.TooBusyError
	if _, _, err := slow.Claim(t.Context(), s.ids[1], uuid.New()); !errors.As(err, &busy) || busy.After < 9*time.Second || !strings.Contains(err.Error(), "come back") {
		t.Fatalf("the second call in twenty seconds: %v", err)
	}
	free := s.outbox(0)
	other, ok, err := free.Claim(t.Context(), s.ids[1], uuid.New()) // it was not left held
	if err != nil || !ok || other.Wait != 0 || other.Tries != 1 {
		t.Fatalf("without a rate: %+v, %v, %v", other, ok, err)
	}
	if _, err := slow.Settle(t.Context(), call, bot.Result{Verdict: bot.Accepted}); err != nil {
		t.Fatal(err)
	}

	must(t, agencies.Everywhere(t.Context(), s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE call_rates SET free_at = now()`)
		return err
	}))
	quick := s.outbox(1e6)
	third, _, err := quick.Claim(t.Context(), s.ids[2], holder)
	must(t, err)
	settled, err := quick.Settle(t.Context(), third, bot.Result{Verdict: bot.TooFast, Problem: "429"})
	if err != nil || settled.Rest <= 0 || settled.More {
		t.Fatalf("too fast: %+v, %v", settled, err)
	}
	fourth, ok, err := quick.Claim(t.Context(), s.ids[3], uuid.New())
	if err != nil || !ok || fourth.Wait == 0 {
		t.Errorf("an account that was too fast does not rest: %+v, %v", fourth, err)
	}
}

// Pace spreads other calls in the same way, and lets those go without who cannot wait.
func TestPace(t *testing.T) {
	t.Parallel()
	s := newStreet(t, 0)
	rates := func(_ string, e bot.Endpoint) float64 {
		switch e {
		case bot.LoadingEndpoint:
			return 0.1
		case bot.ProfileEndpoint:
			return 50
		default:
			return 0
		}
	}
	pace := bot.NewPace(s.pool, rates)
	for range 3 {
		must(t, pace.Take(t.Context(), "line", s.channel, bot.ContentEndpoint, 0))
	}
	must(t, pace.Take(t.Context(), "line", s.channel, bot.LoadingEndpoint, 0))
	if err := pace.Take(t.Context(), "line", s.channel, bot.LoadingEndpoint, 0); !errors.As(err, new(bot.TooBusyError)) {
		t.Errorf("a second call at once: %v", err)
	}
	must(t, pace.Take(t.Context(), "line", s.channel+1, bot.LoadingEndpoint, 0)) // another account
	began := time.Now()
	var all sync.WaitGroup
	for range 26 {
		all.Go(func() {
			if err := pace.Take(t.Context(), "line", s.channel, bot.ProfileEndpoint, time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("26 calls at 50 a second took %s", took)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pace.Take(ended, "line", s.channel, bot.ProfileEndpoint, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// Many senders at once share their transactions and each gets its own; a conversation that somebody
// works on holds up nobody else; what is not there is not found.
func TestOutboxTogether(t *testing.T) {
	t.Parallel()
	s := newStreet(t, 50)
	o := s.outbox(0)
	tx, err := s.pool.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `SELECT set_config('app.agency', 'all', true)`)
	must(t, err)
	_, err = bot.Reload(t.Context(), tx, s.ids[7]) // a step is at work on this one
	must(t, err)
	var all sync.WaitGroup
	others := make(chan struct{})
	for i, id := range s.ids {
		if i == 7 {
			continue
		}
		all.Go(func() {
			call, ok, err := o.Claim(t.Context(), id, uuid.New())
			if err != nil || !ok || call.Conversation != id || call.To != call.Replies[0].Body.Text {
				t.Errorf("conversation %d: %+v, %v, %v", id, call, ok, err)
				return
			}
			settled, err := o.Settle(t.Context(), call, bot.Result{Verdict: bot.Accepted, IDs: []string{"id of " + call.To}, RequestID: "r\x00\xff"})
			if err != nil || settled.More || settled.Rest > 0 {
				t.Errorf("conversation %d: %+v, %v", id, settled, err)
			}
		})
	}
	all.Go(func() {
		if _, _, err := o.Claim(t.Context(), 999999, uuid.New()); !errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("a conversation that is not there: %v", err)
		}
	})
	var held sync.WaitGroup
	held.Go(func() {
		call, ok, err := o.Claim(t.Context(), s.ids[7], uuid.New())
		select {
		case <-others:
		default:
			t.Error("the conversation was claimed while a step was at work on it")
		}
		if err != nil || !ok || call.Conversation != s.ids[7] {
			t.Errorf("the one that was held: %+v, %v, %v", call, ok, err)
		}
	})
	all.Wait()
	close(others)
	must(t, tx.Rollback(t.Context()))
	held.Wait()
	var n int
	must(t, agencies.Everywhere(t.Context(), s.pool, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT count(*) FROM replies r JOIN conversations c ON c.id = r.conversation_id
			WHERE r.state = 'sent' AND r.external_id = 'id of ' || c.source AND c.sender IS NULL`).Scan(&n)
	}))
	if n != 49 {
		t.Errorf("%d messages are kept as sent, want 49", n)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := o.Claim(ended, s.ids[0], uuid.New()); err == nil {
		t.Error("claimed after the end")
	}
}

// Row 36: what the channel does not take goes once more as text, the others as they are; what it does not
// take as text has failed.
func TestUnfitGoesAsTextOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	r.token("good")
	r.say("event 1", "ก", "ข", "ค")
	call, _ := r.claim(holder)
	second := r.end(call, bot.Result{Verdict: bot.Unfit, Unfit: []int{1}, Problem: "LINE answered 400"}).Next
	if second.Key == call.Key || second.Tries != 1 || len(second.Replies) != 3 || second.Replies[0].Plain || !second.Replies[1].Plain || second.Replies[2].Plain {
		t.Fatalf("second call %+v", second)
	}
	third := r.end(second, bot.Result{Verdict: bot.Unfit, Unfit: []int{1}, Problem: "LINE answered 400 again", RequestID: "q"}).Next
	if !slices.Equal(words(third), []string{"ก", "ค"}) {
		t.Fatalf("third call %+v", third)
	}
	r.expect("waiting ก", "failed ข", "waiting ค")
	// LINE does not say which: all go as text, and then all have failed.
	fourth := r.end(third, bot.Result{Verdict: bot.Unfit, Unfit: []int{9}}).Next
	if len(fourth.Replies) != 2 || !fourth.Replies[0].Plain || !fourth.Replies[1].Plain {
		t.Fatalf("fourth call %+v", fourth)
	}
	r.say("event 2", "ง")
	last := r.end(fourth, bot.Result{Verdict: bot.Unfit}).Next
	if !slices.Equal(words(last), []string{"ง"}) {
		t.Fatalf("last call %+v", last)
	}
	r.settle(last, bot.Accepted)
	r.expect("failed ก", "failed ข", "failed ค", "sent ง")
	if n := r.count(`SELECT count(*) FROM replies WHERE state = 'failed' AND reason = 'refused'`); n != 3 {
		t.Errorf("%d say why", n)
	}
	if n := r.count(`SELECT count(*) FROM replies WHERE problem = 'LINE answered 400 again' AND request_id = 'q'`); n != 1 {
		t.Errorf("%d say how", n)
	}
}
