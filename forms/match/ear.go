package match

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"saphan/forms"
)

// Of learns the services of a catalogue: by the words that come with the product and those in their own
// definitions.
func Of(list []*forms.Form) (*Matcher, error) {
	services, err := Ready()
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		s := Service{Key: string(f.Key), Title: f.Title.TH, Words: f.Words, Says: append([]string{f.Title.EN}, f.Says...)}
		for _, field := range f.Fields {
			for _, c := range field.Choices {
				s.Choices = append(s.Choices, Choice{Field: field.Key, Value: c.Value, Words: append([]string{c.Label.TH, c.Label.EN}, c.Words...)})
			}
		}
		services = Join(services, s)
	}
	return New(services, Talk()), nil
}

// Ear keeps a matcher of a catalogue's services and learns them anew when they change. Learning takes a
// processor the better part of a second, so it is done beside the work; meanwhile the matcher is the one before.
// It is safe for concurrent use.
type Ear struct {
	catalog *forms.Catalog
	log     *slog.Logger
	learnt  atomic.Pointer[lesson]
}

// lesson is a matcher with the services that it knows.
type lesson struct {
	services []*forms.Form
	matcher  *Matcher
}

// learnEvery is how soon a service that is new is understood.
const learnEvery = 5 * time.Second

// NewEar returns an ear that has not learnt anything yet.
func NewEar(catalog *forms.Catalog, log *slog.Logger) *Ear { return &Ear{catalog: catalog, log: log} }

// Matcher is what was learnt last; nil before anything was, and of no ear.
func (e *Ear) Matcher() *Matcher {
	if e == nil {
		return nil
	}
	if l := e.learnt.Load(); l != nil {
		return l.matcher
	}
	return nil
}

// Learn learns the services that are on offer now, unless they are those it knows.
func (e *Ear) Learn() error {
	now := e.catalog.List() // the same services are the same forms
	if l := e.learnt.Load(); l != nil && slices.Equal(l.services, now) {
		return nil
	}
	m, err := Of(now)
	if err != nil {
		return err
	}
	e.learnt.Store(&lesson{services: now, matcher: m})
	return nil
}

// Run learns now, and again whenever the services change, until ctx ends.
func (e *Ear) Run(ctx context.Context) {
	problem := ""
	for {
		now := ""
		if err := e.Learn(); err != nil {
			now = err.Error()
		}
		if now != problem && now != "" {
			e.log.ErrorContext(ctx, "the words of the services cannot be learnt", "err", now)
		}
		problem = now
		select {
		case <-ctx.Done():
			return
		case <-time.After(learnEvery):
		}
	}
}
