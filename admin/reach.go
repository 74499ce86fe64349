package admin

import (
	"context"
	"strings"
	"time"

	"saphan/forms"
	"saphan/tickets"
)

// unreachable says that nothing sent by chat reaches the citizen, and how else to reach them.
type unreachable struct {
	Since     time.Time
	Phones    []phone
	Addresses []string
	Track     string // the citizen's own page, whose address stands on the receipt
}

// phone is a number that the citizen gave.
type phone struct {
	Text string
	Dial string // for a link
}

// blockedChip stands where a ticket of somebody who blocked the account is listed.
func blockedChip() *chip {
	return &chip{Kind: "warn", Icon: "circle-alert", Text: "ปิดกั้น LINE"}
}

// reach says, of a ticket whose citizen has blocked the account, how else to reach them; nil of any other.
func reach(ctx context.Context, s Scope, t tickets.Ticket, answers []forms.Answer) (*unreachable, error) {
	blocked, err := tickets.Blocked(ctx, s.Tx, t.ID)
	if err != nil {
		return nil, err
	}
	since, is := blocked[t.ID]
	if !is {
		return nil, nil //nolint:nilnil // most people can be reached
	}
	u := &unreachable{Since: since, Track: "/track/" + t.TrackToken}
	for _, answer := range answers {
		switch answer.Kind { //nolint:exhaustive // no other says where somebody is
		case forms.PhoneField:
			dial := answer.Raw()
			if !strings.HasPrefix(dial, "+") {
				dial = ""
			}
			u.Phones = append(u.Phones, phone{Text: answer.Text, Dial: dial})
		case forms.AddressField:
			u.Addresses = append(u.Addresses, answer.Label+": "+answer.Text)
		}
	}
	return u, nil
}

// markBlocked puts a chip on the rows of people who blocked the account.
func markBlocked(ctx context.Context, s Scope, rows []row) error {
	ids := make([]tickets.TicketID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	blocked, err := tickets.Blocked(ctx, s.Tx, ids...)
	if err != nil {
		return err
	}
	for i := range rows {
		if _, is := blocked[rows[i].ID]; is {
			rows[i].Blocked = blockedChip()
		}
	}
	return nil
}

// staysNotes are, by field, when the citizen took a message back whose words stay in the request.
func staysNotes(events []tickets.Event) map[string]time.Time {
	notes := map[string]time.Time{}
	for _, e := range events {
		if d := detailOf(e); e.Kind == tickets.EventStays && d.File == 0 {
			notes[d.Field] = e.At
		}
	}
	return notes
}
