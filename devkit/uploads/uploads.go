// Package uploads makes files as people and attackers send them, for tests: pictures, papers and films of
// every kind that is taken, and files that are two things at once, carry programs, bear false names or
// would fill a memory. They are made by this script; none lies in the repository.
package uploads

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
)

// Upload is a file with the name its sender gave it.
type Upload struct {
	Name  string
	What  string // what it is, for the test's report
	Data  []byte
	Taken bool // it is what it says, and is to be taken
}

// carrier is a good file of a kind that is taken.
type carrier struct {
	what, ext string
	data      []byte
}

// Corpus returns the files. Making them fails only when the standard library does.
func Corpus() ([]Upload, error) {
	good, err := carriers()
	if err != nil {
		return nil, err
	}
	archive, err := Zip(map[string]string{"run.js": "alert(1)", "index.html": page})
	if err != nil {
		return nil, err
	}
	var all []Upload
	add := func(taken bool, name, what string, data []byte) {
		all = append(all, Upload{Name: name, What: what, Data: data, Taken: taken})
	}
	for _, c := range good {
		add(true, "เอกสาร"+c.ext, c.what, c.data)
		add(true, "../../"+strings.Repeat("ก", 300)+c.ext, c.what+", with a long name in folders", c.data)
		add(false, "เอกสาร"+c.ext+".exe", c.what+", named as a program", c.data)
		add(false, "เอกสาร"+c.ext+".html", c.what+", named as a page", c.data)
		add(false, "เอกสาร\u202e"+c.ext+".scr", c.what+", with a name that is shown backwards", c.data)
		if c.office() {
			continue
		}
		add(false, "a"+c.ext, c.what+" with an archive behind", join(c.data, archive))
		add(false, "a"+c.ext, c.what+" with an archive and a remark behind", join(c.data, withRemark(archive, "remark")))
		add(false, "a"+c.ext, c.what+" with a RAR behind", join(c.data, []byte("Rar!\x1a\x07\x01\x00"), make([]byte, 99)))
		add(false, "a"+c.ext, c.what+" with a 7z behind", join(c.data, []byte("7z\xbc\xaf\x27\x1c\x00\x04"), make([]byte, 99)))
		add(false, "a"+c.ext, c.what+" behind an archive", join(archive, c.data))
		add(false, "a"+c.ext, c.what+" behind a page", join([]byte(page), c.data))
		add(false, "a"+c.ext, c.what+" behind a script", join([]byte("var x = 1; /*"), c.data, []byte("*/")))
		if strings.HasPrefix(c.what, "picture") {
			add(false, "a"+c.ext, c.what+" with a page behind", join(c.data, []byte(strings.ToUpper(page))))
			add(false, "a"+c.ext, c.what+" with PHP behind", join(c.data, []byte("<?php system($_GET['c']); ?>")))
		}
	}
	for what, remark := range map[string]string{"page": page, "PHP": "<?php system('id');", "script": "*/=1;</title><SCRIPT src=//x></SCRIPT>"} {
		add(false, "a.jpg", "JPEG with a "+what+" as its remark", withRemarkJPEG(good[0].data, remark))
		add(false, "a.png", "PNG with a "+what+" as its remark", withRemarkPNG(good[1].data, remark))
		add(false, "a.pdf", "PDF with a "+what+" in its head", join([]byte("%PDF-1.4\n"+remark+"<html>\n"), make([]byte, 500)))
		add(false, "a.mp4", "film with a "+what+" in its head", join(atom("ftyp", "isom\x00\x00\x02\x00isom"), atom("free", remark+"<html>"), atom("mdat", "x")))
	}
	if err := office(add); err != nil {
		return nil, err
	}
	others(add)
	return append(all, immense()...), nil
}

const page = "<!DOCTYPE html><html><body><script>alert(document.domain)</script></body></html>"

