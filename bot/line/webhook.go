// Package line is the LINE channel: webhooks in, replies and pushes out, content, and the drawing
// of cards as Flex messages. Nothing else in the program knows LINE's SDK or formats.
package line

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/secret"
)

// answerTime is when LINE has its answer at the latest, whatever the database does; after 2 s it would
// count us as failing (line.md 1.1).
const answerTime = 1400 * time.Millisecond

// Intake stores events durably, each with its job; bot.Intake does.
type Intake interface {
	Store(ctx context.Context, events []bot.Raw) error
}

// Webhook receives what LINE delivers. It answers 200 only when every event is durable.
type Webhook struct {
	accounts accounts
	intake   Intake
	log      *slog.Logger
	now      func() time.Time
	count    func(outcome string) // for metrics
	bodies   bodies
}

// NewWebhook returns the handler of POST /line/webhook. Count is told the outcome of each delivery:
// stored, empty, unsigned, unknown_destination, malformed, too_large, unreadable or not_stored.
func NewWebhook(db agencies.DB, box secret.Box, intake Intake, log *slog.Logger, now func() time.Time, count func(outcome string)) *Webhook {
	return &Webhook{accounts: accounts{db: db, box: box, log: log, now: now}, intake: intake, log: log, now: now, count: count}
}

// ServeHTTP verifies the signature over the raw bytes before anything else is believed
// (line.md 1.2), splits the delivery into events and stores them.
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	received := h.now()
	body, give, err := h.bodies.read(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		h.log.ErrorContext(r.Context(), "line webhook too large", "limit", tooLarge.Limit)
		h.answer(w, http.StatusRequestEntityTooLarge, "too_large")
		return
	case errors.Is(err, errCrowded):
		h.log.ErrorContext(r.Context(), "line webhook refused: too many large ones at once")
		h.answer(w, http.StatusServiceUnavailable, "not_stored")
		return
	case err != nil:
		h.answer(w, http.StatusBadRequest, "unreadable")
		return
	}
	stored := true // or nobody has it any more
	defer func() { give(stored) }()
	channel, err := h.verify(r, body)
	switch {
	case errors.Is(err, errUnsigned):
		h.log.WarnContext(r.Context(), "line webhook refused: the signature is missing or wrong", "bytes", len(body))
		h.answer(w, http.StatusUnauthorized, "unsigned")
		return
	case errors.Is(err, errUnknownDestination):
		h.log.ErrorContext(r.Context(), "line webhook refused: it is for an account that is not set up here", "bytes", len(body))
		h.answer(w, http.StatusUnauthorized, "unknown_destination")
		return
	case err != nil:
		h.log.ErrorContext(r.Context(), "line accounts cannot be read", "err", err)
		h.answer(w, http.StatusServiceUnavailable, "not_stored")
		return
	}
	events, err := split(body, int64(channel.ID), received)
	if err != nil {
		h.log.WarnContext(r.Context(), "line webhook is not an envelope", "channel", channel.ID, "bytes", len(body))
		h.answer(w, http.StatusBadRequest, "malformed")
		return
	}
	if len(body) > nearLimit {
		h.log.ErrorContext(r.Context(), "line webhook is near the limit of its size", "channel", channel.ID, "events", len(events), "bytes", len(body), "limit", BodyLimit)
	}
	if len(events) == 0 { // the console's "Verify" button
		h.answer(w, http.StatusOK, "empty")
		return
	}
	ctx := r.Context()
	if late := h.now().Sub(received); late > answerTime/10 { // the accounts had to be read
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTime-late)
		defer cancel()
	}
	if err := h.intake.Store(ctx, events); err != nil {
		stored = false
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
	_, _ = io.WriteString(w, "{}")
}

// Why a delivery is not believed.
var (
	errUnsigned           = errors.New("the signature is missing or wrong")
	errUnknownDestination = errors.New("no account of that destination")
)

// verify returns the channel whose secret signed the body.
func (h *Webhook) verify(r *http.Request, body []byte) (agencies.Channel, error) {
	signature, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Line-Signature"))
	if err != nil || len(signature) != sha256.Size {
		return agencies.Channel{}, errUnsigned
	}
	named, now := destination(body), h.now()
	for list := h.accounts.list(r.Context()); ; {
		if list != nil {
			if c, ok := list.signer(named, body, signature, now); ok {
				return c, nil
			}
		}
		// An account may be new, or its secret.
		newer, err := h.accounts.newer(r.Context(), list)
		switch {
		case err != nil:
			return agencies.Channel{}, err
		case newer != nil:
			list = newer
			continue
		}
		if _, known := list.byDestination[named]; !known && named != "" {
			return agencies.Channel{}, errUnknownDestination
		}
		return agencies.Channel{}, errUnsigned
	}
}

// What a body that names no account may cost: the old console's test deliveries are short, and are
// tried on no more accounts than this.
const (
	maxUnnamed      = 64
	maxUnnamedBytes = 8 << 10
)

// signer returns the account that the body is for and whose secret signed it.
func (l *accountList) signer(destination string, body, signature []byte, now time.Time) (agencies.Channel, bool) {
	if destination != "" {
		c, ok := l.byDestination[destination]
		return c, ok && signedFor(c, body, signature, now)
	}
	if len(body) > maxUnnamedBytes {
		return agencies.Channel{}, false
	}
	for _, c := range l.all[:min(len(l.all), maxUnnamed)] {
		if signedFor(c, body, signature, now) {
			return c, true
		}
	}
	return agencies.Channel{}, false
}

// signedFor says whether the signature is LINE's for an account: under its secret, or under the
// one before while both hold.
func signedFor(c agencies.Channel, body, signature []byte, now time.Time) bool {
	return signedBy(c.Secret, body, signature) || (now.Before(c.OldUntil) && signedBy(c.OldSecret, body, signature))
}

// signedBy says whether the signature is LINE's for the body under a channel's secret. An empty
// secret signs nothing: HMAC would accept it (line.md row 4).
func signedBy(channelSecret string, body, signature []byte) bool {
	if channelSecret == "" {
		return false
	}
	mac := hmac.New(sha256.New, []byte(channelSecret))
	mac.Write(body)
	var sum [sha256.Size]byte
	return hmac.Equal(mac.Sum(sum[:0]), signature)
}

// destination reads, from bytes nobody has verified yet, which account they claim to be for. It
// serves only to choose the secret to verify with. LINE writes it first, so that the rest need not
// be looked at before the signature holds.
func destination(body []byte) string {
	var named string
	members(body, func(key, value []byte) bool {
		if string(key) != "destination" {
			return true
		}
		named, _ = text(value)
		return false
	})
	return named
}
