package proof

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

const anchorColumns = `body, signature, at`

// anchoredUntil is until when all histories are anchored; nil: none ever was.
func anchoredUntil(ctx context.Context, tx pgx.Tx) (until *time.Time, err error) {
	if err := tx.QueryRow(ctx, `SELECT max(until) FROM anchors`).Scan(&until); err != nil {
		return nil, fmt.Errorf("last anchor: %w", err)
	}
	if until != nil {
		*until = until.UTC()
	}
	return until, nil
}

// Latest returns the newest anchor of an agency, or pgx.ErrNoRows.
func Latest(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) (Anchor, error) {
	return oneAnchor(ctx, tx, `SELECT `+anchorColumns+` FROM anchors WHERE agency_id = $1 ORDER BY n DESC LIMIT 1`, agency)
}

// Find returns an anchor by its number, or pgx.ErrNoRows.
func Find(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, n int) (Anchor, error) {
	return oneAnchor(ctx, tx, `SELECT `+anchorColumns+` FROM anchors WHERE agency_id = $1 AND n = $2`, agency, n)
}

// covering returns the anchor of an agency that covers a moment, or pgx.ErrNoRows.
func covering(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, at time.Time) (Anchor, error) {
	return oneAnchor(ctx, tx, `SELECT `+anchorColumns+` FROM anchors WHERE agency_id = $1 AND until > $2 AND (since IS NULL OR since <= $2) ORDER BY n LIMIT 1`, agency, at)
}

// Recent returns the newest anchors of an agency, newest first.
func Recent(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, most int) ([]Anchor, error) {
	rows, err := tx.Query(ctx, `SELECT `+anchorColumns+` FROM anchors WHERE agency_id = $1 ORDER BY n DESC LIMIT $2`, agency, most)
	if err != nil {
		return nil, fmt.Errorf("anchors of agency %d: %w", agency, err)
	}
	all, err := pgx.CollectRows(rows, scanAnchor)
	if err != nil {
		return nil, fmt.Errorf("anchors of agency %d: %w", agency, err)
	}
	return all, nil
}

func oneAnchor(ctx context.Context, tx pgx.Tx, query string, args ...any) (Anchor, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return Anchor{}, fmt.Errorf("find anchor: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanAnchor)
	if err != nil {
		return Anchor{}, fmt.Errorf("find anchor: %w", err)
	}
	return a, nil
}

func scanAnchor(row pgx.CollectableRow) (a Anchor, err error) {
	if err := row.Scan(&a.Body, &a.Signature, &a.At); err != nil {
		return Anchor{}, err
	}
	if err := json.Unmarshal(a.Body, &a.Statement); err != nil {
		return Anchor{}, errors.Join(errStatement, err)
	}
	return a, nil
}

// errStatement means that what an anchor says cannot be read.
var errStatement = errors.New("not the statement of an anchor")

func findKey(ctx context.Context, tx pgx.Tx, id string) (Key, error) {
	keys, err := Keys(ctx, tx)
	if err != nil {
		return Key{}, err
	}
	for _, k := range keys {
		if k.ID == id {
			return k, nil
		}
	}
	return Key{}, fmt.Errorf("find key %s of anchors: %w", id, pgx.ErrNoRows)
}
