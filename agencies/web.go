package agencies

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/secret"
)

// WebKind is the kind of the channel by which services are asked for on our own pages. There is one for each agency; it
// is no official account of a chat service, has no secrets, and nobody sets it up.
const WebKind = "web"

// WebProvider is the provider of the accounts that people have on our own pages: they are the same at every agency.
const WebProvider = "web"

// Web returns the channel of an agency's pages, made when it is first needed.
func Web(ctx context.Context, tx pgx.Tx, box secret.Box, agency AgencyID, now time.Time) (Channel, error) {
	c := Channel{AgencyID: agency, Kind: WebKind, Destination: fmt.Sprintf("agency %d", agency), Provider: WebProvider, Name: "หน้าเว็บ", TokenKind: FixedToken}
	find := func() error {
		return tx.QueryRow(ctx, `SELECT id FROM channels WHERE kind = $1 AND destination = $2 AND removed_at IS NULL`, WebKind, c.Destination).Scan(&c.ID)
	}
	err := find()
	if err == nil {
		return c, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return Channel{}, fmt.Errorf("channel of the pages of agency %d: %w", agency, err)
	}
	s := c.seal(box)
	err = tx.QueryRow(ctx, `INSERT INTO channels (agency_id, kind, destination, provider, name, secret_sealed, token_kind, token_sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, destination) WHERE removed_at IS NULL DO NOTHING RETURNING id`,
		agency, c.Kind, c.Destination, c.Provider, c.Name, s.secret, c.TokenKind, s.token).Scan(&c.ID)
	if errors.Is(err, pgx.ErrNoRows) { // somebody else made it meanwhile
		err = find()
	} else if err == nil {
		err = NoteChange(ctx, tx, agency, 0, now, ChannelAdded, ChangeDetail{Channel: c.ID})
	}
	if err != nil {
		return Channel{}, fmt.Errorf("channel of the pages of agency %d: %w", agency, err)
	}
	return c, nil
}
