package tickets

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// TakenBack is a message that a citizen took back.
type TakenBack struct {
	Source  string // as in Said and Submission
	Citizen int64
	Words   string // what it said; empty: nothing in words
	Place   bool   // it was a place
	File    int64  // the file it brought; 0: none
}

// Consequence is what taking a message back meant for one ticket, as far as its citizen should know.
type Consequence struct {
	Ticket TicketID
	Number string
	Want   WantID // a document that is missing again; 0: none
	Label  string // of that document, or of the answer
	Stays  bool   // the answer stays: the citizen filed with it
}

// unsentWords stand where words were that the citizen took back.
const unsentWords = "(ประชาชนยกเลิกข้อความนี้)"

// Unsend removes what a citizen took back from every ticket it was told to; history keeps only the fact.
//
// What was said to officers goes, whenever it was said, and so do files. The words of a request that
// the citizen saw as a whole and sent stay: they are a public record, on which the agency acts, and the
// history notes that they were taken back. So do the files of a case that is decided: the decision
// rests on them (EGA-15.1, EGA-17.1, PDP-4). Keep says that the bytes of the file must stay.
func (d *Desk) Unsend(ctx context.Context, tx pgx.Tx, back TakenBack) (all []Consequence, keep bool, err error) {
	if err := d.unsendTalk(ctx, tx, back); err != nil {
		return nil, false, err
	}
	if back.File != 0 {
		if keep, err = decided(ctx, tx, back.File); err != nil {
			return nil, false, err
		}
		if !keep {
			if all, err = d.unsendWanted(ctx, tx, back.File); err != nil {
				return nil, false, err
			}
		}
	}
	filed, err := d.unsendFiled(ctx, tx, back, keep)
	return append(all, filed...), keep, err
}

// unsendTalk empties what was said to officers, with what it said before it was edited.
func (d *Desk) unsendTalk(ctx context.Context, tx pgx.Tx, back TakenBack) error {
	rows, err := tx.Query(ctx, `UPDATE ticket_messages SET text = '', place = NULL, attachment_id = NULL, edited_at = NULL, unsent_at = $2
		WHERE source IN ($1, $1 || $3) AND author = 'citizen' AND unsent_at IS NULL RETURNING ticket_id, id`, back.Source, d.now(), editedSuffix)
	if err != nil {
		return fmt.Errorf("unsend: %w", err)
	}
	type gone struct {
		Ticket TicketID
		ID     MessageID
	}
	said, err := pgx.CollectRows(rows, pgx.RowToStructByPos[gone])
	if err != nil {
		return fmt.Errorf("unsend: %w", err)
	}
	for _, g := range said {
		t, err := lock(ctx, tx, g.Ticket)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM ticket_message_versions WHERE message_id = $1`, g.ID); err != nil {
			return fmt.Errorf("unsend: %w", err)
		}
		// The label of a file of the talk is the name its sender gave it.
		_, err = tx.Exec(ctx, `DELETE FROM ticket_files f WHERE f.ticket_id = $1 AND f.attachment_id = $2
			AND NOT EXISTS (SELECT FROM wants w WHERE w.ticket_id = f.ticket_id AND w.attachment_id = f.attachment_id)
			AND NOT EXISTS (SELECT FROM requests r WHERE r.id = $3 AND jsonb_path_exists(r.answers, '$[*].attachments[*] ? (@ == $file)', jsonb_build_object('file', $2::bigint)))`,
			t.ID, back.File, t.RequestID)
		if err != nil {
			return fmt.Errorf("unsend: %w", err)
		}
		if err := d.happened(ctx, tx, t, ByCitizen(t.CitizenID), EventUnsent, Detail{Message: g.ID}); err != nil {
			return err
		}
	}
	return nil
}

// decided says whether a decision rests on a file: it was filed with a request, or as a document that
// was asked for, and the case is decided.
func decided(ctx context.Context, tx pgx.Tx, file int64) (bool, error) {
	var is bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ticket_files f JOIN decisions d ON d.ticket_id = f.ticket_id
		JOIN tickets t ON t.id = f.ticket_id JOIN requests r ON r.id = t.request_id WHERE f.attachment_id = $1
		AND (EXISTS (SELECT FROM wants w WHERE w.ticket_id = f.ticket_id AND w.attachment_id = $1)
			OR r.confirmed AND jsonb_path_exists(r.answers, '$[*].attachments[*] ? (@ == $file)', jsonb_build_object('file', $1::bigint))))`, file).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("does a decision rest on file %d: %w", file, err)
	}
	return is, nil
}

