package line

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template"

	"saphan/bot"
	"saphan/internal/thai"
)

// Flex messages are drawn from JSON templates, not from the SDK's types: those write "flex":0 into
// every component, which changes the layout, and lose their type when passed by value (line.md 7.3).
//
//go:embed flex/*.json
var flexFiles embed.FS

// Limits of LINE (line.md 2.11), in UTF-16 units or grapheme clusters as LINE counts them.
const (
	textLimit        = 5000 // UTF-16 units
	altLimit         = 400  // UTF-16 units; REF says 1500, the OpenAPI file less: the smaller one fits both
	quickLabelLimit  = 20   // clusters
	buttonLabelLimit = 40   // clusters
	displayLimit     = 300  // clusters
	fillLimit        = 300  // clusters
	quickItems       = 13
	bubbleLimit      = 30 << 10
	carouselLimit    = 50 << 10
	carouselBubbles  = 12
)

// cardTextLimits are the UTF-16 units of one text in a card, from the most to the least: ours, so that
// a card stays within LINE's limits.
var cardTextLimits = []int{2000, 800, 300, 100}

// ground is the colour of a card's head by tone.
var ground = map[string]string{"plain": "#0B5C6B", "good": "#14603A", "warn": "#8A4B00", "bad": "#A5182B"}

// Render draws a reply as one LINE message object.
func Render(r bot.Reply) (json.RawMessage, error) {
	var m map[string]any
	if r.Card == nil {
		if r.Text == "" {
			return nil, errors.New("render: a reply without words")
		}
		m = map[string]any{"type": "text", "text": thai.ClipUTF16(r.Text, textLimit)}
	} else {
		contents, err := flex(*r.Card)
		if err != nil {
			return nil, err
		}
		m = map[string]any{"type": "flex", "altText": thai.ClipUTF16(nonEmpty(r.Card.Alt, r.Card.Title), altLimit), "contents": contents}
	}
	if len(r.Choices) > 0 {
		items := make([]any, 0, quickItems)
		for _, c := range r.Choices[:min(len(r.Choices), quickItems)] {
			a, err := action(c, quickLabelLimit)
			if err != nil {
				return nil, err
			}
			items = append(items, map[string]any{"type": "action", "action": a})
		}
		m["quickReply"] = map[string]any{"items": items}
	}
	return plainJSON(m)
}

// flex draws a card as a bubble or a carousel. Too large for LINE, it is drawn again with its texts
// cut shorter: a card that says less is better than none.
func flex(c bot.Card) (raw json.RawMessage, err error) {
	for _, limit := range cardTextLimits {
		if len(c.Cards) > 0 {
			raw, err = carousel(c.Cards[:min(len(c.Cards), carouselBubbles)], limit)
		} else {
			raw, err = bubble(c, false, limit)
		}
		if !errors.Is(err, errTooLarge) {
			break
		}
	}
	return raw, err
}

// errTooLarge means that LINE would refuse a card for its size.
var errTooLarge = errors.New("render: the card is larger than LINE takes")

func carousel(cards []bot.Card, limit int) (json.RawMessage, error) {
	bubbles := make([][]byte, 0, len(cards))
	for _, one := range cards {
		b, err := bubble(one, true, limit)
		if err != nil {
			return nil, err
		}
		bubbles = append(bubbles, b)
	}
	raw := slices.Concat([]byte(`{"type":"carousel","contents":[`), bytes.Join(bubbles, []byte(",")), []byte(`]}`))
	if size := onTheWire(raw); size > carouselLimit {
		return nil, fmt.Errorf("%w: carousel of %d bytes", errTooLarge, size)
	}
	return raw, nil
}

// onTheWire is how many bytes JSON takes in a call: the SDK's encoder writes six for each <, > and & (line.md 7.3).
func onTheWire(raw json.RawMessage) int {
	var b bytes.Buffer
	json.HTMLEscape(&b, raw)
	return b.Len()
}

// drawn is a card as the template wants it: nothing empty, nothing too long.
type drawn struct {
	bot.Card
	Ground string
	Small  bool
}

