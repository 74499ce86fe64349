package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
)

// Bell passes on to open pages that a ticket changed. It says which, never what: every page reads
// again what its officer may see.
type Bell struct {
	epoch string // tells the marks of this process from those of another
	log   *slog.Logger

	mu        sync.Mutex
	last      uint64 // number of the newest news
	recent    []rung // the newest news, oldest first
	listeners map[chan<- rung]agencies.AgencyID
	closed    bool
}

// rung is one piece of news. Ticket 0 means that some may have been missed.
type rung struct {
	seq    uint64
	agency agencies.AgencyID
	ticket tickets.TicketID
}

const (
	recentKept     = 512 // news kept for pages that connect a little later
	listenerBuffer = 64  // news that one page may be behind
)

// NewBell returns a Bell that rings nothing until Listen runs.
func NewBell(log *slog.Logger) *Bell {
	return &Bell{epoch: rand.Text()[:8], log: log, listeners: map[chan<- rung]agencies.AgencyID{}}
}

// How long Listen waits before it connects again.
const (
	relistenFirst = 200 * time.Millisecond
	relistenMost  = 15 * time.Second
)

// Listen hears the database say that tickets changed, until ctx ends; then it ends every stream.
// It needs a direct connection. A lost one is made anew, and pages are told to read again.
func (b *Bell) Listen(ctx context.Context, databaseURL string) error {
	defer b.close()
	cfg, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		// The parser's error may quote the address and with it the password.
		return errors.New("listen for changes: the address of the database cannot be read")
	}
	wait := relistenFirst
	for ctx.Err() == nil {
		heard, err := b.hear(ctx, cfg)
		if ctx.Err() != nil {
			break
		}
		if heard {
			wait = relistenFirst
		}
		b.log.WarnContext(ctx, "inboxes are not live, listening again", "err", err, "wait", wait)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, relistenMost)
	}
	return nil
}

// hear listens on one connection until it breaks; heard says whether it ever worked.
func (b *Bell) hear(ctx context.Context, cfg *pgx.ConnConfig) (heard bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return false, fmt.Errorf("connect: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = errors.Join(err, conn.Close(closing))
	}()
	if _, err := conn.Exec(ctx, `LISTEN `+pgx.Identifier{tickets.Bell}.Sanitize()); err != nil {
		return false, fmt.Errorf("listen: %w", err)
	}
	b.ring(0, 0) // whatever happened while nobody listened
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return true, fmt.Errorf("wait for changes: %w", err)
		}
		agency, ticket, ok := readRing(n.Payload)
		if !ok {
			b.log.WarnContext(ctx, "a change was told in words nobody knows", "payload", n.Payload)
			continue
		}
		b.ring(agency, ticket)
	}
}

func readRing(payload string) (agencies.AgencyID, tickets.TicketID, bool) {
	left, right, ok := strings.Cut(payload, " ")
	agency, err1 := strconv.ParseInt(left, 10, 64)
	ticket, err2 := strconv.ParseInt(right, 10, 64)
	return agencies.AgencyID(agency), tickets.TicketID(ticket), ok && err1 == nil && err2 == nil
}

// ring tells every listener of an agency; agency 0 tells everyone to read again.
func (b *Bell) ring(agency agencies.AgencyID, ticket tickets.TicketID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	news := rung{seq: b.last, agency: agency, ticket: ticket}
	if len(b.recent) == recentKept {
		b.recent = append(b.recent[:0], b.recent[1:]...)
	}
	b.recent = append(b.recent, news)
	for ch, of := range b.listeners {
		if agency != 0 && of != agency {
			continue
		}
		select {
		case ch <- news:
		default:
			// The page is too far behind: its stream ends, it connects again and reads everything.
			delete(b.listeners, ch)
			close(ch)
		}
	}
}

// mark is the place in the stream of news that has been reached.
func (b *Bell) mark() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.markOf(b.last)
}

func (b *Bell) markOf(seq uint64) string { return b.epoch + "-" + strconv.FormatUint(seq, 10) }

// subscribe returns the news of an agency from a mark on: first what was missed, or one rung that
// says to read everything when that is not known any more. The channel is closed when the stream
// must end.
func (b *Bell) subscribe(agency agencies.AgencyID, mark string) (missed []rung, news <-chan rung, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	missed = b.since(agency, mark)
	ch := make(chan rung, listenerBuffer)
	if b.closed {
		close(ch)
		return missed, ch, func() {}
	}
	b.listeners[ch] = agency
	return missed, ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if _, ok := b.listeners[ch]; ok {
			delete(b.listeners, ch)
			close(ch)
		}
	}
}

func (b *Bell) since(agency agencies.AgencyID, mark string) []rung {
	everything := []rung{{seq: b.last}}
	epoch, number, _ := strings.Cut(mark, "-")
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil || epoch != b.epoch || seq > b.last || b.last-seq > uint64(len(b.recent)) {
		return everything
	}
	var missed []rung
	for _, n := range b.recent {
		if n.seq <= seq || n.agency != 0 && n.agency != agency {
			continue
		}
		missed = append(missed, n)
	}
	return missed
}

// close ends every stream for good.
func (b *Bell) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for ch := range b.listeners {
		delete(b.listeners, ch)
		close(ch)
	}
}
