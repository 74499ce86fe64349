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
// conversation, five messages a call, each call the same however often it is tried.
type send struct {
	river.WorkerDefaults[bot.SendArgs]
	*Deps
}

// NextRetry comes back soon at first: a person is waiting.
func (w *send) NextRetry(job *river.Job[bot.SendArgs]) time.Time {
	waits := []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}
	return w.Now().Add(waits[min(job.Attempt, len(waits))-1])
}

// sendingAgain is when to look again while another sender is at work on the conversation.
const sendingAgain = 200 * time.Millisecond

// recording is how long the result of a call may take to be recorded, shutting down or not.
const recording = 10 * time.Second

// senderOf names a job as a sender. A job that is run again after its process died goes on with what
// it claimed, without waiting for the lease to end: its calls are the same, so at worst the channel
// sees one twice and knows it.
func senderOf(job int64) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "saphan send %d", job))
}

func (w *send) Work(ctx context.Context, job *river.Job[bot.SendArgs]) error {
	holder := senderOf(job.ID)
	for {
		var (
			call    bot.Call
			account agencies.Channel
			channel Channel
			ok      bool
		)
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			if call, ok, err = bot.Claim(ctx, tx, job.Args.ConversationID, holder, w.Now()); err != nil || !ok {
				return err
			}
			account, channel, err = w.account(ctx, tx, call.Channel)
			return err
		})
		switch {
		case errors.Is(err, bot.ErrSending):
			return river.JobSnooze(sendingAgain)
		case err != nil:
			return err
		case !ok:
			return nil
		}
		w.at("send: before the call")
		result := channel.Send(ctx, account, call)
		w.at("send: after the call")
		switch result.Verdict {
		case bot.Accepted:
		case bot.UsedUp:
			w.Log.ErrorContext(ctx, "the account's messages of this month are used up: what cannot be sent as a reply waits until the person writes",
				"channel", account.ID, "conversation", call.Conversation, "request", result.RequestID)
		case bot.Refused, bot.TryAgain, bot.TokenGone:
			w.Log.WarnContext(ctx, "message not sent", "conversation", call.Conversation, "channel", account.ID, "verdict", result.Verdict,
				"try", call.Tries, "request", result.RequestID, "problem", result.Problem)
		}
		var again bool
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), recording)
		err = agencies.Everywhere(keep, w.DB, func(tx pgx.Tx) (err error) {
			again, err = bot.Settle(keep, tx, call, result, w.Now())
			return err
		})
		cancel()
		if err != nil {
			return err
		}
		if again && result.Verdict == bot.TryAgain {
			return fmt.Errorf("send to conversation %d: %s", call.Conversation, result.Problem)
		}
	}
}
