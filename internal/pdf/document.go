// Package pdf writes pages of Thai text as PDF/A-3: A4, with letters that are drawn right and copied right, tables, pictures,
// QR codes, links and files attached inside.
//
// The writer is our own because no library both draws Thai right (marks raised above vowels) and lets it be copied and
// searched right: text is shaped with HarfBuzz's rules, every glyph is placed where shaping put it, and each pair of glyph
// and text has its own character code. The same input and time give the same bytes.
package pdf

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"saphan/internal/thai"
)

// Document is a file that is being written. Pages stand in the order in which they were begun.
type Document struct {
	Regular, Bold *Face // the letters of this document

	about    About
	pages    []*Page
	files    []File
	pictures []*Picture
	root     *Element // nil: the document has no structure
}

// File is what a program reads, attached inside the document.
type File struct {
	Name  string // ASCII: licence.json
	Type  string // application/json
	About string // what it is, for people
	Data  []byte
}

// New begins a document.
func New(a About) (*Document, error) {
	regular, bold, err := newFaces()
	if err != nil {
		return nil, err
	}
	a.At = a.At.In(thai.Bangkok()).Truncate(time.Second)
	a.Lang = cmp.Or(a.Lang, "th-TH")
	return &Document{Regular: regular, Bold: bold, about: a}, nil
}

// NewPage begins the next page.
func (d *Document) NewPage() *Page {
	p := &Page{}
	d.pages = append(d.pages, p)
	return p
}

// Pages are the pages begun so far.
func (d *Document) Pages() []*Page { return d.pages }

// Attach puts a file inside. Names must differ.
func (d *Document) Attach(f File) { d.files = append(d.files, f) }

// Bytes writes pages, fonts, attached files and what PDF/A-3 asks for into one file.
func (d *Document) Bytes() ([]byte, error) {
	o := &objects{}
	catalog, tree := o.reserve(), o.reserve()
	resources, err := d.resources(o)
	if err != nil {
		return nil, err
	}
	structured := d.root != nil && !d.root.empty()
	pages, annots, key := make([]ref, len(d.pages)), map[*Page][]ref{}, len(d.pages)
	kids := make([]string, len(d.pages))
	for i, c := range d.pages {
		content, err := o.deflated("", c.marked(structured))
		if err != nil {
			return nil, err
		}
		list, order := make([]string, len(c.links)), ""
		for k, l := range c.links {
			parent := ""
			if l.element != nil {
				parent = fmt.Sprintf(" /StructParent %d", key)
				key++
			}
			r := o.add(fmt.Sprintf("<< /Type /Annot /Subtype /Link /F 4 /Border [0 0 0] /Rect [%s %s %s %s] /Contents %s%s /A << /S /URI /URI %s >> >>",
				num(l.x), num(l.y), num(l.x+l.w), num(l.y+l.h), textString(l.uri), parent, literal(l.uri)))
			list[k] = r.String()
			annots[c] = append(annots[c], r)
		}
		if structured {
			order = fmt.Sprintf(" /StructParents %d /Tabs /S", i)
		}
		pages[i] = o.add(fmt.Sprintf("<< /Type /Page /Parent %s /MediaBox [0 0 %s %s] /Resources %s /Contents %s /Annots [%s]%s >>",
			tree, num(Width), num(Height), resources, content, strings.Join(list, " "), order))
		kids[i] = pages[i].String()
	}
	o.set(tree, fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(d.pages), strings.Join(kids, " ")))

	xmp, err := d.about.xmp()
	if err != nil {
		return nil, err
	}
	metadata := o.stream("/Type /Metadata /Subtype /XML", xmp)
	profile, err := o.deflated("/N 3", sRGB())
	if err != nil {
		return nil, err
	}
	intent := o.add(fmt.Sprintf("<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB IEC61966-2.1) /DestOutputProfile %s >>", profile))
	attached, err := d.attached(o)
	if err != nil {
		return nil, err
	}
	o.set(catalog, fmt.Sprintf("<< /Type /Catalog /Version /1.7 /Pages %s /Lang %s /Metadata %s /OutputIntents [%s] %s%s"+
		"/ViewerPreferences << /DisplayDocTitle true >> /PageMode /UseNone >>",
		tree, literal(d.about.Lang), metadata, intent, d.structure(o, pages, annots), attached))
	info := o.add(d.about.info())

	id := sha256.New()
	for _, body := range o.bodies {
		id.Write(body)
	}
	return o.bytes(catalog, info, id.Sum(nil)[:16]), nil
}

// resources writes the fonts and pictures that pages draw with.
func (d *Document) resources(o *objects) (ref, error) {
	var fonts, pictures strings.Builder
	for _, f := range []*Face{d.Regular, d.Bold} {
		if len(f.used) == 0 {
			continue
		}
		r, err := f.embed(o)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(&fonts, "/%s %s ", f.name, r)
	}
	for _, p := range d.pictures {
		r, err := p.embed(o)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(&pictures, "/%s %s ", p.name, r)
	}
	if pictures.Len() == 0 {
		return o.add("<< /Font << " + fonts.String() + ">> >>"), nil
	}
	return o.add("<< /Font << " + fonts.String() + ">> /XObject << " + pictures.String() + ">> >>"), nil
}

// attached writes the files inside and returns what the catalogue says of them.
func (d *Document) attached(o *objects) (string, error) {
	if len(d.files) == 0 {
		return "", nil
	}
	files := slices.Clone(d.files)
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) }) // as the name tree must be
	made := literal("D:" + d.about.At.Format("20060102150405") + "+07'00'")
	var refs, names []string
	for i, f := range files {
		if !asciiName(f.Name) || !asciiName(f.Type) || i > 0 && files[i-1].Name == f.Name {
			return "", fmt.Errorf("attach %q of type %q: the name is not plain, or there are two of it", f.Name, f.Type)
		}
		embedded, err := o.deflated(fmt.Sprintf("/Type /EmbeddedFile /Subtype /%s /Params << /Size %d /CreationDate %s /ModDate %s >>",
			strings.ReplaceAll(f.Type, "/", "#2F"), len(f.Data), made, made), f.Data)
		if err != nil {
			return "", err
		}
		file := o.add(fmt.Sprintf("<< /Type /Filespec /F %s /UF %s /Desc %s /AFRelationship /Data /EF << /F %s /UF %s >> >>",
			literal(f.Name), textString(f.Name), textString(f.About), embedded, embedded))
		refs = append(refs, file.String())
		names = append(names, literal(f.Name)+" "+file.String())
	}
	return fmt.Sprintf("/AF [%s] /Names << /EmbeddedFiles << /Names [%s] >> >> ", strings.Join(refs, " "), strings.Join(names, " ")), nil
}

// asciiName reports whether a name is letters, digits and a few signs that need no quoting.
func asciiName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./+", r)
	})
}
