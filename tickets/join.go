package tickets

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/internal/fault"
)

// Cases about one and the same thing.
const (
	EventMerged   EventKind = "merged"   // this case follows another, or another follows it
	EventUnmerged EventKind = "unmerged" // and does no more
)

// JoinedArgs is the fact that a case follows another, or does no more: its citizen is told. Seq is the line of its history.
type JoinedArgs struct {
	TicketID TicketID `json:"ticket_id"`
	Seq      int      `json:"seq"`
}

// Kind names the job.
func (JoinedArgs) Kind() string { return "joined" }

// Family returns a case and all that are joined with it, the main one first.
func Family(ctx context.Context, tx pgx.Tx, t Ticket) ([]Ticket, error) {
	main, err := mainOf(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT `+ticketColumns+` FROM tickets WHERE main_id = $1 ORDER BY id`, main.ID)
	if err != nil {
		return nil, fmt.Errorf("cases that follow %d: %w", main.ID, err)
	}
	rest, err := pgx.CollectRows(rows, pgx.RowToStructByName[Ticket])
	if err != nil {
		return nil, fmt.Errorf("cases that follow %d: %w", main.ID, err)
	}
	return append([]Ticket{main}, rest...), nil
}

// followers returns the cases that follow one which this transaction has locked, and locks them too. Whoever joins one to it
// waits for that lock, so there are no others. The main case is always locked first, then those that follow, by number: as the
// main case is the earliest of them, several cases are locked in the order of their numbers whoever does it.
func followers(ctx context.Context, tx pgx.Tx, main TicketID) ([]Ticket, error) {
	rows, err := tx.Query(ctx, `SELECT `+ticketColumns+` FROM tickets WHERE main_id = $1 ORDER BY id FOR NO KEY UPDATE`, main)
	if err != nil {
		return nil, fmt.Errorf("lock what follows ticket %d: %w", main, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Ticket])
	if err != nil {
		return nil, fmt.Errorf("lock what follows ticket %d: %w", main, err)
	}
	return all, nil
}

// lockBoth locks a case after the one that it follows, and returns both; they are the same where it follows none.
func lockBoth(ctx context.Context, tx pgx.Tx, id TicketID) (own, main Ticket, err error) {
	for {
		seen, err := Find(ctx, tx, id)
		if err != nil {
			return own, main, err
		}
		// A part of the transaction that is rolled back gives its locks back, so that nothing is held in the wrong order when
		// the case turns out to follow another one by now.
		part, err := tx.Begin(ctx)
		if err != nil {
			return own, main, fmt.Errorf("lock ticket %d: %w", id, err)
		}
		own, main, err = lockAfter(ctx, part, id, seen.MainID)
		switch {
		case errors.Is(err, errMoved):
			err = part.Rollback(ctx)
		case err == nil:
			return own, main, part.Commit(ctx)
		}
		if err != nil {
			return own, main, err
		}
	}
}

// errMoved means that a case does not follow what it followed a moment ago.
var errMoved = errors.New("follows another case by now")

// lockAfter locks a case after its main one, nil: it follows none; or returns errMoved.
func lockAfter(ctx context.Context, tx pgx.Tx, id TicketID, follows *TicketID) (own, main Ticket, err error) {
	if follows != nil {
		if main, err = lock(ctx, tx, *follows); err != nil {
			return own, main, err
		}
	}
	if own, err = lock(ctx, tx, id); err != nil {
		return own, main, err
	}
	switch {
	case own.MainID == nil:
		return own, own, nil
	case follows != nil && *follows == *own.MainID:
		return own, main, nil
	}
	return own, main, errMoved
}

// Join merges two cases: the later follows the earlier, whichever of them an officer has before them.
func (d *Desk) Join(ctx context.Context, tx pgx.Tx, by Actor, one, other TicketID) error {
	if other == 0 {
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกเรื่องที่จะรวม กรุณาเลือกจากรายการเรื่องใกล้เคียง")
	}
	return d.Merge(ctx, tx, by, max(one, other), min(one, other))
}

// Merge lets a case follow an earlier one that is about the same (SVC-5): it is closed with that one, its citizen is told what
// becomes of it, and keeps number and link. What others follow follows none, and neither is confidential. Again it changes
// nothing.
func (d *Desk) Merge(ctx context.Context, tx pgx.Tx, by Actor, id, into TicketID) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่รวมเรื่องได้")
	}
	switch {
	case id == into:
		return fault.New(fault.Invalid, "รวมเรื่องเข้ากับตัวเองไม่ได้ กรุณาเลือกเรื่องอื่น")
	case id < into:
		return fault.New(fault.Invalid, "เรื่องที่แจ้งทีหลังรวมเข้ากับเรื่องที่แจ้งก่อน กรุณารวมจากเรื่องที่แจ้งทีหลัง")
	}
	main, err := lock(ctx, tx, into)
	if err != nil {
		return err
	}
	t, err := lock(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case t.MainID != nil && *t.MainID == into:
		return nil
	}
	if err := d.mayMerge(ctx, tx, t, main); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, main_id = $3 WHERE id = $1`, id, Merged, into); err != nil {
		return fmt.Errorf("merge ticket %d into %d: %w", id, into, err)
	}
	t.Status, t.MainID = Merged, &into
	if err := d.happened(ctx, tx, main, by, EventMerged, Detail{Case: id}); err != nil {
		return err
	}
	if err := d.joined(ctx, tx, t, by, EventMerged, into); err != nil || !t.Urgent || main.Urgent {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET urgent = true WHERE id = $1`, into); err != nil { // what follows a case makes no calls of its own
		return fmt.Errorf("merge ticket %d into %d: %w", id, into, err)
	}
	main.Urgent = true
	return d.urgent(ctx, tx, main, by, Detail{By: UrgentBefore})
}

// mayMerge says why a case cannot follow another. The database has the same rules.
func (d *Desk) mayMerge(ctx context.Context, tx pgx.Tx, t, main Ticket) error {
	var joinable, led bool
	err := tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE alike IS NOT NULL) = 2, EXISTS (SELECT FROM tickets WHERE main_id = $1) FROM tickets WHERE id IN ($1, $2)`,
		t.ID, main.ID).Scan(&joinable, &led)
	switch {
	case err != nil:
		return fmt.Errorf("may ticket %d follow %d: %w", t.ID, main.ID, err)
	case !joinable || t.AgencyID != main.AgencyID:
		return fault.New(fault.Conflict, "รวมสองเรื่องนี้ไม่ได้ บริการนี้ไม่รวมเรื่อง หรือเป็นเรื่องลับ")
	case main.MainID != nil:
		return fault.Newf(fault.Conflict, "เรื่อง {number} รวมกับเรื่องอื่นอยู่แล้ว กรุณารวมเข้ากับเรื่องหลักแทน", "number", main.Number)
	case t.MainID != nil, led:
		return fault.Newf(fault.Conflict, "เรื่อง {number} รวมกับเรื่องอื่นอยู่แล้ว กรุณาแยกเรื่องก่อน", "number", t.Number)
	case main.idle() != nil:
		return main.idle()
	case t.idle() != nil:
		return t.idle()
	case !t.Status.CanBecome(Merged):
		return closedFault(t)
	}
	return nil
}

