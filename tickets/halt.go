package tickets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
)

// What officers do about that which the system does by itself in a case (SEED-24).
const (
	EventHalted  EventKind = "halted"  // it was stopped, one rule or all
	EventResumed EventKind = "resumed" // and goes on
)

// HaltID identifies a halt.
type HaltID int64

// Halt is that officers stopped what the system does by itself: in one case, in a service of the agency, or in all.
type Halt struct {
	ID        HaltID             `db:"id"`
	TicketID  TicketID           `db:"ticket_id"` // 0: not of one case
	FormKey   forms.Key          `db:"form_key"`  // of a halt that is not of one case; empty: all services
	Rule      string             `db:"rule"`      // key of the rule; empty: all
	OfficerID agencies.OfficerID `db:"officer_id"`
	Reason    string             `db:"reason"`
	At        time.Time          `db:"at"`
	EndedAt   *time.Time         `db:"ended_at"` // nil: it stands
}

const haltColumns = `id, coalesce(ticket_id, 0) AS ticket_id, form_key, rule, officer_id, reason, at, ended_at`

// stops reports whether the halt stands and is about a rule.
func (h Halt) stops(rule string) bool { return h.EndedAt == nil && (h.Rule == "" || h.Rule == rule) }

// haltsOf returns the halts that a case comes under, ended ones too, the first one first.
func haltsOf(ctx context.Context, tx pgx.Tx, t Ticket) ([]Halt, error) {
	rows, err := tx.Query(ctx, `SELECT `+haltColumns+` FROM halts WHERE ticket_id = $1
		UNION ALL SELECT `+haltColumns+` FROM halts WHERE agency_id = $2 AND ticket_id IS NULL AND form_key IN ('', $3) ORDER BY id`, t.ID, t.AgencyID, t.FormKey)
	if err != nil {
		return nil, fmt.Errorf("halts of ticket %d: %w", t.ID, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Halt])
}

