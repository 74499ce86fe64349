package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/together"
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

// turn is an event on its way through the next step of its conversation.
type turn struct {
	account agencies.Channel
	event   bot.Event
	got     bot.Received
	name    string // of a person who is new
	known   bool   // the person has been heard of

	stored  bot.Opened
	message int64       // bot's number of the citizen's message
	before  string      // its words as they came, when the citizen edited them and that came first
	closing bot.Closing // what it leaves
}

func (t *turn) key() bot.Key { return bot.Key{Channel: t.event.ChannelID, Source: t.event.Source} }

// said says whether the event is something that the person said or did, to be kept as such.
func (t *turn) said() bool {
	return t.got.Message.Kind != bot.Unsend && t.got.Message.Kind != bot.Edited
}

// mine says, holding the conversation, whether it is the event's turn: another worker may have taken
// it, or an earlier one may have come meanwhile. A message that is taken back does not wait.
func (t *turn) mine() bool {
	if t.got.Message.Kind == bot.Unsend {
		return t.stored.Waiting
	}
	return t.stored.Next == t.event.ID
}

// alone says whether the turn needs a transaction of its own: it may have to wait for something, or
// reaches further than its conversation.
func (t *turn) alone() bool { return !t.known || !t.said() || t.got.Message.Kind == bot.Linked }

// Why a turn could not share the transaction of others.
var (
	errAlone  = errors.New("the turn needs a transaction of its own")
	errLocked = errors.New("somebody else works on the conversation now")
)

// take takes turns in one transaction: lock the conversations, take the step of each, save what they
// became, and write everything that follows. A turn that could not be taken with the others is left as
// it is, and its answer says why.
func (w *received) take(ctx context.Context, tx pgx.Tx, turns []*turn) (answers []error, err error) {
	answers = make([]error, len(turns))
	if err := w.open(ctx, tx, turns); err != nil {
		return nil, err
	}
	var mine []*turn
	had := make(map[bot.ConversationID]bool, len(turns)) // the conversations that already have their turn here
	for i, t := range turns {
		switch shared := len(turns) > 1; {
		case shared && t.stored.Begun && (!t.stored.Found || had[t.stored.ID]):
			answers[i] = errLocked
		case shared && (!t.stored.Begun || t.stored.State.Calling != ""):
			answers[i] = errAlone
		case t.mine():
			mine, had[t.stored.ID] = append(mine, t), true
		default:
			if err := w.forgetIfUnsent(ctx, tx, t.event, t.got.Message); err != nil {
				return nil, err
			}
		}
	}
	if len(mine) == 0 {
		return answers, nil
	}
	if err := keep(ctx, tx, mine); err != nil {
		return nil, err
	}
	worlds, err := w.worlds(ctx, tx, mine)
	if err != nil {
		return nil, err
	}
	closings := make([]bot.Closing, len(mine))
	for i, t := range mine {
		if err := w.step(ctx, tx, t, worlds[i]); err != nil {
			return nil, together.OffenceError{Err: err}
		}
		closings[i] = t.closing
	}
	return answers, bot.CloseAll(ctx, tx, w.Jobs, closings, w.Now())
}

// open opens the conversations of turns. One that is taken alone waits for whoever holds its
// conversation, and begins it with a new person.
func (w *received) open(ctx context.Context, tx pgx.Tx, turns []*turn) error {
	openings := make([]bot.Opening, len(turns))
	for i, t := range turns {
		openings[i] = bot.Opening{Key: t.key(), Event: t.event.ID, Message: t.got.Message.ID}
	}
	for {
		stored, err := bot.OpenAll(ctx, tx, openings, len(turns) > 1)
		if err != nil {
			return err
		}
		for i, t := range turns {
			t.stored = stored[i]
		}
		if len(turns) > 1 || stored[0].Found {
			return nil
		}
		t := turns[0]
		identity, err := citizens.Resolve(ctx, tx, t.account.Kind, t.account.Provider, t.event.Source)
		if err != nil {
			return err
		}
		if err := bot.Begin(ctx, tx, t.key(), identity.ID); err != nil {
			return err
		}
	}
}

// keep records what was said.
func keep(ctx context.Context, tx pgx.Tx, turns []*turn) error {
	var (
		heard []bot.Hearing
		of    []*turn
	)
	for _, t := range turns {
		if t.said() {
			heard, of = append(heard, bot.Hearing{Conversation: t.stored.ID, Channel: t.event.ChannelID, Message: t.got.Message}), append(of, t)
		}
	}
	if len(heard) == 0 {
		return nil
	}
	ids, err := bot.KeepAll(ctx, tx, heard)
	if err != nil {
		return err
	}
	for i, t := range of {
		t.message = ids[i]
		if t.stored.Heard.Edited {
			t.before, t.got.Message.Text = t.got.Message.Text, t.stored.Heard.Text
		}
	}
	return nil
}

