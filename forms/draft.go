package forms

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Draft is a request as far as it is filled in, wherever that is done: in a chat, on a page, or in both in turn.
type Draft struct {
	ID       string
	Agency   int64 // whose service it is
	Form     Key
	Version  int
	Revision int // counts changes
	Answers  []Answer
	Skipped  []string // fields that were left out
	// Sources are the messages of the chat that answers came from, by field; of files one for each, in their order.
	Sources   map[string][]string
	Chat      string // kind of the chat that it can be gone on with in, such as "line"; empty: pages alone
	Sent      bool   // the request was filed; nothing can be changed any more
	StartedAt time.Time
	TouchedAt time.Time
}

// Entry is what a page says about one field of a draft.
type Entry struct {
	Field string
	Input Input
	Empty bool   // nothing was put in: an optional field is left out, any other one has no answer yet
	Was   string // Answer.Print of what the page showed; empty: no answer
}

// Thing names a thing of a group, counted from 1.
type Thing struct {
	Group string
	N     int
}

// Fill is what one page sends: what was put in, and things of groups begun or taken out.
type Fill struct {
	Revision int // of the draft that the page showed
	Entries  []Entry
	More     []string // groups that get another thing
	Less     []Thing  // things to take out; only while the draft is as the page showed it
}

// Clash is a field that was answered elsewhere since the page was drawn, in another way than the page says now.
// What is stored stays until the person has chosen.
type Clash struct {
	Field  string
	Stored Answer // zero: the answer was taken back there
	Put    Answer // what the page says; zero: nothing
}

// Filled is what became of a Fill.
type Filled struct {
	Faults  map[string]string // by field: a sentence that says what is expected; what was stored there before stays
	Clashes []Clash           // in the order of the form
	Stale   bool              // things of groups could not be taken out, because the draft had changed
}

// Print tells an answer from any other one to the same field, without saying what it is. That of no answer is empty.
func (a Answer) Print() string {
	if a.Field == "" {
		return ""
	}
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(a.Field), []byte(a.Text), canonical(a.Value)} {
		sum.Write(part)
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// canonical writes a value in one way: PostgreSQL keeps JSON with other blanks and another order than it is given.
func canonical(value json.RawMessage) []byte {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return value
	}
	out, err := json.Marshal(v)
	if err != nil {
		return value
	}
	return out
}

// same reports whether two answers to a field say the same: words count as they read.
func (a Answer) same(b Answer) bool {
	if a.Kind == b.Kind && (a.Kind == TextField || a.Kind == AddressField) {
		return a.Field == b.Field && a.Text == b.Text
	}
	return a.Print() == b.Print()
}

func (d Draft) clone() Draft {
	d.Answers, d.Skipped, d.Sources = slices.Clone(d.Answers), slices.Clone(d.Skipped), maps.Clone(d.Sources)
	return d
}

// put stores an answer that was given on a page in place of any earlier one.
func (d *Draft) put(a Answer) {
	d.Revision++
	d.Skipped = slices.DeleteFunc(d.Skipped, func(key string) bool { return key == a.Field })
	delete(d.Sources, a.Field)
	if i := slices.IndexFunc(d.Answers, func(b Answer) bool { return b.Field == a.Field }); i >= 0 {
		d.Answers[i] = a
		return
	}
	d.Answers = append(d.Answers, a)
}

// remove takes the answer to a field out.
func (d *Draft) remove(field string) {
	d.Revision++
	d.Answers = slices.DeleteFunc(d.Answers, func(a Answer) bool { return a.Field == field })
	delete(d.Sources, field)
}

// noMore answers the question whether there is another thing of a group, unless it is answered.
func (d *Draft) noMore(more Field, now time.Time) {
	if _, ok := Find(d.Answers, more.Key); ok {
		return
	}
	if a, err := more.Check(Input{Choice: MoreNo, Now: now}); err == nil {
		d.put(a)
	}
}
