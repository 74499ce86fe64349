package line

import (
	"encoding/json"
	"fmt"
	"math"
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
	Source     *eventSource    `json:"source"`
	Message    json.RawMessage `json:"message"`
	Postback   *postback       `json:"postback"`
	Unsend     *struct {
		MessageID string `json:"messageId"`
	} `json:"unsend"`
	Link *struct {
		Result string `json:"result"`
		Nonce  string `json:"nonce"`
	} `json:"link"`
}

// eventSource is where an event happened; who did it was read by intake.
type eventSource struct {
	Type    string `json:"type"`
	GroupID string `json:"groupId"`
	RoomID  string `json:"roomId"`
}

// places are the types of source that are known (line.md 1.3).
var places = map[string]bool{"user": true, "group": true, "room": true}

// postback is the tap of a button. Params is what a picker or a menu adds to it.
type postback struct {
	Data   string `json:"data"`
	Params struct {
		Date     string `json:"date"`
		Time     string `json:"time"`
		Datetime string `json:"datetime"`
		Alias    string `json:"newRichMenuAliasId"`
		Status   string `json:"status"`
	} `json:"params"`
}

// message is a message of a type that is known.
type message struct {
	Text            string      `json:"text"`
	FileName        string      `json:"fileName"`
	FileSize        json.Number `json:"fileSize"` // bytes
	Title           string      `json:"title"`
	Address         string      `json:"address"`
	Latitude        *float64    `json:"latitude"`
	Longitude       *float64    `json:"longitude"`
	ContentProvider *struct {
		Type string `json:"type"`
	} `json:"contentProvider"`
	ImageSet *struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
		Total int    `json:"total"`
	} `json:"imageSet"`
}

// replyTokenFor is how long a reply token is used after the webhook arrived: LINE promises one
// minute and no more (line.md 2.3).
const replyTokenFor = 50 * time.Second

// replyTokenPast is how long after the event, by LINE's clock, a reply token is used at most: that of an
// event that is delivered again has ended 20 minutes after it (line.md 2.3). A minute of that is for
// clocks that differ.
const replyTokenPast = 19 * time.Minute

// tokenUntil is until when the reply token of an event is sure to work, if it was not used.
func tokenUntil(stored bot.Event) time.Time {
	until, end := stored.ReceivedAt.Add(replyTokenFor), stored.At.Add(replyTokenPast)
	if end.Before(until) {
		return end
	}
	return until
}

// Decode reads a stored event.
func (c *Channel) Decode(stored bot.Event) (bot.Received, error) {
	var e event
	if err := json.Unmarshal(stored.Body, &e); err != nil {
		return bot.Received{}, fmt.Errorf("event %d is not readable", stored.ID)
	}
	got := bot.Received{Message: bot.Message{ID: "event:" + e.EventID, Kind: bot.Other, At: stored.At}}
	if e.Mode == "standby" {
		// Another module owns the chat: nothing may be sent (line.md 1.3).
		got.Silent, got.Standby = true, true
	}
	if until := tokenUntil(stored); name(e.ReplyToken) && until.After(stored.ReceivedAt) {
		got.ReplyToken, got.ReplyUntil = e.ReplyToken, until
	}
	if g, ok := e.group(); ok {
		got.Group, got.Silent = &g, true
		return got, nil
	}
	if e.Source != nil && !places[e.Source.Type] {
		// Whoever that is, it is no conversation that could be answered.
		got.Unknown, got.Silent = true, true
	}
	return got, e.into(stored.ID, &got)
}

// into fills in what an event says.
func (e event) into(id bot.EventID, got *bot.Received) error {
	lacks := func() error { return fmt.Errorf("event %d lacks its %s", id, e.Type) }
	switch e.Type {
	case "message":
		if len(e.Message) == 0 {
			return lacks()
		}
		if says(e.Message, got) != nil {
			return fmt.Errorf("the message of event %d is not readable", id)
		}
	case "messageEdited":
		if len(e.Message) == 0 {
			return lacks()
		}
		if edits(e.Message, got) != nil {
			return fmt.Errorf("the message of event %d is not readable", id)
		}
	case "postback":
		if e.Postback == nil {
			return lacks()
		}
		e.Postback.into(got)
	case "unsend":
		if e.Unsend == nil || !name(e.Unsend.MessageID) {
			return lacks()
		}
		got.Message.Kind, got.Message.ID = bot.Unsend, e.Unsend.MessageID
	case "follow":
		got.Message.Kind = bot.Follow
	case "unfollow":
		got.Message.Kind = bot.Unfollow
	case "accountLink":
		if e.Link == nil {
			return lacks()
		}
		got.Message.Kind, got.Message.Data = bot.Linked, plain(e.Link.Nonce)
		got.Message.Refused = e.Link.Result != "ok"
	default:
		// Nobody spoke. It is kept and not answered.
		got.Silent = true
		notice, known := unspoken[e.Type]
		got.Notice, got.Unknown = notice, got.Unknown || !known
	}
	return nil
}

