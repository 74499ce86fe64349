package forms

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/thai"
)

// Catalog is the set of services on offer, every version of each. It may be read while a Shelf puts newer
// services into it.
type Catalog struct {
	shelf  *atomic.Pointer[shelf]
	agency int64            // whose services these are; 0: as the templates say
	now    func() time.Time // says which versions are in force; nil: all are
}

// shelf is what a catalogue holds at one time. It is never changed.
type shelf struct {
	forms     []*Form                      // by place in the list, then newest first
	overrides map[int64]map[Key]OverrideID // by agency: the newest of each service
	made      map[OverrideID]Made
	own       *sync.Map // forms as agencies have them, by ownKey
}

// ownKey names a form as an agency has it.
type ownKey struct {
	key      Key
	version  int
	override OverrideID
}

func (c *Catalog) held() *shelf {
	if c.shelf != nil {
		if s := c.shelf.Load(); s != nil {
			return s
		}
	}
	return &shelf{}
}

// newCatalog returns a catalogue of some forms.
func newCatalog(all []*Form) *Catalog {
	c := &Catalog{shelf: &atomic.Pointer[shelf]{}}
	c.shelf.Store(&shelf{forms: sorted(all), own: &sync.Map{}})
	return c
}

// Agency returns the catalogue as an agency has it: without the services that it does not offer, and with
// its own fees, days and names in the others.
func (c *Catalog) Agency(id int64) *Catalog {
	return &Catalog{shelf: c.shelf, agency: id, now: c.now}
}

// Find returns the newest version of a service that is in force.
func (c *Catalog) Find(key Key) (*Form, bool) {
	s := c.held()
	for _, f := range s.forms {
		if f.Key == key && c.inForce(f) {
			return s.has(c.agency, f)
		}
	}
	return nil, false
}

// inForce reports whether a version is offered today.
func (c *Catalog) inForce(f *Form) bool {
	return c.now == nil || f.From.IsZero() || !calendarDay(c.now()).Before(f.From.Time)
}

// Version returns one version of a service: a case keeps the one it began with (LFA-7.1), also when its
// agency offers the service no more.
func (c *Catalog) Version(key Key, version int) (*Form, bool) {
	s := c.held()
	for _, f := range s.forms {
		if f.Key == key && f.Version == version {
			if own, ok := s.has(c.agency, f); ok {
				return own, true
			}
			return f, true
		}
	}
	return nil, false
}

// Kept returns a version of a service as an agency had it by one of its overrides; 0: by none. An override
// so new that the catalogue has not heard of it is read.
func (c *Catalog) Kept(ctx context.Context, tx pgx.Tx, key Key, version int, override OverrideID) (*Form, error) {
	s := c.held()
	i := slices.IndexFunc(s.forms, func(f *Form) bool { return f.Key == key && f.Version == version })
	if i < 0 {
		return nil, fmt.Errorf("form %s version %d is not in the catalogue", key, version)
	}
	if _, heard := s.made[override]; heard || override == 0 {
		return s.as(s.forms[i], override), nil
	}
	made, err := made(ctx, tx, `SELECT `+madeColumns+` FROM form_overrides WHERE id = $1`, override)
	if err != nil || len(made) == 0 {
		return s.forms[i], err
	}
	own, _ := s.forms[i].With(made[0].Override)
	return own, nil
}

// List returns the newest version in force of each service, in a stable order.
func (c *Catalog) List() []*Form {
	s := c.held()
	var newest []*Form
	for _, f := range s.forms {
		if !c.inForce(f) || slices.ContainsFunc(newest, func(n *Form) bool { return n.Key == f.Key }) {
			continue
		}
		newest = append(newest, f)
	}
	own := newest[:0]
	for _, f := range newest {
		if f, ok := s.has(c.agency, f); ok {
			own = append(own, f)
		}
	}
	return own
}

// has returns a form as an agency has it; ok is false when it does not offer the service.
func (s *shelf) has(agency int64, f *Form) (own *Form, ok bool) {
	id := s.overrides[agency][f.Key]
	if id == 0 {
		return f, true
	}
	return s.as(f, id), !s.made[id].Off
}

// as returns a form as it is by an override.
func (s *shelf) as(f *Form, id OverrideID) *Form {
	made, ok := s.made[id]
	if id == 0 || !ok {
		return f
	}
	key := ownKey{f.Key, f.Version, id}
	if own, ok := s.own.Load(key); ok {
		if form, is := own.(*Form); is {
			return form
		}
	}
	own, _ := f.With(made.Override)
	s.own.Store(key, own)
	return own
}

// ForHuman returns the service under which a wish to talk to a person is filed.
func (c *Catalog) ForHuman() (*Form, bool) {
	all := c.List()
	i := slices.IndexFunc(all, func(f *Form) bool { return f.Human })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// Match returns the services whose own words occur in what was said, the best first: more
// and longer words win.
func (c *Catalog) Match(said string) []*Form {
	said = thai.Key(said)
	type scored struct {
		form  *Form
		score int
	}
	var found []scored
	for _, f := range c.List() {
		score := 0
		for _, w := range f.keys {
			if strings.Contains(said, w.key) {
				score += w.weight
			}
		}
		if score > 0 {
			found = append(found, scored{f, score})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return b.score - a.score })
	matched := make([]*Form, len(found))
	for i, s := range found {
		matched[i] = s.form
	}
	return matched
}
