package citizens_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/pgtest"
)

func everywhere(t *testing.T) pgx.Tx {
	t.Helper()
	tx := pgtest.Tx(t)
	_, err := tx.Exec(t.Context(), `SELECT set_config('app.agency', 'all', true)`)
	must(t, err)
	return tx
}

// Row 52, our side: a nonce joins once, in time, what it was made for; nothing else joins anything.
func TestLink(t *testing.T) {
	t.Parallel()
	tx, now := everywhere(t), time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	chat, other := resolve(t, tx, "line", "p", "U1"), resolve(t, tx, "line", "p", "U2")
	person, second := resolve(t, tx, "web", "", "a").CitizenID, resolve(t, tx, "web", "", "b").CitizenID
	linked := func(id citizens.Identity) citizens.CitizenID {
		t.Helper()
		to, ok, err := citizens.LinkedTo(t.Context(), tx, id.ID)
		must(t, err)
		if ok != (to != 0) {
			t.Errorf("linked to %d, %v", to, ok)
		}
		return to
	}
	start := func(of citizens.CitizenID, at time.Time) string {
		t.Helper()
		nonce, err := citizens.StartLink(t.Context(), tx, of, at)
		must(t, err)
		return nonce
	}
	refused := func(what string, id citizens.Identity, nonce string, at time.Time) {
		t.Helper()
		before := linked(id)
		if _, err := citizens.FinishLink(t.Context(), tx, id.ID, nonce, at); !errors.Is(err, citizens.ErrNoLink) || linked(id) != before {
			t.Errorf("%s: %v, linked to %d", what, err, linked(id))
		}
	}
	one, two := start(person, now), start(person, now)
	if len(one) < 22 || len(one) > 255 || one == two {
		t.Errorf("nonces %q, %q", one, two)
	}
	if n := count(t, tx, `SELECT count(*) FROM link_requests WHERE nonce_hash::text LIKE '%`+one+`%'`); n != 0 {
		t.Error("the nonce itself is kept")
	}
	refused("a forged nonce", chat, "x"+one, now)
	refused("no nonce", chat, "", now)
	to, err := citizens.FinishLink(t.Context(), tx, chat.ID, one, now.Add(time.Minute))
	if err != nil || to != person || linked(chat) != person {
		t.Errorf("linked to %d, %v", linked(chat), err)
	}
	refused("a used nonce, by the same", chat, one, now)
	refused("a used nonce, by another", other, one, now)
	refused("a nonce too old", other, two, now.Add(citizens.LinkLife))
	void := start(second, now)
	must(t, citizens.VoidLink(t.Context(), tx, void))
	refused("a nonce that came to nothing", other, void, now)
	// Joined anew, the last one holds; parted, none.
	_, err = citizens.FinishLink(t.Context(), tx, chat.ID, start(second, now), now)
	must(t, err)
	_, err = citizens.FinishLink(t.Context(), tx, other.ID, start(second, now), now)
	must(t, err)
	all, err := citizens.Linked(t.Context(), tx, second)
	if err != nil || len(all) != 2 || all[0].ID != chat.ID || linked(chat) != second {
		t.Errorf("%+v, %v", all, err)
	}
	for range 2 {
		must(t, citizens.Unlink(t.Context(), tx, chat.ID))
	}
	if linked(chat) != 0 || linked(other) != second {
		t.Error("parted wrongly")
	}
	// Requests that nobody finished go.
	start(person, now.Add(time.Hour))
	if n := count(t, tx, `SELECT count(*) FROM link_requests`); n != 1 {
		t.Errorf("%d requests are kept", n)
	}
}
