package tickets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/internal/fault"
)

// sharedToNobody is what is kept when a queue shares and nobody could be given the case.
const sharedToNobody = "nobody"

// nextOf chooses who is given a case that comes into a queue; 0: the queue does not share, or there is nobody. How it shared is
// returned too. The queue's row is locked until the transaction ends, so that of many that come at once each counts those
// before it: the shares stay even. NO KEY UPDATE, because every new ticket holds a key share on that row by its foreign key,
// and two that each wanted more would wait for one another. Who holds it waits for no ticket any more, and for no other
// queue: tickets are locked first, and a transaction shares out one case, so nobody waits in a circle.
func (d *Desk) nextOf(ctx context.Context, tx pgx.Tx, t Ticket, skill string) (agencies.OfficerID, string, error) {
	if t.Urgent { // whoever is called takes it: who has the fewest cases may be asleep
		return 0, "", nil
	}
	var share agencies.Share
	if err := tx.QueryRow(ctx, `SELECT share FROM queues WHERE id = $1`, t.QueueID).Scan(&share); err != nil {
		return 0, "", fmt.Errorf("how queue %d shares: %w", t.QueueID, err)
	}
	if share == agencies.ShareNone {
		return 0, "", nil
	}
	if _, err := tx.Exec(ctx, `SELECT FROM queues WHERE id = $1 FOR NO KEY UPDATE`, t.QueueID); err != nil {
		return 0, "", fmt.Errorf("lock queue %d: %w", t.QueueID, err)
	}
	if skill = cmp.Or(skill, string(t.FormKey)); share == agencies.ShareBalanced {
		skill = ""
	}
	onDuty, err := agencies.OnDuty(ctx, tx, t.AgencyID, d.now(), skill)
	if err != nil {
		return 0, "", err
	}
	var least agencies.OfficerID
	// Of those with as many, whoever was given something longest ago.
	err = tx.QueryRow(ctx, `SELECT o.id FROM unnest($2::bigint[]) AS o (id),
			LATERAL (SELECT count(*) AS open, max(id) AS last FROM tickets WHERE agency_id = $1 AND officer_id = o.id AND closed_at IS NULL) AS has
		ORDER BY has.open, has.last NULLS FIRST, o.id LIMIT 1`, t.AgencyID, onDuty).Scan(&least)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, sharedToNobody, nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("who has the fewest cases: %w", err)
	}
	return least, string(share), nil
}

