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
	"saphan/citizens"
	"saphan/tickets"
)

// WebNoticeArgs is the fact that something was said to somebody who has no chat and reads it on pages.
type WebNoticeArgs struct {
	Conversation bot.ConversationID `json:"conversation_id"`
	Replies      []bot.ReplyID      `json:"replies"`
}

// Kind names the job.
func (WebNoticeArgs) Kind() string { return "web_notice" }

// InsertOpts gives up after a while: it stands on the person's page all the same.
func (WebNoticeArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 6} }

// webNotice tells by a text message that there is news of a case: it goes to the telephone that the person proved, with
// the address of the page and nothing of what was said.
type webNotice struct {
	river.WorkerDefaults[WebNoticeArgs]
	*Deps
}

// noticeEvery is how often a person is told of one case at most; what comes meanwhile is told together, later.
const noticeEvery = 10 * time.Minute

// onPages hands over to webNotice what was said on pages, before it counts as sent: it is told at least once.
func (w *send) onPages(ctx context.Context, account agencies.Channel, call bot.Call) error {
	if account.Kind != agencies.WebKind || w.Texter == nil {
		return nil
	}
	args := WebNoticeArgs{Conversation: call.Conversation}
	for _, r := range call.Replies {
		args.Replies = append(args.Replies, r.ID)
	}
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		_, err := w.Jobs.InsertTx(ctx, tx, args, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}})
		if err != nil {
			return fmt.Errorf("enqueue a notice to conversation %d: %w", call.Conversation, err)
		}
		return nil
	})
}

func (w *webNotice) Work(ctx context.Context, job *river.Job[WebNoticeArgs]) error {
	if w.Texter == nil {
		return nil
	}
	var news []bot.News
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		news, err = bot.NewsIn(ctx, tx, job.Args.Replies)
		return err
	})
	if err != nil {
		return err
	}
	var later time.Duration
	for _, n := range news {
		wait, err := w.tell(ctx, job.ID, job.Args.Conversation, n)
		if err != nil {
			return err
		}
		later = max(later, wait)
	}
	if later > 0 {
		return river.JobSnooze(later)
	}
	return nil
}

// tell tells of the news of one case, or says how long that has to wait.
func (w *webNotice) tell(ctx context.Context, job int64, conversation bot.ConversationID, n bot.News) (wait time.Duration, err error) {
	var to, words string
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		t, err := tickets.Find(ctx, tx, tickets.TicketID(n.Ticket))
		if err != nil {
			return err
		}
		phone, err := citizens.ProvedPhone(ctx, tx, w.Box, citizens.CitizenID(t.CitizenID), w.Now())
		if phone == "" && err == nil { // who had it filled in by an officer said where to be reached (MTH-1.3)
			var f tickets.Filing
			f, _, err = tickets.FilingOf(ctx, tx, t.RequestID)
			phone = f.Phone
		}
		if err != nil || phone == "" {
			return err
		}
		turn, err := bot.Announce(ctx, tx, n, job, w.Now(), noticeEvery)
		if wait = turn.Wait; err != nil || !turn.Due {
			return err
		}
		lang, err := bot.LangOf(ctx, tx, conversation)
		to, words = phone, bot.NewsText(lang, t.Reference, w.BaseURL+"/track/"+t.TrackToken)
		return err
	})
	if err != nil || to == "" {
		return wait, err
	}
	call, cancel := context.WithTimeout(ctx, textCall)
	defer cancel()
	err = w.Texter.Text(call, fmt.Sprintf("news-%d-%d", n.Ticket, n.Reply), to, words)
	if errors.Is(err, citizens.ErrTextRefused) {
		w.Log.WarnContext(ctx, "a notice was not sent", "ticket", n.Ticket, "err", err)
	} else if err != nil {
		return 0, err
	}
	return 0, agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return bot.Told(ctx, tx, n, job) })
}
