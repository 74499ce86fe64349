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

	"saphan/agencies"
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

func (r *room) unpark() {
	r.t.Helper()
	must(r.t, bot.Unpark(r.ctx, r.tx, r.jobs, r.id, r.now))
}

func (r *room) block() {
	r.t.Helper()
	must(r.t, bot.Block(r.ctx, r.tx, r.id, r.now))
}

// back says that the person did something now.
func (r *room) back() {
	r.t.Helper()
	back, err := bot.Back(r.ctx, r.tx, r.id, r.now)
	must(r.t, err)
	if !back {
		r.t.Error("they are not back")
	}
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
		if settled.Rest > 0 {
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
	if s := r.settle(first, bot.TryAgain); s.Rest <= 0 || s.More {
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
	late, _ := r.claim(holder)
	if late.Token != "" {
		t.Errorf("a token that has ended was used: %+v", late)
	}
	r.settle(late, bot.Accepted)
	// Row 33: nor is one that would have ended before the call could be made once more.
	r.token("ends soon")
	r.pass(35 * time.Second)
	r.say("event 10", "เกือบสาย")
	if late, _ := r.claim(holder); late.Token != "" {
		t.Errorf("a token was used that leaves no time for another try: %+v", late)
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

// Rows 32 and 33: "invalid" means that the token was used by this very call if a try of it may have arrived
// and the token cannot have ended. Was every try refused, it did not. Was nobody there to try again in time,
// nobody can tell, and a message that comes twice is better than one that never comes (row 79).
func TestTokenGoneAfterATry(t *testing.T) {
	t.Parallel()
	unheard, refused, fast := bot.Result{Verdict: bot.TryAgain}, bot.Result{Verdict: bot.TryAgain, Untaken: true}, bot.Result{Verdict: bot.TooFast}
	for name, c := range map[string]struct {
		tries []bot.Result // before, one after the other
		wait  time.Duration
		want  string
	}{
		"nobody heard of it":                    {[]bot.Result{unheard}, 40 * time.Second, "sent ก"},
		"nobody heard of the first":             {[]bot.Result{unheard, refused}, 20 * time.Second, "sent ก"},
		"refused, and then nobody heard of it":  {[]bot.Result{fast, unheard}, 20 * time.Second, "sent ก"},
		"killed before it was settled":          {[]bot.Result{{}}, 40 * time.Second, "sent ก"},
		"refused":                               {[]bot.Result{refused}, 40 * time.Second, "waiting ก"},
		"too fast, twice":                       {[]bot.Result{fast, fast}, 20 * time.Second, "waiting ก"},
		"nobody was there for longer than that": {[]bot.Result{unheard}, 51 * time.Second, "waiting ก"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t)
			holder := uuid.New()
			r.token("t")
			r.say("event 1", "ก")
			for _, result := range c.tries {
				if try, _ := r.claim(holder); result.Verdict != "" {
					r.end(try, result)
				}
				r.pass(c.wait)
			}
			last, _ := r.claim(holder)
			if last.Token != "t" || last.Tries != len(c.tries)+1 {
				t.Fatalf("the last try: %+v", last)
			}
			settled := r.settle(last, bot.TokenGone)
			r.expect(c.want)
			if settled.More != strings.HasPrefix(c.want, "waiting") || settled.More && settled.Next.Token != "" {
				t.Errorf("then %+v", settled)
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
	r.back()
	jobs := r.count(`SELECT count(*) FROM river_job WHERE kind = 'send'`)
	r.unpark()
	r.unpark() // nothing left: no job
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
	if s := r.settle(call, bot.UsedUp); s.Rest > 0 || s.More {
		t.Error("it is tried again at once")
	}
	if _, ok := r.claim(holder); ok {
		t.Error("the rest is tried, though the month is used up")
	}
	r.pass(time.Hour)
	r.token("the person wrote")
	r.unpark()
	reply, ok := r.claim(holder)
	if !ok || reply.Token == "" || reply.Key == call.Key || strings.Join(words(reply), "") != "01234" {
		t.Errorf("after the person wrote: %+v", reply)
	}
}

// Somebody who comes back after so long that old words are emptied gets what is left, by the token they bring.
func TestUnparkLeavesOutWhatIsEmpty(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.block()
	r.say("event 1", "เมนู")
	r.say("ticket 5 decision", "ผล")
	r.claim(uuid.New())
	_, err := r.tx.Exec(r.ctx, `UPDATE replies SET body = '{}' WHERE cause = 'event 1'`)
	must(t, err)
	r.pass(time.Hour)
	r.back()
	r.token("t")
	r.unpark()
	if call, _ := r.claim(uuid.New()); call.Token != "t" || !slices.Equal(words(call), []string{"ผล"}) {
		t.Errorf("call %+v", call)
	}
	r.expect("failed", "waiting ผล")
}

// Row 42: a person who blocked the account sees nothing, by reply neither, whatever token a late event brings,
// nor what is tried again. What may have arrived before keeps its key, so that it is shown once.
func TestRow42NothingGoesToABlockedPerson(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	r.say("ticket 5 reply a", "อาจถึงแล้ว")
	tried, _ := r.claim(holder)
	r.settle(tried, bot.TryAgain)
	r.pass(time.Minute)
	r.block()
	r.say("ticket 5 reply b", "ยังไม่ถึง")
	r.token("of words from before")
	r.unpark()
	if call, ok := r.claim(holder); ok {
		t.Errorf("sent to somebody who is gone: %+v", call)
	}
	r.expect("parked อาจถึงแล้ว", "parked ยังไม่ถึง")
	r.unpark() // those words came late and say nothing
	r.expect("parked อาจถึงแล้ว", "parked ยังไม่ถึง")
	r.pass(time.Hour)
	r.back()
	r.unpark()
	again, ok := r.claim(holder)
	if !ok || again.Key != tried.Key || again.Tries != 2 || again.Token != "" || !slices.Equal(words(again), []string{"อาจถึงแล้ว"}) {
		t.Errorf("after coming back: %+v, tried before: %+v", again, tried)
	}
	rest := r.settle(again, bot.Accepted).Next
	if rest.Key == tried.Key || !slices.Equal(words(rest), []string{"ยังไม่ถึง"}) {
		t.Errorf("then %+v", rest)
	}
	r.settle(rest, bot.Accepted)
	r.pass(time.Hour)
	r.block()
	r.say("ticket 5 reply c", "ตอบ")
	r.token("of words from before")
	if call, ok := r.claim(holder); ok {
		t.Errorf("sent with a token to somebody who is gone: %+v", call)
	}
}

// Row 42: what LINE took between the block and our hearing of it was shown to nobody: it waits too, all but
// answers to what was said before. So does what is on its way when we hear.
func TestRow42SentWhileBlocked(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	send := func(cause, text string, verdict bot.Verdict) {
		r.say(cause, text)
		call, _ := r.claim(holder)
		r.settle(call, verdict)
	}
	send("ticket 5 reply a", "เห็นแล้ว", bot.Accepted)
	left := r.now.Add(time.Second) // and then they blocked the account
	r.pass(10 * time.Second)
	send("ticket 5 reply b", "ไม่เห็น", bot.Accepted)
	send("event 3", "เมนู", bot.Accepted)
	r.say("ticket 6 decision", "กำลังไป")
	onItsWay, _ := r.claim(holder)
	must(t, bot.Block(r.ctx, r.tx, r.id, left))
	r.expect("sent เห็นแล้ว", "parked ไม่เห็น", "sent เมนู", "waiting กำลังไป")
	r.settle(onItsWay, bot.Accepted)
	r.expect("sent เห็นแล้ว", "parked ไม่เห็น", "sent เมนู", "parked กำลังไป")
	if n := r.count(`SELECT count(*) FROM replies WHERE state = 'parked' AND reason = 'blocked' AND sent_at IS NULL`); n != 2 {
		t.Errorf("%d say why they wait", n)
	}
	r.pass(time.Hour)
	r.back()
	r.unpark()
	call, _ := r.claim(holder)
	if call.Key == onItsWay.Key || call.Tries != 1 || !slices.Equal(words(call), []string{"ไม่เห็น", "กำลังไป"}) {
		t.Errorf("after coming back: %+v", call)
	}
	r.settle(call, bot.Accepted)
	r.pass(time.Hour)
	// A try of which nobody heard may have arrived, unseen: under its key it would count as shown.
	r.say("ticket 7 decision", "ไม่รู้")
	unheard, _ := r.claim(holder)
	r.settle(unheard, bot.TryAgain)
	must(t, bot.Block(r.ctx, r.tx, r.id, r.now.Add(-10*time.Second)))
	r.pass(time.Minute)
	if call, ok := r.claim(holder); ok {
		t.Errorf("pushed %+v", call)
	}
	r.back()
	r.unpark()
	if call, ok := r.claim(holder); !ok || call.Key == unheard.Key || call.Tries != 1 || !slices.Equal(words(call), []string{"ไม่รู้"}) {
		t.Errorf("after coming back again: %+v", call)
	}
}

// Row 38: the push is refused for the month while the person writes: there is a token, so it goes by reply
// with the answer. A push that may have arrived before waits by itself, under its key.
func TestRow38UsedUpWhileThePersonWrites(t *testing.T) {
	t.Parallel()
	for name, unsure := range map[string]bool{"the first try": false, "a try of which nobody heard before": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t)
			holder := uuid.New()
			r.say("ticket 5 decision", "ผล")
			push, _ := r.claim(holder)
			if unsure {
				r.settle(push, bot.TryAgain)
				r.pass(time.Second)
				push, _ = r.claim(holder)
			}
			r.token("the person wrote")
			r.say("event 1", "ตอบ")
			if _, _, err := r.sender().Claim(r.ctx, r.id, uuid.New()); !errors.Is(err, bot.ErrSending) {
				t.Fatalf("the job of the answer got %v", err)
			}
			settled := r.settle(push, bot.UsedUp)
			want := []string{"ผล", "ตอบ"}
			if unsure {
				want = want[1:]
			}
			if next := settled.Next; !settled.More || next.Token != "the person wrote" || next.Key == push.Key || !slices.Equal(words(next), want) {
				t.Fatalf("next %+v", settled)
			}
			if s := r.settle(settled.Next, bot.Accepted); s.More {
				t.Errorf("then %+v", s.Next)
			}
			if !unsure {
				r.expect("sent ผล", "sent ตอบ")
				return
			}
			r.expect("parked ผล", "sent ตอบ")
			r.pass(time.Hour)
			r.unpark()
			if again, _ := r.claim(holder); again.Key != push.Key || again.Tries != push.Tries+1 {
				t.Errorf("within a day %+v, want %+v", again, push)
			}
			_, err := r.tx.Exec(r.ctx, `UPDATE replies SET state = 'parked' WHERE state = 'waiting'`)
			must(t, err)
			r.pass(24 * time.Hour)
			r.unpark()
			if again, _ := r.claim(holder); again.Key == push.Key || again.Tries != 1 {
				t.Errorf("when the key is forgotten: %+v", again)
			}
		})
	}
}

// Row 38: with more parked than one reply takes, the answer to what was just said is in it, and the oldest of
// what waits; everything in order.
func TestRow38AnswersComeBeforeTheBacklog(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	holder := uuid.New()
	for i := range 12 {
		r.say(fmt.Sprintf("ticket %d receipt", i), fmt.Sprint(i))
	}
	push, _ := r.claim(holder)
	_, err := agencies.QuotaUsedUp(r.ctx, r.tx, r.channel, r.now)
	must(t, err)
	r.settle(push, bot.UsedUp)
	for _, want := range []string{"0 1 2 ตอบ ด้วย", "3 4 5 ตอบ ด้วย", "6 7 8 9 10"} {
		r.pass(time.Hour)
		r.token("token " + want)
		r.unpark()
		if strings.Contains(want, "ตอบ") {
			r.say("event "+want, "ตอบ", "ด้วย")
		}
		reply, _ := r.claim(holder)
		if got := strings.Join(words(reply), " "); reply.Token == "" || got != want {
			t.Errorf("the reply says %q, want %q", got, want)
		}
		rest := r.settle(reply, bot.Accepted).Next
		if s := r.settle(rest, bot.UsedUp); rest.Token != "" || s.More {
			t.Errorf("then %+v", s.Next)
		}
	}
	if n := r.count(`SELECT count(*) FROM replies WHERE state = 'parked'`); n != 1 {
		t.Errorf("%d still wait", n)
	}
}

// Rows 35 and 37: after a try that failed the conversation rests, for longer each time, however many jobs
// there are for it; somebody who writes waits only a little.
func TestRow35ConversationRests(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.say("event 1", "ก")
	var before time.Duration
	for try := range 4 {
		call, ok := r.claim(uuid.New())
		if !ok || call.Tries != try+1 {
			t.Fatalf("try %d: %+v", try+1, call)
		}
		rest := r.settle(call, bot.TryAgain).Rest
		if rest <= before {
			t.Errorf("after try %d it rests for %s, before for %s", try+1, rest, before)
		}
		before = rest
		for job := range 20 {
			r.say(fmt.Sprintf("ticket %d %d", try, job), "ข")
			var resting bot.RestingError
			if _, _, err := r.sender().Claim(r.ctx, r.id, uuid.New()); !errors.As(err, &resting) || resting.After != rest {
				t.Fatalf("another sender got %v, want to rest for %s", err, rest)
			}
		}
		r.pass(rest)
	}
	call, _ := r.claim(uuid.New())
	if rest := r.settle(call, bot.TryAgain).Rest; rest < time.Minute {
		t.Errorf("after 5 tries it rests for %s", rest)
	}
	r.token("the person wrote")
	var resting bot.RestingError
	if _, _, err := r.sender().Claim(r.ctx, r.id, uuid.New()); !errors.As(err, &resting) || resting.After > 5*time.Second {
		t.Errorf("when the person wrote: %v", err)
	}
	r.pass(5 * time.Second)
	if again, ok := r.claim(uuid.New()); !ok || again.Key != call.Key {
		t.Errorf("then %+v", again)
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
	if settled.Rest > 0 {
		t.Error("a refused call is tried again")
	}
	rest := settled.Next
	if !settled.More || !slices.Equal(words(rest), []string{"ฉ"}) {
		t.Fatalf("rest %+v", rest)
	}
	if s := r.end(rest, bot.Result{Verdict: bot.Accepted, IDs: []string{"461230966842064897"}}); s.Rest > 0 || s.More {
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
// the end or interrupted, nor begun so late that it would arrive after that.
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
	r.settle(call, bot.TryAgain)
	r.pass(56 * time.Minute)
	if call, ok := r.claim(holder); ok {
		t.Errorf("tried again when the key is about to be forgotten: %+v", call)
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
	r.pass(24*time.Hour - time.Minute)
	if r.settle(fresh, bot.TryAgain).Rest > 0 {
		t.Error("tried for longer than the key is remembered")
	}
	r.expect("failed ก", "failed ข", "failed ค", "failed ง")
	if n := r.count(`SELECT count(*) FROM replies WHERE state = 'failed' AND problem LIKE 'tried for 24 hours%'`); n != 4 {
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
	r.pass(time.Second)
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
