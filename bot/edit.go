package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/thai"
)

// Amend changes the words of a message that the citizen edited. It works in either order: an edit that
// comes first is found by its message. It returns the message's number, and known when there is
// something to change: the message was heard of and says other words now, and was not taken back.
func Amend(ctx context.Context, tx pgx.Tx, conversation ConversationID, channel int64, m Message) (id int64, known bool, err error) {
	var (
		before string
		kind   Kind
		since  time.Time
	)
	err = tx.QueryRow(ctx, `SELECT id, text, kind, at, unsent_at IS NULL AND (edited_at IS NULL OR edited_at < $3) FROM messages
		WHERE channel_id = $1 AND external_id = $2 FOR UPDATE`, channel, m.ID, m.At).Scan(&id, &before, &kind, &since, &known)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		_, err = tx.Exec(ctx, `INSERT INTO messages (conversation_id, channel_id, external_id, kind, text, at, edited_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
			ON CONFLICT DO NOTHING`, conversation, channel, m.ID, Edited, m.Text, m.At)
		if err != nil {
			return 0, false, fmt.Errorf("edit message: %w", err)
		}
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("edit message: %w", err)
	case !known:
		return id, false, nil
	}
	if _, err := tx.Exec(ctx, `UPDATE messages SET text = $2, edited_at = $3 WHERE id = $1`, id, m.Text, m.At); err != nil {
		return 0, false, fmt.Errorf("edit message: %w", err)
	}
	if kind == Edited || before == m.Text { // two edits before the message itself, or no change at all
		return id, false, nil
	}
	// What quotes the old words is brought up to date, so that an unsend finds it.
	return id, true, requote(ctx, tx, conversation, since.Add(-clocksApart), false, m.Text, before)
}

// EditedAt returns when the citizen edited a message last, by the channel's clock.
func EditedAt(ctx context.Context, tx pgx.Tx, message int64) (at time.Time, err error) {
	if err := tx.QueryRow(ctx, `SELECT edited_at FROM messages WHERE id = $1 AND edited_at IS NOT NULL`, message).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("when was message %d edited: %w", message, err)
	}
	return at, nil
}

// edited takes the new words of an earlier message for what the old ones were: an answer to a question
// of a form that is not sent yet, or words whose purpose is not known.
func (t *turn) edited() {
	id := t.m.ID
	if h := &t.c.Held; h.Text != "" && len(h.From) > 0 && h.From[len(h.From)-1] == id {
		h.Text = thai.Tidy(t.m.Text)
	}
	for i := range t.c.Kept {
		d := &t.c.Kept[i]
		if fl, ok := t.answeredBy(d, id); ok {
			if a, err := fl.Check(forms.Input{Text: t.m.Text, Now: t.m.At, Lang: string(t.say)}); err == nil {
				d.put(a, id)
			}
		}
	}
	d := t.c.Draft
	if d == nil {
		return
	}
	f := t.formOf(*d)
	if t.answeredSeveral(d, id) {
		t.text(t.say.Say("edit.several"))
		t.ask(f)
		return
	}
	fl, ok := t.answeredBy(d, id)
	if !ok {
		return
	}
	a, err := fl.Check(forms.Input{Text: t.m.Text, Now: t.m.At, Lang: string(t.say)})
	t.c.Mode = Plain
	if err != nil {
		t.text(t.say.Say("edit.refused", "label", fl.Label.In(string(t.say))))
		t.ask(f)
		return
	}
	t.touch()
	d.put(a, id)
	t.changed()
	t.text(t.say.Say("edit.taken", "label", fl.Label.In(string(t.say)), "answer", thai.Clip(oneLine(t.shown(fl, a)), maxRow)))
	if !d.Editing {
		t.advance(f)
	}
	t.ask(f)
}

// answeredSeveral reports whether a message answered more than one question.
func (t *turn) answeredSeveral(d *Draft, message string) bool {
	n := 0
	for _, ids := range d.Sources {
		if slices.Contains(ids, message) {
			n++
		}
	}
	return n > 1
}

// answeredBy returns the question of a draft that a message answered in words, alone.
func (t *turn) answeredBy(d *Draft, message string) (forms.Field, bool) {
	if t.answeredSeveral(d, message) {
		return forms.Field{}, false
	}
	for field, ids := range d.Sources {
		if !slices.Equal(ids, []string{message}) {
			continue
		}
		a, _ := forms.Find(d.Answers, field)
		fl, ok := t.formOf(*d).Field(field)
		return fl, ok && len(a.Attachments) == 0
	}
	return forms.Field{}, false
}
