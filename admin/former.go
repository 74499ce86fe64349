package admin

import (
	"context"
	"strings"
	"unicode"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/permits"
	"saphan/tickets"
)

// formerBox is what the approve sheet knows of the permit that a new one is to stand for (ใบแทน, แก้ไขรายการ).
type formerBox struct {
	Typed string // its number as the citizen gave it
	Ends  bool   // permits of this kind have an end, so the last day is needed
	Found bool   // the number is in the register
	Until string // the last day by the register; empty: no end
	Wrong string // why it cannot be replaced, as far as is known now
}

// formerOf prepares the box with the number that the citizen gave; nil: the outcome stands for no other permit.
func (a *Admin) formerOf(ctx context.Context, s Scope, t tickets.Ticket, o forms.Outcome, answers []forms.Answer) (*formerBox, error) {
	if !o.Replaces {
		return nil, nil //nolint:nilnil // most outcomes stand for themselves
	}
	box := &formerBox{Ends: o.ValidYears > 0}
	if said, ok := forms.Find(answers, o.Former); ok && hasDigit(said.Text) { // "not known" is no number
		box.Typed = strings.TrimSpace(said.Text)
	}
	old, err := permits.Former(ctx, s.Tx, s.Agency, string(t.FormKey), box.Typed)
	switch {
	case fault.Is(err, fault.NotFound):
		box.Wrong = fault.MessageOf(err)
		return box, nil
	case err != nil || old == nil:
		return box, err
	}
	box.Found = true
	if old.ValidUntil != nil {
		box.Until = thai.Date(*old.ValidUntil)
	}
	if err := old.Replaceable(a.now()); err != nil {
		box.Wrong = fault.MessageOf(err)
	}
	return box, nil
}

func hasDigit(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }
