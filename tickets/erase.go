package tickets

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/forms"
)

// erasedWords stand where words were that were erased because their person asked to be forgotten, or because the
// term of the record was over.
const erasedWords = "(ลบแล้ว)"

// Left is what is left of a case after its citizen asked to be forgotten.
type Left struct {
	Ticket  Ticket
	Open    bool    // the case is not closed, here or at the agency that has it since: all of it stays for now
	Record  bool    // the request stays, because the citizen filed it: a public record
	Decided bool    // the decision stays
	Files   []int64 // attachments that the case needs no more
}

// TicketsOf returns the numbers of a citizen's tickets, oldest first.
func TicketsOf(ctx context.Context, tx pgx.Tx, citizen int64) ([]TicketID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM tickets WHERE citizen_id = $1 ORDER BY id`, citizen)
	if err != nil {
		return nil, fmt.Errorf("tickets of citizen %d: %w", citizen, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[TicketID])
	if err != nil {
		return nil, fmt.Errorf("tickets of citizen %d: %w", citizen, err)
	}
	return ids, nil
}

// Waits says whether an agency has still to answer a citizen: a case is open, or a request is not a case yet.
func Waits(ctx context.Context, tx pgx.Tx, citizen int64) (bool, error) {
	var waits bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tickets WHERE citizen_id = $1 AND (closed_at IS NULL OR passed_to IS NULL AND status IN ('transferred', 'bounced')))
		OR EXISTS (SELECT FROM requests r WHERE r.citizen_id = $1 AND NOT EXISTS (SELECT FROM tickets t WHERE t.request_id = r.id))`, citizen).Scan(&waits)
	if err != nil {
		return false, fmt.Errorf("does an agency owe citizen %d an answer: %w", citizen, err)
	}
	return waits, nil
}

// HasFiled says whether a citizen ever asked an agency for something.
func HasFiled(ctx context.Context, tx pgx.Tx, citizen int64) (bool, error) {
	var filed bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM requests WHERE citizen_id = $1)`, citizen).Scan(&filed); err != nil {
		return false, fmt.Errorf("did citizen %d file anything: %w", citizen, err)
	}
	return filed, nil
}

// Forget erases of a case what no law keeps, because its citizen asked to be forgotten (PDP-4). While the case is
// open all of it stays: the agency must answer. Of a closed one:
//
//   - what the citizen said to the officers goes, with its files, as if each message had been taken back;
//   - a request that the citizen saw as a whole and sent stays, with its documents, what the officers wrote and
//     the decision: a public record, until its term is over and a person decides about it (EGA-17.1);
//   - words to an officer that were filed as they came go, and with them the name, what the officers wrote about
//     them, and the search. The decision, if there is one, is the agency's own and stays.
//
// The history keeps the facts and names people by number. Doing it twice is as once.
func (d *Desk) Forget(ctx context.Context, tx pgx.Tx, id TicketID) (Left, error) {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return Left{}, err
	}
	left, err := leftOf(ctx, tx, t)
	if err != nil || left.Open {
		return left, err
	}
	if err := d.forgetTalk(ctx, tx, t); err != nil {
		return Left{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE enquiries SET citizen_name = '' WHERE consultation_id IN (SELECT id FROM consultations WHERE ticket_id = $1)`, id); err != nil {
		return Left{}, fmt.Errorf("forget whose case agencies were asked about in %d: %w", id, err)
	}
	if left.Record {
		left.Files, err = cutFiles(ctx, tx, t, true)
		return left, err
	}
	if left.Files, err = d.blankCase(ctx, tx, t, ByCitizen(t.CitizenID)); err != nil {
		return Left{}, err
	}
	left.Ticket.CitizenName = ""
	return left, nil
}

