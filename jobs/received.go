package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/permits"
	"saphan/tickets"
)

type tx = pgx.Tx

// received takes the next step of a conversation (step 2 of the flow).
type received struct {
	river.WorkerDefaults[bot.ReceivedArgs]
	*Deps
}

const (
	// poisonedAfter is how often an event may fail before it is put aside and the person is told,
	// so that what they say next goes on. Trouble outside (a store or a channel that is away) does
	// not count, nor does a process that was killed.
	poisonedAfter = 5
	// outsidePatience is how long a file waits for the channel or the store to come back.
	outsidePatience = 15 * time.Minute
	outsideAgain    = 5 * time.Second
	// contentPatience is how long a file may take to be prepared by the channel.
	contentPatience = 2 * time.Minute
	// casesTold is how many of a citizen's cases the chat knows about.
	casesTold = 10
)

// Timeout leaves room for a large file.
func (w *received) Timeout(*river.Job[bot.ReceivedArgs]) time.Duration { return 3 * time.Minute }

// NextRetry comes back soon: a person is waiting.
func (w *received) NextRetry(job *river.Job[bot.ReceivedArgs]) time.Time {
	waits := []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second}
	return w.Now().Add(waits[min(job.Attempt, len(waits))-1])
}

// Work handles every waiting event of the conversation in the order they were sent, not only the
// one that brought the job: events overtake one another on their way (line.md 1.4).
func (w *received) Work(ctx context.Context, job *river.Job[bot.ReceivedArgs]) error {
	var event bot.Event
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		event, err = bot.FindEvent(ctx, tx, bot.EventID(job.Args.EventID))
		return err
	})
	if err != nil {
		return err
	}
	if event.State != "waiting" {
		return nil
	}
	if event.Source == "" { // nobody's conversation: a group, an event without a person
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return bot.FinishEvent(ctx, tx, event.ID, "") })
	}
	for {
		var (
			next    bot.Event
			account agencies.Channel
			channel Channel
			ok      bool
		)
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			if next, ok, err = bot.NextEvent(ctx, tx, event.ChannelID, event.Source); err != nil || !ok {
				return err
			}
			account, channel, err = w.account(ctx, tx, agencies.ChannelID(event.ChannelID))
			return err
		})
		if err != nil || !ok {
			return err
		}
		if len(job.Errors) >= poisonedAfter {
			if err := w.putAside(ctx, account, next); err != nil {
				return err
			}
			continue
		}
		if err := w.step(ctx, account, channel, next); err != nil {
			return err
		}
	}
}

// step takes one event through the conversation.
func (w *received) step(ctx context.Context, account agencies.Channel, channel Channel, event bot.Event) error {
	got, err := channel.Decode(event)
	if err != nil {
		w.Log.WarnContext(ctx, "event put into quarantine", "event", event.ID, "channel", account.ID, "err", err)
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return bot.FinishEvent(ctx, tx, event.ID, err.Error()) })
	}
	name := w.name(ctx, account, channel, event.Source)
	if got.HasContent {
		if err := w.fetch(ctx, account, channel, event, &got); err != nil {
			return w.putOff(ctx, event, err)
		}
	}
	w.at("received: before the step")
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		return w.converse(ctx, tx, account, event, got, name)
	})
	if err == nil {
		w.at("received: after the step")
	}
	return err
}

// name asks the channel for the name of a person who is new; nothing waits for it to succeed.
func (w *received) name(ctx context.Context, account agencies.Channel, channel Channel, person string) string {
	var known bool
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		known, err = citizens.Known(ctx, tx, account.Kind, account.Provider, person)
		return err
	})
	if err != nil || known {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	name, err := channel.Name(ctx, account, person)
	if err != nil {
		w.Log.InfoContext(ctx, "no display name", "channel", account.ID, "err", err)
	}
	return name
}

