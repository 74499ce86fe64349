package jobs

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/breaches"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/permits"
	"saphan/tickets"
)

// personalData is everything that is kept about a person, as data.json of a copy says it. Officers' notes to one
// another are not in it: they are the agency's. Times are UTC; dates are of the Christian era.
type personalData struct {
	MadeAt    time.Time      `json:"made_at"`
	Accounts  []accountData  `json:"accounts"`
	Proved    []provedData   `json:"proved"`  // what was proved about who they are
	Profile   []factData     `json:"profile"` // what they are not asked again
	Documents []documentData `json:"documents"`
	Notices   []noticeData   `json:"privacy_notices_shown"`
	Cases     []caseData     `json:"cases"`
	Breaches  []breachData   `json:"breaches_told"` // of the person's data, as they were told
	Mandates  []mandateData  `json:"powers_of_attorney"`
	Begun     []begunData    `json:"forms_begun"`
	Said      []saidData     `json:"said_in_chat"` // of the last thirty days
	Files     []fileData     `json:"files"`
}

type accountData struct {
	Channel  string `json:"channel"`
	Provider string `json:"provider"`
	ID       string `json:"id"`
	Name     string `json:"name"`
}

type provedData struct {
	How   string              `json:"how"`
	What  citizens.Attributes `json:"what"`
	By    string              `json:"by"`
	At    time.Time           `json:"at"`
	Until time.Time           `json:"until"`
}

type factData struct {
	Key      string    `json:"key"`
	Text     string    `json:"text"`
	Verified bool      `json:"verified"`
	Origin   string    `json:"origin"`
	At       time.Time `json:"at"`
}

type documentData struct {
	Type       string       `json:"type"`
	Label      string       `json:"label"`
	File       int64        `json:"file"`
	Agency     string       `json:"received_by"`
	ValidUntil string       `json:"valid_until,omitempty"`
	GivenAt    time.Time    `json:"given_at"`
	Shared     []sharedData `json:"shared_with"`
}

type sharedData struct {
	Agency string    `json:"agency"`
	At     time.Time `json:"at"`
}

type noticeData struct {
	Service string    `json:"service"`
	Version int       `json:"version"`
	At      time.Time `json:"at"`
}

type caseData struct {
	Number     string        `json:"number"`
	Service    string        `json:"service"`
	Agency     string        `json:"agency"`
	Status     string        `json:"status"`
	Name       string        `json:"name"`
	EnteredAt  time.Time     `json:"entered_at"`
	DeemedAt   time.Time     `json:"deemed_received_at"`
	DueAt      time.Time     `json:"due_at"`
	ClosedAt   *time.Time    `json:"closed_at,omitempty"`
	Answers    []answerData  `json:"answers"`
	Talk       []talkData    `json:"talk"`
	Outcome    string        `json:"outcome,omitempty"`
	Reason     string        `json:"reason,omitempty"`
	Conditions string        `json:"conditions,omitempty"`
	Replaces   string        `json:"replaces,omitempty"` // number of the permit that the approved one stands for
	Permit     string        `json:"permit,omitempty"`
	History    []historyData `json:"history"`
	Readings   []readingData `json:"opened_by"`
}

type answerData struct {
	Label string  `json:"label"`
	Text  string  `json:"text"`
	Files []int64 `json:"files,omitempty"`
}

type talkData struct {
	From  string          `json:"from"` // citizen, officer or system
	At    time.Time       `json:"at"`
	Text  string          `json:"text"`
	Place json.RawMessage `json:"place,omitempty"`
	File  *int64          `json:"file,omitempty"`
}

type historyData struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
}

type readingData struct {
	At      time.Time `json:"at"`
	Officer int64     `json:"officer"` // the agency knows who has the number
	What    string    `json:"what"`
	File    int64     `json:"file,omitempty"`
	Reason  string    `json:"reason,omitempty"` // why, when the case was a colleague's
}

type breachData struct {
	Agency string    `json:"agency"`
	At     time.Time `json:"at"`
	breaches.Words
}

