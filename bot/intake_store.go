package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// ReceivedArgs is the fact that events were stored: one, or some of those that shared a commit. A job
// for each would cost more than the events themselves.
type ReceivedArgs struct {
	Events []EventID `json:"events"`
}

// Kind names the job.
func (ReceivedArgs) Kind() string { return "received" }

// InsertOpts lets a job come again for hours. An event that fails is put aside after a few tries by the
// job itself; what fails for longer is trouble outside, and whoever waits must not be forgotten.
func (ReceivedArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1000} }

// perJob is how many events share a job at most.
const perJob = 32

// store keeps events, with the jobs for those that are new, in one transaction.
func (in *Intake) store(ctx context.Context, events []Raw) error {
	if len(events) == 0 {
		return nil
	}
	// One round trip to open the transaction with its scope.
	tx, err := in.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: `BEGIN; SET LOCAL app.agency = 'all'`})
	if err != nil {
		return fmt.Errorf("store %d events: %w", len(events), err)
	}
	err = in.storeIn(ctx, tx, events)
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		_ = tx.Rollback(ctx) // what went wrong is told by err
		return fmt.Errorf("store %d events: %w", len(events), err)
	}
	return nil
}

func (in *Intake) storeIn(ctx context.Context, tx pgx.Tx, events []Raw) error {
	added, err := insertRaw(ctx, tx, events)
	if err != nil || len(added) == 0 {
		return err
	}
	_, err = in.jobs.InsertManyTx(ctx, tx, in.jobsFor(added, events[0].ReceivedAt))
	return err
}

// jobsFor shares events out to jobs. What belongs to one conversation stays together, and what one
// channel brings beyond its share goes on the busy lane, in jobs of its own.
func (in *Intake) jobsFor(events []added, now time.Time) []river.InsertManyParams {
	type talk struct {
		channel int64
		source  string
	}
	type place struct {
		Lane
		channel int64 // 0 on the quick lane: there channels share jobs
	}
	var (
		talks []talk
		of    = map[talk][]EventID{}
		there = map[place][]EventID{}
		jobs  []river.InsertManyParams
	)
	for _, e := range events {
		t := talk{e.ChannelID, e.Source}
		if of[t] == nil {
			talks = append(talks, t)
		}
		of[t] = append(of[t], e.ID)
	}
	flush := func(p place) {
		jobs = append(jobs, river.InsertManyParams{Args: ReceivedArgs{Events: there[p]}, InsertOpts: p.Opts()})
		delete(there, p)
	}
	for _, t := range talks {
		p := place{Lane: in.lanes.Lane(ReceivedQueue, t.channel, len(of[t]), now)}
		if p.Queue != ReceivedQueue {
			p.channel = t.channel
		}
		if have := len(there[p]); have > 0 && have+len(of[t]) > perJob {
			flush(p)
		}
		there[p] = append(there[p], of[t]...)
	}
	for p := range there {
		flush(p)
	}
	return jobs
}

// added is an event that was not there before and is to be worked on.
type added struct {
	ID        EventID
	ChannelID int64
	Source    string
}

// insertRaw inserts events that are not there yet and returns those that are to be worked on, in order.
func insertRaw(ctx context.Context, tx pgx.Tx, events []Raw) ([]added, error) {
	n, weight := len(events), 0
	for _, e := range events {
		weight += len(e.Body)
	}
	var (
		channels           = make([]int64, n)
		ids, sources, msgs = make([]string, n), make([]string, n), make([]string, n)
		ats, received      = make([]time.Time, n), make([]time.Time, n)
		states, problems   = make([]string, n), make([]string, n)
		starts, lengths    = make([]int32, n), make([]int32, n)
		bodies             = make([]byte, 0, weight)
	)
	for i, e := range events {
		channels[i], ids[i], sources[i], msgs[i] = e.ChannelID, e.EventID, e.Source, e.MessageID
		ats[i], received[i], problems[i] = e.At, e.ReceivedAt, e.Problem
		starts[i], lengths[i] = int32(len(bodies)+1), int32(len(e.Body)) //nolint:gosec // bounded by intakeBytes
		bodies = append(bodies, e.Body...)
		states[i] = "waiting"
		if e.Problem != "" {
			states[i] = "quarantined"
		}
	}
	// Numbered in the order they came in, but inserted in the order of their names: two commits that
	// bring the same events then wait for one another, never each for the other. The bodies travel as one
	// value, the last: as an array they would be copied several times on their way.
	rows, err := tx.Query(ctx, `INSERT INTO inbound_events (id, channel_id, event_id, source, message_id, at, received_at, state, problem, body)
		OVERRIDING SYSTEM VALUE
		SELECT n.id, n.channel, n.name, n.source, n.message, n.at, n.received, n.state, n.problem, substr($11::bytea, n.start, n.length)
		  FROM (SELECT nextval('inbound_events_id_seq') AS id, e.* FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[],
			$5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[], $9::int[], $10::int[])
			AS e (channel, name, source, message, at, received, state, problem, start, length)) AS n
		 ORDER BY n.channel, n.name, n.id
		ON CONFLICT (channel_id, event_id) DO NOTHING
		RETURNING CASE WHEN state = 'waiting' THEN id ELSE 0 END, channel_id, source`,
		channels, ids, sources, msgs, ats, received, states, problems, starts, lengths, bodies)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[added])
	if err != nil {
		return nil, err
	}
	waiting := slices.DeleteFunc(all, func(e added) bool { return e.ID == 0 })
	slices.SortFunc(waiting, func(a, b added) int { return cmp.Compare(a.ID, b.ID) })
	return waiting, nil
}
