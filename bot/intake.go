package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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
	// intakeTime is how long one commit may take; LINE gives up on a webhook after 2 s.
	intakeTime = 1500 * time.Millisecond
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

// commit stores a batch in one transaction. When that fails each delivery is tried alone, so that
// one that the database refuses does not take the others with it.
func (in *Intake) commit(ctx context.Context, batch []delivery) {
	var all []Raw
	for _, d := range batch {
		all = append(all, d.events...)
	}
	err := in.store(ctx, all)
	if err == nil || len(batch) == 1 {
		for _, d := range batch {
			d.stored <- err
		}
		return
	}
	for _, d := range batch {
		d.stored <- in.store(ctx, d.events)
	}
}

// Store returns when the events and their jobs are durable, or with the reason why they may not
// be. After an error the channel delivers again; what was stored all the same is then recognised.
func (in *Intake) Store(ctx context.Context, events []Raw) error {
	d := delivery{events: events, stored: make(chan error, 1)}
	select {
	case in.queue <- d:
	default:
		return ErrBusy
	}
	select {
	case err := <-d.stored:
		return err
	case <-ctx.Done():
		return fmt.Errorf("store events: %w", ctx.Err())
	case <-in.done:
		select { // the last commit may have answered meanwhile
		case err := <-d.stored:
			return err
		default:
			return ErrBusy
		}
	}
}

func (in *Intake) store(ctx context.Context, events []Raw) error {
	ctx, cancel := context.WithTimeout(ctx, intakeTime)
	defer cancel()
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
	batch.Queue(`INSERT INTO inbound_events (channel_id, event_id, source, message_id, at, received_at, body, state, problem)
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::bytea[], $8::text[], $9::text[])
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
