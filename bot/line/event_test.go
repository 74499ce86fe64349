package line

import (
	"math"
	"testing"
	"time"

	"saphan/bot"
	"saphan/internal/thai"
)

func decode(t *testing.T, body string) bot.Received {
	t.Helper()
	got, err := (&Channel{}).Decode(bot.Event{ID: 7, Body: []byte(body), At: received, ReceivedAt: received.Add(time.Second)})
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return got
}

func carrying(m string) string {
	return `{"type":"message","mode":"active","webhookEventId":"01A","replyToken":"token","message":` + m + `}`
}

func TestDecodeUnderstands(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bot.Kind{
		carrying(`{"id":"1","type":"text","text":"ไฟดับ"}`):                        bot.Text,
		carrying(`{"id":"1","type":"image"}`):                                      bot.Image,
		carrying(`{"id":"1","type":"video"}`):                                      bot.Video,
		carrying(`{"id":"1","type":"audio"}`):                                      bot.Audio,
		carrying(`{"id":"1","type":"file","fileName":"a.pdf","fileSize":2}`):       bot.File,
		carrying(`{"id":"1","type":"location","latitude":13.7,"longitude":100.5}`): bot.Location,
		carrying(`{"id":"1","type":"sticker","keywords":["a"]}`):                   bot.Sticker,
		`{"type":"postback","webhookEventId":"01A","postback":{"data":"v1|menu"}}`: bot.Postback,
		`{"type":"follow","webhookEventId":"01A","follow":{"isUnblocked":true}}`:   bot.Follow,
		`{"type":"unfollow","webhookEventId":"01A"}`:                               bot.Unfollow,
		`{"type":"unsend","webhookEventId":"01A","unsend":{"messageId":"1"}}`:      bot.Unsend,
	} {
		if got := decode(t, body); got.Message.Kind != want || got.Unknown || got.Silent || !got.Message.At.Equal(received) {
			t.Errorf("%s: %+v, want %s", body, got, want)
		}
	}
	text := decode(t, carrying(`{"id":"468789577898262530","type":"text","text":"ไฟ\u0000ดับ"}`))
	if text.Message.ID != "468789577898262530" || text.Message.Text != "ไฟดับ" {
		t.Errorf("text %+v", text.Message)
	}
	// A token is used for less than the minute that LINE promises from the receipt on.
	if text.ReplyToken != "token" || !text.ReplyUntil.After(received) || text.ReplyUntil.After(received.Add(time.Minute)) {
		t.Errorf("token %q until %s", text.ReplyToken, text.ReplyUntil)
	}
	place := decode(t, carrying(`{"id":"1","type":"location","title":"บ้าน","address":"ต.ตัวอย่าง","latitude":13.7,"longitude":100.5}`)).Message.Place
	if place == nil || *place != (bot.Place{Title: "บ้าน", Address: "ต.ตัวอย่าง", Latitude: 13.7, Longitude: 100.5}) {
		t.Errorf("place %+v", place)
	}
}

// Row 59: the token of an event that is delivered again is dead 20 minutes after the event, however soon
// after the delivery it is used.
func TestRow59TokenOfAnOldEvent(t *testing.T) {
	t.Parallel()
	body := carrying(`{"id":"1","type":"text","text":"ไฟดับ"}`)
	for age, left := range map[time.Duration]time.Duration{
		0: 50 * time.Second, 18 * time.Minute: 50 * time.Second, 18*time.Minute + 40*time.Second: 20 * time.Second, 19 * time.Minute: 0, 21 * time.Minute: 0,
	} {
		got, err := (&Channel{}).Decode(bot.Event{Body: []byte(body), At: received.Add(-age), ReceivedAt: received})
		if err != nil {
			t.Fatal(err)
		}
		if (got.ReplyToken != "") != (left > 0) || left > 0 && !got.ReplyUntil.Equal(received.Add(left)) {
			t.Errorf("%s after the event: token %q until %s", age, got.ReplyToken, got.ReplyUntil)
		}
	}
}

