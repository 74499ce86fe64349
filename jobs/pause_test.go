package jobs

import (
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// While a channel is paused what people say is kept as it came, nothing is said and nothing fails;
// when it goes on everything is worked on.
func TestPausedChannelKeepsEverything(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.Settled()
	pause := func(at time.Time) {
		h.Everywhere(func(tx pgx.Tx) error { return agencies.PauseChannel(t.Context(), tx, h.Account.ID, at) })
	}
	before := len(h.Said())
	calls := func() int { return h.Calls("/message/reply")[http.StatusOK] + h.Calls("/message/push")[http.StatusOK] }
	made := calls()
	h.stop()
	pause(h.Now())
	h.Types("เมนู")
	h.Tell("จากเจ้าหน้าที่")
	h.stop = h.work()
	h.Until("both jobs wait", func() bool {
		return h.Count(`SELECT count(DISTINCT kind) FROM river_job WHERE state = 'scheduled' AND kind IN ('received', 'send')`) == 2
	})
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting' AND failures = 0`); n != 1 {
		t.Errorf("%d events wait, want 1", n)
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE state = 'waiting' AND called_at IS NULL`); n != 1 {
		t.Errorf("%d messages wait untouched, want 1", n)
	}
	if len(h.Said()) != before || calls() != made {
		t.Error("something was said while the channel was paused")
	}
	pause(time.Time{})
	h.Until("both are through", func() bool {
		h.Hurry()
		return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`)+h.Count(`SELECT count(*) FROM replies WHERE state = 'waiting'`) == 0
	})
	if n := len(h.Said()); n < before+2 {
		t.Errorf("%d messages after the pause, %d before it", n, before)
	}
}
