package portal

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"saphan/internal/fault"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static/style.css
var style []byte

// views are the pages, each with the frame around it.
type views struct {
	pages map[string]*template.Template
	sheet string // file name of the style sheet: its content's hash, so that it can be kept for ever
}

// names are the pages there are.
var names = []string{
	"front", "permit", "verify", "track", "pay", "message",
	"signin", "signin_enter", "signin_away", "signin_verify", "signin_code", "signin_identity",
	"me", "me_documents", "me_profile", "me_readings", "me_data", "me_export", "me_delete", "me_deleted",
}

func loadViews() (*views, error) {
	sum := sha256.Sum256(style)
	v := &views{pages: map[string]*template.Template{}, sheet: hex.EncodeToString(sum[:8]) + ".css"}
	for _, name := range names {
		parts := []string{"templates/frame.html", "templates/" + name + ".html"}
		if name == "me" || strings.HasPrefix(name, "me_") { // a person's own pages have another frame
			parts = slices.Insert(parts, 1, "templates/me_frame.html")
		}
		if strings.HasPrefix(name, "signin") { // and so have the ways to them
			parts = slices.Insert(parts, 1, "templates/signin_frame.html")
		}
		t, err := template.New(name).Funcs(template.FuncMap{"sheet": func() string { return "/portal/" + v.sheet }, "pair": newPair}).
			Option("missingkey=error").ParseFS(templates, parts...)
		if err != nil {
			return nil, fmt.Errorf("portal: page %s: %w", name, err)
		}
		v.pages[name] = t
	}
	return v, nil
}

// pair is a page with one thing of a list on it, for a template that draws the thing.
type pair struct{ Page, Item any }

func newPair(page, item any) pair { return pair{page, item} }

func (v *views) render(w io.Writer, name string, data any) error {
	t, ok := v.pages[name]
	if !ok {
		return fmt.Errorf("portal: there is no page %q", name)
	}
	if err := t.ExecuteTemplate(w, "frame", data); err != nil {
		return fmt.Errorf("portal: page %s: %w", name, err)
	}
	return nil
}

// asset serves the style sheet.
func (p *Portal) asset(w http.ResponseWriter, r *http.Request) {
	if chi.URLParam(r, "file") != p.views.sheet {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(style)
}

// message is a page that only says something.
type message struct {
	own
	Words  string
	Typed  string // nothing
	Verify bool   // offer the form for typing a number
}

// messageOf is the page of an error.
func messageOf(r *http.Request, err error) message {
	kind := fault.KindOf(err)
	m := message{own: ownOf(r, "", "ขออภัย", "We are sorry"), Verify: kind == fault.NotFound}
	switch kind {
	case fault.NotFound:
		m.Title = m.T("ไม่พบข้อมูล", "Nothing found")
	case fault.Forbidden, fault.Unauthorized:
		m.Title = m.T("ลิงก์นี้ใช้ไม่ได้แล้ว", "This link does not work any more")
	case fault.Unavailable:
		m.Title = m.T("กรุณารอสักครู่", "Please wait a moment")
	case fault.Invalid, fault.Conflict, fault.TooLarge, fault.Internal:
	}
	m.Words = strings.TrimSpace(fault.In(err, m.Lang))
	return m
}
