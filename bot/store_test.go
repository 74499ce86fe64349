package bot_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/files"
	"saphan/internal/pgtest"
)

// receive stores an event of the person as the intake does, this long after the morning.
func (r *room) receive(name string, after time.Duration) bot.EventID {
	r.t.Helper()
	var id bot.EventID
	must(r.t, r.tx.QueryRow(r.ctx, `INSERT INTO inbound_events (channel_id, event_id, source, message_id, at, received_at, body)
		VALUES ($1, $2, 'U1', $3, $4, $5, '{}') RETURNING id`, r.channel, name, "m"+name, morning.Add(after), r.now).Scan(&id))
	return id
}

func (r *room) event(id bot.EventID) bot.Event {
	r.t.Helper()
	e, err := bot.FindEvent(r.ctx, r.tx, id)
	must(r.t, err)
	return e
}

// Row 14: events are worked on in the order of the channel's clock, not of their arrival.
func TestNextEventIsTheEarliest(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	late, early, same := r.receive("late", time.Second), r.receive("early", 0), r.receive("same", time.Second)
	for _, want := range []bot.EventID{early, late, same} {
		next, ok, err := bot.NextEvent(r.ctx, r.tx, int64(r.channel), "U1")
		if err != nil || !ok || next.ID != want || !next.Waiting() {
			t.Fatalf("next is %+v (%v), want %d", next, err, want)
		}
		must(t, bot.FinishEvent(r.ctx, r.tx, next.ID, ""))
	}
	if _, ok, err := bot.NextEvent(r.ctx, r.tx, int64(r.channel), "U1"); ok || err != nil {
		t.Errorf("there is one more (%v)", err)
	}
	if _, ok, err := bot.NextEvent(r.ctx, r.tx, int64(r.channel), "U2"); ok || err != nil {
		t.Errorf("somebody else has one (%v)", err)
	}
	heads, err := bot.Heads(r.ctx, r.tx, []bot.Key{r.key("U2"), r.key("U1")}, 10)
	must(t, err)
	if heads[0].OK || heads[0].Known || heads[1].OK || heads[1].Event.Body != nil {
		t.Errorf("heads of what is done: %+v", heads)
	}
	if e := r.event(early); e.State != "done" || e.Waiting() || e.MessageID != "mearly" || !e.At.Equal(morning) {
		t.Errorf("finished: %+v", e)
	}
	must(t, bot.FinishEvent(r.ctx, r.tx, late, "never readable"))
	if e := r.event(late); e.State != "quarantined" {
		t.Errorf("given up: %+v", e)
	}
	if _, err := bot.FindEvent(r.ctx, r.tx, 999999); err == nil {
		t.Error("an event that is not there was found")
	}
}

// Jobs that meet the same failure at the same moment count it once.
func TestFailuresAreCountedASecondApart(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	id := r.receive("a", 0)
	for range 5 {
		must(t, bot.FailEvent(r.ctx, r.tx, id, r.now))
	}
	if e := r.event(id); e.Failures != 1 || !e.Waiting() {
		t.Errorf("after one moment: %+v", e)
	}
	r.pass(time.Second)
	must(t, bot.FailEvent(r.ctx, r.tx, id, r.now))
	if e := r.event(id); e.Failures != 2 {
		t.Errorf("a second later: %+v", e)
	}
}

// One job holds an event at a time; it finds its hold again, and a dead one's ends.
func TestHoldEvent(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	id := r.receive("a", 0)
	hold := func(job int64) bool {
		t.Helper()
		ok, err := bot.HoldEvent(r.ctx, r.tx, id, job, r.now, r.now.Add(time.Minute))
		must(t, err)
		return ok
	}
	if !hold(1) || hold(2) || !hold(1) {
		t.Error("the hold is not one job's")
	}
	heldFrom := func(job int64) bool {
		t.Helper()
		heads, err := bot.Heads(r.ctx, r.tx, []bot.Key{r.key("U1")}, 1)
		must(t, err)
		return heads[0].HeldFrom(job, r.now)
	}
	if heldFrom(1) || !heldFrom(2) {
		t.Error("who looks for what comes next is not told of the hold")
	}
	r.pass(time.Minute)
	if heldFrom(2) {
		t.Error("who looks for what comes next is told of a dead job's hold")
	}
	if !hold(2) || hold(1) {
		t.Error("the hold of a dead job does not end")
	}
	release := func(job int64) {
		t.Helper()
		must(t, bot.ReleaseEvents(r.ctx, r.tx, []bot.Hold{{Key: r.key("U1"), Job: job}, {Key: r.key("U2"), Job: job}}))
	}
	release(1) // not its hold
	if hold(1) {
		t.Error("a job ended another's hold")
	}
	release(2)
	if !hold(1) {
		t.Error("the hold was not ended")
	}
	must(t, bot.FinishEvent(r.ctx, r.tx, id, ""))
	if hold(1) {
		t.Error("an event that is done is held")
	}
}

