package tickets

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/internal/thai"
)

// NewMandate is what an attorney shows.
type NewMandate struct {
	Agency                        agencies.AgencyID
	Kind                          MandateKind
	Attorney, AttorneyID          string      // name and 13-digit number of who shows it
	Title, Principal, Principal13 string      // of who gave it
	Services                      []forms.Key // none: all
	FromOn, UntilOn               time.Time   // first and last day
	Attachment                    int64       // the signed paper
}

const (
	longestParty  = 100 // letters of a name, as the forms have it
	mostWaiting   = 20  // mandates of one account that wait to be looked at
	longestEnding = 300 // letters of a reason
)

// MandateArgs is the fact that a mandate came to a state, of which attorney and principal are told.
type MandateArgs struct {
	MandateID MandateID    `json:"mandate_id"`
	State     MandateState `json:"state"`
}

// Kind names the job.
func (MandateArgs) Kind() string { return "mandate" }

// ShowMandate keeps a power of attorney for its agency to look at (PDP-10). The transaction must see everybody's.
func (d *Desk) ShowMandate(ctx context.Context, tx pgx.Tx, box secret.Box, by Actor, n NewMandate) (MandateID, error) {
	if by.Kind != "citizen" {
		return 0, fault.New(fault.Forbidden, "เฉพาะผู้รับมอบอำนาจเท่านั้นที่ยื่นหนังสือมอบอำนาจของตนได้")
	}
	n.Attorney, n.Title, n.Principal = oneLine(n.Attorney), oneLine(n.Title), oneLine(n.Principal)
	attorney, principal, err := d.checkMandate(n)
	if err != nil {
		return 0, err
	}
	if err := isAttorney(ctx, tx, box, by, attorney, d.now()); err != nil {
		return 0, err
	}
	// One at a time for each account, so that the count is right.
	if _, err := tx.Exec(ctx, `SELECT FROM citizens WHERE id = $1 FOR UPDATE`, by.ID); err != nil {
		return 0, fmt.Errorf("show a mandate: %w", err)
	}
	var waiting int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM mandates WHERE citizen_id = $1 AND decided_at IS NULL AND ended_at IS NULL`, by.ID).Scan(&waiting); err != nil {
		return 0, fmt.Errorf("show a mandate: %w", err)
	}
	if waiting >= mostWaiting {
		return 0, fault.Newf(fault.Conflict, "มีหนังสือมอบอำนาจรอตรวจครบ {n} ฉบับแล้ว กรุณารอให้เจ้าหน้าที่ตรวจก่อนยื่นเพิ่ม", "n", mostWaiting)
	}
	var id MandateID
	err = tx.QueryRow(ctx, `INSERT INTO mandates (agency_id, citizen_id, kind, attorney_name, attorney_sealed, principal_title, principal_name, principal_sealed, principal_hash,
			services, from_on, until_on, attachment_id, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, '{}'::text[]), $11, $12, $13, $14) RETURNING id`,
		n.Agency, by.ID, n.Kind, n.Attorney, box.Seal([]byte(attorney.Digits()), mandatePurpose(n.Agency, by.ID, "attorney")),
		n.Title, n.Principal, box.Seal([]byte(principal.Digits()), mandatePurpose(n.Agency, by.ID, "principal")), citizens.Blind(box, principal),
		n.Services, day(n.FromOn), day(n.UntilOn), n.Attachment, d.now()).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("show a mandate: %w", err)
	}
	return id, d.mandateIs(ctx, tx, by, Mandate{ID: id, AgencyID: n.Agency}, agencies.MandateShown, MandateWaiting)
}

// checkMandate says what is missing or wrong, and reads the two numbers.
func (d *Desk) checkMandate(n NewMandate) (attorney, principal thai.NationalID, err error) {
	if attorney, err = thai.ParseNationalID(n.AttorneyID); err != nil {
		return "", "", fault.Wrap(fault.Invalid, "เลขประจำตัวประชาชนของท่านไม่ถูกต้อง กรุณาตรวจกับบัตรแล้วพิมพ์ให้ครบ 13 หลัก", err)
	}
	if principal, err = thai.ParseNationalID(n.Principal13); err != nil {
		return "", "", fault.Wrap(fault.Invalid, "เลขประจำตัวประชาชนของผู้มอบอำนาจไม่ถูกต้อง กรุณาตรวจกับบัตรแล้วพิมพ์ให้ครบ 13 หลัก", err)
	}
	today := day(d.now())
	known := func(key forms.Key) bool { _, ok := d.forms.Agency(int64(n.Agency)).Find(key); return ok }
	switch {
	case n.Kind != MandateVolunteer && n.Kind != MandateFamily && n.Kind != MandateOther:
		err = fault.New(fault.Invalid, "ยังไม่ได้เลือกว่าท่านเป็นใครของผู้มอบอำนาจ กรุณาเลือกหนึ่งข้อ")
	case n.Attorney == "" || n.Principal == "":
		err = fault.New(fault.Invalid, "กรุณากรอกชื่อและนามสกุลของท่านและของผู้มอบอำนาจให้ครบ")
	case len([]rune(n.Attorney)) > longestParty || len([]rune(n.Title+n.Principal)) > longestParty:
		err = fault.Newf(fault.Invalid, "ชื่อยาวเกินไป กรุณากรอกไม่เกิน {n} ตัวอักษร", "n", longestParty)
	case attorney == principal:
		err = fault.New(fault.Invalid, "เลขประจำตัวของท่านกับของผู้มอบอำนาจเป็นเลขเดียวกัน กรุณาตรวจอีกครั้ง")
	case n.FromOn.IsZero() || n.UntilOn.IsZero() || day(n.UntilOn) < day(n.FromOn):
		err = fault.New(fault.Invalid, "กรุณากรอกวันเริ่มและวันสุดท้ายของการมอบอำนาจ โดยวันสุดท้ายต้องไม่มาก่อนวันเริ่ม")
	case day(n.UntilOn) < today:
		err = fault.New(fault.Invalid, "วันสุดท้ายของการมอบอำนาจผ่านไปแล้ว กรุณาใช้หนังสือมอบอำนาจฉบับใหม่")
	case day(n.UntilOn) > day(n.FromOn.AddDate(1, 0, 0)):
		err = fault.New(fault.Invalid, "มอบอำนาจได้ครั้งละไม่เกิน 1 ปี กรุณาปรับวันสุดท้าย แล้วยื่นฉบับใหม่เมื่อครบกำหนด")
	case n.Attachment == 0:
		err = fault.New(fault.Invalid, "ยังไม่ได้แนบหนังสือมอบอำนาจที่ลงชื่อแล้ว กรุณาแนบภาพถ่ายหรือไฟล์ PDF")
	case slices.ContainsFunc(n.Services, func(key forms.Key) bool { return !known(key) }):
		err = fault.New(fault.Invalid, "ไม่พบบริการที่เลือกของหน่วยงานนี้ กรุณาเลือกใหม่")
	}
	return attorney, principal, err
}

// isAttorney refuses the number of somebody else than ThaID says has the account.
func isAttorney(ctx context.Context, tx pgx.Tx, box secret.Box, by Actor, id thai.NationalID, now time.Time) error {
	proved, err := citizens.BlindsOf(ctx, tx, citizens.CitizenID(by.ID), now)
	if err != nil || len(proved) == 0 || contains(proved, citizens.Blind(box, id)) {
		return err
	}
	return fault.New(fault.Invalid, "เลขประจำตัวของท่านไม่ตรงกับที่ยืนยันด้วย ThaID ในบัญชีนี้ กรุณากรอกเลขของท่านเอง")
}

func contains(all [][]byte, one []byte) bool {
	return slices.ContainsFunc(all, func(b []byte) bool { return bytes.Equal(b, one) })
}

// AcceptMandate says that an officer looked at the paper and that it is good. Again it changes nothing.
func (d *Desk) AcceptMandate(ctx context.Context, tx pgx.Tx, by Actor, id MandateID) error {
	return d.decideMandate(ctx, tx, by, id, "")
}

// RefuseMandate says that the paper is not good, and why, which the attorney reads. Again it changes nothing.
func (d *Desk) RefuseMandate(ctx context.Context, tx pgx.Tx, by Actor, id MandateID, why string) error {
	if why = oneLine(why); len([]rune(why)) < shortestReason || len([]rune(why)) > longestEnding {
		return fault.Newf(fault.Invalid, "กรุณาระบุเหตุที่ไม่รับ ไม่เกิน {n} ตัวอักษร ให้ผู้รับมอบอำนาจแก้ไขได้ถูกต้อง", "n", longestEnding)
	}
	return d.decideMandate(ctx, tx, by, id, why)
}

// decideMandate accepts a mandate, or refuses it where there is a reason.
func (d *Desk) decideMandate(ctx context.Context, tx pgx.Tx, by Actor, id MandateID, refused string) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ตรวจหนังสือมอบอำนาจได้")
	}
	m, err := lockMandate(ctx, tx, id)
	if err != nil {
		return err
	}
	state, kind, now := MandateAccepted, agencies.MandateAccepted, m.State(d.now())
	if refused != "" {
		state, kind = MandateRefused, agencies.MandateRefused
	}
	switch {
	case now == state:
		return nil
	case now != MandateWaiting:
		return fault.New(fault.Conflict, "หนังสือมอบอำนาจนี้ตรวจแล้วหรือสิ้นสุดแล้ว กรุณาโหลดหน้าใหม่เพื่อดูสถานะล่าสุด")
	}
	if refused == "" {
		if err := canBeRead(ctx, tx, m); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE mandates SET accepted = $2, decided_at = $3, decided_by = $4, refused_why = $5 WHERE id = $1`, id, refused == "", d.now(), officer, refused)
	if err != nil {
		return fmt.Errorf("decide mandate %d: %w", id, err)
	}
	return d.mandateIs(ctx, tx, by, m, kind, state)
}