// Halts returns what stands stopped in an agency beyond single cases, the first one first.
func Halts(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) ([]Halt, error) {
	rows, err := tx.Query(ctx, `SELECT `+haltColumns+` FROM halts WHERE agency_id = $1 AND ticket_id IS NULL AND ended_at IS NULL ORDER BY id`, agency)
	if err != nil {
		return nil, fmt.Errorf("halts of agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Halt])
}

// Halt stops what the system does by itself in a case: one rule, or all (""). Any officer who works on cases may, with a reason.
// What stands stopped already is not stopped again.
func (d *Desk) Halt(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, rule, reason string) error {
	officer, err := d.mayHalt(ctx, tx, by, agencies.WorkTickets)
	if err != nil {
		return err
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	form, err := d.Form(ctx, tx, t)
	if err != nil {
		return err
	}
	if err := hasRule(form, rule); err != nil {
		return err
	}
	made, err := d.halt(ctx, tx, t.AgencyID, Halt{TicketID: id, Rule: rule, OfficerID: officer, Reason: reason})
	if err != nil || !made {
		return err
	}
	return d.happened(ctx, tx, t, by, EventHalted, Detail{Rule: rule})
}

// Resume lets go on in a case what was stopped there: the halt of one rule, or that of all (""). What waits before it is done
// waits anew from now. What is not stopped is left as it is.
func (d *Desk) Resume(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, rule string) error {
	officer, err := d.mayHalt(ctx, tx, by, agencies.WorkTickets)
	if err != nil {
		return err
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE halts SET ended_at = $3, ended_by = $4 WHERE ticket_id = $1 AND rule = $2 AND ended_at IS NULL`, id, rule, d.now(), officer)
	if err != nil {
		return fmt.Errorf("resume ticket %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return d.happened(ctx, tx, t, by, EventResumed, Detail{Rule: rule})
}

// HaltedArgs is the fact that what the system does by itself was stopped, or goes on, beyond one case: what is planned in its
// cases is reckoned again.
type HaltedArgs struct {
	AgencyID agencies.AgencyID `json:"agency_id"`
	FormKey  forms.Key         `json:"form_key"` // empty: all services
}

// Kind names the job.
func (HaltedArgs) Kind() string { return "halted" }

// HaltService stops what the system does by itself in every case of a service of the agency, or of all services (""), also in
// those that run: one rule, or all (""). A head may, with a reason.
func (d *Desk) HaltService(ctx context.Context, tx pgx.Tx, by Actor, agency agencies.AgencyID, key forms.Key, rule, reason string) error {
	officer, err := d.mayHalt(ctx, tx, by, agencies.LeadTickets)
	if err != nil {
		return err
	}
	if rule != "" {
		form, ok := d.forms.Find(key)
		if !ok {
			return fault.New(fault.NotFound, "ไม่พบบริการนี้ กรุณาเลือกจากรายการบริการ")
		}
		if err := hasRule(form, rule); err != nil {
			return err
		}
	}
	made, err := d.halt(ctx, tx, agency, Halt{FormKey: key, Rule: rule, OfficerID: officer, Reason: reason})
	if err != nil || !made {
		return err
	}
	return d.haltsChanged(ctx, tx, agency, key, officer, agencies.AutoHalted)
}

// ResumeService lets go on what HaltService stopped.
func (d *Desk) ResumeService(ctx context.Context, tx pgx.Tx, by Actor, agency agencies.AgencyID, key forms.Key, rule string) error {
	officer, err := d.mayHalt(ctx, tx, by, agencies.LeadTickets)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE halts SET ended_at = $4, ended_by = $5 WHERE agency_id = $1 AND ticket_id IS NULL AND form_key = $2 AND rule = $3 AND ended_at IS NULL`,
		agency, key, rule, d.now(), officer)
	if err != nil {
		return fmt.Errorf("resume %s: %w", key, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return d.haltsChanged(ctx, tx, agency, key, officer, agencies.AutoResumed)
}

func (d *Desk) haltsChanged(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, key forms.Key, officer agencies.OfficerID, kind agencies.ChangeKind) error {
	if err := agencies.NoteChange(ctx, tx, agency, officer, d.now(), kind, agencies.ChangeDetail{Service: string(key)}); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, HaltedArgs{AgencyID: agency, FormKey: key}, nil); err != nil {
		return fmt.Errorf("enqueue the reckoning of what was stopped: %w", err)
	}
	return nil
}

// mayHalt refuses who may not stop what the system does by itself.
func (d *Desk) mayHalt(ctx context.Context, tx pgx.Tx, by Actor, needs agencies.Permission) (agencies.OfficerID, error) {
	officer, ok := by.officer()
	if ok {
		who, err := agencies.FindOfficer(ctx, tx, officer)
		if err != nil {
			return 0, err
		}
		ok = who.Role.Can(needs)
	}
	switch {
	case ok:
		return officer, nil
	case needs == agencies.LeadTickets:
		return 0, fault.New(fault.Forbidden, "เฉพาะหัวหน้างานเท่านั้นที่หยุดขั้นตอนอัตโนมัติของทั้งบริการได้ ท่านหยุดของแต่ละเรื่องได้ในหน้าเรื่อง")
	default:
		return 0, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่ผู้ดำเนินการเท่านั้นที่หยุดขั้นตอนอัตโนมัติได้")
	}
}

func hasRule(form *forms.Form, rule string) error {
	if len(form.Auto) == 0 || rule != "" && !slices.ContainsFunc(form.Auto, func(r forms.AutoRule) bool { return r.Key == rule }) {
		return fault.New(fault.NotFound, "บริการนี้ไม่มีขั้นตอนอัตโนมัตินี้ กรุณาเปิดเรื่องอีกครั้งเพื่อดูรายการล่าสุด")
	}
	return nil
}

// halt writes a halt; made is false when one like it stands.
func (d *Desk) halt(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, h Halt) (made bool, err error) {
	h.Reason = strings.TrimSpace(h.Reason)
	if len([]rune(h.Reason)) < shortestReason {
		return false, fault.New(fault.Invalid, "กรุณาระบุเหตุที่หยุดขั้นตอนอัตโนมัติ เพื่อให้ผู้รับช่วงงานทราบว่าต้องทำอะไรต่อ")
	}
	if err := tooLong(h.Reason); err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO halts (agency_id, ticket_id, form_key, rule, officer_id, reason, at) VALUES ($1, nullif($2, 0), $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		agency, h.TicketID, h.FormKey, h.Rule, h.OfficerID, h.Reason, d.now())
	if err != nil {
		return false, fmt.Errorf("stop what the system does by itself: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// WithRules returns cases of an agency in which the system may do something by itself, open or granted, from after one on and at
// most limit; of one service, or of all ("").
func WithRules(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, key forms.Key, after TicketID, limit int) ([]TicketID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM tickets WHERE agency_id = $1 AND ruled AND ($2 = '' OR form_key = $2) AND (closed_at IS NULL OR status = $3) AND id > $4
		ORDER BY id LIMIT $5`, agency, key, Approved, after, limit)
	if err != nil {
		return nil, fmt.Errorf("cases of agency %d with rules: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[TicketID])
}