// mandateData is a power of attorney that the person holds, or gave.
type mandateData struct {
	Agency    string `json:"agency"`
	Given     bool   `json:"given"` // by the person; else they hold it
	Principal string `json:"principal"`
	Attorney  string `json:"attorney"`
	From      string `json:"from"`
	Until     string `json:"until"`
	State     string `json:"state"`
	Why       string `json:"why,omitempty"` // it was refused or ended
	File      *int64 `json:"file,omitempty"`
}

type begunData struct {
	Service   string       `json:"service"`
	StartedAt time.Time    `json:"started_at"`
	Answers   []answerData `json:"answers"`
}

type saidData struct {
	At    time.Time  `json:"at"`
	Kind  string     `json:"kind"`
	Text  string     `json:"text"`
	Place *bot.Place `json:"place,omitempty"`
	File  *int64     `json:"file,omitempty"`
}

type fileData struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Path   string `json:"path,omitempty"` // in this ZIP; none: it waits for its virus scan
}

// gathering is the reading of all of that.
type gathering struct {
	*Deps
	tx       pgx.Tx
	all      personalData
	files    []files.AttachmentID
	agencies map[agencies.AgencyID]string
}

// gatherData reads everything that is kept about the accounts of a person, and which files belong to it.
func (d *Deps) gatherData(ctx context.Context, tx pgx.Tx, accounts []citizens.CitizenID) (personalData, []files.Attachment, error) {
	g := gathering{Deps: d, tx: tx, all: personalData{MadeAt: d.Now().UTC()}, agencies: map[agencies.AgencyID]string{}}
	for _, citizen := range accounts {
		for _, read := range []func(context.Context, citizens.CitizenID) error{g.person, g.documents, g.talks, g.cases, g.mandates, g.breaches} {
			if err := read(ctx, citizen); err != nil {
				return personalData{}, nil, err
			}
		}
	}
	held, err := g.held(ctx)
	return g.all, held, err
}

// mandates reads the powers of attorney that the citizen holds, and those that they gave.
func (g *gathering) mandates(ctx context.Context, citizen citizens.CitizenID) error {
	held, err := tickets.MandatesOf(ctx, g.tx, []int64{int64(citizen)})
	if err != nil {
		return err
	}
	blinds, err := citizens.BlindsOf(ctx, g.tx, citizen, g.Now())
	if err != nil {
		return err
	}
	given, err := tickets.MandatesFrom(ctx, g.tx, blinds)
	if err != nil {
		return err
	}
	for i, m := range append(held, given...) {
		agency, err := g.agency(ctx, m.AgencyID)
		if err != nil {
			return err
		}
		g.all.Mandates = append(g.all.Mandates, mandateData{
			Agency: agency, Given: i >= len(held), Principal: m.Principal(), Attorney: m.AttorneyName, From: m.FromOn.Format(time.DateOnly), Until: m.UntilOn.Format(time.DateOnly),
			State: string(m.State(g.Now())), Why: m.RefusedWhy + m.EndedWhy, File: m.AttachmentID,
		})
		if m.AttachmentID != nil {
			g.files = append(g.files, files.AttachmentID(*m.AttachmentID))
		}
	}
	return nil
}

// person reads accounts, proofs, facts and notices.
func (g *gathering) person(ctx context.Context, citizen citizens.CitizenID) error {
	identities, err := citizens.Identities(ctx, g.tx, citizen)
	if err != nil {
		return err
	}
	for _, i := range identities {
		g.all.Accounts = append(g.all.Accounts, accountData{i.Kind, i.Provider, i.ExternalID, i.Name})
	}
	proofs, err := citizens.Verifications(ctx, g.tx, g.Box, citizen)
	if err != nil {
		return err
	}
	for _, v := range proofs {
		g.all.Proved = append(g.all.Proved, provedData{string(v.How), v.Attributes, v.CheckedBy, v.At.UTC(), v.Until.UTC()})
	}
	facts, err := citizens.Profile(ctx, g.tx, g.Box, citizen)
	if err != nil {
		return err
	}
	for _, f := range facts {
		g.all.Profile = append(g.all.Profile, factData{string(f.Key), f.Text, f.Verified, f.Origin, f.At.UTC()})
	}
	notices, err := citizens.Notices(ctx, g.tx, citizen)
	if err != nil {
		return err
	}
	for _, n := range notices {
		g.all.Notices = append(g.all.Notices, noticeData{g.service(forms.Key(n.FormKey)), n.Version, n.ShownAt.UTC()})
	}
	return nil
}