// give makes an officer responsible for a case as its queue shares: the system takes it for them, and the line says how and by
// which rule.
func (d *Desk) give(ctx context.Context, tx pgx.Tx, t *Ticket, officer agencies.OfficerID, how string, why Reason) error {
	if t.Status == Open {
		t.Status = Accepted
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET officer_id = $2, status = $3 WHERE id = $1`, t.ID, officer, t.Status); err != nil {
		return fmt.Errorf("give ticket %d: %w", t.ID, err)
	}
	t.OfficerID = &officer
	return d.happened(ctx, tx, *t, System(), EventTaken, Detail{Officer: officer, Shared: how, RuleSet: why.Set, RuleN: why.Rule})
}

// shareOut gives a case that came back into a queue to somebody, where the queue shares.
func (d *Desk) shareOut(ctx context.Context, tx pgx.Tx, t Ticket) error {
	why, _, err := ReasonOf(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	if why.Queue != t.QueueID { // it is where somebody moved it, and no rule sent it there
		why = Reason{Skill: why.Skill}
	}
	officer, how, err := d.nextOf(ctx, tx, t, why.Skill)
	if err != nil || officer == 0 {
		return err
	}
	return d.give(ctx, tx, &t, officer, how, why)
}

// AbsentArgs is the fact that an officer will be away, to be acted on as it begins.
type AbsentArgs struct {
	AbsenceID agencies.AbsenceID `json:"absence_id"`
}

// Kind names the job.
func (AbsentArgs) Kind() string { return "absent" }

// Away keeps when an officer is away, and has what lies with them handed over as it begins.
func (d *Desk) Away(ctx context.Context, tx pgx.Tx, a agencies.Absence) (agencies.Absence, error) {
	a.MadeAt = d.now()
	a, err := agencies.NewAbsence(ctx, tx, a)
	if err != nil {
		return a, err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, AbsentArgs{AbsenceID: a.ID}, &river.InsertOpts{ScheduledAt: a.FromAt}); err != nil {
		return a, fmt.Errorf("enqueue absence %d: %w", a.ID, err)
	}
	return a, nil
}

// coveredAtOnce is how many cases go to who stands in in one transaction. Those that go back to a queue go one by one: see
// nextOf.
const coveredAtOnce = 50

// BeginAbsence gives some of the cases of somebody who is away to who stands in, or back to their queues, which may share them
// out again. It says how long to wait when the absence has not begun, and whether there is more to do. Again it finds what is
// left; an absence that was called off moves nothing.
func (d *Desk) BeginAbsence(ctx context.Context, tx pgx.Tx, id agencies.AbsenceID) (wait time.Duration, more bool, err error) {
	a, err := agencies.LockAbsence(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	switch now := d.now(); {
	case a.EndedAt != nil || a.BegunAt != nil || !a.UntilAt.After(now):
		return 0, false, nil
	case a.FromAt.After(now):
		return a.FromAt.Sub(now), false, nil
	}
	cover, covered, err := agencies.Cover(ctx, tx, a, d.now())
	if err != nil {
		return 0, false, err
	}
	most := 1
	if covered {
		most = coveredAtOnce
	}
	rows, err := tx.Query(ctx, `SELECT id FROM tickets WHERE agency_id = $1 AND officer_id = $2 AND closed_at IS NULL ORDER BY id LIMIT $3`, a.AgencyID, a.OfficerID, most)
	if err != nil {
		return 0, false, fmt.Errorf("cases of officer %d: %w", a.OfficerID, err)
	}
	held, err := pgx.CollectRows(rows, pgx.RowTo[TicketID])
	if err != nil {
		return 0, false, fmt.Errorf("cases of officer %d: %w", a.OfficerID, err)
	}
	moved := 0
	for _, id := range held {
		t, err := lock(ctx, tx, id)
		if err != nil {
			return 0, false, err
		}
		if t.Status.Closed() || t.OfficerID == nil || *t.OfficerID != a.OfficerID { // meanwhile
			continue
		}
		if covered {
			err = d.standIn(ctx, tx, t, a, cover)
		} else {
			err = d.backToQueue(ctx, tx, t, a)
		}
		if err != nil {
			return 0, false, err
		}
		moved++
	}
	more = len(held) == most
	return 0, more, agencies.HandedOver(ctx, tx, a.ID, moved, !more, d.now())
}

// standIn gives a case to who stands in for its officer.
func (d *Desk) standIn(ctx context.Context, tx pgx.Tx, t Ticket, a agencies.Absence, cover agencies.OfficerID) error {
	if _, err := tx.Exec(ctx, `UPDATE tickets SET officer_id = $2 WHERE id = $1`, t.ID, cover); err != nil {
		return fmt.Errorf("hand ticket %d to who stands in: %w", t.ID, err)
	}
	t.OfficerID = &cover
	return d.happened(ctx, tx, t, System(), EventCovered, Detail{Officer: cover, Absent: a.OfficerID})
}

// backToQueue takes a case from an officer who is away and for whom nobody stands in.
func (d *Desk) backToQueue(ctx context.Context, tx pgx.Tx, t Ticket, a agencies.Absence) error {
	if t.Status == Accepted {
		t.Status = Open
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET officer_id = NULL, status = $2 WHERE id = $1`, t.ID, t.Status); err != nil {
		return fmt.Errorf("release ticket %d: %w", t.ID, err)
	}
	t.OfficerID = nil
	if err := d.happened(ctx, tx, t, System(), EventReleased, Detail{Absent: a.OfficerID}); err != nil {
		return err
	}
	return d.shareOut(ctx, tx, t)
}
