package files

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/webp"
)

// Trait is something about a file that its type does not tell, and for which it is not taken.
type Trait string

// The traits. A file of two types at once is opened as the one or the other, by the choice of whoever made it.
const (
	Plain   Trait = ""
	Hiding  Trait = "hiding"  // another file, or a page with a program, is inside
	Macros  Trait = "macros"  // an office file that carries a program
	Immense Trait = "immense" // a picture that takes gigabytes to draw
)

const (
	// maxPixels is the largest picture that is taken: telephones make 200 million points, and a browser
	// needs four bytes for each.
	maxPixels = 300_000_000
	// pageHead is the part of any file in which a browser might look for the beginning of a page.
	pageHead = 2 << 10
	// zipTail is as far from its end as a ZIP's directory may be announced.
	zipTail = 64<<10 + 22
)

// Words in lower case that pages and programs have and pictures, films and documents have not: at the
// beginning of any file, in the whole of a picture, in the whole of anything that is no archive itself,
// and in the whole of an office file, which is one and whose entries' names stand in it as they are.
var (
	pageWords    = traces("<script", "<html", "<!doctype html", "<svg", "<?php", "<iframe", "<body")
	pictureWords = traces("<script", "<html>", "<html ", "<!doctype html", "<?php ", "<iframe", "javascript:")
	archiveWords = traces("rar!\x1a\x07", "7z\xbc\xaf\x27\x1c")
	macroWords   = traces("vbaproject.bin", "vbadata.xml", "macrosheets/")
)

func traces(all ...string) (list [][]byte) {
	for _, w := range all {
		list = append(list, []byte(w))
	}
	return list
}

// inspector looks at a file while it passes.
type inspector struct {
	mediaType string
	office    bool
	seek      [][]byte // what is sought in the whole file
	found     Trait
	size      int64
	text      []byte // in lower case, with the end of what came before: a word may lie across
	tail      []byte
}

// longestWord bounds the words above.
const longestWord = 32

// newInspector looks at the beginning of a file: as much of it as its reader holds.
func newInspector(mediaType string, head []byte) *inspector {
	i := seeking(mediaType)
	switch {
	case mediaType == "application/pdf" && !bytes.HasPrefix(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"), []byte("%PDF-")):
		i.found = Hiding // readers look for the beginning further on, and so something else can stand before it
	case !i.office && holds(lower(nil, head[:min(len(head), pageHead)]), pageWords):
		i.found = Hiding
	case pixels(mediaType, head) > maxPixels:
		i.found = Immense
	}
	return i
}

// seeking is an inspector of files of a type that has seen nothing yet.
func seeking(mediaType string) *inspector {
	i := &inspector{mediaType: mediaType, office: strings.Contains(mediaType, "officedocument")}
	switch {
	case i.office:
		i.seek = macroWords
	case strings.HasPrefix(mediaType, "image/"):
		i.seek = append(append(i.seek, pictureWords...), archiveWords...)
	default:
		i.seek = archiveWords
	}
	return i
}

// pixels is how many points a picture has, 0 when its beginning does not tell.
func pixels(mediaType string, head []byte) int64 {
	var (
		c   image.Config
		err error
	)
	switch r := bytes.NewReader(head); mediaType {
	case "image/jpeg":
		c, err = jpeg.DecodeConfig(r)
	case "image/png":
		c, err = png.DecodeConfig(r)
	case "image/webp":
		c, err = webp.DecodeConfig(r)
	default:
		return 0
	}
	if err != nil {
		return 0
	}
	return int64(c.Width) * int64(c.Height)
}

// Write looks at the next bytes. It never fails.
func (i *inspector) Write(p []byte) (int, error) {
	i.size += int64(len(p))
	if !i.office {
		i.tail = append(i.tail, p...)
		if extra := len(i.tail) - zipTail; extra > 0 {
			i.tail = append(i.tail[:0], i.tail[extra:]...)
		}
	}
	if i.found == Plain {
		i.text = lower(append(i.text[:0], i.text[max(0, len(i.text)-longestWord):]...), p)
		if holds(i.text, i.seek) {
			i.found = Hiding
			if i.office {
				i.found = Macros
			}
		}
	}
	return len(p), nil
}

var _ io.Writer = (*inspector)(nil)

// trait is the verdict over the whole file.
func (i *inspector) trait() Trait {
	if i.found == Plain && i.endsAsZip() {
		return Hiding
	}
	return i.found
}

// endsAsZip reports whether a program for archives would open the file: it looks for the directory from
// the end.
func (i *inspector) endsAsZip() bool {
	const record = 22
	for rest := i.tail; ; {
		at := bytes.LastIndex(rest, []byte("PK\x05\x06"))
		if at < 0 {
			return false
		}
		if end := i.tail[at:]; len(end) >= record {
			disk, entries, all := binary.LittleEndian.Uint16(end[4:]), binary.LittleEndian.Uint16(end[8:]), binary.LittleEndian.Uint16(end[10:])
			size, offset := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
			before := i.size - int64(len(i.tail)) + int64(at)
			large := entries == 0xFFFF || size == 0xFFFFFFFF // ZIP64 says it elsewhere
			if large || disk == 0 && entries == all && size >= 46*int64(entries) && size+offset <= before {
				return true
			}
		}
		rest = rest[:at]
	}
}

// lower adds bytes in lower case; only letters of ASCII have one here.
func lower(text, p []byte) []byte {
	for _, c := range p {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		text = append(text, c)
	}
	return text
}

func holds(text []byte, words [][]byte) bool {
	for _, w := range words {
		if bytes.Contains(text, w) {
			return true
		}
	}
	return false
}