// unspoken are the known types of event by which nobody says anything, with what they say about the
// account itself, if they do (line.md 1.5).
var unspoken = map[string]bot.Notice{
	"join": "", "leave": "", "memberJoined": "", "memberLeft": "",
	"videoPlayComplete": "", "beacon": "", "membership": "", "delivery": "", "things": "", "module": "",
	"activated": bot.Activated, "deactivated": bot.Deactivated, "botSuspended": bot.Suspended, "botResumed": bot.Resumed,
}

// group returns the group or room in which an event happened.
func (e event) group() (bot.Group, bool) {
	if e.Source == nil {
		return bot.Group{}, false
	}
	g := bot.Group{Kind: e.Source.Type, Left: e.Type == "leave"}
	switch e.Source.Type {
	case "group":
		g.ID = e.Source.GroupID
	case "room":
		g.ID = e.Source.RoomID
	}
	return g, g.ID != ""
}

// into fills in what a tap says. A picker knows no zone: what it returns is the time of the place the
// services are for (line.md 1.5).
func (p postback) into(got *bot.Received) {
	m := &got.Message
	m.Kind, m.Data = bot.Postback, plain(p.Data)
	if day, err := time.ParseInLocation(time.DateOnly, p.Params.Date, thai.Bangkok()); err == nil {
		m.Picked = day.Format(time.DateOnly)
	}
	if at, err := time.ParseInLocation("2006-01-02T15:04", strings.ToUpper(p.Params.Datetime), thai.Bangkok()); err == nil {
		m.Picked, m.PickedAt = at.Format(time.DateOnly), at
	}
	if at, err := time.ParseInLocation("15:04", p.Params.Time, thai.Bangkok()); err == nil {
		// A time alone is that of the day of the tap.
		day := m.At.In(thai.Bangkok())
		m.PickedAt = time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, thai.Bangkok())
	}
	if p.Params.Status != "" || p.Params.Alias != "" {
		got.Switched = &bot.MenuSwitch{Alias: plain(p.Params.Alias), Status: plain(p.Params.Status)}
	}
}

// edits fills in what a message says now. Only words can be edited; it is always about an earlier message.
func edits(raw json.RawMessage, got *bot.Received) error {
	var m struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	if !name(m.ID) || m.Type != "text" {
		got.Silent, got.Unknown = true, true
		return nil
	}
	got.Message.Kind, got.Message.ID, got.Message.Text = bot.Edited, m.ID, plain(m.Text)
	return nil
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
		got.FileName, got.FileSize = plain(m.FileName), sizeOf(m.FileSize)
		// Bytes that LINE does not hold are at an address the sender chose: never fetched (line.md 1.6).
		got.HasContent = m.ContentProvider == nil || m.ContentProvider.Type == "line"
		if s := m.ImageSet; s != nil && kind == bot.Image && name(s.ID) && s.Index >= 0 && s.Total >= 0 {
			to.Set = &bot.Set{ID: s.ID, Index: s.Index, Total: s.Total} // both are absent on old telephones
		}
	}
	return nil
}

// sizeOf is a number of bytes, whichever way JSON writes it: 5000000000 and 5e9 are one size, and a person is told
// that it is too large (line.md row 17). What can be no size is 0, not known.
func sizeOf(n json.Number) int64 {
	bytes, err := n.Float64()
	switch {
	case bytes >= math.MaxInt64: // more than can be counted, or infinite
		return math.MaxInt64
	case err != nil, bytes < 0:
		return 0
	}
	return int64(bytes)
}

// plain leaves out zero bytes, which no text in the database can hold.
func plain(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// onEarth says whether a coordinate is there and within its degrees.
func onEarth(degrees *float64, most float64) bool {
	return degrees != nil && *degrees >= -most && *degrees <= most
}
