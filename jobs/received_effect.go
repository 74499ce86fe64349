package jobs

import (
	"context"
	"errors"
	"fmt"
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

// source names the message for those who keep a copy of it, so that an unsend finds them all.
func source(message int64) string { return fmt.Sprintf("message %d", message) }

// carryOut makes an effect of the step real, in the step's transaction.
func (w *received) carryOut(ctx context.Context, s saying, effect bot.Effect) error {
	switch e := effect.(type) {
	case bot.Submit:
		return w.submit(ctx, s, tickets.Submission{Draft: e.Draft, Form: e.Form, Version: e.Version, Answers: e.Answers}, e.Sources)
	case bot.Handoff:
		return w.handOff(ctx, s, e)
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
	case bot.Share:
		return citizens.LetHave(ctx, s.tx, s.stored.Identity.CitizenID, citizens.DocumentID(e.Document), int64(s.account.AgencyID), s.at)
	case bot.Noticed:
		return citizens.Noticed(ctx, s.tx, s.stored.Identity.CitizenID, string(e.Form), e.Version, s.at)
	default:
		return fmt.Errorf("step asked for unknown effect %T", effect)
	}
}

// tell passes something on to the officers of a case. Words whose edit came before them are told as they came
// and then edited, so that the officers read the new ones and the old ones are kept (line.md row 29).
func (w *received) tell(ctx context.Context, s saying, e bot.Tell) error {
	ticket, message, err := s.about(ctx, e)
	if err != nil {
		return err
	}
	told := tickets.Said{Source: source(message), Text: e.Text, At: s.at}
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

// submit files a request. It entered the agency's system at the earlier of the channel's time of
// the citizen's confirmation and our first receipt of it (EGA-10.3).
func (w *received) submit(ctx context.Context, s saying, filed tickets.Submission, from map[string][]string) error {
	entered := s.event.At
	if s.event.ReceivedAt.Before(entered) {
		entered = s.event.ReceivedAt
	}
	filed.CitizenID, filed.CitizenName = int64(s.stored.Identity.CitizenID), s.stored.Identity.Name
	filed.ConversationID, filed.AgencyID, filed.EnteredAt = int64(s.stored.ID), s.account.AgencyID, entered
	var err error
	if filed.Sources, err = s.sources(ctx, from); err != nil {
		return err
	}
	_, err = w.Desk.Submit(ctx, s.tx, filed)
	return err
}

// sources are the messages that answers came from, as those who keep copies know them.
func (s saying) sources(ctx context.Context, from map[string][]string) (map[string][]string, error) {
	var all []string
	for _, messages := range from {
		all = append(all, messages...)
	}
	kept, err := bot.KeptAs(ctx, s.tx, s.event.ChannelID, all)
	if err != nil {
		return nil, err
	}
	sources := map[string][]string{}
	for field, messages := range from {
		for _, m := range messages {
			if id, ok := kept[m]; ok {
				sources[field] = append(sources[field], source(id))
			}
		}
	}
	return sources, nil
}

// handOff files the wish for a person as a request of its own, with what was answered so far.
func (w *received) handOff(ctx context.Context, s saying, e bot.Handoff) error {
	form, ok := w.Forms.ForHuman()
	if !ok {
		return errors.New("the catalogue has no service for talking to a person")
	}
	return w.submit(ctx, s, tickets.Submission{
		Draft: e.Draft, Form: form.Key, Version: form.Version, Answers: bot.HandoffAnswers(form, e, w.Forms), Unconfirmed: true,
	}, bot.HandoffSources(form, e))
}
