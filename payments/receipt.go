package payments

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Way is how money came.
type Way string

// The ways.
const (
	ByPromptPay Way = "promptpay"
	ByCash      Way = "cash"
	ByTransfer  Way = "transfer"
)

// Ways lists every way.
func Ways() []Way { return []Way{ByPromptPay, ByCash, ByTransfer} }

// Thai is the way as it stands on a receipt.
func (w Way) Thai() string {
	switch w {
	case ByPromptPay:
		return "โอนเงินผ่านพร้อมเพย์"
	case ByCash:
		return "เงินสด"
	case ByTransfer:
		return "โอนเงินเข้าบัญชี"
	default:
		return string(w)
	}
}

// Receipt is one line of the register of receipts (ใบเสร็จรับเงิน).
type Receipt struct {
	ID           ReceiptID           `db:"id"`
	AgencyID     agencies.AgencyID   `db:"agency_id"`
	ChargeID     ChargeID            `db:"charge_id"`
	YearBE       int                 `db:"year_be"` // fiscal year
	Seq          int                 `db:"seq"`
	Satang       int64               `db:"satang"`
	Payer        string              `db:"payer"`
	Way          Way                 `db:"way"`
	Reference    string              `db:"reference"`
	PaidAt       time.Time           `db:"paid_at"`
	OfficerID    agencies.OfficerID  `db:"officer_id"`
	OfficerName  string              `db:"officer_name"`
	IssuedAt     time.Time           `db:"issued_at"`
	AttachmentID *files.AttachmentID `db:"attachment_id"` // nil: not drawn yet
	CancelledAt  *time.Time          `db:"cancelled_at"`
	CancelledWhy string              `db:"cancelled_why"`
}

const receiptColumns = `id, agency_id, charge_id, year_be, seq, satang, payer, way, reference, paid_at, officer_id, officer_name, issued_at,
	attachment_id, cancelled_at, cancelled_why`

// Book is the book it stands in: receipts are numbered by fiscal year.
func (r Receipt) Book() string { return fmt.Sprintf("%d", r.YearBE) }

// No is its number in the book.
func (r Receipt) No() string { return fmt.Sprintf("%06d", r.Seq) }

// Number is book and number, as people say it.
func (r Receipt) Number() string { return r.Book() + "/" + r.No() }

// ReceiptArgs is the fact that a receipt was issued and needs its document.
type ReceiptArgs struct {
	ReceiptID ReceiptID `json:"receipt_id"`
}

// Kind names the job.
func (ReceiptArgs) Kind() string { return "fee_receipt" }

// Taking is what an officer, or the system of a bank, saw of a payment.
type Taking struct {
	ChargeID    ChargeID
	OfficerID   agencies.OfficerID
	OfficerName string // stands on the receipt
	Way         Way
	Satang      int64
	PaidAt      time.Time // zero: now
	Reference   string    // of the payment at the bank
}

