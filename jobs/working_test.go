package jobs

import (
	"testing"
)

// Row 55: when an answer takes longer than people wait without a sign, they see that it is being
// prepared; a quick answer needs none.
func TestWorkingIsShownWhileAStepIsSlow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Say("สวัสดี")
	shown := func() (n int) {
		for _, times := range h.Calls("/chat/loading/start") {
			n += times
		}
		return n
	}
	if n := shown(); n != 0 {
		t.Errorf("the sign was shown %d times for a quick answer", n)
	}
	before := len(h.Said())
	tx, err := h.Pool.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `SELECT set_config('app.agency', 'all', true)`)
	must(t, err)
	_, err = tx.Exec(t.Context(), `SELECT FROM conversations FOR UPDATE`) // the step must wait
	must(t, err)
	h.Types("เมนู")
	h.Until("the sign is shown", func() bool { return shown() == 1 })
	if n := len(h.Said()) - before; n != 0 {
		t.Errorf("answered with %d messages before there was an answer", n)
	}
	must(t, tx.Commit(t.Context()))
	h.Until("there is an answer", func() bool { return len(h.Said()) > before })
	h.Settled()
	if n := shown(); n != 1 {
		t.Errorf("the sign was shown %d times", n)
	}
}
