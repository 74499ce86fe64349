package bot_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"

	"saphan/bot"
)

// sender is the outbox of the room, whose calls may go out at once.
func (r *room) sender() *bot.Outbox {
	return bot.NewOutbox(r.tx, func(string, bot.Endpoint) float64 { return 0 }, func() time.Time { return r.now })
}

// claim takes the next call as a sender.
func (r *room) claim(holder uuid.UUID) (bot.Call, bool) {
	r.t.Helper()
	call, ok, err := r.sender().Claim(r.ctx, r.id, holder)
	must(r.t, err)
	return call, ok
}

// settle records a result and says whether the call must be tried again.
func (r *room) settle(call bot.Call, verdict bot.Verdict) bot.Settled {
	r.t.Helper()
	return r.end(call, bot.Result{Verdict: verdict, RequestID: "req", Problem: string(verdict)})
}

func (r *room) end(call bot.Call, result bot.Result) bot.Settled {
	r.t.Helper()
	s, err := r.sender().Settle(r.ctx, call, result)
	must(r.t, err)
	return s
}

func (r *room) token(token string) {
	r.t.Helper()
	must(r.t, bot.CloseAll(r.ctx, r.tx, r.jobs, []bot.Closing{{ID: r.id, ReplyToken: token, ReplyUntil: r.now.Add(50 * time.Second)}}, r.now))
}

func (r *room) pass(d time.Duration) { r.now = r.now.Add(d) }

func words(c bot.Call) (all []string) {
	for _, o := range c.Replies {
		all = append(all, o.Body.Text)
	}
	return all
}

func (r *room) expect(want ...string) {
	r.t.Helper()
	if got := r.outbox(); !slices.Equal(got, want) {
		r.t.Errorf("outbox is %q, want %q", got, want)
	}
}

// What is put into the outbox brings one job with it; the same cause again says nothing.
func TestNotifySpeaksOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.say("event 7", "หนึ่ง", "สอง")
	job := rivertest.RequireInsertedTx[*riverpgxv5.Driver](r.ctx, t, r.tx, &bot.SendArgs{ConversationID: r.id}, nil)
	if job.MaxAttempts < 100 {
		t.Errorf("sending is given up after %d attempts, before LINE forgets the key", job.MaxAttempts)
	}
	r.say("event 7", "หนึ่งอีกครั้ง", "สองอีกครั้ง")
	r.say("event 71", "สาม")
	r.say("event 8") // nothing to say, no job
	r.expect("waiting หนึ่ง", "waiting สอง", "waiting สาม")
	if n := r.count(`SELECT count(*) FROM river_job WHERE kind = 'send'`); n != 3 {
		t.Errorf("%d jobs, want 3", n)
	}
}

// Row 48: order is kept, five messages a call.
func TestClaimTakesFiveInOrder(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for i := range 12 {
		r.say(fmt.Sprint("event ", i), fmt.Sprint(i))
	}
	holder := uuid.New()
	var sent []string
	call, ok := r.claim(holder)
	for _, n := range []int{5, 5, 2} {
		if !ok || len(call.Replies) != n || call.Key == uuid.Nil || call.Token != "" || call.To != "U1" || call.Channel != r.channel || call.Tries != 1 {
			t.Fatalf("call %+v", call)
		}
		sent = append(sent, words(call)...)
		settled := r.settle(call, bot.Accepted)
		if settled.Again {
			t.Error("an accepted call must be tried again")
		}
		call, ok = settled.Next, settled.More
	}
	if ok {
		t.Error("there is a call more")
	}
	if _, ok := r.claim(holder); ok {
		t.Error("there is a call more")
	}
	if got := strings.Join(sent, " "); got != "0 1 2 3 4 5 6 7 8 9 10 11" {
		t.Errorf("sent %s", got)
	}
	if n := r.count(`SELECT count(*) FROM replies WHERE state = 'sent' AND sent_at = $1 AND request_id = 'req'`, r.now); n != 12 {
		t.Errorf("%d sent", n)
	}
	if n := r.count(`SELECT count(*) FROM conversations WHERE id = $1 AND sender IS NOT NULL`, r.id); n != 0 {
		t.Error("the sender still holds the conversation")
	}
}