// fetch brings a file in before the conversation sees it: its type and size decide the answer. It
// stores the same message once, however often it runs.
func (w *received) fetch(ctx context.Context, account agencies.Channel, channel Channel, event bot.Event, got *bot.Received) error {
	source := fmt.Sprintf("%s:%d:%s", account.Kind, account.ID, got.Message.ID)
	var (
		at    files.Attachment
		found bool
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		at, found, err = files.FindSource(ctx, tx, source)
		return err
	})
	if err != nil {
		return err
	}
	if !found {
		channel.Working(ctx, account, event.Source)
		content, err := channel.Fetch(ctx, account, got.Message.ID)
		switch {
		case errors.Is(err, bot.ErrNotReady):
			if w.Now().Sub(event.ReceivedAt) < contentPatience {
				return err
			}
			got.Message.Attachment = &bot.Attachment{Fault: "LINE เตรียมไฟล์ไม่สำเร็จ กรุณาส่งไฟล์อีกครั้งค่ะ"}
			return nil
		case errors.Is(err, bot.ErrGone):
			got.Message.Attachment = &bot.Attachment{Fault: "ไฟล์นี้ถูกยกเลิกหรือหมดอายุแล้ว กรุณาส่งใหม่อีกครั้งค่ะ"}
			return nil
		case err != nil:
			return fmt.Errorf("fetch content of event %d: %w", event.ID, err)
		}
		at, err = w.keepBytes(ctx, content, source, fileName(got))
		if sentence, refused := files.Refusal(err); refused {
			got.Message.Attachment = &bot.Attachment{Fault: sentence}
			return nil
		}
		if err != nil {
			return fmt.Errorf("store content of event %d: %w", event.ID, err)
		}
	}
	got.Message.Attachment = &bot.Attachment{ID: int64(at.ID), Name: at.Name, Type: at.MediaType, Size: at.Size}
	return nil
}

// putOff comes back to a file that could not be fetched or stored. When that lasts too long the
// person is told, and what they say next goes on.
func (w *received) putOff(ctx context.Context, event bot.Event, err error) error {
	switch age := w.Now().Sub(event.ReceivedAt); {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, bot.ErrNotReady):
		return river.JobSnooze(time.Second)
	case age < outsidePatience:
		w.Log.WarnContext(ctx, "file put off", "event", event.ID, "age_s", int(age.Seconds()), "err", err)
		return river.JobSnooze(outsideAgain)
	default:
		return fmt.Errorf("file of event %d could not be brought in: %w", event.ID, err)
	}
}

// keepBytes keeps the bytes and then their row. Bytes without a row, after a crash between the two,
// are found and removed by the sweep.
func (w *received) keepBytes(ctx context.Context, content bot.Content, source, name string) (files.Attachment, error) {
	defer content.Body.Close() //nolint:errcheck // read to its end or given up
	object, err := w.Files.Put(ctx, content.Body, files.Limits{})
	if err != nil {
		return files.Attachment{}, err
	}
	if err := files.Accept(object, name); err != nil {
		return files.Attachment{}, errors.Join(err, w.Files.Delete(ctx, object))
	}
	w.at("received: after the bytes are stored")
	at := files.Attachment{Object: object, Name: files.SafeName(name), Source: source}
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		at.ID, err = files.Insert(ctx, tx, at)
		return err
	})
	return at, err
}

// fileName is the sender's name of a file; photos have none.
func fileName(got *bot.Received) string {
	if got.FileName != "" {
		return got.FileName
	}
	switch got.Message.Kind { //nolint:exhaustive // only these carry content
	case bot.Image:
		return "รูปภาพ"
	case bot.Video:
		return "วิดีโอ"
	case bot.Audio:
		return "เสียง"
	default:
		return "ไฟล์"
	}
}

