// Package thaiwords holds lists of Thai words and place names, for breaking lines between words.
// Where they come from and under which licences stands in README.md.
package thaiwords

import (
	_ "embed"
	"strings"
)

//go:embed words.txt
var words string

//go:embed places.txt
var places string

//go:embed more.txt
var more string

// Words returns the Thai words: the dictionary's and those of permits and local government.
func Words() []string { return append(strings.Fields(words), strings.Fields(more)...) }

// Places returns the names of provinces, districts and sub-districts.
func Places() []string { return strings.Fields(places) }
