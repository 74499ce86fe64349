package tickets_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/tickets"
)

// An agency's system is told when a ticket was closed, also by what comes after that.
func TestNewsOfAClosedTicketKeepItsTime(t *testing.T) {
	t.Parallel()
	o := open(t)
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	_, err = agencies.CreateEndpoint(t.Context(), o.tx, box, o.agency.ID, "https://agency.example/in", agencies.NewSecret(), nil)
	must(t, err)
	made := o.ticket(t, "d1")
	closed := o.now.Add(time.Hour)
	o.now = closed
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "แก้ไขแล้ว"}))
	o.now = closed.Add(48 * time.Hour)
	must(t, o.desk.Receive(t.Context(), o.tx, tickets.ByCitizen(made.CitizenID), made.ID, tickets.Said{Source: "message 9", Text: "ขอบคุณ", At: o.now}))
	for event, want := range map[int]*time.Time{1: nil, 2: &closed, 3: &closed} {
		var body []byte
		must(t, o.tx.QueryRow(t.Context(), `SELECT body FROM deliveries WHERE event_id = $1`, fmt.Sprintf("evt_%d_%d", made.ID, event)).Scan(&body))
		var told struct{ Data tickets.News }
		must(t, json.Unmarshal(body, &told))
		if got := told.Data.Ticket.ClosedAt; (got == nil) != (want == nil) || got != nil && !got.Equal(*want) {
			t.Errorf("event %d says that it was closed at %v, want %v", event, got, want)
		}
	}
}

// A document that nobody asked for is not found; a database that is away is another matter.
func TestSupplyOfWhatWasNotAskedFor(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	err := o.desk.Supply(t.Context(), o.tx, tickets.ByCitizen(made.CitizenID), made.ID, 12345, o.file(t, "a"))
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}
