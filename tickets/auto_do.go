package tickets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/thai"
)

// facts are what rules look at beside the request and its history. A case of a service without rules has none.
type facts struct {
	halts        []Halt
	approves     []string // keys of the rules that may approve the case, as it keeps them
	wanted       int      // documents that were asked for and have not come
	files        []int64  // those that can be opened
	unopenable   int      // how many cannot: they wait for their scan, or are gone
	scannedAt    time.Time
	identified   bool
	identifiedAt time.Time
	issuedAt     time.Time // of the permit, if it holds and ends
	endsOn       time.Time
}

// look reads the facts of a case whose service has rules.
func (d *Desk) look(ctx context.Context, tx pgx.Tx, r record) (f *facts, err error) {
	f = &facts{}
	if f.halts, err = haltsOf(ctx, tx, r.Ticket); err != nil {
		return nil, err
	}
	var scanned, issued, ends *time.Time
	both := &pgx.Batch{}
	both.Queue(`SELECT approves, (SELECT count(*) FROM wants WHERE ticket_id = $1 AND supplied_at IS NULL) FROM tickets WHERE id = $1`, r.ID).
		QueryRow(func(row pgx.Row) error { return row.Scan(&f.approves, &f.wanted) })
	both.Queue(`SELECT coalesce(array_agg(a.id) FILTER (WHERE a.state = 'ready'), '{}'), count(*) FILTER (WHERE a.state <> 'ready'), max(a.scanned_at)
		FROM ticket_files f JOIN attachments a ON a.id = f.attachment_id WHERE f.ticket_id = $1 AND NOT f.made`, r.ID).
		QueryRow(func(row pgx.Row) error { return row.Scan(&f.files, &f.unopenable, &scanned) })
	both.Queue(`SELECT created_at, valid_until FROM permits WHERE ticket_id = $1 AND status = 'active' AND valid_until IS NOT NULL`, r.ID).
		QueryRow(func(row pgx.Row) error {
			err := row.Scan(&issued, &ends)
			if errors.Is(err, pgx.ErrNoRows) {
				err = nil
			}
			return err
		})
	if err := tx.SendBatch(ctx, both).Close(); err != nil {
		return nil, fmt.Errorf("read what rules look at in ticket %d: %w", r.ID, err)
	}
	f.scannedAt, f.issuedAt = timeOf(scanned), timeOf(issued)
	if ends != nil { // a date, which the database gives as midnight UTC
		f.endsOn = time.Date(ends.Year(), ends.Month(), ends.Day(), 0, 0, 0, 0, thai.Bangkok())
	}
	f.identifiedAt, f.identified, err = citizens.ReachedAt(ctx, tx, citizens.CitizenID(r.CitizenID), citizens.Level(r.form.Identity.Rank()), d.now())
	return f, err
}