// canBeRead refuses a mandate whose signed paper nobody can have looked at.
func canBeRead(ctx context.Context, tx pgx.Tx, m Mandate) error {
	if m.AttachmentID == nil {
		return fault.New(fault.Conflict, "ไม่มีไฟล์หนังสือมอบอำนาจให้ตรวจแล้ว จึงรับไม่ได้ กรุณาไม่รับพร้อมเหตุผล ให้ผู้รับมอบอำนาจยื่นใหม่")
	}
	paper, err := files.Find(ctx, tx, files.AttachmentID(*m.AttachmentID))
	if err != nil {
		return err
	}
	return paper.Unopenable()
}

// EndMandate ends a mandate before its last day: by its attorney, by its principal, whom ThaID must have proved to be it, or
// by an officer, who says why. What was filed under it stays. Again it changes nothing.
func (d *Desk) EndMandate(ctx context.Context, tx pgx.Tx, by Actor, id MandateID, why string) error {
	m, err := lockMandate(ctx, tx, id)
	if err != nil {
		return err
	}
	ender, err := d.mayEnd(ctx, tx, by, m)
	if err != nil {
		return err
	}
	why = oneLine(why)
	switch state := m.State(d.now()); {
	case state == MandateEnded:
		return nil
	case state == MandateRefused || state == MandateExpired:
		return fault.New(fault.Conflict, "หนังสือมอบอำนาจนี้ใช้ไม่ได้อยู่แล้ว จึงไม่ต้องให้สิ้นสุดอีก")
	case len([]rune(why)) > longestEnding || ender == EndedByOfficer && len([]rune(why)) < shortestReason:
		return fault.Newf(fault.Invalid, "กรุณาระบุเหตุที่ให้สิ้นสุด ไม่เกิน {n} ตัวอักษร ผู้รับมอบอำนาจจะเห็นเหตุนี้", "n", longestEnding)
	}
	if _, err := tx.Exec(ctx, `UPDATE mandates SET ended_at = $2, ended_by = $3, ended_why = $4 WHERE id = $1`, id, d.now(), ender, why); err != nil {
		return fmt.Errorf("end mandate %d: %w", id, err)
	}
	return d.mandateIs(ctx, tx, by, m, agencies.MandateEnded, MandateEnded)
}

