package bot

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/forms"
	"saphan/internal/fault"
)

// TestChatAndPagesLoseNothing plays random citizens who go between the chat and pages that may show an old state: each
// message is held to the rules of every conversation, each page to its own.
func TestChatAndPagesLoseNothing(t *testing.T) {
	t.Parallel()
	citizens, acts := 40, 120
	if testing.Short() {
		citizens = 10
	}
	catalog := catalogOf(t, "workshop", "every-kind")
	for seed := range uint64(citizens) {
		play := &player{stage: newStage(t), rand: rand.New(rand.NewPCG(seed, 17)), sent: map[string]bool{}}
		play.w.Forms, play.w.Web = catalog, true
		shown := map[string]forms.Draft{} // what pages show, by draft
		for i := range acts {
			if i%40 == 0 {
				play.give(Message{Kind: Postback, Data: StartData([]string{"workshop", "every-kind"}[play.rand.IntN(2)])})
			}
			if play.rand.IntN(3) == 0 {
				play.turnsToPage(shown)
				continue
			}
			play.move()
		}
	}
}

// turnsToPage has the citizen do something on a page.
func (p *player) turnsToPage(shown map[string]forms.Draft) {
	p.t.Helper()
	p.now = p.now.Add(20 * time.Second)
	p.n++
	p.w.NewID = "d" + number(int64(p.n))
	page, before := Page{World: p.w, At: p.now}, p.c.clone()
	all := p.c.Drafts(p.now)
	if len(all) == 0 {
		return
	}
	d := all[p.rand.IntN(len(all))]
	if _, ok := shown[d.ID]; !ok || p.rand.IntN(3) > 0 {
		shown[d.ID] = d
	}
	var err error
	switch roll := p.rand.IntN(30); roll {
	case 0:
		p.log = append(p.log, "page: begin")
		var effects []Effect
		if p.c, _, effects, err = page.Begin(p.c, []forms.Key{"workshop", "every-kind"}[p.rand.IntN(2)]); err == nil {
			p.effects, p.replies = effects, nil
			p.effectsRight(before)
		}
	case 1:
		p.log = append(p.log, "page: drop "+d.ID)
		p.c, err = page.Drop(p.c, d.ID)
	case 2, 3, 4:
		p.log = append(p.log, "page: send "+d.ID)
		var after Conversation
		after, p.effects, err = page.Send(p.c, d.ID, shown[d.ID].Revision)
		if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
			p.fail("send: %v", err)
		}
		if err == nil {
			p.replies = nil
			p.effectsRight(before)
			if _, again, err := page.Send(after, d.ID, 0); err != nil || len(again) != 0 {
				p.fail("sent again: %v, %v", again, err)
			}
		}
		p.c, err = after, nil
	default:
		p.fillsIn(page, shown[d.ID])
	}
	if err != nil {
		p.fail("%v", err)
	}
}

// fillsIn has a page say something about a draft as it shows it.
func (p *player) fillsIn(page Page, seen forms.Draft) {
	p.t.Helper()
	f, ok := p.w.Forms.Version(seen.Form, seen.Version)
	if !ok {
		p.fail("no form of %+v", seen)
	}
	fill := forms.Fill{Revision: seen.Revision}
	for _, fl := range f.On(p.now).Open(seen.Answers) {
		if p.rand.IntN(4) > 0 {
			continue
		}
		a, _ := forms.Find(seen.Answers, fl.Key)
		e := forms.Entry{Field: fl.Key, Was: a.Print(), Empty: p.rand.IntN(6) == 0}
		switch {
		case fl.Files() && p.rand.IntN(2) == 0:
			file := p.file("", "image/jpeg")
			e.Input.Files = append(a.Files(), forms.File{ID: file.ID, Type: file.Type, Size: 1})
		case len(fl.Choices) > 0:
			e.Input.Choice = fl.Choices[p.rand.IntN(len(fl.Choices))].Value
		default:
			e.Input.Text = utterances[p.rand.IntN(len(utterances))]
		}
		fill.Entries = append(fill.Entries, e)
	}
	if p.rand.IntN(6) == 0 {
		fill.More = []string{"machines"}
	}
	if p.rand.IntN(10) == 0 {
		fill.Less = []forms.Thing{{Group: "machines", N: 1 + p.rand.IntN(3)}}
	}
	p.log = append(p.log, fmt.Sprintf("page: fill %s with %d, less %v, more %v", seen.ID, len(fill.Entries), fill.Less, fill.More))
	before := p.c.clone()
	raw, err := json.Marshal(p.c)
	if err != nil {
		p.fail("%v", err)
	}
	after, d, _, err := page.Fill(p.c, seen.ID, fill)
	if err != nil {
		p.fail("fill: %v", err)
	}
	if now, err := json.Marshal(p.c); err != nil || string(now) != string(raw) {
		p.fail("a page changed its argument (%v)", err)
	}
	p.c = after
	old := before.Drafts(p.now)
	i := slices.IndexFunc(old, func(o forms.Draft) bool { return o.ID == d.ID })
	for _, a := range old[i].Answers {
		n := slices.IndexFunc(fill.Entries, func(e forms.Entry) bool { return e.Field == a.Field })
		if _, stays := forms.Find(d.Answers, a.Field); !stays && len(fill.Less) == 0 && (n < 0 || !fill.Entries[n].Empty) {
			p.fail("the answer to %s is gone", a.Field)
		}
	}
	for _, a := range d.Answers {
		if from := d.Sources[a.Field]; len(a.Attachments) > 0 && len(from) != len(a.Attachments) {
			p.fail("%s has %d files from %v", a.Field, len(a.Attachments), from)
		}
	}
	if open := p.c.Draft; open != nil && open.ID == d.ID && open.Field != "" {
		if _, ok := forms.Find(d.Answers, open.Field); ok && d.Revision != old[i].Revision && !strings.Contains(open.Field, ".") {
			if fl, asked := f.On(p.now).Field(open.Field); asked && len(fl.Choices) == 0 {
				p.fail("the chat is at %s, which is answered", open.Field)
			}
		}
	}
}

