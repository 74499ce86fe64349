package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/chain"
)

// EventKind says what happened in a ticket's history.
type EventKind string

// The kinds of event.
const (
	EventCreated   EventKind = "created"
	EventTaken     EventKind = "taken"
	EventReleased  EventKind = "released"
	EventMoved     EventKind = "moved"
	EventCovered   EventKind = "covered"    // its officer is away, and who stands in has it
	EventReplied   EventKind = "replied"    // an officer wrote to the citizen
	EventReceived  EventKind = "received"   // the citizen wrote
	EventSentAgain EventKind = "sent_again" // an officer had something sent to the citizen again
	EventNoted     EventKind = "noted"      // an internal note
	EventAsked     EventKind = "asked"      // documents were asked for
	EventSupplied  EventKind = "supplied"   // a document came
	EventUnsent    EventKind = "unsent"     // the citizen took a message back, and what it said is gone
	EventStays     EventKind = "stays"      // the citizen took a message back after filing with it: the record stays
	EventEdited    EventKind = "edited"     // the citizen changed the words of a message
	// Nothing can be sent to the citizen, who blocked the account, and then it can again.
	EventUnreachable EventKind = "unreachable"
	EventReachable   EventKind = "reachable"
	EventSpoiled     EventKind = "spoiled"   // a virus was found in a file, which is gone
	EventDecided     EventKind = "decided"   //
	EventWithdrawn   EventKind = "withdrawn" //
	// The permit of an approval cannot be issued: the one that it stands for does not hold any more.
	EventPermitHeld EventKind = "permit_held"
	// The words, names and files of a case were erased: its citizen asked to be forgotten, or its term was over.
	EventErased EventKind = "erased"
	EventKeptOn EventKind = "kept_on" // an officer decided to keep the record beyond its term
)

// Event is one line of a ticket's append-only history (เหตุการณ์ในประวัติ).
type Event = chain.Event[TicketID, string, EventKind]

// histories returns where they are kept.
func histories() chain.Book[TicketID, string, EventKind] {
	return chain.Book[TicketID, string, EventKind]{Of: "ticket"}
}

// History returns a ticket's events, oldest first. chain.Check says whether they are whole (EGA-15.1).
func History(ctx context.Context, tx pgx.Tx, id TicketID) ([]Event, error) {
	return histories().History(ctx, tx, id)
}

// announced maps what happened to what the agency's own systems are told; the rest is internal.
var announced = map[EventKind]agencies.EventKind{
	EventCreated:    agencies.TicketCreated,
	EventTaken:      agencies.TicketUpdated,
	EventReleased:   agencies.TicketUpdated,
	EventMoved:      agencies.TicketUpdated,
	EventCovered:    agencies.TicketUpdated,
	EventAsked:      agencies.TicketUpdated,
	EventReplied:    agencies.TicketMessage,
	EventReceived:   agencies.TicketMessage,
	EventSupplied:   agencies.TicketDocument,
	EventUnsent:     agencies.MessageUnsent,
	EventEdited:     agencies.TicketMessage,
	EventSpoiled:    agencies.TicketUpdated,
	EventDecided:    agencies.TicketDecided,
	EventTakenBack:  agencies.TicketUpdated,
	EventChanged:    agencies.TicketDecided,
	EventWithdrawn:  agencies.TicketWithdrawn,
	EventReopened:   agencies.TicketUpdated,
	EventMerged:     agencies.TicketUpdated,
	EventUnmerged:   agencies.TicketUpdated,
	EventUnreadable: agencies.TicketUpdated,
	EventLengthened: agencies.TicketUpdated,
	EventReturned:   agencies.TicketUpdated,
	EventPermitHeld: agencies.TicketUpdated,
	EventErased:     agencies.TicketUpdated,
	EventAppealed:   agencies.TicketUpdated,

	EventAppealDecided: agencies.TicketUpdated,
	EventReconsidered:  agencies.TicketUpdated,
	EventTied:          agencies.TicketUpdated,

	EventFeeDue:    agencies.TicketUpdated,
	EventFeePaid:   agencies.TicketUpdated,
	EventFeeWaived: agencies.TicketUpdated,
	EventFeeLapsed: agencies.TicketUpdated,
	EventFeeRefund: agencies.TicketUpdated,

	EventTransferred: agencies.TicketUpdated,
	EventTakenOver:   agencies.TicketUpdated,
	EventBounced:     agencies.TicketUpdated,
	EventCameBack:    agencies.TicketUpdated,
	EventReferred:    agencies.TicketUpdated,
	EventUrgent:      agencies.TicketUpdated,
	EventNotUrgent:   agencies.TicketUpdated,
}

