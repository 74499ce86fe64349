package portal

import (
	"strconv"
	"strings"

	"saphan/forms"
)

// shown is an answer as a person reads it in their language.
func (o own) shown(fl forms.Field, a forms.Answer) string {
	if !fl.Files() {
		return a.In(fl, o.Lang, forms.WholeMonth)
	}
	var names []string
	for i, file := range a.Files() {
		names = append(names, o.fileName(fl, file, i+1))
	}
	return strings.Join(names, "\n")
}

// fileName is what a file is called; pictures from a chat have no name of their own.
func (o own) fileName(fl forms.Field, file forms.File, n int) string {
	switch {
	case file.Name != "":
		return file.Name
	case fl.Kind == forms.PhotoField:
		return o.T("รูปที่ {n}", "Photo {n}", "n", n)
	default:
		return o.T("ไฟล์ที่ {n}", "File {n}", "n", n)
	}
}

// size is how large a file is.
func size(bytes int64) string {
	if bytes < 1e6 {
		return strconv.FormatInt(max(1, (bytes+500)/1000), 10) + " KB"
	}
	return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) + " MB"
}
