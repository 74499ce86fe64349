package pdf

import (
	"crypto/sha256"
	"fmt"
	"math"
	"strings"
)

// mostCodes is how many codes a two-byte font can have; code 0 is never drawn.
const mostCodes = math.MaxUint16

// embed writes the font with only what was drawn, and returns the font dictionary. A letter and the marks on it are one
// glyph with one code that means their text: every reader gets the text whole and in order, SARA AM and stacked marks too.
func (f *Face) embed(o *objects) (ref, error) {
	if len(f.used) >= mostCodes {
		return 0, fmt.Errorf("embed font %s: %d different characters are more than a font can number", f.name, len(f.used))
	}
	program, whole := f.program()
	widths := make([]string, len(f.used))
	for i, c := range f.used {
		widths[i] = num(c.width)
	}
	file, err := o.deflated(fmt.Sprintf("/Length1 %d", len(program)), program)
	if err != nil {
		return 0, err
	}
	toUnicode, err := o.deflated("", []byte(f.toUnicode()))
	if err != nil {
		return 0, err
	}
	ext, ok := f.face.FontHExtents()
	if !ok {
		return 0, fmt.Errorf("embed font %s: it has no horizontal metrics", f.name)
	}
	scale := 1000 / f.upem
	unit := func(v int) string { return num(float64(v) * scale) }
	name := tag(program) + "+" + f.postscript
	descriptor := o.add(fmt.Sprintf("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%s %s %s %s] /ItalicAngle 0 "+
		"/Ascent %s /Descent %s /CapHeight 700 /StemV %d /FontFile2 %s >>",
		name, unit(whole.xMin), unit(whole.yMin), unit(whole.xMax), unit(whole.yMax),
		num(float64(ext.Ascender)*scale), num(float64(ext.Descender)*scale), f.stem, file))
	descendant := o.add(fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s "+
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %s /DW 0 /W [1 [%s]] /CIDToGIDMap /Identity >>",
		name, descriptor, strings.Join(widths, " ")))
	return o.add(fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%s] /ToUnicode %s >>",
		name, descendant, toUnicode)), nil
}

// tag is the six letters before a subset's name; the same subset always gets the same.
func tag(program []byte) string {
	sum := sha256.Sum256(program)
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = 'A' + sum[i]%26
	}
	return string(letters)
}

// toUnicode maps each code to the text it means.
func (f *Face) toUnicode() string {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	const most = 100 // entries a block may have
	for from := 0; from < len(f.used); from += most {
		to := min(from+most, len(f.used))
		fmt.Fprintf(&b, "%d beginbfchar\n", to-from)
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, "<%04X> <%s>\n", i+1, utf16Hex(f.used[i].text))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.String()
}