// Row 16: a message of an unknown type is somebody speaking, and is answered; an event of an unknown
// type is not.
func TestRow16DecodeUnknown(t *testing.T) {
	t.Parallel()
	if got := decode(t, carrying(`{"id":"1","type":"smell","text":{"note":"oud"}}`)); got.Message.Kind != bot.Other || !got.Unknown || got.Silent || got.Message.ID != "1" {
		t.Errorf("unknown message: %+v", got)
	}
	for body, known := range map[string]bool{
		`{"type":"teleport","webhookEventId":"01A"}`: false, `{"webhookEventId":"01A"}`: false,
		`{"type":"videoPlayComplete","webhookEventId":"01A","replyToken":"t"}`: true, `{"type":"membership","webhookEventId":"01A"}`: true,
		`{"type":"beacon","webhookEventId":"01A","replyToken":"t"}`: true, `{"type":"delivery","webhookEventId":"01A"}`: true,
	} {
		if got := decode(t, body); got.Unknown == known || !got.Silent {
			t.Errorf("%s: %+v", body, got)
		}
	}
	// So is what comes from nobody that is known, whatever it is; of those there is no conversation.
	for body, known := range map[string]bool{
		`{"type":"message","webhookEventId":"01A","source":{"type":"spaceship","userId":"U1"},"message":{"id":"1","type":"text","text":"x"}}`: false,
		`{"type":"beacon","webhookEventId":"01A","source":{"type":"crowd"}}`:                                                                  false,
		`{"type":"follow","webhookEventId":"01A","source":{}}`:                                                                                false,
		`{"type":"beacon","webhookEventId":"01A","source":{"type":"user"}}`:                                                                   true,
		`{"type":"beacon","webhookEventId":"01A","source":{"type":"room"}}`:                                                                   true,
		`{"type":"beacon","webhookEventId":"01A","source":null}`:                                                                              true,
	} {
		if got := decode(t, body); got.Unknown == known || !got.Silent || got.Group != nil {
			t.Errorf("%s: %+v", body, got)
		}
	}
	if got := decode(t, carrying(`{"id":"1","type":"location","latitude":1e308,"longitude":0}`)); got.Message.Kind != bot.Other || got.Message.Place != nil {
		t.Errorf("a place that is on no map: %+v", got)
	}
}

// Row 29: the new words of an earlier message, under its name. Whatever else may be edited one day is not
// taken for words.
func TestRow29DecodeEdited(t *testing.T) {
	t.Parallel()
	edited := func(m string) string {
		return `{"type":"messageEdited","mode":"active","webhookEventId":"01B","replyToken":"token","source":{"type":"user","userId":"U1"},"message":` + m + `}`
	}
	got := decode(t, edited(`{"id":"468789577898262530","type":"text","text":"ไฟดับสองดวง","quoteToken":"q"}`))
	if got.Message.Kind != bot.Edited || got.Message.ID != "468789577898262530" || got.Message.Text != "ไฟดับสองดวง" || got.Silent || got.ReplyToken != "token" {
		t.Errorf("%+v", got)
	}
	for _, m := range []string{`{"id":"1","type":"image"}`, `{"type":"text","text":"x"}`} {
		if got := decode(t, edited(m)); got.Message.Kind == bot.Edited || !got.Silent || !got.Unknown {
			t.Errorf("%s: %+v", m, got)
		}
	}
	for _, m := range []string{`7`, `{"id":"1","type":"text","text":{}}`} {
		if _, err := (&Channel{}).Decode(bot.Event{ID: 7, Body: []byte(edited(m))}); err == nil {
			t.Errorf("%s was understood", m)
		}
	}
}

