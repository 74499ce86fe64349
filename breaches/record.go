package breaches

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Register is where breaches are written down and dealt with (ทะเบียนเหตุละเมิดข้อมูลส่วนบุคคล).
type Register struct {
	jobs agencies.Jobs
	now  func() time.Time
}

// NewRegister returns a register whose jobs go to jobs.
func NewRegister(jobs agencies.Jobs, now func() time.Time) *Register {
	return &Register{jobs: jobs, now: now}
}

// series is that of the numbers of the register.
const series = "breach"

// Open writes a breach down under the next number of the year. Any officer of the agency may: whoever noticed it. From its
// detection the 72 hours run, also when that is long ago; then it is said at once.
func (r *Register) Open(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, by agencies.OfficerID, rec Record) (Breach, error) {
	if err := may(ctx, tx, agency, by, agencies.ReadTickets); err != nil {
		return Breach{}, err
	}
	rec, err := rec.checked(r.now())
	if err != nil {
		return Breach{}, err
	}
	b := Breach{AgencyID: agency, YearBE: thai.BuddhistYear(r.now())}
	if b.N, err = agencies.NextNumber(ctx, tx, agency, series, b.YearBE); err != nil {
		return Breach{}, err
	}
	err = tx.QueryRow(ctx, `INSERT INTO breaches (agency_id, year_be, n, state, detected_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		b.AgencyID, b.YearBE, b.N, Open, rec.DetectedAt).Scan(&b.ID)
	if err != nil {
		return Breach{}, fmt.Errorf("write breach %s down: %w", b.No(), err)
	}
	if b, err = r.happened(ctx, tx, b, byOfficer(by), EventRecorded, Detail{Record: &rec}); err != nil {
		return Breach{}, err
	}
	return r.remind(ctx, tx, b)
}

// Correct puts another record in the place of the one that counts; both stay in the history.
func (r *Register) Correct(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID, rec Record, why string) (Breach, error) {
	b, err := r.keep(ctx, tx, by, id)
	if err != nil {
		return b, err
	}
	if rec, err = rec.checked(r.now()); err != nil {
		return b, err
	}
	if rec.same(b.Record) {
		return b, fault.New(fault.Invalid, "ยังไม่มีสิ่งที่แก้ กรุณาแก้รายการที่ต้องการก่อนบันทึก")
	}
	if why, err = words("เหตุที่แก้", why); err != nil {
		return b, err
	}
	if b, err = r.happened(ctx, tx, b, byOfficer(by), EventCorrected, Detail{Record: &rec, Why: why}); err != nil {
		return b, err
	}
	return r.remind(ctx, tx, b)
}

// Judge keeps how an officer who keeps the register judges the risk, and why. No risk ends the clock: the reasons say why
// nobody is told; another judgement lets it run on.
func (r *Register) Judge(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID, j Judgement) (Breach, error) {
	b, err := r.keep(ctx, tx, by, id)
	if err != nil {
		return b, err
	}
	if j.Risk != NoRisk && j.Risk != SomeRisk && j.Risk != HighRisk {
		return b, fault.New(fault.Invalid, "ยังไม่ได้เลือกระดับความเสี่ยง กรุณาเลือกหนึ่งข้อ")
	}
	if j.Reasons, err = words("เหตุผลของการประเมิน", j.Reasons); err != nil {
		return b, err
	}
	return r.happened(ctx, tx, b, byOfficer(by), EventJudged, Detail{Judgement: &j})
}

// Close ends a breach that was dealt with as its risk asks.
func (r *Register) Close(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID, why string) (Breach, error) {
	b, err := r.keep(ctx, tx, by, id)
	if err != nil {
		return b, err
	}
	switch {
	case b.State() == Open:
		return b, fault.New(fault.Conflict, "ยังปิดไม่ได้ ต้องแจ้ง สคส. หรือประเมินพร้อมเหตุผลว่าไม่มีความเสี่ยงก่อน")
	case b.State() == Reported && b.Risk() == HighRisk:
		return b, fault.New(fault.Conflict, "ยังปิดไม่ได้ ความเสี่ยงสูงต้องแจ้งเจ้าของข้อมูลให้ครบก่อน ผู้ที่ไม่มีแชตให้แจ้งทางอื่นแล้วบันทึก")
	}
	if why, err = words("สรุปผลและการป้องกันไม่ให้เกิดซ้ำ", why); err != nil {
		return b, err
	}
	return r.happened(ctx, tx, b, byOfficer(by), EventClosed, Detail{Why: why})
}

// keep locks a breach for an officer who keeps the register.
func (r *Register) keep(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID) (Breach, error) {
	b, err := lock(ctx, tx, id)
	if err != nil {
		return b, err
	}
	if err := may(ctx, tx, b.AgencyID, by, agencies.KeepBreaches); err != nil {
		return b, err
	}
	if b.ClosedAt != nil {
		return b, fault.Newf(fault.Conflict, "เหตุ {number} ปิดแล้วจึงแก้ต่อไม่ได้ หากพบข้อเท็จจริงใหม่ให้แจ้งเป็นเหตุใหม่และอ้างเลขนี้", "number", b.No())
	}
	return b, nil
}

// may refuses whoever is no officer of the agency with the permission.
func may(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, by agencies.OfficerID, p agencies.Permission) error {
	o, err := agencies.FindOfficer(ctx, tx, by)
	if err != nil {
		return err
	}
	if o.AgencyID != agency || !o.Role.Can(p) {
		return fault.New(fault.Forbidden, "เฉพาะหัวหน้างานและเจ้าหน้าที่คุ้มครองข้อมูล (DPO) ของหน่วยงานเท่านั้นที่ดูแลทะเบียนนี้ได้")
	}
	return nil
}

// happened adds a line to the history of a breach that this transaction has locked or just made, and lets its row follow.
func (r *Register) happened(ctx context.Context, tx pgx.Tx, b Breach, by Actor, kind EventKind, d Detail) (Breach, error) {
	e, err := histories().Append(ctx, tx, int64(b.AgencyID), Event{Subject: b.ID, At: r.now(), Actor: by, Kind: kind}, d)
	if err != nil {
		return b, err
	}
	if b, err = b.after(e); err != nil {
		return b, err
	}
	var next *time.Time
	if at, ok := b.nextReminder(); ok {
		next = &at
	}
	_, err = tx.Exec(ctx, `UPDATE breaches SET state = $2, detected_at = $3, next_duty_at = $4 WHERE id = $1`, b.ID, b.State(), b.DetectedAt, next)
	if err != nil {
		return b, fmt.Errorf("breach %d: %w", b.ID, err)
	}
	return b, nil
}

// Bounds of what is typed.
const (
	mostLetters = 4000
	mostPersons = 100_000_000
)

// words tidies a text that must be there.
func words(name, text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", fault.Newf(fault.Invalid, "ยังไม่ได้กรอก{name}", "name", name)
	}
	return bounded(name, text)
}

func bounded(name, text string) (string, error) {
	text = strings.TrimSpace(text)
	if len([]rune(text)) > mostLetters {
		return "", fault.Newf(fault.Invalid, "{name}ยาวเกิน {most} ตัวอักษร กรุณาย่อ แล้วเก็บรายละเอียดไว้ในเอกสารของหน่วยงาน", "name", name, "most", mostLetters)
	}
	return text, nil
}

// checked is the record tidied, or what is wrong with it. What happened and since when it is known is enough to begin with.
func (rec Record) checked(now time.Time) (Record, error) {
	var err error
	if rec.What, err = words("สิ่งที่เกิดขึ้น", rec.What); err != nil {
		return rec, err
	}
	for _, part := range []struct {
		name string
		text *string
	}{
		{"ผู้พบเหตุ", &rec.ReportedBy}, {"ข้อมูลที่เกี่ยวข้อง", &rec.Data}, {"ผลที่อาจเกิดขึ้น", &rec.Consequences}, {"มาตรการ", &rec.Measures}, {"ผู้ประสานงาน", &rec.Contact}, {"เหตุที่แจ้งเกิน 72 ชั่วโมง", &rec.LateWhy},
	} {
		if *part.text, err = bounded(part.name, *part.text); err != nil {
			return rec, err
		}
	}
	rec.DetectedAt = rec.DetectedAt.UTC().Truncate(time.Microsecond)
	switch {
	case rec.DetectedAt.IsZero():
		return rec, fault.New(fault.Invalid, "ยังไม่ได้ระบุวันเวลาที่ทราบเหตุ กำหนด 72 ชั่วโมงนับจากเวลานั้น")
	case rec.DetectedAt.After(now):
		return rec, fault.New(fault.Invalid, "วันเวลาที่ทราบเหตุยังมาไม่ถึง กรุณาตรวจวันที่และปี พ.ศ.")
	case rec.HappenedFrom != nil && rec.HappenedFrom.After(rec.DetectedAt):
		return rec, fault.New(fault.Invalid, "เหตุต้องเริ่มก่อนหรือพร้อมเวลาที่ทราบ กรุณาตรวจวันเวลา หรือเว้นว่างถ้าไม่ทราบ")
	case rec.HappenedUntil != nil && (rec.HappenedFrom == nil || rec.HappenedUntil.Before(*rec.HappenedFrom)):
		return rec, fault.New(fault.Invalid, "เวลาสิ้นสุดต้องไม่ก่อนเวลาเริ่ม และต้องระบุเวลาเริ่มด้วย")
	case rec.Persons < 0 || rec.Persons > mostPersons:
		return rec, fault.New(fault.Invalid, "จำนวนคนไม่ถูกต้อง กรุณากรอกเป็นตัวเลข หรือเว้นว่างถ้าไม่ทราบ")
	}
	return rec, nil
}

// same says whether two records say the same.
func (rec Record) same(o Record) bool {
	equal := func(a, b *time.Time) bool { return a == nil && b == nil || a != nil && b != nil && a.Equal(*b) }
	if !rec.DetectedAt.Equal(o.DetectedAt) || !equal(rec.HappenedFrom, o.HappenedFrom) || !equal(rec.HappenedUntil, o.HappenedUntil) {
		return false
	}
	rec.DetectedAt, rec.HappenedFrom, rec.HappenedUntil = o.DetectedAt, o.HappenedFrom, o.HappenedUntil
	return rec == o
}