// What somebody writes when they are back from a page is no answer to a question that the chat did not ask; a form sent
// or given up on a page is so in the chat.
func TestBackFromAPage(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.give(Message{Kind: Postback, Data: StartData("question")})
	id := s.c.Draft.ID
	page := Page{World: s.w, At: s.now}
	var err error
	s.c, _, _, err = page.Fill(s.c, id, forms.Fill{Entries: []forms.Entry{{Field: "question", Input: forms.Input{Text: "เปิดร้านต้องทำอะไรบ้างคะ"}}}})
	if err != nil {
		t.Fatal(err)
	}
	revision := s.c.Draft.Revision
	s.give(Message{Kind: Text, Text: "ขอถามเรื่องภาษีค่ะ"})
	if s.c.Draft.Revision != revision || len(s.replies) != 2 || !strings.Contains(s.replies[0].Text, "กรอกบนเว็บ") || s.replies[1].Card == nil {
		t.Errorf("revision %d, then %d: %+v", revision, s.c.Draft.Revision, s.replies)
	}
	if _, _, err := page.Send(s.c, id, revision-1); !fault.Is(err, fault.Conflict) {
		t.Errorf("another revision: %v", err)
	}
	sent, effects, err := page.Send(s.c, id, revision)
	if e, ok := sent.Ending(id); err != nil || !ok || !e.Sent || len(effects) != 1 || sent.Draft != nil {
		t.Fatalf("sent: %v, %+v, %+v", err, e, effects)
	}
	if _, _, _, err := page.Fill(sent, id, forms.Fill{}); !fault.Is(err, fault.NotFound) || !strings.Contains(fault.MessageOf(err), "ส่งแล้ว") {
		t.Errorf("filled in after it was sent: %v", err)
	}
	dropped, err := page.Drop(s.c, id)
	if e, ok := dropped.Ending(id); err != nil || !ok || e.Sent {
		t.Errorf("dropped: %v, %+v", err, e)
	}
	// After thirty days nobody goes on with it (PDP-5).
	late := Page{World: s.w, At: s.now.Add(31 * 24 * time.Hour)}
	if _, _, _, err := late.Fill(s.c, id, forms.Fill{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("filled in after thirty days: %v", err)
	}
}

// The same version of a notice is shown once, and a service that must be asked for in person is not begun.
func TestBeginOnAPage(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.w.NewID = "a"
	page := Page{World: s.w, At: s.now}
	c, d, effects, err := page.Begin(Conversation{}, "question")
	if err != nil || d.ID != "a" || len(effects) != 1 {
		t.Fatalf("%v: %+v, %+v", err, d, effects)
	}
	page.NewID = "b"
	if _, again, effects, err := page.Begin(c, "question"); err != nil || again.ID != "a" || len(effects) != 0 {
		t.Errorf("%v: %+v, %+v", err, again, effects)
	}
	if _, _, _, err := page.Begin(c, "no-such"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such service: %v", err)
	}
	c, other, _, err := page.Begin(c, "public-problem")
	if err != nil || other.ID != "b" || len(c.Drafts(s.now)) != 2 {
		t.Errorf("%v: %+v", err, c)
	}
	into, left := Conversation{}.Take(c)
	if len(into.Drafts(s.now)) != 2 || len(left.Drafts(s.now)) != 0 || len(into.Noticed) != 2 {
		t.Errorf("taken over: %+v, left %+v", into, left)
	}
}
