package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/forms"
)

// Heard is a message of a citizen as it is still kept.
type Heard struct {
	At           time.Time           `db:"at"`
	Kind         string              `db:"kind"`
	Text         string              `db:"text"`
	Place        *Place              `db:"place"`
	AttachmentID *files.AttachmentID `db:"attachment_id"`
}

// HeardIn returns what a citizen said in a conversation and is still kept, oldest first by the channel's clock:
// what came late stands where it was said (line.md row 14).
func HeardIn(ctx context.Context, tx pgx.Tx, id ConversationID) ([]Heard, error) {
	rows, err := tx.Query(ctx, `SELECT at, kind, text, place, attachment_id FROM messages
		WHERE conversation_id = $1 AND unsent_at IS NULL AND (text <> '' OR place IS NOT NULL OR attachment_id IS NOT NULL) ORDER BY at, id`, id)
	if err != nil {
		return nil, fmt.Errorf("what was said in conversation %d: %w", id, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Heard])
	if err != nil {
		return nil, fmt.Errorf("what was said in conversation %d: %w", id, err)
	}
	return all, nil
}

// Begun is a form that was begun and not sent.
type Begun struct {
	Form      forms.Key
	Version   int
	StartedAt time.Time
	Answers   []forms.Answer
}

// Begun returns the forms that a conversation remembers.
func (c Conversation) Begun() []Begun {
	drafts := c.Kept
	if c.Draft != nil {
		drafts = append(drafts[:len(drafts):len(drafts)], *c.Draft)
	}
	all := make([]Begun, len(drafts))
	for i, d := range drafts {
		all[i] = Begun{Form: d.Form, Version: d.Version, StartedAt: d.StartedAt, Answers: d.Answers}
	}
	return all
}

// CopyReady tells a citizen that the copy of their data can be downloaded.
func CopyReady(lang, url string) Reply {
	say := Tongue(lang)
	return Reply{Text: say.Say("copy.ready", "url", url)}
}
