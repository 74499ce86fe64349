package tickets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
)

// MessageID identifies a message of a ticket's talk.
type MessageID int64

// Message is one thing said between the citizen and the officers of a ticket.
type Message struct {
	ID           MessageID           `db:"id"`
	Author       string              `db:"author"` // citizen, officer or system
	OfficerID    *agencies.OfficerID `db:"officer_id"`
	Text         string              `db:"text"`
	AttachmentID *int64              `db:"attachment_id"`
	Place        json.RawMessage     `db:"place"` // {"lat","lon","address"} or null
	At           time.Time           `db:"at"`
	EditedAt     *time.Time          `db:"edited_at"` // the citizen changed the words: Versions has the old ones
	UnsentAt     *time.Time          `db:"unsent_at"` // the citizen took it back: the words are gone
	Sending      *string             `db:"sending"`   // of an officer's message: waiting, sent, failed or parked
	Source       string              `db:"source"`    // what it came from
}

// Thread returns the talk of a ticket, oldest first.
func Thread(ctx context.Context, tx pgx.Tx, id TicketID) ([]Message, error) {
	rows, err := tx.Query(ctx, `SELECT id, author, officer_id, text, attachment_id, place, at, edited_at, unsent_at,
			CASE WHEN author = 'officer' THEN sending_state(ticket_id, source) END AS sending, source
		FROM ticket_messages WHERE ticket_id = $1 ORDER BY at, id`, id)
	if err != nil {
		return nil, fmt.Errorf("read talk of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Message])
}

// RepliedArgs is the fact that an officer wrote to the citizen.
type RepliedArgs struct {
	MessageID MessageID `json:"message_id"`
}

// Kind names the job.
func (RepliedArgs) Kind() string { return "replied" }

// Longest is the most characters an officer can say at once: what fits one message (line.md 2.11).
const Longest = 4000

// Reply says something to the citizen. Key identifies this saying (a form's one-time value): the
// same key again says nothing twice.
func (d *Desk) Reply(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, key, text string) error {
	return d.reply(ctx, tx, by, id, key, text, false)
}

// ReplyToAll says something to everybody who reported what a case is about: to its citizen and to those whose cases follow it at
// this moment (SVC-5). Each reads it in a talk of their own and learns nothing of the others.
func (d *Desk) ReplyToAll(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, key, text string) error {
	return d.reply(ctx, tx, by, id, key, text, true)
}

func (d *Desk) reply(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, key, text string, toAll bool) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ตอบประชาชนได้")
	}
	text = strings.TrimSpace(text)
	switch n := len([]rune(text)); {
	case n == 0:
		return fault.New(fault.Invalid, "ยังไม่ได้พิมพ์ข้อความ กรุณาพิมพ์ข้อความถึงประชาชนก่อนส่ง")
	case n > Longest:
		return fault.Newf(fault.Invalid, "ข้อความยาวเกินไป ({n} ตัวอักษร) กรุณาแบ่งส่งไม่เกินครั้งละ {max} ตัวอักษร", "n", n, "max", Longest)
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	var others []Ticket
	if toAll {
		if t.MainID != nil {
			return fault.New(fault.Conflict, "เรื่องนี้รวมอยู่กับเรื่องหลัก กรุณาเปิดเรื่องหลักเพื่อส่งถึงผู้แจ้งทุกคน")
		}
		if others, err = followers(ctx, tx, id); err != nil {
			return err
		}
	}
	words := Message{Author: "officer", OfficerID: &officer, Text: text, At: d.now()}
	err = d.speak(ctx, tx, by, t, words, "reply "+key, Detail{Followers: len(others)})
	if errors.Is(err, errSaid) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = false WHERE id = $1`, id); err != nil {
		return fmt.Errorf("mark ticket %d as read: %w", id, err)
	}
	for _, other := range others {
		if err := d.speak(ctx, tx, by, other, words, fmt.Sprintf("reply %s-%d", key, id), Detail{Case: id}); err != nil && !errors.Is(err, errSaid) {
			return err
		}
	}
	return nil
}

// speak puts an officer's words into the talk of a case, with the line of its history and the job that takes them to its citizen;
// or returns errSaid.
func (d *Desk) speak(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, words Message, source string, detail Detail) error {
	message, err := say(ctx, tx, t, words, source)
	if err != nil {
		return err
	}
	detail.Message = message
	if err := d.happened(ctx, tx, t, by, EventReplied, detail); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, RepliedArgs{MessageID: message}, nil); err != nil {
		return fmt.Errorf("enqueue sending of message %d: %w", message, err)
	}
	return nil
}

// Said is what a citizen said to the officers of a ticket.
type Said struct {
	Source     string // what it came from, e.g. "message 17": told once
	Text       string
	Attachment int64  // 0: none
	Label      string // of the attachment
	Place      json.RawMessage
	At         time.Time
}

// Receive adds the citizen's words to the talk of a ticket, or of that which holds its request by now, and marks it unread.
// A closed ticket still listens: nothing a citizen says is lost.
func (d *Desk) Receive(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, s Said) error {
	t, err := holding(ctx, tx, id)
	if err != nil {
		return err
	}
	id = t.ID
	m := Message{Author: "citizen", Text: s.Text, Place: s.Place, At: s.At}
	if s.Attachment != 0 {
		m.AttachmentID = &s.Attachment
	}
	message, err := say(ctx, tx, t, m, s.Source)
	if errors.Is(err, errSaid) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.Attachment != 0 {
		if err := attach(ctx, tx, t, s.Attachment, s.Label, s.At); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = true WHERE id = $1`, id); err != nil {
		return fmt.Errorf("mark ticket %d as unread: %w", id, err)
	}
	return d.happened(ctx, tx, t, by, EventReceived, Detail{Message: message})
}

