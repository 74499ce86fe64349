// Package payments keeps the money that people owe agencies for their cases: what is due and until when, the slips that
// were sent as proof, whether it was paid, and the register of receipts. It moves no money: an officer sees in the bank's
// books that it came, and says so. Money is not paid back here; that is for the agency's own rules on refunds.
package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/promptpay"
	"saphan/internal/thai"
)

// ChargeID identifies a charge.
type ChargeID int64

// SlipID identifies a slip.
type SlipID int64

// ReceiptID identifies a receipt.
type ReceiptID int64

// Actor is whoever changed a charge, as the history names it: "officer 3", "citizen 9", "system".
type Actor string

// System is the actor of what the program does by itself.
const System Actor = "system"

// byOfficer is the actor for an officer.
func byOfficer(id agencies.OfficerID) Actor { return Actor(fmt.Sprintf("officer %d", id)) }

// State is where a charge stands.
type State string

// The states. A charge that is claimed waits for an officer to look at the slip.
const (
	Due       State = "due"
	Claimed   State = "claimed"
	Paid      State = "paid"
	Waived    State = "waived"
	Cancelled State = "cancelled"
	Lapsed    State = "lapsed" // the time to pay is over
)

// Owing says whether money may still come.
func (s State) Owing() bool { return s == Due || s == Claimed }

// Thai is the state as officers and citizens read it.
func (s State) Thai() string {
	switch s {
	case Due:
		return "รอชำระ"
	case Claimed:
		return "ส่งสลิปแล้ว รอตรวจ"
	case Paid:
		return "ชำระแล้ว"
	case Waived:
		return "ยกเว้น"
	case Cancelled:
		return "ยกเลิก"
	case Lapsed:
		return "พ้นกำหนดชำระ"
	default:
		return string(s)
	}
}

// Line is one line of what is due.
type Line struct {
	Label  string `json:"label"`
	Satang int64  `json:"satang"`        // to pay
	Whole  int64  `json:"whole"`         // before a waiver
	Law    string `json:"law,omitempty"` // of the waiver
}

// FromBill turns a bill into lines, in Thai, as official papers have them.
func FromBill(b forms.Bill) []Line {
	lines := make([]Line, 0, len(b.Lines))
	for _, l := range b.Lines {
		line := Line{Label: l.Label.TH, Satang: l.Satang, Whole: l.Whole}
		if l.Waived != nil {
			line.Law = l.Waived.Law.TH
		}
		lines = append(lines, line)
	}
	return lines
}

// Charge is money that a person owes an agency for a case (เงินที่ต้องชำระ).
type Charge struct {
	ID            ChargeID          `db:"id"`
	AgencyID      agencies.AgencyID `db:"agency_id"`
	TicketID      int64             `db:"ticket_id"`
	Cause         string            `db:"cause"`
	Number        string            `db:"number"`
	State         State             `db:"state"`
	About         string            `db:"about"` // what for
	Payer         string            `db:"payer"`
	Lines         []Line            `db:"lines"`
	Satang        int64             `db:"satang"`
	DueOn         *time.Time        `db:"due_on"` // the last day; nil: no law sets one
	Law           string            `db:"law"`    // that sets it
	AccountKind   promptpay.Kind    `db:"account_kind"`
	AccountNumber string            `db:"account_number"`
	AccountName   string            `db:"account_name"`
	Counter       string            `db:"counter"` // where and when money is taken by hand
	Token         string            `db:"token"`   // of its public page
	Slips         int               `db:"slips"`   // how many were sent
	Why           string            `db:"why"`
	WhyLaw        string            `db:"why_law"`
	MadeAt        time.Time         `db:"made_at"`
	RemindedAt    *time.Time        `db:"reminded_at"`
	SettledAt     *time.Time        `db:"settled_at"`
}

const chargeColumns = `id, agency_id, ticket_id, cause, number, state, about, payer, lines, satang, due_on, law, account_kind, account_number,
	account_name, counter, token, slips, why, why_law, made_at, reminded_at, settled_at`

// slipsMost is how many slips one charge takes. Whoever sends more has a matter for the counter; the pictures stand in
// the talk all the same.
const slipsMost = 20

// TakesSlips says whether a picture can be the slip of the charge.
func (c Charge) TakesSlips() bool { return c.State.Owing() && c.Slips < slipsMost }

// Over is the moment from which the time to pay is over: the last day is whole (LOC-5). Zero: never.
func (c Charge) Over() time.Time {
	if c.DueOn == nil {
		return time.Time{}
	}
	return time.Date(c.DueOn.Year(), c.DueOn.Month(), c.DueOn.Day()+1, 0, 0, 0, 0, thai.Bangkok())
}

// LastDay is noon of the last day to pay, for showing it. Zero: no law sets one.
func (c Charge) LastDay() time.Time {
	if c.DueOn == nil {
		return time.Time{}
	}
	return time.Date(c.DueOn.Year(), c.DueOn.Month(), c.DueOn.Day(), 12, 0, 0, 0, thai.Bangkok())
}

