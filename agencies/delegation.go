package agencies

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// DelegationID identifies a delegation.
type DelegationID int64

// DelegationKind is by which way an officer uses the power of another post.
type DelegationKind string

// The kinds of delegation.
const (
	Delegated DelegationKind = "delegated" // มอบอำนาจ
	Acting    DelegationKind = "acting"    // รักษาราชการแทน
)

// Thai is the kind as it stands under a signature.
func (k DelegationKind) Thai() string {
	switch k {
	case Delegated:
		return "ปฏิบัติราชการแทน"
	case Acting:
		return "รักษาราชการแทน"
	default:
		return string(k)
	}
}

// Delegation says whose power an officer uses beside the own (EGA-16.1).
type Delegation struct {
	ID        DelegationID   `db:"id"`
	AgencyID  AgencyID       `db:"agency_id"`
	OfficerID OfficerID      `db:"officer_id"`
	Kind      DelegationKind `db:"kind"`
	Post      string         `db:"post"`     // whose power it is
	OrderNo   string         `db:"order_no"` // the order that gives it
	FromOn    time.Time      `db:"from_on"`
	UntilOn   *time.Time     `db:"until_on"` // the last day; nil: until it is ended
	MadeBy    OfficerID      `db:"made_by"`
	MadeAt    time.Time      `db:"made_at"`
	EndedAt   *time.Time     `db:"ended_at"`
}

const delegationColumns = `id, agency_id, officer_id, kind, post, order_no, from_on, until_on, made_by, made_at, ended_at`

// Holds reports whether it holds on the day of a moment, which the caller gives in Bangkok's time.
func (d Delegation) Holds(on time.Time) bool {
	day := time.Date(on.Year(), on.Month(), on.Day(), 0, 0, 0, 0, time.UTC)
	return d.EndedAt == nil && !day.Before(d.FromOn) && (d.UntilOn == nil || !day.After(*d.UntilOn))
}

// longestPost is how long a post or the number of an order may be, in letters.
const longestPost = 200

// Delegate gives an officer the power of another post.
func Delegate(ctx context.Context, tx pgx.Tx, d Delegation) error {
	d.Post, d.OrderNo = strings.TrimSpace(d.Post), strings.TrimSpace(d.OrderNo)
	switch {
	case d.Kind != Delegated && d.Kind != Acting:
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกว่ามอบอำนาจหรือรักษาราชการแทน กรุณาเลือกหนึ่งข้อ")
	case d.Post == "" || len([]rune(d.Post)) > longestPost:
		return fault.New(fault.Invalid, "ยังไม่ได้ระบุตำแหน่งที่ทำการแทน กรุณาพิมพ์ชื่อตำแหน่งตามคำสั่ง")
	case d.OrderNo == "" || len([]rune(d.OrderNo)) > longestPost:
		return fault.New(fault.Invalid, "ยังไม่ได้ระบุเลขที่คำสั่ง กรุณาพิมพ์ตามคำสั่ง เช่น คำสั่งที่ 12/2570")
	case d.UntilOn != nil && d.UntilOn.Before(d.FromOn):
		return fault.New(fault.Invalid, "วันสุดท้ายมาก่อนวันเริ่ม กรุณาตรวจวันที่ทั้งสอง")
	}
	o, err := FindOfficer(ctx, tx, d.OfficerID)
	if err != nil {
		return err
	}
	if o.AgencyID != d.AgencyID || o.DisabledAt != nil || !o.Role.Can(DecideTickets) {
		return fault.New(fault.Conflict, "ผู้นี้บันทึกผลการพิจารณาไม่ได้ กรุณาเลือกเจ้าหน้าที่หรือหัวหน้างานที่ยังปฏิบัติงานอยู่")
	}
	_, err = tx.Exec(ctx, `INSERT INTO delegations (agency_id, officer_id, kind, post, order_no, from_on, until_on, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		d.AgencyID, d.OfficerID, d.Kind, d.Post, d.OrderNo, d.FromOn, d.UntilOn, d.MadeBy, d.MadeAt)
	if err != nil {
		return fmt.Errorf("delegate to officer %d: %w", d.OfficerID, err)
	}
	return nil
}

// EndDelegation ends a delegation of an agency; what was signed under it stays. Again it changes nothing.
func EndDelegation(ctx context.Context, tx pgx.Tx, agency AgencyID, id DelegationID, at time.Time) error {
	tag, err := tx.Exec(ctx, `UPDATE delegations SET ended_at = coalesce(ended_at, $3) WHERE id = $2 AND agency_id = $1`, agency, id, at)
	if err != nil {
		return fmt.Errorf("end delegation %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "ไม่พบการมอบอำนาจนี้ในหน่วยงานของท่าน กรุณาโหลดหน้าใหม่")
	}
	return nil
}

// Delegations returns the delegations of an agency, the newest first, those that ended too.
func Delegations(ctx context.Context, tx pgx.Tx, agency AgencyID) ([]Delegation, error) {
	rows, err := tx.Query(ctx, `SELECT `+delegationColumns+` FROM delegations WHERE agency_id = $1 ORDER BY id DESC`, agency)
	if err != nil {
		return nil, fmt.Errorf("delegations of agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Delegation])
}

// Posts are in which posts the officers of an agency sign; those without one are missing.
func Posts(ctx context.Context, tx pgx.Tx, agency AgencyID) (map[OfficerID]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, post FROM officers WHERE agency_id = $1 AND post <> ''`, agency)
	if err != nil {
		return nil, fmt.Errorf("posts in agency %d: %w", agency, err)
	}
	var (
		id    OfficerID
		post  string
		posts = map[OfficerID]string{}
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &post}, func() error { posts[id] = post; return nil })
	if err != nil {
		return nil, fmt.Errorf("posts in agency %d: %w", agency, err)
	}
	return posts, nil
}

// SetPost says in which post an officer signs from now on; empty: without one.
func SetPost(ctx context.Context, tx pgx.Tx, id OfficerID, post string) error {
	if post = strings.TrimSpace(post); len([]rune(post)) > longestPost {
		return fault.New(fault.Invalid, "ชื่อตำแหน่งยาวเกินไป กรุณาพิมพ์ตามคำสั่งแต่งตั้ง")
	}
	if _, err := tx.Exec(ctx, `UPDATE officers SET post = $2 WHERE id = $1`, id, post); err != nil {
		return fmt.Errorf("set the post of officer %d: %w", id, err)
	}
	return nil
}

// Capacity is in which capacity an officer signs on a day: the own post and, where needed is another one whose power was
// given to the officer, the delegation that gives it.
func Capacity(ctx context.Context, tx pgx.Tx, officer OfficerID, needed string, on time.Time) (post string, by *Delegation, err error) {
	if err := tx.QueryRow(ctx, `SELECT post FROM officers WHERE id = $1`, officer).Scan(&post); err != nil {
		return "", nil, fmt.Errorf("post of officer %d: %w", officer, err)
	}
	if needed == "" || post == needed {
		return post, nil, nil
	}
	rows, err := tx.Query(ctx, `SELECT `+delegationColumns+` FROM delegations WHERE officer_id = $1 AND post = $2 AND ended_at IS NULL ORDER BY id DESC`, officer, needed)
	if err != nil {
		return "", nil, fmt.Errorf("delegations to officer %d: %w", officer, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Delegation])
	if err != nil {
		return "", nil, fmt.Errorf("delegations to officer %d: %w", officer, err)
	}
	for _, d := range all {
		if d.Holds(on) {
			return post, &d, nil
		}
	}
	return post, nil, nil
}
