package forms

import (
	"slices"
	"strings"

	"saphan/internal/thai"
)

// Catalog is the set of services on offer, every version of each.
type Catalog struct {
	forms []*Form // by place in the list, then newest first
}

// Find returns the newest version of a service.
func (c *Catalog) Find(key Key) (*Form, bool) {
	for _, f := range c.forms {
		if f.Key == key {
			return f, true
		}
	}
	return nil, false
}

// Version returns one version of a service: a case keeps the one it began with (LFA-7.1).
func (c *Catalog) Version(key Key, version int) (*Form, bool) {
	for _, f := range c.forms {
		if f.Key == key && f.Version == version {
			return f, true
		}
	}
	return nil, false
}

// List returns the newest version of each service, in a stable order.
func (c *Catalog) List() []*Form {
	var newest []*Form
	for _, f := range c.forms {
		if len(newest) == 0 || newest[len(newest)-1].Key != f.Key {
			newest = append(newest, f)
		}
	}
	return newest
}

// ForHuman returns the service under which a wish to talk to a person is filed.
func (c *Catalog) ForHuman() (*Form, bool) {
	i := slices.IndexFunc(c.List(), func(f *Form) bool { return f.Human })
	if i < 0 {
		return nil, false
	}
	return c.List()[i], true
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