func (c carrier) office() bool { return c.ext == ".docx" || c.ext == ".xlsx" }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// carriers are good files. The first two are a JPEG and a PNG.
func carriers() ([]carrier, error) {
	picture := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i * 7 % 251)
	}
	picture.Set(0, 0, color.White)
	var jpg, pngs bytes.Buffer
	if err := jpeg.Encode(&jpg, picture, nil); err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	if err := png.Encode(&pngs, picture); err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	webp, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	docx, err := Zip(map[string]string{"[Content_Types].xml": "<Types/>", "_rels/.rels": "<x/>", "word/document.xml": "<w:document/>"})
	if err != nil {
		return nil, err
	}
	xlsx, err := Zip(map[string]string{"[Content_Types].xml": "<Types/>", "_rels/.rels": "<x/>", "xl/workbook.xml": "<workbook/>"})
	if err != nil {
		return nil, err
	}
	film := func(brand string) []byte {
		return join(atom("ftyp", brand+"\x00\x00\x02\x00"+brand+"isom"), atom("moov", string(atom("mvhd", strings.Repeat("\x00", 100)))), atom("mdat", strings.Repeat("s", 900)))
	}
	return []carrier{
		{"picture: JPEG", ".jpg", jpg.Bytes()}, {"picture: PNG", ".png", pngs.Bytes()}, {"picture: WebP", ".webp", webp},
		{"picture: HEIC", ".heic", join(atom("ftyp", "heic\x00\x00\x00\x00mif1heic"), atom("mdat", "x"))},
		{"PDF", ".pdf", PDF()}, {"Word", ".docx", docx}, {"Excel", ".xlsx", xlsx},
		{"film: MP4", ".mp4", film("isom")}, {"film: MOV", ".mov", film("qt  ")}, {"sound: M4A", ".m4a", film("M4A ")},
		{"sound: MP3", ".mp3", join([]byte("\xff\xfb\x90\x00"), make([]byte, 500))},
		{"plan: DWG", ".dwg", join([]byte("AC1032\x00\x00\x00\x00\x00"), make([]byte, 300))},
		{"plan: DXF", ".dxf", []byte("  0\nSECTION\n  2\nHEADER\n  9\n$ACADVER\n  1\nAC1032\n  0\nENDSEC\n  0\nEOF\n")},
	}, nil
}

