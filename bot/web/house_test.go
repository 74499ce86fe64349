package web_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/bot/line"
	"saphan/bot/web"
	"saphan/citizens"
	"saphan/devkit/testhouse"
	"saphan/forms"
	"saphan/internal/pgtest"
	"saphan/jobs"
	"saphan/tickets"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is the whole product with pages beside the chat, at work.
type house struct {
	*testhouse.House
	*web.Counter
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, nil)
}

// newHouseWith opens a house with a gateway to telephones.
func newHouseWith(t *testing.T, texts jobs.Texter) *house {
	t.Helper()
	h := &house{House: testhouse.Open(t)}
	p := h.Parts
	h.Counter = web.NewCounter(p.Forms, p.Desk, p.Box, testhouse.BaseURL, p.Now)
	workers := river.NewWorkers()
	jobs.Register(workers, &jobs.Deps{
		DB: p.Pool, Jobs: p.Client, Desk: p.Desk, Forms: p.Forms, Files: p.Files, Permits: p.Permits, Box: p.Box, Texter: texts, Deliverer: p.Deliverer,
		Channels: map[string]jobs.Channel{line.Kind: p.Line, web.Kind: web.Channel{}}, Menus: map[string]jobs.Menus{line.Kind: p.Line},
		BaseURL: testhouse.BaseURL, Now: p.Now, Log: p.Log,
	})
	end, err := h.Work(t.Context(), "", workers, jobs.Queues())
	must(t, err)
	h.Ending(end)
	return h
}

// browser is somebody at a browser that nobody is signed in with.
func browser(name string) citizens.Person { return citizens.Person{Browser: name, Lang: "th"} }

// citizen is the person of a chat, signed in.
func (h *house) citizen() citizens.Person {
	h.T.Helper()
	id := h.Count(`SELECT i.citizen_id FROM identities i JOIN conversations c ON c.identity_id = i.id WHERE c.source = $1`, h.User)
	return citizens.Person{Citizen: citizens.CitizenID(id), Lang: "th"}
}

func (h *house) begins(who citizens.Person, form forms.Key) (d forms.Draft) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		d, err = h.Begin(h.T.Context(), tx, who, h.Agency.ID, form)
		return err
	})
	return d
}

func (h *house) opens(who citizens.Person, draft string) (d forms.Draft) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		d, err = h.Open(h.T.Context(), tx, who, draft)
		return err
	})
	return d
}

// says is an entry in words.
func says(field, words string) forms.Entry {
	return forms.Entry{Field: field, Input: forms.Input{Text: words}}
}

// fills changes a draft as a page that shows it as it stands.
func (h *house) fills(who citizens.Person, d forms.Draft, entries ...forms.Entry) (after forms.Draft, filled forms.Filled) {
	h.T.Helper()
	for i := range entries {
		if a, ok := forms.Find(d.Answers, entries[i].Field); ok {
			entries[i].Was = a.Print()
		}
	}
	h.Everywhere(func(tx pgx.Tx) (err error) {
		after, filled, err = h.Fill(h.T.Context(), tx, who, d.ID, forms.Fill{Revision: d.Revision, Entries: entries})
		return err
	})
	return after, filled
}

func (h *house) sends(who citizens.Person, d forms.Draft) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error { return h.Send(h.T.Context(), tx, who, d.ID, d.Revision) })
}

// drafts are the services whose forms a person can go on with.
func (h *house) drafts(who citizens.Person) (keys []forms.Key) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		all, err := h.Drafts(h.T.Context(), tx, who)
		for _, d := range all {
			keys = append(keys, d.Form)
		}
		return err
	})
	return keys
}

// ticket is what became of a draft, as soon as it is routed.
func (h *house) ticket(draft string) (t tickets.Ticket) {
	h.T.Helper()
	h.Settled()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		t, err = tickets.FindByDraft(h.T.Context(), tx, draft)
		return err
	})
	return t
}

// text is the answer to a field as a person reads it.
func text(d forms.Draft, field string) string {
	a, _ := forms.Find(d.Answers, field)
	return a.Text
}
