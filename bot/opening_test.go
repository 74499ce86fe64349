package bot_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/internal/pgtest"
)

// What comes next in several conversations, in the order in which they were asked for.
func TestHeads(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.receive("late", time.Second)
	early := r.receive("early", 0)
	heads, err := bot.Heads(r.ctx, r.tx, []bot.Key{r.key("U2"), r.key("U1"), {Channel: 1 << 40, Source: "U1"}}, 1)
	must(t, err)
	if heads[0].OK || heads[2].OK {
		t.Errorf("somebody else has one: %+v", heads)
	}
	h := heads[1]
	if !h.OK || !h.Known || h.Waiting != 1 || h.Event.ID != early || !h.Event.Waiting() || len(h.Event.Body) == 0 || h.Event.MessageID != "mearly" || !h.Event.At.Equal(morning) {
		t.Errorf("the head is %+v", h)
	}
	if heads, err = bot.Heads(r.ctx, r.tx, []bot.Key{r.key("U1")}, 10); err != nil || heads[0].Waiting != 2 {
		t.Errorf("%d wait (%v)", heads[0].Waiting, err)
	}
}

// A conversation is opened as it stands, with what a step asks of it, and closed as the step leaves it.
func TestOpenAndClose(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	event := r.receive("1", 0)
	r.say("ticket 1", "รอ")
	_, err := r.tx.Exec(r.ctx, `UPDATE replies SET state = 'parked'`)
	must(t, err)
	o := r.open(event, "m1")
	if !o.Found || o.ID != r.id || o.Identity != r.identity || o.Next != event || !o.Waiting || !o.Parked || o.Heard != (bot.Kept{}) || o.BlockedAt != nil {
		t.Errorf("opened as %+v", o)
	}
	must(t, bot.Block(r.ctx, r.tx, r.id, r.now))
	o.State.Lang = "en"
	closing := bot.Closing{
		ID: r.id, Channel: int64(r.channel), Done: event, State: &o.State, ReplyToken: "token", ReplyUntil: r.now.Add(time.Minute),
		Cause: "event 1", Replies: []bot.Reply{{Text: "ก"}, {Text: "ข"}},
	}
	for range 2 { // and twice is once
		must(t, bot.CloseAll(r.ctx, r.tx, r.jobs, []bot.Closing{closing}, r.now))
	}
	must(t, bot.CloseAll(r.ctx, r.tx, r.jobs, []bot.Closing{{ID: r.id}}, r.now)) // nothing changes
	if o = r.open(event, "m1"); o.State.Lang != "en" || o.Next != 0 || o.Waiting || o.BlockedAt == nil || !o.BlockedAt.Equal(r.now) {
		t.Errorf("closed as %+v", o)
	}
	if n := r.count(`SELECT count(*) FROM conversations WHERE reply_token = 'token'`); n != 1 {
		t.Error("the token is lost")
	}
	r.expect("parked รอ", "waiting ก", "waiting ข")
	if n := r.count(`SELECT count(*) FROM river_job WHERE kind = 'send' AND (args->>'channel_id')::bigint = $1`, r.channel); n != 3 {
		t.Errorf("%d jobs for sending", n)
	}
	if e := r.event(event); e.State != "done" || len(e.Body) == 0 {
		t.Errorf("the event: %+v", e)
	}
}

// A closing does not undo that the event was forgotten.
func TestCloseLeavesForgottenEvents(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	event := r.receive("1", 0)
	must(t, bot.ForgetEvent(r.ctx, r.tx, event, "unsent"))
	must(t, bot.CloseAll(r.ctx, r.tx, r.jobs, []bot.Closing{{ID: r.id, Done: event}}, r.now))
	if n := r.count(`SELECT count(*) FROM inbound_events WHERE id = $1 AND problem = 'unsent'`, event); n != 1 {
		t.Error("why it was forgotten is lost")
	}
}

// Several open conversations that others work on only in part: those are passed over, or waited for.
func TestOpenSkipsWhatOthersHold(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.DB(t)
	var openings []bot.Opening
	must(t, agencies.Everywhere(ctx, pool, func(tx pgx.Tx) error {
		var channel int64
		err := tx.QueryRow(ctx, `WITH a AS (INSERT INTO agencies (code, name, kind) VALUES ('OP', 'เทศบาลตัวอย่าง', 'เทศบาล') RETURNING id)
			INSERT INTO channels (agency_id, kind, destination, provider, name, secret_sealed, token_sealed)
			SELECT id, 'line', 'U1', 'p', 'n', '', '' FROM a RETURNING id`).Scan(&channel)
		if err != nil {
			return err
		}
		for i := range 3 {
			identity, err := citizens.Resolve(ctx, tx, "line", "opening tests", fmt.Sprint("U", i))
			if err != nil {
				return err
			}
			key := bot.Key{Channel: channel, Source: identity.ExternalID}
			if err := bot.Begin(ctx, tx, key, identity.ID); err != nil {
				return err
			}
			openings = append(openings, bot.Opening{Key: key})
		}
		return nil
	}))
	slices.Reverse(openings) // in whatever order they come
	found := func(all []bot.Opened) (n int) {
		for i, o := range all {
			if o.Found {
				n++
				if o.Identity.ExternalID != openings[i].Source {
					t.Errorf("the %d. is %q's", i, o.Identity.ExternalID)
				}
			}
		}
		return n
	}
	must(t, agencies.Everywhere(ctx, pool, func(tx pgx.Tx) error {
		if _, err := bot.OpenAll(ctx, tx, openings[1:2], false); err != nil {
			return err
		}
		return agencies.Everywhere(ctx, pool, func(other pgx.Tx) error {
			all, err := bot.OpenAll(ctx, other, openings, true)
			if n := found(all); n != 2 || all[1].Found {
				t.Errorf("%d of 3 opened while one is held: %+v", n, all)
			}
			return err
		})
	}))
	must(t, agencies.Everywhere(ctx, pool, func(tx pgx.Tx) error {
		all, err := bot.OpenAll(ctx, tx, openings, false)
		if n := found(all); n != 3 {
			t.Errorf("%d of 3 opened", n)
		}
		return err
	}))
}