// Detail is what an event says beside its kind: identifiers and times, no personal data.
type Detail struct {
	Via        agencies.APIKeyID  `json:"via,omitempty"` // the key with which a system acted in the actor's name
	Officer    agencies.OfficerID `json:"officer,omitempty"`
	From       agencies.QueueID   `json:"from,omitempty"`
	To         agencies.QueueID   `json:"to,omitempty"`
	Back       bool               `json:"back,omitempty"` // the queue to which it was moved says that it is not its work
	Message    MessageID          `json:"message,omitempty"`
	Notice     NoticeID           `json:"notice,omitempty"`
	Documents  int                `json:"documents,omitempty"` // asked for, or still missing
	DueOn      string             `json:"due_on,omitempty"`
	Override   bool               `json:"override,omitempty"` // asked a second time (LFA-8.2)
	Want       WantID             `json:"want,omitempty"`
	Hash       string             `json:"hash,omitempty"`      // of the words of a notice, beside either signature
	Way        string             `json:"way,omitempty"`       // by which the citizen acknowledged it, or by which an officer filed it for them
	Signed     string             `json:"signed,omitempty"`    // how the citizen signed what an officer filled in: "link", "paper", or the account that tapped
	AtDesk     agencies.OfficerID `json:"at_desk,omitempty"`   // the officer at whose browser the citizen's own link was opened first, and refused
	Again      string             `json:"again,omitempty"`     // number of the case in whose place, or of that which stands in its place
	Appeal     string             `json:"appeal,omitempty"`    // number of the appeal against the decision of this case, or of the case that this one appeals against
	Late       bool               `json:"late,omitempty"`      // it came when the time was over
	Case       TicketID           `json:"case,omitempty"`      // another case that it is about: the one joined, or which this one follows
	Followers  int                `json:"followers,omitempty"` // how many whose cases follow this one were told too
	Result     int                `json:"result,omitempty"`    // of which decision it was said: 1 is the first
	Attachment int64              `json:"attachment,omitempty"`
	Field      string             `json:"field,omitempty"` // key of the answer that a message taken back or edited had given
	Outcome    Outcome            `json:"outcome,omitempty"`
	// Replaces is the number of the permit that the approved one stands for, and the last day that it keeps.
	Replaces      string `json:"replaces,omitempty"`
	ReplacesUntil string `json:"replaces_until,omitempty"`
	Change        Change `json:"change,omitempty"` // in which way it changes the decision that Result names
	Since         Since  `json:"since,omitempty"`  // of a revocation: from when it counts

	Days    int    `json:"days,omitempty"`    // by how many days the time was prolonged
	Percent int    `json:"percent,omitempty"` // of the time was used up
	Letter  int    `json:"letter,omitempty"`  // which letter on a delay: 1 is the first
	Clock   string `json:"clock,omitempty"`   // which clock it is about

	Shared  string             `json:"shared,omitempty"`   // how the queue shared it out; '': somebody took it
	RuleSet int                `json:"rule_set,omitempty"` // by which set of rules it came into that queue
	RuleN   int                `json:"rule_n,omitempty"`   // and by which rule of it
	Absent  agencies.OfficerID `json:"absent,omitempty"`   // who is away

	Opinion   int               `json:"opinion,omitempty"` // which of the case: 1 is the first
	Step      forms.OpinionStep `json:"step,omitempty"`    // in whose turn it was said
	BackTo    forms.OpinionStep `json:"back_to,omitempty"` // the step that the case went back to
	Digest    string            `json:"digest,omitempty"`  // SHA-256 of its words, in hexadecimal
	Post      string            `json:"post,omitempty"`    // of who signed (EGA-16.1)
	ActingFor string            `json:"acting_for,omitempty"`
	OrderNo   string            `json:"order_no,omitempty"`

	Agency agencies.AgencyID `json:"agency,omitempty"` // to, or from, which the case goes
	Course *Course           `json:"course,omitempty"` // of its clocks at the agencies before

	Consultation ConsultationID `json:"consultation,omitempty"` // of which question to another agency it was said
	Answer       Answer         `json:"answer,omitempty"`       // and what that agency answered

	Rule string      `json:"rule,omitempty"` // key of the rule by which the system did it, or that was stopped
	Held []Condition `json:"held,omitempty"` // why it did: the conditions that held

	By      string `json:"by,omitempty"`      // what made it urgent: Urgent...
	Minutes int    `json:"minutes,omitempty"` // that who was called has, before the next one is
	Head    bool   `json:"head,omitempty"`    // they were called as the head
	Table   int    `json:"table,omitempty"`   // by which table of who is on call; 0: there was none

	Fee       string     `json:"fee,omitempty"`  // to what charge it happened, and when: Desk.Fee
	Item      string     `json:"item,omitempty"` // on the checklist, or the kind of document that showed who the citizen is
	EnteredAt *time.Time `json:"entered_at,omitempty"`
	DeemedAt  *time.Time `json:"deemed_received_at,omitempty"`
	DueAt     *time.Time `json:"due_at,omitempty"`
}

