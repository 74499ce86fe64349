package papers

import "saphan/internal/pdf"

// column is one column of a table.
type column struct {
	head  string
	share float64 // of the measure; all together are 1
	right bool    // numbers stand at its right edge
}

// para is a paragraph of a cell.
type para struct {
	text  string
	small bool
	bold  bool
	col   pdf.Colour
}

// cell is what stands in a row below a column's head.
type cell []para

// plain is a cell of ordinary text.
func plain(text string) cell { return cell{{text: text, col: ink}} }

// strong is a cell of bold text.
func strong(text string) cell { return cell{{text: text, bold: true, col: ink}} }

const cellPad = 6.0

// row is one row of a table.
type row struct {
	cells []cell
	total bool // stands out: what the others add up to
}

// table is rows under the heads of columns; the heads are drawn again on every page that goes on with it.
func (s *sheet) table(columns []column, rows []row) []pdf.Piece {
	if len(rows) == 0 {
		return nil
	}
	head := s.tableHead(columns)
	out := []pdf.Piece{head}
	for _, r := range rows {
		pieces := s.tableRow(columns, r)
		for i := range pieces {
			pieces[i].Again = &head
		}
		out = append(out, pieces...)
	}
	return append(out, gap(4))
}

func (s *sheet) tableHead(columns []column) pdf.Piece {
	heads, most := make([][]string, len(columns)), 1
	for i, k := range columns {
		heads[i] = s.bold.Wrap(s.words, s.text(k.head), 9, k.share*measure-2*cellPad)
		most = max(most, len(heads[i]))
	}
	high := 8 + 13*float64(most)
	return pdf.Piece{Height: high + 1, With: true, Draw: func(c *pdf.Page, y float64) {
		c.Rect(left, y-high, measure, high, wash)
		x := left
		for i, k := range columns {
			for n, words := range heads[i] {
				s.inColumn(c, k, x, y-14-13*float64(n), inked{words, 9, s.bold, brand})
			}
			x += k.share * measure
		}
	}}
}

// inColumn draws a line in a column that begins at x.
func (s *sheet) inColumn(c *pdf.Page, k column, x, y float64, l inked) {
	if k.right {
		c.Rightward(l.face, x+k.share*measure-cellPad, y, l.size, l.col, l.text)
		return
	}
	c.Text(l.face, x+cellPad, y, l.size, l.col, l.text)
}

// tableRow is the lines of a row's cells over a thin rule.
func (s *sheet) tableRow(columns []column, r row) []pdf.Piece {
	cells, starts, x := make([][]inked, len(columns)), make([]float64, len(columns)), left
	for i, k := range columns {
		starts[i] = x
		x += k.share * measure
		if i >= len(r.cells) {
			continue
		}
		for _, p := range r.cells[i] {
			l := inked{size: bodySize * 0.95, face: s.regular, col: p.col}
			if p.small {
				l.size = smallSize * 0.88
			}
			if p.bold {
				l.face = s.bold
			}
			text := s.text(p.text)
			if text == "" {
				continue
			}
			for _, l.text = range l.face.Wrap(s.words, text, l.size, k.share*measure-2*cellPad) {
				cells[i] = append(cells[i], l)
			}
		}
	}
	return s.beside(cells, 3.5, 4, func(c *pdf.Page, i int, y float64, l inked) {
		s.inColumn(c, columns[i], starts[i], y, l)
	}, func(c *pdf.Page, y, high float64, last bool) {
		if r.total {
			c.Rect(left, y-high, measure, high, wash)
		}
		if last {
			c.Rule(left, y-high, right, y-high, 0.5, hair)
		}
	})
}
