package line_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/internal/thai"
)

// Rows 36, 37, 38 and 40, R4: what every answer of LINE means, whatever it is to a push or a reply.
func TestRow37Verdicts(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	for name, c := range map[string]struct {
		status  any
		message string
		want    bot.Result
	}{
		"row 36: the body is wrong":          {400, "The request body has 1 error(s)", bot.Result{Verdict: bot.Unfit}},
		"row 36: the second message":         {400, "A message (messages[1]) in the request body is invalid", bot.Result{Verdict: bot.Unfit, Unfit: []int{1}}},
		"row 36: one that was not sent":      {400, "A message (messages[2]) in the request body is invalid", bot.Result{Verdict: bot.Unfit}},
		"row 36: a property of a message":    {400, "The property, messages[0].text, in the request body is invalid (line: -, column: -)", bot.Result{Verdict: bot.Unfit, Unfit: []int{0}}},
		"row 36: words to nobody LINE knows": {400, "Failed to send messages", bot.Result{Verdict: bot.Refused, Reason: bot.ReasonUnreachable}},
		"row 36: an address that is none":    {400, "The property, to, in the request body is invalid (line: -, column: -)", bot.Result{Verdict: bot.Refused, Reason: bot.ReasonUnreachable}},
		"row 36: the same in quotes":         {400, "The property, 'to', in the request body is invalid (line: -, column: -)", bot.Result{Verdict: bot.Refused, Reason: bot.ReasonUnreachable}},
		"row 32: the token is gone":          {400, "Invalid reply token", bot.Result{Verdict: bot.TokenGone}},
		"row 37: too fast":                   {"rate", "", bot.Result{Verdict: bot.TooFast}},
		"row 37: too many to one person":     {"too_many", "", bot.Result{Verdict: bot.TryAgain}},
		"row 38: the month is used up":       {"monthly", "", bot.Result{Verdict: bot.UsedUp}},
		"row 40: the token is not valid":     {401, "", bot.Result{Verdict: bot.TryAgain}},
		"the account may not":                {403, "", bot.Result{Verdict: bot.Refused, Reason: bot.ReasonAccount}},
		"there is no such thing":             {404, "", bot.Result{Verdict: bot.Refused, Reason: bot.ReasonUnreachable}},
		"a proxy's time is over":             {408, "", bot.Result{Verdict: bot.TryAgain}},
		"409 of somebody else":               {409, "Conflict", bot.Result{Verdict: bot.TryAgain}},
		"too large":                          {413, "", bot.Result{Verdict: bot.Unfit}},
		"a type that is not taken":           {415, "", bot.Result{Verdict: bot.Refused, Reason: bot.ReasonRefused}},
		"R4: broken":                         {500, "", bot.Result{Verdict: bot.TryAgain}},
		"R4: a gateway":                      {502, "", bot.Result{Verdict: bot.TryAgain}},
		"R4: unavailable":                    {503, "", bot.Result{Verdict: bot.TryAgain}},
		"R4: cut off before it was taken":    {"reset", "", bot.Result{Verdict: bot.TryAgain}},
		"R4: success, but not from LINE":     {"garbage", "", bot.Result{Verdict: bot.TryAgain}},
		"R4: taken, and cut off before it's": {"reset_after_accept", "", bot.Result{Verdict: bot.TryAgain}},
	} {
		for _, way := range []string{"push", "reply"} {
			call := p.push(name, name)
			if way == "reply" {
				call.Token = p.token()
			}
			fault := map[string]any{"path": "/v2/bot/message/" + way, "status": c.status}
			if c.message != "" {
				fault["message"] = c.message
			}
			p.fail(fault)
			r := p.try(call)
			if r.Verdict != c.want.Verdict || r.Reason != c.want.Reason || !slices.Equal(r.Unfit, c.want.Unfit) || r.Problem == "" {
				t.Errorf("%s, by %s: %+v, want %+v", name, way, r, c.want)
			}
			if strings.Contains(r.Problem, p.account.Token) || strings.Contains(r.Problem, name) || strings.Contains(r.Problem, p.url) {
				t.Errorf("%s: the problem tells too much: %s", name, r.Problem)
			}
		}
	}
	p.fail()
	if texts := p.shown(); len(texts) != 4 { // those that were taken before the connection broke
		t.Errorf("shown %q", texts)
	}
}

