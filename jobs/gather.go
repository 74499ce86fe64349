package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
)

// GatherArgs is the fact that a set of pictures has begun to come in.
type GatherArgs struct {
	ConversationID bot.ConversationID `json:"conversation_id"`
	Channel        agencies.ChannelID `json:"channel_id"`
	Set            string             `json:"set"`
}

// Kind names the job.
func (GatherArgs) Kind() string { return "gather" }

const (
	// gatherTime is how long the rest of a set is waited for: pictures that were sent together arrive
	// within moments of one another.
	gatherTime = 4 * time.Second
	// gatherAgain is when to look again while something of the conversation is still being worked on,
	// which may be a picture of the set whose bytes are on their way.
	gatherAgain    = time.Second
	gatherPatience = 5 * time.Minute
)

// gatherLater enqueues the look at a set that has begun to come in.
func (w *received) gatherLater(ctx context.Context, s saying, e bot.Gather) error {
	args := GatherArgs{ConversationID: s.stored.ID, Channel: agencies.ChannelID(s.event.ChannelID), Set: e.Set}
	_, err := w.Jobs.InsertTx(ctx, s.tx, args, &river.InsertOpts{ScheduledAt: time.Now().Add(gatherTime)}) // River's clock is the real one
	if err != nil {
		return fmt.Errorf("enqueue the end of a set in conversation %d: %w", s.stored.ID, err)
	}
	return nil
}

// gather closes a set of pictures of which not all came: the citizen gets an answer about those that did.
type gather struct {
	river.WorkerDefaults[GatherArgs]
	*Deps
}

func (w *gather) Work(ctx context.Context, job *river.Job[GatherArgs]) error {
	var later bool
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		stored, err := bot.Reload(ctx, tx, job.Args.ConversationID)
		if err != nil || !stored.State.Gathering(job.Args.Set) {
			return err
		}
		expecting, err := bot.Expecting(ctx, tx, stored.ID)
		if later = expecting && time.Since(job.CreatedAt) < gatherPatience; err != nil || later {
			return err
		}
		return w.end(ctx, tx, job, stored)
	})
	switch {
	case errors.Is(err, errNotRouted):
		return river.JobSnooze(gatherAgain)
	case err == nil && later:
		return river.JobSnooze(gatherAgain)
	}
	return err
}

// end takes the conversation through the end of the set. What is said then is said for this job: the same
// set may begin again, long after it ended, and is to be answered then as well.
func (w *gather) end(ctx context.Context, tx pgx.Tx, job *river.Job[GatherArgs], stored bot.Stored) error {
	step, now, args := &received{Deps: w.Deps}, w.Now(), job.Args
	account, _, err := w.account(ctx, tx, args.Channel)
	if err != nil {
		return err
	}
	world, err := step.world(ctx, tx, account, stored)
	if err != nil {
		return err
	}
	state, replies, effects := bot.Step(stored.State, bot.Message{ID: args.Set, Kind: bot.SetEnded, At: now}, world)
	said := saying{tx: tx, account: account, stored: stored, event: bot.Event{ChannelID: int64(args.Channel), At: now, ReceivedAt: now}, at: now}
	over, err := step.overMandate(ctx, said, &state, effects)
	if err != nil {
		return err
	}
	if over != nil {
		replies, effects = over, nil
	}
	for _, e := range effects {
		if err := step.carryOut(ctx, said, e); err != nil {
			return err
		}
	}
	if err := bot.Save(ctx, tx, stored.ID, state, now); err != nil {
		return err
	}
	return bot.Notify(ctx, tx, w.Jobs, stored.ID, fmt.Sprintf("set %d", job.ID), now, replies...)
}