// mayEnd says as what somebody ends a mandate; a fault NotFound when it is not theirs.
func (d *Desk) mayEnd(ctx context.Context, tx pgx.Tx, by Actor, m Mandate) (MandateEnder, error) {
	if _, ok := by.officer(); ok {
		return EndedByOfficer, nil
	}
	if by.Kind != "citizen" {
		return "", errNoMandate()
	}
	if by.ID == m.CitizenID {
		return EndedByAttorney, nil
	}
	proved, err := citizens.BlindsOf(ctx, tx, citizens.CitizenID(by.ID), d.now())
	if err != nil {
		return "", err
	}
	if len(m.PrincipalHash) > 0 && contains(proved, m.PrincipalHash) {
		return EndedByPrincipal, nil
	}
	return "", errNoMandate()
}

func lockMandate(ctx context.Context, tx pgx.Tx, id MandateID) (Mandate, error) {
	return findMandate(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE id = $1 FOR UPDATE`, id)
}

// ReadMandate writes down that an officer opened the signed paper (PDP-8).
func (d *Desk) ReadMandate(ctx context.Context, tx pgx.Tx, by Actor, id MandateID) error {
	m, err := FindMandate(ctx, tx, id)
	if err != nil {
		return err
	}
	return agencies.NoteChangeBy(ctx, tx, m.AgencyID, by.String(), d.now(), agencies.MandateRead, agencies.ChangeDetail{Mandate: int64(id)})
}

// mandateIs writes what became of a mandate into its agency's history, and has both people told.
func (d *Desk) mandateIs(ctx context.Context, tx pgx.Tx, by Actor, m Mandate, kind agencies.ChangeKind, state MandateState) error {
	if err := agencies.NoteChangeBy(ctx, tx, m.AgencyID, by.String(), d.now(), kind, agencies.ChangeDetail{Mandate: int64(m.ID)}); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, MandateArgs{MandateID: m.ID, State: state}, nil); err != nil {
		return fmt.Errorf("enqueue what became of mandate %d: %w", m.ID, err)
	}
	return nil
}
