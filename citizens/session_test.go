package citizens_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/internal/pgtest"
)

func open(t *testing.T, tx pgx.Tx, old citizens.SessionToken, c citizens.CitizenID, now time.Time) citizens.SessionToken {
	t.Helper()
	token, err := citizens.OpenSession(t.Context(), tx, old, c, citizens.Account, citizens.FromChat, now)
	must(t, err)
	return token
}

// ASVS 7.2.4, 7.3.1, 7.3.2, 7.4.1: a new token for each sign-in, both time-outs, and an end that is one.
func TestSession(t *testing.T) {
	t.Parallel()
	tx := everywhere(t)
	c := resolve(t, tx, "line", "p", "U1").CitizenID
	found := func(token citizens.SessionToken, touch bool, now time.Time) bool {
		t.Helper()
		s, ok, err := citizens.FindSession(t.Context(), tx, token, touch, now)
		must(t, err)
		if ok && (s.Citizen != c || s.Level != citizens.Account || s.Way != citizens.FromChat) {
			t.Errorf("session %+v", s)
		}
		return ok
	}
	first := open(t, tx, "", c, morning)
	if len(first) < 26 || !found(first, false, morning) || found("", false, morning) || found(first+"x", false, morning) {
		t.Error("the session is not found by its token alone")
	}
	if count(t, tx, `SELECT count(*) FROM citizen_sessions WHERE citizen_sessions::text LIKE '%`+string(first)+`%'`) != 0 || first.String() != "[session]" {
		t.Error("the token itself is kept or printed")
	}
	// Idle.
	if found(first, false, morning.Add(citizens.SessionIdle)) {
		t.Error("found after an idle hour")
	}
	at := morning
	for range 13 { // busy all day
		at = at.Add(citizens.SessionIdle - time.Minute)
		if want := at.Before(morning.Add(citizens.SessionLife)); found(first, true, at) != want {
			t.Errorf("after %s of work: found %v", at.Sub(morning), !want)
		}
	}
	// A new sign-in ends the session before.
	second := open(t, tx, "", c, morning)
	third := open(t, tx, second, c, morning)
	if found(second, false, morning) || !found(third, false, morning) {
		t.Error("the old token still opens")
	}
	must(t, citizens.CloseSession(t.Context(), tx, third))
	if found(third, false, morning) {
		t.Error("signed out, and still in")
	}
	fourth, entry := open(t, tx, "", c, morning), entryTo(t, tx, c, "/me", morning)
	must(t, citizens.CloseSessions(t.Context(), tx, c))
	if _, err := citizens.UseEntry(t.Context(), tx, entry, morning); !errors.Is(err, citizens.ErrNoEntry) || found(fourth, false, morning) {
		t.Errorf("signed out everywhere, and still in (%v)", err)
	}
	// What has ended is swept out with the next.
	open(t, tx, "", c, morning.Add(-24*time.Hour))
	open(t, tx, "", c, morning)
	if n := count(t, tx, `SELECT count(*) FROM citizen_sessions WHERE expires_at < '2026-11-23'`); n != 0 {
		t.Errorf("%d ended sessions are kept", n)
	}
}

func entryTo(t *testing.T, tx pgx.Tx, c citizens.CitizenID, purpose string, now time.Time) string {
	t.Helper()
	token, err := citizens.NewEntry(t.Context(), tx, c, purpose, now)
	must(t, err)
	return token
}

