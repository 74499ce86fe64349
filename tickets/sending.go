package tickets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// Sending is how something said about a ticket fares on its way to the citizen, when it has not arrived
// or not as it was drawn.
type Sending struct {
	Source string // what was said: "reply X" (a message's source), "receipt", "decision", "notice 3"
	State  string // failed, parked or sent
	Reason string // failed, parked: why (bot.Reason)
	Plain  bool   // as text only, because the channel did not take the card
	At     time.Time
}

// Stuck says whether it waits for somebody to do something about it.
func (s Sending) Stuck() bool { return s.State == "failed" || s.State == "parked" }

// Sendings returns what of a ticket has not reached the citizen as it should, oldest first. A message in
// several pieces is one, as bad as the worst of them.
func Sendings(ctx context.Context, tx pgx.Tx, id TicketID) ([]Sending, error) {
	rows, err := tx.Query(ctx, `SELECT cause, state, reason, plain, created_at FROM unsent_of($1)`, id)
	if err != nil {
		return nil, fmt.Errorf("what of ticket %d was not sent: %w", id, err)
	}
	pieces, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Sending])
	if err != nil {
		return nil, fmt.Errorf("what of ticket %d was not sent: %w", id, err)
	}
	var all []Sending
	for _, p := range pieces {
		p.Source = sourceOf(p.Source)
		i := slices.IndexFunc(all, func(s Sending) bool { return s.Source == p.Source })
		switch {
		case i < 0:
			all = append(all, p)
		case !all[i].Stuck() && p.Stuck(), all[i].State == "parked" && p.State == "failed":
			all[i].State, all[i].Reason = p.State, p.Reason
		}
	}
	return all, nil
}

// sourceOf takes the number of the piece away: "reply X 2" is a piece of "reply X".
func sourceOf(cause string) string {
	words := strings.Fields(cause)
	n := 1
	if len(words) > 0 && (words[0] == "reply" || words[0] == "notice") {
		n = 2
	}
	return strings.Join(words[:min(n, len(words))], " ")
}

// SentAgainArgs is the fact that an officer wants something to be sent to the citizen again.
type SentAgainArgs struct {
	TicketID TicketID `json:"ticket_id"`
	Source   string   `json:"source"`
}

// Kind names the job.
func (SentAgainArgs) Kind() string { return "sent_again" }

// SendAgain has something that did not reach the citizen sent once more.
func (d *Desk) SendAgain(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, source string) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ส่งข้อความอีกครั้งได้")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	all, err := Sendings(ctx, tx, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(s Sending) bool { return s.Source == source && s.Stuck() }) {
		return fault.New(fault.Conflict, "ข้อความนี้ส่งถึงประชาชนแล้วหรือกำลังส่งอยู่ ไม่ต้องส่งอีกครั้ง")
	}
	if err := d.happened(ctx, tx, t, by, EventSentAgain, Detail{}); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, SentAgainArgs{TicketID: id, Source: source}, nil); err != nil {
		return fmt.Errorf("enqueue sending again for ticket %d: %w", id, err)
	}
	return nil
}

// ConversationOf returns the conversation that a ticket came from; ok is false when there is none.
func ConversationOf(ctx context.Context, tx pgx.Tx, id TicketID) (conversation int64, ok bool, err error) {
	var found *int64
	err = tx.QueryRow(ctx, `SELECT q.conversation_id FROM tickets t JOIN requests q ON q.id = t.request_id WHERE t.id = $1`, id).Scan(&found)
	if err != nil {
		return 0, false, fmt.Errorf("conversation of ticket %d: %w", id, err)
	}
	if found == nil {
		return 0, false, nil
	}
	return *found, true, nil
}
