package portal

import (
	"sync"
	"time"
)

// How many forms may be begun from one network by people who are not signed in.
const (
	beginsMost  = 100
	beginsEvery = 10 * time.Minute
)

// turnstile counts what comes from each network.
type turnstile struct {
	mu   sync.Mutex
	from time.Time
	seen map[string]int
}

// allow counts one more; false when there were enough for now.
func (t *turnstile) allow(network string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil || now.Sub(t.from) >= beginsEvery {
		t.from, t.seen = now, map[string]int{}
	}
	t.seen[network]++
	return t.seen[network] <= beginsMost
}
