package line_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"saphan/devkit/line"
)

func (w *world) replyWith(token string) (int, map[string]any) {
	w.t.Helper()
	status, _, v := w.api("POST", "/v2/bot/message/reply", map[string]any{"replyToken": token, "messages": texts(1)})
	return status, v
}

// Row 59: second use; after 61 s; redelivered within 20 min; beyond.
func TestRow59ReplyToken(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)

	token := replyToken(t, w.say(w.woman, "ครั้งเดียว"))
	if status, v := w.replyWith(token); status != http.StatusOK {
		t.Errorf("first use: %d %v", status, v)
	}
	status, v := w.replyWith(token)
	wantError(t, status, v, http.StatusBadRequest, "Invalid reply token")

	token = replyToken(t, w.say(w.woman, "ช้าไป"))
	c.add(61 * time.Second)
	status, v = w.replyWith(token)
	wantError(t, status, v, http.StatusBadRequest, "Invalid reply token")

	w.bot.answer(http.StatusInternalServerError, 0)
	token = replyToken(t, w.say(w.woman, "ส่งซ้ำ"))
	w.bot.answer(http.StatusOK, 0)
	w.sim.Advance(10 * time.Minute) // the redelivery becomes due
	again := w.bot.next(t).events[0]
	if replyToken(t, again) != token || !redelivered(again) {
		t.Errorf("redelivered with another token: %v", again)
	}
	c.add(59 * time.Second)
	if status, v := w.replyWith(token); status != http.StatusOK {
		t.Errorf("redelivered, 59 s later: %d %v", status, v)
	}

	w.bot.answer(http.StatusInternalServerError, 0)
	token = replyToken(t, w.say(w.woman, "ส่งซ้ำช้ามาก"))
	w.bot.answer(http.StatusOK, 0)
	w.sim.Advance(19 * time.Minute)
	w.bot.next(t)
	c.add(59 * time.Second)
	if status, v := w.replyWith(token); status != http.StatusOK {
		t.Errorf("20 min not over: %d %v", status, v)
	}

	w.bot.answer(http.StatusInternalServerError, 0)
	token = replyToken(t, w.say(w.woman, "เกินยี่สิบนาที"))
	w.bot.answer(http.StatusOK, 0)
	w.sim.Advance(19*time.Minute + 50*time.Second)
	w.bot.next(t)
	c.add(11 * time.Second)
	status, v = w.replyWith(token)
	wantError(t, status, v, http.StatusBadRequest, "Invalid reply token")

	status, v = w.replyWith("00000000000000000000000000000000")
	wantError(t, status, v, http.StatusBadRequest, "Invalid reply token")
	status, _, v = w.api("POST", "/v2/bot/message/reply", map[string]any{"messages": texts(1)})
	wantError(t, status, v, http.StatusBadRequest, "The property, 'replyToken', in the request body is invalid (line: -, column: -)")
}

const retryKey = "123e4567-e89b-12d3-a456-426614174000"

func (w *world) pushWith(key string, messages []any) (int, http.Header, map[string]any) {
	w.t.Helper()
	return w.api("POST", "/v2/bot/message/push", map[string]any{"to": w.woman, "messages": messages}, "X-Line-Retry-Key", key)
}

// sentIDs are the IDs of the messages that a call sent.
func sentIDs(t *testing.T, v map[string]any) []string {
	t.Helper()
	var ids []string
	list, _ := v["sentMessages"].([]any)
	for _, m := range list {
		one, _ := m.(map[string]any)
		id, _ := one["id"].(string)
		if id == "" {
			t.Errorf("no ID in %v", v)
		}
		ids = append(ids, id)
	}
	return ids
}