// bubble draws one card with its texts cut to limit UTF-16 units each.
func bubble(c bot.Card, small bool, limit int) (json.RawMessage, error) {
	d := drawn{Card: c, Ground: nonEmpty(ground[c.Tone], ground["plain"]), Small: small}
	for _, s := range []*string{&d.Title, &d.Subtitle, &d.Label, &d.Body, &d.Note} {
		*s = thai.ClipUTF16(*s, limit)
	}
	d.Title = nonEmpty(d.Title, "–")
	d.Rows = make([]bot.Row, len(c.Rows))
	for i, r := range c.Rows {
		d.Rows[i] = bot.Row{Head: r.Head, Label: nonEmpty(thai.ClipUTF16(r.Label, limit), "–"), Value: nonEmpty(thai.ClipUTF16(r.Value, limit), "–"), Edit: r.Edit, EditWord: nonEmpty(r.EditWord, "…")}
	}
	d.Buttons = make([]bot.Choice, len(c.Buttons))
	for i, b := range c.Buttons {
		d.Buttons[i] = b
		if b.Style == "" {
			d.Buttons[i].Style = "secondary"
		}
	}
	t, err := cardTemplate()
	if err != nil {
		return nil, fmt.Errorf("render card: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, d); err != nil {
		return nil, fmt.Errorf("render card: %w", err)
	}
	if size := onTheWire(out.Bytes()); size > bubbleLimit {
		return nil, fmt.Errorf("%w: %d bytes", errTooLarge, size)
	}
	return out.Bytes(), nil
}

// cardTemplate is parsed once, when the first card is drawn.
var cardTemplate = sync.OnceValues(func() (*template.Template, error) {
	source, err := flexFiles.ReadFile("flex/card.json")
	if err != nil {
		return nil, fmt.Errorf("read the card's template: %w", err)
	}
	return template.New("card.json").Funcs(template.FuncMap{
		"json":    func(v any) (string, error) { raw, err := plainJSON(v); return string(raw), err },
		"label":   func(s string) string { return thai.Clip(s, buttonLabelLimit) },
		"display": func(s string) string { return thai.Clip(s, displayLimit) },
		"action": func(c bot.Choice) (string, error) {
			a, err := action(c, buttonLabelLimit)
			if err != nil {
				return "", err
			}
			raw, err := plainJSON(a)
			return string(raw), err
		},
	}).Parse(tight(string(source)))
})

// tight takes the blanks out of a JSON template that stand neither in a text nor in an action, so that what is
// drawn need not be tightened every time.
func tight(source string) string {
	var (
		out            strings.Builder
		inText, escape bool
	)
	for len(source) > 0 {
		if end := strings.Index(source, "}}"); strings.HasPrefix(source, "{{") && end > 0 {
			out.WriteString(source[:end+2])
			source = source[end+2:]
			continue
		}
		c := source[0]
		source = source[1:]
		switch {
		case escape:
			escape = false
		case inText && c == '\\':
			escape = true
		case c == '"':
			inText = !inText
		}
		if inText || !strings.ContainsRune(" \t\r\n", rune(c)) {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// action draws what a tap does.
func action(c bot.Choice, limit int) (map[string]any, error) {
	a := map[string]any{"label": thai.Clip(nonEmpty(c.Label, "–"), limit)}
	switch c.Gesture {
	case bot.Tap:
		a["type"], a["data"], a["displayText"] = "postback", c.Data, thai.Clip(c.Label, displayLimit)
	case bot.Say:
		a["type"], a["text"] = "message", thai.Clip(c.Label, displayLimit)
	case bot.Open:
		a["type"], a["uri"] = "uri", c.URL
	case bot.Camera:
		a["type"] = "camera"
	case bot.CameraRoll:
		a["type"] = "cameraRoll"
	case bot.SharePlace:
		a["type"] = "location"
	case bot.Write:
		a["type"], a["data"], a["inputOption"] = "postback", c.Data, "openKeyboard"
		if c.Fill != "" {
			a["fillInText"] = thai.Clip(c.Fill, fillLimit)
		}
	case bot.PickDate, bot.PickTime:
		a["type"], a["data"], a["mode"] = "datetimepicker", c.Data, string(c.Gesture)
		for key, value := range map[string]string{"initial": c.Initial, "min": c.Min, "max": c.Max} {
			if value != "" {
				a[key] = value
			}
		}
	default:
		return nil, fmt.Errorf("render: unknown gesture %q", c.Gesture)
	}
	return a, nil
}

// plainJSON encodes without escaping <, > and &: whoever sends it does (onTheWire).
func plainJSON(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func nonEmpty(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
