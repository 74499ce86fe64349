package line_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/devkit/line/strict"
)

// openPoints are what nobody has confirmed (line.md section 11), in the words of README.md, and the
// setting or guess that turns each.
func openPoints() map[string]string {
	return map[string]string{
		"how long content is kept":                                 "contentLife",
		"the largest file that a person can send":                  "uploadMax",
		"how many events and bytes a webhook has":                  "batchWebhooks",
		"how often and when a webhook is redelivered":              "redeliverySchedule",
		"an empty retry key header":                                "empty-retry-key",
		"unknown fields outside Flex":                              "outer-fields",
		"the shape of group and room IDs":                          "chat-id-shape",
		"plans of Thailand and their free messages":                "quota",
		"documents sent from telephones":                           "noDocuments",
		"template keys of notification messages in Thailand":       "pnp-keys",
		"whether government accounts are verified or premium":      "entitled",
		"the unit in which mentions of incoming texts are counted": "mention-units",
		"`Retry-After` on 429":                                     "retryAfter",
	}
}

// What nobody has confirmed is told to whoever uses the simulator, and can be turned.
func TestReadmeListsTheGuesses(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range strict.Guesses() {
		if !strings.Contains(string(readme), "\n| `"+string(g)+"`") && !strings.Contains(string(readme), ", `"+string(g)+"` |") {
			t.Errorf("README.md does not tell of the guess %s", g)
		}
	}
	var settings map[string]any
	newWorld(t, nil).control("GET", "settings", nil, &settings)
	for point, turned := range openPoints() {
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(point) + ` \|.*\| ` + "`" + turned + "`" + ` \|$`)
		if !row.Match(readme) {
			t.Errorf("README.md has no row %q that ends with `%s`", point, turned)
		}
		if _, is := settings[turned]; !is && !slices.Contains(strict.Guesses(), strict.Guess(turned)) {
			t.Errorf("%s: %s is neither a setting nor a guess", point, turned)
		}
	}
}

// As long as nobody turns anything, a bot gets no help that LINE may not give.
func TestOpenPointsBeginSafe(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	v := w.sim.Settings()
	if v.RetryAfter != 0 || v.Entitled || v.UploadMax != 0 || len(v.GuessesOff) != 0 {
		t.Errorf("settings %+v", v)
	}
	up := w.upload(w.woman, "file", sample{"a.pdf", []byte("%PDF-1.7")})
	c.add(14 * 24 * time.Hour)
	if status, _, _ := w.content(up.MessageID, ""); status != http.StatusOK {
		t.Errorf("content of two weeks: %d", status)
	}
	c.add(time.Second)
	if status, _, _ := w.content(up.MessageID, ""); status != http.StatusNotFound {
		t.Errorf("content of more than two weeks: %d", status)
	}
}

