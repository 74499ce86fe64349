package files_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"saphan/files"
	"saphan/internal/fault"
)

// office is a document as office programs write it: a ZIP whose first entries tell its sort.
func office(t *testing.T, entries ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range entries {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(`<?xml version="1.0"?><x/>`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func ftyp(brand string) []byte {
	return []byte("\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x02\x00" + brand + "isom\x00\x00\x00\x08moov")
}

// MTH-2.4: the kinds that are taken, by their first bytes; a file that was renamed is not.
func TestAcceptGoesByContent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	docx := office(t, "[Content_Types].xml", "_rels/.rels", "word/document.xml")
	pdf := []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")
	jpeg := []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	png := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00")
	exe := []byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + strings.Repeat("\x00", 100))
	html := []byte("<!DOCTYPE html><html><script>alert(1)</script></html>")
	// The test virus that every scanner knows; never whole in the repository.
	eicar := []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}` + `$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)

	for _, c := range []struct {
		name string
		data []byte
		want string // a word of the refusal; empty: taken
	}{
		{"แผนที่ตั้ง.pdf", pdf, ""},
		{"../ใบ.pdf", pdf, ""}, // line.md row 22
		{"PHOTO.JPG", jpeg, ""},
		{"", jpeg, ""}, // photos from LINE have no name
		{"scan.png", png, ""},
		{"IMG_0001.heic", ftyp("heic"), ""},
		{"IMG_0001.jpg", ftyp("heic"), ""}, // a telephone that changed only the name
		{"a.webp", []byte("RIFF\x24\x00\x00\x00WEBPVP8 "), ""},
		{"คำขอ.docx", docx, ""},
		{"บัญชี.xlsx", office(t, "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), ""},
		{"แปลน.dwg", []byte("AC1032\x00\x00\x00\x00\x00\x00\x00\x00\x00"), ""},
		{"แปลน.dxf", []byte("  0\nSECTION\n  2\nHEADER\n  9\n$ACADVER\n  1\nAC1032\n"), ""},
		{"clip.mp4", ftyp("isom"), ""},
		{"clip.mov", ftyp("qt  "), ""},
		{"เสียง.m4a", ftyp("M4A "), ""},
		{"เสียง.m4a", ftyp("mp42"), ""}, // what LINE's recorder writes
		{"เสียง.mp3", []byte("\xff\xfb\x90\x00" + strings.Repeat("\x00", 413)), ""},
		{"หนังสือเลขที่ 12.34", pdf, ""},

		{"ใบเสร็จ.pdf", exe, "ชนิดนี้ยังรับไม่ได้"},
		{"ใบเสร็จ.pdf", html, "ชนิดนี้ยังรับไม่ได้"},
		{"page.jpg", html, "ชนิดนี้ยังรับไม่ได้"},
		{"logo.png", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "ชนิดนี้ยังรับไม่ได้"},
		{"eicar.pdf", eicar, "ชนิดนี้ยังรับไม่ได้"},
		{"a.pdf", office(t, "a.txt"), "ชนิดนี้ยังรับไม่ได้"},
		{"old.doc", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), "ชนิดนี้ยังรับไม่ได้"},
		{"letter.pdf", docx, "ลงท้ายด้วย .pdf แต่ข้างในเป็นไฟล์ Word"},
		{"photo.jpg", pdf, "ลงท้ายด้วย .jpg แต่ข้างในเป็นไฟล์ PDF"},
		{"photo.jpg.exe", jpeg, "ลงท้ายด้วย .exe"},
		{"doc.HTML", pdf, "ลงท้ายด้วย .html"},
		{"macro.docm", docx, "ลงท้ายด้วย .docm"},
		{"photo.exe. ", jpeg, "ลงท้ายด้วย .exe"},
		{"exe\u202egpj.exe", jpeg, "ลงท้ายด้วย .exe"}, // shown as exeexe.jpg
	} {
		o := b.put(t, c.data)
		err := files.Accept(o, c.name)
		if c.want == "" {
			if err != nil {
				t.Errorf("%q (%s): %v", c.name, o.MediaType, err)
			}
			continue
		}
		sentence, refused := files.Refusal(err)
		if !refused || !fault.Is(err, fault.Invalid) || !strings.Contains(sentence, c.want) {
			t.Errorf("%q (%s): %v, want %q", c.name, o.MediaType, err, c.want)
		}
	}
}

func TestRefusalIsOnlyTheFilesOwnFault(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, files.ErrAltered, fault.New(fault.Unavailable, "x"), fault.New(fault.NotFound, "x")} {
		if sentence, refused := files.Refusal(err); refused || sentence != "" {
			t.Errorf("%v is taken for a refusal", err)
		}
	}
}

// S9, LOC-8: names are cleaned, Thai stays.
func TestSafeName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("หนังสือ", 50)
	for name, want := range map[string]string{
		"สำเนาทะเบียนบ้าน.pdf": "สำเนาทะเบียนบ้าน.pdf",
		"../../etc/ใบ.pdf":     "ใบ.pdf",
		`C:\Users\ก\ภาพ.jpg`:   "ภาพ.jpg",
		"..":                   "ไฟล์",
		"":                     "ไฟล์",
		"/":                    "ไฟล์",
		" . ":                  "ไฟล์",
		"a\x00b\r\nc\td.pdf":   "ab c d.pdf",
		"cod\u202egpj.exe":     "codgpj.exe",
		"ก\u200bข\ufeff.pdf":   "กข.pdf",
		"น\u0e4d\u0e32.pdf":    "นำ.pdf", // LOC-8: decomposed SARA AM
		"เเบบฟอร์ม.docx":       "แบบฟอร์ม.docx",
		`a<b>c:d"e|f?g*h.pdf`:  "a_b_c_d_e_f_g_h.pdf",
		"CON.pdf":              "_CON.pdf",
		"lpt1":                 "_lpt1",
		"COMET.pdf":            "COMET.pdf",
		".htaccess":            "htaccess",
		"\xff\xfe.pdf":         "pdf",
		"  รายงาน   ประจำปี  .pdf   ": "รายงาน ประจำปี .pdf",
	} {
		if got := files.SafeName(name); got != want {
			t.Errorf("SafeName(%q) = %q, want %q", name, got, want)
		}
	}
	got := files.SafeName(long + ".pdf")
	if len(got) > 200 || !strings.HasSuffix(got, ".pdf") || !strings.HasPrefix(long, strings.TrimSuffix(got, ".pdf")) {
		t.Errorf("long name becomes %q", got)
	}
}

func FuzzSafeName(f *testing.F) {
	for _, seed := range []string{"ใบ.pdf", "../a", "\u202e", "a.\xff", strings.Repeat("ก", 100) + "." + strings.Repeat("ข", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := files.SafeName(name)
		switch {
		case got == "" || len(got) > 216:
			t.Errorf("SafeName(%q) has %d bytes", name, len(got))
		case strings.ContainsAny(got, "/\\\x00\n\r\u202e\u200b:"):
			t.Errorf("SafeName(%q) = %q", name, got)
		case got == "." || got == "..":
			t.Errorf("SafeName(%q) = %q", name, got)
		}
		if again := files.SafeName(got); again != got {
			t.Errorf("SafeName(%q) = %q, and of that %q", name, got, again)
		}
	})
}

// zipped is a ZIP of one entry.
func zipped(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