// Payment is what a PromptPay code for the charge asks for; ok is false when the agency has no account. Only a bill
// payment carries references: the charge's number, and that of the case it is for.
func (c Charge) Payment(ticketNumber string) (p promptpay.Payment, ok bool) {
	p = promptpay.Payment{To: promptpay.Account{Kind: c.AccountKind, Number: c.AccountNumber}, Satang: c.Satang, Once: true}
	if c.AccountKind == promptpay.Biller {
		p.Ref1, p.Ref2 = promptpay.Reference(c.Number), promptpay.Reference(ticketNumber)
	}
	return p, c.AccountKind != ""
}

// Till is where money is taken. It holds no state of its own.
type Till struct {
	jobs agencies.Jobs
	now  func() time.Time
}

// NewTill returns a Till that enqueues through jobs and tells the time by now.
func NewTill(jobs agencies.Jobs, now func() time.Time) *Till { return &Till{jobs: jobs, now: now} }

// Find returns the charge, or fault.NotFound when it is not in the transaction's scope.
func Find(ctx context.Context, tx pgx.Tx, id ChargeID) (Charge, error) {
	return find(ctx, tx, `SELECT `+chargeColumns+` FROM charges WHERE id = $1`, id)
}

// FindByToken returns the charge that a public page is about, or fault.NotFound.
func FindByToken(ctx context.Context, tx pgx.Tx, token string) (Charge, error) {
	return find(ctx, tx, `SELECT `+chargeColumns+` FROM charges WHERE token = $1`, token)
}

// lock returns the charge and keeps it for this transaction: whoever changes it next waits.
func lock(ctx context.Context, tx pgx.Tx, id ChargeID) (Charge, error) {
	return find(ctx, tx, `SELECT `+chargeColumns+` FROM charges WHERE id = $1 FOR UPDATE`, id)
}

func find(ctx context.Context, tx pgx.Tx, query string, args ...any) (Charge, error) {
	return one[Charge](ctx, tx, fault.New(fault.NotFound, "ไม่พบรายการที่ต้องชำระนี้ กรุณาเปิดจากหน้าของเรื่องอีกครั้ง"), query, args...)
}

// one reads the only row of a query; missing is said when there is none.
func one[T any](ctx context.Context, tx pgx.Tx, missing *fault.Error, query string, args ...any) (found T, err error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return found, fmt.Errorf("find %T: %w", found, err)
	}
	found, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	if errors.Is(err, pgx.ErrNoRows) {
		return found, missing
	}
	if err != nil {
		return found, fmt.Errorf("find %T: %w", found, err)
	}
	return found, nil
}

// Of returns the charges of a ticket, the newest first.
func Of(ctx context.Context, tx pgx.Tx, ticket int64) ([]Charge, error) {
	rows, err := tx.Query(ctx, `SELECT `+chargeColumns+` FROM charges WHERE ticket_id = $1 ORDER BY id DESC`, ticket)
	if err != nil {
		return nil, fmt.Errorf("list charges of ticket %d: %w", ticket, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Charge])
	if err != nil {
		return nil, fmt.Errorf("list charges of ticket %d: %w", ticket, err)
	}
	return all, nil
}

// Standing returns the charge of a ticket that counts: the newest that was not cancelled.
func Standing(ctx context.Context, tx pgx.Tx, ticket int64) (c Charge, ok bool, err error) {
	all, err := Of(ctx, tx, ticket)
	if err != nil {
		return Charge{}, false, err
	}
	for _, c := range all {
		if c.State != Cancelled {
			return c, true, nil
		}
	}
	return Charge{}, false, nil
}

// Slip is what a person sent as proof of having paid.
type Slip struct {
	ID           SlipID              `db:"id"`
	ChargeID     ChargeID            `db:"charge_id"`
	AttachmentID files.AttachmentID  `db:"attachment_id"`
	Seq          int                 `db:"seq"`
	State        string              `db:"state"`  // waiting, taken or refused
	Reason       string              `db:"reason"` // of a refusal
	At           time.Time           `db:"at"`
	OfficerID    *agencies.OfficerID `db:"officer_id"`
	LookedAt     *time.Time          `db:"looked_at"`
}

const slipColumns = `id, charge_id, attachment_id, seq, state, reason, at, officer_id, looked_at`

// The states of a slip.
const (
	slipWaiting = "waiting"
	slipTaken   = "taken"
	slipRefused = "refused"
)

// Waiting says whether an officer has still to look at it.
func (s Slip) Waiting() bool { return s.State == slipWaiting }

// SlipsOf returns the slips of a charge, the newest first.
func SlipsOf(ctx context.Context, tx pgx.Tx, id ChargeID) ([]Slip, error) {
	rows, err := tx.Query(ctx, `SELECT `+slipColumns+` FROM slips WHERE charge_id = $1 ORDER BY seq DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("list slips of charge %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Slip])
}

// FindSlip returns a slip, or fault.NotFound.
func FindSlip(ctx context.Context, tx pgx.Tx, id SlipID) (Slip, error) {
	return findSlip(ctx, tx, `SELECT `+slipColumns+` FROM slips WHERE id = $1`, id)
}

func findSlip(ctx context.Context, tx pgx.Tx, query string, args ...any) (Slip, error) {
	return one[Slip](ctx, tx, fault.New(fault.NotFound, "ไม่พบสลิปนี้ อาจถูกลบไปแล้ว กรุณาเปิดหน้าค่าธรรมเนียมของเรื่องใหม่"), query, args...)
}
