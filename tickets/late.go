package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/internal/fault"
)

// What happens to letters on a delay (LFA-10.2).
const (
	EventLate       EventKind = "late"        // the time to decide is over, or went on being over for a week: a letter is due
	EventLateSent   EventKind = "late_sent"   // the letter went to the citizen, with an officer's reason
	EventLateUnsent EventKind = "late_unsent" // a working day later it had not
)

// Letter is a letter on a delay: why a case is not decided in time, to its citizen and into the copy register for the
// OPDC (LFA-10.2). One is due when the time is over and every week after until the case is decided.
type Letter struct {
	TicketID  TicketID            `db:"ticket_id"`
	N         int                 `db:"n"` // 1 is the first of its case
	DueAt     time.Time           `db:"due_at"`
	Reason    string              `db:"reason"`     // by the officer; empty: not written yet
	OfficerID *agencies.OfficerID `db:"officer_id"` // who wrote it
	SentAt    *time.Time          `db:"sent_at"`
}

const letterColumns = `ticket_id, n, due_at, reason, officer_id, sent_at`

// LetterArgs is the fact that a letter on a delay was written and goes to the citizen.
type LetterArgs struct {
	TicketID TicketID `json:"ticket_id"`
	N        int      `json:"n"`
	To       TicketID `json:"to,omitempty"` // whose citizen is told, of a case that followed it then; 0: its own
}

// Kind names the job.
func (LetterArgs) Kind() string { return "letter" }

// nextLetter is when the next letter on a delay is due.
func (r record) nextLetter() time.Time {
	s := r.story()
	c := r.deciding()
	if !c.Open() || c.DueAt.IsZero() || r.deems() {
		return time.Time{}
	}
	return c.DueAt.AddDate(0, 0, (len(s.letters)-s.lettersOff)*r.law.LetterEvery)
}

