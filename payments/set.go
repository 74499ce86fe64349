package payments

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
)

// Set is a fee that an officer sets with an approval, because it does not follow from the answers.
type Set struct {
	Form    *forms.Form // of the case
	Answers []forms.Answer
	Filed   time.Time
	Agency  agencies.AgencyID
	Ticket  int64
	Payer   string
	By      Actor
	// Decision is which of the case the approval is, from 1 on.
	Decision int
	Baht     string // as typed; empty: none is due
}

// ByOfficer opens the charge of a fee that an officer set. Where the fee follows from the rules of the service nobody sets
// it, and nothing is opened here.
func (t *Till) ByOfficer(ctx context.Context, tx pgx.Tx, s Set) error {
	now := t.now()
	if _, err := s.Form.Bill(s.Answers, forms.Dates{Filed: s.Filed, Decided: now}); !errors.Is(err, forms.ErrNoBill) {
		return err
	}
	if s.Baht = strings.TrimSpace(s.Baht); s.Baht == "" {
		return nil
	}
	satang, err := ParseBaht(s.Baht)
	if err != nil {
		return err
	}
	calendar, err := agencies.LoadCalendar(ctx, tx, s.Agency)
	if err != nil {
		return err
	}
	d := ForApproval(s.Form, s.Answers, calendar, now, s.Decision)
	d.AgencyID, d.TicketID, d.Payer, d.By = s.Agency, s.Ticket, s.Payer, s.By
	d.Lines = []Line{{Label: d.About, Satang: satang, Whole: satang}}
	_, _, err = t.Open(ctx, tx, d)
	return err
}