func (g *gathering) documents(ctx context.Context, citizen citizens.CitizenID) error {
	vault, err := citizens.Vault(ctx, g.tx, citizen)
	if err != nil {
		return err
	}
	for _, d := range vault {
		doc := documentData{Type: d.Type, Label: d.Label, File: g.file(d.AttachmentID), GivenAt: d.GivenAt.UTC()}
		if doc.Agency, err = g.agency(ctx, agencies.AgencyID(d.AgencyID)); err != nil {
			return err
		}
		if d.ValidUntil != nil {
			doc.ValidUntil = d.ValidUntil.Format(time.DateOnly)
		}
		for _, s := range d.Shares {
			name, err := g.agency(ctx, agencies.AgencyID(s.AgencyID))
			if err != nil {
				return err
			}
			doc.Shared = append(doc.Shared, sharedData{name, s.At.UTC()})
		}
		g.all.Documents = append(g.all.Documents, doc)
	}
	return nil
}

// talks reads what was said in chats, and forms that were begun.
func (g *gathering) talks(ctx context.Context, citizen citizens.CitizenID) error {
	identities, err := citizens.Identities(ctx, g.tx, citizen)
	if err != nil {
		return err
	}
	talks, err := bot.ConversationsOf(ctx, g.tx, identities)
	if err != nil {
		return err
	}
	for _, id := range talks {
		stored, err := bot.Reload(ctx, g.tx, id)
		if err != nil {
			return err
		}
		for _, b := range stored.State.Begun() {
			g.all.Begun = append(g.all.Begun, begunData{g.service(b.Form), b.StartedAt.UTC(), g.answers(b.Answers)})
		}
		heard, err := bot.HeardIn(ctx, g.tx, id)
		if err != nil {
			return err
		}
		for _, h := range heard {
			said := saidData{At: h.At.UTC(), Kind: h.Kind, Text: h.Text, Place: h.Place}
			if h.AttachmentID != nil {
				file := g.file(int64(*h.AttachmentID))
				said.File = &file
			}
			g.all.Said = append(g.all.Said, said)
		}
	}
	return nil
}

func (g *gathering) cases(ctx context.Context, citizen citizens.CitizenID) error {
	ids, err := tickets.TicketsOf(ctx, g.tx, int64(citizen))
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, err := g.oneCase(ctx, id)
		if err != nil {
			return err
		}
		g.all.Cases = append(g.all.Cases, c)
	}
	return nil
}

// breaches reads what the person was told of breaches of their data (PDP-6).
func (g *gathering) breaches(ctx context.Context, citizen citizens.CitizenID) error {
	told, err := breaches.ToldTo(ctx, g.tx, []int64{int64(citizen)})
	if err != nil {
		return err
	}
	for _, t := range told {
		name, err := g.agency(ctx, t.AgencyID)
		if err != nil {
			return err
		}
		g.all.Breaches = append(g.all.Breaches, breachData{name, t.At.UTC(), t.Words})
	}
	return nil
}

