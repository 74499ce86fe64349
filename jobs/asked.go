package jobs

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/tickets"
)

// asked tells the citizen which documents are missing, in one list with one date (LFA-8.1); which of those that came cannot
// be read; that there is more time for them, or little left.
type asked struct {
	river.WorkerDefaults[tickets.AskedArgs]
	*Deps
}

func (w *asked) Work(ctx context.Context, job *river.Job[tickets.AskedArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		notice, err := tickets.FindNotice(ctx, tx, job.Args.NoticeID)
		if err != nil {
			return err
		}
		t, err := tickets.Find(ctx, tx, notice.TicketID)
		if err != nil {
			return err
		}
		if t.Status.Closed() && t.PassedTo == nil {
			return nil // nothing is awaited any more
		}
		kind, said, err := why(ctx, tx, t.ID, job.Args.Seq)
		if err != nil {
			return err
		}
		wants, err := tickets.Wants(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		info := bot.WantInfo{
			Ticket: int64(t.ID), Number: t.Reference, DueOn: notice.Until(), Longer: kind == tickets.EventLengthened, TrackURL: w.BaseURL + "/track/" + t.TrackToken,
		}
		if kind == tickets.EventReminded {
			info.Left = said.Days
		}
		if notice.SeenAt == nil {
			info.Notice = int64(notice.ID)
		}
		for _, want := range wants {
			if want.NoticeID != notice.ID || kind != tickets.EventAsked && want.SuppliedAt != nil || said.Want != 0 && want.ID != said.Want {
				continue
			}
			info.Wants = append(info.Wants, bot.Want{Item: fmt.Sprint(want.ID), Label: want.Label, Why: want.Why})
		}
		if len(info.Wants) == 0 {
			return nil // it came meanwhile
		}
		cause := fmt.Sprintf("notice %d", notice.ID)
		if job.Args.Seq != 0 {
			cause = fmt.Sprintf("notice %d line %d", notice.ID, job.Args.Seq)
		}
		return w.chat(ctx, tx, t, cause, func(lang string, agency agencies.Agency) bot.Reply {
			info.Agency = agency.Name
			return bot.WantCard(lang, info)
		})
	})
}

// why is what the citizen is told of, by the line of the history.
func why(ctx context.Context, tx pgx.Tx, id tickets.TicketID, seq int) (tickets.EventKind, tickets.Detail, error) {
	var d tickets.Detail
	if seq == 0 {
		return tickets.EventAsked, d, nil
	}
	events, err := tickets.History(ctx, tx, id)
	if err != nil {
		return "", d, err
	}
	for _, e := range events {
		if e.Seq != seq {
			continue
		}
		if err := json.Unmarshal(e.Detail, &d); err != nil {
			return "", d, fmt.Errorf("read line %d of ticket %d: %w", seq, id, err)
		}
		return e.Kind, d, nil
	}
	return "", d, fmt.Errorf("ticket %d has no line %d", id, seq)
}