// converse is the transaction of a step: lock the conversation, take the step, save what it
// became, and write everything that follows from it.
func (w *received) converse(ctx context.Context, tx pgx.Tx, account agencies.Channel, event bot.Event, got bot.Received, name string) error {
	now := w.Now()
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
	// Holding the conversation, look again: another worker may have taken this event, or an
	// earlier one may have come meanwhile. Work asks for the next one in either case.
	next, ok, err := bot.NextEvent(ctx, tx, event.ChannelID, event.Source)
	if err != nil || !ok || next.ID != event.ID {
		return err
	}
	if err := bot.FinishEvent(ctx, tx, event.ID, ""); err != nil {
		return err
	}
	switch got.Message.Kind { //nolint:exhaustive // the others are for Step
	case bot.Unsend:
		return w.unsend(ctx, tx, stored, event, got.Message)
	case bot.Unfollow:
		return citizens.Block(ctx, tx, identity.ID, now)
	}
	if identity.BlockedAt != nil { // whoever writes has not blocked us
		if err := citizens.Block(ctx, tx, identity.ID, time.Time{}); err != nil {
			return err
		}
	}
	if got.ReplyToken != "" && !got.Silent {
		if err := bot.GiveToken(ctx, tx, stored.ID, got.ReplyToken, got.ReplyUntil); err != nil {
			return err
		}
	}
	if err := bot.Unpark(ctx, tx, w.Jobs, stored.ID); err != nil {
		return err
	}
	if got.Silent {
		return nil
	}
	message, unsent, err := bot.Keep(ctx, tx, stored.ID, event.ChannelID, got.Message)
	if err != nil || unsent {
		return err
	}
	world, err := w.world(ctx, tx, account, identity)
	if err != nil {
		return err
	}
	state, replies, effects := bot.Step(stored.State, got.Message, world)
	for _, e := range effects {
		s := saying{tx: tx, account: account, stored: stored, event: event, message: message, at: got.Message.At}
		if err := w.carryOut(ctx, s, e); err != nil {
			return err
		}
	}
	if err := bot.Save(ctx, tx, stored.ID, state, now); err != nil {
		return err
	}
	return bot.Notify(ctx, tx, w.Jobs, stored.ID, fmt.Sprintf("event %d", event.ID), now, replies...)
}

// world reads what a step may know.
func (w *received) world(ctx context.Context, tx pgx.Tx, account agencies.Channel, identity citizens.Identity) (bot.World, error) {
	agency, err := agencies.Find(ctx, tx, account.AgencyID)
	if err != nil {
		return bot.World{}, err
	}
	world := bot.World{Forms: w.Forms, Agency: agency.Name, Phone: agency.Phone, Lang: "th", NewID: rand.Text(), BaseURL: w.BaseURL}
	own, err := tickets.OfCitizen(ctx, tx, int64(identity.CitizenID), casesTold)
	if err != nil {
		return bot.World{}, err
	}
	for _, t := range own {
		c := bot.Case{
			Ticket: int64(t.ID), Number: t.Number, Title: t.Title, Status: string(t.Status), Says: t.Status.Thai(),
			DueAt: t.DueAt, Closed: t.Status.Closed(),
		}
		if t.Status == tickets.Awaiting {
			wants, err := tickets.Wants(ctx, tx, t.ID)
			if err != nil {
				return bot.World{}, err
			}
			for _, want := range wants {
				if want.SuppliedAt == nil {
					c.Wanted = append(c.Wanted, bot.Want{Item: fmt.Sprint(want.ID), Label: want.Label})
				}
			}
		}
		if t.Status == tickets.Approved {
			if c.Permit, err = permits.NumberOf(ctx, tx, int64(t.ID)); err != nil {
				return bot.World{}, err
			}
		}
		world.Cases = append(world.Cases, c)
	}
	return world, nil
}

// saying is what an effect knows about where it comes from.
type saying struct {
	tx      pgx.Tx
	account agencies.Channel
	stored  bot.Stored
	event   bot.Event
	message int64     // bot's number of the citizen's message
	at      time.Time // when the citizen did it
}

func (s saying) citizen() tickets.Actor { return tickets.ByCitizen(int64(s.stored.Identity.CitizenID)) }

// source names the message for those who keep a copy of it, so that an unsend finds them all.
func source(message int64) string { return fmt.Sprintf("message %d", message) }