// unsendWanted lets a document that was asked for be missing again: the ticket waits for it, without a
// second asking.
func (d *Desk) unsendWanted(ctx context.Context, tx pgx.Tx, file int64) ([]Consequence, error) {
	rows, err := tx.Query(ctx, `SELECT ticket_id, id, label FROM wants WHERE attachment_id = $1 ORDER BY id`, file)
	if err != nil {
		return nil, fmt.Errorf("unsend: %w", err)
	}
	type want struct {
		Ticket TicketID
		ID     WantID
		Label  string
	}
	wants, err := pgx.CollectRows(rows, pgx.RowToStructByPos[want])
	if err != nil {
		return nil, fmt.Errorf("unsend: %w", err)
	}
	var all []Consequence
	for _, w := range wants {
		t, err := lock(ctx, tx, w.Ticket)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, `UPDATE wants SET attachment_id = NULL, supplied_at = NULL WHERE id = $1`, w.ID); err != nil {
			return nil, fmt.Errorf("unsend: %w", err)
		}
		if t.Status.CanBecome(Awaiting) {
			t.Status = Awaiting
		}
		if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, unread = true WHERE id = $1`, t.ID, t.Status); err != nil {
			return nil, fmt.Errorf("update ticket %d: %w", t.ID, err)
		}
		if err := d.happened(ctx, tx, t, ByCitizen(t.CitizenID), EventUnsent, Detail{Want: w.ID, Attachment: file}); err != nil {
			return nil, err
		}
		if t.Status == Awaiting {
			all = append(all, Consequence{Ticket: t.ID, Number: t.Number, Want: w.ID, Label: w.Label})
		}
	}
	return all, nil
}

// unsendFiled goes through the requests that answers came to from the message. It holds each, so that
// routing waits, or has made its ticket.
func (d *Desk) unsendFiled(ctx context.Context, tx pgx.Tx, back TakenBack, keep bool) ([]Consequence, error) {
	rows, err := tx.Query(ctx, `SELECT r.id, r.confirmed, r.answers, coalesce(s.fields, '{}') AS fields FROM requests r
		LEFT JOIN LATERAL (SELECT array_agg(field) AS fields FROM request_sources WHERE request_id = r.id AND source = $1) s ON true
		WHERE r.id IN (SELECT request_id FROM request_sources WHERE source = $1
			UNION SELECT id FROM requests WHERE $3 <> 0 AND citizen_id = $2
				AND jsonb_path_exists(answers, '$[*].attachments[*] ? (@ == $file)', jsonb_build_object('file', $3::bigint)))
		ORDER BY r.id FOR UPDATE OF r`, back.Source, back.Citizen, back.File)
	if err != nil {
		return nil, fmt.Errorf("unsend: %w", err)
	}
	filed, err := pgx.CollectRows(rows, pgx.RowToStructByName[filing])
	if err != nil {
		return nil, fmt.Errorf("unsend: %w", err)
	}
	var all []Consequence
	for _, f := range filed {
		some, err := d.unsendAnswers(ctx, tx, f, back, keep)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// filing is a request with the fields whose answers came from a message.
type filing struct {
	ID        RequestID      `db:"id"`
	Confirmed bool           `db:"confirmed"`
	Answers   []forms.Answer `db:"answers"`
	Fields    []string       `db:"fields"`
}

// unsent is a line of history about a message that was taken back.
type unsent struct {
	Kind   EventKind `json:"kind"`
	Detail Detail    `json:"detail"`
}

// unsendAnswers takes a message out of the answers of one request, as far as it may, and notes it in
// the history of its ticket.
func (d *Desk) unsendAnswers(ctx context.Context, tx pgx.Tx, f filing, back TakenBack, keep bool) ([]Consequence, error) {
	notes, stay, changed := f.unsend(back, keep)
	if len(notes) == 0 {
		return nil, nil
	}
	if changed {
		body, err := json.Marshal(f.Answers)
		if err != nil {
			return nil, fmt.Errorf("unsend: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE requests SET answers = $2 WHERE id = $1`, f.ID, body); err != nil {
			return nil, fmt.Errorf("unsend: %w", err)
		}
	}
	found, err := FindByRequest(ctx, tx, f.ID)
	if fault.Is(err, fault.NotFound) {
		// Not routed yet: its ticket will be made of what is left, and its history notes it then.
		body, err := json.Marshal(notes)
		if err != nil {
			return nil, fmt.Errorf("unsend: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE requests SET unsent = unsent || $2::jsonb WHERE id = $1 AND NOT unsent @> $2::jsonb`, f.ID, body); err != nil {
			return nil, fmt.Errorf("unsend: %w", err)
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := lock(ctx, tx, found.ID)
	if err != nil {
		return nil, err
	}
	if changed {
		if err := d.retitle(ctx, tx, &t, f.Answers); err != nil {
			return nil, err
		}
	}
	added, err := d.note(ctx, tx, t, notes)
	if err != nil || !added {
		return nil, err
	}
	all := make([]Consequence, len(stay))
	for i, label := range stay {
		all[i] = Consequence{Ticket: t.ID, Number: t.Number, Label: label, Stays: true}
	}
	return all, nil
}

// unsend takes a message out of the answers. It returns what history notes, the labels of the answers
// that stay, and whether any did not.
func (f filing) unsend(back TakenBack, keep bool) (notes []unsent, stay []string, changed bool) {
	for i := range f.Answers {
		a := &f.Answers[i]
		brought := back.File != 0 && slices.Contains(a.Attachments, back.File)
		said := back.File == 0 && len(a.Attachments) == 0 && slices.Contains(f.Fields, a.Field)
		switch {
		case brought && keep, said && f.Confirmed:
			notes = append(notes, unsent{EventStays, Detail{Field: a.Field, Attachment: back.File}})
			stay = append(stay, a.Label)
		case brought:
			nameless(a, back.File)
			notes, changed = append(notes, unsent{EventUnsent, Detail{Field: a.Field, Attachment: back.File}}), true
		case said && blank(a, back):
			notes, changed = append(notes, unsent{EventUnsent, Detail{Field: a.Field}}), true
		}
	}
	return notes, stay, changed
}

// nameless takes the name of a file out of an answer; that there was a file stays.
func nameless(a *forms.Answer, file int64) {
	held := a.Files()
	for i := range held {
		if held[i].ID != file {
			continue
		}
		if name := held[i].Name; name != "" && a.Text == name {
			a.Text = unsentWords
		}
		held[i].Name = ""
	}
	if raw, err := json.Marshal(held); err == nil && len(held) > 0 {
		a.Value = raw
	}
}

// blank takes what a message said out of an answer that several messages may have given. It reports
// whether there was anything.
func blank(a *forms.Answer, back TakenBack) bool {
	words := thai.Tidy(back.Words)
	switch {
	case a.Text == unsentWords:
		return false
	case a.Kind == forms.LocationField && back.Words == "" && !back.Place:
		return false
	case words != "" && a.Text != words && strings.Contains(a.Text, words):
		a.Text = strings.ReplaceAll(a.Text, words, unsentWords)
	default:
		a.Text = unsentWords
	}
	a.Value = nil
	if raw, err := json.Marshal(a.Text); err == nil && a.Kind == forms.TextField {
		a.Value = raw
	}
	return true
}

// retitle makes the line in the list and the search of a ticket again from what is left of its answers.
func (d *Desk) retitle(ctx context.Context, tx pgx.Tx, t *Ticket, answers []forms.Answer) error {
	if form, ok := d.forms.Version(t.FormKey, t.FormVersion); ok {
		t.Subject = form.Subject(answers)
	}
	_, err := tx.Exec(ctx, `UPDATE tickets SET subject = $2, search = $3 WHERE id = $1`, t.ID, t.Subject, searchText(*t, answers))
	if err != nil {
		return fmt.Errorf("retitle ticket %d: %w", t.ID, err)
	}
	return nil
}

// noteUnsent notes in the history of a new ticket what was taken back before there was one.
func (d *Desk) noteUnsent(ctx context.Context, tx pgx.Tx, t Ticket) error {
	var notes []unsent
	if err := tx.QueryRow(ctx, `SELECT unsent FROM requests WHERE id = $1`, t.RequestID).Scan(&notes); err != nil {
		return fmt.Errorf("read what was taken back of request %d: %w", t.RequestID, err)
	}
	_, err := d.note(ctx, tx, t, notes)
	return err
}

// note adds to the history what is not there yet, and reports whether there was anything.
func (d *Desk) note(ctx context.Context, tx pgx.Tx, t Ticket, notes []unsent) (added bool, err error) {
	for _, n := range notes {
		var noted bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ticket_events WHERE ticket_id = $1 AND kind = $2
			AND coalesce(detail->>'field', '') = $3 AND coalesce(detail->>'attachment', '0')::bigint = $4)`,
			t.ID, n.Kind, n.Detail.Field, n.Detail.Attachment).Scan(&noted)
		if err != nil {
			return false, fmt.Errorf("read history of ticket %d: %w", t.ID, err)
		}
		if noted {
			continue
		}
		if err := d.happened(ctx, tx, t, ByCitizen(t.CitizenID), n.Kind, n.Detail); err != nil {
			return false, err
		}
		added = true
	}
	return added, nil
}
