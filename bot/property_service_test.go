package bot

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"saphan/forms"
)

// TestNothingIsLostOfAnyService plays random citizens with each service of the product: its groups, its documents
// out of the vault, what is known already, words that the matcher reads, and pages on which the same form is filled
// in between.
func TestNothingIsLostOfAnyService(t *testing.T) {
	t.Parallel()
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	matcher, err := ears()
	if err != nil {
		t.Fatal(err)
	}
	citizens, messages := 4, 120
	if testing.Short() {
		citizens = 1
	}
	for _, f := range catalog.List() {
		t.Run(string(f.Key), func(t *testing.T) {
			t.Parallel()
			things := 0
			for seed := range uint64(citizens) {
				play := &player{stage: newStage(t), rand: rand.New(rand.NewPCG(seed, 17)), sent: map[string]bool{}}
				play.w.Understand, play.w.Web = Listen(matcher), seed%2 == 0
				if seed%2 == 1 {
					play.w.Known, play.w.Vault = knownOf(f), vaultOf(f, play.now)
				}
				for i := range messages {
					if i%60 == 0 {
						play.give(Message{Kind: Postback, Data: StartData(string(f.Key))})
					}
					if play.rand.IntN(3) == 0 && play.byExample() {
						continue
					}
					if play.rand.IntN(12) == 0 {
						play.onThePage()
						continue
					}
					play.move()
					things = max(things, play.thingsNow())
				}
			}
			for _, fl := range f.Fields {
				if fl.Kind == forms.GroupField && things == 0 {
					t.Errorf("nobody came to %s", fl.Key)
				}
			}
		})
	}
}

// thingsNow is how many questions about things of groups the open form has.
func (p *player) thingsNow() (n int) {
	if p.c.Draft == nil {
		return 0
	}
	f, ok := p.w.Forms.Version(p.c.Draft.Form, p.c.Draft.Version)
	if !ok {
		return 0
	}
	for _, fl := range f.On(p.now).Open(p.c.Draft.Answers) {
		if _, is := fl.Thing(); is {
			n++
		}
	}
	return n
}

// byExample answers the open question as its example does, so that citizens come far; false when it has none.
func (p *player) byExample() bool {
	p.t.Helper()
	d := p.c.Draft
	if d == nil || d.Field == "" {
		return false
	}
	f, ok := p.w.Forms.Version(d.Form, d.Version)
	if !ok {
		return false
	}
	fl, ok := f.Field(d.Field)
	if !ok {
		return false
	}
	said := fl.Example.TH
	if len(fl.Choices) > 0 {
		said = fl.Choices[p.rand.IntN(len(fl.Choices))].Label.TH
	}
	if said == "" {
		return false
	}
	before, m := p.c.clone(), Message{Kind: Text, Text: said}
	p.log = append(p.log, "example "+said)
	p.give(m)
	p.replyLimits()
	p.wayOn(m)
	p.answersKept(before, m)
	p.effectsRight(before)
	return true
}

// onThePage changes one answer of a form on a page, between two messages: what was said in the chat stays, and the
// page may be an old one.
func (p *player) onThePage() {
	p.t.Helper()
	drafts := p.c.Drafts(p.now)
	if len(drafts) == 0 {
		return
	}
	d := drafts[p.rand.IntN(len(drafts))]
	f, ok := p.w.Forms.Version(d.Form, d.Version)
	if !ok {
		return
	}
	open := f.On(p.now).Open(d.Answers)
	if len(open) == 0 {
		return
	}
	fl := open[p.rand.IntN(len(open))]
	stored, _ := forms.Find(d.Answers, fl.Key)
	entry := forms.Entry{Field: fl.Key, Input: forms.Input{Text: utterances[p.rand.IntN(len(utterances))]}, Was: stored.Print()}
	if p.rand.IntN(2) == 0 {
		entry.Input.Text = fl.Example.TH
	}
	if p.rand.IntN(4) == 0 {
		entry.Was = "an old page"
	}
	p.log = append(p.log, "page "+fl.Key+" "+entry.Input.Text)
	before := p.c.clone()
	c, _, _, err := Page{World: p.w, At: p.now}.Fill(p.c, d.ID, forms.Fill{Revision: d.Revision, Entries: []forms.Entry{entry}})
	if err != nil {
		p.fail("the page was refused: %v", err)
	}
	p.c = c
	p.answersKept(before, Message{Kind: Text})
	raw, err := json.Marshal(p.c)
	if err != nil || len(raw) > 100_000 {
		p.fail("the state has %d bytes (%v)", len(raw), err)
	}
}
