package papers

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"unicode/utf16"

	"saphan/internal/draw"
	"saphan/internal/lines"
)

// cardWidth is how wide pictures for the chat are, in pixels: as wide as LINE shows them.
const cardWidth = 1040

// card is a picture for the chat, laid out from top to bottom.
type card struct {
	draw.Picture
	look         draw.Look
	words        lines.Words
	medium, bold *draw.Face
	scale        float64 // of letters and room: a long card is set smaller
}

// block is a part of a card: as high as it says, drawn from y on.
type block struct {
	height float64
	draw   func(c card, y float64) error
}

// newCard reads the letters; the picture is made when it is known how high it is.
func newCard(scale float64, names ...string) (card, error) {
	medium, bold, err := draw.Faces()
	if err != nil {
		return card{}, fmt.Errorf("begin a card: %w", err)
	}
	return card{look: draw.House(), words: lines.Known().With(names...), medium: medium, bold: bold, scale: scale}, nil
}

// high is how high blocks are together, in pixels.
func high(blocks []block) int {
	var sum float64
	for _, b := range blocks {
		sum += b.height
	}
	return int(math.Ceil(sum))
}

// paint draws the blocks below one another.
func (c card) paint(blocks []block) ([]byte, error) {
	c.Picture = draw.New(cardWidth, high(blocks), c.look.Ground)
	y := 0.0
	for _, b := range blocks {
		if err := b.draw(c, y); err != nil {
			return nil, fmt.Errorf("draw a card: %w", err)
		}
		y += b.height
	}
	out, err := c.PNG()
	if err != nil {
		return nil, fmt.Errorf("draw a card: %w", err)
	}
	return out, nil
}

// px scales a measure to whole pixels.
func (c card) px(v float64) float64 { return math.Round(v * c.scale) }

// box is a rectangle in whole pixels.
func box(x, y, w, h float64) image.Rectangle {
	return image.Rect(int(x), int(y), int(x+w), int(y+h))
}

// The edge of a card and the room inside it.
const (
	cardEdge = 36.0
	cardRoom = cardWidth - 2*cardEdge
)

// head is the band with the house's mark, the agency, what the card is about and a line below it.
func (c card) head(agency, title, below string) block {
	const mark = 96.0
	room := cardRoom - 8
	size := c.medium.Fit(agency, 34, room-mark-28)
	names := []string{agency}
	if size < 28 {
		size = 28
		names = c.medium.Wrap(c.words, agency, size, room-mark-28)
	}
	nameLead := size * 1.5
	markTall := max(mark, nameLead*float64(len(names)))
	titles := c.bold.Wrap(c.words, title, c.px(58), room)
	var small []string
	if strings.TrimSpace(below) != "" {
		small = c.medium.Wrap(c.words, below, c.px(32), room)
	}
	titleLead, smallLead := c.px(80), c.px(48)
	top := 40 + markTall + 26
	tall := top + titleLead*float64(len(titles)) + smallLead*float64(len(small)) + 28
	return block{tall, func(c card, y float64) error {
		c.Rect(box(0, y, cardWidth, tall), c.look.Brand)
		middle := y + 40 + markTall/2
		c.Plate(box(cardEdge, middle-mark/2, mark, mark), 24, c.look.BrandDeep)
		c.Bridge(cardEdge+mark/2, middle+3, mark+10, c.look.Surface)
		c.write(c.medium, names, cardEdge+mark+28, middle-nameLead*float64(len(names)-1)/2+size*0.32, size, nameLead, c.look.Surface)
		at := y + top + c.px(56)
		c.write(c.bold, titles, cardEdge, at, c.px(58), titleLead, c.look.Surface)
		c.write(c.medium, small, cardEdge, at+titleLead*float64(len(titles))-c.px(12), c.px(32), smallLead, c.look.BrandSoft)
		return nil
	}}
}

// write puts lines below one another; the first one's baseline is at y.
func (c card) write(f *draw.Face, words []string, x, y, size, lead float64, col color.RGBA) {
	for i, line := range words {
		c.Write(f, line, draw.At(x, y+lead*float64(i)), size, col)
	}
}

// middle puts lines below one another with their middle at x.
func (c card) middle(f *draw.Face, words []string, x, y, size, lead float64, col color.RGBA) {
	for i, line := range words {
		c.Centred(f, line, draw.At(x, y+lead*float64(i)), size, col)
	}
}

// limited joins parts of a description, as many as stay within what LINE takes for a picture's text (line.md).
func limited(parts []string) string {
	const most = 1500 // UTF-16 units
	var b strings.Builder
	for _, p := range parts {
		if strings.TrimSpace(p) == "" {
			continue
		}
		if units := len(utf16.Encode([]rune(b.String() + p))); units > most-2 {
			b.WriteString(" …")
			break
		}
		if b.Len() > 0 {
			b.WriteString(" ")
		}
		b.WriteString(p)
	}
	return b.String()
}
