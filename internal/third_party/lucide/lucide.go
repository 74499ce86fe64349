// Package lucide holds line icons of the Lucide project, unmodified, under the ISC licence (LICENSE).
package lucide

import "embed"

//go:embed icons
var icons embed.FS

// Icons returns the SVG files, in the folder icons. They must not be changed.
func Icons() embed.FS { return icons }
