// Package plexthai holds the IBM Plex Sans Thai Looped typeface, unmodified, under the SIL Open Font License (OFL.txt).
package plexthai

import _ "embed"

//go:embed IBMPlexSansThaiLooped_500Medium.ttf
var medium []byte

//go:embed IBMPlexSansThaiLooped_600SemiBold.ttf
var semiBold []byte

// Medium returns the bytes of weight 500, a TrueType file. They must not be changed.
func Medium() []byte { return medium }

// SemiBold returns the bytes of weight 600, a TrueType file. They must not be changed.
func SemiBold() []byte { return semiBold }
