package line

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"regexp"
	"time"

	"github.com/google/uuid"

	"saphan/devkit/line/strict"
)

// retryHeader carries the retry key (section 2.4).
const retryHeader = "X-Line-Retry-Key"

// acceptedHeader names the request that was accepted under the same retry key.
const acceptedHeader = "X-Line-Accepted-Request-Id"

// How many people one call reaches at most.
const maxMulticast = 500

// unitForm is the name of an aggregation unit.
var unitForm = regexp.MustCompile(`^[a-zA-Z0-9_]{1,30}$`)

// sendBody is the body of every send call; each uses its part of it.
type sendBody struct {
	ReplyToken             *string           `json:"replyToken"`
	To                     json.RawMessage   `json:"to"`
	Messages               []json.RawMessage `json:"messages"`
	NotificationDisabled   bool              `json:"notificationDisabled"`
	CustomAggregationUnits []string          `json:"customAggregationUnits"`
	Recipient              json.RawMessage   `json:"recipient"`
	Filter                 json.RawMessage   `json:"filter"`
	Limit                  *narrowLimit      `json:"limit"`
}

// sendFields are the properties that each call knows.
func sendFields(kind string) []string {
	switch kind {
	case "reply":
		return []string{"replyToken", "messages", "notificationDisabled"}
	case "broadcast":
		return []string{"messages", "notificationDisabled"}
	case "narrowcast":
		return []string{"messages", "recipient", "filter", "limit", "notificationDisabled"}
	case "pnp":
		return []string{"to", "messages", "customAggregationUnits", "notificationDisabled"}
	case "validate":
		return []string{"messages"}
	default:
		return []string{"to", "messages", "notificationDisabled", "customAggregationUnits"}
	}
}

// readSend parses and checks what all send calls share: fields, aggregation units, messages.
func (s *Simulator) readSend(r *request, kind string) (sendBody, answer, bool) {
	var b sendBody
	if a, fine := r.parse(&b, sendFields(kind)...); !fine {
		return b, a, false
	}
	for i, u := range b.CustomAggregationUnits {
		if i > 0 || !unitForm.MatchString(u) {
			return b, oneProblem("Must be one name of up to 30 letters, digits or underscores", "customAggregationUnits"), false
		}
	}
	if err := strict.Messages(b.Messages, r.options); err != nil {
		return b, refuseCheck(err), false
	}
	return b, answer{}, true
}

// readKeyed is readSend of a call that takes a retry key, empty when it has none.
func (s *Simulator) readKeyed(r *request, kind string) (key string, b sendBody, a answer, fine bool) {
	if key, a, fine = s.retryKey(r); !fine {
		return key, b, a, false
	}
	b, a, fine = s.readSend(r, kind)
	return key, b, a, fine
}