// Row 60: the same key within 24 h, after 24 h, on reply.
func TestRow60RetryKey(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	w.say(w.woman, "สวัสดี")
	before := len(w.chat(w.woman, 0).Messages)

	status, head, first := w.pushWith(retryKey, texts(2))
	if status != http.StatusOK {
		t.Fatalf("push: %d %v", status, first)
	}
	accepted := head.Get("X-Line-Request-Id")
	c.add(23 * time.Hour)
	status, head, again := w.pushWith(retryKey, texts(2))
	wantError(t, status, again, http.StatusConflict, "The retry key is already accepted")
	if !reflect.DeepEqual(again["sentMessages"], first["sentMessages"]) {
		t.Errorf("sentMessages %v, want %v", again["sentMessages"], first["sentMessages"])
	}
	if head.Get("X-Line-Accepted-Request-Id") != accepted || head.Get("X-Line-Request-Id") == accepted {
		t.Errorf("accepted %q, request %q, first request %q", head.Get("X-Line-Accepted-Request-Id"), head.Get("X-Line-Request-Id"), accepted)
	}
	if n := len(w.chat(w.woman, 0).Messages); n != before+2 {
		t.Errorf("the citizen sees %d new messages, want 2", n-before)
	}
	c.add(time.Hour)
	status, _, later := w.pushWith(retryKey, texts(2))
	if status != http.StatusOK || len(sentIDs(t, later)) != 2 {
		t.Errorf("after 24 h: %d %v", status, later)
	}
	for _, id := range sentIDs(t, later) {
		if slices.Contains(sentIDs(t, first), id) {
			t.Errorf("after 24 h: message %s is that of the first call", id)
		}
	}
	if n := len(w.chat(w.woman, 0).Messages); n != before+4 {
		t.Errorf("the citizen sees %d new messages after 24 h, want 2 and 2", n-before)
	}

	token := replyToken(t, w.say(w.woman, "อีกครั้ง"))
	before = len(w.chat(w.woman, 0).Messages)
	status, _, v := w.api("POST", "/v2/bot/message/reply", map[string]any{"replyToken": token, "messages": texts(1)}, "X-Line-Retry-Key", retryKey)
	if status != http.StatusBadRequest {
		t.Errorf("retry key on reply: %d %v", status, v)
	}
	if n := len(w.chat(w.woman, 0).Messages); n != before {
		t.Error("a reply that was refused for its header is shown")
	}
	if status, v := w.replyWith(token); status != http.StatusOK {
		t.Errorf("the same reply without the header: %d %v", status, v)
	}
	if status, _, v := w.pushWith("not-a-uuid", texts(1)); status != http.StatusBadRequest {
		t.Errorf("retry key that is no UUID: %d %v", status, v)
	}
	// A refused call does not take the key.
	other := "223e4567-e89b-12d3-a456-426614174000"
	if status, _, _ := w.pushWith(other, texts(6)); status != http.StatusBadRequest {
		t.Errorf("six messages: %d", status)
	}
	if status, _, v := w.pushWith(other, texts(1)); status != http.StatusOK {
		t.Errorf("key of a refused call: %d %v", status, v)
	}
}

// Row 61: missing or bad token.
func TestRow61Authentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, header := range []string{"", "Bearer", "Bearer wrong", "Basic " + token} {
		status, _, v := w.api("GET", "/v2/bot/info", nil, "Authorization", header)
		message, _ := v["message"].(string)
		if status != http.StatusUnauthorized || !strings.HasPrefix(message, "Authentication failed due to the following reason: ") {
			t.Errorf("%q: %d %v", header, status, v)
		}
	}
	if status, _, v := w.api("GET", "/v2/bot/info", nil); status != http.StatusOK || v["userId"] != destination {
		t.Errorf("good token: %d %v", status, v)
	}
}