// The state of a conversation is kept whole, per person and channel.
func TestConversationIsKept(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	s := r.load()
	if s.ID != r.id || s.Identity.ID != r.identity.ID || s.State.TalkingTo != 0 {
		t.Errorf("a new conversation: %+v", s)
	}
	state := bot.Conversation{Version: 1, Lang: "en", TalkingTo: 7}
	must(t, bot.Save(r.ctx, r.tx, r.id, state, r.now))
	if again := r.load(); again.ID != r.id || again.State.Lang != "en" || again.State.TalkingTo != 7 {
		t.Errorf("loaded %+v", again)
	}
	if lang, err := bot.LangOf(r.ctx, r.tx, r.id); err != nil || lang != "en" {
		t.Errorf("held in %q (%v)", lang, err)
	}
	byNumber, err := bot.Reload(r.ctx, r.tx, r.id)
	if err != nil || byNumber.State.Lang != "en" || byNumber.Identity.ExternalID != "U1" || byNumber.Identity.ID != r.identity.ID {
		t.Errorf("reloaded %+v (%v)", byNumber, err)
	}
	other, err := citizens.Resolve(r.ctx, r.tx, "line", "bot tests", "U2")
	must(t, err)
	if s, err := bot.Load(r.ctx, r.tx, int64(r.channel), other, "U2"); err != nil || s.ID == r.id || s.State.Lang != "" {
		t.Errorf("another person got %+v (%v)", s, err)
	}
	if s, err := bot.Load(r.ctx, r.tx, int64(r.channel), other, "U2"); err != nil {
		t.Error(err)
	} else if lang, err := bot.LangOf(r.ctx, r.tx, s.ID); err != nil || lang != "th" {
		t.Errorf("a conversation without a choice is held in %q (%v)", lang, err)
	}
	// One that a later release wrote is refused rather than read by halves.
	_, err = r.tx.Exec(r.ctx, `UPDATE conversations SET state = '{"v":99}' WHERE id = $1`, r.id)
	must(t, err)
	if _, err := bot.Reload(r.ctx, r.tx, r.id); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a state from the future: %v", err)
	}
}

// Whoever loads a conversation keeps others out until his transaction ends.
func TestConversationIsLocked(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t)
	ctx := t.Context()
	var identity citizens.Identity
	var channel int64
	must(t, agencies.Everywhere(ctx, pool, func(tx pgx.Tx) (err error) {
		if identity, err = citizens.Resolve(ctx, tx, "line", "p", "U1"); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `WITH a AS (INSERT INTO agencies (code, name, kind) VALUES ('LK', 'เทศบาลตัวอย่าง', 'เทศบาล') RETURNING id)
			INSERT INTO channels (agency_id, kind, destination, provider, name, secret_sealed, token_sealed)
			SELECT id, 'line', 'U1', 'p', 'n', '', '' FROM a RETURNING id`).Scan(&channel)
	}))
	inside, released := make(chan struct{}), make(chan time.Time, 1)
	done := make(chan error, 1)
	go func() {
		done <- agencies.Everywhere(ctx, pool, func(tx pgx.Tx) error {
			if _, err := bot.Load(ctx, tx, channel, identity, "U1"); err != nil {
				return err
			}
			close(inside)
			time.Sleep(200 * time.Millisecond)
			released <- time.Now()
			return nil
		})
	}()
	<-inside
	must(t, agencies.Everywhere(ctx, pool, func(tx pgx.Tx) error {
		_, err := bot.Load(ctx, tx, channel, identity, "U1")
		if got := time.Now(); got.Before(<-released) {
			t.Error("two had the conversation at once")
		}
		return err
	}))
	must(t, <-done)
}

// hear records a message and returns its number.
func (r *room) hear(m bot.Message) int64 {
	r.t.Helper()
	ids, err := bot.KeepAll(r.ctx, r.tx, []bot.Hearing{{Conversation: r.id, Channel: int64(r.channel), Message: m}})
	must(r.t, err)
	return ids[0]
}

func (r *room) key(source string) bot.Key { return bot.Key{Channel: int64(r.channel), Source: source} }

// open opens the conversation because of an event.
func (r *room) open(event bot.EventID, message string) bot.Opened {
	r.t.Helper()
	all, err := bot.OpenAll(r.ctx, r.tx, []bot.Opening{{Key: r.key("U1"), Event: event, Message: message}}, false)
	must(r.t, err)
	return all[0]
}

// keep records a message with a file.
func (r *room) keep(id, text string) (number int64, file files.AttachmentID) {
	r.t.Helper()
	file, err := files.Insert(r.ctx, r.tx, files.Attachment{
		Object: files.Object{Key: "k" + id, SHA256: []byte("h"), SealedKey: []byte("s"), MediaType: "image/jpeg", Size: 1}, Name: "รูป", Source: "bot tests " + id,
	})
	must(r.t, err)
	return r.hear(bot.Message{
		ID: id, Kind: bot.Image, Text: text, At: r.now, Attachment: &bot.Attachment{ID: int64(file)}, Place: &bot.Place{Latitude: 1, Longitude: 2},
	}), file
}

