package line

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/internal/thai"
)

type tx = pgx.Tx

// event is a webhook event as LINE sends it (line.md 1.3, 1.5, 1.6). The SDK's own decoding is not
// used: it fails a whole delivery for one bad event and quotes the body in its errors (7.3).
type event struct {
	EventID    string   `json:"webhookEventId"`
	Type       string   `json:"type"`
	Mode       string   `json:"mode"`
	Timestamp  int64    `json:"timestamp"`
	ReplyToken string   `json:"replyToken"`
	Message    *message `json:"message"`
	Postback   *struct {
		Data   string            `json:"data"`
		Params map[string]string `json:"params"`
	} `json:"postback"`
	Unsend *struct {
		MessageID string `json:"messageId"`
	} `json:"unsend"`
}

type message struct {
	ID              string   `json:"id"`
	Type            string   `json:"type"`
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
	if e.ReplyToken != "" {
		got.ReplyToken, got.ReplyUntil = e.ReplyToken, stored.ReceivedAt.Add(replyTokenFor)
	}
	switch {
	case e.Type == "message" && e.Message != nil:
		e.Message.into(&got)
	case e.Type == "postback" && e.Postback != nil:
		got.Message.Kind, got.Message.Data = bot.Postback, e.Postback.Data
		got.Message.Picked = e.Postback.Params["date"]
	case e.Type == "follow":
		got.Message.Kind = bot.Follow
	case e.Type == "unfollow":
		got.Message.Kind = bot.Unfollow
	case e.Type == "unsend" && e.Unsend != nil:
		got.Message.Kind, got.Message.ID = bot.Unsend, e.Unsend.MessageID
	case e.Type == "message", e.Type == "postback", e.Type == "unsend":
		return bot.Received{}, fmt.Errorf("event %d lacks its %s", stored.ID, e.Type)
	default:
		// Nobody spoke: a beacon, a membership, something new. It is kept and not answered.
		got.Silent = e.Type != "videoPlayComplete"
		got.Unknown = true
	}
	return got, nil
}

// into fills in what the message says.
func (m *message) into(got *bot.Received) {
	to := &got.Message
	to.ID = m.ID
	switch m.Type {
	case "text":
		to.Kind, to.Text = bot.Text, m.Text
	case "image":
		to.Kind = bot.Image
	case "video":
		to.Kind = bot.Video
	case "audio":
		to.Kind = bot.Audio
	case "file":
		to.Kind, got.FileName, got.FileSize = bot.File, m.FileName, m.FileSize
	case "location":
		to.Kind = bot.Location
		if m.Latitude == nil || m.Longitude == nil {
			to.Kind = bot.Other
			break
		}
		to.Place = &bot.Place{Title: thai.Tidy(m.Title), Address: thai.Tidy(m.Address), Latitude: *m.Latitude, Longitude: *m.Longitude}
	case "sticker":
		to.Kind = bot.Sticker
	default:
		to.Kind, got.Unknown = bot.Other, true
	}
	switch to.Kind { //nolint:exhaustive // only these carry content
	case bot.Image, bot.Video, bot.Audio, bot.File:
		// Bytes that LINE does not hold are at an address the sender chose: never fetched (line.md 1.6).
		got.HasContent = m.ContentProvider == nil || m.ContentProvider.Type == "line"
	}
}
