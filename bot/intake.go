package bot

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
)

// Raw is one event as a channel delivered it, before anybody understood it.
type Raw struct {
	ChannelID  int64
	EventID    string // the channel's own; the same event twice is stored once
	Source     string // whose conversation; empty when nobody's (a group, an event without a person)
	MessageID  string // of the message it carries, if any
	At         time.Time
	ReceivedAt time.Time
	Body       []byte
	Problem    string // why it cannot be worked on; such an event is stored in quarantine
}

// ReceivedArgs is the fact that an event was stored.
type ReceivedArgs struct {
	EventID int64 `json:"event_id"`
}

// Kind names the job.
func (ReceivedArgs) Kind() string { return "received" }

// BulkJobs enqueues many jobs at once in the caller's transaction; River's client does.
type BulkJobs interface {
	InsertManyFastTx(ctx context.Context, tx pgx.Tx, params []river.InsertManyParams) (int, error)
}

// Intake stores events durably, each with its job. Deliveries that arrive while a commit is on its
// way share the next one, so that the disk is asked to flush far less often than there are events.
type Intake struct {
	pool  *pgxpool.Pool
	jobs  BulkJobs
	queue chan delivery
	done  chan struct{}
}

// delivery is what one webhook call brought, waiting for its commit.
type delivery struct {
	events []Raw
	stored chan error // receives exactly one value
}

const (
	// intakeWaiting bounds the deliveries that wait for a commit, and with them memory: beyond it
	// callers are told at once to come again.
	intakeWaiting = 4096
	// intakeBatch bounds the events of one commit.
	intakeBatch = 512
	// intakeCommits is how many commits may be on their way at once: while one waits for the disk
	// another prepares.
	intakeCommits = 2
	// intakeTime is how long one commit may take, and intakePatience how long a caller waits for his;
	// LINE gives up on a webhook after 2 s.
	intakeTime     = 1500 * time.Millisecond
	intakePatience = 1800 * time.Millisecond
)

// ErrBusy means that so much waits to be stored that nothing more is taken.
var ErrBusy = errors.New("intake is full")

// NewIntake returns an Intake on a pool. Run must be running for Store to return.
func NewIntake(pool *pgxpool.Pool, jobs BulkJobs) *Intake {
	return &Intake{pool: pool, jobs: jobs, queue: make(chan delivery, intakeWaiting), done: make(chan struct{})}
}

// Run commits deliveries until ctx ends, and then what is still waiting.
func (in *Intake) Run(ctx context.Context) {
	defer close(in.done)
	slots := make(chan struct{}, intakeCommits)
	for {
		var first delivery
		select {
		case first = <-in.queue:
		case <-ctx.Done():
			in.drain(context.WithoutCancel(ctx))
			for range intakeCommits {
				slots <- struct{}{} // wait for commits on their way
			}
			return
		}
		slots <- struct{}{} // while all commits are under way, more deliveries gather
		batch := in.gather(first)
		go func() {
			defer func() { <-slots }()
			in.commit(context.WithoutCancel(ctx), batch)
		}()
	}
}

func (in *Intake) drain(ctx context.Context) {
	for {
		select {
		case first := <-in.queue:
			in.commit(ctx, in.gather(first))
		default:
			return
		}
	}
}

// gather takes what is waiting, up to the size of a batch.
func (in *Intake) gather(first delivery) []delivery {
	batch, events := []delivery{first}, len(first.events)
	for events < intakeBatch {
		select {
		case d := <-in.queue:
			batch = append(batch, d)
			events += len(d.events)
		default:
			return batch
		}
	}
	return batch
}

// commit stores a batch in one transaction.
func (in *Intake) commit(ctx context.Context, batch []delivery) {
	ctx, cancel := context.WithTimeout(ctx, intakeTime)
	defer cancel()
	var all []Raw
	for _, d := range batch {
		all = append(all, d.events...)
	}
	err := in.store(ctx, all)
	for _, d := range batch {
		if refused(err) {
			// Something in the batch cannot be stored as it is: the others must not go with it.
			d.stored <- in.storeApart(ctx, d.events)
			continue
		}
		d.stored <- err
	}
}

// refused says whether the database takes offence at a value: it would again, however often it is
// asked. Trouble with the connection, the disk or the time is not that.
func refused(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	// The classes of errors about what a value is, what it must be, and how large it may be.
	return slices.ContainsFunc([]string{"22", "23", "54"}, func(class string) bool { return strings.HasPrefix(pg.Code, class) })
}