// Row 62: the exact details of 2.6, and what comes before them.
func TestRow62Details(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	push := func(body any, header ...string) (int, map[string]any) {
		status, _, v := w.api("POST", "/v2/bot/message/push", body, header...)
		return status, v
	}
	for _, n := range []int{0, 6} {
		status, v := push(map[string]any{"to": w.woman, "messages": texts(n)})
		wantError(t, status, v, http.StatusBadRequest, oneError, "messages: Size must be between 1 and 5")
	}
	status, v := push(map[string]any{"to": w.woman})
	wantError(t, status, v, http.StatusBadRequest, oneError, "messages: Size must be between 1 and 5")
	long := map[string]any{"type": "text", "text": strings.Repeat("ก", 5001)}
	blank := map[string]any{"type": "text", "text": ""}
	status, v = push(map[string]any{"to": w.woman, "messages": []any{long, blank}})
	wantError(t, status, v, http.StatusBadRequest, "The request body has 2 error(s)",
		"messages[0].text: Length must be between 0 and 5000", "messages[1].text: May not be empty")
	status, v = push(map[string]any{"to": "nobody", "messages": texts(1)})
	wantError(t, status, v, http.StatusBadRequest, "The property, 'to', in the request body is invalid (line: -, column: -)")
	status, v = push("{\n  \"to\": ]")
	wantError(t, status, v, http.StatusBadRequest, "The request body could not be parsed as JSON (line: 2, column: 9)")
	status, v = push("to=x", "Content-Type", "text/plain")
	wantError(t, status, v, http.StatusBadRequest, "The content type, text/plain, is not supported")
	status, v = push(map[string]any{"to": w.woman, "messages": texts(1), "notify": true})
	wantError(t, status, v, http.StatusBadRequest, oneError, "notify: unknown field")
	if status, v = push(`{"to":"` + strings.Repeat("x", 2<<20) + `"}`); status != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MB: %d %v", status, v)
	}
	if status, _, v := w.api("POST", "/v2/bot/message/validate/reply", map[string]any{"messages": texts(5)}); status != http.StatusOK {
		t.Errorf("validate: %d %v", status, v)
	}
}

// Row 63 over the wire: each kind of wrong card has LINE's form of refusal, with the path.
func TestRow63RefusedCards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.say(w.woman, "สวัสดี")
	all := badMessages()
	for name, detail := range map[string]string{
		"flex unknown field": "/body/contents/0/font: unknown field",
		"spacer":             "/body/contents/0/type: invalid property",
		"flex http image":    "/hero/url: invalid uri scheme",
		"13 bubbles":         "/contents: size must be between 1 and 12",
		"mixed sizes":        "/contents/1/size: invalid property",
	} {
		status, v := w.pushOne(all[name].json)
		wantError(t, status, v, http.StatusBadRequest, "A message (messages[0]) in the request body is invalid", detail)
	}
	if n := len(w.chat(w.woman, 0).Messages); n != 1 {
		t.Errorf("the citizen sees %d messages, want only their own", n)
	}
}

// Row 63: all or nothing, and what a refused reply does to its token.
func TestRow63RefusedReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	refused := func() string {
		t.Helper()
		token := replyToken(t, w.say(w.woman, "สวัสดี"))
		before := len(w.chat(w.woman, 0).Messages)
		status, _, v := w.api("POST", "/v2/bot/message/reply", map[string]any{
			"replyToken": token, "messages": []any{texts(1)[0], json.RawMessage(bubbleOf(`{"type":"spacer"}`))},
		})
		wantError(t, status, v, http.StatusBadRequest, "A message (messages[1]) in the request body is invalid", "/body/contents/0/type: invalid property")
		if n := len(w.chat(w.woman, 0).Messages); n != before {
			t.Errorf("the citizen sees %d new messages: all or nothing", n-before)
		}
		return token
	}
	status, v := w.replyWith(refused())
	wantError(t, status, v, http.StatusBadRequest, "Invalid reply token")
	// An account cannot spend the tokens of another.
	w.addChannel(line.Channel{Destination: otherDestination, AccessToken: otherToken})
	token := replyToken(t, w.say(w.woman, "ของใคร"))
	w.api("POST", "/v2/bot/message/reply", map[string]any{"replyToken": token, "messages": texts(6)}, "Authorization", "Bearer "+otherToken)
	if status, v := w.replyWith(token); status != http.StatusOK {
		t.Errorf("after the refused reply of another account: %d %v", status, v)
	}
	w.control("POST", "settings", map[string]any{"guessesOff": []string{"refused-reply-spends"}}, nil)
	if status, v := w.replyWith(refused()); status != http.StatusOK {
		t.Errorf("text after the refused card, without the guess: %d %v", status, v)
	}
}

