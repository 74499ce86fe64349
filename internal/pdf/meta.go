package pdf

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"saphan/internal/lines"
)

// producer is the program that wrote the file.
const producer = "Saphan"

// About is what a file says of itself, twice: for PDF/A and for old readers. Both agree.
type About struct {
	Title, Author, Subject string
	At                     time.Time // when the file was made; whole seconds of Bangkok are kept
	Lang                   string    // of the text; empty: th-TH
}

// info writes the document information dictionary.
func (a About) info() string {
	date := literal("D:" + a.At.Format("20060102150405") + "+07'00'")
	return fmt.Sprintf("<< /Title %s /Author %s /Subject %s /Creator %s /Producer %s /CreationDate %s /ModDate %s >>",
		textString(a.Title), textString(a.Author), textString(a.Subject), literal(producer), literal(producer), date, date)
}

// xmp writes the metadata PDF/A asks for: part 3, level B.
func (a About) xmp() ([]byte, error) {
	title, err := escaped(a.Title)
	if err != nil {
		return nil, err
	}
	author, err := escaped(a.Author)
	if err != nil {
		return nil, err
	}
	subject, err := escaped(a.Subject)
	if err != nil {
		return nil, err
	}
	date := a.At.Format("2006-01-02T15:04:05-07:00")
	return []byte(`<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + title + `</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>` + author + `</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">` + subject + `</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>` + a.Lang + `</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>` + producer + `</xmp:CreatorTool>
<xmp:CreateDate>` + date + `</xmp:CreateDate>
<xmp:ModifyDate>` + date + `</xmp:ModifyDate>
<xmp:MetadataDate>` + date + `</xmp:MetadataDate>
<pdf:Producer>` + producer + `</pdf:Producer>
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
` + strings.Repeat(strings.Repeat(" ", 99)+"\n", 20) + `<?xpacket end="w"?>`), nil
}

func escaped(s string) (string, error) {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(lines.Clean(s))); err != nil {
		return "", fmt.Errorf("write the metadata: %w", err)
	}
	return b.String(), nil
}
