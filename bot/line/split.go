package line

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"saphan/bot"
)

// split takes an envelope apart into raw events, whose bodies are parts of it. One bad event is put
// into quarantine and does not touch the others; a body that is no envelope is an error.
func split(body []byte, channel int64, received time.Time) ([]bot.Raw, error) {
	var list []byte
	if !json.Valid(body) || !members(body, func(key, value []byte) bool {
		if string(key) == "events" {
			list = value
		}
		return true
	}) {
		return nil, errNoEnvelope
	}
	if list == nil || string(list) == "null" {
		return nil, nil
	}
	var events []bot.Raw
	if !elements(list, func(raw []byte) {
		if e, ok := rawEvent(raw, channel, received); ok {
			events = append(events, e)
		}
	}) {
		return nil, errNoEnvelope
	}
	return events, nil
}

var errNoEnvelope = errors.New("not a webhook envelope")

// head is what intake needs of an event; everything else is read by the job.
type head struct {
	id, kind   string
	at         int64  // ms
	source     []byte // the parts as they stand in the event, nil when missing or null
	message    []byte
	postback   []byte
	unsend     []byte
	sourceKind string
	user       string
	messageID  string
}

// headOf reads an event. ok is false when what stands there is of another kind than it must be.
func headOf(raw []byte) (h head, ok bool) {
	fine := true
	read := func(into *string, value []byte) {
		s, is := text(value)
		*into, fine = s, fine && is
	}
	part := func(value []byte) []byte {
		if string(value) == "null" {
			return nil
		}
		return value
	}
	fine = members(raw, func(key, value []byte) bool {
		switch string(key) {
		case "webhookEventId":
			read(&h.id, value)
		case "type":
			read(&h.kind, value)
		case "timestamp":
			n, is := milliseconds(value)
			h.at, fine = n, fine && is
		case "source":
			h.source = part(value)
		case "message":
			h.message = part(value)
		case "postback":
			h.postback = part(value)
		case "unsend":
			h.unsend = part(value)
		}
		return true
	}) && fine
	if h.source != nil {
		fine = members(h.source, func(key, value []byte) bool {
			switch string(key) {
			case "type":
				read(&h.sourceKind, value)
			case "userId":
				read(&h.user, value)
			}
			return true
		}) && fine
	}
	if h.message != nil {
		fine = members(h.message, func(key, value []byte) bool {
			if string(key) == "id" {
				read(&h.messageID, value)
			}
			return true
		}) && fine
	}
	return h, fine
}

// milliseconds reads a timestamp, 0 for null. It only tells the order of what a person said, so that another
// way of writing the number must not cost the event itself.
func milliseconds(value []byte) (n int64, ok bool) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err == nil || string(value) == "null" {
		return n, true
	}
	f, err := strconv.ParseFloat(strings.Trim(string(value), `"`), 64)
	return int64(f), err == nil
}

// dummyUser is the person in the test deliveries of LINE's old console (line.md 1.3).
const dummyUser = "Udeadbeefdeadbeefdeadbeefdeadbeef"

// longestName bounds identifiers, in bytes. LINE's are far shorter; longer ones cannot be indexed.
const longestName = 256

// rawEvent reads the head of one event. ok is false for a dummy of the console.
func rawEvent(raw []byte, channel int64, received time.Time) (e bot.Raw, ok bool) {
	e = bot.Raw{ChannelID: channel, At: received, ReceivedAt: received, Body: raw}
	h, readable := headOf(raw)
	if h.user == dummyUser {
		return bot.Raw{}, false
	}
	if readable && h.kind != "" && name(h.id) {
		e.EventID, e.Problem, e.At = h.id, h.problem(), h.time(received)
	} else {
		// It has no name to recognise it by when it comes again: its own bytes are its name.
		sum := sha256.Sum256(raw)
		e.EventID, e.Problem = "sha256:"+base64.RawURLEncoding.EncodeToString(sum[:]), "not a webhook event"
	}
	// A conversation is with one person; of a chat of several nothing is kept but that it happened
	// (line.md 5.2), not in quarantine either.
	if h.sourceKind == "group" || h.sourceKind == "room" {
		var err error
		if e.Body, err = withoutPeople(raw); err != nil {
			e.Problem = "not a webhook event"
		}
		return e, true
	}
	// In quarantine too it is said whose and which message it is, as far as that can be read: no unsend and no
	// erasure would find its words otherwise.
	if h.sourceKind == "user" && name(h.user) {
		e.Source = h.user
	}
	// An unsend names a message too, but is not it: it must outlive it.
	if (h.kind == "message" || h.kind == "messageEdited") && name(h.messageID) {
		e.MessageID = h.messageID
	}
	return e, true
}

// problem says why an event of a known type can never be worked on; empty when it can.
func (h head) problem() string {
	switch h.kind {
	case "message", "messageEdited", "postback", "unsend", "follow", "unfollow":
		if h.source == nil {
			return "no source"
		}
	}
	switch {
	case (h.kind == "message" || h.kind == "messageEdited") && h.message == nil, h.kind == "postback" && h.postback == nil, h.kind == "unsend" && h.unsend == nil:
		return "no " + h.kind
	case h.user != "" && !name(h.user), h.messageID != "" && !name(h.messageID):
		return "an identifier that cannot be one"
	}
	return ""
}

// name says whether a text can be an identifier.
func name(s string) bool {
	return s != "" && len(s) <= longestName && !strings.ContainsRune(s, 0)
}

// time is when the event happened by LINE's clock, or when it was received if that cannot be.
func (h head) time(received time.Time) time.Time {
	at := time.UnixMilli(h.at)
	if at.Year() < 2011 || at.After(received.Add(24*time.Hour)) { // LINE began in 2011
		return received
	}
	return at
}