// Unmerge lets a case that follows another go on by itself, while neither is closed. Again it changes nothing.
func (d *Desk) Unmerge(ctx context.Context, tx pgx.Tx, by Actor, id TicketID) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่แยกเรื่องได้")
	}
	t, main, err := lockBoth(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case t.MainID == nil:
		return nil
	case t.Status.Closed():
		return closedFault(t)
	}
	return d.part(ctx, tx, by, t, main)
}

// part lets a case that follows another go on by itself, in that one's queue. The caller has locked both.
func (d *Desk) part(ctx context.Context, tx pgx.Tx, by Actor, t, main Ticket) error {
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, main_id = NULL, queue_id = $3, officer_id = NULL, unread = true WHERE id = $1`, t.ID, Open, main.QueueID); err != nil {
		return fmt.Errorf("unmerge ticket %d: %w", t.ID, err)
	}
	t.Status, t.MainID, t.QueueID, t.OfficerID = Open, nil, main.QueueID, nil
	if err := d.happened(ctx, tx, main, by, EventUnmerged, Detail{Case: t.ID}); err != nil {
		return err
	}
	return d.joined(ctx, tx, t, by, EventUnmerged, main.ID)
}

// ends says whether a case ends by this without a result: what follows it goes on by itself.
func (k EventKind) ends() bool {
	return slices.Contains([]EventKind{EventWithdrawn, EventReturned, EventTransferred, EventBounced, EventReferred}, k)
}

// partAll lets every case that follows one go on by itself.
func (d *Desk) partAll(ctx context.Context, tx pgx.Tx, by Actor, main Ticket) error {
	all, err := followers(ctx, tx, main.ID)
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := d.part(ctx, tx, by, t, main); err != nil {
			return err
		}
	}
	return nil
}

// joined writes the line of a case that follows another now, or no more, with the job that tells its citizen.
func (d *Desk) joined(ctx context.Context, tx pgx.Tx, t Ticket, by Actor, kind EventKind, other TicketID) error {
	if err := d.happened(ctx, tx, t, by, kind, Detail{Case: other}); err != nil {
		return err
	}
	var seq int
	if err := tx.QueryRow(ctx, `SELECT max(seq) FROM ticket_events WHERE ticket_id = $1`, t.ID).Scan(&seq); err != nil {
		return fmt.Errorf("last line of ticket %d: %w", t.ID, err)
	}
	if _, err := d.jobs.InsertTx(ctx, tx, JoinedArgs{TicketID: t.ID, Seq: seq}, nil); err != nil {
		return fmt.Errorf("enqueue that ticket %d was joined: %w", t.ID, err)
	}
	return nil
}

// tellAll enqueues news of a case for its citizen and for those whose cases follow it at this moment: who joins later has not
// heard of it, and who parts before the job runs was concerned. News are a job's arguments, by the case whose citizen they go to
// (0: the case itself), so each is told once.
func (d *Desk) tellAll(ctx context.Context, tx pgx.Tx, main TicketID, news func(to TicketID) river.JobArgs) error {
	others, err := followers(ctx, tx, main)
	if err != nil {
		return err
	}
	to := []TicketID{0}
	for _, t := range others {
		to = append(to, t.ID)
	}
	for _, id := range to {
		if _, err := d.jobs.InsertTx(ctx, tx, news(id), nil); err != nil {
			return fmt.Errorf("enqueue news of ticket %d: %w", main, err)
		}
	}
	return nil
}

// Followers counts the cases that follow one.
func Followers(ctx context.Context, tx pgx.Tx, id TicketID) (n int, err error) {
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM tickets WHERE main_id = $1`, id).Scan(&n); err != nil {
		return 0, fmt.Errorf("cases that follow %d: %w", id, err)
	}
	return n, nil
}

