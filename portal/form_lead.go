package portal

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/fault"
)

// showPart shows one page of a form.
func (p *Portal) showPart(r *http.Request) (reply, error) {
	return p.opened(r, nil, func(ctx context.Context, tx pgx.Tx, f filer, s sheet) (reply, error) {
		n, d := partAsked(r, s), drawing{saved: r.URL.Query().Get("saved") != ""}
		if len(s.parts) == 0 {
			return redirect(s.path() + "/review"), nil
		}
		if r.URL.Query().Get("new") != "" {
			d.notes = []string{own{Lang: f.Lang}.T("คำตอบเมื่อสักครู่มีคำถามต่อเนื่อง กรุณาตอบข้อที่เพิ่มขึ้น", "Your last answers lead to further questions. Please answer those that were added.")}
		}
		return p.draw(ctx, tx, r, f, s, n, d)
	})
}

// partAsked is the page that an address names, counted from 0: by its number, or by a question on it. Without either it
// is the first with something to answer.
func partAsked(r *http.Request, s sheet) int {
	q := r.URL.Query()
	if i := partOf(s.parts, q.Get("field")); i >= 0 {
		return i
	}
	if n, err := strconv.Atoi(q.Get("part")); err == nil {
		return max(0, min(n, len(s.parts))-1)
	}
	for i, p := range s.parts {
		if slices.ContainsFunc(p.fields, s.waits) {
			return i
		}
	}
	return 0
}

// lead answers a posted page: by the page itself while something on it is wrong, else by where its button leads. What was
// refused is carried along when the person goes elsewhere.
func (p *Portal) lead(ctx context.Context, tx pgx.Tx, r *http.Request, f filer, d filled) (reply, error) {
	here := d.part(r)
	switch {
	case len(d.parts) == 0:
		return redirect(d.path() + "/review"), nil
	case len(d.clashes) > 0 || d.stale:
		return p.again(ctx, tx, r, f, d, here, http.StatusConflict)
	case d.do == "less":
		again := d.drawing(f)
		again.confirm = d.arg
		return p.draw(ctx, tx, r, f, d.sheet, here, again)
	case d.blocked():
		return p.again(ctx, tx, r, f, d, here, http.StatusUnprocessableEntity)
	}
	held := map[string]typed{}
	for key, t := range d.held {
		held[key] = t
	}
	for key := range d.problems {
		if t, ok := d.typed[key]; ok {
			held[key] = t
		}
	}
	to, query := d.target(here)
	if to >= len(d.parts) && len(held) > 0 { // the summary has no boxes: what is wrong is mended first
		for _, key := range sortedKeys(held) {
			to = max(0, partOf(d.parts, key))
		}
	}
	if len(held) > 0 {
		here := d.drawing(f)
		here.problems, here.typed, here.held = map[string]string{}, map[string]typed{}, map[string]typed{}
		for key, t := range held {
			if partOf(d.parts, key) == to {
				here.typed[key] = t
			} else {
				here.held[key] = t
			}
		}
		return p.draw(ctx, tx, r, f, d.sheet, to, here)
	}
	if to < 0 {
		return redirect(d.service.path()), nil
	}
	return redirect(d.address(to, query)), nil
}

// blocked reports whether a posted page must be looked at again before the button does what it says. The ways back and
// onwards are always open.
func (d filled) blocked() bool {
	switch d.do {
	case "back", "skip":
		return false
	case "next":
		return len(d.problems)+len(d.missing) > 0
	case "add":
		return len(d.problems) > 0 || d.added == ""
	default:
		return len(d.problems) > 0
	}
}

// part is the page that was posted, as the pages are divided now.
func (d filled) part(r *http.Request) int {
	for i, p := range d.parts {
		if slices.ContainsFunc(p.fields, func(fl forms.Field) bool { return slices.Contains(d.here, fl.Key) }) {
			return i
		}
	}
	return min(partAsked(r, d.sheet), len(d.parts)-1)
}

