// Package menuart draws the menu that stands under a chat: the agency's name over six tiles, two
// rows of three, and a way to the other language.
package menuart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
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

// The colours are those of the house's look, on light ground.
var (
	ink       = color.RGBA{0x16, 0x20, 0x2c, 255}
	ground    = color.RGBA{0xee, 0xf2, 0xf6, 255}
	surface   = color.RGBA{255, 255, 255, 255}
	line      = color.RGBA{0xdb, 0xe2, 0xea, 255}
	brand     = color.RGBA{0x0b, 0x5c, 0x6b, 255}
	brandDeep = color.RGBA{0x09, 0x4b, 0x57, 255}
	brandSoft = color.RGBA{0xe2, 0xf1, 0xf3, 255}
	warm      = color.RGBA{0x8a, 0x4b, 0x00, 255}
	warmSoft  = color.RGBA{0xff, 0xf1, 0xdc, 255}
	good      = color.RGBA{0x14, 0x60, 0x3a, 255}
	goodSoft  = color.RGBA{0xe3, 0xf4, 0xea, 255}
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
	medium, semiBold, err := typefaces()
	if err != nil {
		return nil, err
	}
	s := sheet{image.NewRGBA(image.Rect(0, 0, Width, Height))}
	draw.Draw(s.RGBA, s.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	if err := s.drawHead(m, medium, semiBold); err != nil {
		return nil, err
	}
	size := float64(labelMax)
	_, _, w, _ := tile(0)
	for _, t := range m.Tiles {
		size = math.Min(size, semiBold.fit(t.Label, labelMax, w-112))
	}
	for i, t := range m.Tiles {
		if err := s.drawTile(i, t, semiBold, size); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, indexed(s.RGBA)); err != nil {
		return nil, fmt.Errorf("encode the menu: %w", err)
	}
	return out.Bytes(), nil
}

// drawHead draws the band with the agency's name and the other language.
func (s sheet) drawHead(m Menu, medium, semiBold *typeface) error {
	draw.Draw(s.RGBA, image.Rect(0, 0, Width, head), image.NewUniform(brand), image.Point{}, draw.Src)
	const mark, markX = 168, 56
	s.plate(image.Rect(markX, (head-mark)/2, markX+mark, (head+mark)/2), 40, brandDeep)
	s.bridge(markX+mark/2, head/2+4, mark+16)

	pill := medium.fit(m.Other, pillMax, 420)
	w := medium.width(m.Other, pill)
	const icon, inside, tall = 88, 44, 152
	wide := w + icon + 28 + 2*inside
	left := math.Floor(Width - 56 - wide)
	s.plate(image.Rect(int(left), (head-tall)/2, Width-56, (head+tall)/2), tall/2, surface)
	if err := s.icon("languages", point{left + inside + icon/2, head / 2}, icon, 9, brand); err != nil {
		return err
	}
	s.write(medium, m.Other, point{left + inside + icon + 28, head/2 + pill*0.32}, pill, brand)

	name := semiBold.fit(m.Agency, 104, left-40-(markX+mark+44))
	s.write(semiBold, m.Agency, point{markX + mark + 44, head/2 + name*0.32}, name, surface)
	return nil
}

// bridge draws the house's mark, as on its pages, with its middle at x, y.
func (s sheet) bridge(x, y, size float64) {
	at := func(px, py float64) point { return point{x + (px-16)*size/32, y + (py-16)*size/32} }
	arch := curve([]point{at(5, 18)}, at(11, 9), at(21, 9), at(27, 18))
	s.stroke([][]point{
		{at(5, 21), at(27, 21)}, {at(8, 21), at(8, 18)}, {at(24, 21), at(24, 18)}, arch,
		{at(12, 21), at(12, 14)}, {at(20, 21), at(20, 14)}, {at(16, 21), at(16, 12.5)},
	}, 2*size/32, surface)
}

// drawTile draws one tile: an icon on a disc over its label.
func (s sheet) drawTile(i int, t Tile, f *typeface, size float64) error {
	x, y, w, h := tile(i)
	face, rim, words, round, sign := surface, line, ink, brandSoft, brand
	switch t.Tone {
	case Calm:
	case Strong:
		face, rim, words, round, sign = brand, brand, surface, surface, brand
	case Warm:
		round, sign = warmSoft, warm
	case Good:
		round, sign = goodSoft, good
	}
	plate := image.Rect(int(x), int(y), int(x+w), int(y+h))
	s.plate(plate, corner, rim)
	s.plate(plate.Inset(4), corner-4, face)
	c := point{x + w/2, y + h*0.40}
	s.fill(disc(c, iconDisc), round)
	if err := s.icon(t.Icon, c, iconSize, iconLine, sign); err != nil {
		return err
	}
	s.centred(f, t.Label, point{x + w/2, y + h*0.86}, size, words)
	return nil
}
