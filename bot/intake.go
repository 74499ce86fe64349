package bot

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
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

// BulkJobs enqueues many jobs at once in the caller's transaction; River's client does.
type BulkJobs interface {
	InsertManyTx(ctx context.Context, tx pgx.Tx, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
}

// Intake stores events durably, with the jobs that work on them. Deliveries that arrive while a commit
// is on its way share the next one, so that the disk is asked to flush far less often than there are
// events.
type Intake struct {
	pool  *pgxpool.Pool
	jobs  BulkJobs
	lanes *Lanes
	queue chan *delivery
	bytes atomic.Int64 // of what waits for its commit
	used  sync.Pool    // of *delivery
	done  chan struct{}
}

// delivery is what one webhook call brought, waiting for its commit.
type delivery struct {
	events []Raw
	bytes  int64
	stored chan error // receives exactly one value
	waits  *time.Timer
}

const (
	// intakeWaiting bounds the deliveries that wait for a commit, and intakeBytes what they weigh:
	// beyond either, callers are told at once to come again.
	intakeWaiting = 4096
	intakeBytes   = 64 << 20
	// intakeBatch bounds the events of one commit.
	intakeBatch = 512
	// intakeCommits is how many commits may be on their way at once: while one waits for the disk
	// another prepares. Only when they take longer than intakeSlow do more begin, up to intakeMost:
	// on a slow database nobody should wait for two commits.
	intakeCommits = 2
	intakeSlow    = 25 * time.Millisecond
	intakeMost    = 16
	// intakeTime is how long one commit may take, and intakePatience how long a caller waits for his:
	// LINE gives up on a webhook after 2 s, and wants to hear before that.
	intakeTime     = 1200 * time.Millisecond
	intakePatience = 1300 * time.Millisecond
)

// IntakeConns is how many connections an intake uses at once at most: one for each commit.
const IntakeConns = intakeMost

// ErrBusy means that so much waits to be stored that nothing more is taken.
var ErrBusy = errors.New("intake is full")

// NewIntake returns an Intake on a pool. Run must be running for Store to return.
func NewIntake(pool *pgxpool.Pool, jobs BulkJobs) *Intake {
	return &Intake{pool: pool, jobs: jobs, lanes: NewLanes(), queue: make(chan *delivery, intakeWaiting), done: make(chan struct{})}
}

// Run commits deliveries until ctx ends, and then what is still waiting.
func (in *Intake) Run(ctx context.Context) {
	defer close(in.done)
	var (
		commits sync.WaitGroup
		ended   = make(chan struct{}, intakeMost)
		under   int // commits under way
		last    int // events of the one that began last
		slow    = time.NewTimer(intakeSlow)
	)
	defer slow.Stop()
	for {
		var b batch
		select {
		case d := <-in.queue:
			b.add(d)
		case <-ended:
			under--
			continue
		case <-ctx.Done():
			in.drain(context.WithoutCancel(ctx))
			commits.Wait()
			return
		}
		in.gather(&b)
		slow.Reset(intakeSlow)
		for late := false; !begins(under, last, b.events, late); {
			queue := in.queue
			if b.full() {
				queue = nil
			}
			select {
			case d := <-queue:
				b.add(d)
				in.gather(&b)
			case <-ended:
				under--
			case <-slow.C:
				late = true
			}
		}
		under, last = under+1, b.events
		commits.Go(func() {
			defer func() { ended <- struct{}{} }()
			in.commit(context.WithoutCancel(ctx), b.deliveries)
		})
	}
}

// begins says whether a commit begins with the events that have gathered. While one is under way the
// next waits until it is as large, or that one has ended: so commits overlap, and are few and large.
func begins(under, last, events int, late bool) bool {
	switch {
	case under == 0:
		return true
	case late:
		return under < intakeMost
	default:
		return under < intakeCommits && events >= last
	}
}

// batch is what shares a commit.
type batch struct {
	deliveries []*delivery
	events     int
}

func (b *batch) add(d *delivery) {
	b.deliveries = append(b.deliveries, d)
	b.events += len(d.events)
}

func (b *batch) full() bool { return b.events >= intakeBatch }

func (in *Intake) drain(ctx context.Context) {
	for {
		select {
		case d := <-in.queue:
			var b batch
			b.add(d)
			in.gather(&b)
			in.commit(ctx, b.deliveries)
		default:
			return
		}
	}
}

// gather adds what is waiting to a batch, up to its size.
func (in *Intake) gather(b *batch) {
	for !b.full() {
		select {
		case d := <-in.queue:
			b.add(d)
		default:
			return
		}
	}
}

// commit stores a batch in one transaction.
func (in *Intake) commit(ctx context.Context, batch []*delivery) {
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
			in.answer(d, in.storeApart(ctx, d.events))
			continue
		}
		in.answer(d, err)
	}
}

// answer tells a caller what became of his delivery, which is not held any more.
func (in *Intake) answer(d *delivery, err error) {
	in.bytes.Add(-d.bytes)
	d.stored <- err
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

// storeApart stores the events of one delivery without those of others, and one by one if the database
// refuses them still. The one that it refuses is put into quarantine, under a name made of its bytes, and the
// caller finds that as its Problem.
func (in *Intake) storeApart(ctx context.Context, events []Raw) error {
	if err := in.store(ctx, events); !refused(err) {
		return err
	}
	for i, e := range events {
		err := in.store(ctx, []Raw{e})
		if refused(err) {
			sum := sha256.Sum256(e.Body)
			events[i].Problem = "the database refused it"
			err = in.store(ctx, []Raw{{
				ChannelID: e.ChannelID, EventID: "refused:" + base64.RawURLEncoding.EncodeToString(sum[:]),
				At: e.ReceivedAt, ReceivedAt: e.ReceivedAt, Body: e.Body, Problem: events[i].Problem,
			}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Store returns when the events and their jobs are durable, or, within a second and a half, with the
// reason why they may not be. After an error the channel delivers again; what was stored all the same
// is then recognised. The events' bodies may be changed again only after it returned nil; those that the
// database refused have a Problem by then.
func (in *Intake) Store(ctx context.Context, events []Raw) error {
	d, ok := in.used.Get().(*delivery)
	if !ok {
		d = &delivery{stored: make(chan error, 1), waits: time.NewTimer(intakePatience)}
	}
	d.events, d.bytes = events, 0
	for _, e := range events {
		d.bytes += int64(len(e.Body))
	}
	if in.bytes.Add(d.bytes) > intakeBytes {
		in.bytes.Add(-d.bytes)
		return ErrBusy
	}
	d.waits.Reset(intakePatience)
	select {
	case in.queue <- d:
	default:
		in.bytes.Add(-d.bytes)
		return ErrBusy
	}
	select {
	case err := <-d.stored:
		d.events = nil
		d.waits.Stop()
		in.used.Put(d) // nobody else has it any more
		return err
	case <-ctx.Done():
		return fmt.Errorf("store events: %w", ctx.Err())
	case <-d.waits.C:
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
