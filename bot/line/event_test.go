package line

import (
	"testing"
	"time"

	"saphan/bot"
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

// Row 16: a message of an unknown type is somebody speaking, and is answered; an event of an unknown
// type is not.
func TestRow16DecodeUnknown(t *testing.T) {
	t.Parallel()
	if got := decode(t, carrying(`{"id":"1","type":"smell","text":{"note":"oud"}}`)); got.Message.Kind != bot.Other || !got.Unknown || got.Silent || got.Message.ID != "1" {
		t.Errorf("unknown message: %+v", got)
	}
	for _, body := range []string{`{"type":"teleport","webhookEventId":"01A"}`, `{"type":"videoPlayComplete","webhookEventId":"01A","replyToken":"t"}`, `{"type":"membership","webhookEventId":"01A"}`} {
		if got := decode(t, body); !got.Unknown || !got.Silent {
			t.Errorf("%s: %+v", body, got)
		}
	}
	if got := decode(t, carrying(`{"id":"1","type":"location","latitude":1e308,"longitude":0}`)); got.Message.Kind != bot.Other || got.Message.Place != nil {
		t.Errorf("a place that is on no map: %+v", got)
	}
}

// Rows 17, 19, 25, 45.
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
	if got := decode(t, `{"type":"postback","webhookEventId":"01A","postback":{"data":"v1|d|x|y","params":{"date":"2026-11-21","later":{"x":1}}}}`); got.Message.Picked != "2026-11-21" || got.Message.Data != "v1|d|x|y" {
		t.Errorf("row 45: %+v", got.Message)
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