// approvals are the keys of the rules by which a case of the form may be approved.
func approvals(form *forms.Form) []string {
	keys := []string{}
	for _, r := range form.Auto {
		if r.Kind == forms.AutoApprove && !r.Off {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

func (r record) nextAcceptance() time.Time { return r.planned(forms.AutoAccept).At }
func (r record) nextApproval() time.Time   { return r.planned(forms.AutoApprove).At }
func (r record) nextReminder() time.Time   { return r.planned(forms.AutoRemind).At }
func (r record) nextRenewal() time.Time    { return r.planned(forms.AutoRenew).At }

// held are the conditions of a step, for the history.
func (s Step) held() (all []Condition) {
	for _, t := range s.Tests {
		all = append(all, t.Condition)
	}
	return all
}

// accept notes by a rule that everything needed is there.
func (d *Desk) accept(ctx context.Context, tx pgx.Tx, r record) error {
	s := r.planned(forms.AutoAccept)
	return d.happened(ctx, tx, r.Ticket, System(), EventComplete, Detail{Rule: s.Rule.Key, Held: s.held()})
}

// approve certifies a notification by a rule. Officers find the case unread; until its citizen is told they can take it back.
func (d *Desk) approve(ctx context.Context, tx pgx.Tx, r record) error {
	s := r.planned(forms.AutoApprove)
	if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = true WHERE id = $1`, r.ID); err != nil {
		return fmt.Errorf("mark ticket %d as unread: %w", r.ID, err)
	}
	return d.decide(ctx, tx, r.Ticket, System(), Decision{
		TicketID: r.ID, Outcome: Approve, Rule: s.Rule.Key, held: s.held(),
		Reason: "การแจ้งถูกต้องครบถ้วน ระบบออกให้โดยอัตโนมัติตาม " + r.form.Notification.Law.TH,
	})
}

// RenewalArgs is the fact that the holder of a permit is to be reminded that it ends.
type RenewalArgs struct {
	TicketID TicketID `json:"ticket_id"`
	Seq      int      `json:"seq"` // line of the history that says so
}

// Kind names the job.
func (RenewalArgs) Kind() string { return "renewal" }

// remind reminds of documents that are awaited, by the last of the reminders that are due.
func (d *Desk) remind(ctx context.Context, tx pgx.Tx, r record) error {
	s := r.planned(forms.AutoRemind)
	s.latest(d.now())
	var notice NoticeID
	for _, e := range r.events {
		if detail := detailOf(e); detail.Notice != 0 {
			notice = detail.Notice
		}
	}
	seq, err := d.reminded(ctx, tx, r, s, notice)
	if err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, AskedArgs{NoticeID: notice, Seq: seq}, nil); err != nil {
		return fmt.Errorf("enqueue the reminder of ticket %d: %w", r.ID, err)
	}
	return nil
}

// renew reminds the holder of a permit that it ends.
func (d *Desk) renew(ctx context.Context, tx pgx.Tx, r record) error {
	s := r.planned(forms.AutoRenew)
	s.latest(d.now())
	seq, err := d.reminded(ctx, tx, r, s, 0)
	if err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, RenewalArgs{TicketID: r.ID, Seq: seq}, nil); err != nil {
		return fmt.Errorf("enqueue the reminder of ticket %d: %w", r.ID, err)
	}
	return nil
}

// latest makes of a reminder the last one that is due by now.
func (s *Step) latest(now time.Time) {
	for _, days := range s.Rule.Before {
		if at := s.At.AddDate(0, 0, s.Days-days); days < s.Days && !at.After(now) {
			s.At, s.Days = at, days
		}
	}
}

// reminded writes a reminder into the history and returns its line.
func (d *Desk) reminded(ctx context.Context, tx pgx.Tx, r record, s Step, notice NoticeID) (seq int, err error) {
	err = d.happened(ctx, tx, r.Ticket, System(), EventReminded, Detail{Rule: s.Rule.Key, Held: s.held(), Days: s.Days, DueOn: s.on, Notice: notice})
	if err != nil {
		return 0, err
	}
	if err := tx.QueryRow(ctx, `SELECT max(seq) FROM ticket_events WHERE ticket_id = $1`, r.ID).Scan(&seq); err != nil {
		return 0, fmt.Errorf("last line of ticket %d: %w", r.ID, err)
	}
	return seq, nil
}

// Scanned has the cases that hold a file looked at again, after a scanner let it be opened.
func (d *Desk) Scanned(ctx context.Context, tx pgx.Tx, file int64) error {
	return d.again(ctx, tx, `SELECT t.id FROM ticket_files f JOIN tickets t ON t.id = f.ticket_id WHERE f.attachment_id = $1 AND t.ruled AND t.closed_at IS NULL ORDER BY t.id`, file)
}

// Known has the open cases of a citizen looked at again, after it was proved who they are.
func (d *Desk) Known(ctx context.Context, tx pgx.Tx, citizen int64) error {
	return d.again(ctx, tx, `SELECT id FROM tickets WHERE citizen_id = $1 AND ruled AND closed_at IS NULL ORDER BY id`, citizen)
}

// again reckons what is planned in cases.
func (d *Desk) again(ctx context.Context, tx pgx.Tx, cases string, arg int64) error {
	rows, err := tx.Query(ctx, cases, arg)
	if err != nil {
		return fmt.Errorf("cases with rules: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[TicketID])
	if err != nil {
		return fmt.Errorf("cases with rules: %w", err)
	}
	for _, id := range ids {
		t, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := d.reckon(ctx, tx, t, nil); err != nil {
			return err
		}
	}
	return nil
}
