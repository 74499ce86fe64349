// Package line is the LINE channel: webhooks in, replies and pushes out, content, and the drawing
// of cards as Flex messages. Nothing else in the program knows LINE's SDK or formats.
package line

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
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
	alarms   alarms
}

// NewWebhook returns the handler of POST /line/webhook. Count is told the outcome of each delivery:
// stored, quarantined (stored, but something in it can never be worked on), empty, unsigned, wrong_secret,
// unknown_destination, malformed, too_large, unreadable or not_stored.
func NewWebhook(db agencies.DB, box secret.Box, intake Intake, log *slog.Logger, now func() time.Time, count func(outcome string)) *Webhook {
	return &Webhook{accounts: accounts{db: db, box: box, log: log, now: now}, intake: intake, log: log, now: now, count: count, bodies: bodies{limit: BodyLimit}}
}

// LetIn sets the largest body that is read, in bytes, before the first is; 0 is BodyLimit.
func (h *Webhook) LetIn(limit int64) { h.bodies.limit = cmp.Or(limit, BodyLimit) }

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
	if err != nil {
		h.refuse(w, r, body, channel.ID, err)
		return
	}
	events, err := split(body, int64(channel.ID), received)
	if err != nil {
		h.log.WarnContext(r.Context(), "line webhook is not an envelope", "channel", channel.ID, "bytes", len(body))
		h.answer(w, http.StatusBadRequest, "malformed")
		return
	}
	if int64(len(body)) > h.bodies.limit/2 { // somebody should know before LINE sends more than is read
		h.log.ErrorContext(r.Context(), "line webhook is near the limit of its size", "channel", channel.ID, "events", len(events), "bytes", len(body), "limit", h.bodies.limit)
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
	if n, why := quarantined(events); n > 0 {
		// It is stored and answered, and nobody would ever see it.
		h.log.WarnContext(r.Context(), "line webhook stored with events in quarantine", "channel", channel.ID, "events", n, "problems", why)
		h.answer(w, http.StatusOK, "quarantined")
		return
	}
	h.answer(w, http.StatusOK, "stored")
}

// quarantined counts the events that can never be worked on, and says why in words of ours, each once.
func quarantined(events []bot.Raw) (n int, why []string) {
	for _, e := range events {
		if e.Problem == "" {
			continue
		}
		if n++; !slices.Contains(why, e.Problem) {
			why = append(why, e.Problem)
		}
	}
	return n, why
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
	errWrongSecret        = errors.New("the secret of the account has not signed it")
	errUnknownDestination = errors.New("no account of that destination")
	errShut               = errors.New("the account has no secret that can be opened")
)

// refuse answers a delivery that is not believed: for that channel, when it is for one of ours. Anybody may send
// such, as often as he likes: what should wake somebody is told once a minute, and counted each time.
func (h *Webhook) refuse(w http.ResponseWriter, r *http.Request, body []byte, channel agencies.ChannelID, err error) {
	ctx := r.Context()
	switch {
	case errors.Is(err, errUnsigned):
		h.log.WarnContext(ctx, "line webhook refused: the signature is missing or wrong", "bytes", len(body))
		h.answer(w, http.StatusUnauthorized, "unsigned")
	case errors.Is(err, errWrongSecret):
		if h.alarms.due(channel, h.now()) {
			h.log.ErrorContext(ctx, "line webhook refused: the channel's secret has not signed it; was it reissued in LINE's console?", "channel", channel, "bytes", len(body))
		}
		h.answer(w, http.StatusUnauthorized, "wrong_secret")
	case errors.Is(err, errUnknownDestination):
		if h.alarms.due(nobodys, h.now()) {
			h.tellStray(r, body)
		}
		h.answer(w, http.StatusUnauthorized, "unknown_destination")
	case errors.Is(err, errShut): // whoever read the accounts has told it
		h.answer(w, http.StatusServiceUnavailable, "not_stored")
	default:
		h.log.ErrorContext(ctx, "line accounts cannot be read", "err", err)
		h.answer(w, http.StatusServiceUnavailable, "not_stored")
	}
}

// tellStray tells of a delivery for an account that is not set up here. When a secret of ours signed it, one is
// set up under another name than LINE's; otherwise it may be any stranger's.
func (h *Webhook) tellStray(r *http.Request, body []byte) {
	ctx := r.Context()
	if list := h.accounts.list(ctx); list != nil {
		if c, ok := list.search(body, signatureOf(r), h.now()); ok {
			h.log.ErrorContext(ctx, "line webhook refused: the channel's secret signed it, but it is for an account that is not set up here", "channel", c.ID, "bytes", len(body))
			return
		}
	}
	h.log.WarnContext(ctx, "line webhook refused: it is for an account that is not set up here", "bytes", len(body))
}

// signatureOf returns what a delivery is signed with, nil when that can be no signature.
func signatureOf(r *http.Request) []byte {
	signature, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Line-Signature"))
	if err != nil || len(signature) != sha256.Size {
		return nil
	}
	return signature
}

// verify returns the channel whose secret signed the body. With errWrongSecret it is the one whose secret
// should have.
func (h *Webhook) verify(r *http.Request, body []byte) (agencies.Channel, error) {
	signature := signatureOf(r)
	if signature == nil {
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
		return list.unsigned(named)
	}
}

// unsigned says why a delivery is not believed that no secret of the account signed which it names.
func (l *accountList) unsigned(destination string) (agencies.Channel, error) {
	c, known := l.byDestination[destination]
	switch {
	case known:
		return c, errWrongSecret
	case l.shut[destination]:
		return agencies.Channel{}, errShut
	case destination != "":
		return agencies.Channel{}, errUnknownDestination
	}
	return agencies.Channel{}, errUnsigned
}

// What it may cost to look for the account that signed a body: as much as to hash two of the largest that are
// read. The old console's test deliveries name no account; they are shorter than 1 KiB, and tried on thousands.
const (
	mostSearched = 8 << 10       // bytes of a body
	searchBytes  = 2 * BodyLimit // that are hashed
	hashBytes    = 512           // that one signature costs besides the body's own
)

// signer returns the account that the body is for and whose secret signed it.
func (l *accountList) signer(destination string, body, signature []byte, now time.Time) (agencies.Channel, bool) {
	if destination == "" {
		return l.search(body, signature, now)
	}
	c, ok := l.byDestination[destination]
	return c, ok && signedFor(c, body, signature, now)
}

// search returns the account whose secret signed a body, whichever it is for.
func (l *accountList) search(body, signature []byte, now time.Time) (agencies.Channel, bool) {
	if len(body) > mostSearched {
		return agencies.Channel{}, false
	}
	for _, c := range l.all[:min(len(l.all), searchBytes/(len(body)+hashBytes))] {
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
