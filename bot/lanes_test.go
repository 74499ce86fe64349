package bot_test

import (
	"testing"
	"time"

	"saphan/bot"
)

// P14: a channel that brings more than its share takes the busy lane with what exceeds it, and no
// other channel, nor another queue, feels it.
func TestLanesKeepACrowdApart(t *testing.T) {
	t.Parallel()
	lanes := bot.NewLanes()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	busy := func(queue string, channel int64, n int) (count int) {
		for range n {
			if lanes.Queue(queue, channel, 1, now) == bot.BusyLane(queue) {
				count++
			}
		}
		return count
	}
	if n := busy(bot.ReceivedQueue, 1, 30); n != 0 {
		t.Errorf("%d of the first 30 events of a channel went on the busy lane", n)
	}
	if n := busy(bot.ReceivedQueue, 1, 10_000); n < 9_900 {
		t.Errorf("of a crowd only %d of 10,000 went on the busy lane", n)
	}
	if n := busy(bot.ReceivedQueue, 2, 10); n != 0 {
		t.Errorf("%d events of another channel went on the busy lane", n)
	}
	if n := busy(bot.SendQueue, 1, 10); n != 0 {
		t.Errorf("%d messages went on the busy lane because of events", n)
	}
	now = now.Add(time.Second)
	if n := busy(bot.ReceivedQueue, 1, 100); n < 50 || n == 100 {
		t.Errorf("a second later %d of 100 more went on the busy lane", n)
	}
	now = now.Add(-time.Hour) // a clock that goes backwards opens nothing and stops nobody
	if n := busy(bot.ReceivedQueue, 1, 1); n != 1 {
		t.Error("a clock that went backwards emptied the bucket")
	}
	now = now.Add(time.Minute) // nor does it keep the channel waiting for an hour
	if n := busy(bot.ReceivedQueue, 1, 30); n != 0 {
		t.Errorf("after the crowd has gone %d of 30 still go on the busy lane", n)
	}
	if n := busy(bot.SendQueue, 3, 1); n != 0 {
		t.Error("a single message of a quiet channel went on the busy lane")
	}
}
