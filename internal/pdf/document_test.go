package pdf_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saphan/internal/lines"
	"saphan/internal/pdf"
	"saphan/internal/tool"
)

func begun(t *testing.T) *pdf.Document {
	t.Helper()
	d, err := pdf.New(pdf.About{Title: "เอกสาร", Author: "หน่วยงานตัวอย่าง", Subject: "ทดสอบ", At: time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func saved(t *testing.T, d *pdf.Document) string {
	t.Helper()
	data, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := tool.Run(t, "qpdf", "--check", path); !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Errorf("qpdf found faults:\n%s", out)
	}
	return path
}

// squares is a picture of four colours, as PNG (one of them showing through) or as JPEG.
func squares(t *testing.T, kind string) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	grey := image.NewGray(img.Bounds())
	for y := range 64 {
		for x := range 64 {
			c := []color.NRGBA{{200, 0, 0, 255}, {0, 160, 0, 255}, {0, 0, 200, 255}, {0, 0, 0, 0}}[x/32+2*(y/32)]
			img.SetNRGBA(x, y, c)
			grey.SetGray(x, y, color.Gray{uint8(x * 4)})
		}
	}
	var b bytes.Buffer
	var err error
	switch kind {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	default:
		err = jpeg.Encode(&b, grey, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Pictures of every kind are seen where they were put, and what shows through is white.
func TestPictures(t *testing.T) {
	t.Parallel()
	d := begun(t)
	c := d.NewPage()
	for i, kind := range []string{"png", "jpeg", "grey"} {
		p, err := d.Picture(squares(t, kind))
		if err != nil || p.Width != 64 || p.Height != 64 {
			t.Fatalf("%s: %+v, %v", kind, p, err)
		}
		c.Picture(p, 50+150*float64(i), 600, 100, 100)
	}
	stem := filepath.Join(t.TempDir(), "page")
	tool.Run(t, "pdftoppm", "-r", "72", "-png", "-singlefile", saved(t, d), stem)
	raw, err := os.ReadFile(stem + ".png")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[image.Point][3]uint32{
		{75, 167}: {200, 0, 0}, {125, 167}: {0, 160, 0}, {75, 217}: {0, 0, 200}, {125, 217}: {255, 255, 255}, {225, 167}: {200, 0, 0}, {370, 190}: {50, 50, 50},
	} {
		r, g, b, _ := img.At(at.X, at.Y).RGBA()
		for i, got := range []uint32{r >> 8, g >> 8, b >> 8} {
			if max(got, want[i])-min(got, want[i]) > 14 {
				t.Errorf("at %v the page is %d %d %d, want %v", at, r>>8, g>>8, b>>8, want)
				break
			}
		}
	}
	for name, bad := range map[string][]byte{"nothing": nil, "words": []byte("no picture"), "half a JPEG": squares(t, "jpeg")[:300], "half a PNG": squares(t, "png")[:60]} {
		if _, err := d.Picture(bad); err == nil {
			t.Errorf("%s was taken for a picture", name)
		}
	}
}

// Several files lie inside, in the order of their names, each as it was given; a name that a reader could not find is refused.
func TestFilesInside(t *testing.T) {
	t.Parallel()
	d := begun(t)
	c := d.NewPage()
	c.Text(d.Regular, 50, 700, 12, pdf.Colour{}, "มีไฟล์แนบ 2 ไฟล์")
	d.Attach(pdf.File{Name: "z.json", Type: "application/json", About: "ข้อมูล", Data: []byte("{}")})
	d.Attach(pdf.File{Name: "a.xml", Type: "text/xml", About: "ข้อมูล (ชุดสอง)", Data: []byte("<a/>")})
	path := saved(t, d)
	if out := tool.Run(t, "pdfdetach", "-list", path); !strings.Contains(out, "1: a.xml") || !strings.Contains(out, "2: z.json") {
		t.Errorf("the files inside are\n%s", out)
	}
	to := filepath.Join(t.TempDir(), "a.xml")
	tool.Run(t, "pdfdetach", "-save", "1", "-o", to, path)
	if got, err := os.ReadFile(to); err != nil || string(got) != "<a/>" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []pdf.File{{Name: "ข้อมูล.xml", Type: "text/xml"}, {Name: "a(.xml", Type: "text/xml"}, {Name: "a.xml", Type: ""}, {Name: "a.xml", Type: "text/xml"}} {
		d := begun(t)
		d.Attach(pdf.File{Name: "a.xml", Type: "text/xml"})
		d.Attach(bad)
		if _, err := d.Bytes(); err == nil {
			t.Errorf("%+v was attached", bad)
		}
	}
}

// The head of a table goes along when its rows go on to another page, and what belongs together stays together.
func TestFlow(t *testing.T) {
	t.Parallel()
	head := pdf.Piece{Height: 10, With: true}
	body := []pdf.Piece{{Height: 50, Heading: true}, head}
	for range 6 {
		body = append(body, pdf.Piece{Height: 20, Again: &head})
	}
	turns, y := pdf.Flow(body, 200, 100, 40, -1) // 160 on the first page, 60 on each further one
	if len(turns) != 1 || !turns[7] || y != 100-10-20 {
		t.Errorf("turned before %v, ends at %v", turns, y)
	}
	turns, _ = pdf.Flow([]pdf.Piece{{Height: 140}, head, {Height: 20}}, 200, 100, 40, -1)
	if !turns[1] || len(turns) != 1 {
		t.Errorf("a head was left behind: %v", turns)
	}
	if _, y := pdf.Flow([]pdf.Piece{{Height: 5000}, {Height: 1}}, 200, 100, 40, -1); y != 99 {
		t.Errorf("a piece higher than a page ends at %v", y)
	}
	if pdf.LastSection(body) != 0 || pdf.LastSection(body[1:]) != -1 || pdf.Total(body) != 180 {
		t.Error("the last section or the height of all is wrong")
	}
}

// Text of several lines stays within its width, and comes back from a reader.
func TestTextOnAPage(t *testing.T) {
	t.Parallel()
	d := begun(t)
	c := d.NewPage()
	text := "เจ้าหน้าที่ผู้รับผิดชอบแก้ไขปัญหาน้ำเสีย ตำบลทุ่งแค้ว อำเภอหนองม่วงไข่ และแจ้งผลให้ทราบภายใน 15 วัน"
	y := 700.0
	for _, line := range d.Regular.Balanced(lines.Known(), text, 14, 220) {
		if w := d.Regular.Width(line, 14); w > 220 {
			t.Errorf("%q is %v wide", line, w)
		}
		c.Text(d.Regular, 50, y, 14, pdf.Colour{}, line)
		y -= 22
	}
	c.Link(50, 600, 100, 12, "https://example.go.th/(a)")
	path := saved(t, d)
	if got := tool.Tight(tool.Run(t, "pdftotext", path, "-")); got != tool.Tight(text) {
		t.Errorf("the page reads %q", got)
	}
}

// The structure of a document is what was put into it, in that order, over pages; what was put nowhere is decoration, and an
// element of which nothing was drawn is left out.
func TestStructure(t *testing.T) {
	t.Parallel()
	d := begun(t)
	c := d.NewPage()
	text := func(c *pdf.Page, words string, y float64) { c.Text(d.Regular, 50, y, 12, pdf.Colour{}, words) }
	text(c, "ประดับ", 800)
	c.In(d.Root().Add("H1"), func() { text(c, "หัวเรื่อง", 750) })
	long := d.Root().Add("P")
	c.In(long, func() { text(c, "ย่อหน้าเริ่มหน้าแรก ", 100) })
	d.Root().Add("P") // nothing is drawn of it
	row := d.Root().Add("Table").Add("TR")
	next := d.NewPage()
	next.Rule(50, 820, 500, 820, 1, pdf.Colour{})
	next.In(long, func() { text(next, "จบหน้าสอง", 780) })
	next.In(row.Add("TH").Scope("Row"), func() { text(next, "ชื่อ", 700) })
	row.Add("TD")
	next.In(d.Root().Add("Figure").Alt("รูป (หนึ่ง)"), func() { next.Rect(50, 400, 90, 90, pdf.Colour{1, 0, 0}) })
	next.In(d.Root().Add("Link"), func() {
		text(next, "ตรวจสอบ", 300)
		next.Link(50, 296, 60, 14, "https://example.go.th/p/1")
	})
	path := saved(t, d)
	want := []string{"Document", "H1", "หัวเรื่อง", "P", "ย่อหน้าเริ่มหน้าแรก ", "จบหน้าสอง", "Table", "TR", "TH", "ชื่อ", "TD", "Figure", "Link", "ตรวจสอบ"}
	got := tool.Run(t, "pdfinfo", "-struct-text", path)
	for rest, i := got, 0; i < len(want); i++ {
		at := strings.Index(rest, want[i])
		if at < 0 {
			t.Fatalf("%q is not where it should be:\n%s", want[i], got)
		}
		rest = rest[at+len(want[i]):]
	}
	if strings.Contains(got, "ประดับ") || strings.Count(got, "P (block)") != 1 {
		t.Errorf("decoration or an empty element is read:\n%s", got)
	}
	if out := tool.Run(t, "pdfinfo", path); !strings.Contains(out, "Tagged:          yes") {
		t.Errorf("the file does not say that it has a structure:\n%s", out)
	}
	raw := tool.Run(t, "qpdf", "--qdf", "--object-streams=disable", path, "-")
	if marks, ends := strings.Count(raw, "BDC\n")+strings.Count(raw, "BMC\n"), strings.Count(raw, "EMC\n"); marks != ends || marks < 8 {
		t.Errorf("%d marks begin and %d end", marks, ends)
	}
}
