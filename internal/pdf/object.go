package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// ref is the number of an indirect object.
type ref int

// String writes the reference as it stands in a dictionary.
func (r ref) String() string { return strconv.Itoa(int(r)) + " 0 R" }

// objects collects the indirect objects of a file in the order they are numbered.
type objects struct {
	bodies [][]byte
}

// reserve takes a number for an object that is written later by set.
func (o *objects) reserve() ref {
	o.bodies = append(o.bodies, nil)
	return ref(len(o.bodies))
}

// set writes a reserved object.
func (o *objects) set(r ref, body string) { o.bodies[r-1] = []byte(body) }

// add writes a new object.
func (o *objects) add(body string) ref {
	r := o.reserve()
	o.set(r, body)
	return r
}

// stream writes data as it is; entries are further dictionary entries.
func (o *objects) stream(entries string, data []byte) ref {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<< %s /Length %d >>\nstream\n", entries, len(data))
	b.Write(data)
	b.WriteString("\nendstream")
	o.bodies = append(o.bodies, b.Bytes())
	return ref(len(o.bodies))
}

// deflated writes data compressed.
func (o *objects) deflated(entries string, data []byte) (ref, error) {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err != nil {
		return 0, fmt.Errorf("compress a stream: %w", err)
	}
	if _, err := z.Write(data); err != nil {
		return 0, fmt.Errorf("compress a stream: %w", err)
	}
	if err := z.Close(); err != nil {
		return 0, fmt.Errorf("compress a stream: %w", err)
	}
	return o.stream(entries+" /Filter /FlateDecode", b.Bytes()), nil
}

// bytes writes the file: header, objects, cross-reference table, trailer.
func (o *objects) bytes(root, info ref, id []byte) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(o.bodies))
	for i, body := range o.bodies {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n", i+1)
		b.Write(body)
		b.WriteString("\nendobj\n")
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(o.bodies)+1)
	for _, off := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", off)
	}
	sum := hex.EncodeToString(id)
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root %s /Info %s /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n",
		len(o.bodies)+1, root, info, sum, sum, start)
	return b.Bytes()
}

// textString writes a string people read: UTF-16, big end first, in hexadecimal.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	b.WriteString(utf16Hex(s))
	b.WriteString(">")
	return b.String()
}

// utf16Hex is s in UTF-16, big end first, in hexadecimal.
func utf16Hex(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}

// literal writes an ASCII string.
func literal(s string) string {
	return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) + ")"
}

// num writes a number with at most three decimals and nothing needless.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 3, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}
