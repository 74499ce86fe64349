package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/internal/fault"
	"saphan/tickets"
)

// saying is what an effect knows about where it comes from.
type saying struct {
	tx       pgx.Tx
	account  agencies.Channel
	stored   bot.Stored
	event    bot.Event
	received string    // the channel's identifier of what the citizen did
	message  int64     // bot's number of the citizen's message
	before   string    // its words as they came, when an edit of them had come first
	at       time.Time // when the citizen did it
}

func (s saying) citizen() tickets.Actor { return tickets.ByCitizen(int64(s.stored.Identity.CitizenID)) }

// act is what the citizen did. It entered the agency's system at the earlier of the channel's time of it and our first
// receipt (EGA-10.3).
func (s saying) act() bot.Act {
	entered := s.event.At
	if s.event.ReceivedAt.Before(entered) {
		entered = s.event.ReceivedAt
	}
	return bot.Act{Stored: s.stored, Channel: s.account.ID, Agency: s.account.AgencyID, At: s.at, Entered: entered}
}

// about returns the ticket that words are for and the message that brought them.
func (s saying) about(ctx context.Context, e bot.Tell) (ticket tickets.TicketID, message int64, err error) {
	message = s.message
	if e.From != "" && e.From != s.received {
		kept, found, err := bot.FindKept(ctx, s.tx, s.event.ChannelID, e.From)
		if err != nil {
			return 0, 0, err
		}
		if found {
			message = kept
		}
	}
	if e.Ticket != 0 {
		return tickets.TicketID(e.Ticket), message, nil
	}
	t, err := tickets.FindByDraft(ctx, s.tx, e.Handoff)
	if fault.Is(err, fault.NotFound) {
		return 0, 0, errNotRouted
	}
	return t.ID, message, err
}

// carryOut makes an effect of the step real, in the step's transaction.
func (w *received) carryOut(ctx context.Context, s saying, effect bot.Effect) error {
	if carried, err := (bot.Clerk{Desk: w.Desk, Forms: w.Forms}).Carry(ctx, s.tx, s.act(), effect); carried || err != nil {
		return err
	}
	switch e := effect.(type) {
	case bot.Tell:
		return w.tell(ctx, s, e)
	case bot.Supply:
		if charge, is := bot.SlipOf(e.Item); is {
			return w.claim(ctx, s, charge, e)
		}
		want, err := wantID(e.Item)
		if err != nil {
			return err
		}
		return w.Desk.Supply(ctx, s.tx, s.citizen(), tickets.TicketID(e.Ticket), want, e.Attachment.ID)
	case bot.Gather:
		return w.gatherLater(ctx, s, e)
	case bot.Unlink:
		return citizens.Unlink(ctx, s.tx, s.stored.Identity.ID)
	case bot.OpenWeb, bot.OpenMine, bot.Sign:
		return nil // answered with a link, or with what became of it: doors
	default:
		return fmt.Errorf("step asked for unknown effect %T", effect)
	}
}

// overMandate is what whoever filed a case for somebody else reads, in place of all that the step would do and say, when it
// would act in the case after their mandate is over (PDP-10). A form stays as it was before, and a document counts as not given,
// so that under another mandate they can send it.
func (w *received) overMandate(ctx context.Context, s saying, state *bot.Conversation, effects []bot.Effect) (over []bot.Reply, err error) {
	for _, effect := range effects {
		err := w.mayAct(ctx, s, effect)
		if err == nil {
			continue
		}
		if !fault.Is(err, fault.Conflict) {
			return nil, err
		}
		switch e := effect.(type) {
		case bot.Submit:
			*state = s.stored.State
		case bot.Supply:
			state.Supplied = slices.DeleteFunc(state.Supplied, func(g bot.Given) bool { return g.Ticket == e.Ticket && g.Item == e.Item })
		}
		over = []bot.Reply{{Text: fault.In(err, state.Lang)}}
	}
	return over, nil
}

// mayAct refuses an effect that acts for somebody under a mandate that is over.
func (w *received) mayAct(ctx context.Context, s saying, effect bot.Effect) error {
	id := tickets.TicketID(0)
	switch e := effect.(type) {
	case bot.Submit:
		return w.Desk.MayGoOn(ctx, s.tx, tickets.Submission{CitizenID: s.citizen().ID, Form: e.Form, Answers: e.Answers, Again: tickets.TicketID(e.Again)})
	case bot.Supply:
		if _, slip := bot.SlipOf(e.Item); !slip { // whoever pays may pay
			id = tickets.TicketID(e.Ticket)
		}
	}
	if id == 0 {
		return nil
	}
	t, err := tickets.Find(ctx, s.tx, id)
	if fault.Is(err, fault.NotFound) {
		return nil // a tap that was made up
	}
	if err != nil {
		return err
	}
	return w.Desk.MayAct(ctx, s.tx, s.citizen(), t)
}

// tell passes something on to the officers of a case. Words whose edit came before them are told as they came
// and then edited, so that the officers read the new ones and the old ones are kept (line.md row 29).
func (w *received) tell(ctx context.Context, s saying, e bot.Tell) error {
	ticket, message, err := s.about(ctx, e)
	if err != nil {
		return err
	}
	told := tickets.Said{Source: bot.SourceOf(message), Text: e.Text, At: s.at}
	if e.Attachment != nil {
		told.Attachment, told.Label = e.Attachment.ID, e.Attachment.Name
	}
	if e.Place != nil {
		told.Place = placeJSON(*e.Place)
	}
	edited := s.before != "" && message == s.message && e.Text != ""
	if edited {
		told.Text = s.before
	}
	if err := w.Desk.Receive(ctx, s.tx, s.citizen(), ticket, told); err != nil || !edited {
		return err
	}
	at, err := bot.EditedAt(ctx, s.tx, message)
	if err != nil {
		return err
	}
	return w.Desk.Edit(ctx, s.tx, told.Source, e.Text, at)
}
