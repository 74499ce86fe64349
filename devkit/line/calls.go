package line

import (
	"encoding/json"
	"maps"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"
)

// The record of what the bot called.

const (
	keptCalls   = 2000     // calls remembered
	keptBody    = 64 << 10 // bytes of a body remembered
	keptMessage = 1 << 10  // bytes of an error remembered
	keptBodies  = 64 << 20 // bytes of all bodies remembered
)

// call is one request of the bot, as the control API shows it. Tokens are not in it.
type call struct {
	Seq      int64     `json:"seq"`
	At       time.Time `json:"at"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Status   int       `json:"status"` // 0: the bot got no answer
	RetryKey string    `json:"retryKey,omitempty"`
	Request  string    `json:"requestId"`
	Body     any       `json:"body,omitempty"`
	Error    string    `json:"error,omitempty"`
	Note     string    `json:"note,omitempty"`

	sent []byte // the body as it came, made readable only for whoever asks
}

// callLog holds the last calls, keptCalls of them at least.
type callLog struct {
	mu    sync.Mutex
	seq   int64
	calls []call
	bytes int
	tally tally
}

// tally counts what no record is long enough for.
type tally struct {
	// Calls counts the calls of each endpoint by the status of their answers; 0 is no answer.
	Calls map[string]map[int]int64 `json:"calls"`
	// Webhooks counts the attempts to deliver webhooks by the status that the bot gave.
	Webhooks map[int]int64 `json:"webhooks"`
	// Shown is how many messages of bots citizens got to see, Unseen how many were accepted for
	// nobody.
	Shown  int64 `json:"shown"`
	Unseen int64 `json:"unseen"`
}

func newTally() tally { return tally{Calls: map[string]map[int]int64{}, Webhooks: map[int]int64{}} }

// copied is a copy that nobody changes any more.
func (t tally) copied() tally {
	t.Webhooks = maps.Clone(t.Webhooks)
	calls := map[string]map[int]int64{}
	for endpoint, counts := range t.Calls {
		calls[endpoint] = maps.Clone(counts)
	}
	t.Calls = calls
	return t
}

// count changes the tally.
func (l *callLog) count(change func(*tally)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.tally)
}

func (l *callLog) add(c call, endpoint string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	c.Seq = l.seq
	if len(c.sent) > keptBody {
		c.Body, c.sent = map[string]int{"bytes": len(c.sent)}, nil
	}
	if len(l.calls) == 2*keptCalls || l.bytes > keptBodies { // make room at times, not at each call
		l.calls = append(make([]call, 0, 2*keptCalls), l.calls[len(l.calls)/2:]...)
		l.bytes = 0
		for _, kept := range l.calls {
			l.bytes += len(kept.sent)
		}
	}
	l.calls = append(l.calls, c)
	l.bytes += len(c.sent)
	counts := l.tally.Calls[endpoint]
	if counts == nil {
		counts = map[int]int64{}
		l.tally.Calls[endpoint] = counts
	}
	counts[c.Status]++
}

func (l *callLog) after(seq int64) []call {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []call{}
	for _, c := range l.calls {
		if c.Seq > seq {
			if c.Body == nil {
				c.Body = logged(c.sent)
			}
			list = append(list, c)
		}
	}
	return list
}

func (l *callLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls, l.bytes, l.tally = nil, 0, newTally()
}

// logged is a body fit for the record: JSON as it is, other text as a string, the rest by its size.
func logged(body []byte) any {
	switch {
	case len(body) == 0:
		return nil
	case json.Valid(body):
		return json.RawMessage(body)
	case utf8.Valid(body):
		return string(body)
	default:
		return map[string]int{"bytes": len(body)}
	}
}

func (s *Simulator) listCalls(r *http.Request) (any, error) {
	after, err := number(r, "after")
	if err != nil {
		return nil, err
	}
	return s.calls.after(after), nil
}

func (s *Simulator) showTally(*http.Request) (any, error) {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return s.calls.tally.copied(), nil
}
