package papers

import (
	"strings"

	"saphan/internal/pdf"
)

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
	all := element(s.file.Root, "Table")
	again := s.tableHead(columns, nil)
	out := []pdf.Piece{s.tableHead(columns, element(all, "TR"))}
	for n, r := range rows {
		pieces := s.tableRow(columns, r, element(all, "TR"))
		for i := range pieces {
			pieces[i].Again = &again
		}
		if n+1 < len(rows) && rows[n+1].total { // a sum never stands alone
			pieces[len(pieces)-1].With = true
		}
		out = append(out, pieces...)
	}
	return append(out, gap(4))
}

// tableHead is the heads of the columns, as a row of the table or, drawn again, as decoration.
func (s *sheet) tableHead(columns []column, as func() *pdf.Element) pdf.Piece {
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
			draw := func() {
				for n, words := range heads[i] {
					s.inColumn(c, k, x, y-14-13*float64(n), inked{words, 9, s.bold, brand})
				}
			}
			if as == nil {
				draw()
			} else {
				c.In(scoped(as, "Column")(), draw)
			}
			x += k.share * measure
		}
	}}
}

// inColumn draws a line in a column that begins at x.
func (s *sheet) inColumn(c *pdf.Page, k column, x, y float64, l inked) {
	if k.right {
		c.Rightward(l.face, x+k.share*measure-cellPad, y, l.size, l.col, strings.TrimSpace(l.text))
		return
	}
	c.Text(l.face, x+cellPad, y, l.size, l.col, l.text)
}

// tableRow is the lines of a row's cells over a thin rule.
func (s *sheet) tableRow(columns []column, r row, as func() *pdf.Element) []pdf.Piece {
	elements := make([]func() *pdf.Element, len(columns))
	for i := range elements {
		elements[i] = element(as, "TD")
	}
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
			if s.text(p.text) == "" {
				continue
			}
			for _, l.text = range s.wrap(l.face, l.size, k.share*measure-2*cellPad, p.text) {
				cells[i] = append(cells[i], l)
			}
		}
	}
	return s.beside(cells, elements, 3.5, 4, func(c *pdf.Page, i int, y float64, l inked) {
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