// Seen marks a ticket's news as read by an officer.
func Seen(ctx context.Context, tx pgx.Tx, id TicketID) error {
	if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = false WHERE id = $1 AND unread`, id); err != nil {
		return fmt.Errorf("mark ticket %d as read: %w", id, err)
	}
	return nil
}

// errSaid means that a message from the same source is there already.
var errSaid = errors.New("said before")

// say adds a message to a talk once per source.
func say(ctx context.Context, tx pgx.Tx, t Ticket, m Message, source string) (MessageID, error) {
	var id MessageID
	err := tx.QueryRow(ctx, `INSERT INTO ticket_messages (agency_id, ticket_id, author, officer_id, text, attachment_id, place, at, source)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (ticket_id, source) DO NOTHING RETURNING id`,
		t.AgencyID, t.ID, m.Author, m.OfficerID, m.Text, m.AttachmentID, m.Place, m.At, source).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errSaid
	}
	if err != nil {
		return 0, fmt.Errorf("add to talk of ticket %d: %w", t.ID, err)
	}
	return id, nil
}

// Saying is an officer's message on its way to the citizen.
type Saying struct {
	TicketID       TicketID            `db:"ticket_id"`
	Number         string              `db:"number"`
	AgencyID       agencies.AgencyID   `db:"agency_id"`
	OfficerID      *agencies.OfficerID `db:"officer_id"`
	ConversationID *int64              `db:"conversation_id"` // null: the case did not come by chat
	Text           string              `db:"text"`
	Source         string              `db:"source"`
}

// FindSaying returns an officer's message with where it must go.
func FindSaying(ctx context.Context, tx pgx.Tx, id MessageID) (Saying, error) {
	rows, err := tx.Query(ctx, `SELECT m.ticket_id, coalesce(nullif(t.reference, ''), t.number) AS number, t.agency_id, m.officer_id, r.conversation_id, m.text, m.source
		FROM ticket_messages m JOIN tickets t ON t.id = m.ticket_id JOIN requests r ON r.id = t.request_id WHERE m.id = $1`, id)
	if err != nil {
		return Saying{}, fmt.Errorf("find message %d: %w", id, err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Saying])
	if err != nil {
		return Saying{}, fmt.Errorf("find message %d: %w", id, err)
	}
	return s, nil
}

// Note is something officers tell one another about a ticket; the citizen never sees it.
type Note struct {
	OfficerID agencies.OfficerID `db:"officer_id"`
	Text      string             `db:"text"`
	At        time.Time          `db:"at"`
}

// Note writes an internal note.
func (d *Desk) Note(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, text string) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่เขียนบันทึกภายในได้")
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return fault.New(fault.Invalid, "ยังไม่ได้พิมพ์บันทึก กรุณาพิมพ์ข้อความก่อน")
	}
	if len([]rune(text)) > Longest {
		return fault.Newf(fault.Invalid, "บันทึกยาวเกินไป กรุณาย่อให้ไม่เกิน {n} ตัวอักษร", "n", Longest)
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO notes (agency_id, ticket_id, officer_id, text, at) VALUES ($1, $2, $3, $4, $5)`,
		t.AgencyID, id, officer, text, d.now())
	if err != nil {
		return fmt.Errorf("write note on ticket %d: %w", id, err)
	}
	return d.happened(ctx, tx, t, by, EventNoted, Detail{})
}

// Notes returns the internal notes of a ticket, oldest first.
func Notes(ctx context.Context, tx pgx.Tx, id TicketID) ([]Note, error) {
	rows, err := tx.Query(ctx, `SELECT officer_id, text, at FROM notes WHERE ticket_id = $1 ORDER BY at, id`, id)
	if err != nil {
		return nil, fmt.Errorf("read notes of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Note])
}
