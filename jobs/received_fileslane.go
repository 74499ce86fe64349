package jobs

import (
	"time"

	"github.com/riverqueue/river"

	"saphan/bot"
)

// heldMost is how long a job waits at most before it looks again whether another one has brought in the
// file that comes first. Nobody's answer waits for that: who brings the file in goes on with what follows.
const heldMost = 5 * time.Second

// filesLane is where a conversation goes in which a file comes next. Bringing one in takes as long as LINE
// or the store like, up to minutes, and meanwhile a worker does nothing else; texts must always find one.
// Not ok: it is there.
func (t talk) filesLane() (lane bot.Lane, ok bool) {
	switch t.from.Queue {
	case bot.ReceivedQueue, bot.BusyLane(bot.ReceivedQueue):
		return bot.Lane{Queue: bot.FilesLane(t.from.Queue), Row: t.from.Row}, true
	default:
		return bot.Lane{}, false
	}
}

// comeAgain is an error that says when to look again when another job brings in the file that comes first.
// The longer that has taken, the longer it is likely to take.
func (t talk) comeAgain(h head, now time.Time) error {
	if !h.HeldFrom(t.holder(), now) {
		return nil
	}
	return river.JobSnooze(min(max(heldAgain, now.Sub(h.Event.ReceivedAt)/4), heldMost))
}
