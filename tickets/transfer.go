package tickets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
)

// What happens to a case between agencies (SEED-36).
const (
	EventTransferred EventKind = "transferred" // it went to another agency
	EventTakenOver   EventKind = "taken_over"  // that agency says that it is in charge
	EventBounced     EventKind = "bounced"     // or that it is not, or nothing in time
	EventCameBack    EventKind = "came_back"   // and the agency that sent it has it again
	EventUnplaced    EventKind = "unplaced"    // it came back so often that the head must say who is in charge
)

// A case is one agency's, and an officer's transaction sees that agency's only. So an officer writes down that a case goes
// to another agency, and a job, which sees both, makes the case there; and the other way round.
//
// Of several cases of one request the older one is locked first, then what tells of them (transfers), then numbers; whoever
// looks for the one that holds the request locks that one alone. So none waits for another in a circle.

// TransferID identifies a transfer.
type TransferID int64

// Transfer is a case on its way from one agency to another, and what became of it.
type Transfer struct {
	ID         TransferID          `db:"id"`
	From       agencies.AgencyID   `db:"agency_id"`
	TicketID   TicketID            `db:"ticket_id"` // that is passed on
	To         agencies.AgencyID   `db:"to_agency"`
	ToTicket   *TicketID           `db:"to_ticket"` // nil: it is not made yet
	OfficerID  agencies.OfficerID  `db:"officer_id"`
	Reason     string              `db:"reason"`
	Again      bool                `db:"again"` // that agency sent it back before
	At         time.Time           `db:"at"`
	AcceptedAt *time.Time          `db:"accepted_at"`
	AcceptedBy *agencies.OfficerID `db:"accepted_by"`
	BouncedAt  *time.Time          `db:"bounced_at"`
	BouncedBy  *agencies.OfficerID `db:"bounced_by"` // nil: by itself
	BouncedWhy string              `db:"bounced_why"`
	BackAt     *time.Time          `db:"back_at"` // the first case is open again
}

const transferColumns = `id, agency_id, ticket_id, to_agency, to_ticket, officer_id, reason, again, at, accepted_at, accepted_by, bounced_at, bounced_by, bounced_why, back_at`

// TransferredArgs is the fact that a case goes to another agency.
type TransferredArgs struct {
	TransferID TransferID `json:"transfer_id"`
}

// Kind names the job.
func (TransferredArgs) Kind() string { return "transferred" }

// TakenOverArgs is the fact that an agency takes what another sent.
type TakenOverArgs struct {
	TransferID TransferID `json:"transfer_id"`
}

// Kind names the job.
func (TakenOverArgs) Kind() string { return "taken_over" }

// BouncedArgs is the fact that an agency does not take what another sent.
type BouncedArgs struct {
	TransferID TransferID `json:"transfer_id"`
}

// Kind names the job.
func (BouncedArgs) Kind() string { return "bounced" }

// Transfer passes a case on to another agency of this installation, with the reason (EGA-10.4). What the law gave the citizen
// goes along: the time that was used, and documents that were asked for once. An agency that sent the case back gets it again
// with a head's word only. Again it changes nothing.
func (d *Desk) Transfer(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, to agencies.AgencyID, reason string) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ส่งต่อเรื่องได้")
	}
	if reason = strings.TrimSpace(reason); len([]rune(reason)) < shortestReason {
		return fault.New(fault.Invalid, "กรุณาระบุเหตุที่ส่งต่อ เพื่อให้หน่วยงานปลายทางเข้าใจว่าทำไมเรื่องนี้เป็นของหน่วยงานนั้น")
	}
	if err := tooLong(reason); err != nil {
		return err
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	all, err := Decisions(ctx, tx, id)
	if err != nil {
		return err
	}
	_, told := Overturned(all)
	switch {
	case t.Status == Transferred:
		return nil
	case t.Status.Decided():
		return fault.New(fault.Conflict, "เรื่องนี้มีผลการพิจารณาแล้ว จึงส่งต่อไม่ได้ หากยังไม่ได้แจ้งผลให้แก้ไขผลก่อนแจ้ง หากแจ้งแล้วหรือมีค่าธรรมเนียมที่ต้องชำระ ให้ประชาชนยื่นคำขอใหม่ที่หน่วยงานนั้น")
	case t.idle() != nil:
		return t.idle()
	case told:
		return fault.New(fault.Conflict, "เรื่องนี้มีคำสั่งที่แจ้งแล้วและรอคำสั่งใหม่ของหน่วยงานนี้ จึงส่งต่อไม่ได้")
	case t.AgencyID == to:
		return fault.New(fault.Invalid, "เรื่องนี้เป็นของหน่วยงานนี้อยู่แล้ว หากเป็นงานของฝ่ายอื่นให้ใช้ “ย้ายคิว”")
	}
	if _, err := agencies.Find(ctx, tx, to); err != nil {
		return err
	}
	again, err := sentBackBy(ctx, tx, id, to)
	if err != nil {
		return err
	}
	if again {
		who, err := agencies.FindOfficer(ctx, tx, officer)
		if err != nil {
			return err
		}
		if !who.Role.Can(agencies.LeadTickets) {
			return fault.New(fault.Forbidden, "หน่วยงานนี้เคยส่งเรื่องนี้กลับมาแล้ว การส่งไปอีกครั้งต้องให้หัวหน้างานเป็นผู้ส่ง กรุณาแจ้งหัวหน้างาน")
		}
	}
	return d.transfer(ctx, tx, by, t, Transfer{To: to, OfficerID: officer, Reason: reason, Again: again})
}

