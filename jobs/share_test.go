package jobs

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/riverqueue/river"

	"saphan/bot"
)

// One account cannot take all workers of a queue: beyond three quarters its jobs wait a moment for each
// other and then let the others in.
func TestSharesLeaveRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShares(map[string]river.QueueConfig{bot.SendQueue: {MaxWorkers: 8}})
		enter := func(queue string, account int64) (func(), bool, time.Duration) {
			began := time.Now()
			leave, ok := s.enter(t.Context(), queue, account)
			return leave, ok, time.Since(began)
		}
		var leaves []func()
		for range 6 {
			leave, ok, took := enter(bot.SendQueue, 1)
			if !ok || took != 0 {
				t.Fatalf("%v after %s", ok, took)
			}
			leaves = append(leaves, leave)
		}
		if _, ok, took := enter(bot.SendQueue, 1); ok || took != sharePatience {
			t.Errorf("the seventh of eight workers: %v after %s", ok, took)
		}
		other, ok, took := enter(bot.SendQueue, 2)
		if !ok || took != 0 {
			t.Errorf("another account: %v after %s", ok, took)
		}
		if _, ok, took := enter("elsewhere", 1); !ok || took != 0 { // a queue without a number of workers
			t.Errorf("another queue: %v after %s", ok, took)
		}
		if _, ok, took := enter(bot.SendQueue, 0); !ok || took != 0 { // a job of an older release
			t.Errorf("nobody's account: %v after %s", ok, took)
		}
		go func() {
			time.Sleep(sharePatience / 2)
			leaves[0]()
		}()
		again, ok, took := enter(bot.SendQueue, 1)
		if !ok || took != sharePatience/2 {
			t.Errorf("when one leaves: %v after %s", ok, took)
		}
		moving := func(leave func()) { // others that waited longer take what is given back: the crowd moves
			for range 5 {
				time.Sleep(sharePatience / 2)
				s.mu.Lock()
				s.used[shareOf{bot.SendQueue, 1}].left = time.Now()
				s.mu.Unlock()
			}
			leave()
		}
		go moving(leaves[1])
		surplus := make(chan struct{})
		go func() {
			defer close(surplus)
			time.Sleep(time.Millisecond) // behind the one that waits
			if _, ok, took := enter(bot.SendQueue, 1); ok || took != sharePatience {
				t.Errorf("when enough wait already, in a crowd that moves: %v after %s", ok, took)
			}
		}()
		late, ok, took := enter(bot.SendQueue, 1)
		if !ok || took != 5*sharePatience/2 {
			t.Errorf("in a crowd that moves: %v after %s", ok, took)
		}
		<-surplus
		leaves[1] = late
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, ok := s.enter(ended, bot.SendQueue, 1); ok {
			t.Error("let in after the end")
		}
		again()
		other()
		for _, leave := range leaves[1:] {
			leave()
		}
		if len(s.used) != 0 {
			t.Errorf("%d accounts are remembered for nothing", len(s.used))
		}
	})
}
