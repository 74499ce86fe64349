package agencies

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// DB begins transactions; a pool, a connection and a transaction (as a savepoint) all do.
type DB interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Within runs fn in a transaction that sees and writes rows of one agency only: row-level
// security enforces it in the database, whatever the queries say.
func Within(ctx context.Context, db DB, agency AgencyID, fn func(tx pgx.Tx) error) error {
	return scoped(ctx, db, fmt.Sprintf(`SET LOCAL app.agency = '%d'`, agency), fn)
}

// Everywhere runs fn in a transaction over all agencies. Only the bot, jobs and public pages,
// which are nobody's tenant, may ask for it.
func Everywhere(ctx context.Context, db DB, fn func(tx pgx.Tx) error) error {
	return scoped(ctx, db, everywhere, fn)
}

const everywhere = `SET LOCAL app.agency = 'all'`

// ForMany is Everywhere for statements that serve many at once and find each by an index: they get one
// plan for however many there are, also where a table is still so small that to read all of it would look
// cheaper. To plan them anew each time takes longer than to carry them out.
func ForMany(ctx context.Context, db DB, fn func(tx pgx.Tx) error) error {
	return scoped(ctx, db, everywhere+`; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off`, fn)
}

// beginner begins a transaction with words of our own; a pool and a connection do, a savepoint does not.
type beginner interface {
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// scoped sets the scope for the transaction alone: a pooled connection carries nothing over to its
// next user.
func scoped(ctx context.Context, db DB, set string, fn func(tx pgx.Tx) error) error {
	if whole, ok := db.(beginner); ok { // one round trip for both
		return pgx.BeginTxFunc(ctx, whole, pgx.TxOptions{BeginQuery: "BEGIN; " + set}, fn)
	}
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, set); err != nil {
			return fmt.Errorf("set the agency scope: %w", err)
		}
		return fn(tx)
	})
}
