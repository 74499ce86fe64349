package pdf

// Piece is something of a fixed height in the flow of pages. Long text is many pieces, one a line.
type Piece struct {
	Height  float64
	With    bool // must stand on the same page as the piece after it
	Heading bool // begins a section
	// Again is drawn on top of a page that begins with this piece: the head of a table that goes on. May be nil.
	Again *Piece
	Draw  func(c *Page, y float64) // y is the piece's upper edge
}

// Total is how high pieces are together.
func Total(pieces []Piece) float64 {
	var sum float64
	for _, p := range pieces {
		sum += p.Height
	}
	return sum
}

// Flow says before which pieces a page is turned, and where the last page's body ends; first and again are where the body
// begins on the first page and on further ones, bottom is where it must end. The piece at forced, if any, begins a page.
func Flow(body []Piece, first, again, bottom float64, forced int) (turns map[int]bool, y float64) {
	turns, y = map[int]bool{}, first
	for i, p := range body {
		need := p.Height
		for k := i; body[k].With && k+1 < len(body); k++ {
			need += body[k+1].Height
		}
		if i == forced || y-need < bottom && y < again {
			turns[i] = true
			y = again
			if p.Again != nil {
				y -= p.Again.Height
			}
		}
		y -= p.Height
	}
	return turns, y
}

// LastSection is where the last heading stands, or -1: what follows it is taken along when what closes a document needs a
// page of its own.
func LastSection(body []Piece) int {
	for i := len(body) - 1; i >= 0; i-- {
		if body[i].Heading {
			return i
		}
	}
	return -1
}