// carryOut makes an effect of the step real, in the step's transaction.
func (w *received) carryOut(ctx context.Context, s saying, effect bot.Effect) error {
	switch e := effect.(type) {
	case bot.Submit:
		return w.submit(ctx, s, e.Draft, e.Form, e.Version, e.Answers)
	case bot.Handoff:
		return w.handOff(ctx, s, e)
	case bot.Tell:
		told := tickets.Said{Source: source(s.message), Text: e.Text, At: s.at}
		if e.Attachment != nil {
			told.Attachment, told.Label = e.Attachment.ID, e.Attachment.Name
		}
		if e.Place != nil {
			told.Place = placeJSON(*e.Place)
		}
		return w.Desk.Receive(ctx, s.tx, s.citizen(), tickets.TicketID(e.Ticket), told)
	case bot.Supply:
		want, err := wantID(e.Item)
		if err != nil {
			return err
		}
		return w.Desk.Supply(ctx, s.tx, s.citizen(), tickets.TicketID(e.Ticket), want, e.Attachment.ID)
	case bot.Noticed:
		return citizens.Noticed(ctx, s.tx, s.stored.Identity.CitizenID, string(e.Form), e.Version, s.at)
	default:
		return fmt.Errorf("step asked for unknown effect %T", effect)
	}
}

// submit files a request. It entered the agency's system at the earlier of the channel's time of
// the citizen's confirmation and our first receipt of it (EGA-10.3).
func (w *received) submit(ctx context.Context, s saying, draft string, form forms.Key, version int, answers []forms.Answer) error {
	entered := s.event.At
	if s.event.ReceivedAt.Before(entered) {
		entered = s.event.ReceivedAt
	}
	_, err := w.Desk.Submit(ctx, s.tx, tickets.Submission{
		Draft: draft, CitizenID: int64(s.stored.Identity.CitizenID), CitizenName: s.stored.Identity.Name,
		ConversationID: int64(s.stored.ID), AgencyID: s.account.AgencyID,
		Form: form, Version: version, Answers: answers, EnteredAt: entered,
	})
	return err
}

// handOff files the wish for a person as a request of its own, with what was answered so far.
func (w *received) handOff(ctx context.Context, s saying, e bot.Handoff) error {
	form, ok := w.Forms.ForHuman()
	if !ok {
		return errors.New("the catalogue has no service for talking to a person")
	}
	return w.submit(ctx, s, e.Draft, form.Key, form.Version, bot.HandoffAnswers(form, e, w.Forms))
}

// unsend removes what the citizen took back, from the chat's memory and from every ticket it was
// told to; the bytes of a file follow.
func (w *received) unsend(ctx context.Context, tx pgx.Tx, stored bot.Stored, event bot.Event, m bot.Message) error {
	message, file, err := bot.TakeBack(ctx, tx, stored.ID, event.ChannelID, m.ID, w.Now())
	if err != nil {
		return err
	}
	if err := w.Desk.Unsend(ctx, tx, source(message)); err != nil {
		return err
	}
	if file == 0 {
		return nil
	}
	if err := files.MarkGone(ctx, tx, file); err != nil {
		return err
	}
	_, err = w.Jobs.InsertTx(ctx, tx, EraseArgs{AttachmentID: file}, nil)
	return err
}

// putAside gives up on an event that failed again and again, and tells the person.
func (w *received) putAside(ctx context.Context, account agencies.Channel, event bot.Event) error {
	w.Log.ErrorContext(ctx, "event put aside after failing repeatedly", "event", event.ID, "channel", account.ID)
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		identity, err := citizens.Resolve(ctx, tx, account.Kind, account.Provider, event.Source)
		if err != nil {
			return err
		}
		stored, err := bot.Load(ctx, tx, event.ChannelID, identity, event.Source)
		if err != nil {
			return err
		}
		if err := bot.FinishEvent(ctx, tx, event.ID, "failed repeatedly"); err != nil {
			return err
		}
		return bot.Notify(ctx, tx, w.Jobs, stored.ID, fmt.Sprintf("event %d", event.ID), w.Now(), bot.FaultReply("th"))
	})
}
