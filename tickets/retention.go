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
	"saphan/internal/thai"
)

// Term is how long the record of a case is kept after it was closed (PDP-5).
type Term struct {
	Class     string `db:"key"`
	Name      string `db:"name"`
	Years     int    `db:"years"`
	Law       string `db:"law"`
	Confirmed bool   `db:"confirmed"` // the figure was checked against the law or the agency's own schedule
}

// commonClass is the class of what names none that is known: ordinary correspondence.
const commonClass = "correspondence"

// TermOf returns the term of a class at an agency: its own where it has one, else everybody's, else that of
// ordinary correspondence, which is the longest that is safe to assume.
func TermOf(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, class string) (Term, error) {
	rows, err := tx.Query(ctx, `SELECT key, name, years, law, confirmed FROM retention_classes
		WHERE key IN ($2, $3) AND (agency_id = $1 OR agency_id IS NULL) ORDER BY key = $2 DESC, agency_id NULLS LAST LIMIT 1`, agency, class, commonClass)
	if err != nil {
		return Term{}, fmt.Errorf("term of class %s: %w", class, err)
	}
	term, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Term])
	if err != nil {
		return Term{}, fmt.Errorf("term of class %s: %w", class, err)
	}
	return term, nil
}

// Last is the last day of a term that began when a case was closed.
func (t Term) Last(closed time.Time) time.Time {
	return closed.In(thai.Bangkok()).AddDate(t.Years, 0, 0)
}

// TermFor returns the term of a case, by the class that its form names.
func (d *Desk) TermFor(ctx context.Context, tx pgx.Tx, t Ticket) (Term, error) {
	class := ""
	if form, ok := d.forms.Version(t.FormKey, t.FormVersion); ok {
		class = form.Retention
	}
	return TermOf(ctx, tx, t.AgencyID, class)
}

// Disposal is a case whose term is over, and what a person decided about it (EGA-17.1).
type Disposal struct {
	TicketID   TicketID            `db:"ticket_id"`
	AgencyID   agencies.AgencyID   `db:"agency_id"`
	ProposedAt time.Time           `db:"proposed_at"`
	Class      string              `db:"class"`
	KeptUntil  time.Time           `db:"kept_until"`
	Verdict    *Verdict            `db:"verdict"` // nil: nobody has decided yet
	OfficerID  *agencies.OfficerID `db:"officer_id"`
	Reason     string              `db:"reason"`
	DecidedAt  *time.Time          `db:"decided_at"`
}

// Verdict is what a person decided about a case whose term is over.
type Verdict string

// The verdicts.
const (
	Dispose  Verdict = "dispose"
	KeepLong Verdict = "keep"
)

