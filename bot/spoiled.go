package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
)

// Carried says which message brought a file.
type Carried struct {
	Conversation ConversationID     `db:"conversation_id"`
	Channel      agencies.ChannelID `db:"channel_id"`
	Message      string             `db:"external_id"` // the channel's identifier
}

// Carrier returns the message that brought a file. ok is false when there is none: it is still being
// worked on, or was taken back.
func Carrier(ctx context.Context, tx pgx.Tx, file files.AttachmentID) (c Carried, ok bool, err error) {
	rows, err := tx.Query(ctx, `SELECT conversation_id, channel_id, external_id FROM messages WHERE attachment_id = $1 ORDER BY id LIMIT 1`, file)
	if err != nil {
		return Carried{}, false, fmt.Errorf("who brought file %d: %w", file, err)
	}
	c, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Carried])
	if errors.Is(err, pgx.ErrNoRows) {
		return Carried{}, false, nil
	}
	if err != nil {
		return Carried{}, false, fmt.Errorf("who brought file %d: %w", file, err)
	}
	return c, true, nil
}

// spoiled forgets a file in which a virus was found, and says so: to send it again is all that the
// citizen can do.
func (t *turn) spoiled() {
	name := ""
	if t.m.Attachment != nil {
		name = t.m.Attachment.Name
	}
	t.text(t.say.Say("file.infected", "name", name))
	t.c.Supplied = nil // what the cases still want is theirs to say
	t.lose(t.m.ID)
	if t.c.Draft == nil && len(t.wanted()) > 0 {
		t.askWanted(t.say.Say("want.send"))
	}
}

// lose takes what a message brought out of everything that is not sent yet, and asks the open question
// again when it was an answer.
func (t *turn) lose(message string) {
	t.c.Held.Files = slices.DeleteFunc(t.c.Held.Files, func(f HeldFile) bool { return f.Message == message })
	t.loseFromAlbums(message)
	for i := range t.c.Kept {
		t.forget(&t.c.Kept[i], message)
	}
	d := t.c.Draft
	if d == nil || !t.forget(d, message) {
		return
	}
	f := t.formOf(*d)
	if !d.Editing {
		t.advance(f)
	}
	t.c.Mode = Plain
	t.ask(f)
}