// Row 45: what pickers return is the time of Bangkok, whatever the server's own zone is.
func TestRow45DecodePicker(t *testing.T) {
	t.Parallel()
	picked := func(params string) bot.Message {
		return decode(t, `{"type":"postback","webhookEventId":"01A","postback":{"data":"v1|d|x|y","params":`+params+`}}`).Message
	}
	if m := picked(`{"date":"2026-11-21","later":{"x":1}}`); m.Picked != "2026-11-21" || !m.PickedAt.IsZero() || m.Data != "v1|d|x|y" {
		t.Errorf("date: %+v", m)
	}
	// Half past midnight in Bangkok is the evening before in London.
	if m := picked(`{"datetime":"2026-11-21T00:30"}`); m.Picked != "2026-11-21" || !m.PickedAt.Equal(time.Date(2026, 11, 20, 17, 30, 0, 0, time.UTC)) {
		t.Errorf("datetime: %+v", m)
	}
	if m := picked(`{"datetime":"2026-11-21t23:59"}`); m.Picked != "2026-11-21" || !m.PickedAt.Equal(time.Date(2026, 11, 21, 16, 59, 0, 0, time.UTC)) {
		t.Errorf("datetime: %+v", m)
	}
	day := received.In(thai.Bangkok())
	if m := picked(`{"time":"09:30"}`); m.Picked != "" || !m.PickedAt.Equal(time.Date(day.Year(), day.Month(), day.Day(), 9, 30, 0, 0, thai.Bangkok())) {
		t.Errorf("time: %+v", m)
	}
	for _, params := range []string{`{}`, `null`, `{"date":"21/11/2569"}`, `{"datetime":"2026-11-21"}`, `{"datetime":"2026-02-30T10:00"}`, `{"time":"24:00"}`, `{"date":"' OR 1=1"}`} {
		if m := picked(params); m.Picked != "" || !m.PickedAt.IsZero() || m.Kind != bot.Postback {
			t.Errorf("%s: %+v", params, m)
		}
	}
}

// Row 46: how the switch of a menu went; the alias is absent when it failed.
func TestRow46DecodeMenuSwitch(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]struct {
		bot.MenuSwitch
		failed bool
	}{
		`{"newRichMenuAliasId":"th","status":"SUCCESS"}`: {bot.MenuSwitch{Alias: "th", Status: "SUCCESS"}, false},
		`{"status":"RICHMENU_ALIAS_ID_NOTFOUND"}`:        {bot.MenuSwitch{Status: "RICHMENU_ALIAS_ID_NOTFOUND"}, true},
		`{"status":"RICHMENU_NOTFOUND"}`:                 {bot.MenuSwitch{Status: "RICHMENU_NOTFOUND"}, true},
		`{"status":"FAILED"}`:                            {bot.MenuSwitch{Status: "FAILED"}, true},
		`{"status":"SOMETHING_NEW"}`:                     {bot.MenuSwitch{Status: "SOMETHING_NEW"}, true},
	} {
		got := decode(t, `{"type":"postback","webhookEventId":"01A","postback":{"data":"v1|menu","params":`+params+`}}`)
		if got.Switched == nil || *got.Switched != want.MenuSwitch || got.Switched.Failed() != want.failed {
			t.Errorf("%s: %+v", params, got.Switched)
		}
	}
	if got := decode(t, `{"type":"postback","webhookEventId":"01A","postback":{"data":"v1|menu"}}`); got.Switched != nil {
		t.Errorf("a tap switched the menu: %+v", got.Switched)
	}
}

// Row 52: the answer to an invitation to link accounts; a failed one bears no person.
func TestRow52DecodeAccountLink(t *testing.T) {
	t.Parallel()
	got := decode(t, `{"type":"accountLink","webhookEventId":"01A","replyToken":"token","source":{"type":"user","userId":"U1"},"link":{"result":"ok","nonce":"n-1"}}`)
	if got.Message.Kind != bot.Linked || got.Message.Data != "n-1" || got.Message.Refused || got.Silent {
		t.Errorf("ok: %+v", got)
	}
	for _, result := range []string{"failed", "", "OK?"} {
		got := decode(t, `{"type":"accountLink","webhookEventId":"01A","link":{"result":"`+result+`","nonce":"n-1"}}`)
		if got.Message.Kind != bot.Linked || !got.Message.Refused {
			t.Errorf("%q: %+v", result, got)
		}
	}
}