// One sender at a time; the lease ends; the holder that comes again is let in at once.
func TestClaimLetsOneSenderIn(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.say("event 1", "ก")
	first, second := uuid.New(), uuid.New()
	before, ok := r.claim(first)
	if !ok {
		t.Fatal("nothing to send")
	}
	if _, _, err := r.sender().Claim(r.ctx, r.id, second); !errors.Is(err, bot.ErrSending) {
		t.Fatalf("a second sender got %v", err)
	}
	again, ok := r.claim(first)
	if !ok || again.Key != before.Key || again.Tries != 2 {
		t.Errorf("the holder came again and got %+v, want %+v", again, before)
	}
	r.pass(61 * time.Second)
	taken, ok := r.claim(second)
	if !ok || taken.Key != before.Key || taken.Tries != 3 || !taken.FirstTriedAt.Equal(before.FirstTriedAt) {
		t.Errorf("after the lease the other got %+v", taken)
	}
	r.settle(taken, bot.Accepted)
	// The first was only slow: what it settles late changes nothing.
	r.settle(before, bot.Refused)
	r.expect("sent ก")
}

// Rows 34 and 35: a call that was tried comes again as it was, whatever has been said since.
func TestTriedCallComesAgainAsItWas(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.say("event 1", "ก", "ข")
	holder := uuid.New()
	first, _ := r.claim(holder)
	if s := r.settle(first, bot.TryAgain); !s.Again || s.More {
		t.Fatal("a call that may not have arrived is not tried again")
	}
	r.say("event 2", "ค")
	r.token("a fresh token")
	r.pass(time.Minute)
	holder = uuid.New()
	second, ok := r.claim(holder)
	if !ok || second.Key != first.Key || second.Token != "" || !slices.Equal(words(second), words(first)) || second.Tries != 2 {
		t.Errorf("first %+v, then %+v", first, second)
	}
	settled := r.settle(second, bot.Accepted)
	third := settled.Next
	if !settled.More || third.Key == first.Key || !slices.Equal(words(third), []string{"ค"}) {
		t.Errorf("then %+v", third)
	}
}

// Row 30: the reply token is used for one call, while it is good.
func TestTokenIsUsedOnceWhileItIsGood(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	r.token("good")
	for i := range 6 {
		r.say(fmt.Sprint("event ", i), fmt.Sprint(i))
	}
	call, _ := r.claim(holder)
	if call.Token != "good" || !call.TokenUntil.Equal(r.now.Add(50*time.Second)) {
		t.Errorf("call %+v", call)
	}
	if rest := r.settle(call, bot.Accepted).Next; rest.Token != "" || len(rest.Replies) != 1 {
		t.Errorf("the token was given out again: %+v", rest)
	} else {
		r.settle(rest, bot.Accepted)
	}
	r.token("old")
	r.pass(51 * time.Second)
	r.say("event 9", "สาย")
	if late, _ := r.claim(holder); late.Token != "" {
		t.Errorf("a token that has ended was used: %+v", late)
	}
}

// Row 32: refused at the first try, the messages go out by push once, under a key of their own.
func TestTokenGoneFallsBackToPush(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	r.token("used elsewhere")
	r.say("event 1", "ก")
	reply, _ := r.claim(holder)
	settled := r.settle(reply, bot.TokenGone)
	push := settled.Next
	if !settled.More || push.Token != "" || push.Key == reply.Key || push.Tries != 1 || !slices.Equal(words(push), []string{"ก"}) {
		t.Fatalf("push %+v", push)
	}
	r.settle(push, bot.Accepted)
	r.expect("sent ก")
}

// Row 33: tried again while the token cannot have ended, "invalid" means that it was used, by this
// very call. Later nobody can tell, and a message that comes twice is better than one that never comes.
func TestTokenGoneAfterATimeout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wait time.Duration
		want string
	}{
		"while it is sure to work": {40 * time.Second, "sent ก"},
		"when it may have ended":   {51 * time.Second, "waiting ก"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t)
			r.token("t")
			r.say("event 1", "ก")
			first, _ := r.claim(uuid.New())
			r.settle(first, bot.TryAgain)
			r.pass(c.wait)
			second, _ := r.claim(uuid.New())
			if second.Token != "t" || second.Tries != 2 {
				t.Fatalf("second try %+v", second)
			}
			again := r.settle(second, bot.TokenGone).More
			r.expect(c.want)
			if again != strings.HasPrefix(c.want, "waiting") {
				t.Errorf("again = %v", again)
			}
		})
	}
}