// target is the page that a button leads to; below 0: before the first.
func (d filled) target(here int) (part int, query string) {
	last := here
	for i, p := range d.parts {
		if slices.ContainsFunc(p.fields, func(fl forms.Field) bool { return slices.Contains(d.here, fl.Key) }) {
			last = i // the page may have been divided by what its answers opened
		}
	}
	switch d.do {
	case "back":
		return here - 1, ""
	case "add":
		return partOf(d.parts, d.added), "#" + boxName(d.added, "")
	case "next", "skip":
		if n, ok := d.opened(last); ok {
			return n, "&new=1"
		}
		if d.review {
			return len(d.parts), ""
		}
		return last + 1, ""
	case "save":
		return here, "&saved=1"
	default:
		return here, ""
	}
}

// opened is the first page up to one with a question that was not on the posted page and waits: the answers opened it, or
// made its answer void.
// After a change from the summary it may be on any page.
func (d filled) opened(last int) (part int, ok bool) {
	until := last
	if d.review {
		until = len(d.parts) - 1
	}
	for i, p := range d.parts[:until+1] {
		for _, fl := range p.fields {
			waits := !slices.Contains(d.here, fl.Key) && !fl.Continues() && d.waits(fl)
			was, _ := d.before.field(fl.Key)
			if waits && (i == last || partOf(d.before.parts, fl.Key) < 0 || !d.before.waits(was)) {
				return i, true
			}
		}
	}
	return 0, false
}

// address is where a page of the draft is, with what is added to its address.
func (d filled) address(part int, query string) string {
	at := d.to(part)
	if part < len(d.parts) && d.review {
		at += "&from=review"
	}
	if strings.HasPrefix(query, "&") && part >= len(d.parts) {
		return at
	}
	return at + query
}

// drawing is the posted page as it came.
func (d filled) drawing(f filer) drawing {
	out := drawing{typed: map[string]typed{}, problems: d.problems, named: d.named, clashes: d.clashes, held: d.held}
	for key, t := range d.typed {
		_, settled := d.settled[key]
		if _, wrong := d.problems[key]; !settled && (wrong || d.clashed(key)) { // else what is stored is what counts
			out.typed[key] = t
		}
	}
	if d.stale {
		out.notes = append(out.notes, own{Lang: f.Lang}.T("รายการนี้ถูกแก้จากหน้าต่างอื่น จึงยังไม่ได้เอาออก กรุณาดูอีกครั้ง", "This was changed elsewhere, so nothing was taken out. Please look again."))
	}
	return out
}

// again shows the posted page once more, with what is wrong.
func (p *Portal) again(ctx context.Context, tx pgx.Tx, r *http.Request, f filer, d filled, here, status int) (reply, error) {
	out := d.drawing(f)
	out.status = status
	words := own{Lang: f.Lang}
	for _, key := range d.missing {
		if d.do == "next" || d.do == "add" {
			fl, _ := d.field(key)
			out.problems[key], out.missing = words.needed(fl), d.do == "next"
		}
	}
	return p.draw(ctx, tx, r, f, d.sheet, here, out)
}

// needed says that a question must be answered.
func (o own) needed(fl forms.Field) string {
	switch fl.Kind {
	case forms.ChoiceField:
		return o.T("กรุณาเลือกหนึ่งข้อ", "Please choose one")
	case forms.ChoicesField:
		return o.T("กรุณาเลือกอย่างน้อยหนึ่งข้อ", "Please choose at least one")
	case forms.PhotoField:
		return o.T("กรุณาแนบรูป", "Please add a photo")
	case forms.DocumentField:
		return o.T("กรุณาแนบเอกสาร", "Please add the document")
	default:
		return o.T("กรุณาตอบข้อนี้", "Please answer this")
	}
}

// faultIn is the sentence of an error in a language.
func faultIn(err error, lang string) string { return fault.In(err, lang) }
