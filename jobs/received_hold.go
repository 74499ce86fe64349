package jobs

import (
	"context"
	"sync"
	"time"

	"saphan/bot"
)

// A job waits so long while another of this process works on the same conversation: it spares both the
// same work. Who may do it is settled in the database.
const (
	quickPatience = 250 * time.Millisecond
	busyPatience  = 10 * time.Second // in the busy lane hundreds of events of one conversation may wait
)

// holds are the conversations that this process works on.
type holds struct {
	mu   sync.Mutex
	held map[bot.Key]*hold
}

// hold is there while somebody has or wants it.
type hold struct {
	taken chan struct{}
	users int
}

// take waits until nobody else of this process works on the conversation, as long as patience lasts.
// waited says that something may have changed meanwhile; give must be called at the end.
func (h *holds) take(ctx context.Context, key bot.Key, patience time.Duration) (waited bool, give func()) {
	h.mu.Lock()
	if h.held == nil {
		h.held = map[bot.Key]*hold{}
	}
	mine := h.held[key]
	if mine == nil {
		mine = &hold{taken: make(chan struct{}, 1)}
		h.held[key] = mine
	}
	mine.users++
	h.mu.Unlock()
	had := true
	select {
	case mine.taken <- struct{}{}:
	default:
		waited = true
		enough := time.NewTimer(patience)
		defer enough.Stop()
		select {
		case mine.taken <- struct{}{}:
		case <-enough.C:
			had = false
		case <-ctx.Done():
			had = false
		}
	}
	return waited, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if had {
			<-mine.taken
		}
		if mine.users--; mine.users == 0 {
			delete(h.held, key)
		}
	}
}
