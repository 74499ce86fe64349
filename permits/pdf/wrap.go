package pdf

import "strings"

// wrap breaks text into lines no wider than width at the size: between words, at worst between letter groups.
func (f *typeface) wrap(d dictionary, text string, size, width float64) []string {
	var lines []string
	for _, paragraph := range strings.Split(clean(text), "\n") {
		lines = append(lines, f.wrapParagraph(d, paragraph, size, width)...)
	}
	return lines
}

// balanced is wrap with lines of about the same width: for centred text.
func (f *typeface) balanced(d dictionary, text string, size, width float64) []string {
	lines := f.wrap(d, text, size, width)
	if len(lines) == 1 {
		return lines
	}
	for narrower := width - 6; narrower > width/2; narrower -= 6 {
		tried := f.wrap(d, text, size, narrower)
		if len(tried) > len(lines) {
			break
		}
		lines = tried
	}
	return lines
}

func (f *typeface) wrapParagraph(d dictionary, paragraph string, size, width float64) []string {
	runes := []rune(paragraph)
	reach := make([]float64, len(runes)+1) // width of the text before each rune
	edge := make([]bool, len(runes)+1)     // a cluster begins there
	var sum float64
	for _, c := range f.shape(paragraph) {
		edge[c.start] = true
		for i := c.start; i < c.end; i++ {
			reach[i] = sum
		}
		sum += c.advance * size / 1000
	}
	reach[len(runes)], edge[len(runes)] = sum, true
	may := d.breaks(runes)

	var lines []string
	for start := 0; start < len(runes); {
		end := f.lineEnd(runes, reach, edge, may, start, width)
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
func (f *typeface) lineEnd(runes []rune, reach []float64, edge, may []bool, start int, width float64) int {
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