// happened adds an event to the history of a ticket that this transaction has locked, announces
// it to the agency's endpoints and tells open inboxes.
func (d *Desk) happened(ctx context.Context, tx pgx.Tx, t Ticket, by Actor, kind EventKind, detail Detail) error {
	detail.Via = by.Via
	e, err := histories().Append(ctx, tx, int64(t.AgencyID), Event{Subject: t.ID, At: d.now(), Actor: by.String(), Kind: kind}, detail)
	if err != nil {
		return err
	}
	if kind.moves() || t.Ruled && kind.stirs() || t.Urgent && kind.rings() {
		err = d.reckon(ctx, tx, t, &e.At)
	} else if _, err = tx.Exec(ctx, `UPDATE tickets SET updated_at = $2 WHERE id = $1`, t.ID, e.At); err != nil {
		err = fmt.Errorf("touch ticket %d: %w", t.ID, err)
	}
	if err != nil {
		return err
	}
	if kind.ends() {
		if err := d.partAll(ctx, tx, by, t); err != nil {
			return err
		}
	}
	if kind.ends() || kind == EventDecided || kind == EventMerged && t.Status == Merged {
		if err := d.endConsultations(ctx, tx, by, t); err != nil {
			return err
		}
	}
	if webhook, ok := announced[kind]; ok {
		err := agencies.Announce(ctx, tx, d.jobs, agencies.Announcement{
			Agency: t.AgencyID, Event: fmt.Sprintf("evt_%d_%d", t.ID, e.Seq), Kind: webhook, At: e.At, Data: d.news(t, e, detail),
		})
		if err != nil {
			return err
		}
	}
	return Ring(ctx, tx, t.AgencyID, t.ID)
}

// news is what the agency's systems are told: identifiers, status and links, no personal data (PDP-9).
func (d *Desk) news(t Ticket, e Event, detail Detail) News {
	n := News{
		Ticket: &TicketNews{
			ID: int64(t.ID), Number: t.Number, Service: string(t.FormKey), Status: string(t.Status), Urgent: t.Urgent,
			EnteredAt: t.EnteredAt.UTC(), DeemedReceivedAt: t.DeemedReceivedAt.UTC(), DueAt: t.DueAt.UTC(),
		},
		Links: Links{Inbox: fmt.Sprintf("%s/admin/tickets/%d", d.baseURL, t.ID)},
	}
	switch {
	case t.ClosedAt != nil: // before this event: a closed ticket still listens
		closed := t.ClosedAt.UTC()
		n.Ticket.ClosedAt = &closed
	case t.Status.Closed():
		n.Ticket.ClosedAt = &e.At
	}
	if detail.Message != 0 {
		from := "officer"
		if e.Kind != EventReplied {
			from = "citizen"
		}
		n.Message = &ItemNews{ID: int64(detail.Message), From: from, Edited: e.Kind == EventEdited}
	}
	if detail.Attachment != 0 {
		n.Document = &ItemNews{ID: detail.Attachment, From: "citizen"}
	}
	if detail.Field != "" && detail.Attachment == 0 {
		n.Answer = &AnswerNews{Field: detail.Field}
	}
	if e.Kind == EventDecided || e.Kind == EventChanged {
		n.Decision = &DecisionNews{
			Outcome: string(detail.Outcome), At: e.At, Replaces: detail.Replaces, ReplacesUntil: detail.ReplacesUntil, Change: string(detail.Change), Since: string(detail.Since),
		}
	}
	return n
}

// Bell is the PostgreSQL notification channel on which open inboxes hear of changes. The payload
// is "agency ticket": what changed is read again by whoever may see it.
const Bell = "saphan_tickets"

// Ring tells open inboxes, when the transaction commits, that a ticket changed.
func Ring(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, id TicketID) error {
	if _, err := tx.Exec(ctx, `SELECT pg_notify($1, $2)`, Bell, fmt.Sprintf("%d %d", agency, id)); err != nil {
		return fmt.Errorf("tell open inboxes: %w", err)
	}
	return nil
}
