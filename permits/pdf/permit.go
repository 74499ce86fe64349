package pdf

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"saphan/internal/thai"
)

// attached is the name of the data file inside the permit.
const attached = "licence.json"

// Permit draws the document. now is written as the time the file was made.
func Permit(d Document, now time.Time) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	data, err := d.data()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	regular, bold, err := newTypefaces()
	if err != nil {
		return nil, err
	}
	names := []string{d.Holder, d.Agency.Name, d.Agency.Unit, d.Signer.Name}
	sheet := &sheet{d: d, words: known().withNames(names...), regular: regular, bold: bold, dataHash: hex.EncodeToString(sum[:])}
	pages, err := sheet.pages()
	if err != nil {
		return nil, err
	}
	a := about{
		title: d.Title + " เลขที่ " + d.Number, author: d.Agency.Name, subject: d.Title,
		at: now.In(thai.Bangkok()).Truncate(time.Second),
	}
	return assemble(a, data, pages, regular, bold)
}

// assemble writes pages, fonts, attached data and what PDF/A-3 asks for into one file.
func assemble(a about, data []byte, pages []*canvas, faces ...*typeface) ([]byte, error) {
	o := &objects{}
	catalog, tree := o.reserve(), o.reserve()
	var fonts strings.Builder
	for _, f := range faces {
		if len(f.used) == 0 {
			continue
		}
		r, err := f.embed(o)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&fonts, "/%s %s ", f.name, r)
	}
	resources := o.add("<< /Font << " + fonts.String() + ">> >>")
	kids := make([]string, len(pages))
	for i, c := range pages {
		content, err := o.deflated("", c.Bytes())
		if err != nil {
			return nil, err
		}
		annots := make([]string, len(c.links))
		for k, l := range c.links {
			annots[k] = o.add(fmt.Sprintf("<< /Type /Annot /Subtype /Link /F 4 /Border [0 0 0] /Rect [%s %s %s %s] /Contents %s /A << /S /URI /URI %s >> >>",
				num(l.x), num(l.y), num(l.x+l.w), num(l.y+l.h), textString(l.uri), literal(l.uri))).String()
		}
		kids[i] = o.add(fmt.Sprintf("<< /Type /Page /Parent %s /MediaBox [0 0 %s %s] /Resources %s /Contents %s /Annots [%s] >>",
			tree, num(pageWidth), num(pageHeight), resources, content, strings.Join(annots, " "))).String()
	}
	o.set(tree, fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), strings.Join(kids, " ")))

	xmp, err := a.xmp()
	if err != nil {
		return nil, err
	}
	metadata := o.stream("/Type /Metadata /Subtype /XML", xmp)
	profile, err := o.deflated("/N 3", sRGB())
	if err != nil {
		return nil, err
	}
	intent := o.add(fmt.Sprintf("<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB IEC61966-2.1) /DestOutputProfile %s >>", profile))
	made := literal("D:" + a.at.Format("20060102150405") + "+07'00'")
	embedded, err := o.deflated(fmt.Sprintf("/Type /EmbeddedFile /Subtype /application#2Fjson /Params << /Size %d /CreationDate %s /ModDate %s >>", len(data), made, made), data)
	if err != nil {
		return nil, err
	}
	file := o.add(fmt.Sprintf("<< /Type /Filespec /F %s /UF %s /Desc %s /AFRelationship /Data /EF << /F %s /UF %s >> >>",
		literal(attached), textString(attached), textString("ข้อมูลใบอนุญาตสำหรับระบบคอมพิวเตอร์"), embedded, embedded))
	o.set(catalog, fmt.Sprintf("<< /Type /Catalog /Version /1.7 /Pages %s /Lang (th-TH) /Metadata %s /OutputIntents [%s] /AF [%s] "+
		"/Names << /EmbeddedFiles << /Names [%s %s] >> >> /ViewerPreferences << /DisplayDocTitle true >> /PageMode /UseNone >>",
		tree, metadata, intent, file, literal(attached), file))
	info := o.add(a.info())

	id := sha256.New()
	for _, body := range o.bodies {
		id.Write(body)
	}
	return o.bytes(catalog, info, id.Sum(nil)[:16]), nil
}