// Row 36: LINE says with the same words that it does not know a person and that it does not take a message
// (line.md 2.2). As long as there is a plainer way to say it, that is tried; refused as plain words, there is
// no way to the person.
func TestRow36FailedToSend(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	text, card := bot.Reply{Text: "ก"}, bot.Reply{Card: &bot.Card{Alt: "ข", Title: "ข"}}
	chosen := bot.Reply{Text: "ค", Choices: []bot.Choice{{Gesture: bot.Tap, Label: "เมนู", Data: "v1|menu"}}}
	for name, c := range map[string]struct {
		replies []bot.Outgoing
		want    bot.Result
	}{
		"words":                        {[]bot.Outgoing{{Body: text}}, bot.Result{Verdict: bot.Refused, Reason: bot.ReasonUnreachable}},
		"a card":                       {[]bot.Outgoing{{Body: text}, {Body: card}}, bot.Result{Verdict: bot.Unfit}},
		"words with choices":           {[]bot.Outgoing{{Body: chosen}}, bot.Result{Verdict: bot.Unfit}},
		"what was a card, in words":    {[]bot.Outgoing{{Body: card, Plain: true}, {Body: chosen, Plain: true}}, bot.Result{Verdict: bot.Refused, Reason: bot.ReasonUnreachable}},
		"a card beside one in words":   {[]bot.Outgoing{{Body: card, Plain: true}, {Body: card}}, bot.Result{Verdict: bot.Unfit}},
		"words beside a card in words": {[]bot.Outgoing{{Body: text}, {Body: card, Plain: true}}, bot.Result{Verdict: bot.Refused, Reason: bot.ReasonUnreachable}},
	} {
		p.fail(map[string]any{"path": "/v2/bot/message/push", "status": 400, "message": "Failed to send messages"})
		call := p.push()
		call.Replies = c.replies
		if r := p.try(call); r.Verdict != c.want.Verdict || r.Reason != c.want.Reason || len(r.Unfit) > 0 {
			t.Errorf("%s: %+v, want %+v", name, r, c.want)
		}
	}
}

// anew is the same call under another key.
func anew(call bot.Call) bot.Call {
	call.Key = uuid.New()
	return call
}

// Row 47: what is too long for one message goes on in the next when a card is said in words, whole and without
// parting a letter from its marks, as long as the call has room for it. Identifiers and complaints of LINE are
// those of the replies, not of their parts.
func TestRow47CardInManyWords(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	long := strings.Repeat("กี๊", 1300) + strings.Repeat("👩🏽\u200d🚒", 900)
	card := func(text string) bot.Outgoing {
		return bot.Outgoing{Plain: true, Body: bot.Reply{Card: &bot.Card{Alt: "แจ้งผล", Title: text}}}
	}
	call := p.push("ก่อน")
	call.Replies = append(call.Replies, card(long), card("หลัง"))
	r := p.try(call)
	p.want(r, bot.Accepted)
	got := p.shown()
	if len(got) != 5 || got[0] != "ก่อน" || got[4] != "หลัง" || strings.Join(got[1:4], "") != long {
		t.Fatalf("%d messages; the last is %.40q", len(got), got[len(got)-1])
	}
	letters := 0
	for _, part := range got[1:4] {
		letters += thai.Clusters(part)
	}
	if want := thai.Clusters(long); letters != want {
		t.Errorf("%d letters of %d: some are torn", letters, want)
	}
	if ids := p.sentIDs(); len(r.IDs) != 3 || !slices.Equal(r.IDs, []string{ids[0], ids[1], ids[4]}) {
		t.Errorf("identifiers %q of the messages %q", r.IDs, ids)
	}
	p.fail(map[string]any{"path": "/v2/bot/message/push", "status": 400, "message": "A message (messages[3]) in the request body is invalid"})
	if r := p.try(anew(call)); !slices.Equal(r.Unfit, []int{1}) {
		t.Errorf("the fourth message is of the second reply: %+v", r)
	}
	// Without room, each is still one message.
	full := p.push("1", "2", "3")
	full.Replies = append(full.Replies, card(long), card(long))
	p.want(p.try(full), bot.Accepted)
	if got := p.shown()[5:]; len(got) != 5 || !strings.HasPrefix(got[4], "กี๊กี๊") {
		t.Errorf("%d messages", len(got))
	}
}

