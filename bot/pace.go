package bot

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/together"
)

// Endpoint is what a channel counts the calls of: each has a rate of its own, for each account.
type Endpoint string

// The endpoints that are called for citizens.
const (
	ReplyEndpoint   Endpoint = "reply"
	PushEndpoint    Endpoint = "push"
	ContentEndpoint Endpoint = "content"
	ProfileEndpoint Endpoint = "profile"
	LoadingEndpoint Endpoint = "loading"
)

// Rates says how many calls a second a kind of channel takes from one account at an endpoint; 0 is as
// many as one likes.
type Rates func(kind string, e Endpoint) float64

const (
	// paceAhead is how far ahead calls are given out. Who would have to wait longer is sent away.
	paceAhead = 10 * time.Second
	// paceBurst is how much of a quiet time may be made up for at once.
	paceBurst = 50 * time.Millisecond
	// paceRest is how long an account rests when the channel says that it was too fast: somebody else
	// uses the account too.
	paceRest = 500 * time.Millisecond
)

// slotsOf names the calls of an account to an endpoint.
type slotsOf struct {
	channel  agencies.ChannelID
	endpoint Endpoint
}

// slots are calls to be reserved, how far apart they must be, and how far ahead the first may be.
type slots struct {
	n          int
	gap, ahead time.Duration
}

// given is when reserved calls may be made, from now: the first after wait, each of the others a gap
// later. Not ok: so much is reserved already that one should come back after wait.
type given struct {
	wait time.Duration
	ok   bool
}

// reserve takes calls from what the channels allow, for all processes together. It holds the rows
// until the transaction ends, so that must be soon.
func reserve(ctx context.Context, tx pgx.Tx, want map[slotsOf]slots) (map[slotsOf]given, error) {
	if len(want) == 0 {
		return nil, nil
	}
	var (
		channels  []int64
		endpoints []string
		lengths   []time.Duration
		aheads    []time.Duration
	)
	for of, s := range want {
		channels, endpoints = append(channels, int64(of.channel)), append(endpoints, string(of.endpoint))
		lengths, aheads = append(lengths, time.Duration(s.n)*s.gap), append(aheads, s.ahead)
	}
	got := make(map[slotsOf]given, len(want))
	// Held in the order of their names, so that two never wait each for the other.
	rows, err := tx.Query(ctx, `WITH w AS MATERIALIZED (
				SELECT r.channel_id, r.endpoint, r.free_at, w.length, w.ahead
				  FROM call_rates r JOIN unnest($1::bigint[], $2::text[], $3::interval[], $4::interval[]) AS w (channel, endpoint, length, ahead)
				    ON w.channel = r.channel_id AND w.endpoint = r.endpoint
				 ORDER BY 1, 2 FOR UPDATE OF r),
			t AS MATERIALIZED (SELECT clock_timestamp() AS now)
			UPDATE call_rates r SET free_at = CASE WHEN w.free_at <= t.now + w.ahead THEN greatest(w.free_at, t.now - $5::interval) + w.length ELSE w.free_at END
			  FROM w, t WHERE r.channel_id = w.channel_id AND r.endpoint = w.endpoint
			RETURNING r.channel_id, r.endpoint, w.free_at <= t.now + w.ahead, greatest(w.free_at, t.now - $5::interval) - t.now`,
		channels, endpoints, lengths, aheads, paceBurst)
	if err != nil {
		return nil, fmt.Errorf("reserve calls: %w", err)
	}
	var (
		of slotsOf
		g  given
	)
	if _, err := pgx.ForEachRow(rows, []any{&of.channel, &of.endpoint, &g.ok, &g.wait}, func() error { got[of] = g; return nil }); err != nil {
		return nil, fmt.Errorf("reserve calls: %w", err)
	}
	if len(got) == len(want) {
		return got, nil
	}
	// Some of them were never called before.
	_, err = tx.Exec(ctx, `INSERT INTO call_rates (channel_id, endpoint, free_at) SELECT w.channel, w.endpoint, '-infinity'
			FROM unnest($1::bigint[], $2::text[]) AS w (channel, endpoint) ORDER BY 1, 2 ON CONFLICT DO NOTHING`, channels, endpoints)
	if err != nil {
		return nil, fmt.Errorf("reserve calls: %w", err)
	}
	fresh := map[slotsOf]slots{}
	for of, s := range want {
		if _, has := got[of]; !has {
			fresh[of] = s
		}
	}
	more, err := reserve(ctx, tx, fresh)
	maps.Copy(got, more)
	return got, err
}