func (d *Desk) transfer(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, p Transfer) error {
	err := tx.QueryRow(ctx, `INSERT INTO transfers (agency_id, ticket_id, to_agency, officer_id, reason, again, at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
		t.AgencyID, t.ID, p.To, p.OfficerID, p.Reason, p.Again, d.now()).Scan(&p.ID)
	if err != nil {
		return fmt.Errorf("transfer ticket %d: %w", t.ID, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = $3, unread = false WHERE id = $1`, t.ID, Transferred, d.now()); err != nil {
		return fmt.Errorf("transfer ticket %d: %w", t.ID, err)
	}
	t.Status = Transferred
	if err := d.happened(ctx, tx, t, by, EventTransferred, Detail{Agency: p.To}); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, TransferredArgs{TransferID: p.ID}, nil); err != nil {
		return fmt.Errorf("enqueue transfer %d: %w", p.ID, err)
	}
	return nil
}

// sentBackBy reports whether an agency sent a case back.
func sentBackBy(ctx context.Context, tx pgx.Tx, id TicketID, by agencies.AgencyID) (before bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM transfers WHERE ticket_id = $1 AND to_agency = $2 AND bounced_at IS NOT NULL)`, id, by).Scan(&before)
	if err != nil {
		return false, fmt.Errorf("who sent ticket %d back: %w", id, err)
	}
	return before, nil
}

// FindTransfer returns a transfer in scope: whoever sent it, and to whom it was sent, see it.
func FindTransfer(ctx context.Context, tx pgx.Tx, id TransferID) (Transfer, error) {
	rows, err := tx.Query(ctx, `SELECT `+transferColumns+` FROM transfers WHERE id = $1`, id)
	if err != nil {
		return Transfer{}, fmt.Errorf("find transfer %d: %w", id, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Transfer])
	if err != nil {
		return Transfer{}, fmt.Errorf("find transfer %d: %w", id, err)
	}
	return p, nil
}

// TransfersOf returns how a case came and where it went, the first transfer first.
func TransfersOf(ctx context.Context, tx pgx.Tx, id TicketID) ([]Transfer, error) {
	rows, err := tx.Query(ctx, `SELECT `+transferColumns+` FROM transfers WHERE ticket_id = $1 OR to_ticket = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("transfers of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Transfer])
}

// TakeOver says that the agency is in charge of what another sent; its queue shares it out, if it does. Again it changes
// nothing.
func (d *Desk) TakeOver(ctx context.Context, tx pgx.Tx, by Actor, id TicketID) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่รับเรื่องจากหน่วยงานอื่นได้")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if t.Status.Closed() {
		return closedFault(t)
	}
	waited := t.Pending()
	if t, err = d.takeOver(ctx, tx, by, officer, t); err != nil || !waited || t.OfficerID != nil {
		return err
	}
	return d.shareOut(ctx, tx, t)
}