// step takes the step of one turn and carries out what it leads to, as far as that is not written
// together with the others' (turn.closing).
func (w *received) step(ctx context.Context, tx pgx.Tx, t *turn, world bot.World) error {
	id, m := t.stored.ID, t.got.Message
	t.closing = bot.Closing{ID: id, Channel: t.event.ChannelID, Done: t.event.ID}
	if t.name != "" && t.stored.Identity.Name == "" {
		t.stored.Identity.Name = t.name
		if err := citizens.Rename(ctx, tx, t.stored.Identity.ID, t.name); err != nil {
			return err
		}
	}
	if m.Kind != bot.Unsend {
		if err := w.welcome(ctx, tx, t); err != nil {
			return err
		}
	}
	switch {
	case m.Kind == bot.Unsend:
		var err error
		if world.TakenBack, err = w.unsend(ctx, tx, t.account, t.stored.Stored, m); err != nil {
			return err
		}
		if world.Cases, err = w.casesOf(ctx, tx, t.stored.Identity, casesTold); err != nil { // of which some want it again
			return err
		}
	case m.Kind == bot.Edited:
		if known, err := w.edit(ctx, tx, t); !known || err != nil {
			return err
		}
	case t.stored.Heard.Unsent: // they took it back before: nothing of it is left
		return w.forget(ctx, tx, t.event, m)
	case m.Kind == bot.Linked:
		if err := w.link(ctx, tx, t.stored.Identity, &t.got.Message); err != nil {
			return err
		}
	}
	if bot.AsksForPermits(m) {
		var err error
		if world.Cases, err = w.casesOf(ctx, tx, t.stored.Identity, casesSearched); err != nil {
			return err
		}
	}
	state, replies, effects := bot.Step(t.stored.State, t.got.Message, world)
	heard := saying{tx: tx, account: t.account, stored: t.stored.Stored, event: t.event, received: m.ID, message: t.message, before: t.before, at: m.At}
	over, err := w.overMandate(ctx, heard, &state, effects)
	if err != nil {
		return err
	}
	if over != nil {
		replies, effects = over, nil
	}
	for _, e := range effects {
		if err := w.carryOut(ctx, heard, e); err != nil {
			return err
		}
	}
	t.closing.State = &state
	if t.got.Silent {
		return nil
	}
	doors, err := w.doors(ctx, heard, state, world, effects)
	if err != nil {
		return err
	}
	t.closing.Cause, t.closing.Replies = fmt.Sprintf("event %d", t.event.ID), append(replies, doors...)
	return w.chooseMenu(ctx, tx, t.stored.Stored, state, t.got)
}

// welcome notes what follows from hearing of a person at all: they have not blocked us, answers may
// be free for a while, and what was parked can go out.
func (w *received) welcome(ctx context.Context, tx pgx.Tx, t *turn) error {
	if err := w.back(ctx, tx, t.stored.Stored, t.got.Message); err != nil {
		return err
	}
	t.closing.ReplyToken, t.closing.ReplyUntil = t.got.ReplyToken, t.got.ReplyUntil
	if !t.stored.Parked {
		return nil
	}
	return bot.Unpark(ctx, tx, w.Jobs, t.stored.ID, w.Now())
}

// worlds read what the steps of turns may know.
func (w *received) worlds(ctx context.Context, tx pgx.Tx, turns []*turn) ([]bot.World, error) {
	var (
		agencyIDs []agencies.AgencyID
		people    []int64
	)
	for _, t := range turns {
		people = append(people, int64(t.stored.Identity.CitizenID))
		if !slices.Contains(agencyIDs, t.account.AgencyID) {
			agencyIDs = append(agencyIDs, t.account.AgencyID)
		}
	}
	all, err := agencies.FindSome(ctx, tx, agencyIDs)
	if err != nil {
		return nil, err
	}
	own, err := tickets.OfCitizens(ctx, tx, people, casesTold)
	if err != nil {
		return nil, err
	}
	over, err := w.Desk.Over(ctx, tx, slices.Concat(slices.Collect(maps.Values(own))...))
	if err != nil {
		return nil, err
	}
	understand := bot.Listen(w.Ear.Matcher())
	worlds := make([]bot.World, len(turns))
	for i, t := range turns {
		cases, err := w.cases(ctx, tx, own[people[i]], over)
		if err != nil {
			return nil, err
		}
		agency := all[t.account.AgencyID]
		worlds[i] = bot.World{
			Forms: w.Forms.Agency(int64(t.account.AgencyID)), Agency: agency.Name, Phone: agency.Phone, Lang: "th", NewID: rand.Text(), BaseURL: w.BaseURL, Announced: t.account.Announced(), Cases: cases,
			Understand: understand, Web: w.WebForms && w.BaseURL != "",
		}
	}
	return worlds, w.known(ctx, tx, turns, worlds)
}

