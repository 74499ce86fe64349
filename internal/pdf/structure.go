package pdf

import (
	"bytes"
	"fmt"
	"strings"
)

// Element is a part of what a document says, in the order in which it is to be read: a heading, a paragraph, a table and
// its cells. Programs that read documents aloud go by it. A document that has none is left without.
type Element struct {
	kind   string
	alt    string
	scope  string // of a head: Column or Row
	parent *Element
	kids   []kid
	self   ref // once it is written
}

// kid is something in an element: another element, marked content of a page, or a link.
type kid struct {
	element *Element
	page    *Page
	mark    int // of the page, if link is below nought
	link    int // index of the page's links
}

// Root is the element that holds all others.
func (d *Document) Root() *Element {
	if d.root == nil {
		d.root = &Element{kind: "Document"}
	}
	return d.root
}

// Add puts a new element at the end of e. Its kind is a standard one of PDF 1.7: H1, H2, P, L, LI, Lbl, LBody, Table, TR, TH,
// TD, Figure, Link.
func (e *Element) Add(kind string) *Element {
	child := &Element{kind: kind, parent: e}
	e.kids = append(e.kids, kid{element: child})
	return child
}

// Alt says in words what an element shows, and returns it.
func (e *Element) Alt(words string) *Element {
	e.alt = words
	return e
}

// Scope says what a head stands over, Column or Row, and returns it.
func (e *Element) Scope(scope string) *Element {
	e.scope = scope
	return e
}

// span is a part of a page's content that belongs to an element.
type span struct {
	from, to int // bytes of the content
	element  *Element
}

// In makes what draw draws, and the links it makes, part of an element. What is drawn outside of any is decoration. Parts
// must not lie in one another.
func (c *Page) In(e *Element, draw func()) {
	from, links := c.content.Len(), len(c.links)
	draw()
	if c.content.Len() > from {
		c.spans = append(c.spans, span{from, c.content.Len(), e})
		e.kids = append(e.kids, kid{page: c, mark: len(c.spans) - 1, link: -1})
	}
	for i := links; i < len(c.links); i++ {
		c.links[i].element = e
		e.kids = append(e.kids, kid{page: c, link: i})
	}
}

// marked is the page's content with its parts marked, if the document has a structure: everything else is decoration.
func (c *Page) marked(structured bool) []byte {
	if !structured {
		return c.content.Bytes()
	}
	var out bytes.Buffer
	all, at := c.content.Bytes(), 0
	decoration := func(to int) {
		if to > at {
			out.WriteString("/Artifact BMC\n")
			out.Write(all[at:to])
			out.WriteString("EMC\n")
		}
	}
	for i, s := range c.spans {
		decoration(s.from)
		fmt.Fprintf(&out, "/%s << /MCID %d >> BDC\n", s.element.kind, i)
		out.Write(all[s.from:s.to])
		out.WriteString("EMC\n")
		at = s.to
	}
	decoration(len(all))
	return out.Bytes()
}

// empty reports whether nothing of an element was drawn.
func (e *Element) empty() bool {
	for _, k := range e.kids {
		if k.element == nil || !k.element.empty() {
			return false
		}
	}
	return true
}

// structure writes the elements and returns what the catalogue says of them. Pages and links were given their keys in the
// parent tree, by which a reader finds the element of what it sees: pages first, then links.
func (d *Document) structure(o *objects, pages []ref, annots map[*Page][]ref) string {
	if d.root == nil || d.root.empty() {
		return ""
	}
	tree := o.reserve()
	d.root.write(o, tree, pagesByRef(d.pages, pages), annots)
	var nums strings.Builder
	for i, p := range d.pages {
		of := make([]string, len(p.spans))
		for k, s := range p.spans {
			of[k] = s.element.self.String()
		}
		fmt.Fprintf(&nums, "%d [%s] ", i, strings.Join(of, " "))
	}
	key := len(d.pages)
	for _, p := range d.pages {
		for _, l := range p.links {
			if l.element != nil {
				fmt.Fprintf(&nums, "%d %s ", key, l.element.self)
				key++
			}
		}
	}
	parents := o.add("<< /Nums [" + nums.String() + "] >>")
	o.set(tree, fmt.Sprintf("<< /Type /StructTreeRoot /K [%s] /ParentTree %s /ParentTreeNextKey %d >>", d.root.self, parents, key))
	return fmt.Sprintf("/MarkInfo << /Marked true >> /StructTreeRoot %s ", tree)
}

func pagesByRef(pages []*Page, refs []ref) map[*Page]ref {
	out := make(map[*Page]ref, len(pages))
	for i, p := range pages {
		out[p] = refs[i]
	}
	return out
}

// write writes an element and what is in it.
func (e *Element) write(o *objects, parent ref, pages map[*Page]ref, annots map[*Page][]ref) {
	e.self = o.reserve()
	var kids strings.Builder
	for _, k := range e.kids {
		switch {
		case k.element != nil && k.element.empty() && k.element.kind != "TD" && k.element.kind != "TH": // an empty cell keeps its place
		case k.element != nil:
			k.element.write(o, e.self, pages, annots)
			fmt.Fprintf(&kids, "%s ", k.element.self)
		case k.link >= 0:
			fmt.Fprintf(&kids, "<< /Type /OBJR /Pg %s /Obj %s >> ", pages[k.page], annots[k.page][k.link])
		default:
			fmt.Fprintf(&kids, "<< /Type /MCR /Pg %s /MCID %d >> ", pages[k.page], k.mark)
		}
	}
	more := ""
	if e.alt != "" {
		more += " /Alt " + textString(e.alt)
	}
	if e.scope != "" {
		more += " /A << /O /Table /Scope /" + e.scope + " >>"
	}
	o.set(e.self, fmt.Sprintf("<< /Type /StructElem /S /%s /P %s%s /K [%s] >>", e.kind, parent, more, kids.String()))
}