// Row 66: the SDK sends nulls, and can read every answer.
func TestRow66SDK(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	event := w.say(w.woman, "สวัสดี")
	api, err := messaging_api.NewMessagingApiAPI(token, messaging_api.WithEndpoint(w.url+"/api"))
	if err != nil {
		t.Fatal(err)
	}
	blob, err := messaging_api.NewMessagingApiBlobAPI(token, messaging_api.WithBlobEndpoint(w.url+"/api-data"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := api.PushMessage(&messaging_api.PushMessageRequest{
		To: w.woman,
		Messages: []messaging_api.MessageInterface{
			&messaging_api.TextMessage{Text: "สวัสดี", QuickReply: &messaging_api.QuickReply{Items: []messaging_api.QuickReplyItem{
				{Type: "action", Action: &messaging_api.CameraAction{Label: "ถ่ายรูป"}},
			}}},
			&messaging_api.FlexMessage{AltText: "การ์ด", Contents: &messaging_api.FlexBubble{
				Body: &messaging_api.FlexBox{Layout: "vertical", Contents: []messaging_api.FlexComponentInterface{
					&messaging_api.FlexText{Text: "ก"},
				}},
			}},
		},
	}, retryKey)
	if err != nil || len(res.SentMessages) != 2 {
		t.Fatalf("push: %v %v", res, err)
	}
	pushed := w.calls()[0]
	if !strings.Contains(string(pushed.Body), `"customAggregationUnits":null`) {
		t.Errorf("the SDK sent no null: %s", pushed.Body)
	}
	if !strings.Contains(pushed.Note, "warning: ") || !strings.Contains(pushed.Note, "null properties taken for absent, the first is ") {
		t.Errorf("note %q of a call with nulls", pushed.Note)
	}
	if _, err := api.PushMessage(&messaging_api.PushMessageRequest{To: w.woman, Messages: []messaging_api.MessageInterface{
		&messaging_api.TextMessage{Text: "หัวว่าง"},
	}}, ""); err != nil {
		t.Errorf("push with the empty retry key header that the SDK sends: %v", err)
	}
	if _, err := api.ReplyMessage(&messaging_api.ReplyMessageRequest{
		ReplyToken: replyToken(t, event),
		Messages:   []messaging_api.MessageInterface{&messaging_api.TextMessage{Text: "ตอบ"}},
	}); err != nil {
		t.Errorf("reply: %v", err)
	}
	message, _ := event["message"].(map[string]any)
	readToken, _ := message["markAsReadToken"].(string)
	for name, call := range map[string]func() error{
		"info":  func() error { _, err := api.GetBotInfo(); return err },
		"quota": func() error { _, err := api.GetMessageQuota(); return err },
		"usage": func() error { _, err := api.GetMessageQuotaConsumption(); return err },
		"loading": func() error {
			_, err := api.ShowLoadingAnimation(&messaging_api.ShowLoadingAnimationRequest{ChatId: w.woman, LoadingSeconds: 5})
			return err
		},
		"read": func() error {
			_, err := api.MarkMessagesAsReadByToken(&messaging_api.MarkMessagesAsReadByTokenRequest{MarkAsReadToken: readToken})
			return err
		},
		"multicast": func() error {
			_, err := api.Multicast(&messaging_api.MulticastRequest{To: []string{w.woman}, Messages: []messaging_api.MessageInterface{&messaging_api.TextMessage{Text: "ก"}}}, "323e4567-e89b-12d3-a456-426614174000")
			return err
		},
		"menu": func() error { _, err := api.GetRichMenuList(); return err },
	} {
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	up := w.upload(w.woman, "image", sample{"a.png", picture(8, 8)})
	content, err := blob.GetMessageContent(up.MessageID)
	if err != nil || content.StatusCode != http.StatusOK {
		t.Fatalf("content: %v", err)
	}
	if err := content.Body.Close(); err != nil {
		t.Error(err)
	}
}

// addChannel adds a second account.
func (w *world) addChannel(c line.Channel) {
	w.t.Helper()
	if c.Secret == "" {
		c.Secret = "another-secret"
	}
	if err := w.sim.AddChannel(c); err != nil {
		w.t.Fatal(err)
	}
}

const (
	otherDestination = "Uffffffffffffffffffffffffffffffff"
	otherToken       = "another-access-token"
)

// Row 67: users of another provider, blocked users, strangers.
func TestRow67Receivers(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	w.addChannel(line.Channel{Destination: otherDestination, AccessToken: otherToken, Provider: "อีกผู้ให้บริการ"})
	push := func(to string, header ...string) (int, map[string]any) {
		status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": to, "messages": texts(1)}, header...)
		return status, v
	}
	w.control("POST", "chats/"+w.woman+"/follow", nil, nil)
	w.bot.next(t)
	status, v := push(w.woman, "Authorization", "Bearer "+otherToken)
	wantError(t, status, v, http.StatusBadRequest, "Failed to send messages")
	status, v = push("U00000000000000000000000000000000")
	wantError(t, status, v, http.StatusBadRequest, "Failed to send messages")

	if status, v := push(w.woman); status != http.StatusOK {
		t.Errorf("friend: %d %v", status, v)
	}
	w.control("POST", "chats/"+w.woman+"/block", nil, nil)
	if e := w.bot.next(t).events[0]; e["type"] != "unfollow" || e["replyToken"] != nil {
		t.Errorf("block: %v", e)
	}
	seen := len(w.chat(w.woman, 0).Messages)
	status, v = push(w.woman)
	if status != http.StatusOK || v["sentMessages"] == nil {
		t.Errorf("blocked: %d %v", status, v)
	}
	if n := len(w.chat(w.woman, 0).Messages); n != seen {
		t.Errorf("a blocked account's message arrived")
	}
	_, _, usage := w.api("GET", "/v2/bot/message/quota/consumption", nil)
	if usage["totalUsage"] != 1.0 {
		t.Errorf("usage %v, want only the delivered one", usage)
	}

	// Somebody who wrote without being a friend is reached for seven days.
	w.say(w.man, "ไม่ใช่เพื่อน")
	seen = len(w.chat(w.man, 0).Messages)
	push(w.man)
	c.add(7*24*time.Hour + time.Second)
	push(w.man)
	if n := len(w.chat(w.man, 0).Messages); n != seen+1 {
		t.Errorf("%d messages arrived, want 1", n-seen)
	}
}

// Row 68: quota counts people, not messages; replies are free; the limit has its own words.
func TestRow68Quota(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	members := []string{w.woman, w.man}
	for i := range 3 {
		var u struct{ ID string }
		w.control("POST", "users", map[string]any{"name": fmt.Sprintf("คนที่ %d (ตัวอย่าง)", i)}, &u)
		members = append(members, u.ID)
	}
	var group struct{ ID string }
	w.control("POST", "groups", map[string]any{"members": members}, &group)
	join := w.bot.next(t).events[0]
	usage := func() float64 {
		_, _, v := w.api("GET", "/v2/bot/message/quota/consumption", nil)
		n, _ := v["totalUsage"].(float64)
		return n
	}
	if _, _, v := w.api("GET", "/v2/bot/message/quota", nil); v["type"] != "none" {
		t.Errorf("quota %v", v)
	}
	status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": group.ID, "messages": texts(4)})
	if status != http.StatusOK || usage() != 5 {
		t.Errorf("group push: %d %v, usage %v", status, v, usage())
	}
	if status, v := w.replyWith(replyToken(t, join)); status != http.StatusOK || usage() != 5 {
		t.Errorf("reply: %d %v, usage %v", status, v, usage())
	}
	// A deleted account stays in the group and counts no more.
	w.control("POST", "users/"+members[4]+"/delete", nil, nil)
	status, _, v = w.api("POST", "/v2/bot/message/push", map[string]any{"to": group.ID, "messages": texts(4)})
	if status != http.StatusOK || usage() != 9 {
		t.Errorf("push to a group of four and a deleted account: %d %v, usage %v", status, v, usage())
	}
	w.control("POST", "settings", map[string]any{"quota": 12}, nil)
	status, _, v = w.api("POST", "/v2/bot/message/push", map[string]any{"to": group.ID, "messages": texts(1)})
	wantError(t, status, v, http.StatusTooManyRequests, "You have reached your monthly limit.")
	if usage() != 9 {
		t.Errorf("usage %v after a refused push", usage())
	}
	if _, _, v := w.api("GET", "/v2/bot/message/quota", nil); v["type"] != "limited" || v["value"] != 12.0 {
		t.Errorf("quota %v", v)
	}
	c.add(31 * 24 * time.Hour)
	if status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": group.ID, "messages": texts(1)}); status != http.StatusOK {
		t.Errorf("next month: %d %v", status, v)
	}
}

// Row 69: a bucket for each channel, endpoint and method, refilled gradually.
func TestRow69Rate(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	w.addChannel(line.Channel{Destination: otherDestination, AccessToken: otherToken})
	w.control("POST", "settings", map[string]any{"rate": 4}, nil)
	info := func(bearer string) int {
		status, _, v := w.api("GET", "/v2/bot/info", nil, "Authorization", "Bearer "+bearer)
		if status == http.StatusTooManyRequests && v["message"] != "The API rate limit has been exceeded. Try again later." {
			t.Errorf("429 says %v", v)
		}
		return status
	}
	for range 4 {
		if status := info(token); status != http.StatusOK {
			t.Fatalf("within the rate: %d", status)
		}
	}
	if status := info(token); status != http.StatusTooManyRequests {
		t.Errorf("fifth call: %d", status)
	}
	if status := info(otherToken); status != http.StatusOK {
		t.Errorf("another channel: %d", status)
	}
	if status, _, _ := w.api("GET", "/v2/bot/message/quota", nil); status != http.StatusOK {
		t.Errorf("another endpoint: %d", status)
	}
	c.add(250 * time.Millisecond)
	if first, second := info(token), info(token); first != http.StatusOK || second != http.StatusTooManyRequests {
		t.Errorf("a quarter of a second later: %d, then %d", first, second)
	}
}

// Row 71 and section 2.9.
func TestRow71Loading(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newClock())
	w.say(w.woman, "สวัสดี")
	status, _, v := w.api("POST", "/v2/bot/chat/loading/start", map[string]any{"chatId": w.woman, "loadingSeconds": 4})
	wantError(t, status, v, http.StatusBadRequest, "The request body has 2 error(s)",
		"loadingSeconds: Must be between 5 and 60", "loadingSeconds: must be a multiple of five")
	status, _, v = w.api("POST", "/v2/bot/chat/loading/start", map[string]any{"chatId": w.woman, "loadingSeconds": 7})
	wantError(t, status, v, http.StatusBadRequest, oneError, "loadingSeconds: must be a multiple of five")
	status, _, v = w.api("POST", "/v2/bot/chat/loading/start", map[string]any{"chatId": "C00000000000000000000000000000000"})
	wantError(t, status, v, http.StatusBadRequest, oneError,
		"chatId: Only user id is acceptable, please confirm if there are any group/room ids or illegal ids.")
	if status, _, v := w.api("POST", "/v2/bot/chat/loading/start", map[string]any{"chatId": w.woman, "loadingSeconds": 20}); status != http.StatusAccepted || v == nil {
		t.Errorf("loading: %d %v", status, v)
	}
	if w.chat(w.woman, 0).LoadingUntil == nil {
		t.Error("the citizen sees no animation")
	}
	w.api("POST", "/v2/bot/message/push", map[string]any{"to": w.woman, "messages": texts(1)})
	if w.chat(w.woman, 0).LoadingUntil != nil {
		t.Error("the animation outlives the message")
	}
}

// Row 72 and section 1.6: read marks.
func TestRow72MarkAsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.addChannel(line.Channel{Destination: otherDestination, AccessToken: otherToken, ChatMode: true, WebhookURL: w.bot.URL})
	body := map[string]any{"text": "อ่านหรือยัง", "channel": otherDestination}
	var a acted
	w.control("POST", "chats/"+w.woman+"/text", body, &a)
	message, _ := w.bot.next(t).events[0]["message"].(map[string]any)
	read := func() bool {
		var c chat
		w.control("GET", "chats/"+w.woman+"?channel="+otherDestination, nil, &c)
		return c.Messages[0].Read
	}
	if read() {
		t.Error("read before anybody looked, though chat is on")
	}
	mark := map[string]any{"markAsReadToken": message["markAsReadToken"]}
	status, _, v := w.api("POST", "/v2/bot/chat/markAsRead", mark)
	wantError(t, status, v, http.StatusBadRequest, "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook.")
	if status, _, v := w.api("POST", "/v2/bot/chat/markAsRead", mark, "Authorization", "Bearer "+otherToken); status != http.StatusOK || !read() {
		t.Errorf("own token: %d %v, read %v", status, v, read())
	}
	w.say(w.man, "ปิดแชท")
	if !eventually(func() bool { return w.chat(w.man, 0).Messages[0].Read }) {
		t.Error("not read though chat is off")
	}
}

// eventually waits up to five seconds.
func eventually(f func() bool) bool {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if f() {
			return true
		}
	}
	return f()
}
