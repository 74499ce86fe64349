// Package line is the LINE channel: webhooks in, replies and pushes out, content, and the drawing
// of cards as Flex messages. Nothing else in the program knows LINE's SDK or formats.
package line

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/secret"
)

// BodyLimit is the largest webhook body that is read, in bytes. LINE publishes none.
const BodyLimit = 2 << 20

// Intake stores events durably, each with its job; bot.Intake does.
type Intake interface {
	Store(ctx context.Context, events []bot.Raw) error
}

// Webhook receives what LINE delivers. It answers 200 only when every event is durable.
type Webhook struct {
	db     agencies.DB
	box    secret.Box
	intake Intake
	log    *slog.Logger
	now    func() time.Time
	count  func(outcome string) // for metrics

	mu       sync.Mutex
	channels map[string]agencies.Channel // by destination
	loadedAt time.Time
}

// NewWebhook returns the handler of POST /line/webhook. Count is told the outcome of each delivery.
func NewWebhook(db agencies.DB, box secret.Box, intake Intake, log *slog.Logger, now func() time.Time, count func(outcome string)) *Webhook {
	return &Webhook{db: db, box: box, intake: intake, log: log, now: now, count: count}
}

// ServeHTTP verifies the signature over the raw bytes before anything else is believed
// (line.md 1.2), splits the delivery into events and stores them.
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	received := h.now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, BodyLimit))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			h.log.WarnContext(r.Context(), "line webhook too large", "limit", tooLarge.Limit)
			h.answer(w, http.StatusRequestEntityTooLarge, "too_large")
			return
		}
		h.answer(w, http.StatusBadRequest, "unreadable")
		return
	}
	channel, status := h.verify(r, body)
	if status != http.StatusOK {
		h.answer(w, status, "unsigned")
		return
	}
	events, err := split(body, int64(channel.ID), received)
	if err != nil {
		h.log.WarnContext(r.Context(), "line webhook is not an envelope", "channel", channel.ID, "bytes", len(body))
		h.answer(w, http.StatusBadRequest, "malformed")
		return
	}
	if len(events) == 0 { // the console's "Verify" button
		h.answer(w, http.StatusOK, "empty")
		return
	}
	if err := h.intake.Store(r.Context(), events); err != nil {
		h.log.ErrorContext(r.Context(), "line webhook not stored", "channel", channel.ID, "events", len(events), "err", err)
		h.answer(w, http.StatusServiceUnavailable, "not_stored")
		return
	}
	h.answer(w, http.StatusOK, "stored")
}

func (h *Webhook) answer(w http.ResponseWriter, status int, outcome string) {
	h.count(outcome)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "{}") //nolint:errcheck // the caller has hung up: it will deliver again
}

// verify returns the channel whose secret signed the body, or the status to answer.
func (h *Webhook) verify(r *http.Request, body []byte) (agencies.Channel, int) {
	signature, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Line-Signature"))
	if err != nil || len(signature) != sha256.Size {
		return agencies.Channel{}, http.StatusUnauthorized
	}
	channels, err := h.known(r.Context(), destination(body))
	if err != nil {
		h.log.ErrorContext(r.Context(), "line channels cannot be read", "err", err)
		return agencies.Channel{}, http.StatusServiceUnavailable
	}
	for _, c := range channels {
		if signedBy(c.Secret, body, signature) {
			return c, http.StatusOK
		}
	}
	return agencies.Channel{}, http.StatusUnauthorized
}

// signedBy says whether the signature is LINE's for the body under a channel's secret. An empty
// secret signs nothing: HMAC would accept it (line.md row 4).
func signedBy(channelSecret string, body, signature []byte) bool {
	if channelSecret == "" {
		return false
	}
	mac := hmac.New(sha256.New, []byte(channelSecret))
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), signature)
}

