package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// editedSuffix is added to the source of words that a citizen changed after they had been filed: what
// is new about them is said in the talk.
const editedSuffix = " edited"

// editedWords go before them.
const editedWords = "แก้ไขข้อความที่ยื่นไว้เป็น: "

// ErrNotRouted means that a request has no ticket yet whose officers could be told.
var ErrNotRouted = errors.New("the request has no ticket yet")

// Edit changes what a citizen said, wherever it was told to officers: they see the new words at once, and
// the old ones on demand. A request is a record and stays as it was filed; its officers are told the
// new words. The same edit again changes nothing, nor does one older than the last.
func (d *Desk) Edit(ctx context.Context, tx pgx.Tx, source, text string, at time.Time) error {
	rows, err := tx.Query(ctx, `SELECT ticket_id, id FROM ticket_messages WHERE source IN ($1, $1 || $2) AND author = 'citizen' AND unsent_at IS NULL ORDER BY ticket_id, id`,
		source, editedSuffix)
	if err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	type place struct {
		Ticket TicketID
		ID     MessageID
	}
	said, err := pgx.CollectRows(rows, pgx.RowToStructByPos[place])
	if err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	told := map[TicketID]bool{}
	for _, p := range said {
		told[p.Ticket] = true
		if err := d.editSaid(ctx, tx, p.Ticket, p.ID, text, at); err != nil {
			return err
		}
	}
	rows, err = tx.Query(ctx, `SELECT DISTINCT t.id FROM request_sources s LEFT JOIN tickets t ON t.request_id = s.request_id AND t.passed_to IS NULL WHERE s.source = $1`, source)
	if err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	filed, err := pgx.CollectRows(rows, pgx.RowTo[*TicketID])
	if err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	for _, id := range filed {
		switch {
		case id == nil:
			return ErrNotRouted
		case told[*id]:
			continue
		}
		t, err := lock(ctx, tx, *id)
		if err != nil {
			return err
		}
		if err := d.Receive(ctx, tx, ByCitizen(t.CitizenID), *id, Said{Source: source + editedSuffix, Text: editedWords + text, At: at}); err != nil {
			return err
		}
	}
	return nil
}

// editSaid changes the words of one message of a talk and keeps the old ones.
func (d *Desk) editSaid(ctx context.Context, tx pgx.Tx, id TicketID, message MessageID, text string, at time.Time) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	var (
		before, source string
		edited         *time.Time
	)
	err = tx.QueryRow(ctx, `SELECT text, source, edited_at FROM ticket_messages WHERE id = $1`, message).Scan(&before, &source, &edited)
	if err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	if strings.HasSuffix(source, editedSuffix) {
		text = editedWords + text
	}
	if before == text || (edited != nil && !edited.Before(at)) {
		return nil
	}
	_, err = tx.Exec(ctx, `INSERT INTO ticket_message_versions (agency_id, ticket_id, message_id, text, until) VALUES ($1, $2, $3, $4, $5)`,
		t.AgencyID, id, message, before, at)
	if err != nil {
		return fmt.Errorf("keep the words before an edit: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE ticket_messages SET text = $2, edited_at = $3 WHERE id = $1`, message, text, at); err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = true WHERE id = $1`, id); err != nil {
		return fmt.Errorf("mark ticket %d as unread: %w", id, err)
	}
	return d.happened(ctx, tx, t, ByCitizen(t.CitizenID), EventEdited, Detail{Message: message})
}

// Version is what a message said before it was edited.
type Version struct {
	MessageID MessageID `db:"message_id"`
	Text      string    `db:"text"`
	Until     time.Time `db:"until"`
}

// Versions returns the earlier words of the messages of a ticket, oldest first.
func Versions(ctx context.Context, tx pgx.Tx, id TicketID) (map[MessageID][]Version, error) {
	rows, err := tx.Query(ctx, `SELECT message_id, text, until FROM ticket_message_versions WHERE ticket_id = $1 ORDER BY until, id`, id)
	if err != nil {
		return nil, fmt.Errorf("read earlier words in ticket %d: %w", id, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Version])
	if err != nil {
		return nil, fmt.Errorf("read earlier words in ticket %d: %w", id, err)
	}
	by := map[MessageID][]Version{}
	for _, v := range all {
		by[v.MessageID] = append(by[v.MessageID], v)
	}
	return by, nil
}
