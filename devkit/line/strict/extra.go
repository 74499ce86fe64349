package strict

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// extra names a check between the properties of an object.
type extra int

const (
	nothing extra = iota
	textEmojis
	textSubstitutions
	imagemapWidth
	postbackTexts
	pickerRange
	buttonsText
	columnText
	evenColumns
	bubbleSize
	carouselSize
	boxChildren
	textOrSpans
	menuAreas
	menuRatio
)

// Sizes of Flex as JSON (section 2.11).
const (
	maxBubble   = 30 << 10
	maxCarousel = 50 << 10
)

// extra runs the named check.
func (c *check) extra(e extra, at place, m map[string]any) {
	switch e {
	case nothing:
	case textEmojis:
		c.emojis(at, m)
	case textSubstitutions:
		c.substitutions(at, m)
	case imagemapWidth:
		if n, ok := whole(m["width"]); ok && n != 1040 {
			c.add(at.key("width"), "Must be 1040", "Must be 1040")
		}
	case postbackTexts:
		if m["displayText"] != nil && m["text"] != nil {
			c.add(at.key("text"), "displayText and text can't both be used", "invalid property")
		}
	case pickerRange:
		c.picker(at, m)
	case buttonsText:
		c.shortText(at, m, 160)
	case columnText:
		c.shortText(at, m, 120)
	case evenColumns:
		c.columns(at, m)
	case bubbleSize:
		c.size(at, m, maxBubble)
	case carouselSize:
		c.size(at, m, maxCarousel)
		c.bubbles(at, m)
	case boxChildren:
		c.children(at, m)
	case textOrSpans:
		c.spans(at, m)
	case menuAreas:
		c.areas(at, m)
	case menuRatio:
		w, okW := whole(m["width"])
		h, okH := whole(m["height"])
		if okW && okH && float64(w) < 1.45*float64(h) {
			c.add(at, "The aspect ratio must be at least 1.45", "")
		}
	}
}

// whole reads an integer property.
func whole(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

// listOf reads a list property, empty for anything else.
func listOf(v any) []any {
	l, ok := v.([]any)
	if !ok {
		return nil
	}
	return l
}

// textOf reads a text property, empty for anything else.
func textOf(v any) string {
	s, ok := v.(string)
	if !ok {
		return ""
	}
	return s
}

// object reads an object property, nil for anything else.
func objectOf(v any) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	return m
}

// emojis: each stands on a dollar sign, counted in UTF-16 units.
func (c *check) emojis(at place, m map[string]any) {
	units := utf16(textOf(m["text"]))
	for i, e := range listOf(m["emojis"]) {
		n, ok := whole(objectOf(e)["index"])
		if ok && (n < 0 || n >= int64(len(units)) || units[n] != '$') {
			c.add(at.key("emojis").item(i).key("index"), "Must be the position of a $ in the text", "")
		}
	}
}

// utf16 is the text in UTF-16 units; the halves of a surrogate pair are not told apart.
func utf16(s string) []rune {
	units := make([]rune, 0, len(s))
	for _, r := range s {
		units = append(units, r)
		if r > 0xffff {
			units = append(units, 0)
		}
	}
	return units
}

// substitutions: each {key} of the text has its object, braces are paired or doubled.
func (c *check) substitutions(at place, m map[string]any) {
	subs := objectOf(m["substitution"])
	if len(subs) > 100 {
		c.add(at.key("substitution"), "Size must be between 0 and 100", "")
	}
	mentions, emojis := 0, 0
	for key, v := range subs {
		if !keyForm.MatchString(key) {
			c.add(at.key("substitution").key(key), "The key must be up to 20 letters, digits or underscores", "")
		}
		switch textOf(objectOf(v)["type"]) {
		case "mention":
			mentions++
		case "emoji":
			emojis++
		}
	}
	if mentions > 20 || emojis > 20 {
		c.add(at.key("substitution"), "At most 20 mentions and 20 emojis", "")
	}
	keys, ok := placeholders(textOf(m["text"]))
	if !ok {
		c.add(at.key("text"), "Braces must be paired", "")
	}
	for _, key := range keys {
		if _, there := subs[key]; !there {
			c.add(at.key("text"), "No substitution for {"+key+"}", "")
		}
	}
}

// placeholders returns the keys in single braces and whether all braces are in order.
func placeholders(s string) ([]string, bool) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "{{", ""), "}}", "")
	var keys []string
	for {
		open := strings.IndexAny(s, "{}")
		if open < 0 {
			return keys, true
		}
		end := strings.IndexByte(s[open:], '}')
		if s[open] == '}' || end < 0 || strings.IndexByte(s[open+1:open+end], '{') >= 0 {
			return keys, false
		}
		keys = append(keys, s[open+1:open+end])
		s = s[open+end+1:]
	}
}