// storeApart stores events one by one. One that the database refuses is put into quarantine, under a
// name made of its bytes.
func (in *Intake) storeApart(ctx context.Context, events []Raw) error {
	for _, e := range events {
		err := in.store(ctx, []Raw{e})
		if refused(err) {
			sum := sha256.Sum256(e.Body)
			err = in.store(ctx, []Raw{{
				ChannelID: e.ChannelID, EventID: "refused:" + base64.RawURLEncoding.EncodeToString(sum[:]),
				At: e.ReceivedAt, ReceivedAt: e.ReceivedAt, Body: e.Body, Problem: "the database refused it",
			}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Store returns when the events and their jobs are durable, or, within two seconds, with the reason
// why they may not be. After an error the channel delivers again; what was stored all the same is
// then recognised.
func (in *Intake) Store(ctx context.Context, events []Raw) error {
	d := delivery{events: events, stored: make(chan error, 1)}
	select {
	case in.queue <- d:
	default:
		return ErrBusy
	}
	patience := time.NewTimer(intakePatience)
	defer patience.Stop()
	select {
	case err := <-d.stored:
		return err
	case <-ctx.Done():
		return fmt.Errorf("store events: %w", ctx.Err())
	case <-patience.C:
		return errSlow
	case <-in.done:
		select { // the last commit may have answered meanwhile
		case err := <-d.stored:
			return err
		default:
			return ErrBusy
		}
	}
}

// errSlow means that nobody knows yet whether the events are stored.
var errSlow = errors.New("storing events takes too long")

func (in *Intake) store(ctx context.Context, events []Raw) error {
	err := pgx.BeginFunc(ctx, in.pool, func(tx pgx.Tx) error {
		ids, err := insertRaw(ctx, tx, events)
		if err != nil || len(ids) == 0 {
			return err
		}
		jobs := make([]river.InsertManyParams, len(ids))
		for i, id := range ids {
			jobs[i] = river.InsertManyParams{Args: ReceivedArgs{EventID: id}}
		}
		_, err = in.jobs.InsertManyFastTx(ctx, tx, jobs)
		return err
	})
	if err != nil {
		return fmt.Errorf("store %d events: %w", len(events), err)
	}
	return nil
}

// insertRaw inserts events that are not there yet and returns those that need a job.
func insertRaw(ctx context.Context, tx pgx.Tx, events []Raw) ([]int64, error) {
	n := len(events)
	var (
		channels           = make([]int64, n)
		ids, sources, msgs = make([]string, n), make([]string, n), make([]string, n)
		ats, received      = make([]time.Time, n), make([]time.Time, n)
		bodies             = make([][]byte, n)
		states, problems   = make([]string, n), make([]string, n)
	)
	for i, e := range events {
		channels[i], ids[i], sources[i], msgs[i] = e.ChannelID, e.EventID, e.Source, e.MessageID
		ats[i], received[i], bodies[i], problems[i] = e.At, e.ReceivedAt, e.Body, e.Problem
		states[i] = "waiting"
		if e.Problem != "" {
			states[i] = "quarantined"
		}
	}
	var batch pgx.Batch // one round trip for both
	batch.Queue(`SELECT set_config('app.agency', 'all', true)`)
	// Numbered in the order they came in, but inserted in the order of their names: two commits that
	// bring the same events then wait for one another, never each for the other.
	batch.Queue(`INSERT INTO inbound_events (id, channel_id, event_id, source, message_id, at, received_at, body, state, problem)
		OVERRIDING SYSTEM VALUE
		SELECT * FROM (SELECT nextval('inbound_events_id_seq'), e.* FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[],
			$5::timestamptz[], $6::timestamptz[], $7::bytea[], $8::text[], $9::text[]) AS e (channel, name)) AS n
		ORDER BY n.channel, n.name
		ON CONFLICT (channel_id, event_id) DO NOTHING
		RETURNING CASE WHEN state = 'waiting' THEN id ELSE 0 END`,
		channels, ids, sources, msgs, ats, received, bodies, states, problems)
	results := tx.SendBatch(ctx, &batch)
	_, err := results.Exec()
	var stored []int64
	if err == nil {
		var rows pgx.Rows
		if rows, err = results.Query(); err == nil {
			stored, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		}
	}
	if err := errors.Join(err, results.Close()); err != nil {
		return nil, err
	}
	waiting := stored[:0]
	for _, id := range stored {
		if id != 0 {
			waiting = append(waiting, id)
		}
	}
	return waiting, nil
}
