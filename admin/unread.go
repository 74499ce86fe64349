package admin

import (
	"context"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/thai"
	"saphan/tickets"
)

// unreadLine tells a head of a queue that nobody opened in time (MTH-2.1).
type unreadLine struct {
	Queue, Href string
	By          string // the hour
	N           int    // how many cases waited
}

// unreadOf are the queues that nobody opened in time, for a head.
func (a *Admin) unreadOf(ctx context.Context, s Scope, queues []agencies.Queue) (lines []unreadLine, err error) {
	if !s.Can(agencies.LeadTickets) {
		return nil, nil
	}
	alerts, err := tickets.UnreadAlerts(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	for _, alert := range alerts {
		if i := slices.IndexFunc(queues, func(q agencies.Queue) bool { return q.ID == alert.QueueID }); i >= 0 {
			lines = append(lines, unreadLine{
				Queue: queues[i].Name, Href: view{Name: viewQueue, Queue: alert.QueueID}.Inbox(), By: thai.DateTime(alert.Slot), N: alert.Unread,
			})
		}
	}
	return lines, nil
}

// looked is an answer that is given when it is written down that somebody opened a queue, in a transaction after that of the
// screen, which cannot write.
type looked struct {
	reply
	agency agencies.AgencyID
	queue  agencies.QueueID // 0: all
}

func (o looked) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	ctx := r.Context()
	err := agencies.Within(ctx, a.db, o.agency, func(tx pgx.Tx) error { return tickets.Look(ctx, tx, o.agency, o.queue, a.now()) })
	if err != nil {
		return err
	}
	return o.reply.write(w, r, a)
}

// look has it written down that an officer opens a queue (0: all of them), unless that was done a moment ago. Who only reads is
// nobody who looks after it; a head who opens the list of all is told what nobody looks after, and has not opened a queue by that.
func (a *Admin) look(ctx context.Context, s Scope, queue agencies.QueueID, answer reply) (reply, error) {
	if !s.Can(agencies.WorkTickets) || queue == 0 && s.Can(agencies.LeadTickets) {
		return answer, nil
	}
	noted, err := tickets.Looked(ctx, s.Tx, s.Agency, queue, a.now())
	if err != nil || noted {
		return answer, err
	}
	return looked{answer, s.Agency, queue}, nil
}
