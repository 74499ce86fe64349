package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/thai"
)

// QuotasArgs asks for the quotas of all accounts to be read.
type QuotasArgs struct{}

// Kind names the job.
func (QuotasArgs) Kind() string { return "quotas" }

const (
	// quotaEvery is how often an account's quota is read.
	quotaEvery = time.Hour
	// quotaSpread is over how long the readings of all accounts are spread.
	quotaSpread = 20 * time.Minute
	// quotaTime is how long one reading may take.
	quotaTime = 30 * time.Second
)

// InsertOpts keeps it to one an hour, however many workers ask for it.
func (QuotasArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: quotaEvery}, MaxAttempts: 3}
}

// QuotaArgs asks for the quota of one account to be read.
type QuotaArgs struct {
	Channel agencies.ChannelID `json:"channel_id"`
}

// Kind names the job.
func (QuotaArgs) Kind() string { return "quota" }

// InsertOpts gives up soon: the next hour asks again.
func (QuotaArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: quotaEvery}, MaxAttempts: 4}
}

// quotas has every account's quota read within the hour, those that were never read at once.
type quotas struct {
	river.WorkerDefaults[QuotasArgs]
	*Deps
}

func (w *quotas) Work(ctx context.Context, _ *river.Job[QuotasArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		all, err := agencies.Metered(ctx, tx)
		if err != nil {
			return err
		}
		for i, m := range all {
			opts := QuotaArgs{}.InsertOpts()
			if m.Known {
				opts.ScheduledAt = w.Now().Add(time.Duration(i) * quotaSpread / time.Duration(len(all)))
			}
			if _, err := w.Jobs.InsertTx(ctx, tx, QuotaArgs{Channel: m.ID}, &opts); err != nil {
				return fmt.Errorf("enqueue reading the quota of channel %d: %w", m.ID, err)
			}
		}
		return nil
	})
}

// quota reads how much of its month an account has used, raises the alarm in time, and lets go what
// waited for a new month.
type quota struct {
	river.WorkerDefaults[QuotaArgs]
	*Deps
}

func (w *quota) Work(ctx context.Context, job *river.Job[QuotaArgs]) error {
	var (
		account agencies.Channel
		channel Channel
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		account, channel, err = w.account(ctx, tx, job.Args.Channel)
		return err
	})
	if err != nil || account.RemovedAt != nil {
		return err
	}
	calling, cancel := context.WithTimeout(ctx, quotaTime)
	defer cancel()
	used, err := channel.Usage(calling, account)
	if err != nil {
		return fmt.Errorf("quota of channel %d: %w", account.ID, err)
	}
	var change agencies.QuotaChange
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		now := w.Now()
		change, err = agencies.KeepQuota(ctx, tx, account.ID, used.Most, used.Used, now.In(thai.Bangkok()).Format("2006-01"), now)
		return err
	})
	if err != nil {
		return err
	}
	if change.Alarm {
		w.Log.ErrorContext(ctx, "the account has used most of its messages of this month: a larger plan or fewer messages; answers go on",
			"channel", account.ID, "part", change.Quota.Ratio())
	}
	return w.letGo(ctx, account.ID, change)
}

// letGo sends what waited for the month to be over, when it is. It also finds what a process left that
// died half way.
func (w *quota) letGo(ctx context.Context, id agencies.ChannelID, change agencies.QuotaChange) error {
	if change.Freed {
		w.Log.InfoContext(ctx, "the account may send messages again: what waited goes out", "channel", id)
	}
	for more := change.Quota.UsedUpAt == nil; more; {
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			more, err = bot.UnparkMonth(ctx, tx, w.Jobs, id, w.Now())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
