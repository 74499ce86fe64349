package line

import (
	"strings"

	"saphan/bot"
	"saphan/internal/thai"
)

// inWords is what a message says, without anything that LINE could take offence at: what was refused as
// a card reaches the person as words (line.md row 36), in as many messages as they need but at most so many.
func inWords(r bot.Reply, most int) (parts []bot.Reply) {
	text := r.Text
	if r.Card != nil {
		cards := r.Card.Cards
		if len(cards) == 0 {
			cards = []bot.Card{*r.Card}
		}
		var parts []string
		for _, c := range cards {
			parts = append(parts, wordsOf(c))
		}
		text = strings.Join(parts, "\n\n")
		if strings.TrimSpace(text) == "" {
			text = r.Card.Alt
		}
	}
	pieces := thai.SplitText(strings.ToValidUTF8(text, ""), textLimit)
	if len(pieces) > most {
		pieces = append(pieces[:most-1], strings.Join(pieces[most-1:], " "))
	}
	for _, piece := range pieces {
		parts = append(parts, bot.Reply{Text: thai.ClipUTF16(piece, textLimit)})
	}
	if len(parts) == 0 { // drawing it finds out
		return []bot.Reply{{}}
	}
	return parts
}

// wordsOf is a card read from top to bottom.
func wordsOf(c bot.Card) string {
	lines := []string{c.Label, c.Title, c.Subtitle, c.Body}
	for _, row := range c.Rows {
		if row.Head {
			lines = append(lines, row.Label)
			continue
		}
		lines = append(lines, row.Label+": "+row.Value)
	}
	for _, b := range c.Buttons {
		if b.Gesture == bot.Open {
			lines = append(lines, b.Label+": "+b.URL)
		}
	}
	lines = append(lines, c.Note)
	var said []string
	for _, l := range lines {
		if strings.Trim(l, " \n:") != "" {
			said = append(said, l)
		}
	}
	return strings.Join(said, "\n")
}