// world reads what a step may know that no event brings.
func (w *received) world(ctx context.Context, tx pgx.Tx, account agencies.Channel, stored bot.Stored) (bot.World, error) {
	worlds, err := w.worlds(ctx, tx, []*turn{{account: account, stored: bot.Opened{Stored: stored}}})
	if err != nil {
		return bot.World{}, err
	}
	return worlds[0], nil
}

// casesOf are the newest of a citizen's cases.
func (w *received) casesOf(ctx context.Context, tx pgx.Tx, identity citizens.Identity, most int) ([]bot.Case, error) {
	id := int64(identity.CitizenID)
	own, err := tickets.OfCitizens(ctx, tx, []int64{id}, most)
	if err != nil {
		return nil, err
	}
	over, err := w.Desk.Over(ctx, tx, own[id])
	if err != nil {
		return nil, err
	}
	return w.cases(ctx, tx, own[id], over)
}

// cases are tickets as the chat tells of them.
func (w *received) cases(ctx context.Context, tx pgx.Tx, own []tickets.Ticket, over map[tickets.TicketID]error) ([]bot.Case, error) {
	var all []bot.Case
	for _, t := range own {
		c := bot.Case{
			Ticket: int64(t.ID), Number: t.Reference, Title: t.Title, Status: string(t.Status),
			DueAt: t.DueAt, Closed: t.Status.Closed(), Over: over[t.ID],
		}
		if t.Bounces > 0 || t.Reference != t.Number {
			others, err := tickets.Earlier(ctx, tx, t)
			if err != nil {
				return nil, err
			}
			for _, id := range others {
				c.Others = append(c.Others, int64(id))
			}
		}
		if t.Status == tickets.Awaiting {
			wants, err := tickets.Wants(ctx, tx, t.ID)
			if err != nil {
				return nil, err
			}
			for _, want := range wants {
				if want.SuppliedAt == nil {
					c.Wanted = append(c.Wanted, bot.Want{Item: fmt.Sprint(want.ID), Label: want.Label, Why: want.Why})
				}
			}
		}
		if f, ok := w.Forms.Version(t.FormKey, t.FormVersion); ok && t.Status == tickets.Approved && f.Closing.ConfirmDays > 0 {
			claim, ok, err := w.Desk.ClaimOf(ctx, tx, t)
			if err != nil {
				return nil, err
			}
			if ok && claim.Open {
				c.Result = claim.N
			}
		}
		if t.Status == tickets.Returned || t.Status == tickets.Withdrawn {
			var err error
			if c.Again, err = w.again(ctx, tx, t.ID); err != nil {
				return nil, err
			}
		}
		if t.Status.Decided() {
			var err error
			if c.Appeal, err = w.appealOf(ctx, tx, t); err != nil {
				return nil, err
			}
		}
		if t.Status == tickets.Approved {
			var err error
			if c.Permit, err = permits.NumberOf(ctx, tx, int64(t.ID)); err != nil {
				return nil, err
			}
			if c.Permit == "" {
				if c.Wanted, err = slipWanted(ctx, tx, t); err != nil {
					return nil, err
				}
				c.Closed = len(c.Wanted) == 0 // while a fee is due the matter goes on
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// again is what a case that was given back or withdrawn brings into the next one; nil when it was filed again.
func (w *received) again(ctx context.Context, tx pgx.Tx, id tickets.TicketID) (*bot.Again, error) {
	r, err := w.Desk.Refiling(ctx, tx, id)
	if fault.Is(err, fault.Conflict) {
		return nil, nil //nolint:nilnil // there is nothing to file again
	}
	if err != nil {
		return nil, err
	}
	return &bot.Again{Form: r.Form, Answers: r.Answers}, nil
}

// appealOf is what an appeal against the decision of a case begins with; nil when there can be none.
func (w *received) appealOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket) (*bot.Again, error) {
	may, err := w.Desk.MayAppeal(ctx, tx, t)
	if err != nil || !may {
		return nil, err
	}
	named, err := w.Desk.AppealAnswer(t, w.Now())
	return &bot.Again{Form: tickets.AppealForm, Answers: []forms.Answer{named}}, err
}
