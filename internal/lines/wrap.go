package lines

import "strings"

// Span is what is drawn as one: a letter with the marks above and below it.
type Span struct {
	Start, End int     // runes of the line
	Advance    float64 // how far it moves the pen, in the unit of the width
}

// Shape says what the letters of a line are and how wide.
type Shape func(line string) []Span

// Wrap breaks text into lines no wider than width: between words, at worst between letter groups. Line breaks in the text
// stay, and there is always at least one line.
func Wrap(d Words, text string, width float64, shape Shape) []string {
	var lines []string
	for _, paragraph := range strings.Split(Clean(text), "\n") {
		lines = append(lines, wrapParagraph(d, paragraph, width, shape)...)
	}
	return lines
}

// Balanced is Wrap with lines of about the same width: for centred text. It tries widths in steps.
func Balanced(d Words, text string, width, step float64, shape Shape) []string {
	lines := Wrap(d, text, width, shape)
	if len(lines) == 1 {
		return lines
	}
	for narrower := width - step; narrower > width/2; narrower -= step {
		tried := Wrap(d, text, narrower, shape)
		if len(tried) > len(lines) {
			break
		}
		lines = tried
	}
	return lines
}

func wrapParagraph(d Words, paragraph string, width float64, shape Shape) []string {
	runes := []rune(paragraph)
	reach := make([]float64, len(runes)+1) // width of the text before each rune
	edge := make([]bool, len(runes)+1)     // a letter group begins there
	var sum float64
	for _, c := range shape(paragraph) {
		edge[c.Start] = true
		for i := c.Start; i < c.End; i++ {
			reach[i] = sum
		}
		sum += c.Advance
	}
	reach[len(runes)], edge[len(runes)] = sum, true
	may := d.breaks(runes)

	var lines []string
	for start := 0; start < len(runes); {
		end := lineEnd(runes, reach, edge, may, start, width)
		lines = append(lines, strings.TrimSpace(string(runes[start:end])))
		for end < len(runes) && runes[end] == ' ' {
			end++
		}
		start = end
	}
	if len(lines) == 0 {
		return []string{""}
	}
	return lines
}

// lineEnd is where the line that begins at start ends.
func lineEnd(runes []rune, reach []float64, edge, may []bool, start int, width float64) int {
	word, letter := 0, 0
	for i := start + 1; i <= len(runes); i++ {
		ink := i
		for ink > start && runes[ink-1] == ' ' {
			ink--
		}
		if reach[ink]-reach[start] > width {
			break
		}
		if !edge[i] {
			continue
		}
		if may[i] {
			word = i
		}
		if i == len(runes) || splittable(runes[i-1], runes[i]) {
			letter = i
		}
	}
	switch {
	case word > start:
		return word
	case letter > start:
		return letter
	}
	end := start + 1 // not even one letter group fits: draw one all the same
	for end < len(runes) && (!edge[end] || !splittable(runes[end-1], runes[end])) {
		end++
	}
	return end
}