// rest lets accounts rest that were too fast.
func rest(ctx context.Context, tx pgx.Tx, of []slotsOf) error {
	var (
		channels  []int64
		endpoints []string
	)
	for _, o := range of {
		channels, endpoints = append(channels, int64(o.channel)), append(endpoints, string(o.endpoint))
	}
	_, err := tx.Exec(ctx, `WITH w AS MATERIALIZED (
			SELECT r.channel_id, r.endpoint FROM call_rates r JOIN unnest($1::bigint[], $2::text[]) AS w (channel, endpoint) ON w.channel = r.channel_id AND w.endpoint = r.endpoint
			 ORDER BY 1, 2 FOR UPDATE OF r)
		UPDATE call_rates r SET free_at = greatest(r.free_at, clock_timestamp() + $3::interval) FROM w WHERE w.channel_id = r.channel_id AND w.endpoint = r.endpoint`,
		channels, endpoints, paceRest)
	if err != nil {
		return fmt.Errorf("let an account rest: %w", err)
	}
	return nil
}

// Pace keeps calls to what the channels allow, all processes together. The outbox does so for messages
// by itself.
type Pace struct {
	rates Rates
	group together.Group[errand, given]
}

// errand is one call that somebody wants to make.
type errand struct {
	slotsOf
	gap, ahead time.Duration
}

// paceTime is how long a reservation may take.
const paceTime = 5 * time.Second

// NewPace returns a Pace on a database.
func NewPace(db agencies.DB, rates Rates) *Pace {
	return &Pace{rates: rates, group: together.Group[errand, given]{Most: 256, At: 1, Time: paceTime, Run: func(ctx context.Context, errands []errand) (out []given, err error) {
		err = agencies.ForMany(ctx, db, func(tx pgx.Tx) error {
			// Lost with a crash of the database, it would only be given out again.
			if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
				return fmt.Errorf("reserve calls: %w", err)
			}
			out, err = reserveAll(ctx, tx, errands)
			return err
		})
		return out, err
	}}}
}

// reserveAll reserves for many at once; who asked first goes first.
func reserveAll(ctx context.Context, tx pgx.Tx, errands []errand) ([]given, error) {
	want := map[slotsOf]slots{}
	for _, t := range errands {
		want[t.slotsOf] = slots{n: want[t.slotsOf].n + 1, gap: t.gap, ahead: t.ahead}
	}
	got, err := reserve(ctx, tx, want)
	if err != nil {
		return nil, err
	}
	out := make([]given, len(errands))
	for i, t := range errands {
		out[i] = got[t.slotsOf]
		next := out[i]
		next.wait += t.gap
		got[t.slotsOf] = next
	}
	return out, nil
}

// Take returns when a call may be made. It waits for that up to patience, or returns TooBusyError.
func (p *Pace) Take(ctx context.Context, kind string, channel agencies.ChannelID, e Endpoint, patience time.Duration) error {
	gap := gapOf(p.rates(kind, e))
	if gap == 0 {
		return nil
	}
	g, err := p.group.Do(ctx, errand{slotsOf{channel, e}, gap, patience})
	if err != nil {
		return err
	}
	if !g.ok {
		return TooBusyError{g.wait}
	}
	return sleep(ctx, g.wait)
}

// gapOf is how far apart calls are at a rate; 0 when there is none.
func gapOf(rate float64) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / rate)
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TooBusyError says that so many calls wait already that one should come back later.
type TooBusyError struct{ After time.Duration }

// Error implements error.
func (e TooBusyError) Error() string {
	return fmt.Sprintf("too many calls wait for this account: come back in %s", e.After.Round(time.Millisecond))
}
