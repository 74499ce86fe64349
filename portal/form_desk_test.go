package portal_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
)

// shelf keeps drafts in memory.
type shelf struct {
	s      *stand
	cat    *forms.Catalog
	mu     sync.Mutex
	n      int
	drafts map[string]forms.Draft
	of     map[string]citizens.Person
	offers forms.Offers
}

func (b *shelf) mine(who citizens.Person, id string) (forms.Draft, error) {
	d, ok := b.drafts[id]
	of := b.of[id]
	if !ok || d.Sent || of.Citizen != who.Citizen || of.Browser != who.Browser {
		return d, fault.New(fault.NotFound, "ไม่พบแบบคำขอนี้")
	}
	return d, nil
}

func (b *shelf) Begin(ctx context.Context, tx pgx.Tx, who citizens.Person, agency agencies.AgencyID, form forms.Key) (forms.Draft, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, d := range b.drafts {
		if _, err := b.mine(who, id); err == nil && d.Form == form {
			return d, nil
		}
	}
	b.n++
	f, _ := b.cat.Find(form)
	d := forms.Draft{ID: fmt.Sprintf("D%08d", b.n), Agency: int64(agency), Form: form, Version: f.Version, StartedAt: b.s.now(), TouchedAt: b.s.now()}
	b.drafts[d.ID], b.of[d.ID] = d, who
	return d, nil
}

func (b *shelf) Open(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) (forms.Draft, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mine(who, draft)
}

func (b *shelf) Fill(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string, fill forms.Fill) (forms.Draft, forms.Filled, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, err := b.mine(who, draft)
	if err != nil {
		return d, forms.Filled{}, err
	}
	f, _ := b.cat.Version(d.Form, d.Version)
	d, out := f.On(b.s.now()).FillIn(d, fill, b.s.now(), who.Lang)
	b.drafts[draft] = d
	return d, out, nil
}

func (b *shelf) Send(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string, revision int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, err := b.mine(who, draft)
	if b.drafts[draft].Sent {
		return nil
	}
	if err != nil {
		return err
	}
	if d.Revision != revision {
		return fault.New(fault.Conflict, "แบบคำขอนี้มีการแก้ไข")
	}
	f, _ := b.cat.Version(d.Form, d.Version)
	f = f.On(b.s.now())
	d = f.Closed(d, b.s.now())
	if m := f.Missing(d.Answers); len(m) > 0 {
		return fault.New(fault.Invalid, "ยังไม่ได้ตอบ "+m[0].Label.TH)
	}
	d.Sent = true
	b.drafts[draft] = d
	return nil
}

func (b *shelf) Drop(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.drafts, draft)
	return nil
}

func (b *shelf) Drafts(ctx context.Context, tx pgx.Tx, who citizens.Person) ([]forms.Draft, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []forms.Draft
	for id := range b.drafts {
		if d, err := b.mine(who, id); err == nil {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(x, y forms.Draft) int { return strings.Compare(y.ID, x.ID) })
	return all, nil
}

func (b *shelf) Adopt(ctx context.Context, tx pgx.Tx, browser string, citizen citizens.CitizenID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, of := range b.of {
		if of.Browser == browser {
			b.of[id] = citizens.Person{Citizen: citizen}
		}
	}
	return nil
}

func (b *shelf) Offers(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) (forms.Offers, error) {
	return b.offers, nil
}
