package payments

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// ByDecision is the cause of the charge that an approval brings.
const ByDecision = "decision"

// Demand is what Open needs to make a charge.
type Demand struct {
	AgencyID agencies.AgencyID
	TicketID int64
	Cause    string // the same cause again is the same charge
	About    string
	Payer    string
	Lines    []Line
	DueOn    time.Time // any time of the last day; zero: no law sets one
	Law      string    // that sets it
	By       Actor
}

// mostSatang is more than any fee, and still fits the code of a payment.
const mostSatang = 999_999_999_99

// total is what the lines add up to.
func (d Demand) total() (int64, error) {
	var sum int64
	for _, l := range d.Lines {
		if l.Satang < 0 || l.Whole < l.Satang || strings.TrimSpace(l.Label) == "" {
			return 0, fault.New(fault.Invalid, "รายการค่าธรรมเนียมต้องมีชื่อรายการ และจำนวนเงินต้องไม่ติดลบ กรุณาตรวจรายการแล้วลองใหม่")
		}
		if sum > mostSatang-l.Satang {
			return 0, fault.New(fault.Invalid, "จำนวนเงินรวมสูงเกิน 999,999,999.99 บาท กรุณาตรวจตัวเลขแล้วลองใหม่")
		}
		sum += l.Satang
	}
	return sum, nil
}

// Open makes a charge, with its number and the agency's account as it is now. Nothing to pay is no charge: then ok is
// false. Asked again for the same cause it returns the charge there is, whatever became of it.
func (t *Till) Open(ctx context.Context, tx pgx.Tx, d Demand) (c Charge, ok bool, err error) {
	satang, err := d.total()
	if err != nil || satang == 0 {
		return Charge{}, false, err
	}
	// Two at the same moment: the second waits here, so that it takes no number.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('charge of ticket ' || $1::bigint, 0))`, d.TicketID); err != nil {
		return Charge{}, false, fmt.Errorf("open a charge: wait for the ticket: %w", err)
	}
	c, err = find(ctx, tx, `SELECT `+chargeColumns+` FROM charges WHERE ticket_id = $1 AND cause = $2`, d.TicketID, d.Cause)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return c, err == nil, err
	}
	c, err = t.insert(ctx, tx, d, satang)
	if err != nil {
		return Charge{}, false, err
	}
	return c, true, t.happened(ctx, tx, c, d.By, EventMade, Detail{Satang: c.Satang, DueOn: dateOf(c.DueOn)})
}

func (t *Till) insert(ctx context.Context, tx pgx.Tx, d Demand, satang int64) (Charge, error) {
	agency, err := agencies.Find(ctx, tx, d.AgencyID)
	if err != nil {
		return Charge{}, err
	}
	account, _, err := FindAccount(ctx, tx, d.AgencyID)
	if err != nil {
		return Charge{}, err
	}
	lines, err := json.Marshal(d.Lines)
	if err != nil {
		return Charge{}, fmt.Errorf("open a charge: %w", err)
	}
	var dueOn *time.Time
	if !d.DueOn.IsZero() {
		day := d.DueOn.In(thai.Bangkok())
		last := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
		dueOn = &last
	}
	now := t.now()
	year := thai.BuddhistYear(now)
	n, err := agencies.NextNumber(ctx, tx, d.AgencyID, "fee", year)
	if err != nil {
		return Charge{}, err
	}
	rows, err := tx.Query(ctx, `INSERT INTO charges (agency_id, ticket_id, cause, number, about, payer, lines, satang, due_on, law,
			account_kind, account_number, account_name, counter, token, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING `+chargeColumns,
		d.AgencyID, d.TicketID, d.Cause, fmt.Sprintf("%s-FEE-%d-%06d", agency.Code, year, n), d.About, d.Payer, string(lines), satang, dueOn, d.Law,
		account.Kind, account.Number, account.Name, account.Counter, rand.Text(), now)
	if err != nil {
		return Charge{}, fmt.Errorf("open a charge for ticket %d: %w", d.TicketID, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Charge])
	if err != nil {
		return Charge{}, fmt.Errorf("open a charge for ticket %d: %w", d.TicketID, err)
	}
	return c, nil
}

