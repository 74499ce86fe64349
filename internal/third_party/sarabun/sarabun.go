// Package sarabun holds the Sarabun typeface, unmodified, under the SIL Open Font License (OFL.txt).
package sarabun

import _ "embed"

//go:embed Sarabun_400Regular.ttf
var regular []byte

//go:embed Sarabun_700Bold.ttf
var bold []byte

// Regular returns the bytes of the regular weight, a TrueType file. They must not be changed.
func Regular() []byte { return regular }

// Bold returns the bytes of the bold weight, a TrueType file. They must not be changed.
func Bold() []byte { return bold }