// Row 38: the month's limit in earnest, with LINE's own words: a push is refused, a reply goes out.
func TestRow38MonthIsUsedUp(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	p.control("POST", "settings", map[string]any{"quota": 1}, nil)
	p.want(p.try(p.push("หนึ่ง")), bot.Accepted)
	p.want(p.try(p.push("สอง")), bot.UsedUp)
	reply := p.push("ตอบ")
	reply.Token = p.token()
	p.want(p.try(reply), bot.Accepted)
	if n := p.usage(); n != 1 {
		t.Errorf("the month counts %d", n)
	}
}

// Row 37: faster than the rate LINE refuses with words that are told apart from the other 429s, and takes
// the same call a moment later.
func TestRow37TooFastForTheRate(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	p.control("POST", "settings", map[string]any{"rate": 2}, nil)
	verdicts := map[bot.Verdict]int{}
	var refused bot.Call
	for range 6 {
		call := p.push("เร็ว")
		r := p.try(call)
		verdicts[r.Verdict]++
		if r.Verdict == bot.TooFast {
			refused = call
		}
	}
	if verdicts[bot.TooFast] == 0 || verdicts[bot.Accepted] == 0 || verdicts[bot.TooFast]+verdicts[bot.Accepted] != 6 {
		t.Fatalf("verdicts %v", verdicts)
	}
	before := len(p.shown())
	p.sim.Advance(5 * time.Second)
	p.want(p.try(refused), bot.Accepted)
	if n := len(p.shown()); n != before+1 {
		t.Errorf("%d shown, want %d", n, before+1)
	}
}