// takeOver does so for a case that is locked, if it waits for that.
func (d *Desk) takeOver(ctx context.Context, tx pgx.Tx, by Actor, officer agencies.OfficerID, t Ticket) (Ticket, error) {
	if !t.Pending() {
		return t, nil
	}
	var transfer TransferID
	err := tx.QueryRow(ctx, `UPDATE transfers SET accepted_at = $2, accepted_by = $3 WHERE to_ticket = $1 RETURNING id`, t.ID, d.now(), officer).Scan(&transfer)
	if err != nil {
		return t, fmt.Errorf("take over ticket %d: %w", t.ID, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET accept_by = NULL WHERE id = $1`, t.ID); err != nil {
		return t, fmt.Errorf("take over ticket %d: %w", t.ID, err)
	}
	t.AcceptBy = nil
	if err := d.happened(ctx, tx, t, by, EventTakenOver, Detail{}); err != nil {
		return t, err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, TakenOverArgs{TransferID: transfer}, nil); err != nil {
		return t, fmt.Errorf("enqueue taking over of ticket %d: %w", t.ID, err)
	}
	return t, nil
}

// Bounce says that the agency is not in charge of what another sent, with the reason, before it took the case. Whoever took
// one sends it on, or names who is in charge. Again it changes nothing.
func (d *Desk) Bounce(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, why string) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ส่งเรื่องกลับได้")
	}
	if why = strings.TrimSpace(why); len([]rune(why)) < shortestReason {
		return fault.New(fault.Invalid, "กรุณาระบุว่าทำไมเรื่องนี้ไม่ใช่ของหน่วยงาน เพื่อให้หน่วยงานต้นทางส่งต่อได้ถูกต้อง")
	}
	if err := tooLong(why); err != nil {
		return err
	}
	t, err := lock(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case t.Status == Bounced:
		return nil
	case t.Status.Closed():
		return closedFault(t)
	case !t.Pending():
		return fault.New(fault.Conflict, "หน่วยงานรับเรื่องนี้แล้ว จึงส่งกลับไม่ได้ หากเป็นเรื่องของหน่วยงานอื่นให้ “ส่งต่อหน่วยงาน” โดยระบุหน่วยงานที่รับผิดชอบ")
	}
	return d.bounce(ctx, tx, by, t, &officer, why)
}

// nextBounce is when a case that nobody took goes back by itself.
func (r record) nextBounce() time.Time {
	if !r.Pending() {
		return time.Time{}
	}
	return *r.AcceptBy
}

func (d *Desk) bounceBySelf(ctx context.Context, tx pgx.Tx, r record) error {
	return d.bounce(ctx, tx, System(), r.Ticket, nil, "")
}

func (d *Desk) bounce(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, officer *agencies.OfficerID, why string) error {
	var transfer TransferID
	err := tx.QueryRow(ctx, `UPDATE transfers SET bounced_at = $2, bounced_by = $3, bounced_why = $4 WHERE to_ticket = $1 RETURNING id`,
		t.ID, d.now(), officer, why).Scan(&transfer)
	if err != nil {
		return fmt.Errorf("send ticket %d back: %w", t.ID, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = $3, unread = false WHERE id = $1`, t.ID, Bounced, d.now()); err != nil {
		return fmt.Errorf("send ticket %d back: %w", t.ID, err)
	}
	t.Status = Bounced
	if err := d.happened(ctx, tx, t, by, EventBounced, Detail{}); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, BouncedArgs{TransferID: transfer}, nil); err != nil {
		return fmt.Errorf("enqueue the way back of ticket %d: %w", t.ID, err)
	}
	return nil
}

// holding locks the case that holds the request of a case: what a citizen says goes there, whichever case they answered.
func holding(ctx context.Context, tx pgx.Tx, id TicketID) (Ticket, error) {
	for {
		found, err := find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE passed_to IS NULL AND request_id = (SELECT request_id FROM tickets WHERE id = $1)`, id)
		if err != nil {
			return Ticket{}, err
		}
		if t, err := lock(ctx, tx, found.ID); err != nil || t.PassedTo == nil {
			return t, err
		}
	}
}

// Earlier returns the other cases of the requests that cases hold, which citizens may still answer to.
func Earlier(ctx context.Context, tx pgx.Tx, t Ticket) ([]TicketID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM tickets WHERE request_id = $1 AND id <> $2 ORDER BY id`, t.RequestID, t.ID)
	if err != nil {
		return nil, fmt.Errorf("other cases of request %d: %w", t.RequestID, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[TicketID])
}

// First returns the case that a request was made into first, under whose number the citizen knows it. The transaction must see
// every agency that had it.
func First(ctx context.Context, tx pgx.Tx, t Ticket) (Ticket, error) {
	return find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE request_id = $1 AND reference = ''`, t.RequestID)
}

// Line is something that happened to a request, at whichever agency had it.
type Line struct {
	Agency agencies.AgencyID `db:"agency_id"`
	First  bool              `db:"first"` // it is of the case that the request was made into first
	At     time.Time         `db:"at"`
	Kind   EventKind         `db:"kind"`
	About  agencies.AgencyID `db:"about"` // another agency that it names; 0: none
}

// Timeline returns what happened to the request of a case at every agency that had it, in the order of time (SEED-36). The
// transaction must see them all.
func Timeline(ctx context.Context, tx pgx.Tx, t Ticket) ([]Line, error) {
	rows, err := tx.Query(ctx, `SELECT e.agency_id, c.reference = '' AS first, e.at, e.kind, coalesce((e.detail->>'agency')::bigint, 0) AS about FROM tickets c JOIN ticket_events e ON e.ticket_id = c.id
		WHERE c.request_id = $1 ORDER BY e.at, e.ticket_id, e.seq`, t.RequestID)
	if err != nil {
		return nil, fmt.Errorf("timeline of request %d: %w", t.RequestID, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Line])
}

// CameFrom returns the transfer by which a case came; ok is false when the citizen filed it here.
func CameFrom(ctx context.Context, tx pgx.Tx, id TicketID) (p Transfer, ok bool, err error) {
	all, err := TransfersOf(ctx, tx, id)
	if err != nil {
		return Transfer{}, false, err
	}
	for _, p := range all {
		if p.ToTicket != nil && *p.ToTicket == id {
			return p, true, nil
		}
	}
	return Transfer{}, false, nil
}