// Amend puts another amount in place of one that was wrong: the charge is cancelled with the reason, and another stands
// for it with the same last day. Asked again it returns the one that stands.
func (t *Till) Amend(ctx context.Context, tx pgx.Tx, officer agencies.OfficerID, id ChargeID, satang int64, reason string) (Charge, error) {
	c, err := lock(ctx, tx, id)
	if err != nil {
		return Charge{}, err
	}
	reason = strings.TrimSpace(reason)
	d := Demand{
		AgencyID: c.AgencyID, TicketID: c.TicketID, Cause: fmt.Sprintf("instead of %d", c.ID), About: c.About, Payer: c.Payer,
		Lines: []Line{{Label: c.About, Satang: satang, Whole: satang}}, DueOn: c.LastDay(), Law: c.Law, By: byOfficer(officer),
	}
	switch {
	case c.State == Cancelled:
		next, _, err := t.Open(ctx, tx, d)
		return next, err
	case !c.State.Owing():
		return Charge{}, notOwing(c)
	case reason == "":
		return Charge{}, fault.New(fault.Invalid, "กรุณาระบุเหตุผลที่แก้จำนวนเงิน ประชาชนจะเห็นเหตุผลนี้")
	case satang <= 0:
		return Charge{}, fault.New(fault.Invalid, "จำนวนเงินต้องมากกว่า 0 บาท หากไม่ต้องชำระให้ใช้ “ยกเว้น” พร้อมข้อกฎหมาย")
	}
	if err := t.move(ctx, tx, &c, Cancelled, reason, ""); err != nil {
		return Charge{}, err
	}
	if err := t.happened(ctx, tx, c, byOfficer(officer), EventCancelled, Detail{}); err != nil {
		return Charge{}, err
	}
	next, ok, err := t.Open(ctx, tx, d)
	if err != nil {
		return Charge{}, err
	}
	if !ok {
		return Charge{}, errors.New("amend a charge: nothing to pay")
	}
	return next, t.tell(ctx, tx, next)
}

// ParseBaht reads an amount in baht as officers type it, in satang.
func ParseBaht(typed string) (int64, error) {
	baht, err := thai.ParseNumber(strings.TrimSuffix(strings.TrimSpace(thai.Canonical(typed)), "บาท"))
	satang := math.Round(baht * 100)
	if err != nil || baht < 0 || satang > mostSatang || math.Abs(satang-baht*100) > 1e-6*max(1, satang) {
		return 0, fault.New(fault.Invalid, "กรุณาพิมพ์จำนวนเงินเป็นบาท ทศนิยมไม่เกิน 2 ตำแหน่ง เช่น 1,000 หรือ 250.50")
	}
	return int64(satang), nil
}

// notOwing says why a charge cannot be changed, and what can be done instead.
func notOwing(c Charge) error {
	switch c.State {
	case Lapsed:
		return fault.Newf(fault.Conflict, "รายการ {number} พ้นกำหนดชำระแล้ว หากมีเหตุตามกฎหมายให้ขยายเวลาชำระก่อน", "number", c.Number)
	case Paid:
		return fault.Newf(fault.Conflict, "รายการ {number} ชำระแล้ว จึงแก้ไขต่อไม่ได้ หากใบเสร็จผิดให้ยกเลิกใบเสร็จก่อน", "number", c.Number)
	default:
		return fault.Newf(fault.Conflict, "รายการ {number} {state}แล้ว จึงแก้ไขต่อไม่ได้ กรุณาเปิดหน้าค่าธรรมเนียมของเรื่องใหม่เพื่อดูสถานะล่าสุด",
			"number", c.Number, "state", words.Text{TH: c.State.Thai()})
	}
}

func dateOf(day *time.Time) string {
	if day == nil {
		return ""
	}
	return day.Format(time.DateOnly)
}
