package line

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"saphan/bot"
)

// split takes an envelope apart into raw events. One bad event is put into quarantine and does not
// touch the others; a body that is no envelope is an error.
func split(body []byte, channel int64, received time.Time) ([]bot.Raw, error) {
	var envelope struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, errors.New("not a webhook envelope")
	}
	events := make([]bot.Raw, 0, len(envelope.Events))
	for _, raw := range envelope.Events {
		if e, ok := rawEvent(raw, channel, received); ok {
			events = append(events, e)
		}
	}
	return events, nil
}

// head is what intake needs of an event; everything else is read by the job.
type head struct {
	EventID   string          `json:"webhookEventId"`
	Type      string          `json:"type"`
	Timestamp int64           `json:"timestamp"` // ms
	Source    *headSource     `json:"source"`
	Message   *headMessage    `json:"message"`
	Postback  json.RawMessage `json:"postback"`
	Unsend    json.RawMessage `json:"unsend"`
}

type headSource struct {
	Type   string `json:"type"`
	UserID string `json:"userId"`
}

type headMessage struct {
	ID string `json:"id"`
}

// dummyUser is the person in the test deliveries of LINE's old console (line.md 1.3).
const dummyUser = "Udeadbeefdeadbeefdeadbeefdeadbeef"

// longestName bounds identifiers, in bytes. LINE's are far shorter; longer ones cannot be indexed.
const longestName = 256

// rawEvent reads the head of one event. ok is false for a dummy of the console.
func rawEvent(raw json.RawMessage, channel int64, received time.Time) (e bot.Raw, ok bool) {
	e = bot.Raw{ChannelID: channel, At: received, ReceivedAt: received, Body: raw}
	var h head
	err := json.Unmarshal(raw, &h)
	if h.Source != nil && h.Source.UserID == dummyUser {
		return bot.Raw{}, false
	}
	if err != nil || h.Type == "" || !name(h.EventID) {
		// It has no name to recognise it by when it comes again: its own bytes are its name.
		sum := sha256.Sum256(raw)
		e.EventID = "sha256:" + base64.RawURLEncoding.EncodeToString(sum[:])
		e.Problem = "not a webhook event"
		return e, true
	}
	e.EventID, e.Problem = h.EventID, h.problem()
	e.At = h.at(received)
	if e.Problem != "" {
		return e, true
	}
	// A conversation is with one person; in groups and rooms the bot has none (line.md 5.2).
	if h.Source != nil && h.Source.Type == "user" {
		e.Source = h.Source.UserID
	}
	if h.Type == "message" { // an unsend names a message too, but is not it: it must outlive it
		e.MessageID = h.Message.ID
	}
	return e, true
}

// problem says why an event of a known type can never be worked on; empty when it can.
func (h head) problem() string {
	missing := func(part json.RawMessage) bool { return len(part) == 0 || string(part) == "null" }
	switch h.Type {
	case "message", "postback", "unsend", "follow", "unfollow":
		if h.Source == nil {
			return "no source"
		}
	}
	switch {
	case h.Type == "message" && h.Message == nil, h.Type == "postback" && missing(h.Postback), h.Type == "unsend" && missing(h.Unsend):
		return "no " + h.Type
	case h.Source != nil && h.Source.UserID != "" && !name(h.Source.UserID),
		h.Message != nil && h.Message.ID != "" && !name(h.Message.ID):
		return "an identifier that cannot be one"
	}
	return ""
}

// name says whether a text can be an identifier.
func name(s string) bool {
	return s != "" && len(s) <= longestName && !strings.ContainsRune(s, 0)
}

// at is when the event happened by LINE's clock, or when it was received if that cannot be.
func (h head) at(received time.Time) time.Time {
	at := time.UnixMilli(h.Timestamp)
	if at.Year() < 2011 || at.After(received.Add(24*time.Hour)) { // LINE began in 2011
		return received
	}
	return at
}
