package bot

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
)

// Talk is a conversation with where it is held.
type Talk struct {
	Stored
	Channel agencies.ChannelID
	Agency  agencies.AgencyID
	Kind    string // of channel
	Source  string // the channel's address of the person
}

const talkQuery = `SELECT c.id, c.state, c.blocked_at, c.source, ch.id, ch.agency_id, ch.kind, i.id, i.citizen_id, i.kind, i.provider, i.external_id, i.name
	FROM conversations c JOIN channels ch ON ch.id = c.channel_id JOIN identities i ON i.id = c.identity_id `

// TalksOf returns the conversations of all accounts of a citizen, the oldest first. It locks none of them.
func TalksOf(ctx context.Context, tx pgx.Tx, citizen citizens.CitizenID) ([]Talk, error) {
	return talksWhere(ctx, tx, `WHERE i.citizen_id = $1 ORDER BY c.id`, citizen)
}

// TalksBy returns the conversations of one account, the oldest first. It locks none of them.
func TalksBy(ctx context.Context, tx pgx.Tx, kind, provider, externalID string) ([]Talk, error) {
	return talksWhere(ctx, tx, `WHERE i.kind = $1 AND i.provider = $2 AND i.external_id = $3 ORDER BY c.id`, kind, provider, externalID)
}

// Hold returns a conversation as it is now, and keeps it for this transaction.
func (t Talk) Hold(ctx context.Context, tx pgx.Tx) (Talk, error) {
	stored, err := Reload(ctx, tx, t.ID)
	t.Stored = stored
	return t, err
}

func talksWhere(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]Talk, error) {
	rows, err := tx.Query(ctx, talkQuery+where, args...)
	if err != nil {
		return nil, fmt.Errorf("conversations of a person: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Talk, error) {
		var (
			t     Talk
			i     = &t.Identity
			state []byte
		)
		err := row.Scan(&t.ID, &state, &t.BlockedAt, &t.Source, &t.Channel, &t.Agency, &t.Kind, &i.ID, &i.CitizenID, &i.Kind, &i.Provider, &i.ExternalID, &i.Name)
		if err == nil {
			err = json.Unmarshal(state, &t.State)
		}
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("conversations of a person: %w", err)
	}
	return all, nil
}

// Rehome moves what came by pages from one conversation of a channel to another, where its forms go on.
func Rehome(ctx context.Context, tx pgx.Tx, from, to ConversationID) error {
	if _, err := tx.Exec(ctx, `UPDATE messages SET conversation_id = $2 WHERE conversation_id = $1 AND starts_with(external_id, 'upload ')`, from, to); err != nil {
		return fmt.Errorf("move what came to conversation %d: %w", to, err)
	}
	return nil
}