// What LINE says about the account itself comes from nobody (line.md 1.5).
func TestDecodeNotices(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]bot.Notice{
		"botSuspended": bot.Suspended, "botResumed": bot.Resumed, "activated": bot.Activated, "deactivated": bot.Deactivated, "module": "", "beacon": "",
	} {
		if got := decode(t, `{"type":"`+kind+`","webhookEventId":"01A"}`); got.Notice != want || !got.Silent || got.Unknown {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// Rows 44 and 54: whatever happens in a group or a room is only that: nobody's words, nobody's tap.
func TestRow54DecodeGroup(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bot.Group{
		`{"type":"join","webhookEventId":"01A","replyToken":"token","source":{"type":"group","groupId":"C1"}}`:                                                 {Kind: "group", ID: "C1"},
		`{"type":"message","webhookEventId":"01A","source":{"type":"room","roomId":"R1","userId":"U1"},"message":{"id":"1","type":"text","text":"x"}}`:         {Kind: "room", ID: "R1"},
		`{"type":"postback","webhookEventId":"01A","source":{"type":"group","groupId":"C1","userId":"U1"},"postback":{"data":"v1|s|d|1"}}`:                     {Kind: "group", ID: "C1"},
		`{"type":"messageEdited","webhookEventId":"01A","source":{"type":"group","groupId":"C1","userId":"U1"},"message":{"id":"1","type":"text","text":"x"}}`: {Kind: "group", ID: "C1"},
		`{"type":"leave","webhookEventId":"01A","source":{"type":"group","groupId":"C1"}}`:                                                                     {Kind: "group", ID: "C1", Left: true},
	} {
		got := decode(t, body)
		if got.Group == nil || *got.Group != want || !got.Silent || got.Message.Kind != bot.Other || got.Message.Text != "" || got.Message.Data != "" {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

// Row 17: the size of a file is read however the number is written; one that can be no size is not known.
func TestRow17DecodeFileSize(t *testing.T) {
	t.Parallel()
	for size, want := range map[string]int64{
		`2`: 2, `5000000000`: 5e9, `5e9`: 5e9, `5E+9`: 5e9, `1e300`: math.MaxInt64, `1e400`: math.MaxInt64, `9223372036854775808`: math.MaxInt64,
		`0`: 0, `-1`: 0, `-1e400`: 0, `null`: 0, `2.5`: 2,
	} {
		if got := decode(t, carrying(`{"id":"1","type":"file","fileName":"a.pdf","fileSize":`+size+`}`)); got.FileSize != want || got.Message.Kind != bot.File {
			t.Errorf("%s: %d bytes, want %d", size, got.FileSize, want)
		}
	}
}

// Rows 17, 19, 25.
func TestDecodeCareful(t *testing.T) {
	t.Parallel()
	if got := decode(t, carrying(`{"id":"1","type":"file","fileName":"a.pdf","fileSize":5000000000}`)); got.FileSize != 5_000_000_000 || !got.HasContent {
		t.Errorf("row 17: %+v", got)
	}
	if got := decode(t, `{"type":"message","mode":"standby","webhookEventId":"01A","message":{"id":"1","type":"text","text":"x"}}`); !got.Silent {
		t.Errorf("row 19: somebody else owns the chat, and we would answer: %+v", got)
	}
	if got := decode(t, carrying(`{"id":"1","type":"image","contentProvider":{"type":"external","originalContentUrl":"http://127.0.0.1/"}}`)); got.HasContent {
		t.Errorf("row 25: the bytes are at an address the sender chose: %+v", got)
	}
	if got := decode(t, carrying(`{"type":"text","text":"x"}`)); got.Message.ID != "event:01A" {
		t.Errorf("a message without a name is called %q", got.Message.ID)
	}
	for _, body := range []string{
		``, `null`, `[]`, `{"type":7}`, `{"type":"message"}`, `{"type":"message","message":null}`, carrying(`"x"`), carrying(`{"type":"text","text":7}`),
		carrying(`{"id":"1","type":"file","fileSize":"much"}`), `{"type":"postback"}`, `{"type":"unsend"}`, `{"type":"unsend","unsend":{}}`,
	} {
		if got, err := (&Channel{}).Decode(bot.Event{ID: 7, Body: []byte(body)}); err == nil && !got.Silent && !got.Unknown {
			t.Errorf("%s was understood as %+v", body, got)
		}
	}
}
