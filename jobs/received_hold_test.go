package jobs

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saphan/bot"
)

// Jobs of one process that meet in a conversation take turns, without waiting for long, and nothing is
// left when they are gone.
func TestHoldsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			h       holds
			all     sync.WaitGroup
			key     = bot.Key{Channel: 1, Source: "U1"}
			at      = time.Now()
			elapsed = func() time.Duration { return time.Since(at) }
		)
		waited, give := h.take(t.Context(), key, quickPatience)
		if waited {
			t.Error("waited for nobody")
		}
		if waited, other := h.take(t.Context(), bot.Key{Channel: 2, Source: "U1"}, quickPatience); waited {
			t.Error("waited for somebody else's conversation")
		} else {
			other()
		}
		all.Go(func() {
			waited, give := h.take(t.Context(), key, quickPatience)
			if !waited || elapsed() != 100*time.Millisecond {
				t.Errorf("waited %v for %v", waited, elapsed())
			}
			time.Sleep(time.Second)
			give()
		})
		time.Sleep(100 * time.Millisecond)
		give()
		synctest.Wait()
		if waited, impatient := h.take(t.Context(), key, quickPatience); !waited || elapsed() != 100*time.Millisecond+quickPatience {
			t.Errorf("the impatient waited %v for %v", waited, elapsed())
		} else {
			impatient()
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if waited, stopped := h.take(ended, key, quickPatience); !waited || elapsed() != 100*time.Millisecond+quickPatience {
			t.Error("waited although the job was told to stop")
		} else {
			stopped()
		}
		all.Wait()
		if len(h.held) != 0 {
			t.Errorf("%d are held when all are gone", len(h.held))
		}
	})
}
