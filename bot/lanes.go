package bot

import (
	"math"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

// The queues of the jobs that a citizen waits for. Each has a busy lane beside it (Lanes).
const (
	ReceivedQueue = "received"
	SendQueue     = "send"
)

// BusyLane is the queue beside a queue for channels that bring more than their share.
func BusyLane(queue string) string { return queue + "_busy" }

// FilesLane is the queue beside a lane for conversations in which a file comes next: bringing one in may
// take minutes when who has it, or our store, does not answer.
func FilesLane(lane string) string { return lane + "_files" }

// Lanes keep one channel's crowd out of the way of everybody else. A queue is worked on in the order
// in which it was filled, so one message for a small agency would wait behind the morning of a large
// one. Hence each queue has two lanes with workers of their own: a channel goes on the quick one until
// it brings more than its share, and with what exceeds that on the busy one. There the channels stand
// in rows, the larger ones behind, so that a channel that is a little over its share does not wait
// behind another's crowd either. Each process measures for itself: it is a matter of who waits, not of
// what is done.
type Lanes struct {
	mu     sync.Mutex
	levels map[laneKey]level
}

type laneKey struct {
	queue   string
	channel int64
}

// Lane is where a job waits: in a queue, and there in a row from 1, whose turn comes first, to 4.
type Lane struct {
	Queue string
	Row   int
}

// Opts are the options with which a job is put there.
func (l Lane) Opts() *river.InsertOpts { return &river.InsertOpts{Queue: l.Queue, Priority: l.Row} }

// level is what a channel brought lately.
type level struct {
	at     time.Time
	height float64 // rises by one for each job on the quick lane and falls by laneRate a second
	rate   float64 // jobs a second, on whichever lane
}

const (
	// laneRate is how many jobs a second of one channel are its share, for as long as it likes, and
	// laneBurst how many at once.
	laneRate  = 20
	laneBurst = 40
	// laneStep is how many times as much as one row holds the next does: those who bring up to 4 times
	// their share stand in the first row of the busy lane, up to 16 times in the second, up to 64 times
	// in the third, and the crowds behind. All of a channel's jobs of the busy lane stand in one row, as
	// long as it brings as much as before, so they keep their order.
	laneStep = 4
	lastRow  = 4 // River knows so many
	// laneMemory is over which time a channel's rate is taken, in seconds.
	laneMemory = 2
)

// NewLanes returns lanes that nobody has used yet.
func NewLanes() *Lanes { return &Lanes{levels: map[laneKey]level{}} }

// Lane returns where n more jobs of a channel go: on the quick lane of a queue or on its busy one.
func (l *Lanes) Lane(queue string, channel int64, n int, now time.Time) Lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := laneKey{queue, channel}
	v := l.levels[key]
	past := max(0, now.Sub(v.at).Seconds()) // a clock may go backwards
	v.at = now
	v.height = max(0, v.height-past*laneRate)
	v.rate = v.rate*math.Exp(-past/laneMemory) + float64(n)/laneMemory
	quick := v.height+float64(n) <= laneBurst
	if quick {
		v.height += float64(n)
	}
	l.levels[key] = v
	if quick {
		return Lane{queue, 1}
	}
	return Lane{BusyLane(queue), v.row()}
}

// row is the one in the busy lane.
func (v level) row() int {
	row := 1
	for most := float64(laneRate * laneStep); v.rate > most && row < lastRow; most *= laneStep {
		row++
	}
	return row
}
