package files

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"saphan/internal/thai"
)

const (
	nameBytes = 200 // file systems stop at 255, and some of that is for a number in front
	extBytes  = 16
	noName    = "ไฟล์"
)

// SafeName returns a file's name as it may be shown and offered for download: the sender's words
// without folders, control and direction-changing characters, spelled canonically (LOC-8), of a length
// that every file system takes. Thai stays Thai.
func SafeName(name string) string {
	name = thai.Canonical(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp), r == utf8.RuneError:
			return -1
		case strings.ContainsRune(`<>:"|?*`, r): // what Windows forbids
			return '_'
		}
		return r
	}, name)
	// Blanks and dots at the ends hide a file or vanish on the way.
	name = strings.Trim(strings.Join(strings.Fields(name), " "), " .")
	name = shorten(name)
	stem, _, _ := strings.Cut(name, ".")
	if reserved(stem) {
		name = "_" + name
	}
	if name == "" {
		return noName
	}
	return name
}

// extension is the last part of a name, with its dot and in lower case.
func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(name[i:]))
}

// shorten cuts the middle out of a long name, so that its extension stays.
func shorten(name string) string {
	if len(name) <= nameBytes {
		return name
	}
	ext := extension(name)
	if len(ext) > extBytes {
		ext = ""
	}
	cut := nameBytes - len(ext)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.TrimRight(name[:cut], " .") + ext
}

// reserved reports whether Windows takes a name for a device.
func reserved(stem string) bool {
	stem = strings.ToUpper(strings.TrimSpace(stem))
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'
}
