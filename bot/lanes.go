package bot

import (
	"sync"
	"time"
)

// The queues of the jobs that a citizen waits for. Each has a busy lane beside it (Lanes).
const (
	ReceivedQueue = "received"
	SendQueue     = "send"
)

// BusyLane is the queue beside a queue for channels that bring more than their share.
func BusyLane(queue string) string { return queue + "_busy" }

// Lanes keep one channel's crowd out of the way of everybody else. A queue is worked on in the order
// in which it was filled, so one message for a small agency would wait behind the morning of a large
// one. Hence each queue has two lanes with workers of their own: a channel goes on the quick one until
// it brings more than its share, and with what exceeds that on the busy one. Each process measures for
// itself: it is a matter of who waits, not of what is done.
type Lanes struct {
	mu     sync.Mutex
	levels map[laneKey]level
}

type laneKey struct {
	queue   string
	channel int64
}

// level is what a channel brought lately: it rises by one a job and falls by laneRate a second.
type level struct {
	at     time.Time
	height float64
}

const (
	// laneRate is how many jobs a second of one channel are its share, for as long as it likes, and
	// laneBurst how many at once.
	laneRate  = 20
	laneBurst = 40
)

// NewLanes returns lanes that nobody has used yet.
func NewLanes() *Lanes { return &Lanes{levels: map[laneKey]level{}} }

// Queue returns the queue on which n more jobs of a channel go: the one named or its busy lane.
func (l *Lanes) Queue(queue string, channel int64, n int, now time.Time) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := laneKey{queue, channel}
	v := l.levels[key]
	v.height = max(0, v.height-max(0, now.Sub(v.at).Seconds())*laneRate) // a clock may go backwards
	v.at = now
	if v.height+float64(n) > laneBurst {
		l.levels[key] = v
		return BusyLane(queue)
	}
	v.height += float64(n)
	l.levels[key] = v
	return queue
}