// Unknown fields are refused by every call that takes JSON, at every depth (strict.GuessOuterFields).
func TestUnknownFieldsOutsideFlex(t *testing.T) {
	t.Parallel()
	w := entitledWorld(t, nil)
	w.say(w.woman, "สวัสดี")
	menu := `{"size":{"width":2500,"height":1686},"selected":true,"name":"ก","chatBarText":"ก","areas":[],"extra":1}`
	for _, tc := range []struct{ method, path, body, want string }{
		{"POST", "/v2/bot/message/push", `{"to":"` + w.woman + `","messages":[{"type":"text","text":"ก"}],"extra":1}`, "extra"},
		{"POST", "/v2/bot/message/push", `{"To":"` + w.woman + `","messages":[{"type":"text","text":"ก"}]}`, "To"},
		{"POST", "/v2/bot/message/broadcast", `{"to":"` + w.woman + `","messages":[{"type":"text","text":"ก"}]}`, "to"},
		{"POST", "/v2/bot/message/narrowcast", `{"messages":[{"type":"text","text":"ก"}],"limit":{"max":1,"extra":1}}`, "limit.extra"},
		{"POST", "/v2/bot/message/validate/push", `{"messages":[{"type":"text","text":"ก"}],"extra":1}`, "extra"},
		{"POST", "/v2/bot/chat/loading/start", `{"chatId":"` + w.woman + `","extra":1}`, "extra"},
		{"POST", "/v2/bot/chat/markAsRead", `{"markAsReadToken":"x","extra":1}`, "extra"},
		{"POST", "/v2/bot/message/markAsRead", `{"chat":{"userId":"x","extra":1}}`, "chat.extra"},
		{"PUT", "/v2/bot/channel/webhook/endpoint", `{"endpoint":"https://example.com/","extra":1}`, "extra"},
		{"POST", "/v2/bot/channel/webhook/test", `{"extra":1}`, "extra"},
		{"POST", "/v2/bot/richmenu", menu, "extra"},
		{"POST", "/v2/bot/richmenu/bulk/link", `{"richMenuId":"x","userIds":["x"],"extra":1}`, "extra"},
		{"POST", "/v2/bot/richmenu/bulk/unlink", `{"richMenuId":"x","userIds":["x"]}`, "richMenuId"},
		{"POST", "/v2/bot/richmenu/batch", `{"operations":[{"type":"unlinkAll","extra":1}]}`, "operations[0].extra"},
		{"POST", "/v2/bot/richmenu/alias", `{"richMenuAliasId":"a","richMenuId":"x","extra":1}`, "extra"},
		{"POST", "/v2/bot/richmenu/alias/a", `{"richMenuId":"x","richMenuAliasId":"a"}`, "richMenuAliasId"},
		{"POST", "/v2/bot/message/pnp/templated/push", `{"to":"x","templateKey":"a_th","body":{"items":[{"itemKey":"a","content":"b","extra":1}]}}`, "body.items[0].extra"},
		{"POST", "/v2/bot/coupon", `{"title":"ก","reward":{"type":"free","extra":1}}`, "reward.extra"},
		{"POST", "/v2/bot/audienceGroup/upload", `{"description":"ก","clickUrl":"https://example.com/"}`, "clickUrl"},
		{"POST", "/liff/v1/apps", `{"view":{"type":"full","url":"https://example.com/","extra":1}}`, "view.extra"},
		{"POST", "/user/v1/deauthorize", `{"userAccessToken":"x","extra":1}`, "extra"},
	} {
		status, _, v := w.api(tc.method, tc.path, tc.body)
		wantError(t, status, v, http.StatusBadRequest, oneError, tc.want+": unknown field")
	}
	w.control("POST", "settings", map[string]any{"guessesOff": []string{"outer-fields"}}, nil)
	if status, _, v := w.api("POST", "/v2/bot/chat/loading/start", `{"chatId":"`+w.woman+`","extra":1}`); status != http.StatusAccepted {
		t.Errorf("off: %d %v", status, v)
	}
}

// Whoever leaves open how large a file can be, or whether there can be one, meets both.
func TestUploadsAsTheAppAllows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.control("POST", "settings", map[string]any{"uploadMax": 10}, nil)
	made := func(kind, size string) int {
		status, _, _ := w.do("POST", "/control/chats/"+w.woman+"/media?name=a.pdf&kind="+kind+"&size="+size, nil, nil)
		return status
	}
	if fits, over := made("file", "10"), made("file", "11"); fits != http.StatusOK || over != http.StatusRequestEntityTooLarge {
		t.Errorf("10 bytes: %d, 11 bytes: %d", fits, over)
	}
	w.upload(w.woman, "file", sample{"a.txt", []byte("0123456789")})
	if status := w.tryUpload(w.woman, "file", sample{"a.txt", []byte("0123456789a")}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("an upload of 11 bytes: %d", status)
	}
	w.control("POST", "settings", map[string]any{"uploadMax": 0, "noDocuments": true}, nil)
	if document, photo := made("file", "10"), made("image", "10"); document != http.StatusConflict || photo != http.StatusOK {
		t.Errorf("an app without documents: document %d, photo %d", document, photo)
	}
	if n := len(w.chat(w.woman, 0).Messages); n != 3 {
		t.Errorf("%d messages, want the three that fit", n)
	}
}

// The shape of group IDs is a guess: on, others are refused; off, there are others.
func TestChatIDShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	group := func() string {
		var g struct{ ID string }
		w.control("POST", "groups", map[string]any{"members": []string{w.woman}}, &g)
		return g.ID
	}
	push := func(to string) int {
		status, _, _ := w.api("POST", "/v2/bot/message/push", map[string]any{"to": to, "messages": texts(1)})
		return status
	}
	usual := group()
	if !regexp.MustCompile(`^C[0-9a-f]{32}$`).MatchString(usual) || push(usual) != http.StatusOK {
		t.Errorf("group %s: %d", usual, push(usual))
	}
	w.control("POST", "settings", map[string]any{"guessesOff": []string{"chat-id-shape"}}, nil)
	long := group()
	if len(long) < 60 || push(long) != http.StatusOK || push(usual) != http.StatusOK {
		t.Errorf("off: group %s: %d, the other: %d", long, push(long), push(usual))
	}
	w.control("POST", "settings", map[string]any{"guessesOff": []string{}}, nil)
	status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": long, "messages": texts(1)})
	wantError(t, status, v, http.StatusBadRequest, "The property, 'to', in the request body is invalid (line: -, column: -)")
}

