// Package menuart draws the menu that stands under a chat: the agency's name over six tiles, two
// rows of three, and a way to the other language.
package menuart

import (
	"fmt"
	"image"
	"math"

	"saphan/internal/draw"
)

// Edition names the drawing. A change that citizens should see takes another number: menus that are
// in use are then replaced.
const Edition = 1

// The size of the picture, in pixels (line.md 4.2).
const (
	Width  = 2500
	Height = 1686
)

// Menu is what is drawn.
type Menu struct {
	Agency string
	Other  string // the other language, named in itself
	Tiles  [6]Tile
}

// Tile is one of the six areas.
type Tile struct {
	Label string
	Icon  string // name of the icon, without .svg
	Tone  Tone
}

// Tone is the colour of a tile.
type Tone int

// The tones.
const (
	Calm   Tone = iota // brand on white
	Strong             // white on brand: what most people come for
	Warm               // amber: something is wrong
	Good               // green: something was granted
)

// Measures, in pixels. A phone shows the picture about six times smaller.
const (
	head     = 272 // height of the band on top
	edge     = 44  // free space around the tiles
	gap      = 32  // and between them
	corner   = 60
	iconDisc = 164 // radius
	iconSize = 192
	iconLine = 14
	labelMax = 116 // size of letters
	pillMax  = 84
)

// Switch is the area that changes the language.
func Switch() image.Rectangle { return image.Rect(Width-640, 0, Width, head) }

// Areas are where the tiles can be tapped, row by row: without gaps, so that no tap is lost.
func Areas() [6]image.Rectangle {
	var areas [6]image.Rectangle
	middle := head + (Height-head)/2
	for i := range areas {
		row, column := i/3, i%3
		top, bottom := head, middle
		if row == 1 {
			top, bottom = middle, Height
		}
		areas[i] = image.Rect(column*Width/3, top, (column+1)*Width/3, bottom)
	}
	return areas
}

// tile is where the i-th tile is drawn.
func tile(i int) (x, y, w, h float64) {
	w = math.Floor((Width - 2*edge - 2*gap) / 3.0)
	h = math.Floor((Height - head - 2*edge - gap) / 2.0)
	return edge + float64(i%3)*(w+gap), head + edge + float64(i/3)*(h+gap), w, h
}

// Draw returns the menu as a PNG.
func Draw(m Menu) ([]byte, error) {
	medium, semiBold, err := draw.Faces()
	if err != nil {
		return nil, fmt.Errorf("draw the menu: %w", err)
	}
	p := painting{draw.New(Width, Height, draw.House().Ground), draw.House()}
	if err := p.head(m, medium, semiBold); err != nil {
		return nil, fmt.Errorf("draw the menu: %w", err)
	}
	size := float64(labelMax)
	_, _, w, _ := tile(0)
	for _, t := range m.Tiles {
		size = math.Min(size, semiBold.Fit(t.Label, labelMax, w-112))
	}
	for i, t := range m.Tiles {
		if err := p.tile(i, t, semiBold, size); err != nil {
			return nil, fmt.Errorf("draw the menu: %w", err)
		}
	}
	out, err := p.PNG()
	if err != nil {
		return nil, fmt.Errorf("draw the menu: %w", err)
	}
	return out, nil
}

// painting is a menu being drawn.
type painting struct {
	draw.Picture
	look draw.Look
}

// head draws the band with the agency's name and the other language.
func (s painting) head(m Menu, medium, semiBold *draw.Face) error {
	s.Rect(image.Rect(0, 0, Width, head), s.look.Brand)
	const mark, markX = 168, 56
	s.Plate(image.Rect(markX, (head-mark)/2, markX+mark, (head+mark)/2), 40, s.look.BrandDeep)
	s.Bridge(markX+mark/2, head/2+4, mark+16, s.look.Surface)

	pill := medium.Fit(m.Other, pillMax, 420)
	w := medium.Width(m.Other, pill)
	const icon, inside, tall = 88, 44, 152
	wide := w + icon + 28 + 2*inside
	left := math.Floor(Width - 56 - wide)
	s.Plate(image.Rect(int(left), (head-tall)/2, Width-56, (head+tall)/2), tall/2, s.look.Surface)
	if err := s.Icon("languages", draw.At(left+inside+icon/2, head/2), icon, 9, s.look.Brand); err != nil {
		return err
	}
	s.Write(medium, m.Other, draw.At(left+inside+icon+28, head/2+pill*0.32), pill, s.look.Brand)

	name := semiBold.Fit(m.Agency, 104, left-40-(markX+mark+44))
	s.Write(semiBold, m.Agency, draw.At(markX+mark+44, head/2+name*0.32), name, s.look.Surface)
	return nil
}

// tile draws one tile: an icon on a disc over its label.
func (s painting) tile(i int, t Tile, f *draw.Face, size float64) error {
	x, y, w, h := tile(i)
	face, rim, words, round, sign := s.look.Surface, s.look.Line, s.look.Ink, s.look.BrandSoft, s.look.Brand
	switch t.Tone {
	case Calm:
	case Strong:
		face, rim, words, round, sign = s.look.Brand, s.look.Brand, s.look.Surface, s.look.Surface, s.look.Brand
	case Warm:
		round, sign = s.look.WarmSoft, s.look.Warm
	case Good:
		round, sign = s.look.GoodSoft, s.look.Good
	}
	plate := image.Rect(int(x), int(y), int(x+w), int(y+h))
	s.Plate(plate, corner, rim)
	s.Plate(plate.Inset(4), corner-4, face)
	c := draw.At(x+w/2, y+h*0.40)
	s.Fill(draw.Disc(c, iconDisc), round)
	if err := s.Icon(t.Icon, c, iconSize, iconLine, sign); err != nil {
		return err
	}
	s.Centred(f, t.Label, draw.At(x+w/2, y+h*0.86), size, words)
	return nil
}
