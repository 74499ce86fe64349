package bot_test

import (
	"maps"
	"slices"
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
			if lanes.Lane(queue, channel, 1, now).Queue == bot.BusyLane(queue) {
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

// P14: among those who bring more than their share, who brings more stands further behind; all of a
// channel's jobs stand in one row while it brings as much as before.
func TestLanesPutCrowdsBehind(t *testing.T) {
	t.Parallel()
	lanes := bot.NewLanes()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	// rows are those in the busy lane of the jobs that channels bring in ten seconds, so many a second each.
	rows := func(rates map[int64]int) map[int64][]int {
		found := map[int64][]int{}
		for range 1000 {
			now = now.Add(10 * time.Millisecond)
			for channel, rate := range rates {
				for i := range rate {
					if i%100 != now.Nanosecond()/int(10*time.Millisecond) { // spread evenly over the second
						continue
					}
					lane := lanes.Lane(bot.ReceivedQueue, channel, 1, now)
					switch {
					case lane.Queue == bot.ReceivedQueue && lane.Row != 1:
						t.Fatalf("row %d of the quick lane", lane.Row)
					case lane.Queue != bot.ReceivedQueue && !slices.Contains(found[channel], lane.Row):
						found[channel] = append(found[channel], lane.Row)
					}
				}
			}
		}
		return found
	}
	crowds := map[int64]int{1: 7500, 2: 600, 3: 200, 4: 40, 5: 10}
	rows(crowds) // until their rates are known
	want := map[int64][]int{1: {4}, 2: {3}, 3: {2}, 4: {1}}
	if got := rows(crowds); !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("rows %v, want %v", got, want)
	}
	now = now.Add(time.Minute)
	if got := rows(map[int64]int{1: 40})[1]; !slices.Equal(got, []int{1}) {
		t.Errorf("after its crowd a channel stands in rows %v", got)
	}
}