// draftLetter makes the letter that is due. It waits for an officer's reason.
func (d *Desk) draftLetter(ctx context.Context, tx pgx.Tx, r record) error {
	n, due := len(r.story().letters)+1, r.nextLetter().UTC()
	_, err := tx.Exec(ctx, `INSERT INTO letters (agency_id, ticket_id, n, due_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, r.AgencyID, r.ID, n, due)
	if err != nil {
		return fmt.Errorf("draft letter %d of ticket %d: %w", n, r.ID, err)
	}
	return d.happened(ctx, tx, r.Ticket, System(), EventLate, Detail{Letter: n, DueAt: &due})
}

// nextUnsent is when a letter that is not sent must be brought before the head: a working day after it was due.
func (r record) nextUnsent() time.Time {
	s := r.story()
	if c := r.deciding(); !c.Open() {
		return time.Time{}
	}
	n := len(s.letters)
	if n == s.lettersOff || s.sent[n] || s.unsent[n] {
		return time.Time{}
	}
	return r.calendar.AddWorkingDays(s.letters[n-1], 1)
}

func (d *Desk) escalateLetter(ctx context.Context, tx pgx.Tx, r record) error {
	return d.happened(ctx, tx, r.Ticket, System(), EventLateUnsent, Detail{Letter: len(r.story().letters)})
}

// shortestReason is how many letters a reason has at least: one word explains no delay.
const shortestReason = 10

// longestReason is how many it has at most: a letter is one page.
const longestReason = 1000

func tooLong(reason string) error {
	if len([]rune(reason)) > longestReason {
		return fault.Newf(fault.Invalid, "เหตุผลยาวเกินไป กรุณาย่อให้ไม่เกิน {n} ตัวอักษร", "n", longestReason)
	}
	return nil
}

// WriteLetter sends the letter on a delay that waits for its reason. The same letter again changes nothing.
func (d *Desk) WriteLetter(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, n int, reason string) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่แจ้งเหตุแห่งความล่าช้าได้")
	}
	if reason = strings.TrimSpace(reason); len([]rune(reason)) < shortestReason {
		return fault.New(fault.Invalid, "กรุณาระบุเหตุแห่งความล่าช้าให้ประชาชนเข้าใจได้ กฎหมายให้แจ้งเหตุผลเป็นหนังสือทุก 7 วัน")
	}
	if err := tooLong(reason); err != nil {
		return err
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	letter, err := FindLetter(ctx, tx, id, n)
	switch {
	case err != nil:
		return err
	case letter.SentAt != nil:
		return nil
	case t.idle() != nil:
		return t.idle()
	}
	_, err = tx.Exec(ctx, `UPDATE letters SET reason = $3, officer_id = $4, sent_at = $5 WHERE ticket_id = $1 AND n = $2`, id, n, reason, officer, d.now())
	if err != nil {
		return fmt.Errorf("write letter %d of ticket %d: %w", n, id, err)
	}
	if err := d.happened(ctx, tx, t, by, EventLateSent, Detail{Letter: n}); err != nil {
		return err
	}
	return d.tellAll(ctx, tx, id, func(to TicketID) river.JobArgs { return LetterArgs{TicketID: id, N: n, To: to} })
}

// FindLetter returns a letter of a case, or fault.NotFound.
func FindLetter(ctx context.Context, tx pgx.Tx, id TicketID, n int) (Letter, error) {
	rows, err := tx.Query(ctx, `SELECT `+letterColumns+` FROM letters WHERE ticket_id = $1 AND n = $2`, id, n)
	if err != nil {
		return Letter{}, fmt.Errorf("find letter %d of ticket %d: %w", n, id, err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Letter])
	if errors.Is(err, pgx.ErrNoRows) {
		return Letter{}, fault.New(fault.NotFound, "ไม่พบหนังสือแจ้งเหตุล่าช้าฉบับนี้ กรุณาเปิดเรื่องอีกครั้งเพื่อดูรายการล่าสุด")
	}
	if err != nil {
		return Letter{}, fmt.Errorf("find letter %d of ticket %d: %w", n, id, err)
	}
	return l, nil
}

// Letters returns the letters on the delay of a case, the first one first.
func Letters(ctx context.Context, tx pgx.Tx, id TicketID) ([]Letter, error) {
	rows, err := tx.Query(ctx, `SELECT `+letterColumns+` FROM letters WHERE ticket_id = $1 ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("letters of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Letter])
}

// Told returns the letters on the delay of a request that went out, whichever agency wrote them, the first one first.
func Told(ctx context.Context, tx pgx.Tx, t Ticket) ([]Letter, error) {
	rows, err := tx.Query(ctx, `SELECT l.ticket_id, l.n, l.due_at, l.reason, l.officer_id, l.sent_at FROM tickets c JOIN letters l ON l.ticket_id = c.id
		WHERE c.request_id = $1 AND l.sent_at IS NOT NULL ORDER BY l.n`, t.RequestID)
	if err != nil {
		return nil, fmt.Errorf("letters of request %d: %w", t.RequestID, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Letter])
}

// LetterEntry is a line of an agency's register of letters on delays, whose copies go to the OPDC (LFA-10.2).
type LetterEntry struct {
	Letter
	Number      string    `db:"number"` // of the case
	Title       string    `db:"title"`  // of the service
	CitizenName string    `db:"citizen_name"`
	DecideBy    time.Time `db:"decide_by"` // when the case was to be decided
	TrackToken  string    `db:"track_token"`
	Closed      bool      `db:"closed"` // the case: a letter that is not sent will not be
}

// LetterRegister returns the letters of an agency that fell due in a time, in the order in which they did.
func LetterRegister(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, from, until time.Time) ([]LetterEntry, error) {
	rows, err := tx.Query(ctx, `SELECT l.ticket_id, l.n, l.due_at, l.reason, l.officer_id, l.sent_at, t.number, t.title, t.citizen_name,
			t.due_at AS decide_by, t.track_token, t.closed_at IS NOT NULL AS closed
		FROM letters l JOIN tickets t ON t.id = l.ticket_id WHERE l.agency_id = $1 AND l.due_at >= $2 AND l.due_at < $3
		ORDER BY l.due_at, l.ticket_id, l.n`, agency, from, until)
	if err != nil {
		return nil, fmt.Errorf("register of letters of agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[LetterEntry])
}
