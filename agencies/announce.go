package agencies

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// EventKind says what happened, to an agency's system. The names are a contract (docs/webhooks.md).
type EventKind string

// The kinds of events.
const (
	TicketCreated   EventKind = "ticket.created"
	TicketUpdated   EventKind = "ticket.updated"
	TicketMessage   EventKind = "ticket.message"
	TicketDocument  EventKind = "ticket.document"
	TicketWithdrawn EventKind = "ticket.withdrawn"
	TicketDecided   EventKind = "ticket.decided"
	PermitIssued    EventKind = "permit.issued"
	PermitChanged   EventKind = "permit.changed"
	MessageUnsent   EventKind = "message.unsent"
	HistoryAnchored EventKind = "history.anchored" // a day of the agency's histories was sealed (docs/evidence.md)
)

// Known reports whether k is a kind of the contract.
func (k EventKind) Known() bool {
	switch k {
	case TicketCreated, TicketUpdated, TicketMessage, TicketDocument, TicketWithdrawn, TicketDecided,
		PermitIssued, PermitChanged, MessageUnsent, HistoryAnchored:
		return true
	default:
		return false
	}
}

// Announcement is a fact to tell the systems of an agency.
type Announcement struct {
	Agency AgencyID
	Event  string // stable: "evt_<ticket>_<seq>"; the same event is delivered once to an endpoint
	Kind   EventKind
	At     time.Time // when it happened
	Data   any       // thin: identifiers, status, links; no personal data (PDP-9)
}

// DeliverQueue is the job queue of deliveries. It is their own, so that slow agencies hold up
// nothing but each other.
const DeliverQueue = "deliver"

// DeliverAttempts is how often a delivery is tried before it counts as failed.
const DeliverAttempts = 10

// DeliverArgs asks for one delivery to be made.
type DeliverArgs struct {
	AgencyID   AgencyID   `json:"agency_id"`
	DeliveryID DeliveryID `json:"delivery_id"`
}

// Kind names the job.
func (DeliverArgs) Kind() string { return "deliver" }

// deliverSpare are attempts of the job that the schedule does not use: a process that dies over
// the last attempt leaves one to find that out and to record the failure.
const deliverSpare = 5

// InsertOpts gives deliveries their queue and number of attempts.
func (DeliverArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: DeliverQueue, MaxAttempts: DeliverAttempts + deliverSpare}
}

// bodyMax bounds what is sent; Standard Webhooks asks for less than 20 KB.
const bodyMax = 20 << 10

// eventID keeps full stops out of what is signed, and the header short.
var eventID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// Announce writes, in the caller's transaction, one delivery per enabled endpoint of the agency
// and the job that makes it. The bytes to send are fixed now: later changes do not rewrite what
// was announced. Announcing an event again does nothing.
func Announce(ctx context.Context, tx pgx.Tx, jobs Jobs, a Announcement) error {
	if !eventID.MatchString(a.Event) || !a.Kind.Known() {
		return fmt.Errorf("announce %q %q: not an event of the contract", a.Kind, a.Event)
	}
	body, err := a.body()
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `INSERT INTO deliveries (agency_id, endpoint_id, event_id, kind, body, created_at)
		SELECT agency_id, id, $2, $3, $4, $5 FROM endpoints WHERE agency_id = $1 AND disabled_at IS NULL ORDER BY id
		ON CONFLICT (endpoint_id, event_id) DO NOTHING RETURNING id`, a.Agency, a.Event, a.Kind, body, a.At)
	if err != nil {
		return fmt.Errorf("announce %s: %w", a.Event, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[DeliveryID])
	if err != nil {
		return fmt.Errorf("announce %s: %w", a.Event, err)
	}
	for _, id := range ids {
		if _, err := jobs.InsertTx(ctx, tx, DeliverArgs{AgencyID: a.Agency, DeliveryID: id}, nil); err != nil {
			return fmt.Errorf("announce %s: enqueue delivery %d: %w", a.Event, id, err)
		}
	}
	return nil
}

func (a Announcement) body() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // links stay readable
	err := enc.Encode(struct {
		Type      EventKind `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      any       `json:"data"`
	}{a.Kind, a.At.UTC().Truncate(time.Microsecond), a.Data})
	if err != nil {
		return nil, fmt.Errorf("announce %s: %w", a.Event, err)
	}
	body := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if len(body) > bodyMax {
		return nil, fmt.Errorf("announce %s: body has %d bytes, more than %d", a.Event, len(body), bodyMax)
	}
	return body, nil
}