// picker: times in the form of the mode, the least before the most, the first between them.
func (c *check) picker(at place, m map[string]any) {
	mode := textOf(m["mode"])
	for _, name := range []string{"initial", "max", "min"} {
		s := textOf(m[name])
		if _, ok := pickerTime(mode, s); s != "" && !ok {
			c.add(at.key(name), "invalid "+name, "invalid property")
			return
		}
	}
	least, hasMin := pickerTime(mode, textOf(m["min"]))
	most, hasMax := pickerTime(mode, textOf(m["max"]))
	first, hasFirst := pickerTime(mode, textOf(m["initial"]))
	if hasMin && hasMax && !least.Before(most) {
		c.add(at.key("min"), "min must be less than max", "invalid property")
	}
	if hasFirst && (hasMin && first.Before(least) || hasMax && first.After(most)) {
		c.add(at.key("initial"), "initial must be between min and max", "invalid property")
	}
}

// shortText: with an image or a title the text of a template is shorter.
func (c *check) shortText(at place, m map[string]any, most int) {
	if textOf(m["title"]) == "" && textOf(m["thumbnailImageUrl"]) == "" {
		return
	}
	if s := textOf(m["text"]); length(s, true) > 60 && length(s, true) <= most {
		c.add(at.key("text"), "Length must be between 0 and 60", "must be less than or equal 60 characters")
	}
}

// columns: the same number of actions in each, image and title in all or in none.
func (c *check) columns(at place, m map[string]any) {
	columns := listOf(m["columns"])
	if len(columns) == 0 {
		return
	}
	first := objectOf(columns[0])
	for i, v := range columns[1:] {
		column := objectOf(v)
		here := at.key("columns").item(i + 1)
		if len(listOf(column["actions"])) != len(listOf(first["actions"])) {
			c.add(here.key("actions"), "", "the number of actions must be the same in all columns")
		}
		for _, name := range []string{"title", "thumbnailImageUrl"} {
			if (column[name] == nil) != (first[name] == nil) {
				c.add(here.key(name), "", name+" must be in all columns or in none")
			}
		}
	}
}

// size: the JSON of a container, as short as it can be written.
func (c *check) size(at place, m map[string]any, most int) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(m) != nil {
		return // what came from JSON goes back into JSON
	}
	if n := b.Len() - 1; n > most {
		c.add(at, "", fmt.Sprintf("the size must be at most %d bytes but is %d", most, n))
	}
}

// bubbles of a carousel are all of one width.
func (c *check) bubbles(at place, m map[string]any) {
	width := func(v any) string {
		if s := textOf(objectOf(v)["size"]); s != "" {
			return s
		}
		return "mega"
	}
	bubbles := listOf(m["contents"])
	for i, b := range bubbles {
		if width(b) != width(bubbles[0]) {
			c.add(at.key("contents").item(i).key("size"), "", "invalid property")
		}
	}
}

// children: what a box may hold depends on its layout.
func (c *check) children(at place, m map[string]any) {
	allowed := []string{"box", "button", "image", "text", "separator", "filler"}
	if textOf(m["layout"]) == "baseline" {
		allowed = []string{"icon", "text", "filler"}
	}
	for i, v := range listOf(m["contents"]) {
		t := textOf(objectOf(v)["type"])
		if _, known := unions["component"][t]; known && !slices.Contains(allowed, t) {
			c.add(at.key("contents").item(i), "", "invalid property")
		}
	}
}

// spans: a text has a text or spans.
func (c *check) spans(at place, m map[string]any) {
	s, has := m["text"]
	_, spans := m["contents"]
	switch {
	case !has && !spans:
		c.add(at.key("text"), "", "must be specified")
	case has && !spans && textOf(s) == "" && c.options.Applies(GuessEmptyTexts):
		c.add(at.key("text"), "", "must be non-empty text")
	}
}

// areas lie within the menu.
func (c *check) areas(at place, m map[string]any) {
	size := objectOf(m["size"])
	width, okW := whole(size["width"])
	height, okH := whole(size["height"])
	if !okW || !okH {
		return
	}
	for i, v := range listOf(m["areas"]) {
		b := objectOf(objectOf(v)["bounds"])
		x, _ := whole(b["x"])
		y, _ := whole(b["y"])
		w, _ := whole(b["width"])
		h, _ := whole(b["height"])
		if x+w > width || y+h > height {
			c.add(at.key("areas").item(i).key("bounds"), "The area must be inside the rich menu", "")
		}
	}
}