// Take records that a charge was paid and issues its receipt, with the next number of the book. Taking again returns the
// receipt there is. An amount that is not the one due is refused: money is neither taken in part nor paid back here.
func (t *Till) Take(ctx context.Context, tx pgx.Tx, k Taking) (Receipt, error) {
	c, err := lock(ctx, tx, k.ChargeID)
	if err != nil {
		return Receipt{}, err
	}
	if c.State == Paid {
		return findReceipt(ctx, tx, `SELECT `+receiptColumns+` FROM fee_receipts WHERE charge_id = $1 AND cancelled_at IS NULL`, c.ID)
	}
	if !c.State.Owing() {
		return Receipt{}, notOwing(c)
	}
	if err := t.checkTaking(c, &k); err != nil {
		return Receipt{}, err
	}
	now := t.now()
	year := thai.FiscalYear(now)
	n, err := agencies.NextNumber(ctx, tx, c.AgencyID, "fee receipt", year)
	if err != nil {
		return Receipt{}, err
	}
	r, err := findReceipt(ctx, tx, `INSERT INTO fee_receipts (agency_id, charge_id, year_be, seq, satang, payer, way, reference, paid_at, officer_id, officer_name, issued_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING `+receiptColumns,
		c.AgencyID, c.ID, year, n, c.Satang, c.Payer, k.Way, k.Reference, k.PaidAt, k.OfficerID, k.OfficerName, now)
	if err != nil {
		return Receipt{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE slips SET state = $2, officer_id = $3, looked_at = $4 WHERE charge_id = $1 AND state = 'waiting'`, c.ID, slipTaken, k.OfficerID, now); err != nil {
		return Receipt{}, fmt.Errorf("slips of charge %d: %w", c.ID, err)
	}
	if err := t.move(ctx, tx, &c, Paid, "", ""); err != nil {
		return Receipt{}, err
	}
	if err := t.happened(ctx, tx, c, byOfficer(k.OfficerID), EventPaid, Detail{Satang: c.Satang, Receipt: r.Number(), Way: k.Way}); err != nil {
		return Receipt{}, err
	}
	if err := t.settled(ctx, tx, c); err != nil {
		return Receipt{}, err
	}
	if _, err := t.jobs.InsertTx(ctx, tx, ReceiptArgs{ReceiptID: r.ID}, nil); err != nil {
		return Receipt{}, fmt.Errorf("enqueue the document of receipt %d: %w", r.ID, err)
	}
	return r, nil
}

// checkTaking trims what was seen of a payment and refuses what cannot be.
func (t *Till) checkTaking(c Charge, k *Taking) error {
	k.Reference, k.OfficerName = strings.TrimSpace(k.Reference), strings.TrimSpace(k.OfficerName)
	if k.PaidAt.IsZero() {
		k.PaidAt = t.now()
	}
	made := c.MadeAt.In(thai.Bangkok())
	switch {
	case k.Way != ByPromptPay && k.Way != ByCash && k.Way != ByTransfer:
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกวิธีชำระเงิน กรุณาเลือกพร้อมเพย์ เงินสด หรือโอนเข้าบัญชี")
	case k.Satang != c.Satang:
		return fault.Newf(fault.Invalid, "จำนวนเงินไม่ตรง ต้องชำระ {due} แต่ระบุ {said} หากเงินที่ได้รับไม่ครบหรือเกิน ให้แจ้งประชาชนและคืนตามระเบียบของหน่วยงานก่อน",
			"due", thai.Baht(c.Satang), "said", thai.Baht(k.Satang))
	case k.PaidAt.After(t.now().Add(time.Minute)):
		return fault.New(fault.Invalid, "วันที่ชำระเป็นวันในอนาคต กรุณาแก้ให้ตรงกับสลิปหรือบัญชีธนาคาร")
	case k.PaidAt.Before(time.Date(made.Year(), made.Month(), made.Day(), 0, 0, 0, 0, thai.Bangkok())):
		return fault.Newf(fault.Invalid, "วันที่ชำระอยู่ก่อนวันที่แจ้งให้ชำระ ({day}) กรุณาตรวจว่าเงินนี้เป็นของรายการนี้", "day", thai.Date(made))
	case k.OfficerName == "":
		return fault.New(fault.Invalid, "ใบเสร็จต้องมีชื่อผู้รับเงิน กรุณาให้หัวหน้างานใส่ชื่อในบัญชีของท่านก่อน")
	case len([]rune(k.Reference)) > 60:
		return fault.New(fault.Invalid, "เลขอ้างอิงยาวเกินไป กรุณาพิมพ์ไม่เกิน 60 ตัวอักษร")
	}
	return nil
}

// FindReceipt returns a receipt, or fault.NotFound when it is not in the transaction's scope.
func FindReceipt(ctx context.Context, tx pgx.Tx, id ReceiptID) (Receipt, error) {
	return findReceipt(ctx, tx, `SELECT `+receiptColumns+` FROM fee_receipts WHERE id = $1`, id)
}

func findReceipt(ctx context.Context, tx pgx.Tx, query string, args ...any) (Receipt, error) {
	return one[Receipt](ctx, tx, fault.New(fault.NotFound, "ไม่พบใบเสร็จนี้ กรุณาเปิดจากทะเบียนใบเสร็จหรือหน้าของเรื่อง"), query, args...)
}

// ReceiptsOf returns the receipts of a charge, the newest first: at most one of them is not cancelled.
func ReceiptsOf(ctx context.Context, tx pgx.Tx, id ChargeID) ([]Receipt, error) {
	rows, err := tx.Query(ctx, `SELECT `+receiptColumns+` FROM fee_receipts WHERE charge_id = $1 ORDER BY id DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("list receipts of charge %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Receipt])
}

// Drawn records the document of a receipt. Only the first counts.
func Drawn(ctx context.Context, tx pgx.Tx, id ReceiptID, file files.AttachmentID) error {
	if _, err := tx.Exec(ctx, `UPDATE fee_receipts SET attachment_id = $2 WHERE id = $1 AND attachment_id IS NULL`, id, file); err != nil {
		return fmt.Errorf("document of receipt %d: %w", id, err)
	}
	return nil
}

// CancelReceipt cancels a receipt that is wrong: it stays in the register with the reason, its number is not used again,
// and the charge is due again, without a last day, until another receipt is issued.
func (t *Till) CancelReceipt(ctx context.Context, tx pgx.Tx, officer agencies.OfficerID, id ReceiptID, reason string) error {
	r, err := FindReceipt(ctx, tx, id)
	if err != nil {
		return err
	}
	c, err := lock(ctx, tx, r.ChargeID)
	if err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" || len([]rune(reason)) > longest {
		return fault.Newf(fault.Invalid, "กรุณาระบุเหตุผลที่ยกเลิกใบเสร็จ ไม่เกิน {max} ตัวอักษร", "max", longest)
	}
	tag, err := tx.Exec(ctx, `UPDATE fee_receipts SET cancelled_at = $2, cancelled_by = $3, cancelled_why = $4 WHERE id = $1 AND cancelled_at IS NULL`,
		id, t.now(), officer, reason)
	if err != nil {
		return fmt.Errorf("cancel receipt %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if err := t.move(ctx, tx, &c, Due, "", ""); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE charges SET due_on = NULL WHERE id = $1`, c.ID); err != nil {
		return fmt.Errorf("cancel receipt %d: %w", id, err)
	}
	return t.happened(ctx, tx, c, byOfficer(officer), EventReceiptCancelled, Detail{Receipt: r.Number(), Satang: r.Satang})
}

// Entry is a receipt as the register shows it, with what it was for.
type Entry struct {
	Receipt
	TicketID int64  `db:"ticket_id"`
	About    string `db:"about"`
}

// Register returns the receipts that an agency issued from one moment to before another, in the order of their numbers
// (SEED-4).
func Register(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, from, until time.Time) ([]Entry, error) {
	rows, err := tx.Query(ctx, `SELECT r.id, r.agency_id, r.charge_id, r.year_be, r.seq, r.satang, r.payer, r.way, r.reference, r.paid_at, r.officer_id,
			r.officer_name, r.issued_at, r.attachment_id, r.cancelled_at, r.cancelled_why, c.ticket_id, c.about
		FROM fee_receipts r JOIN charges c ON c.id = r.charge_id
		WHERE r.agency_id = $1 AND r.issued_at >= $2 AND r.issued_at < $3 ORDER BY r.year_be, r.seq`, agency, from, until)
	if err != nil {
		return nil, fmt.Errorf("register of receipts: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
	if err != nil {
		return nil, fmt.Errorf("register of receipts: %w", err)
	}
	return all, nil
}

// Totals are what receipts add up to.
type Totals struct {
	Satang    int64 // of those that hold
	Count     int
	Cancelled int
	ByWay     map[Way]int64
}

// Sum adds receipts up; a cancelled one counts for nothing.
func Sum(entries []Entry) Totals {
	t := Totals{ByWay: map[Way]int64{}}
	for _, e := range entries {
		if e.CancelledAt != nil {
			t.Cancelled++
			continue
		}
		t.Count++
		t.Satang += e.Satang
		t.ByWay[e.Way] += e.Satang
	}
	return t
}

// Owed returns the charges of an agency for which money may still come, the oldest first.
func Owed(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, limit int) ([]Charge, error) {
	rows, err := tx.Query(ctx, `SELECT `+chargeColumns+` FROM charges WHERE agency_id = $1 AND state IN ('due', 'claimed')
		ORDER BY (state = 'claimed') DESC, due_on NULLS LAST, id LIMIT $2`, agency, limit)
	if err != nil {
		return nil, fmt.Errorf("what is owed: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Charge])
}
