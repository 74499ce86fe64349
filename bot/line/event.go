package line

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"saphan/bot"
	"saphan/internal/thai"
)

// event is a webhook event as LINE sends it (line.md 1.3, 1.5, 1.6). The SDK's own decoding is not
// used: it fails a whole delivery for one bad event and quotes the body in its errors (7.3).
type event struct {
	EventID    string          `json:"webhookEventId"`
	Type       string          `json:"type"`
	Mode       string          `json:"mode"`
	ReplyToken string          `json:"replyToken"`
	Message    json.RawMessage `json:"message"`
	Postback   *struct {
		Data   string `json:"data"`
		Params struct {
			Date string `json:"date"`
		} `json:"params"`
	} `json:"postback"`
	Unsend *struct {
		MessageID string `json:"messageId"`
	} `json:"unsend"`
}

// message is a message of a type that is known.
type message struct {
	Text            string   `json:"text"`
	FileName        string   `json:"fileName"`
	FileSize        int64    `json:"fileSize"` // bytes
	Title           string   `json:"title"`
	Address         string   `json:"address"`
	Latitude        *float64 `json:"latitude"`
	Longitude       *float64 `json:"longitude"`
	ContentProvider *struct {
		Type string `json:"type"`
	} `json:"contentProvider"`
}

// replyTokenFor is how long a reply token is used after the webhook arrived: LINE promises one
// minute and no more (line.md 2.3).
const replyTokenFor = 50 * time.Second

// Decode reads a stored event.
func (c *Channel) Decode(stored bot.Event) (bot.Received, error) {
	var e event
	if err := json.Unmarshal(stored.Body, &e); err != nil {
		return bot.Received{}, fmt.Errorf("event %d is not readable", stored.ID)
	}
	got := bot.Received{Message: bot.Message{ID: "event:" + e.EventID, Kind: bot.Other, At: stored.At}}
	if e.Mode == "standby" {
		// Another module owns the chat: nothing may be sent (line.md 1.3).
		got.Silent = true
	}
	if name(e.ReplyToken) {
		got.ReplyToken, got.ReplyUntil = e.ReplyToken, stored.ReceivedAt.Add(replyTokenFor)
	}
	switch {
	case e.Type == "message" && len(e.Message) > 0:
		if err := says(e.Message, &got); err != nil {
			return bot.Received{}, fmt.Errorf("the message of event %d is not readable", stored.ID)
		}
	case e.Type == "postback" && e.Postback != nil:
		got.Message.Kind, got.Message.Data = bot.Postback, plain(e.Postback.Data)
		got.Message.Picked = plain(e.Postback.Params.Date)
	case e.Type == "follow":
		got.Message.Kind = bot.Follow
	case e.Type == "unfollow":
		got.Message.Kind = bot.Unfollow
	case e.Type == "unsend" && e.Unsend != nil && name(e.Unsend.MessageID):
		got.Message.Kind, got.Message.ID = bot.Unsend, e.Unsend.MessageID
	case e.Type == "message", e.Type == "postback", e.Type == "unsend":
		return bot.Received{}, fmt.Errorf("event %d lacks its %s", stored.ID, e.Type)
	default:
		// Nobody spoke: a beacon, a membership, something new. It is kept and not answered.
		got.Silent, got.Unknown = true, true
	}
	return got, nil
}

// kinds are the types of message that are understood.
var kinds = map[string]bot.Kind{
	"text": bot.Text, "image": bot.Image, "video": bot.Video, "audio": bot.Audio, "file": bot.File, "location": bot.Location, "sticker": bot.Sticker,
}

// says fills in what a message says. Only a message of a type that is known is read whole: a new
// type may use the same words for something else.
func says(raw json.RawMessage, got *bot.Received) error {
	var head struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	to := &got.Message
	if name(head.ID) {
		to.ID = head.ID
	}
	kind, known := kinds[head.Type]
	if !known {
		got.Unknown = true
		return nil
	}
	var m message
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	to.Kind = kind
	switch kind { //nolint:exhaustive // a sticker says nothing more, and the others are no messages
	case bot.Text:
		to.Text = plain(m.Text)
	case bot.Location:
		if !onEarth(m.Latitude, 90) || !onEarth(m.Longitude, 180) {
			to.Kind = bot.Other
			break
		}
		to.Place = &bot.Place{Title: thai.Tidy(plain(m.Title)), Address: thai.Tidy(plain(m.Address)), Latitude: *m.Latitude, Longitude: *m.Longitude}
	case bot.Image, bot.Video, bot.Audio, bot.File:
		got.FileName, got.FileSize = plain(m.FileName), m.FileSize
		// Bytes that LINE does not hold are at an address the sender chose: never fetched (line.md 1.6).
		got.HasContent = m.ContentProvider == nil || m.ContentProvider.Type == "line"
	}
	return nil
}

// plain leaves out zero bytes, which no text in the database can hold.
func plain(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// onEarth says whether a coordinate is there and within its degrees.
func onEarth(degrees *float64, most float64) bool {
	return degrees != nil && *degrees >= -most && *degrees <= most
}
