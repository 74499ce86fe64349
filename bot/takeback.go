package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/internal/thai"
)

// TakenBack is what a message that the citizen unsent had been.
type TakenBack struct {
	Message int64              // its number
	File    files.AttachmentID // that it brought; 0: none
	Words   string             // that it said
	Place   bool               // it was a place
}

// clocksApart is how far the channel's clock may be ahead of ours.
const clocksApart = 10 * time.Minute

// TakeBack removes the words and the file of a message that the citizen unsent, wherever this
// package keeps them. It works in either order: an unsend that comes first leaves a mark that the
// message finds. It returns what the message was, for those who keep copies.
func TakeBack(ctx context.Context, tx pgx.Tx, conversation ConversationID, channel int64, externalID string, at time.Time) (TakenBack, error) {
	var (
		back  TakenBack
		file  *files.AttachmentID
		place *Place
		name  string
		since = at
	)
	err := tx.QueryRow(ctx, `SELECT m.attachment_id, m.text, m.place, m.at, coalesce(a.name, '')
		FROM messages m LEFT JOIN attachments a ON a.id = m.attachment_id WHERE m.channel_id = $1 AND m.external_id = $2 FOR UPDATE OF m`,
		channel, externalID).Scan(&file, &back.Words, &place, &since, &name)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return TakenBack{}, fmt.Errorf("unsend: %w", err)
	}
	err = tx.QueryRow(ctx, `INSERT INTO messages (conversation_id, channel_id, external_id, kind, at, unsent_at) VALUES ($1, $2, $3, 'unsend', $4, $4)
		ON CONFLICT (channel_id, external_id) DO UPDATE SET text = '', place = NULL, attachment_id = NULL, edited_at = NULL, unsent_at = excluded.unsent_at
		RETURNING id`, conversation, channel, externalID, at).Scan(&back.Message)
	if err != nil {
		return TakenBack{}, fmt.Errorf("unsend: %w", err)
	}
	if err := emptyRaw(ctx, tx, channel, externalID); err != nil {
		return TakenBack{}, err
	}
	quotes := []string{back.Words, name}
	if place != nil {
		quotes = append(quotes, place.Title, place.Address)
		back.Place = true
	}
	if file != nil {
		back.File = *file
	}
	lang, err := LangOf(ctx, tx, conversation)
	if err != nil {
		return TakenBack{}, err
	}
	return back, requote(ctx, tx, conversation, since.Add(-clocksApart), true, Tongue(lang).Say("unsend.mark"), quotes...)
}

// emptyRaw keeps the raw events of a message as facts without their content; one that still waits is done with.
func emptyRaw(ctx context.Context, tx pgx.Tx, channel int64, externalID string) error {
	// That the name is not empty must be said: the index that finds it holds no others.
	_, err := tx.Exec(ctx, `UPDATE inbound_events SET body = '', state = 'done', problem = 'unsent'
		WHERE channel_id = $1 AND message_id = $2 AND message_id <> ''`, channel, externalID)
	if err != nil {
		return fmt.Errorf("empty the events of a message: %w", err)
	}
	return nil
}

// TakeBackRaw empties what came of a message that somebody took back who has no conversation: the raw event is all
// there is of it. The event by which it was taken back bears the message's name from now on, for one that comes
// later (KeepRaw).
func TakeBackRaw(ctx context.Context, tx pgx.Tx, by Event, externalID string) error {
	if _, err := tx.Exec(ctx, `UPDATE inbound_events SET message_id = $2 WHERE id = $1`, by.ID, externalID); err != nil {
		return fmt.Errorf("take back by event %d: %w", by.ID, err)
	}
	return emptyRaw(ctx, tx, by.ChannelID, externalID)
}

// KeepRaw is done with an event that has no place in a conversation: it is kept as it came. Of a message that
// was taken back before, only the fact is.
func KeepRaw(ctx context.Context, tx pgx.Tx, e Event) error {
	_, err := tx.Exec(ctx, `UPDATE inbound_events e SET state = 'done', problem = CASE WHEN u.sent THEN '' ELSE 'unsent' END, body = CASE WHEN u.sent THEN e.body ELSE '' END
		FROM (SELECT NOT EXISTS (SELECT FROM inbound_events WHERE channel_id = $2 AND message_id = $3 AND message_id <> '' AND problem = 'unsent')
			AND NOT EXISTS (SELECT FROM messages WHERE channel_id = $2 AND external_id = $3 AND unsent_at IS NOT NULL) AS sent) AS u
		WHERE e.id = $1 AND e.state = 'waiting'`, e.ID, e.ChannelID, e.MessageID)
	if err != nil {
		return fmt.Errorf("keep event %d: %w", e.ID, err)
	}
	return nil
}

// UnsentMeanwhile says whether the citizen has taken back the message of an event, and holds the event: an
// unsend waits until the transaction is done.
func UnsentMeanwhile(ctx context.Context, tx pgx.Tx, id EventID) (bool, error) {
	var unsent bool
	err := tx.QueryRow(ctx, `SELECT state = 'done' AND problem = 'unsent' FROM inbound_events WHERE id = $1 FOR UPDATE`, id).Scan(&unsent)
	if err != nil {
		return false, fmt.Errorf("was event %d taken back: %w", id, err)
	}
	return unsent, nil
}

