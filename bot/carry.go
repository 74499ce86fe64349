package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// Clerk carries out what follows from steps in chats and from what is done on pages alike.
type Clerk struct {
	Desk  *tickets.Desk
	Forms *forms.Catalog
}

// Act is what somebody did, by which an effect follows.
type Act struct {
	Stored  Stored // the conversation that it belongs to
	Channel agencies.ChannelID
	Agency  agencies.AgencyID
	At      time.Time // when it was done
	Entered time.Time // when it entered the agency's system (EGA-10.3)
}

// Carry makes an effect real, in the step's transaction. carried is false for those that need the message of a chat.
func (k Clerk) Carry(ctx context.Context, tx pgx.Tx, a Act, effect Effect) (carried bool, err error) {
	citizen := a.Stored.Identity.CitizenID
	switch e := effect.(type) {
	case Submit:
		return true, k.submit(ctx, tx, a, tickets.Submission{Draft: e.Draft, Form: e.Form, Version: e.Version, Answers: e.Answers, Again: tickets.TicketID(e.Again)}, e.Sources)
	case Handoff:
		return true, k.handOff(ctx, tx, a, e)
	case Countersign:
		return true, k.acknowledge(ctx, tx, a, e)
	case Withdraw:
		return true, k.withdraw(ctx, tx, a, e)
	case Confirm:
		return true, k.say(ctx, tx, a, e)
	case Share:
		return true, citizens.LetHave(ctx, tx, citizen, citizens.DocumentID(e.Document), int64(a.Agency), a.At)
	case Noticed:
		return true, citizens.Noticed(ctx, tx, citizen, string(e.Form), e.Version, a.At)
	}
	return false, nil
}

// acknowledge notes that a notice was seen, by whichever of the citizen's identities did.
func (k Clerk) acknowledge(ctx context.Context, tx pgx.Tx, a Act, e Countersign) error {
	who := a.Stored.Identity
	err := k.Desk.Acknowledge(ctx, tx, tickets.ByCitizen(int64(who.CitizenID)), tickets.TicketID(e.Ticket), tickets.NoticeID(e.Notice), fmt.Sprintf("%s %d", who.Kind, who.ID))
	if fault.Is(err, fault.NotFound) {
		return nil // a tap that was made up
	}
	return err
}

// withdraw ends a case that its citizen does not want any more. One that was decided meanwhile stays as it is, of which
// whoever answers tells.
func (k Clerk) withdraw(ctx context.Context, tx pgx.Tx, a Act, e Withdraw) error {
	who := a.Stored.Identity
	w := tickets.Withdrawal{TicketID: tickets.TicketID(e.Ticket), Reason: e.Reason, Way: fmt.Sprintf("%s %d", who.Kind, who.ID)}
	kept, err := KeptAs(ctx, tx, int64(a.Channel), []string{e.From})
	if err != nil {
		return err
	}
	if id, ok := kept[e.From]; ok {
		w.Source = SourceOf(id)
	}
	err = k.Desk.Withdraw(ctx, tx, tickets.ByCitizen(int64(who.CitizenID)), w)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// say notes what a citizen says of a result. What was too late, or was said of another meanwhile, changes nothing.
func (k Clerk) say(ctx context.Context, tx pgx.Tx, a Act, e Confirm) error {
	who := a.Stored.Identity
	by, way, do := tickets.ByCitizen(int64(who.CitizenID)), fmt.Sprintf("%s %d", who.Kind, who.ID), k.Desk.Reopen
	if e.Fixed {
		do = k.Desk.Confirm
	}
	err := do(ctx, tx, by, tickets.TicketID(e.Ticket), e.Result, way)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// submit files a request.
func (k Clerk) submit(ctx context.Context, tx pgx.Tx, a Act, filed tickets.Submission, from map[string][]string) error {
	filed.CitizenID, filed.CitizenName = int64(a.Stored.Identity.CitizenID), a.Stored.Identity.Name
	filed.ConversationID, filed.AgencyID, filed.EnteredAt = int64(a.Stored.ID), a.Agency, a.Entered
	var err error
	if filed.Sources, err = sources(ctx, tx, a.Channel, from); err != nil {
		return err
	}
	if who := a.Stored.Identity; who.Kind == agencies.WebKind { // an officer may sit there, for somebody else (MTH-1.3)
		if lodged, err := k.Desk.Lodge(ctx, tx, strings.TrimPrefix(who.ExternalID, "browser:"), filed); lodged || err != nil {
			return err
		}
	}
	_, err = k.Desk.Submit(ctx, tx, filed)
	return err
}

// handOff files the wish for a person as a request of its own, with what was answered so far.
func (k Clerk) handOff(ctx context.Context, tx pgx.Tx, a Act, e Handoff) error {
	form, ok := k.Forms.ForHuman()
	if !ok {
		return errors.New("the catalogue has no service for talking to a person")
	}
	return k.submit(ctx, tx, a, tickets.Submission{
		Draft: e.Draft, Form: form.Key, Version: form.Version, Answers: HandoffAnswers(form, e, k.Forms), Unconfirmed: true,
	}, HandoffSources(form, e))
}

// sources are the messages that answers came from, as those who keep copies know them.
func sources(ctx context.Context, tx pgx.Tx, channel agencies.ChannelID, from map[string][]string) (map[string][]string, error) {
	var all []string
	for _, messages := range from {
		all = append(all, messages...)
	}
	kept, err := KeptAs(ctx, tx, int64(channel), all)
	if err != nil {
		return nil, err
	}
	named := map[string][]string{}
	for field, messages := range from {
		for _, m := range messages {
			if id, ok := kept[m]; ok {
				named[field] = append(named[field], SourceOf(id))
			}
		}
	}
	return named, nil
}

// SourceOf names a message for those who keep a copy of it, so that an unsend finds them all.
func SourceOf(message int64) string { return fmt.Sprintf("message %d", message) }
