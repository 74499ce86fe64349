package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
)

// DraftFor is how long a form that nobody goes on with is kept, and a file that belongs to nothing (PDP-5).
const DraftFor = draftFor

// Unfinished returns conversations, in order of their number after one, that remember a form which was
// not sent or a thing whose purpose is not known.
func Unfinished(ctx context.Context, tx pgx.Tx, after ConversationID, limit int) ([]ConversationID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM conversations
		WHERE id > $1 AND (state ? 'draft' OR state ? 'kept' OR state ? 'held') ORDER BY id LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("unfinished conversations: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ConversationID])
	if err != nil {
		return nil, fmt.Errorf("unfinished conversations: %w", err)
	}
	return ids, nil
}

// Forget takes out of a conversation what was left for too long. It reports whether there was any.
func Forget(ctx context.Context, tx pgx.Tx, id ConversationID, now time.Time) (bool, error) {
	stored, err := Reload(ctx, tx, id)
	if err != nil {
		return false, err
	}
	state, changed := stored.State.Expire(now)
	if !changed {
		return false, nil
	}
	return true, Save(ctx, tx, id, state, now)
}

// Holds reports whether the conversation still needs a file: for a form that was not sent, or because
// its purpose is not known yet.
func (c Conversation) Holds(file int64) bool {
	is := func(f HeldFile) bool { return f.ID == file }
	has := func(a forms.Answer) bool { return slices.Contains(a.Attachments, file) }
	switch {
	case slices.ContainsFunc(c.Held.Files, is):
	case slices.ContainsFunc(c.Albums, func(a Album) bool {
		return slices.ContainsFunc(a.Files, func(p AlbumPicture) bool { return is(p.HeldFile) })
	}):
	case c.Draft != nil && slices.ContainsFunc(c.Draft.Answers, has):
	case slices.ContainsFunc(c.Kept, func(d Draft) bool { return slices.ContainsFunc(d.Answers, has) }):
	default:
		return false
	}
	return true
}
