package tickets_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/tickets"
)

// PDP-6: who is concerned by a breach is found by numbers as they are pasted, by service and time, and by a file; each person
// once, and of one's own agency only.
func TestChoosingPeopleByTheirCases(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := openIn(t, o.tx, "OT")
	first, second, theirs := o.ticket(t, "d1"), o.ticket(t, "d2"), other.ticket(t, "d3") // the first two are one person's
	var file int64
	must(t, o.tx.QueryRow(t.Context(), `WITH a AS (INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
			VALUES ('k', '\xabcd', 1, 'image/jpeg', 'บัตร.jpg', 'x', 'choose') RETURNING id)
		INSERT INTO ticket_files (agency_id, ticket_id, attachment_id, label, at) SELECT $1, $2, a.id, 'l', now() FROM a RETURNING attachment_id`, o.agency.ID, first.ID).Scan(&file))
	days := func(n int) time.Time { return o.now.AddDate(0, 0, n) }
	for name, c := range map[string]struct {
		choice  tickets.Choice
		want    tickets.TicketID
		unknown string
	}{
		"numbers":          {choice: tickets.Choice{Numbers: tickets.Numbers(strings.ToLower(first.Number) + ",\n " + second.Number)}, want: second.ID},
		"one number":       {choice: tickets.Choice{Numbers: tickets.Numbers(first.Number)}, want: first.ID},
		"another agency's": {choice: tickets.Choice{Numbers: tickets.Numbers(theirs.Number + "\r\nX-1")}, unknown: theirs.Number + " X-1"},
		"service and time": {choice: tickets.Choice{Form: first.FormKey, From: days(-1), Until: days(1)}, want: second.ID},
		"another time":     {choice: tickets.Choice{Form: first.FormKey, From: days(1), Until: days(2)}},
		"another service":  {choice: tickets.Choice{Form: "question", From: days(-1), Until: days(1)}},
		"name of a file":   {choice: tickets.Choice{File: "บัตร.jpg"}, want: first.ID},
		"hash of a file":   {choice: tickets.Choice{File: strings.ToUpper(hex.EncodeToString([]byte{0xab, 0xcd}))}, want: first.ID},
		"no such file":     {choice: tickets.Choice{File: "ab"}},
	} {
		people, unknown, err := tickets.Choose(t.Context(), o.tx, o.agency.ID, c.choice)
		must(t, err)
		var got tickets.TicketID
		if len(people) > 0 {
			got = people[0].TicketID
		}
		if got != c.want || len(people) > 1 || strings.Join(unknown, " ") != c.unknown {
			t.Errorf("%s: %v and unknown %v", name, people, unknown)
		}
	}
	reached, err := tickets.Contacts(t.Context(), o.tx, []tickets.TicketID{first.ID})
	if c := reached[first.ID]; err != nil || c.Number != first.Number || c.Name != first.CitizenName || len(c.Answers) == 0 {
		t.Errorf("reached by %+v: %v", c, err)
	}
	if _, _, err := tickets.Choose(t.Context(), o.tx, o.agency.ID, tickets.Choice{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("nothing is chosen: %v", err)
	}
}