// WouldLeave returns what Forget would leave of a citizen's cases, and changes nothing.
func WouldLeave(ctx context.Context, tx pgx.Tx, citizen int64) ([]Left, error) {
	ids, err := TicketsOf(ctx, tx, citizen)
	if err != nil {
		return nil, err
	}
	all := make([]Left, 0, len(ids))
	for _, id := range ids {
		t, err := Find(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		left, err := leftOf(ctx, tx, t)
		if err != nil {
			return nil, err
		}
		all = append(all, left)
	}
	return all, nil
}

// leftOf says what of a case stays.
func leftOf(ctx context.Context, tx pgx.Tx, t Ticket) (Left, error) {
	left := Left{Ticket: t}
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tickets WHERE request_id = $1 AND (closed_at IS NULL OR passed_to IS NULL AND status IN ('transferred', 'bounced')))`,
		t.RequestID).Scan(&left.Open)
	if err != nil {
		return Left{}, fmt.Errorf("what is left of ticket %d: %w", t.ID, err)
	}
	if left.Open {
		return left, nil
	}
	err = tx.QueryRow(ctx, `SELECT r.confirmed AND t.erased_at IS NULL, EXISTS (SELECT FROM decisions d WHERE d.ticket_id = coalesce(t.main_id, t.id))
		FROM tickets t JOIN requests r ON r.id = t.request_id WHERE t.id = $1`, t.ID).Scan(&left.Record, &left.Decided)
	if err != nil {
		return Left{}, fmt.Errorf("what is left of ticket %d: %w", t.ID, err)
	}
	return left, nil
}

// Stay says why a case stays and until when; ok is false when nothing of it does but its history.
func (d *Desk) Stay(ctx context.Context, tx pgx.Tx, left Left) (stay citizens.Stay, ok bool, err error) {
	t := left.Ticket
	stay = citizens.Stay{Kind: citizens.StayOpen, Number: t.Number, Title: t.Title}
	switch {
	case left.Open:
		return stay, true, nil
	case left.Record:
		stay.Kind = citizens.StayRecord
	case left.Decided:
		stay.Kind = citizens.StayResult
	default:
		return citizens.Stay{}, false, nil
	}
	term, err := d.TermFor(ctx, tx, t)
	if err != nil {
		return citizens.Stay{}, false, err
	}
	last := term.Last(*t.ClosedAt)
	stay.Class, stay.Law, stay.Until = term.Name, term.Law, &last
	return stay, true, nil
}

// forgetTalk empties what the citizen said to the officers. The agency's systems hear of each message.
func (d *Desk) forgetTalk(ctx context.Context, tx pgx.Tx, t Ticket) error {
	rows, err := tx.Query(ctx, `UPDATE ticket_messages SET text = '', place = NULL, attachment_id = NULL, edited_at = NULL, unsent_at = $2
		WHERE ticket_id = $1 AND author = 'citizen' AND unsent_at IS NULL RETURNING id`, t.ID, d.now())
	if err != nil {
		return fmt.Errorf("forget the talk of ticket %d: %w", t.ID, err)
	}
	said, err := pgx.CollectRows(rows, pgx.RowTo[MessageID])
	if err != nil {
		return fmt.Errorf("forget the talk of ticket %d: %w", t.ID, err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM ticket_message_versions WHERE ticket_id = $1`, t.ID); err != nil {
		return fmt.Errorf("forget the talk of ticket %d: %w", t.ID, err)
	}
	for _, id := range said {
		if err := d.happened(ctx, tx, t, ByCitizen(t.CitizenID), EventUnsent, Detail{Message: id}); err != nil {
			return err
		}
	}
	return nil
}

// cutFiles takes files away from a case and returns them: all of them, or those that came with the talk only and
// neither with the request nor because they were asked for; receipts stay then too.
func cutFiles(ctx context.Context, tx pgx.Tx, t Ticket, talkOnly bool) ([]int64, error) {
	rows, err := tx.Query(ctx, `DELETE FROM ticket_files f WHERE f.ticket_id = $1 AND (NOT $3 OR NOT f.made
			AND NOT EXISTS (SELECT FROM filings s WHERE s.request_id = $2 AND s.scans @> ARRAY[f.attachment_id])
			AND NOT EXISTS (SELECT FROM wants w WHERE w.ticket_id = f.ticket_id AND w.attachment_id = f.attachment_id)
			AND NOT EXISTS (SELECT FROM requests r WHERE r.id = $2 AND jsonb_path_exists(r.answers, '$[*].attachments[*] ? (@ == $file)', jsonb_build_object('file', f.attachment_id))))
		RETURNING f.attachment_id`, t.ID, t.RequestID, talkOnly)
	if err != nil {
		return nil, fmt.Errorf("files of ticket %d: %w", t.ID, err)
	}
	cut, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("files of ticket %d: %w", t.ID, err)
	}
	return cut, nil
}

// Whole says whether the words and files of a case are still there: they are erased because its citizen asked to be
// forgotten, or because its term is over.
func Whole(ctx context.Context, tx pgx.Tx, t Ticket) (whole bool, err error) {
	if err := tx.QueryRow(ctx, `SELECT erased_at IS NULL FROM tickets WHERE id = $1`, t.ID).Scan(&whole); err != nil {
		return false, fmt.Errorf("ticket %d: %w", t.ID, err)
	}
	return whole, nil
}