// Row 42: to somebody who blocked the account nothing is pushed; it waits until they are back.
func TestBlockedPersonParks(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	must(t, bot.Block(r.ctx, r.tx, r.id, r.now))
	r.say("ticket 5 decision", "ผล")
	r.say("ticket 6 decision", "ผลสอง")
	if call, ok := r.claim(uuid.New()); ok {
		t.Errorf("pushed %+v", call)
	}
	r.expect("parked ผล", "parked ผลสอง")
	must(t, bot.Block(r.ctx, r.tx, r.id, time.Time{}))
	jobs := r.count(`SELECT count(*) FROM river_job WHERE kind = 'send'`)
	must(t, bot.Unpark(r.ctx, r.tx, r.jobs, r.id))
	must(t, bot.Unpark(r.ctx, r.tx, r.jobs, r.id)) // nothing left: no job
	if n := r.count(`SELECT count(*) FROM river_job WHERE kind = 'send'`); n != jobs+1 {
		t.Errorf("%d new jobs, want 1", n-jobs)
	}
	holder := uuid.New()
	call, ok := r.claim(holder)
	if !ok || len(call.Replies) != 2 || call.Tries != 1 {
		t.Errorf("after coming back: %+v", call)
	}
	// A reply refused to a person who has blocked meanwhile does not become a push.
	r.settle(call, bot.Accepted)
	r.token("t")
	r.say("event 9", "ตอบ")
	reply, _ := r.claim(holder)
	must(t, bot.Block(r.ctx, r.tx, r.id, r.now))
	r.settle(reply, bot.TokenGone)
	if call, ok := r.claim(holder); ok {
		t.Errorf("pushed %+v", call)
	}
	r.expect("sent ผล", "sent ผลสอง", "parked ตอบ")
}

// Row 38: with the month's messages used up, what cannot be replied waits for the person, without a
// loop of tries; then it goes out as a reply.
func TestMonthUsedUpParks(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	for i := range 7 {
		r.say(fmt.Sprint("event ", i), fmt.Sprint(i))
	}
	call, _ := r.claim(holder)
	if s := r.settle(call, bot.UsedUp); s.Again || s.More {
		t.Error("it is tried again at once")
	}
	if _, ok := r.claim(holder); ok {
		t.Error("the rest is tried, though the month is used up")
	}
	r.pass(time.Hour)
	r.token("the person wrote")
	must(t, bot.Unpark(r.ctx, r.tx, r.jobs, r.id))
	reply, ok := r.claim(holder)
	if !ok || reply.Token == "" || reply.Key == call.Key || strings.Join(words(reply), "") != "01234" {
		t.Errorf("after the person wrote: %+v", reply)
	}
}

// Row 36: what the channel refuses fails, visibly, and what comes after it goes out.
func TestRefusedFailsAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	r.say("event 1", "ก", "ข", "ค", "ง", "จ", "ฉ")
	call, _ := r.claim(holder)
	settled := r.settle(call, bot.Refused)
	if settled.Again {
		t.Error("a refused call is tried again")
	}
	rest := settled.Next
	if !settled.More || !slices.Equal(words(rest), []string{"ฉ"}) {
		t.Fatalf("rest %+v", rest)
	}
	if s := r.end(rest, bot.Result{Verdict: bot.Accepted, IDs: []string{"461230966842064897"}}); s.Again || s.More {
		t.Fatal(s)
	}
	r.expect("failed ก", "failed ข", "failed ค", "failed ง", "failed จ", "sent ฉ")
	if n := r.count(`SELECT count(*) FROM replies WHERE state = 'failed' AND problem = 'refused' AND sent_at IS NULL`); n != 5 {
		t.Errorf("%d failures say why", n)
	}
	if n := r.count(`SELECT count(*) FROM replies WHERE external_id = '461230966842064897'`); n != 1 {
		t.Error("the channel's identifier of the message was not kept")
	}
	if _, err := r.sender().Settle(r.ctx, rest, bot.Result{Verdict: "?"}); err == nil {
		t.Error("a verdict nobody knows was settled")
	}
}