// reply answers POST /v2/bot/message/reply (section 2.3).
func (s *Simulator) reply(r *request) answer {
	if _, sent := r.Header[retryHeader]; sent {
		// The status is documented, the words are not (UNCONFIRMED).
		return refuse(http.StatusBadRequest, "The X-Line-Retry-Key header is not supported by this API")
	}
	b, a, fine := s.readSend(r, "reply")
	if !fine {
		if b.ReplyToken != nil {
			s.mu.Lock()
			s.spendRefused(r, *b.ReplyToken)
			s.mu.Unlock()
		}
		return a
	}
	if b.ReplyToken == nil || *b.ReplyToken == "" {
		return invalidProperty("replyToken")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.state.replies.row(*b.ReplyToken)
	if !known || t.Channel != r.channel.Destination || !t.good(r.now) {
		return refuse(http.StatusBadRequest, "Invalid reply token")
	}
	if a, fine := s.fits(r.channel, b.Messages, t.Chat); !fine {
		s.spendRefused(r, *b.ReplyToken)
		return a
	}
	t.Used = true
	s.state.replies.put(*b.ReplyToken, t)
	people := int64(1)
	if u, alone := s.state.users.row(t.Chat); alone && (u.Deleted || s.state.friend(r.channel.Destination, t.Chat).Blocked) {
		people = 0 // accepted, and nobody sees it
	}
	sent, err := s.deliverOrDrop(r.channel, t.Chat, b.Messages, "reply", people, r.now)
	if err != nil {
		return s.broken(err)
	}
	s.count(r.channel, "reply", r.now, 0, 1)
	return ok(map[string]any{"sentMessages": sent})
}

// good says whether the token still works: unused, within a minute of the last delivery of its
// event and within twenty minutes of the event.
func (t replyRow) good(now time.Time) bool {
	return !t.Used && now.Sub(t.DeliveredAt) <= replyLife && now.Sub(t.EventAt) <= replyLimit
}

// spendRefused uses up the token of a reply that is refused for its messages. Whether LINE does so is
// UNCONFIRMED (strict.GuessRefusedReply). The caller holds the lock.
func (s *Simulator) spendRefused(r *request, token string) {
	t, known := s.state.replies.row(token)
	if known && t.Channel == r.channel.Destination && r.options.Applies(strict.GuessRefusedReply) {
		t.Used = true
		s.state.replies.put(token, t)
	}
}

// broken is the answer when the simulator itself fails.
func (s *Simulator) broken(err error) answer {
	s.logger.Error("line simulator: call failed", "err", err)
	return refuse(http.StatusInternalServerError, "Internal server error")
}

// retryKey reads the retry key of the call; empty means none. An empty header is sent by the
// official SDK; whether LINE takes it for none is UNCONFIRMED, so it is noted in the record.
func (s *Simulator) retryKey(r *request) (string, answer, bool) {
	values, sent := r.Header[retryHeader]
	if !sent {
		return "", answer{}, true
	}
	if len(values) != 1 || values[0] == "" {
		if !r.options.Applies(strict.GuessEmptyRetryKey) {
			return "", invalidRetryKey(), false
		}
		r.warn("empty X-Line-Retry-Key")
		return "", answer{}, true
	}
	if _, err := uuid.Parse(values[0]); (err != nil || len(values[0]) != 36) && r.options.Applies(strict.GuessRetryKeyForm) {
		return "", invalidRetryKey(), false
	}
	return values[0], answer{}, true
}

func invalidRetryKey() answer {
	return refuse(http.StatusBadRequest, "The value for the 'X-Line-Retry-Key' header is invalid")
}

// accepted answers a call whose retry key was accepted before. The caller holds the lock.
func (s *Simulator) accepted(r *request, key, path string) (answer, bool) {
	row, known := s.state.retries.row(pair(r.channel.Destination, key))
	if key == "" || !known || row.over(r.now) {
		return answer{}, false
	}
	if row.Sum != digest(path, r.body) {
		r.warn("retry key used with another request")
	}
	body := map[string]any{"message": "The retry key is already accepted"}
	if len(row.Sent) > 0 {
		body["sentMessages"] = row.Sent
	}
	return answer{
		status: http.StatusConflict, body: body,
		header: map[string]string{acceptedHeader: row.Request.String()},
	}, true
}

// accept remembers an accepted call by its retry key. The caller holds the lock.
func (s *Simulator) accept(r *request, key, path string, sent []sentMessage) {
	if key == "" {
		return
	}
	id, err := uuid.Parse(r.id)
	if err != nil {
		s.logger.Error("line simulator: request ID not readable", "err", err) // it is our own
	}
	s.state.remember(pair(r.channel.Destination, key), retryRow{
		Millis: r.now.UnixMilli(), Request: id, Sent: sent, Sum: digest(path, r.body),
	})
}

// digest tells requests apart.
func digest(path string, body []byte) uint64 {
	h := fnv.New64a()
	h.Write([]byte(path)) // a hash never refuses
	h.Write(body)
	return h.Sum64()
}

// push answers POST /v2/bot/message/push.
func (s *Simulator) push(r *request) answer {
	key, b, a, fine := s.readKeyed(r, "push")
	if !fine {
		return a
	}
	var to string
	if err := json.Unmarshal(b.To, &to); err != nil || !userIDForm.MatchString(to) && !isChatID(r.options, to) {
		return invalidProperty("to")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, before := s.accepted(r, key, "push"); before {
		return a
	}
	chat, people, known := s.receivers(r.channel, to, r.now)
	if !known {
		return refuse(http.StatusBadRequest, "Failed to send messages")
	}
	if a, fine := s.fits(r.channel, b.Messages, chat); !fine {
		return a
	}
	if !s.afford(r.channel, people, r.now) {
		return refuse(http.StatusTooManyRequests, monthlyLimit)
	}
	if n := s.settings.PerUser; n > 0 && !s.take("to "+pair(r.channel.Destination, chat), limit{float64(n), time.Minute}, r.now) {
		return refuse(http.StatusTooManyRequests, tooManyToOne)
	}
	sent, err := s.deliverOrDrop(r.channel, chat, b.Messages, "push", people, r.now)
	if err != nil {
		return s.broken(err)
	}
	s.count(r.channel, "push", r.now, people, people)
	s.countUnits(r.channel, b.CustomAggregationUnits, r.now)
	s.accept(r, key, "push", sent)
	return ok(map[string]any{"sentMessages": sent})
}

// receivers finds the chat of a push and how many people it reaches. The caller holds the lock.
func (s *Simulator) receivers(c Channel, to string, now time.Time) (chat string, people int64, known bool) {
	if u, ok := s.userByLineID(c, to); ok {
		if s.reachable(c, u.ID, now) {
			return u.ID, 1, true
		}
		return u.ID, 0, true
	}
	g, ok := s.state.groups.row(to)
	if !ok || g.Left || g.Channel != c.Destination {
		return "", 0, false
	}
	return g.ID, s.present(g), true
}

// present is how many people there are to see what is sent to the group: a deleted account stays on
// the list, and nobody looks at it. The caller holds the lock.
func (s *Simulator) present(g groupRow) int64 {
	var n int64
	for _, m := range g.Members {
		if u, known := s.state.users.row(m); known && !u.Deleted {
			n++
		}
	}
	return n
}

// reachable says whether a push reaches the user: friends, and others who wrote within seven days.
func (s *Simulator) reachable(c Channel, user string, now time.Time) bool {
	f := s.state.friend(c.Destination, user)
	u, known := s.state.users.row(user)
	return known && !u.Deleted && !f.Blocked && (f.Following || !f.WroteAt.IsZero() && now.Sub(f.WroteAt) <= reachLife)
}

// deliverOrDrop shows the messages, or only makes up their IDs when they reach nobody: LINE
// answers 200 in both cases.
func (s *Simulator) deliverOrDrop(c Channel, chat string, messages []json.RawMessage, via string, people int64, now time.Time) ([]sentMessage, error) {
	if people > 0 {
		return s.showMessages(c, chat, messages, via, now)
	}
	s.calls.count(func(t *tally) { t.Unseen += int64(len(messages)) })
	sent := make([]sentMessage, len(messages))
	for i := range messages {
		sent[i] = sentMessage{ID: s.messageID()}
	}
	return sent, nil
}

// multicast answers POST /v2/bot/message/multicast.
func (s *Simulator) multicast(r *request) answer {
	key, b, a, fine := s.readKeyed(r, "multicast")
	if !fine {
		return a
	}
	var to []string
	if err := json.Unmarshal(b.To, &to); err != nil {
		return invalidProperty("to")
	}
	if len(to) < 1 || len(to) > maxMulticast {
		return oneProblem(fmt.Sprintf("Size must be between 1 and %d", maxMulticast), "to")
	}
	for i, id := range to {
		if !userIDForm.MatchString(id) {
			return invalidProperty(fmt.Sprintf("to[%d]", i))
		}
	}
	return s.sendToMany(r, key, b, to, "multicast")
}

// broadcast answers POST /v2/bot/message/broadcast.
func (s *Simulator) broadcast(r *request) answer {
	key, b, a, fine := s.readKeyed(r, "broadcast")
	if !fine {
		return a
	}
	s.mu.Lock()
	to := s.followers(r.channel)
	s.mu.Unlock()
	return s.sendToMany(r, key, b, to, "broadcast")
}

// sendToMany sends to those of the users who are friends of the account.
func (s *Simulator) sendToMany(r *request, key string, b sendBody, to []string, kind string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, before := s.accepted(r, key, kind); before {
		return a
	}
	if a, fine := s.fits(r.channel, b.Messages, ""); !fine {
		return a
	}
	var friends []string
	seen := map[string]bool{}
	for _, id := range to {
		u, known := s.userByLineID(r.channel, id)
		f := s.state.friend(r.channel.Destination, u.ID)
		if known && !u.Deleted && !seen[u.ID] && f.Following && !f.Blocked {
			friends = append(friends, u.ID)
		}
		seen[u.ID] = true
	}
	people := int64(len(friends))
	if !s.afford(r.channel, people, r.now) {
		return refuse(http.StatusTooManyRequests, monthlyLimit)
	}
	for _, u := range friends {
		if _, err := s.showMessages(r.channel, u, b.Messages, kind, r.now); err != nil {
			return s.broken(err)
		}
	}
	s.count(r.channel, kind, r.now, people, people)
	s.countUnits(r.channel, b.CustomAggregationUnits, r.now)
	s.accept(r, key, kind, nil)
	return ok(empty)
}

// showMessages puts the bot's messages into the chat. The caller holds the lock.
func (s *Simulator) showMessages(c Channel, chat string, messages []json.RawMessage, via string, now time.Time) ([]sentMessage, error) {
	s.calls.count(func(t *tally) { t.Shown += int64(len(messages)) })
	sent := make([]sentMessage, 0, len(messages))
	for _, raw := range messages {
		id := s.messageID()
		s.state.addMessage(messageRow{
			ID: id, Channel: c.Destination, Chat: chat, From: fromBot, At: now, Message: raw, Via: via,
		})
		m := sentMessage{ID: id}
		switch messageType(raw) {
		case "text", "textV2", "sticker", "image", "video", "template", "flex": // what can be quoted
			m.QuoteToken = quoteToken(c, chat)
		}
		sent = append(sent, m)
	}
	if f := s.state.friend(c.Destination, chat); !f.LoadingUntil.IsZero() {
		f.LoadingUntil = time.Time{}
		s.state.friends.put(pair(c.Destination, chat), f)
	}
	s.notify(pair(c.Destination, chat))
	return sent, nil
}

// validate answers the five validation endpoints, which look at the messages only.
func (s *Simulator) validate(r *request) answer {
	if _, a, fine := s.readSend(r, "validate"); !fine {
		return a
	}
	return ok(empty)
}

// Check holds messages to the simulator's rules with all guesses on, as LINE would before sending
// them. The error is a *strict.Error and carries LINE's own words.
func Check(messages []json.RawMessage) error {
	return strict.Messages(messages, strict.Options{})
}

// IsRefusal says whether the error is LINE's refusal of messages, and gives it.
func IsRefusal(err error) (*strict.Error, bool) {
	var e *strict.Error
	found := errors.As(err, &e)
	return e, found
}