func (g *gathering) oneCase(ctx context.Context, id tickets.TicketID) (caseData, error) {
	t, err := tickets.Find(ctx, g.tx, id)
	if err != nil {
		return caseData{}, err
	}
	c := caseData{
		Number: t.Number, Service: t.Title, Status: string(t.Status), Name: t.CitizenName, EnteredAt: t.EnteredAt.UTC(), DeemedAt: t.DeemedReceivedAt.UTC(),
		DueAt: t.DueAt.UTC(), ClosedAt: t.ClosedAt,
	}
	if c.Agency, err = g.agency(ctx, t.AgencyID); err != nil {
		return caseData{}, err
	}
	request, err := tickets.FindRequest(ctx, g.tx, t.RequestID)
	if err != nil {
		return caseData{}, err
	}
	c.Answers = g.answers(request.Answers)
	held, err := tickets.Files(ctx, g.tx, id)
	if err != nil {
		return caseData{}, err
	}
	for _, f := range held {
		g.file(f.AttachmentID)
	}
	if err := g.talkOf(ctx, id, &c); err != nil {
		return caseData{}, err
	}
	decision, err := tickets.FindDecision(ctx, g.tx, id)
	switch {
	case err == nil:
		c.Outcome, c.Reason, c.Conditions = string(decision.Outcome), decision.Reason, decision.Conditions
		c.Replaces = decision.Replaces
	case !fault.Is(err, fault.NotFound):
		return caseData{}, err
	}
	c.Permit, err = permits.NumberOf(ctx, g.tx, int64(id))
	return c, err
}

// talkOf reads what was said about a case, what happened to it and who opened it.
func (g *gathering) talkOf(ctx context.Context, id tickets.TicketID, c *caseData) error {
	thread, err := tickets.Thread(ctx, g.tx, id)
	if err != nil {
		return err
	}
	for _, m := range thread {
		if m.AttachmentID != nil {
			g.file(*m.AttachmentID)
		}
		c.Talk = append(c.Talk, talkData{m.Author, m.At.UTC(), m.Text, m.Place, m.AttachmentID})
	}
	events, err := tickets.History(ctx, g.tx, id)
	if err != nil {
		return err
	}
	for _, e := range events {
		c.History = append(c.History, historyData{e.At.UTC(), string(e.Kind)})
	}
	readings, err := citizens.Readings(ctx, g.tx, []int64{int64(id)}, 10_000)
	if err != nil {
		return err
	}
	for _, r := range readings {
		c.Readings = append(c.Readings, readingData{r.At.UTC(), r.OfficerID, string(r.Kind), r.AttachmentID, r.Reason})
	}
	return nil
}

// held reads the rows of the files; those that may be opened go into the ZIP.
func (g *gathering) held(ctx context.Context) ([]files.Attachment, error) {
	slices.Sort(g.files)
	var held []files.Attachment
	for _, id := range slices.Compact(g.files) {
		at, err := files.Find(ctx, g.tx, id)
		if err != nil {
			return nil, err
		}
		if at.State == files.Gone || at.State == files.Infected {
			continue
		}
		f := fileData{ID: int64(at.ID), Name: at.Name, Type: at.MediaType, Bytes: at.Size, SHA256: hex.EncodeToString(at.SHA256)}
		if at.Unopenable() == nil {
			f.Path, held = pathOf(at), append(held, at)
		}
		g.all.Files = append(g.all.Files, f)
	}
	return held, nil
}

// file notes that a file belongs to the copy.
func (g *gathering) file(id int64) int64 {
	g.files = append(g.files, files.AttachmentID(id))
	return id
}

func (g *gathering) answers(answers []forms.Answer) []answerData {
	answers = forms.Told(answers)
	all := make([]answerData, len(answers))
	for i, a := range answers {
		for _, f := range a.Attachments {
			g.file(f)
		}
		all[i] = answerData{a.Label, a.Text, a.Attachments}
	}
	return all
}

// service is the name of a service.
func (g *gathering) service(key forms.Key) string {
	if f, ok := g.Forms.Find(key); ok {
		return f.Title.TH
	}
	return string(key)
}

func (g *gathering) agency(ctx context.Context, id agencies.AgencyID) (string, error) {
	if name, ok := g.agencies[id]; ok {
		return name, nil
	}
	a, err := agencies.Find(ctx, g.tx, id)
	if err != nil {
		return "", err
	}
	g.agencies[id] = a.Name
	return a.Name, nil
}
