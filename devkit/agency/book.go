package agency

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	bookFile    = "arrivals.jsonl"
	keepWhole   = 1000    // entries whose body and headers stay in memory
	keepForeign = 4 << 10 // of a body that nobody vouches for
)

// arrival is one request as it came: one line of the file, never changed.
type arrival struct {
	At       time.Time         `json:"at"`
	ID       string            `json:"id"`
	Verified bool              `json:"verified"`
	Problem  string            `json:"problem,omitempty"`
	Answer   int               `json:"answer"`
	Late     bool              `json:"late,omitempty"`
	Headers  map[string]string `json:"headers"`
	Body     []byte            `json:"body"`
}

// entry is what the arrivals of one event come to. An event is counted once, however often it
// arrives.
type entry struct {
	ID         string            `json:"id"`
	Type       string            `json:"type"`
	Timestamp  string            `json:"timestamp"` // of the event, as sent
	FirstAt    time.Time         `json:"first_at"`
	LastAt     time.Time         `json:"last_at"`
	Verified   bool              `json:"verified"`
	Problem    string            `json:"problem,omitempty"`
	Arrivals   int               `json:"arrivals"`
	Accepted   bool              `json:"accepted"`   // answered 2xx at least once: the event took effect
	Duplicates int               `json:"duplicates"` // accepted arrivals after the first
	Altered    bool              `json:"altered"`    // a later arrival had other bytes than the first
	Answers    []int             `json:"answers"`
	Headers    map[string]string `json:"headers,omitempty"`
	Body       json.RawMessage   `json:"body,omitempty"`

	raw []byte
}

// summary is what scripts read at deliveries.json.
type summary struct {
	Mode       Mode     `json:"mode"`
	Count      int      `json:"count"`      // events that took effect
	Duplicates int      `json:"duplicates"` // arrivals of an event that had taken effect already
	Refused    int      `json:"refused"`    // requests whose signature was not good
	Deliveries []*entry `json:"deliveries"` // newest first

	older int // entries that were left out
}

// book keeps arrivals: in memory, and in an append-only file when there is one.
type book struct {
	mu      sync.Mutex
	file    *os.File
	mode    Mode
	entries []*entry // in the order of their first arrival
	byID    map[string]*entry
	total   summary // without Deliveries
	version int
}

func openBook(dir string) (*book, error) {
	b := &book{mode: ModeOK, byID: map[string]*entry{}}
	if dir == "" {
		return b, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("sample agency: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, bookFile), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sample agency: %w", err)
	}
	if err := b.replay(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	b.file = file
	return b, nil
}

// replay reads the file. A last line without its end is a request that was never answered: the
// process died over it. It is cut off, and the sender sends it again.
func (b *book) replay(file *os.File) error {
	r := bufio.NewReader(file)
	var good int64
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				if err := file.Truncate(good); err != nil {
					return fmt.Errorf("sample agency: cut off a half line: %w", err)
				}
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("sample agency: read %s: %w", bookFile, err)
		}
		var a arrival
		if err := json.Unmarshal(line, &a); err != nil {
			return fmt.Errorf("sample agency: line %d of %s is damaged; remove the file to start anew: %w", n, file.Name(), err)
		}
		b.count(a)
		good += int64(len(line))
	}
}

// add keeps an arrival. It is in the file before it counts.
func (b *book) add(a arrival) error {
	if !a.Verified && len(a.Body) > keepForeign {
		a.Body = a.Body[:keepForeign]
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file != nil {
		line, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("sample agency: %w", err)
		}
		if _, err := b.file.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("sample agency: %w", err)
		}
	}
	b.count(a)
	return nil
}

func (b *book) count(a arrival) {
	b.version++
	if !a.Verified {
		b.total.Refused++
		e := newEntry(a)
		e.Problem, e.Arrivals, e.Answers = a.Problem, 1, []int{a.Answer}
		b.append(e)
		return
	}
	e := b.byID[a.ID]
	if e == nil {
		e = newEntry(a)
		b.byID[a.ID] = e
		b.append(e)
	}
	e.LastAt = a.At
	e.Arrivals++
	e.Answers = append(e.Answers, a.Answer)
	if e.raw != nil && !bytes.Equal(e.raw, a.Body) {
		e.Altered = true
	}
	if a.Answer/100 != 2 {
		return
	}
	if e.Accepted {
		e.Duplicates++
		b.total.Duplicates++
		return
	}
	e.Accepted = true
	b.total.Count++
}

func (b *book) append(e *entry) {
	b.entries = append(b.entries, e)
	if old := len(b.entries) - keepWhole; old > 0 {
		thin := b.entries[old-1]
		thin.Headers, thin.Body, thin.raw = nil, nil, nil
	}
}

func newEntry(a arrival) *entry {
	e := &entry{
		ID: a.ID, FirstAt: a.At, LastAt: a.At, Verified: a.Verified,
		Headers: a.Headers, Body: a.Body, raw: a.Body,
	}
	var envelope struct {
		Type      string `json:"type"`
		Timestamp string `json:"timestamp"`
	}
	if json.Unmarshal(a.Body, &envelope) == nil {
		e.Type, e.Timestamp = envelope.Type, envelope.Timestamp
	}
	if !json.Valid(a.Body) {
		e.Body = quoted(a.Body)
	}
	return e
}

// quoted makes a JSON string of bytes that are not JSON.
func quoted(b []byte) json.RawMessage {
	text, err := json.Marshal(string(b))
	if err != nil {
		return nil
	}
	return text
}

func (b *book) setMode(m Mode) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mode = m
	b.version++
}

func (b *book) currentMode() Mode {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mode
}

// summary copies what there is, newest first.
func (b *book) summary() summary {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.newest(len(b.entries))
}

// newest copies the totals and up to limit entries; the caller holds the lock.
func (b *book) newest(limit int) summary {
	s := b.total
	s.Mode = b.mode
	s.Deliveries = make([]*entry, 0, min(limit, len(b.entries)))
	for i := len(b.entries) - 1; i >= 0 && len(s.Deliveries) < limit; i-- {
		e := *b.entries[i]
		e.Answers = append([]int(nil), e.Answers...)
		s.Deliveries = append(s.Deliveries, &e)
	}
	s.older = len(b.entries) - len(s.Deliveries)
	return s
}

// look copies the newest entries with the version they are of.
func (b *book) look(limit int) (summary, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.newest(limit), b.version
}

func (b *book) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == nil {
		return nil
	}
	file := b.file
	b.file = nil
	return file.Close()
}
