package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// Rescue gives back the jobs of worker processes that died. River itself does so after an hour at
// the earliest, because it cannot know; here a living worker holds an advisory lock under its
// client's name, which PostgreSQL releases the moment its connection is gone. Every job may run
// twice, so a worker that only lost its connection does no harm either.
type Rescue struct {
	URL    string // direct: a lock belongs to a session
	Client string // this worker's River client
	Log    *slog.Logger
}

const (
	// rescueEvery is how often a worker looks after the others.
	rescueEvery = 3 * time.Second
	// rescueSpace keeps these locks apart from others in the database.
	rescueSpace = 0x5a9a
)

// Hold takes this worker's lock and looks after the jobs of dead ones until ctx ends. Ready is
// called once, when the lock is held and the first look is over: jobs may start then.
func (r Rescue) Hold(ctx context.Context, ready func()) error {
	for {
		err := r.hold(ctx, &ready)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // told to stop
		}
		r.Log.ErrorContext(ctx, "the worker's lock was lost; taking it again", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func (r Rescue) hold(ctx context.Context, ready *func()) (err error) {
	conn, err := pgx.Connect(ctx, r.URL)
	if err != nil {
		return fmt.Errorf("rescue: connect: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	var held bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, $2)`, rescueSpace, lockOf(r.Client)).Scan(&held); err != nil {
		return fmt.Errorf("rescue: take the worker's lock: %w", err)
	}
	if !held {
		return fmt.Errorf("rescue: another worker is called %q", r.Client)
	}
	for tick := time.NewTicker(rescueEvery); ; {
		if err := r.look(ctx, conn); err != nil {
			return err
		}
		if *ready != nil {
			(*ready)()
			*ready = nil
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return nil
		case <-tick.C:
		}
	}
}

// look makes the running jobs of clients whose lock nobody holds available again.
func (r Rescue) look(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT DISTINCT attempted_by[array_upper(attempted_by, 1)] FROM river_job WHERE state = 'running'`)
	if err != nil {
		return fmt.Errorf("rescue: look for running jobs: %w", err)
	}
	clients, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("rescue: look for running jobs: %w", err)
	}
	for _, client := range clients {
		if client == r.Client {
			continue
		}
		var dead bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, $2)`, rescueSpace, lockOf(client)).Scan(&dead); err != nil {
			return fmt.Errorf("rescue: look after %q: %w", client, err)
		}
		if !dead {
			continue
		}
		tag, err := conn.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
			WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1`, client)
		if err != nil {
			return fmt.Errorf("rescue: give back jobs of %q: %w", client, err)
		}
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock($1, $2)`, rescueSpace, lockOf(client)); err != nil {
			return fmt.Errorf("rescue: let go of %q: %w", client, err)
		}
		if n := tag.RowsAffected(); n > 0 {
			r.Log.WarnContext(ctx, "gave back the jobs of a worker that died", "client", client, "jobs", n)
		}
	}
	return nil
}

// lockOf is the number of a client's lock. Two clients that share one only rescue each other later.
func lockOf(client string) int32 {
	h := fnv.New32a()
	h.Write([]byte(client))
	return int32(h.Sum32()) //nolint:gosec // any 32 bits will do
}
