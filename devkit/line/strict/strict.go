// Package strict checks message objects as LINE's platform does before it accepts them, by rules
// written from LINE's reference and not from its OpenAPI files: those let most wrong messages pass.
// Errors have LINE's own form.
package strict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing wrong with a request.
type Problem struct {
	Message  string `json:"message,omitempty"`
	Property string `json:"property,omitempty"`
}

// Error is why LINE would answer 400; as JSON it is the body of that answer.
type Error struct {
	Message string    `json:"message"`
	Details []Problem `json:"details,omitempty"`
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for _, p := range e.Details {
		fmt.Fprintf(&b, "; %s: %s", p.Property, p.Message)
	}
	return b.String()
}

// Guess names a rule that no published source settles (line.md section 11). All are UNCONFIRMED and on
// by default, as a bot that keeps to them is safe either way; only GuessEmptyRetryKey is lenient while
// it is on, and the record of the call warns instead.
type Guess string

// The guesses.
const (
	// GuessOuterFields: unknown fields are refused outside Flex too, where only Flex is known to.
	GuessOuterFields Guess = "outer-fields"
	// GuessSenderWord: "LINE" in a sender name is refused by this very rule; the reference speaks of
	// "certain words such as LINE" only.
	GuessSenderWord Guess = "sender-word"
	// GuessEmptyTexts: an empty text component of a Flex message is refused.
	GuessEmptyTexts Guess = "empty-flex-text"
	// GuessColors: Flex colours other than #RRGGBB and #RRGGBBAA are refused.
	GuessColors Guess = "flex-colors"
	// GuessSizes: Flex sizes that are neither a keyword, pixels nor a percentage are refused.
	GuessSizes Guess = "flex-sizes"
	// GuessEncodedURLs: URLs with bytes that ought to be percent-encoded are refused.
	GuessEncodedURLs Guess = "encoded-urls"
	// GuessEmptyCarousel: a carousel or an items array without anything in it is refused.
	GuessEmptyCarousel Guess = "empty-lists"
	// GuessRetryKeyForm: a retry key that is no UUID is refused.
	GuessRetryKeyForm Guess = "retry-key-form"
	// GuessEmptyRetryKey: an empty retry key header counts as none. The official Go SDK sends one whenever
	// it is given no key, and its manual does so: to refuse it would refuse bots that work today.
	GuessEmptyRetryKey Guess = "empty-retry-key"
	// GuessRefusedReply: a reply refused for its messages uses the reply token up.
	GuessRefusedReply Guess = "refused-reply-spends"
	// GuessForeignQuote: a quote token of another chat is refused; the reference says only that it can't be used.
	GuessForeignQuote Guess = "foreign-quote"
	// GuessChatIDShape: IDs of groups and rooms are C or R and 32 hexadecimal digits, and calls refuse
	// others. Off, new groups get longer IDs of other letters, to try a bot that holds them to a shape.
	GuessChatIDShape Guess = "chat-id-shape"
	// GuessPNPKeys: template keys of notification messages end in _th, as Japan's end in _ja, and others
	// are refused. Which keys Thailand has is not published.
	GuessPNPKeys Guess = "pnp-keys"
	// GuessMentionUnits: places of mentions in texts of citizens count UTF-16 units. Off, code points.
	GuessMentionUnits Guess = "mention-units"
)

// Guesses lists all guesses.
func Guesses() []Guess {
	return []Guess{
		GuessOuterFields, GuessSenderWord, GuessEmptyTexts, GuessColors, GuessSizes, GuessEncodedURLs, GuessEmptyCarousel,
		GuessRetryKeyForm, GuessEmptyRetryKey, GuessRefusedReply, GuessForeignQuote, GuessChatIDShape, GuessPNPKeys, GuessMentionUnits,
	}
}

// Options says how to check.
type Options struct {
	// Off lists the guesses not to apply.
	Off []Guess
	// LoopbackHTTP accepts http addresses of this machine where https is asked for.
	LoopbackHTTP bool
}

// Applies says whether the rule is on.
func (o Options) Applies(g Guess) bool { return !slices.Contains(o.Off, g) }

// maxMessages is how many messages one call may send.
const maxMessages = 5

// Messages checks the messages of a send call. The error is an *Error.
func Messages(messages []json.RawMessage, o Options) error {
	c := &check{options: o}
	if n := len(messages); n < 1 || n > maxMessages {
		c.outer = append(c.outer, Problem{fmt.Sprintf("Size must be between 1 and %d", maxMessages), "messages"})
		return c.err()
	}
	for i, raw := range messages {
		at := place{text: "messages[" + strconv.Itoa(i) + "]", message: i}
		v, err := decode(raw)
		if err != nil {
			return &Error{Message: "The request body could not be parsed as JSON (line: -, column: -)"}
		}
		c.union("message", at, v)
	}
	return c.err()
}

// RichMenu checks a rich menu object. The error is an *Error.
func RichMenu(raw json.RawMessage, o Options) error {
	v, err := decode(raw)
	if err != nil {
		return &Error{Message: "The request body could not be parsed as JSON (line: -, column: -)"}
	}
	c := &check{options: o, menu: true}
	c.object("richmenu", place{}, v)
	return c.err()
}

// DropNulls returns the JSON without properties that are null, and their names: LINE takes them for
// absent, and the official SDK sends some (line.md 6.4). Order and numbers stay as they are. The error
// is that of encoding/json.
func DropNulls(data []byte) (json.RawMessage, []string, error) {
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil { // also bounds the depth
		return nil, nil, err
	}
	c := copier{}
	if err := c.value(whole); err != nil {
		return nil, nil, err
	}
	return c.out.Bytes(), c.dropped, nil
}

// copier copies JSON without its null properties.
type copier struct {
	out     bytes.Buffer
	dropped []string // names of the properties left out
}

var null = []byte("null")

// value copies a value. One in which nothing can be null, which nearly all are, is copied as it stands.
func (c *copier) value(raw json.RawMessage) error {
	if !bytes.Contains(raw, null) {
		c.out.Write(raw)
		return nil
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	switch t, err := in.Token(); {
	case err != nil:
		return err
	case t == json.Delim('['):
		return c.list(in)
	case t == json.Delim('{'):
		return c.object(in)
	}
	c.out.Write(raw) // null itself, or a text with the word in it
	return nil
}

func (c *copier) list(in *json.Decoder) error {
	c.out.WriteByte('[')
	for i := 0; in.More(); i++ {
		if i > 0 {
			c.out.WriteByte(',')
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return err
		}
		if err := c.value(value); err != nil {
			return err
		}
	}
	c.out.WriteByte(']')
	return nil
}

func (c *copier) object(in *json.Decoder) error {
	c.out.WriteByte('{')
	for first := true; in.More(); {
		key, err := in.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return err
		}
		if bytes.Equal(value, null) {
			c.dropped = append(c.dropped, fmt.Sprint(key))
			continue
		}
		if !first {
			c.out.WriteByte(',')
		}
		first = false
		if err := c.scalar(key); err != nil {
			return err
		}
		c.out.WriteByte(':')
		if err := c.value(value); err != nil {
			return err
		}
	}
	c.out.WriteByte('}')
	return nil
}

func (c *copier) scalar(v any) error {
	enc := json.NewEncoder(&c.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	c.out.Truncate(c.out.Len() - 1) // the newline that Encode adds
	return nil
}

// decode reads a JSON value without its nulls, numbers as they are written.
func decode(raw json.RawMessage) (any, error) {
	clean, _, err := DropNulls(raw)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(clean))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return v, nil
}