// Row 27 and R16: an unsend takes the words, the place, the file and what quotes them, and leaves the
// fact.
func TestTakeBackAfterTheMessage(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.say("event 0", "ก่อนหน้า")
	_, err := r.tx.Exec(r.ctx, `UPDATE replies SET state = 'sent'`)
	must(t, err)
	r.pass(time.Hour)
	event := r.receive("1", 0)
	number, file := r.keep("m1", "ความลับ")
	if again := r.hear(bot.Message{ID: "m1", Kind: bot.Image, At: r.now}); again != number {
		t.Errorf("kept again as %d", again)
	}
	if id, ok, err := bot.FindKept(r.ctx, r.tx, int64(r.channel), "m1"); err != nil || !ok || id != number {
		t.Errorf("found %d, %v (%v)", id, ok, err)
	}
	r.say("event 1", "คุณพิมพ์ว่า ความลับ")
	r.say("event 2", "รอส่ง")
	_, err = r.tx.Exec(r.ctx, `UPDATE replies SET state = 'sent' WHERE cause = 'event 1'`)
	must(t, err)

	for range 2 { // and twice is once
		gone, err := bot.TakeBack(r.ctx, r.tx, r.id, int64(r.channel), "m1", r.now)
		if err != nil || gone.Message != number || (gone.File != file && gone.File != 0) {
			t.Fatalf("taken back: %+v (%v)", gone, err)
		}
		file = 0
	}
	if n := r.count(`SELECT count(*) FROM messages WHERE text = '' AND place IS NULL AND attachment_id IS NULL AND unsent_at IS NOT NULL`); n != 1 {
		t.Error("the message is still there")
	}
	if e := r.event(event); len(e.Body) != 0 || e.State != "done" {
		t.Errorf("the raw event: %+v", e)
	}
	if _, ok, err := bot.FindKept(r.ctx, r.tx, int64(r.channel), "m1"); err != nil || ok {
		t.Errorf("it is found (%v)", err)
	}
	r.expect("sent ก่อนหน้า", "sent", "waiting รอส่ง")
}

// Row 28: an unsend that comes before its message leaves a mark which the message finds.
func TestTakeBackBeforeTheMessage(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	gone, err := bot.TakeBack(r.ctx, r.tx, r.id, int64(r.channel), "m1", r.now)
	if err != nil || gone.File != 0 || gone.Words != "" {
		t.Fatal(gone, err)
	}
	if heard := r.open(0, "m1").Heard; !heard.Unsent || heard.ID != gone.Message {
		t.Errorf("the mark is %+v", heard)
	}
	if kept := r.hear(bot.Message{ID: "m1", Kind: bot.Text, Text: "ความลับ", At: r.now}); kept != gone.Message {
		t.Errorf("kept as %d", kept)
	}
	if n := r.count(`SELECT count(*) FROM messages WHERE text <> ''`); n != 0 {
		t.Error("the words were kept")
	}
	event := r.receive("1", 0)
	must(t, bot.ForgetEvent(r.ctx, r.tx, event, "unsent"))
	if e := r.event(event); len(e.Body) != 0 || e.State != "done" {
		t.Errorf("the raw event: %+v", e)
	}
}

// A message of the outbox comes out of the database as it went in.
func TestReplySurvivesStorage(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	want := bot.FaultReply("th")
	want.Card, want.Text = &bot.Card{Alt: "ก", Title: "ข <&>", Rows: []bot.Row{{Label: "ค", Value: "ง", Edit: "v1|e"}}, Buttons: []bot.Choice{{Gesture: bot.Open, URL: "https://x.example/?a=1&b=2", Label: "เปิด"}}}, ""
	must(t, bot.Notify(r.ctx, r.tx, r.jobs, r.id, "x", r.now, want))
	call, ok := r.claim(uuid.New())
	if !ok {
		t.Fatal("nothing to send")
	}
	a, err := json.Marshal(want)
	must(t, err)
	b, err := json.Marshal(call.Replies[0].Body)
	must(t, err)
	if string(a) != string(b) {
		t.Errorf("went in as %s, came out as %s", a, b)
	}
}

// Nothing is seen of a conversation inside an agency's own scope.
func TestConversationIsNobodysTenant(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.say("event 1", "ก")
	r.keep("m1", "ข")
	_, err := r.tx.Exec(context.WithoutCancel(r.ctx), `SELECT set_config('app.agency', '1', true)`)
	must(t, err)
	for _, table := range []string{"conversations", "messages", "replies", "inbound_events"} {
		if n := r.count(`SELECT count(*) FROM ` + table); n != 0 {
			t.Errorf("an agency sees %d rows of %s", n, table)
		}
	}
}
