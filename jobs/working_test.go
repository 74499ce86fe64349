package jobs

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"saphan/agencies"
)

// signs is a channel of which only the sign that work is done is used; a sign takes until it is called back.
type signs struct {
	Channel
	begun, ended atomic.Int32
}

func (s *signs) Working(ctx context.Context, _ agencies.Channel, _ string) {
	s.begun.Add(1)
	<-ctx.Done()
	s.ended.Add(1)
}

// Row 55: a sign that is on its way when there is an answer is called back: it would stand under the answer for
// twenty seconds. One that comes to nothing is tried again as long as there is none.
func TestRow55SignIsCalledBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &signs{}
		done := (&Deps{}).whileWorking(t.Context(), agencies.Channel{}, c, "U1")
		time.Sleep(workingAfter - time.Millisecond)
		synctest.Wait()
		if c.begun.Load() != 0 {
			t.Error("a sign was shown for a quick answer")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if c.begun.Load() != 1 || c.ended.Load() != 0 {
			t.Fatalf("%d signs were begun and %d ended, want one on its way", c.begun.Load(), c.ended.Load())
		}
		done()
		synctest.Wait()
		if c.ended.Load() != 1 {
			t.Error("the sign is still on its way though there is an answer")
		}
		time.Sleep(2 * workingFor)
		synctest.Wait()
		if c.begun.Load() != 1 {
			t.Errorf("%d signs were begun", c.begun.Load())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := &signs{}
		done := (&Deps{}).whileWorking(t.Context(), agencies.Channel{}, c, "U1")
		defer done()
		time.Sleep(workingAfter + signTime + workingFor + time.Millisecond)
		synctest.Wait()
		if c.begun.Load() != 2 || c.ended.Load() != 1 {
			t.Errorf("%d signs were begun and %d given up", c.begun.Load(), c.ended.Load())
		}
	})
}

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