// Template keys of another country are refused.
func TestTemplateKeys(t *testing.T) {
	t.Parallel()
	w := entitledWorld(t, nil)
	push := func() int {
		status, _, _ := w.api("POST", "/v2/bot/message/pnp/templated/push", map[string]any{"to": strings.Repeat("0", 64), "templateKey": "shipment_completed_ja"})
		return status
	}
	on := push()
	w.control("POST", "settings", map[string]any{"guessesOff": []string{"pnp-keys"}}, nil)
	if off := push(); on != http.StatusBadRequest || off != http.StatusUnprocessableEntity { // nobody has that number
		t.Errorf("on %d, off %d", on, off)
	}
}

// Mentions count UTF-16 units, or code points.
func TestMentionUnits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for want, off := range map[float64][]string{2: {}, 1: {"mention-units"}} {
		w.control("POST", "settings", map[string]any{"guessesOff": off}, nil)
		w.control("POST", "chats/"+w.woman+"/text", map[string]any{
			"text": "😀@ก😀", "mention": map[string]any{"mentionees": []any{map[string]any{"index": 2, "length": 4, "type": "all"}}},
		}, nil)
		mention := part(t, part(t, w.bot.next(t).events[0], "message"), "mention")
		list, _ := mention["mentionees"].([]any)
		one, _ := list[0].(map[string]any)
		if one["index"] != want || one["length"] != want+2 || one["type"] != "all" {
			t.Errorf("off %v: %v", off, one)
		}
	}
}

// The guesses about retry keys, and the settings for what else is open.
func TestOpenPointsAreSettings(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	w.say(w.woman, "สวัสดี")
	w.pushWith("", texts(1))
	if calls := w.calls(); calls[len(calls)-1].Note != "warning: empty X-Line-Retry-Key" {
		t.Errorf("note %q of an empty retry key", calls[len(calls)-1].Note)
	}
	for guess, key := range map[string]string{"retry-key-form": "not-a-uuid", "empty-retry-key": ""} {
		refusedWhileOn := key != ""
		w.control("POST", "settings", map[string]any{"guessesOff": []string{}}, nil)
		if status, _, v := w.pushWith(key, texts(1)); (status == http.StatusBadRequest) != refusedWhileOn {
			t.Errorf("%s on: %d %v", guess, status, v)
		}
		w.control("POST", "settings", map[string]any{"guessesOff": []string{guess}}, nil)
		if status, _, v := w.pushWith(key, texts(1)); (status == http.StatusBadRequest) == refusedWhileOn {
			t.Errorf("%s off: %d %v", guess, status, v)
		}
	}
	if status, _, _ := w.do("POST", "/control/settings", nil, `{"guessesOff":["nonsense"]}`); status != http.StatusBadRequest {
		t.Errorf("an unknown guess: %d", status)
	}

	w.control("POST", "settings", map[string]any{"retryAfter": 7, "failNext": []any{map[string]any{"path": "/v2/bot/info", "status": "rate"}}}, nil)
	if status, head, _ := w.api("GET", "/v2/bot/info", nil); status != http.StatusTooManyRequests || head.Get("Retry-After") != "7" {
		t.Errorf("Retry-After: %d %v", status, head)
	}
	up := w.upload(w.woman, "file", sample{"a.pdf", []byte("%PDF-1.7")})
	w.control("POST", "settings", map[string]any{"contentLife": 60}, nil)
	if status, _, _ := w.content(up.MessageID, ""); status != http.StatusOK {
		t.Errorf("fresh content: %d", status)
	}
	c.add(61 * time.Second)
	if status, _, data := w.content(up.MessageID, ""); status != http.StatusNotFound || string(data) != `{"message":"not found"}` {
		t.Errorf("old content: %d %s", status, data)
	}
}