// ProposeDisposals puts cases whose term is over on the list for a person to decide about: it erases nothing. It
// looks at closed cases after one, in order of their number, and returns the last it looked at, 0 at the end. One that was
// passed on stays for as long as the record of the agency that had it last.
func (d *Desk) ProposeDisposals(ctx context.Context, tx pgx.Tx, after TicketID, limit int) (last TicketID, proposed int, err error) {
	now := d.now()
	rows, err := tx.Query(ctx, `SELECT `+ticketColumns+` FROM tickets t WHERE id > $1 AND erased_at IS NULL
		AND closed_at < $2::timestamptz - make_interval(years => (SELECT min(years) FROM retention_classes))
		AND (passed_to IS NULL OR NOT EXISTS (SELECT FROM tickets h WHERE h.request_id = t.request_id AND h.passed_to IS NULL AND h.erased_at IS NULL))
		AND NOT EXISTS (SELECT FROM disposals d WHERE d.ticket_id = t.id) ORDER BY id LIMIT $3`, after, now, limit)
	if err != nil {
		return 0, 0, fmt.Errorf("closed cases: %w", err)
	}
	old, err := pgx.CollectRows(rows, pgx.RowToStructByName[Ticket])
	if err != nil {
		return 0, 0, fmt.Errorf("closed cases: %w", err)
	}
	for _, t := range old {
		last = t.ID
		term, err := d.TermFor(ctx, tx, t)
		if err != nil {
			return 0, 0, err
		}
		until := term.Last(*t.ClosedAt)
		if now.In(thai.Bangkok()).Format(time.DateOnly) <= until.Format(time.DateOnly) {
			continue
		}
		_, err = tx.Exec(ctx, `INSERT INTO disposals (ticket_id, agency_id, proposed_at, class, kept_until) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			t.ID, t.AgencyID, now, term.Class, until.Format(time.DateOnly))
		if err != nil {
			return 0, 0, fmt.Errorf("propose to dispose of ticket %d: %w", t.ID, err)
		}
		proposed++
	}
	return last, proposed, nil
}

// Disposals returns the cases of an agency that a person is to decide about, oldest first.
func Disposals(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, limit int) ([]Disposal, error) {
	rows, err := tx.Query(ctx, `SELECT ticket_id, agency_id, proposed_at, class, kept_until, verdict, officer_id, reason, decided_at
		FROM disposals WHERE agency_id = $1 AND verdict IS NULL ORDER BY ticket_id LIMIT $2`, agency, limit)
	if err != nil {
		return nil, fmt.Errorf("cases to dispose of: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Disposal])
	if err != nil {
		return nil, fmt.Errorf("cases to dispose of: %w", err)
	}
	return all, nil
}

// DisposedArgs is the fact that an officer decided to dispose of a case.
type DisposedArgs struct {
	TicketID TicketID `json:"ticket_id"`
}

// Kind names the job.
func (DisposedArgs) Kind() string { return "disposed" }

// DecideDisposal records what an officer decided about a case whose term is over, and why or by which order. To
// dispose of it is carried out by the job that goes with it. A decision is final.
func (d *Desk) DecideDisposal(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, verdict Verdict, reason string) error {
	officer, ok := by.officer()
	reason = strings.TrimSpace(reason)
	switch {
	case !ok:
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่พิจารณาทำลายเอกสารได้")
	case verdict != Dispose && verdict != KeepLong:
		return fault.New(fault.Invalid, "กรุณาเลือกว่าจะทำลายหรือเก็บไว้ต่อ")
	case reason == "":
		return fault.New(fault.Invalid, "กรุณาระบุเหตุผลหรือเลขที่อนุมัติก่อนบันทึก")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	switch now, err := verdictOf(ctx, tx, id); {
	case err != nil:
		return err
	case now != "" && now != verdict:
		return fault.Newf(fault.Conflict, "เรื่อง {number} มีผู้พิจารณาไปแล้วและเปลี่ยนผลไม่ได้ กรุณาโหลดหน้าใหม่", "number", t.Number)
	case now != "":
		return nil
	}
	_, err = tx.Exec(ctx, `UPDATE disposals SET verdict = $2, officer_id = $3, reason = $4, decided_at = $5 WHERE ticket_id = $1`, id, verdict, officer, reason, d.now())
	if err != nil {
		return fmt.Errorf("decide about the record of ticket %d: %w", id, err)
	}
	if verdict == KeepLong {
		return d.happened(ctx, tx, t, by, EventKeptOn, Detail{})
	}
	if _, err := d.jobs.InsertTx(ctx, tx, DisposedArgs{TicketID: id}, nil); err != nil {
		return fmt.Errorf("enqueue disposal of ticket %d: %w", id, err)
	}
	return nil
}

// verdictOf is what was decided about a case whose term is over; empty: nothing yet.
func verdictOf(ctx context.Context, tx pgx.Tx, id TicketID) (Verdict, error) {
	var now Verdict
	err := tx.QueryRow(ctx, `SELECT coalesce(verdict, '') FROM disposals WHERE ticket_id = $1`, id).Scan(&now)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fault.New(fault.Conflict, "เรื่องนี้ยังไม่ครบอายุการเก็บ จึงยังทำลายไม่ได้ กรุณาเลือกจากรายการที่ครบอายุแล้ว")
	}
	if err != nil {
		return "", fmt.Errorf("verdict on the record of ticket %d: %w", id, err)
	}
	return now, nil
}

// DisposeOf erases the words, names and files of a case that an officer decided to dispose of; number, times,
// outcome and history stay. It returns the files that the case needs no more. The transaction must see
// everybody's.
func (d *Desk) DisposeOf(ctx context.Context, tx pgx.Tx, id TicketID) (files []int64, err error) {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	var officer agencies.OfficerID
	err = tx.QueryRow(ctx, `SELECT officer_id FROM disposals WHERE ticket_id = $1 AND verdict = 'dispose'`, id).Scan(&officer)
	if err != nil {
		return nil, fmt.Errorf("dispose of ticket %d: %w", id, err)
	}
	for _, sql := range []string{
		`UPDATE ticket_messages SET text = '', place = NULL, attachment_id = NULL WHERE ticket_id = $1 AND author = 'citizen'`,
		`DELETE FROM ticket_message_versions WHERE ticket_id = $1`,
		`UPDATE decisions SET facts = '', reason = '', conditions = '', mistake = '', overturned_why = '' WHERE ticket_id = $1`,
		`UPDATE opinions SET text = '' WHERE ticket_id = $1`,
		`UPDATE halts SET reason = '` + erasedWords + `' WHERE ticket_id = $1`,
		`UPDATE extensions SET reason = '` + erasedWords + `' WHERE ticket_id = $1`,
		`UPDATE letters SET reason = '` + erasedWords + `' WHERE ticket_id = $1 AND sent_at IS NOT NULL`,
	} {
		if _, err := tx.Exec(ctx, sql, id); err != nil {
			return nil, fmt.Errorf("dispose of ticket %d: %w", id, err)
		}
	}
	return d.blankCase(ctx, tx, t, ByOfficer(officer))
}