// decideFollowers closes the cases that follow one with it, or changes them with it. Each citizen is told by a job of their own.
func (d *Desk) decideFollowers(ctx context.Context, tx pgx.Tx, main Ticket, by Actor, kind EventKind, dec Decision) error {
	all, err := followers(ctx, tx, main.ID)
	if err != nil {
		return err
	}
	detail := dec.detail()
	detail.Case = main.ID
	for _, t := range all {
		t.Status = main.Status
		if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = coalesce(closed_at, $3) WHERE id = $1`, t.ID, t.Status, dec.At); err != nil {
			return fmt.Errorf("close ticket %d with %d: %w", t.ID, main.ID, err)
		}
		if err := d.happened(ctx, tx, t, by, kind, detail); err != nil {
			return err
		}
		if _, err := d.jobs.InsertTx(ctx, tx, DecidedArgs{TicketID: t.ID}, nil); err != nil {
			return fmt.Errorf("enqueue decision of ticket %d: %w", t.ID, err)
		}
	}
	return nil
}

// openFollowers lets the cases that were closed with one follow it again.
func (d *Desk) openFollowers(ctx context.Context, tx pgx.Tx, main Ticket, by Actor, kind EventKind, detail Detail) error {
	all, err := followers(ctx, tx, main.ID)
	if err != nil {
		return err
	}
	for _, t := range all {
		t.Status, t.ClosedAt = Merged, nil
		if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = NULL WHERE id = $1`, t.ID, Merged); err != nil {
			return fmt.Errorf("open ticket %d with %d: %w", t.ID, main.ID, err)
		}
		if err := d.happened(ctx, tx, t, by, kind, detail); err != nil {
			return err
		}
	}
	return nil
}