// Row 36: what LINE refuses as a card says the same as text, which LINE takes; what cannot even be drawn
// is not sent to LINE.
func TestRow36CardInWords(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	call := p.push("ก่อน")
	call.Replies = append(call.Replies,
		bot.Outgoing{Plain: true, Body: bot.Reply{Card: &bot.Card{
			Alt: "รับเรื่องแล้ว", Label: "ใบรับคำขอ", Title: "SN-2569-000001", Body: "เทศบาลรับคำขอของคุณแล้ว",
			Rows:    []bot.Row{{Label: "ครบกำหนด", Value: "30 พ.ย. 2569"}},
			Buttons: []bot.Choice{{Gesture: bot.Open, Label: "ติดตามเรื่อง", URL: "https://saphan.example.go.th/track/x"}, {Gesture: bot.Tap, Label: "เมนู", Data: "v1 menu"}},
			Note:    "เก็บเลขนี้ไว้",
		}}},
		bot.Outgoing{Plain: true, Body: bot.Reply{Card: &bot.Card{Alt: "สองใบ", Cards: []bot.Card{{Title: "หนึ่ง"}, {Title: "สอง"}}}}},
		bot.Outgoing{Plain: true, Body: bot.Reply{Text: strings.Repeat("ยาว", 3000), Choices: []bot.Choice{{Gesture: "?", Label: "x"}}}},
		bot.Outgoing{Plain: true, Body: bot.Reply{Card: &bot.Card{Alt: "มีแต่ชื่อ"}}},
	)
	p.want(p.try(call), bot.Accepted)
	want := "ใบรับคำขอ\nSN-2569-000001\nเทศบาลรับคำขอของคุณแล้ว\nครบกำหนด: 30 พ.ย. 2569\nติดตามเรื่อง: https://saphan.example.go.th/track/x\nเก็บเลขนี้ไว้"
	if got := p.shown(); len(got) != 5 || got[1] != want || got[2] != "หนึ่ง\n\nสอง" || !strings.HasPrefix(got[3], "ยาวยาว") || got[4] != "มีแต่ชื่อ" {
		t.Errorf("shown %q", got)
	}
	before := len(p.calls("/message/push"))
	for name, body := range map[string]bot.Reply{
		"no words": {}, "an unknown gesture": {Text: "ก", Choices: []bot.Choice{{Gesture: "?", Label: "x"}}},
	} {
		call := p.push("ก")
		call.Replies = append(call.Replies, bot.Outgoing{Body: body})
		if r := p.try(call); r.Verdict != bot.Unfit || !slices.Equal(r.Unfit, []int{1}) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if len(p.calls("/message/push")) != before {
		t.Error("LINE was called with what cannot be drawn")
	}
	if r := line.NewChannel("http://[::1", "x").Send(t.Context(), p.account, p.push("ก")); r.Verdict != bot.Refused || r.Reason != bot.ReasonAccount {
		t.Errorf("an address that is none: %+v", r)
	}
}

// Rows 30 and 34, on the wire: a reply carries no retry key, not even an empty one, for which LINE
// answers 400; a push carries exactly one, a UUID (line.md 2.2, 7.3).
func TestRow30RetryKeyOnTheWire(t *testing.T) {
	t.Parallel()
	type seen struct {
		path string
		keys []string
		sent bool
	}
	heard := make(chan seen, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys, sent := r.Header["X-Line-Retry-Key"]
		heard <- seen{r.URL.Path, keys, sent}
		w.Header().Set("X-Line-Request-Id", uuid.NewString())
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"sentMessages":[{"id":"1"}]}`))
	}))
	t.Cleanup(server.Close)
	channel := line.NewChannel(server.URL, server.URL)
	account := agencies.Channel{ID: 1, Kind: line.Kind, Destination: home, Token: "t"}
	call := bot.Call{To: home, Key: uuid.New(), Replies: []bot.Outgoing{{Body: bot.Reply{Text: "ก"}}}}
	if r := channel.Send(t.Context(), account, call); r.Verdict != bot.Accepted {
		t.Fatalf("push %+v", r)
	}
	if s := <-heard; s.path != "/v2/bot/message/push" || !slices.Equal(s.keys, []string{call.Key.String()}) {
		t.Errorf("push %+v", s)
	}
	call.Token = "reply token"
	if r := channel.Send(t.Context(), account, call); r.Verdict != bot.Accepted {
		t.Fatalf("reply %+v", r)
	}
	if s := <-heard; s.path != "/v2/bot/message/reply" || s.sent {
		t.Errorf("reply %+v", s)
	}
}

// A call that was given up by us may have arrived: it is tried again, never taken for lost or sent.
func TestRow33OurOwnPatienceEnds(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	call := p.push("ตอบ")
	call.Token = p.token()
	p.fail(map[string]any{"path": "/v2/bot/message/reply", "status": "timeout_after_accept"})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // by then even a busy machine has taken it
	defer cancel()
	r := p.channel.Send(ctx, p.account, call)
	p.want(r, bot.TryAgain)
	if !strings.Contains(r.Problem, "timeout") {
		t.Errorf("problem %q", r.Problem)
	}
	p.want(p.try(call), bot.TokenGone) // used, by that very call: the outbox knows (TestRow33 there)
	if got := p.shown(); !slices.Equal(got, []string{"ตอบ"}) {
		t.Errorf("shown %q", got)
	}
}