func TestEntry(t *testing.T) {
	t.Parallel()
	tx := everywhere(t)
	c := resolve(t, tx, "line", "p", "U1").CitizenID
	one, two := entryTo(t, tx, c, "/me/requests", morning), entryTo(t, tx, c, "/me", morning)
	if count(t, tx, `SELECT count(*) FROM entries WHERE entries::text LIKE '%`+one+`%'`) != 0 {
		t.Error("the token itself is kept")
	}
	for range 3 { // previews
		e, err := citizens.LookEntry(t.Context(), tx, one, morning)
		if err != nil || e.Citizen != c || e.Purpose != "/me/requests" || e.UsedAt != nil {
			t.Errorf("looked at: %+v, %v", e, err)
		}
	}
	e, err := citizens.UseEntry(t.Context(), tx, one, morning.Add(time.Minute))
	if err != nil || e.Citizen != c || e.Purpose != "/me/requests" {
		t.Errorf("used: %+v, %v", e, err)
	}
	if e, err := citizens.LookEntry(t.Context(), tx, one, morning.Add(time.Minute)); err != nil || e.UsedAt == nil {
		t.Errorf("afterwards: %+v, %v", e, err)
	}
	for what, token := range map[string]string{"used": one, "forged": one + "x", "empty": "", "half": two[:13]} {
		if _, err := citizens.UseEntry(t.Context(), tx, token, morning.Add(time.Minute)); !errors.Is(err, citizens.ErrNoEntry) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := citizens.UseEntry(t.Context(), tx, two, morning.Add(citizens.EntryLife)); !errors.Is(err, citizens.ErrNoEntry) {
		t.Errorf("too old: %v", err)
	}
	entryTo(t, tx, c, "/me", morning.Add(time.Hour))
	if n := count(t, tx, `SELECT count(*) FROM entries`); n != 1 {
		t.Errorf("%d ways in are kept, want 1", n)
	}
}

// A token that LINE signed lets in once, also after signing out everywhere; it is noted for longer than it is good.
func TestSpendToken(t *testing.T) {
	t.Parallel()
	tx := everywhere(t)
	c := resolve(t, tx, "line", "p", "U1").CitizenID
	spend := func(said string, after time.Duration) error {
		return citizens.SpendToken(t.Context(), tx, c, []byte(said), morning.Add(after))
	}
	must(t, spend("one", 0))
	must(t, spend("two", 0))
	if err := spend("one", time.Hour); !errors.Is(err, citizens.ErrNoEntry) {
		t.Errorf("used twice: %v", err)
	}
	open := entryTo(t, tx, c, "/me", morning)
	must(t, citizens.CloseSessions(t.Context(), tx, c))
	if err := spend("two", time.Hour); !errors.Is(err, citizens.ErrNoEntry) {
		t.Errorf("used again after signing out everywhere: %v", err)
	}
	if _, err := citizens.UseEntry(t.Context(), tx, open, morning); !errors.Is(err, citizens.ErrNoEntry) {
		t.Errorf("a link that nobody had used, after signing out everywhere: %v", err)
	}
	entryTo(t, tx, c, "/me", morning.Add(25*time.Hour))
	if n := count(t, tx, `SELECT count(*) FROM entries`); n != 1 {
		t.Errorf("%d ways in are kept, want 1", n)
	}
}

// Two taps at once let one in.
func TestEntryAtTheSameInstant(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t)
	var token string
	must(t, agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
		token = entryTo(t, tx, resolve(t, tx, "line", "p", "U1").CitizenID, "/me", morning)
		return nil
	}))
	var let atomic.Int64
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			err := agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
				_, err := citizens.UseEntry(t.Context(), tx, token, morning)
				return err
			})
			if err == nil {
				let.Add(1)
			} else if !errors.Is(err, citizens.ErrNoEntry) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if let.Load() != 1 {
		t.Errorf("%d were let in", let.Load())
	}
}

// STD-9: a state counts once, in time, for the browser and the way it was made for.
func TestDeparture(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	c := resolve(t, tx, "line", "p", "U1").CitizenID
	depart := func() citizens.Passage {
		t.Helper()
		p, err := citizens.Depart(t.Context(), tx, b, citizens.Departure{Way: citizens.WithThaID, Browser: "mine", Citizen: c, Next: "/services/x"}, morning)
		must(t, err)
		return p
	}
	p, again := depart(), depart()
	for name, pair := range map[string][2]string{"state": {p.State, again.State}, "nonce": {p.Nonce, again.Nonce}, "verifier": {p.Verifier, again.Verifier}, "state and nonce": {p.State, p.Nonce}} {
		if pair[0] == pair[1] || len(pair[0]) < 26 {
			t.Errorf("%s: %q, %q", name, pair[0], pair[1])
		}
	}
	if len(p.Verifier) < 43 {
		t.Errorf("the verifier has %d characters", len(p.Verifier))
	}
	for _, word := range []string{p.State, p.Nonce, p.Verifier} {
		if count(t, tx, `SELECT count(*) FROM departures WHERE departures::text || encode(sealed, 'escape') LIKE '%`+word+`%'`) != 0 {
			t.Error("a secret is kept as it is")
		}
	}
	arrive := func(way citizens.Way, state, browser string, now time.Time) error {
		_, _, err := citizens.Arrive(t.Context(), tx, b, way, state, browser, now)
		return err
	}
	for what, err := range map[string]error{
		"a forged state":           arrive(citizens.WithThaID, p.State+"x", "mine", morning),
		"no state":                 arrive(citizens.WithThaID, "", "mine", morning),
		"by another way":           arrive(citizens.WithLine, p.State, "mine", morning),
		"too late":                 arrive(citizens.WithThaID, p.State, "mine", morning.Add(citizens.DepartureLife)),
		"another browser":          arrive(citizens.WithThaID, p.State, "yours", morning), // and it is used up
		"after another browser":    arrive(citizens.WithThaID, p.State, "mine", morning),
		"a browser without cookie": arrive(citizens.WithThaID, depart().State, "", morning),
	} {
		if !errors.Is(err, citizens.ErrNoDeparture) {
			t.Errorf("%s: %v", what, err)
		}
	}
	d, got, err := citizens.Arrive(t.Context(), tx, b, citizens.WithThaID, again.State, "mine", morning.Add(time.Minute))
	if err != nil || got != again || d.Citizen != c || d.Next != "/services/x" {
		t.Errorf("arrived %+v, %v", d, err)
	}
	if err := arrive(citizens.WithThaID, again.State, "mine", morning.Add(time.Minute)); !errors.Is(err, citizens.ErrNoDeparture) {
		t.Errorf("twice: %v", err)
	}
	if _, err := citizens.Depart(t.Context(), tx, b, citizens.Departure{Way: citizens.WithThaID}, morning); err == nil {
		t.Error("a sign-in that no browser is bound to was begun")
	}
}
