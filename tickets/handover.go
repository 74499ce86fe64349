package tickets

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/thai"
)

// unplacedAfter is after how many ways back the head is told.
const unplacedAfter = 2

// HandOver makes the case at the agency to which one goes, and returns it. Whoever works there sees the talk and the files
// that came so far, and must say until a moment whether the agency is in charge. Again it returns the same case. The
// transaction must see both agencies.
func (d *Desk) HandOver(ctx context.Context, tx pgx.Tx, id TransferID) (Ticket, error) {
	p, old, err := lockTransfer(ctx, tx, id)
	if err != nil {
		return Ticket{}, err
	}
	if p.ToTicket != nil {
		return Find(ctx, tx, *p.ToTicket)
	}
	r, err := d.record(ctx, tx, old)
	if err != nil {
		return Ticket{}, err
	}
	t, err := d.caseAt(ctx, tx, r, p)
	if err != nil {
		return Ticket{}, err
	}
	if err := carry(ctx, tx, old, t); err != nil {
		return Ticket{}, err
	}
	if err := passOn(ctx, tx, old.ID, t.ID); err != nil {
		return Ticket{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE transfers SET to_ticket = $2 WHERE id = $1`, id, t.ID); err != nil {
		return Ticket{}, fmt.Errorf("hand over transfer %d: %w", id, err)
	}
	entered, deemed, due := t.EnteredAt.UTC(), t.DeemedReceivedAt.UTC(), t.DueAt.UTC()
	err = d.happened(ctx, tx, t, System(), EventCreated, Detail{
		To: t.QueueID, Agency: old.AgencyID, EnteredAt: &entered, DeemedAt: &deemed, DueAt: &due, Course: r.course(p.At),
	})
	if err != nil {
		return Ticket{}, err
	}
	if t.Urgent {
		if err := d.urgent(ctx, tx, t, System(), Detail{By: UrgentBefore}); err != nil {
			return Ticket{}, err
		}
	}
	if err := d.reckon(ctx, tx, t, nil); err != nil {
		return Ticket{}, err
	}
	return Find(ctx, tx, t.ID)
}

// lockTransfer locks the case that is passed on and the transfer, in this order.
func lockTransfer(ctx context.Context, tx pgx.Tx, id TransferID) (p Transfer, old Ticket, err error) {
	if p, err = FindTransfer(ctx, tx, id); err != nil {
		return p, old, err
	}
	if old, err = lock(ctx, tx, p.TicketID); err != nil {
		return p, old, err
	}
	if p.ToTicket != nil {
		if _, err := lock(ctx, tx, *p.ToTicket); err != nil {
			return p, old, err
		}
	}
	if _, err = tx.Exec(ctx, `SELECT FROM transfers WHERE id = $1 FOR UPDATE`, id); err != nil {
		return p, old, fmt.Errorf("lock transfer %d: %w", id, err)
	}
	p, err = FindTransfer(ctx, tx, id)
	return p, old, err
}

// caseAt writes the case at the agency to which one goes: the same request as it came in, under a number of its own and the
// reference that the citizen knows, in the queue that the agency's own rules choose. Nobody is given it: to take it is for an
// officer to say.
func (d *Desk) caseAt(ctx context.Context, tx pgx.Tx, r record, p Transfer) (Ticket, error) {
	t := r.Ticket
	t.AgencyID, t.OfficerID, t.ClosedAt, t.Unread, t.Bounces, t.PassedTo = p.To, nil, nil, true, 0, &r.ID
	agency, err := agencies.Find(ctx, tx, p.To)
	if err != nil {
		return Ticket{}, err
	}
	usual, err := agencies.QueueFor(ctx, tx, p.To, string(t.FormKey), r.form.QueueOf(r.answers))
	if err != nil {
		return Ticket{}, err
	}
	why, err := sort(ctx, tx, r.form, r.answers, agencies.Way{Agency: p.To, Queue: usual, Found: agencies.ByWriting})
	if err != nil {
		return Ticket{}, err
	}
	t.QueueID = why.Queue
	calendar, err := agencies.LoadCalendar(ctx, tx, p.To)
	if err != nil {
		return Ticket{}, err
	}
	days, err := agencies.AcceptDays(ctx, tx, p.To)
	if err != nil {
		return Ticket{}, err
	}
	acceptBy := calendar.AddWorkingDays(calendar.DeemedReceived(p.At), days)
	t.AcceptBy = &acceptBy
	open, err := stillWanted(ctx, tx, r.ID)
	if err != nil {
		return Ticket{}, err
	}
	t.Status = Open
	if open > 0 {
		t.Status = Awaiting
	}
	year := thai.BuddhistYear(d.now())
	seq, err := agencies.NextNumber(ctx, tx, p.To, "ticket", year)
	if err != nil {
		return Ticket{}, err
	}
	t.Number = fmt.Sprintf("%s-%d-%06d", agency.Code, year, seq)
	if err := d.insert(ctx, tx, &t, searchText(t, r.answers), acceptBy, r.form, r.answers); err != nil {
		return Ticket{}, err
	}
	if err := keepReason(ctx, tx, t, why, d.now()); err != nil {
		return Ticket{}, err
	}
	return t, register(ctx, tx, t, arrival{Way: ByTransfer, From: r.AgencyID, EnteredAt: p.At, DeemedAt: calendar.DeemedReceived(p.At)})
}

// passOn lets another case hold the request.
func passOn(ctx context.Context, tx pgx.Tx, from, to TicketID) error {
	if _, err := tx.Exec(ctx, `UPDATE tickets SET passed_to = $2 WHERE id = $1`, from, to); err != nil {
		return fmt.Errorf("pass on ticket %d: %w", from, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET passed_to = NULL WHERE id = $1`, to); err != nil {
		return fmt.Errorf("pass on ticket %d: %w", from, err)
	}
	return nil
}

// carry hands over what was said and filed, what was asked for and announced to the citizen, and letters that are still to be
// written; what is there already comes up to date. The agency that had it keeps its own. Notes and opinions stay where they
// were written.
func carry(ctx context.Context, tx pgx.Tx, from, to Ticket) error {
	for _, sql := range []string{
		`INSERT INTO ticket_messages (agency_id, ticket_id, author, officer_id, text, attachment_id, place, at, source, edited_at, unsent_at)
			SELECT $3, $2, author, officer_id, text, attachment_id, place, at, source, edited_at, unsent_at FROM ticket_messages WHERE ticket_id = $1
			ORDER BY id ON CONFLICT (ticket_id, source) DO NOTHING`,
		`INSERT INTO ticket_files (agency_id, ticket_id, attachment_id, label, at, made)
			SELECT $3, $2, attachment_id, label, at, made FROM ticket_files WHERE ticket_id = $1 ON CONFLICT DO NOTHING`,
		`INSERT INTO extensions (agency_id, ticket_id, n, days, reason, officer_id, at)
			SELECT $3, $2, n, days, reason, officer_id, at FROM extensions WHERE ticket_id = $1 ON CONFLICT DO NOTHING`,
		`INSERT INTO letters (agency_id, ticket_id, n, due_at)
			SELECT $3, $2, n, due_at FROM letters WHERE ticket_id = $1 AND sent_at IS NULL ON CONFLICT DO NOTHING`,
		`INSERT INTO deficiency_notices (agency_id, ticket_id, officer_id, due_on, override, at, hash, origin)
			SELECT $3, $2, officer_id, due_on, override, at, hash, coalesce(origin, id) FROM deficiency_notices n WHERE ticket_id = $1
			AND NOT EXISTS (SELECT FROM deficiency_notices o WHERE o.ticket_id = $2 AND coalesce(o.origin, o.id) = coalesce(n.origin, n.id)) ORDER BY id`,
		`UPDATE deficiency_notices n SET lengthened_to = o.lengthened_to, seen_at = o.seen_at, seen_by = o.seen_by FROM deficiency_notices o
			WHERE n.ticket_id = $2 AND n.agency_id = $3 AND o.ticket_id = $1 AND coalesce(o.origin, o.id) = coalesce(n.origin, n.id)`,
		`INSERT INTO wants (agency_id, ticket_id, notice_id, label, law, origin)
			SELECT $3, $2, o.id, w.label, w.law, coalesce(w.origin, w.id) FROM wants w JOIN deficiency_notices n ON n.id = w.notice_id
			JOIN deficiency_notices o ON o.ticket_id = $2 AND coalesce(o.origin, o.id) = coalesce(n.origin, n.id) WHERE w.ticket_id = $1
			AND NOT EXISTS (SELECT FROM wants v WHERE v.ticket_id = $2 AND coalesce(v.origin, v.id) = coalesce(w.origin, w.id)) ORDER BY w.id`,
		`UPDATE wants w SET attachment_id = v.attachment_id, supplied_at = v.supplied_at, why = v.why FROM wants v
			WHERE w.ticket_id = $2 AND w.agency_id = $3 AND v.ticket_id = $1 AND coalesce(v.origin, v.id) = coalesce(w.origin, w.id)`,
	} {
		if _, err := tx.Exec(ctx, sql, from.ID, to.ID, to.AgencyID); err != nil {
			return fmt.Errorf("hand over what ticket %d has: %w", from.ID, err)
		}
	}
	return nil
}

// ComeBack opens a case again that another agency did not take, with what the citizen sent there meanwhile, and returns it.
// Again it changes nothing. The transaction must see both agencies.
func (d *Desk) ComeBack(ctx context.Context, tx pgx.Tx, id TransferID) (Ticket, error) {
	p, old, err := lockTransfer(ctx, tx, id)
	if err != nil || p.BackAt != nil || p.BouncedAt == nil {
		return old, err
	}
	there, err := Find(ctx, tx, *p.ToTicket)
	if err != nil {
		return Ticket{}, err
	}
	r, err := d.record(ctx, tx, there)
	if err != nil {
		return Ticket{}, err
	}
	if err := carry(ctx, tx, there, old); err != nil {
		return Ticket{}, err
	}
	if err := passOn(ctx, tx, there.ID, old.ID); err != nil {
		return Ticket{}, err
	}
	open, err := stillWanted(ctx, tx, old.ID)
	if err != nil {
		return Ticket{}, err
	}
	switch {
	case open > 0:
		old.Status = Awaiting
	case old.OfficerID != nil:
		old.Status = Accepted
	default:
		old.Status = Open
	}
	old.ClosedAt, old.PassedTo, old.Bounces = nil, nil, old.Bounces+1
	_, err = tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = NULL, unread = true, bounces = $3 WHERE id = $1`, old.ID, old.Status, old.Bounces)
	if err != nil {
		return Ticket{}, fmt.Errorf("open ticket %d again: %w", old.ID, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE transfers SET back_at = $2 WHERE id = $1`, id, d.now()); err != nil {
		return Ticket{}, fmt.Errorf("open ticket %d again: %w", old.ID, err)
	}
	if err := d.happened(ctx, tx, old, System(), EventCameBack, Detail{Agency: p.To, Course: r.course(*p.BouncedAt)}); err != nil {
		return Ticket{}, err
	}
	if old.Bounces >= unplacedAfter {
		if err := d.happened(ctx, tx, old, System(), EventUnplaced, Detail{}); err != nil {
			return Ticket{}, err
		}
	}
	return Find(ctx, tx, old.ID)
}