// Hold keeps a case from being erased until the transaction ends, and says whether it is whole: what is added to it
// until then is erased with it.
func Hold(ctx context.Context, tx pgx.Tx, t Ticket) (whole bool, err error) {
	if err := tx.QueryRow(ctx, `SELECT erased_at IS NULL FROM tickets WHERE id = $1 FOR SHARE`, t.ID).Scan(&whole); err != nil {
		return false, fmt.Errorf("hold ticket %d: %w", t.ID, err)
	}
	return whole, nil
}

// blankCase erases the answers, names, files, notes and officers' words of a closed case. That there was a case,
// what was asked for, what was decided and when stays. It returns the files. A case that is blank stays so.
func (d *Desk) blankCase(ctx context.Context, tx pgx.Tx, t Ticket, by Actor) ([]int64, error) {
	var answers []forms.Answer
	err := tx.QueryRow(ctx, `SELECT answers FROM requests WHERE id = $1 FOR UPDATE`, t.RequestID).Scan(&answers)
	if err != nil {
		return nil, fmt.Errorf("blank ticket %d: %w", t.ID, err)
	}
	whole, err := Whole(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	for i, a := range answers {
		answers[i] = forms.Answer{Field: a.Field, Kind: a.Kind, Label: a.Label, Text: erasedWords}
	}
	body, err := json.Marshal(answers)
	if err != nil {
		return nil, fmt.Errorf("blank ticket %d: %w", t.ID, err)
	}
	cut, err := cutFiles(ctx, tx, t, false)
	if err != nil {
		return nil, err
	}
	t.Subject, t.CitizenName = t.Title, ""
	for _, a := range []struct {
		sql  string
		args []any
	}{
		{`UPDATE requests SET answers = $2, citizen_name = '', attorney_name = '' WHERE id = $1`, []any{t.RequestID, body}},
		{`DELETE FROM request_sources WHERE request_id = $1`, []any{t.RequestID}},
		{`UPDATE filings SET name = '', phone = '', signed_name = '', scans = '{}' WHERE request_id = $1`, []any{t.RequestID}},
		{`UPDATE wants SET attachment_id = NULL WHERE ticket_id = $1`, []any{t.ID}},
		{`UPDATE ticket_messages SET text = $2, place = NULL, attachment_id = NULL WHERE ticket_id = $1 AND author <> 'citizen' AND text <> ''`, []any{t.ID, erasedWords}},
		{`UPDATE notes SET text = $2 WHERE ticket_id = $1`, []any{t.ID, erasedWords}},
		{`UPDATE consultations SET question = '', text = '', body = '', ended_why = '' WHERE ticket_id = $1`, []any{t.ID}},
		{`UPDATE enquiries SET subject = '', citizen_name = '', question = '', text = '', body = '', ended_why = ''
			WHERE consultation_id IN (SELECT id FROM consultations WHERE ticket_id = $1)`, []any{t.ID}},
		{`UPDATE transfers SET reason = '', bounced_why = '' WHERE ticket_id = $1 OR to_ticket = $1`, []any{t.ID}},
		{`UPDATE tickets SET subject = $2, citizen_name = '', search = $3, erased_at = coalesce(erased_at, $4) WHERE id = $1`,
			[]any{t.ID, t.Subject, searchText(t, nil), d.now()}},
	} {
		if _, err := tx.Exec(ctx, a.sql, a.args...); err != nil {
			return nil, fmt.Errorf("blank ticket %d: %w", t.ID, err)
		}
	}
	if !whole {
		return cut, nil
	}
	return cut, d.happened(ctx, tx, t, by, EventErased, Detail{})
}

// Part lets requests forget by which conversations they came, before those are erased: nobody can be written to
// there any more.
func Part(ctx context.Context, tx pgx.Tx, citizen int64, conversations []int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM request_sources WHERE request_id IN (SELECT id FROM requests WHERE citizen_id = $1)`, citizen)
	if err != nil {
		return fmt.Errorf("part requests of citizen %d: %w", citizen, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE requests SET conversation_id = NULL WHERE conversation_id = ANY($1)`, conversations); err != nil {
		return fmt.Errorf("part requests of citizen %d: %w", citizen, err)
	}
	return nil
}
