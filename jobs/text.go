package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/citizens"
)

// Texter sends short messages to telephones; citizens/sms is one.
type Texter interface {
	// Text sends a text to a number (E.164). The key is the same for every try. citizens.ErrTextRefused:
	// trying again is of no use.
	Text(ctx context.Context, key, to, text string) error
}

// sendText sends a code to the telephone that it is to prove. A try whose answer was lost is made again, and the same
// code comes twice.
type sendText struct {
	river.WorkerDefaults[citizens.TextArgs]
	*Deps
}

const (
	// textCall is how long the gateway may take: somebody waits.
	textCall = 20 * time.Second
	// textRetry is how soon it is asked again: the code is good for minutes.
	textRetry = 8 * time.Second
)

// NextRetry keeps to a pace that is of use to somebody who waits.
func (w *sendText) NextRetry(*river.Job[citizens.TextArgs]) time.Time {
	return time.Now().Add(textRetry)
}

func (w *sendText) Work(ctx context.Context, job *river.Job[citizens.TextArgs]) error {
	if w.Texter == nil {
		return river.JobCancel(errors.New("no SMS gateway is configured (SMS_URL)"))
	}
	var (
		message citizens.Text
		wanted  bool
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		message, wanted, err = citizens.TextOf(ctx, tx, w.Box, job.Args.Code, w.Now())
		return err
	})
	if err != nil || !wanted {
		return err
	}
	call, cancel := context.WithTimeout(ctx, textCall)
	defer cancel()
	err = w.Texter.Text(call, fmt.Sprintf("code-%d", job.Args.Code), message.To, message.Words)
	if errors.Is(err, citizens.ErrTextRefused) {
		w.Log.WarnContext(ctx, "a code was not sent", "code", int64(job.Args.Code), "err", err)
		return river.JobCancel(err)
	}
	if err != nil {
		return err
	}
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return citizens.TextSent(ctx, tx, job.Args.Code, w.Now()) })
}
