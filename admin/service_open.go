package admin

import (
	"context"
	"fmt"
	"slices"

	"saphan/forms"
	"saphan/tickets"
)

// openValue is a value of the template that needs an official source.
type openValue struct {
	forms.Setting
	Entry  string
	Ticked bool
}

// openValues are the values of a service that wait for an official source, and those that were ticked as checked.
func openValues(ctx context.Context, s Scope, d departure, ticked []string) (open []openValue, err error) {
	for _, entry := range d.Central.Unconfirmed {
		o := openValue{Setting: d.Central.Unsettled(entry), Entry: entry, Ticked: slices.Contains(ticked, entry)}
		if !o.Ticked && !slices.Contains(d.Own.Unconfirmed, entry) {
			continue
		}
		if entry == "retention_class" {
			if o.Value, err = termWords(ctx, s, d.Central); err != nil {
				return nil, err
			}
		}
		open = append(open, o)
	}
	return open, nil
}

// termWords say how long the cases of a service are kept: the form knows no more than the key of its class.
func termWords(ctx context.Context, s Scope, f *forms.Form) (string, error) {
	terms, err := tickets.Terms(ctx, s.Tx, s.Agency)
	if err != nil {
		return "", err
	}
	term := termOf(terms, f.Retention)
	return fmt.Sprintf("%s %d ปี (%s)", term.Name, term.Years, term.Law), nil
}