// destination reads, from bytes nobody has verified yet, which account they claim to be for. It
// serves only to choose the secret to verify with.
func destination(body []byte) string {
	var envelope struct {
		Destination string `json:"destination"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		return ""
	}
	return envelope.Destination
}

// channelsFor is how long the list of channels is believed; an unknown destination reads it again,
// but not more often than every two seconds.
const (
	channelsFor   = time.Minute
	channelsRetry = 2 * time.Second
)

// maxUnnamed bounds the accounts that a body without a destination is tried on.
const maxUnnamed = 64

// known returns the channels that a delivery may belong to: the one it names, or, for the old
// console's test deliveries which name none, the first few.
func (h *Webhook) known(ctx context.Context, destination string) ([]agencies.Channel, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, found := h.channels[destination]
	age := h.now().Sub(h.loadedAt)
	if h.channels == nil || age > channelsFor || (!found && destination != "" && age > channelsRetry) {
		if err := h.load(ctx); err != nil {
			if h.channels == nil {
				return nil, err
			}
			h.log.WarnContext(ctx, "line channels could not be read again", "err", err)
		}
	}
	if destination != "" {
		if c, ok := h.channels[destination]; ok {
			return []agencies.Channel{c}, nil
		}
		return nil, nil
	}
	var all []agencies.Channel
	for _, c := range h.channels {
		if len(all) < maxUnnamed {
			all = append(all, c)
		}
	}
	return all, nil
}

func (h *Webhook) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var channels []agencies.Channel
	err := agencies.Everywhere(ctx, h.db, func(tx tx) (err error) {
		channels, err = agencies.Channels(ctx, tx, h.box, Kind)
		return err
	})
	if err != nil {
		return err
	}
	h.channels, h.loadedAt = make(map[string]agencies.Channel, len(channels)), h.now()
	for _, c := range channels {
		h.channels[c.Destination] = c
	}
	return nil
}

// Kind is how channels of this package are marked in the database.
const Kind = "line"

// dummyUser begins the user IDs in the test deliveries of LINE's old console (line.md 1.3).
const dummyUser = "Udeadbeef"

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
	EventID   string `json:"webhookEventId"`
	Type      string `json:"type"`
	Timestamp int64  `json:"timestamp"` // ms
	Source    *struct {
		Type   string `json:"type"`
		UserID string `json:"userId"`
	} `json:"source"`
	Message *struct {
		ID string `json:"id"`
	} `json:"message"`
	Unsend *struct {
		MessageID string `json:"messageId"`
	} `json:"unsend"`
}

// rawEvent reads the head of one event. ok is false for a dummy of the console.
func rawEvent(raw json.RawMessage, channel int64, received time.Time) (e bot.Raw, ok bool) {
	e = bot.Raw{ChannelID: channel, At: received, ReceivedAt: received, Body: raw}
	var h head
	if err := json.Unmarshal(raw, &h); err != nil || h.EventID == "" || h.Type == "" {
		// It has no name to recognise it by when it comes again: its own bytes are its name.
		sum := sha256.Sum256(raw)
		e.EventID = "sha256:" + base64.RawURLEncoding.EncodeToString(sum[:])
		e.Problem = "not a webhook event"
		if h.Source != nil && strings.HasPrefix(h.Source.UserID, dummyUser) {
			return bot.Raw{}, false
		}
		return e, true
	}
	e.EventID = h.EventID
	if h.Timestamp > 0 {
		e.At = time.UnixMilli(h.Timestamp)
	}
	// A conversation is with one person; in groups and rooms the bot has none (line.md 5.2).
	if h.Source != nil && h.Source.Type == "user" {
		if strings.HasPrefix(h.Source.UserID, dummyUser) {
			return bot.Raw{}, false
		}
		e.Source = h.Source.UserID
	}
	switch {
	case h.Message != nil && h.Type == "message":
		e.MessageID = h.Message.ID
	case h.Unsend != nil:
		// The unsend itself is not the message: it must survive the message's erasure.
		e.MessageID = ""
	}
	if strings.ContainsRune(e.EventID+e.Source+e.MessageID, 0) {
		e.EventID, e.Source, e.MessageID = strings.ReplaceAll(e.EventID, "\x00", "?"), "", ""
		e.Problem = "zero byte in an identifier"
	}
	return e, true
}
