package tickets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
)

// What happens to a deficiency notice after it was written.
const (
	EventAcknowledged EventKind = "acknowledged" // the citizen saw the notice, which is their signature (LFA-8.1)
	EventUnreadable   EventKind = "unreadable"   // what came cannot be read and is asked for again, within the same notice
	EventLengthened   EventKind = "lengthened"   // the citizen has more time for the documents
)

// WantID identifies a document that was asked for.
type WantID int64

// NoticeID identifies a deficiency notice.
type NoticeID int64

// Want is one document of a deficiency notice.
type Want struct {
	ID           WantID     `db:"id"`
	NoticeID     NoticeID   `db:"notice_id"`
	Label        string     `db:"label"`
	Law          string     `db:"law"`    // what adds it to the manual; empty: the manual lists it
	Why          string     `db:"why"`    // why what came is asked for again; empty: it is not
	DueOn        time.Time  `db:"due_on"` // last day, as it stands by now
	AttachmentID *int64     `db:"attachment_id"`
	SuppliedAt   *time.Time `db:"supplied_at"`
}

// Notice is a deficiency notice as it was written.
type Notice struct {
	ID           NoticeID           `db:"id"`
	TicketID     TicketID           `db:"ticket_id"`
	OfficerID    agencies.OfficerID `db:"officer_id"`
	At           time.Time          `db:"at"`
	DueOn        time.Time          `db:"due_on"` // as it was written
	LengthenedTo *time.Time         `db:"lengthened_to"`
	Override     string             `db:"override"` // legal reason of a second one (LFA-8.2)
	Hash         string             `db:"hash"`     // SHA-256 of its words; empty on those of before there was one
	SeenAt       *time.Time         `db:"seen_at"`  // the citizen acknowledged it
	SeenBy       string             `db:"seen_by"`  // by which way: "line 9", "track", "page"
}

// Until is the last day to supply the documents, as it stands by now.
func (n Notice) Until() time.Time {
	if n.LengthenedTo != nil {
		return *n.LengthenedTo
	}
	return n.DueOn
}

// hash is what proves the words of a notice: of which case, by when, what, by which law, and with which reason again. Each
// part stands with its length, so that no two notices read alike.
func (a Asking) hash(t Ticket) string {
	parts := []string{t.Number, day(a.DueOn), a.Override}
	for _, w := range a.all() {
		parts = append(parts, w.Label, w.Law)
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strconv.Itoa(len(p)) + ":" + p)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

const noticeColumns = `id, ticket_id, officer_id, at, due_on, lengthened_to, override, hash, seen_at, seen_by`

// FindNotice returns a deficiency notice, or fault.NotFound.
func FindNotice(ctx context.Context, tx pgx.Tx, id NoticeID) (Notice, error) {
	rows, err := tx.Query(ctx, `SELECT `+noticeColumns+` FROM deficiency_notices WHERE id = $1`, id)
	return oneNotice(rows, err, id)
}

// noticeIn is a notice as a case keeps it, whichever case of its request it was written in.
func noticeIn(ctx context.Context, tx pgx.Tx, ticket TicketID, id NoticeID) (Notice, error) {
	rows, err := tx.Query(ctx, `SELECT `+noticeColumns+` FROM deficiency_notices n WHERE ticket_id = $1
		AND coalesce(origin, id) = (SELECT coalesce(o.origin, o.id) FROM deficiency_notices o WHERE o.id = $2)`, ticket, id)
	return oneNotice(rows, err, id)
}

func oneNotice(rows pgx.Rows, err error, id NoticeID) (Notice, error) {
	if err != nil {
		return Notice{}, fmt.Errorf("find notice %d: %w", id, err)
	}
	n, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Notice])
	if errors.Is(err, pgx.ErrNoRows) {
		return Notice{}, fault.New(fault.NotFound, "ไม่พบบันทึกความบกพร่องฉบับนี้ กรุณาเปิดเรื่องอีกครั้ง")
	}
	if err != nil {
		return Notice{}, fmt.Errorf("find notice %d: %w", id, err)
	}
	return n, nil
}

// Notices returns the deficiency notices of a ticket, the first one first. There is one, unless the head asked again.
func Notices(ctx context.Context, tx pgx.Tx, id TicketID) ([]Notice, error) {
	rows, err := tx.Query(ctx, `SELECT `+noticeColumns+` FROM deficiency_notices WHERE ticket_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("notices of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Notice])
}

// Wants returns the documents asked for in a ticket, in the order of asking.
func Wants(ctx context.Context, tx pgx.Tx, id TicketID) ([]Want, error) {
	rows, err := tx.Query(ctx, `SELECT w.id, w.notice_id, w.label, w.law, w.why, coalesce(n.lengthened_to, n.due_on) AS due_on, w.attachment_id, w.supplied_at
		FROM wants w JOIN deficiency_notices n ON n.id = w.notice_id WHERE w.ticket_id = $1 ORDER BY w.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read wants of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Want])
}

// NoticeTicket returns the ticket of a deficiency notice.
func NoticeTicket(ctx context.Context, tx pgx.Tx, id NoticeID) (Ticket, error) {
	return find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE id = (SELECT ticket_id FROM deficiency_notices WHERE id = $1)`, id)
}

// Acknowledge notes that the citizen saw a deficiency notice, and by which way: "line 9" is an identity in a chat, "track"
// the page of whoever holds the link (LFA-8.1). The hash of the notice stands beside it, as it does beside the officer's
// asking. Again it changes nothing, nor does it when the case is over.
func (d *Desk) Acknowledge(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, notice NoticeID, way string) error {
	if by.Kind != "citizen" || way == "" {
		return fault.New(fault.Forbidden, "เฉพาะผู้ยื่นคำขอเท่านั้นที่รับทราบบันทึกความบกพร่องได้")
	}
	t, err := holding(ctx, tx, id)
	if err != nil {
		return err
	}
	n, err := noticeIn(ctx, tx, t.ID, notice)
	switch {
	case err != nil:
		return err
	case t.CitizenID != by.ID:
		return fault.New(fault.NotFound, "ไม่พบบันทึกความบกพร่องฉบับนี้ กรุณาเปิดเรื่องอีกครั้ง")
	case n.SeenAt != nil || t.Status.Closed():
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE deficiency_notices SET seen_at = $2, seen_by = $3 WHERE id = $1`, n.ID, d.now(), way); err != nil {
		return fmt.Errorf("acknowledge notice %d: %w", notice, err)
	}
	return d.happened(ctx, tx, t, by, EventAcknowledged, Detail{Notice: n.ID, Hash: n.Hash, Way: way})
}
