package agencies

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// DB begins transactions; a pool, a connection and a transaction (as a savepoint) all do.
type DB interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Within runs fn in a transaction that sees and writes rows of one agency only: row-level
// security enforces it in the database, whatever the queries say.
func Within(ctx context.Context, db DB, agency AgencyID, fn func(tx pgx.Tx) error) error {
	return scoped(ctx, db, strconv.FormatInt(int64(agency), 10), fn)
}

// Everywhere runs fn in a transaction over all agencies. Only the bot, jobs and public pages,
// which are nobody's tenant, may ask for it.
func Everywhere(ctx context.Context, db DB, fn func(tx pgx.Tx) error) error {
	return scoped(ctx, db, "all", fn)
}

func scoped(ctx context.Context, db DB, scope string, fn func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		// Local to the transaction: a pooled connection carries nothing over to its next user.
		if _, err := tx.Exec(ctx, `SELECT set_config('app.agency', $1, true)`, scope); err != nil {
			return fmt.Errorf("set the agency scope: %w", err)
		}
		return fn(tx)
	})
}
