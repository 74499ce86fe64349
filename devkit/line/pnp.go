package line

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"unicode/utf8"

	"saphan/devkit/line/strict"
)

// LINE notification messages, sent by phone number (section 4.7).

// deliveryTag carries what comes back in the delivery event.
const deliveryTag = "X-Line-Delivery-Tag"

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// phoneDigest is how a bot names a phone number.
func phoneDigest(phone string) string {
	sum := sha256.Sum256([]byte(phone))
	return hex.EncodeToString(sum[:])
}

// pushByPhone answers POST /bot/pnp/push.
func (s *Simulator) pushByPhone(r *request) answer {
	b, a, fine := s.readSend(r, "pnp")
	if !fine {
		return a
	}
	for i, raw := range b.Messages {
		switch messageType(raw) {
		case "image", "video", "audio":
			return oneProblem("Must be one of the allowed types", fmt.Sprintf("messages[%d].type", i)) // words UNCONFIRMED
		}
	}
	return s.notifyPhone(r, b.To, b.Messages, "pnp", http.StatusOK)
}

// templated is the body of a notification message made of a template.
type templated struct {
	To       json.RawMessage `json:"to"`
	Template string          `json:"templateKey"`
	Body     struct {
		Emphasized *templateItem  `json:"emphasizedItem"`
		Items      []templateItem `json:"items"`
		Buttons    []struct {
			Key string `json:"buttonKey"`
			URL string `json:"url"`
		} `json:"buttons"`
	} `json:"body"`
	Units []string `json:"customAggregationUnits"`
}

type templateItem struct {
	Key     string `json:"itemKey"`
	Content string `json:"content"`
}

// Shapes of template keys. Which ones Thailand has is not published (UNCONFIRMED,
// strict.GuessPNPKeys).
var (
	templateForm     = regexp.MustCompile(`^[a-z0-9_]{3,100}$`)
	thaiTemplateForm = regexp.MustCompile(`^[a-z0-9_]{3,97}_th$`)
)

// pushTemplate answers POST /v2/bot/message/pnp/templated/push.
func (s *Simulator) pushTemplate(r *request) answer {
	var b templated
	if a, fine := r.parse(&b); !fine {
		return a
	}
	form := templateForm
	if r.options.Applies(strict.GuessPNPKeys) {
		form = thaiTemplateForm
	}
	if !form.MatchString(b.Template) {
		return refuse(http.StatusBadRequest, "Invalid templateKey: "+b.Template, strict.Problem{
			Message: "The specified template doesn't exist, or you don't have the permission", Property: "templateKey",
		})
	}
	if len(b.Body.Items) > 15 || len(b.Body.Buttons) > 2 {
		return oneProblem("Size must be between 0 and 15 items and 2 buttons", "body")
	}
	text := "[" + b.Template + "]"
	if b.Body.Emphasized != nil {
		text += "\n" + b.Body.Emphasized.Content
	}
	for _, item := range b.Body.Items {
		text += "\n" + item.Key + ": " + item.Content
	}
	raw, err := encode(wireMessage{Type: "text", Text: text})
	if err != nil {
		return s.broken(err)
	}
	return s.notifyPhone(r, b.To, []json.RawMessage{raw}, "pnp/templated", http.StatusAccepted)
}

// notifyPhone sends messages to the user of a phone number; a delivery event follows.
func (s *Simulator) notifyPhone(r *request, rawTo json.RawMessage, messages []json.RawMessage, kind string, success int) answer {
	var to string
	if err := json.Unmarshal(rawTo, &to); err != nil || !digestForm.MatchString(to) {
		return oneProblem("The value must be a valid SHA-256 digest.", "to")
	}
	data := to
	if values, sent := r.Header[deliveryTag]; sent {
		data = values[0]
		if n := utf8.RuneCountInString(data); n < 16 || n > 100 {
			return refuse(http.StatusBadRequest, "The value for the 'X-Line-Delivery-Tag' header is invalid") // words UNCONFIRMED
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var user userRow
	for _, u := range s.state.users.rows {
		if u.Phone != "" && !u.Deleted && phoneDigest(u.Phone) == to {
			user = u
		}
	}
	if user.ID == "" {
		return refuse(http.StatusUnprocessableEntity, "Failed to send messages")
	}
	if s.state.friend(r.channel.Destination, user.ID).Blocked { // accepted, and nothing is sent
		return answer{status: success, body: empty}
	}
	if _, err := s.showMessages(r.channel, user.ID, messages, kind, r.now); err != nil {
		return s.broken(err)
	}
	s.count(r.channel, kind, r.now, 0, 1)
	e := s.newEvent("delivery", r.channel, user.ID, "", r.now)
	e.Source, e.Delivery = nil, &completed{Data: data}
	if _, err := s.send(actor{channel: r.channel, user: user, chat: user.ID}, e, "", false, r.now); err != nil {
		return s.broken(err)
	}
	return answer{status: success, body: empty}
}