// Row 39: after 24 hours LINE has forgotten the key. The call is not sent again under it, tried to
// the end or interrupted.
func TestDayOldCallIsGivenUp(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	r.say("event 1", "ก")
	call, _ := r.claim(holder)
	r.settle(call, bot.TryAgain)
	r.pass(23 * time.Hour)
	call, ok := r.claim(holder)
	if !ok {
		t.Fatal("given up after 23 hours")
	}
	r.pass(61 * time.Minute)
	if r.settle(call, bot.TryAgain).Again {
		t.Error("tried for longer than the key is remembered")
	}
	r.say("event 2", "ข")
	r.say("event 3", "ค")
	interrupted, _ := r.claim(holder) // and then the machine was off for two days
	r.pass(48 * time.Hour)
	r.say("event 4", "ง")
	fresh, ok := r.claim(uuid.New())
	if !ok || fresh.Key == interrupted.Key || !slices.Equal(words(fresh), []string{"ง"}) || fresh.Tries != 1 {
		t.Errorf("after two days: %+v", fresh)
	}
	r.expect("failed ก", "failed ข", "failed ค", "waiting ง")
	if n := r.count(`SELECT count(*) FROM replies WHERE state = 'failed' AND problem LIKE 'tried for 24 hours%'`); n != 3 {
		t.Errorf("%d failures say why", n)
	}
}

// A message that was committed late, with a smaller number, does not tear a tried call apart.
func TestLateMessageDoesNotTearACallApart(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	r.say("event 1", "ก")
	r.say("event 2", "ข")
	r.say("event 3", "ค")
	_, err := r.tx.Exec(r.ctx, `UPDATE replies SET state = 'parked' WHERE cause = 'event 1'`) // as if it were not there yet
	must(t, err)
	tried, _ := r.claim(holder)
	r.settle(tried, bot.TryAgain)
	_, err = r.tx.Exec(r.ctx, `UPDATE replies SET state = 'waiting' WHERE cause = 'event 1'`)
	must(t, err)
	late, _ := r.claim(holder)
	if !slices.Equal(words(late), []string{"ก"}) || late.Key == tried.Key {
		t.Errorf("late %+v", late)
	}
	if again := r.settle(late, bot.Accepted).Next; again.Key != tried.Key || !slices.Equal(words(again), []string{"ข", "ค"}) {
		t.Errorf("again %+v, want %+v", again, tried)
	}
}

// Turning a conversation to a ticket happens once for each thing said, however often the job runs.
func TestConnectAndSpokeTurnOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	turn := func(how func() error, want int64) {
		t.Helper()
		must(t, how())
		if got := r.load().State.TalkingTo; got != want {
			t.Errorf("talking to %d, want %d", got, want)
		}
	}
	turn(func() error { return bot.Connect(r.ctx, r.tx, r.id, "ticket 5 receipt", 5, r.now) }, 5)
	r.say("ticket 5 receipt", "รับเรื่องแล้ว")
	turn(func() error { return bot.Spoke(r.ctx, r.tx, r.id, "ticket 6 reply a", 6, r.now) }, 6)
	r.say("ticket 6 reply a", "สวัสดีค่ะ")
	turn(func() error { return bot.Connect(r.ctx, r.tx, r.id, "ticket 5 receipt", 5, r.now) }, 6)
	turn(func() error { return bot.Spoke(r.ctx, r.tx, r.id, "ticket 6 reply a", 6, r.now) }, 6)
	turn(func() error { return bot.Spoke(r.ctx, r.tx, r.id, "ticket 5 reply b", 5, r.now) }, 5)
	if err := bot.Spoke(r.ctx, r.tx, 999999, "x", 5, r.now); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("a conversation that is not there: %v", err)
	}
	if _, _, err := r.sender().Claim(r.ctx, 999999, uuid.New()); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("a conversation that is not there: %v", err)
	}
}
