package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
)

// EventReferred says that the citizen was told which body outside is in charge.
const EventReferred EventKind = "referred"

// Referral names the body outside that is in charge of a case (EGA-10.4). A case is closed as somebody else's with one only.
type Referral struct {
	TicketID  TicketID           `db:"ticket_id"`
	OfficerID agencies.OfficerID `db:"officer_id"`
	Body      string             `db:"body"`  // its name
	Reach     string             `db:"reach"` // how the citizen reaches it
	Law       string             `db:"law"`   // why it is in charge; may be empty
	At        time.Time          `db:"at"`
}

// ReferredArgs is the fact that a case was closed as that of a body outside.
type ReferredArgs struct {
	TicketID TicketID `json:"ticket_id"`
}

// Kind names the job.
func (ReferredArgs) Kind() string { return "referred" }

// Refer closes a case that no agency here is in charge of, and tells the citizen who is and how to reach them (EGA-10.4). With
// keep the agency has the body in its list from then on. Again it changes nothing.
func (d *Desk) Refer(ctx context.Context, tx pgx.Tx, by Actor, ref Referral, keep bool) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่แจ้งหน่วยงานที่รับผิดชอบได้")
	}
	ref.Body, ref.Reach, ref.Law = strings.TrimSpace(ref.Body), strings.TrimSpace(ref.Reach), strings.TrimSpace(ref.Law)
	switch {
	case ref.Body == "":
		return fault.New(fault.Invalid, "ต้องระบุชื่อหน่วยงานที่รับผิดชอบ จึงจะปิดเรื่องว่าไม่ใช่ของหน่วยงานนี้ได้ (พ.ร.บ. การปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565 มาตรา 10)")
	case ref.Reach == "":
		return fault.New(fault.Invalid, "ต้องระบุวิธีติดต่อหน่วยงานที่รับผิดชอบ เช่น หมายเลขโทรศัพท์หรือเว็บไซต์ เพื่อให้ประชาชนไปต่อได้")
	}
	for _, text := range []string{ref.Body, ref.Reach, ref.Law} {
		if err := tooLong(text); err != nil {
			return err
		}
	}
	t, err := lock(ctx, tx, ref.TicketID)
	switch {
	case err != nil:
		return err
	case t.Status == Referred:
		return nil
	case t.idle() != nil:
		return t.idle()
	}
	_, err = tx.Exec(ctx, `INSERT INTO referrals (ticket_id, agency_id, officer_id, body, reach, law, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.ID, t.AgencyID, officer, ref.Body, ref.Reach, ref.Law, d.now())
	if err != nil {
		return fmt.Errorf("refer ticket %d: %w", t.ID, err)
	}
	if keep {
		if err := keepBody(ctx, tx, t.AgencyID, ref); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = $3, unread = false WHERE id = $1`, t.ID, Referred, d.now()); err != nil {
		return fmt.Errorf("refer ticket %d: %w", t.ID, err)
	}
	t.Status = Referred
	if err := d.happened(ctx, tx, t, by, EventReferred, Detail{}); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, ReferredArgs{TicketID: t.ID}, nil); err != nil {
		return fmt.Errorf("enqueue the referral of ticket %d: %w", t.ID, err)
	}
	return nil
}

// FindReferral returns who is in charge of a case that was referred, or fault.NotFound.
func FindReferral(ctx context.Context, tx pgx.Tx, id TicketID) (Referral, error) {
	rows, err := tx.Query(ctx, `SELECT ticket_id, officer_id, body, reach, law, at FROM referrals WHERE ticket_id = $1`, id)
	if err != nil {
		return Referral{}, fmt.Errorf("find the referral of ticket %d: %w", id, err)
	}
	ref, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Referral])
	if errors.Is(err, pgx.ErrNoRows) {
		return Referral{}, fault.New(fault.NotFound, "เรื่องนี้ไม่ได้แจ้งหน่วยงานอื่น")
	}
	if err != nil {
		return Referral{}, fmt.Errorf("find the referral of ticket %d: %w", id, err)
	}
	return ref, nil
}

// Body is a body outside that an agency names again and again.
type Body struct {
	Name  string `db:"name"`
	Reach string `db:"reach"`
	Law   string `db:"law"`
}

// Bodies lists those of an agency by name.
func Bodies(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) ([]Body, error) {
	rows, err := tx.Query(ctx, `SELECT name, reach, law FROM bodies WHERE agency_id = $1 ORDER BY name COLLATE "th-x-icu", id`, agency)
	if err != nil {
		return nil, fmt.Errorf("bodies that agency %d names: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Body])
}

func keepBody(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, ref Referral) error {
	_, err := tx.Exec(ctx, `INSERT INTO bodies (agency_id, name, reach, law) VALUES ($1, $2, $3, $4)
		ON CONFLICT (agency_id, name) DO UPDATE SET reach = excluded.reach, law = excluded.law`, agency, ref.Body, ref.Reach, ref.Law)
	if err != nil {
		return fmt.Errorf("keep a body of agency %d: %w", agency, err)
	}
	return nil
}
