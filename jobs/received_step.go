package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/internal/fault"
	"saphan/permits"
	"saphan/tickets"
)

const (
	// casesTold is how many of a citizen's cases the chat knows about.
	casesTold = 10
	// casesSearched is among how many it looks for the permits that the citizen asks for.
	casesSearched = 200
	// routePatience is how long words for an officer wait until the citizen's wish for one has become
	// a ticket.
	routePatience = time.Minute
	routeAgain    = 200 * time.Millisecond
)

// errNotRouted means that the wish for a person, which words belong to, is not a ticket yet.
var errNotRouted = errors.New("the ticket of the handoff does not exist yet")

// converse is the transaction of a step: lock the conversation, take the step, save what it
// became, and write everything that follows from it.
func (w *received) converse(ctx context.Context, tx pgx.Tx, account agencies.Channel, event bot.Event, got bot.Received, name string) error {
	now := w.Now()
	if got.Message.Kind == bot.Unfollow {
		return w.unfollow(ctx, tx, account, event)
	}
	identity, err := citizens.Resolve(ctx, tx, account.Kind, account.Provider, event.Source)
	if err != nil {
		return err
	}
	if name != "" && identity.Name == "" {
		identity.Name = name
		if err := citizens.Rename(ctx, tx, identity.ID, name); err != nil {
			return err
		}
	}
	stored, err := bot.Load(ctx, tx, event.ChannelID, identity, event.Source)
	if err != nil {
		return err
	}
	if turn, err := w.turnOf(ctx, tx, event, got.Message); err != nil || !turn {
		return err
	}
	if err := bot.FinishEvent(ctx, tx, event.ID, ""); err != nil {
		return err
	}
	heard := saying{tx: tx, account: account, stored: stored, event: event, received: got.Message.ID, at: got.Message.At}
	var back []bot.TakenBackFrom
	switch got.Message.Kind {
	case bot.Unsend:
		back, err = w.unsend(ctx, tx, account, stored, got.Message)
	case bot.Edited:
		var known bool
		if known, err = w.edit(ctx, tx, stored, event, got); !known || err != nil {
			return err
		}
	default:
		var gone bool
		if gone, err = w.hear(ctx, tx, stored, event, &got, &heard); gone || err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if got.Message.Kind == bot.Linked {
		if err := w.link(ctx, tx, identity, &got.Message); err != nil {
			return err
		}
	}
	world, err := w.world(ctx, tx, account, identity)
	if err != nil {
		return err
	}
	if bot.AsksForPermits(got.Message) {
		if world.Cases, err = w.cases(ctx, tx, identity, casesSearched); err != nil {
			return err
		}
	}
	world.TakenBack = back
	state, replies, effects := bot.Step(stored.State, got.Message, world)
	for _, e := range effects {
		if err := w.carryOut(ctx, heard, e); err != nil {
			return err
		}
	}
	if err := bot.Save(ctx, tx, stored.ID, state, now); err != nil || got.Silent {
		return err
	}
	if err := w.chooseMenu(ctx, tx, stored, state, got); err != nil {
		return err
	}
	return bot.Notify(ctx, tx, w.Jobs, stored.ID, fmt.Sprintf("event %d", event.ID), now, replies...)
}

// turnOf says, holding the conversation, whether it is the event's turn: another worker may have taken
// it, or an earlier one may have come meanwhile; converseAll asks for the next one in either case. A
// message that is taken back does not wait.
func (w *received) turnOf(ctx context.Context, tx pgx.Tx, event bot.Event, m bot.Message) (bool, error) {
	if m.Kind == bot.Unsend {
		now, err := bot.FindEvent(ctx, tx, event.ID)
		return now.Waiting(), err
	}
	next, ok, err := bot.NextEvent(ctx, tx, event.ChannelID, event.Source)
	if err != nil || (ok && next.ID == event.ID) {
		return ok, err
	}
	return false, w.forgetIfUnsent(ctx, tx, event, m)
}

// hear records what somebody said. gone is true when they took it back before: then nothing of it is
// left.
func (w *received) hear(ctx context.Context, tx pgx.Tx, stored bot.Stored, event bot.Event, got *bot.Received, heard *saying) (gone bool, err error) {
	if err := w.welcome(ctx, tx, stored, *got); err != nil {
		return false, err
	}
	kept, err := bot.Keep(ctx, tx, stored.ID, event.ChannelID, got.Message)
	if err != nil {
		return false, err
	}
	if kept.Unsent {
		return true, w.forget(ctx, tx, event, got.Message)
	}
	heard.message = kept.ID
	if kept.Edited {
		got.Message.Text = kept.Text
	}
	return false, nil
}

// welcome notes what follows from hearing of a person at all: they have not blocked us, answers may
// be free for a while, and what was parked can go out.
func (w *received) welcome(ctx context.Context, tx pgx.Tx, stored bot.Stored, got bot.Received) error {
	if err := w.back(ctx, tx, stored, got.Message); err != nil {
		return err
	}
	if got.ReplyToken != "" {
		if err := bot.GiveToken(ctx, tx, stored.ID, got.ReplyToken, got.ReplyUntil); err != nil {
			return err
		}
	}
	return bot.Unpark(ctx, tx, w.Jobs, stored.ID)
}

// world reads what a step may know.
func (w *received) world(ctx context.Context, tx pgx.Tx, account agencies.Channel, identity citizens.Identity) (bot.World, error) {
	agency, err := agencies.Find(ctx, tx, account.AgencyID)
	if err != nil {
		return bot.World{}, err
	}
	world := bot.World{Forms: w.Forms, Agency: agency.Name, Phone: agency.Phone, Lang: "th", NewID: rand.Text(), BaseURL: w.BaseURL, Announced: account.Announced()}
	world.Cases, err = w.cases(ctx, tx, identity, casesTold)
	return world, err
}

// cases are the newest of a citizen's cases, as the chat tells of them.
func (w *received) cases(ctx context.Context, tx pgx.Tx, identity citizens.Identity, most int) ([]bot.Case, error) {
	own, err := tickets.OfCitizen(ctx, tx, int64(identity.CitizenID), most)
	if err != nil {
		return nil, err
	}
	var all []bot.Case
	for _, t := range own {
		c := bot.Case{
			Ticket: int64(t.ID), Number: t.Number, Title: t.Title, Status: string(t.Status),
			DueAt: t.DueAt, Closed: t.Status.Closed(),
		}
		if t.Status == tickets.Awaiting {
			wants, err := tickets.Wants(ctx, tx, t.ID)
			if err != nil {
				return nil, err
			}
			for _, want := range wants {
				if want.SuppliedAt == nil {
					c.Wanted = append(c.Wanted, bot.Want{Item: fmt.Sprint(want.ID), Label: want.Label})
				}
			}
		}
		if t.Status == tickets.Approved {
			if c.Permit, err = permits.NumberOf(ctx, tx, int64(t.ID)); err != nil {
				return nil, err
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// saying is what an effect knows about where it comes from.
type saying struct {
	tx       pgx.Tx
	account  agencies.Channel
	stored   bot.Stored
	event    bot.Event
	received string    // the channel's identifier of what the citizen did
	message  int64     // bot's number of the citizen's message
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
		return w.Desk.Receive(ctx, s.tx, s.citizen(), ticket, told)
	case bot.Supply:
		want, err := wantID(e.Item)
		if err != nil {
			return err
		}
		return w.Desk.Supply(ctx, s.tx, s.citizen(), tickets.TicketID(e.Ticket), want, e.Attachment.ID)
	case bot.Gather:
		return w.gatherLater(ctx, s, e)
	case bot.Unlink:
		return citizens.Unlink(ctx, s.tx, s.stored.Identity.ID)
	case bot.Noticed:
		return citizens.Noticed(ctx, s.tx, s.stored.Identity.CitizenID, string(e.Form), e.Version, s.at)
	default:
		return fmt.Errorf("step asked for unknown effect %T", effect)
	}
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
