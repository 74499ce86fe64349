// Package lucide holds line icons of the Lucide project, unmodified, under the ISC licence (LICENSE).
package lucide

import (
	"embed"
	"io/fs"
)

//go:embed icons
var icons embed.FS

// Icons returns the SVG files, in the folder icons. They must not be changed.
func Icons() embed.FS { return icons }

// Has says whether there is an icon of this name.
func Has(name string) bool {
	_, err := fs.Stat(icons, "icons/"+name+".svg")
	return err == nil
}
