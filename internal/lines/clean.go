package lines

import (
	"strings"
	"unicode"

	"saphan/internal/thai"
)

// Clean makes a value fit to be drawn on lines: no control or invisible characters, no doubled spaces; line breaks stay.
func Clean(s string) string {
	var b strings.Builder
	space := true
	for _, r := range strings.ReplaceAll(thai.Canonical(s), "\r\n", "\n") {
		switch {
		case r == '\n' || r == '\u2028' || r == '\u2029':
			b.WriteRune('\n')
			space = true
		case unicode.IsSpace(r) && r != '\u00a0' || unicode.IsControl(r):
			if !space {
				b.WriteRune(' ')
			}
			space = true
		case unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar || unicode.Is(unicode.Variation_Selector, r):
		default:
			b.WriteRune(r)
			space = false
		}
	}
	return strings.TrimSpace(b.String())
}
