package portal

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"saphan/internal/fault"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static/style.css
var style []byte

// views are the pages, each with the frame around it.
type views struct {
	pages  map[string]*template.Template
	assets assets
}

// names are the pages there are.
var names = []string{
	"front", "services", "service", "service_agency", "service_none", "service_data", "service_problems", "permit", "verify", "track", "withdraw", "pay", "message", "proof",
	"signin", "signin_enter", "signin_away", "signin_verify", "signin_code", "signin_identity",
	"form", "form_start", "form_review", "form_sent", "form_drop", "form_ended", "form_confirm",
	"me", "me_documents", "me_profile", "me_readings", "me_mandates", "me_mandate", "me_data", "me_export", "me_delete", "me_deleted",
}

// readyViews reads them once: they are part of the program and are only read.
var readyViews = sync.OnceValues(loadViews)

func loadViews() (*views, error) {
	all, err := loadAssets()
	if err != nil {
		return nil, err
	}
	v := &views{pages: map[string]*template.Template{}, assets: all}
	for _, name := range names {
		parts := []string{"templates/frame.html", "templates/" + name + ".html"}
		if name == "me" || strings.HasPrefix(name, "me_") { // a person's own pages have another frame
			parts = slices.Insert(parts, 1, "templates/me_frame.html")
		}
		if name == "front" || strings.HasPrefix(name, "service") { // and what everybody looks around in
			parts = slices.Insert(parts, 1, "templates/service_frame.html")
		}
		if strings.HasPrefix(name, "signin") || strings.HasPrefix(name, "form") { // and so have the ways to them, and forms
			parts = slices.Insert(parts, 1, "templates/signin_frame.html")
		}
		if name == "form" || name == "me_mandate" { // they take files
			parts = append(parts, "templates/upload.html")
		}
		t, err := template.New(name).Funcs(template.FuncMap{"sheet": func() string { return all.path("style") }, "asset": all.path, "pair": newPair}).
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
