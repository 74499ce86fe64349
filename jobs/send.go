package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
)

// send takes what waits for a citizen to the channel (step 8 of the flow): in order, one sender a
// conversation, five messages a call, each call the same however often it is tried, no faster than the
// channel allows.
type send struct {
	river.WorkerDefaults[bot.SendArgs]
	*Deps
	// Each lane has its own: what one account's crowd shares a transaction for must not be waited for by
	// the others.
	quick, busy *bot.Outbox
	accounts    *accounts
	shares      *shares
}

func newSend(d *Deps) *send {
	return &send{
		Deps: d, quick: bot.NewOutbox(d.DB, d.rate, d.Now), busy: bot.NewOutbox(d.DB, d.rate, d.Now),
		accounts: newAccounts(d), shares: newShares(Queues()),
	}
}

// outbox returns that of a queue.
func (w *send) outbox(queue string) *bot.Outbox {
	if queue == bot.BusyLane(bot.SendQueue) {
		return w.busy
	}
	return w.quick
}

const (
	// sendTime is how long one run may take: a conversation may have much to be told.
	sendTime = 5 * time.Minute
	// callTime is how long one call may take, the renewal of a token included; the claim lasts longer. By
	// reply it is bot.ReplyTime.
	callTime = 30 * time.Second
	// recording is how long the result of a call may take to be recorded, shutting down or not.
	recording = 15 * time.Second
)

// Timeout leaves room for many calls.
func (w *send) Timeout(*river.Job[bot.SendArgs]) time.Duration { return sendTime }

// NextRetry comes back soon at first when something of our own fails. When a call failed it is the
// conversation that rests, however many jobs it has.
func (w *send) NextRetry(job *river.Job[bot.SendArgs]) time.Time {
	return w.Now().Add(bot.Pause(job.Attempt))
}

// senderOf names a job as a sender. A job that is run again after its process died goes on with what
// it claimed, without waiting for the lease to end: its calls are the same, so at worst the channel
// sees one twice and knows it.
func senderOf(job int64) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "saphan send %d", job))
}

// Work makes the calls of a conversation until nothing waits.
func (w *send) Work(ctx context.Context, job *river.Job[bot.SendArgs]) error {
	leave, ok := w.shares.enter(ctx, job.Queue, job.Args.Channel)
	if !ok {
		return river.JobSnooze(sharePause)
	}
	defer leave()
	// Before anything is claimed: what a paused channel has to say does not grow old meanwhile.
	if job.Args.Channel != 0 {
		if _, _, err := w.accounts.find(ctx, agencies.ChannelID(job.Args.Channel)); err != nil {
			return err
		}
	}
	call, ok, err := w.outbox(job.Queue).Claim(ctx, job.Args.ConversationID, senderOf(job.ID))
	for ; err == nil && ok; call, ok, err = w.make(ctx, job.Queue, call) {
	}
	var (
		busy    bot.TooBusyError
		resting bot.RestingError
	)
	switch {
	case errors.Is(err, bot.ErrSending):
		// Whoever sends now looks for more when that is done, and finds what this job was made for; were
		// they to die, their job comes again.
		return nil
	case errors.As(err, &busy):
		return river.JobSnooze(busy.After)
	case errors.As(err, &resting):
		return river.JobSnooze(resting.After)
	}
	return err
}

// make makes one call, records how it went and returns the conversation's next one; or that it rests, when
// the call must be made again.
func (w *send) make(ctx context.Context, queue string, call bot.Call) (next bot.Call, ok bool, err error) {
	account, channel, err := w.accounts.find(ctx, call.Channel)
	if err == nil {
		err = wait(ctx, call.Wait)
	}
	if err != nil {
		return bot.Call{}, false, err
	}
	w.at("send: before the call")
	limit := callTime
	if call.Token != "" {
		limit = bot.ReplyTime
	}
	calling, cancel := context.WithTimeout(ctx, limit)
	result := channel.Send(calling, account, call)
	cancel()
	w.at("send: after the call")
	w.tell(ctx, account, call, result)
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), recording)
	defer cancel()
	if err := w.onPages(keep, account, call); err != nil {
		return bot.Call{}, false, err
	}
	if result.Verdict == bot.UsedUp {
		if err := w.usedUp(keep, account); err != nil {
			return bot.Call{}, false, err
		}
	}
	s, err := w.outbox(queue).Settle(keep, call, result)
	if err == nil && s.Rest > 0 {
		err = bot.RestingError{After: s.Rest}
	}
	return s.Next, s.More, err
}

// tell logs what did not go as it should.
func (w *send) tell(ctx context.Context, account agencies.Channel, call bot.Call, result bot.Result) {
	switch result.Verdict {
	case bot.Accepted:
		if call.Tries > 1 || result.Problem != "" {
			w.Log.InfoContext(ctx, "message sent at last", "conversation", call.Conversation, "channel", account.ID, "try", call.Tries, "request", result.RequestID)
		}
	case bot.UsedUp, bot.Refused, bot.Unfit, bot.TryAgain, bot.TooFast, bot.TokenGone:
		w.Log.WarnContext(ctx, "message not sent", "conversation", call.Conversation, "channel", account.ID, "verdict", result.Verdict,
			"try", call.Tries, "request", result.RequestID, "problem", result.Problem)
	}
}

// usedUp keeps that the account's month is used up; the first to notice raises the alarm.
func (w *send) usedUp(ctx context.Context, account agencies.Channel) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		first, err := agencies.QuotaUsedUp(ctx, tx, account.ID, w.Now())
		if err == nil && first {
			w.Log.ErrorContext(ctx, "the account's messages of this month are used up: what cannot be sent as a reply waits until the person writes; a larger plan helps at once",
				"channel", account.ID)
		}
		return err
	})
}

// wait waits, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
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
