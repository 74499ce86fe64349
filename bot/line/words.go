package line

import (
	"strings"

	"saphan/bot"
	"saphan/internal/thai"
)

// inWords is what a message says, without anything that LINE could take offence at: what was refused as
// a card reaches the person as words (line.md row 36).
func inWords(r bot.Reply) bot.Reply {
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
	return bot.Reply{Text: thai.ClipUTF16(strings.ToValidUTF8(text, ""), textLimit)}
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