// Unsent says whether the citizen has taken a message back.
func Unsent(ctx context.Context, tx pgx.Tx, channel int64, externalID string) (bool, error) {
	var unsent bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM messages WHERE channel_id = $1 AND external_id = $2 AND unsent_at IS NOT NULL)`, channel, externalID).Scan(&unsent)
	if err != nil {
		return false, fmt.Errorf("was message taken back: %w", err)
	}
	return unsent, nil
}

// requote replaces what a citizen said in the messages to them that quote it, since a time. With empty
// set, answers that are sent are emptied: they are of no use any more, whatever they quote. A call that was
// tried goes once more under its key in other words, which is the only exception of line.md row 35: had a
// try arrived, the channel knows the key and shows nothing; else what was taken back must not be shown.
func requote(ctx context.Context, tx pgx.Tx, conversation ConversationID, since time.Time, empty bool, now string, quotes ...string) error {
	if empty {
		_, err := tx.Exec(ctx, `UPDATE replies SET body = '{}' WHERE conversation_id = $1 AND state = 'sent' AND cause LIKE 'event %' AND created_at >= $2`, conversation, since)
		if err != nil {
			return fmt.Errorf("forget answers: %w", err)
		}
	}
	rows, err := tx.Query(ctx, `SELECT id, body FROM replies WHERE conversation_id = $1 AND created_at >= $2 AND body <> '{}' ORDER BY id FOR UPDATE`, conversation, since)
	if err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	type answer struct {
		ID   ReplyID
		Body Reply
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[answer])
	if err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	for _, out := range all {
		r, changed := out.Body, false
		for _, q := range quotes {
			if q = thai.Tidy(q); q != "" {
				changed = r.requote(q, now) || changed
			}
		}
		if !changed {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE replies SET body = $2 WHERE id = $1`, out.ID, r); err != nil {
			return fmt.Errorf("requote answer %d: %w", out.ID, err)
		}
	}
	return nil
}

// requote replaces words in everything of a reply that people read, and reports whether there were any.
func (r *Reply) requote(words, now string) bool {
	changed := requoteIn(&r.Text, words, now)
	if r.Card != nil {
		c := *r.Card
		changed = c.requote(words, now) || changed
		r.Card = &c
	}
	return changed
}

func (c *Card) requote(words, now string) bool {
	changed := false
	for _, s := range []*string{&c.Alt, &c.Title, &c.Subtitle, &c.Body, &c.Note} {
		changed = requoteIn(s, words, now) || changed
	}
	c.Rows = slices.Clone(c.Rows)
	for i := range c.Rows {
		changed = requoteIn(&c.Rows[i].Value, words, now) || changed
	}
	c.Cards = slices.Clone(c.Cards)
	for i := range c.Cards {
		changed = c.Cards[i].requote(words, now) || changed
	}
	return changed
}

const (
	// quoteLeast is how many letters a quotation within a sentence must have to be taken for one; whole
	// lines and what stands in quotation marks need not.
	quoteLeast = 5
	// clippedLeast is the same for one that was cut short.
	clippedLeast = 8
)

// requoteIn replaces words in a text: as they are, on one line, or cut short at the end of the text.
func requoteIn(s *string, words, now string) bool {
	before := *s
	for _, w := range []string{words, oneLine(words)} {
		switch {
		case *s == w:
			*s = now
		case thai.Clusters(w) >= quoteLeast:
			*s = strings.ReplaceAll(*s, w, now)
		default:
			*s = strings.ReplaceAll(*s, "“"+w+"”", "“"+now+"”")
		}
		if head, cut := strings.CutSuffix(*s, "…"); cut {
			if i := clippedFrom(head, w); i >= 0 {
				*s = head[:i] + now
			}
		}
	}
	return *s != before
}

// clippedFrom returns where in a text a quotation begins that was cut short at its end, or -1.
func clippedFrom(text, words string) int {
	runes := []rune(words)
	if len(runes) < clippedLeast {
		return -1
	}
	start := string(runes[:clippedLeast])
	for from := 0; ; {
		i := strings.Index(text[from:], start)
		if i < 0 {
			return -1
		}
		if i += from; strings.HasPrefix(words, text[i:]) {
			return i
		}
		from = i + len(start)
	}
}

// takenBack forgets a message that the citizen took back and tells what that means for what they filed.
func (t *turn) takenBack() {
	var ways []Choice
	for _, from := range t.w.TakenBack {
		switch {
		case from.Item != "":
			t.c.Supplied = slices.DeleteFunc(t.c.Supplied, func(g Given) bool { return g == Given{Ticket: from.Ticket, Item: from.Item} })
			t.text(t.say.Say("unsend.wanted", "label", from.Label, "number", from.Number))
			ways = []Choice{{Gesture: Camera, Label: t.say.Say("choice.camera")}, {Gesture: CameraRoll, Label: t.say.Say("choice.roll")}}
		case from.Stays:
			t.text(t.say.Say("unsend.stays", "label", from.Label, "number", from.Number))
		}
	}
	t.unsend()
	if n := len(t.replies); n > 0 && len(t.replies[n-1].Choices) == 0 && t.replies[n-1].Card == nil {
		t.replies[n-1].Choices = fit(append(ways, t.humanChoice(), t.trackChoice(), t.menuChoice()))
	}
}