// office are office files that carry programs, and those of kinds that are not taken.
func office(add func(taken bool, name, what string, data []byte)) error {
	for _, o := range []struct {
		name, what string
		entries    map[string]string
	}{
		{"a.docx", "Word with macros under the name of one without", map[string]string{"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>", "word/vbaProject.bin": "\xd0\xcf\x11\xe0"}},
		{"a.docx", "Word with macros, spelled otherwise", map[string]string{"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>", "word/VBAPROJECT.BIN": "\xd0\xcf\x11\xe0"}},
		{"a.docm", "Word with macros", map[string]string{"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>", "word/vbaProject.bin": "\xd0\xcf\x11\xe0"}},
		{"a.xlsx", "Excel with macros", map[string]string{"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>", "xl/vbaProject.bin": "\xd0\xcf\x11\xe0"}},
		{"a.xlsx", "Excel with the macros of old", map[string]string{"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>", "xl/macrosheets/sheet1.xml": "<x/>"}},
		{"a.xlsm", "Excel without macros, named as one with", map[string]string{"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}},
		{"a.pptx", "slides", map[string]string{"[Content_Types].xml": "<x/>", "ppt/presentation.xml": "<x/>"}},
		{"a.zip", "archive", map[string]string{"a.txt": "x"}},
		{"a.docx", "archive named as Word", map[string]string{"a.txt": "x"}},
		{"a.apk", "program for telephones", map[string]string{"META-INF/MANIFEST.MF": "x", "AndroidManifest.xml": "x", "classes.dex": "x"}},
		{"a.jar", "program for Java", map[string]string{"META-INF/MANIFEST.MF": "x"}},
		{"a.zip", "archive that unpacks to a hundred times its size", map[string]string{"a.txt": strings.Repeat("0", 1<<20)}},
	} {
		data, err := Zip(o.entries)
		if err != nil {
			return err
		}
		add(false, o.name, o.what, data)
	}
	return nil
}

// others are files of kinds that are not taken, under names of those that are.
func others(add func(taken bool, name, what string, data []byte)) {
	old := join([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600))
	svg := `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	for _, o := range []struct{ name, what, data string }{
		{"a.pdf", "page named as PDF", page}, {"a.jpg", "page named as picture", page}, {"a.pdf", "page without its head", "<script>alert(1)</script>"},
		{"a.svg", "drawing", svg}, {"a.png", "drawing with a program named as picture", svg}, {"a.png", "drawing with an XML head", `<?xml version="1.0"?>` + svg},
		{"a.xml", "XML with an entity", `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`},
		{"a.pdf", "program of Windows named as PDF", "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + strings.Repeat("\x00", 200)},
		{"a.jpg", "program of Linux named as picture", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 200)},
		{"a.sh", "script", "#!/bin/sh\nid\n"}, {"a.pdf", "script named as PDF", "#!/bin/sh\nid\n"}, {"a.js", "script of the web", "alert(1)"},
		{"a.doc", "Word of old", string(old)}, {"a.pdf", "Word of old named as PDF", string(old)},
		{"a.rtf", "rich text", `{\rtf1\ansi x}`}, {"a.txt", "text", "สวัสดี"}, {"a.csv", "table", "a,b\n1,2\n"}, {"a.pdf", "text named as PDF", "สวัสดี"},
		{"a.gif", "GIF", "GIF89a\x01\x00\x01\x00\x00\x00\x00;"}, {"a.jpg", "GIF with a program named as picture", "GIF89a=1;alert(1)"},
		{"a.bmp", "bitmap", "BM" + strings.Repeat("\x00", 60)}, {"a.tif", "TIFF", "II*\x00\x08\x00\x00\x00" + strings.Repeat("\x00", 60)},
		{"a.swf", "Flash", "FWS\x05" + strings.Repeat("\x00", 60)}, {"a.ps", "PostScript", "%!PS-Adobe-3.0\n"}, {"a.pdf", "PostScript named as PDF", "%!PS-Adobe-3.0\n"},
		{"a.mht", "archived page", "MIME-Version: 1.0\nContent-Type: multipart/related\n\n" + page}, {"a.eml", "mail", "From: a@b\nSubject: x\n\nx"},
		{"a.lnk", "link", "L\x00\x00\x00\x01\x14\x02\x00" + strings.Repeat("\x00", 60)}, {"a.url", "web link", "[InternetShortcut]\nURL=file:///x\n"},
		{"a.7z", "7z", "7z\xbc\xaf\x27\x1c" + strings.Repeat("\x00", 60)}, {"a.rar", "RAR", "Rar!\x1a\x07\x01\x00"}, {"a.gz", "gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00"},
		{"a.iso", "disk", strings.Repeat("\x00", 0x8001) + "CD001"}, {"a.sqlite", "database", "SQLite format 3\x00"}, {"a.wasm", "WebAssembly", "\x00asm\x01\x00\x00\x00"},
		{"a.class", "Java class", "\xca\xfe\xba\xbe\x00\x00\x00\x34"}, {"a.pdf", "PDF behind other bytes", strings.Repeat("x", 100) + string(PDF())},
	} {
		add(false, o.name, o.what, []byte(o.data))
	}
}

// immense are pictures that say they are larger than any memory: the file is small.
func immense() []Upload {
	head := func(w, h uint32) []byte {
		b := binary.BigEndian.AppendUint32(nil, w)
		b = binary.BigEndian.AppendUint32(b, h)
		return append(b, 1, 0, 0, 0, 0) // one bit a point
	}
	var rows bytes.Buffer
	z := zlib.NewWriter(&rows)
	_, _ = z.Write(make([]byte, 4<<20)) // into memory: never errs
	_ = z.Close()
	bomb := join([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head(50_000, 50_000)), chunk("IDAT", rows.Bytes()), chunk("IEND", nil))
	wide := join([]byte("\xff\xd8\xff\xc0\x00\x0b\x08"), []byte{0xFF, 0xFF, 0xFF, 0xFF}, []byte("\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"), make([]byte, 500), []byte{0xFF, 0xD9})
	return []Upload{
		{Name: "a.png", What: "PNG of 50,000 x 50,000", Data: bomb},
		{Name: "a.jpg", What: "JPEG of 65,535 x 65,535", Data: wide},
	}
}

// PDF is a paper of one page.
func PDF() []byte {
	return []byte("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
}

// Zip is an archive with these entries; the one that office programs write first comes first.
func Zip(entries map[string]string) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	write := func(name string) error {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(entries[name]))
		}
		return err
	}
	const first = "[Content_Types].xml"
	var err error
	if _, is := entries[first]; is {
		err = write(first)
	}
	for name := range entries {
		if err == nil && name != first {
			err = write(name)
		}
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	return out.Bytes(), nil
}

// withRemark gives an archive a remark at its end.
func withRemark(archive []byte, remark string) []byte {
	out := bytes.Clone(archive)
	binary.LittleEndian.PutUint16(out[len(out)-2:], uint16(len(remark)))
	return append(out, remark...)
}

func withRemarkJPEG(plain []byte, remark string) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, 0xFE}, uint16(len(remark)+2))
	return join(plain[:2], segment, []byte(remark), plain[2:])
}

func withRemarkPNG(plain []byte, remark string) []byte {
	return join(plain[:33], chunk("tEXt", []byte("Comment\x00"+remark)), plain[33:])
}

func chunk(name string, content []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	out = append(append(out, name...), content...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(append([]byte(name), content...)))
}

func atom(name, content string) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(content)+8)), name...), content...)
}
