package jobs

import (
	"context"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

// shares keep one account from taking all workers of a queue while its calls wait for their turn or
// for an answer. It may have three quarters of them, and keep an eighth waiting for one of those; the
// rest is let go within a second, to the others first (bot.Lanes puts them in front).
type shares struct {
	of map[string]portion // by queue

	mu   sync.Mutex
	used map[shareOf]*share
}

// portion is how many of a queue's workers one account may have, and how many more while its jobs wait
// for one of those.
type portion struct{ most, waiting int }

type shareOf struct {
	queue   string
	account int64
}

// share is what an account has of a queue's workers. It is there while somebody has or wants one.
type share struct {
	slots chan struct{}
	users int       // those who have one and those who want one
	left  time.Time // when one was given back last
}

const (
	// sharePatience is how long a job waits while none of its account's jobs ends. A crowd that is on
	// its way keeps its order; one that is stuck lets the others in. Who finds that enough wait already
	// waits no longer than that, however the crowd moves.
	sharePatience = time.Second
	// sharePause is when a job that waited in vain comes back, behind all that wait by then.
	sharePause = time.Second
)

func newShares(queues map[string]river.QueueConfig) *shares {
	s := &shares{of: map[string]portion{}, used: map[shareOf]*share{}}
	for name, q := range queues {
		s.of[name] = portion{most: max(1, q.MaxWorkers*3/4), waiting: q.MaxWorkers / 8}
	}
	return s
}

// enter takes one of the account's workers of a queue; leave gives it back. Not ok: the others must be
// let in first.
func (s *shares) enter(ctx context.Context, queue string, account int64) (leave func(), ok bool) {
	may, known := s.of[queue]
	if !known || account == 0 {
		return func() {}, true
	}
	of := shareOf{queue, account}
	s.mu.Lock()
	mine := s.used[of]
	if mine == nil {
		mine = &share{slots: make(chan struct{}, may.most)}
		s.used[of] = mine
	}
	mine.users++
	keeps := mine.users <= may.most+may.waiting
	s.mu.Unlock()
	out := func(had bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if had {
			<-mine.slots
			mine.left = time.Now()
		}
		if mine.users--; mine.users == 0 {
			delete(s.used, of)
		}
	}
	if s.wait(ctx, mine, keeps) {
		return func() { out(true) }, true
	}
	out(false)
	return nil, false
}

// wait waits for a worker: who keeps its place, while others of the account's jobs end; who does not, for
// a moment.
func (s *shares) wait(ctx context.Context, mine *share, keeps bool) bool {
	select {
	case mine.slots <- struct{}{}:
		return true
	default:
	}
	patience := time.NewTimer(sharePatience)
	defer patience.Stop()
	for {
		select {
		case mine.slots <- struct{}{}:
			return true
		case <-ctx.Done():
			return false
		case <-patience.C:
		}
		s.mu.Lock()
		moves := time.Since(mine.left) < sharePatience
		s.mu.Unlock()
		if !keeps || !moves {
			return false
		}
		patience.Reset(sharePatience)
	}
}
