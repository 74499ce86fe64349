package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// WaitReply says that a file takes its time, and that the answer comes by itself.
func WaitReply(lang string) Reply {
	say := Tongue(lang)
	return Reply{Text: say.Say("file.wait"), Choices: say.ways()}
}

// Acknowledge tells a person with the reply token of an event, once, that working on it takes longer. The
// result is to be sent without the token (line.md row 31).
func Acknowledge(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, to Stored, event Event, token string, until, now time.Time) error {
	cause := fmt.Sprintf("event %d wait", event.ID)
	var before bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM replies WHERE conversation_id = $1 AND cause = $2)`, to.ID, cause).Scan(&before)
	if err != nil {
		return fmt.Errorf("acknowledge event %d: %w", event.ID, err)
	}
	if before { // the token is spent
		return nil
	}
	lang, err := LangOf(ctx, tx, to.ID)
	if err != nil {
		return err
	}
	return CloseAll(ctx, tx, jobs, []Closing{{
		ID: to.ID, Channel: event.ChannelID, ReplyToken: token, ReplyUntil: until, Cause: cause, Replies: []Reply{WaitReply(lang)},
	}}, now)
}
