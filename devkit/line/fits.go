package line

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"saphan/devkit/line/strict"
)

// What messages may have only in some chats: mentions and quotes.

// fits holds messages to the chat that they go to; an empty one stands for the chats of many. The caller
// holds the lock.
func (s *Simulator) fits(c Channel, messages []json.RawMessage, chat string) (answer, bool) {
	if a, fine := s.mentionsFit(messages, chat); !fine {
		return a, false
	}
	return s.quotesFit(c, messages, chat)
}

// mentionsFit: mentions go to groups only.
func (s *Simulator) mentionsFit(messages []json.RawMessage, chat string) (answer, bool) {
	if _, group := s.state.groups.row(chat); group {
		return answer{}, true
	}
	for i, raw := range messages {
		var m struct {
			Type         string `json:"type"`
			Substitution map[string]struct {
				Type string `json:"type"`
			} `json:"substitution"`
		}
		if !bytes.Contains(raw, []byte("mention")) || json.Unmarshal(raw, &m) != nil || m.Type != "textV2" {
			continue
		}
		for name, v := range m.Substitution {
			if v.Type == "mention" {
				return oneProblem("Mentions are only available in group chats and multi-person chats",
					fmt.Sprintf("messages[%d].substitution.%s", i, name)), false
			}
		}
	}
	return answer{}, true
}

// quotesFit: a message is quoted only in the chat in which it was said (section 1.6).
func (s *Simulator) quotesFit(c Channel, messages []json.RawMessage, chat string) (answer, bool) {
	if !s.settings.options().Applies(strict.GuessForeignQuote) {
		return answer{}, true
	}
	for i, raw := range messages {
		var m struct {
			QuoteToken string `json:"quoteToken"`
		}
		if !bytes.Contains(raw, []byte("quoteToken")) || json.Unmarshal(raw, &m) != nil || m.QuoteToken == "" {
			continue
		}
		if !quotes(m.QuoteToken, c, chat) {
			return oneProblem("Invalid quote token", fmt.Sprintf("messages[%d].quoteToken", i)), false // words UNCONFIRMED
		}
	}
	return answer{}, true
}

// Quote tokens have no end, work any number of times, and outlive the memory of the message: so they
// themselves say which chat they are of.
const (
	quoteChance = 12 // bytes by which two tokens differ
	quoteProof  = 24 // bytes by which a token belongs to its chat
)

// quoteToken makes a token by which a message of the chat can be quoted there.
func quoteToken(c Channel, chat string) string {
	b := make([]byte, quoteChance)
	random(b)
	return base64.RawURLEncoding.EncodeToString(append(b, quoteMark(b, c, chat)...))
}

// quotes says whether a token is of a message of the chat.
func quotes(token string, c Channel, chat string) bool {
	b, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil && len(b) == quoteChance+quoteProof && bytes.Equal(b[quoteChance:], quoteMark(b[:quoteChance], c, chat))
}

func quoteMark(chance []byte, c Channel, chat string) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "quote %x %s %s", chance, c.Destination, chat))
	return sum[:quoteProof]
}
