package admin

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"saphan/internal/thai"
)

//go:embed templates/*.html
var templateFiles embed.FS

// views are the parsed templates: each screen's file together with the layout and the shared parts.
type views struct {
	byName map[string]*template.Template
	assets *assets
}

// readyViews reads views and assets once: they are part of the program, are only read, and hold some 30 MB.
var readyViews = sync.OnceValues(func() (*views, error) {
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	return loadViews(a)
})

// Files that every screen has parts of.
const (
	layoutFile = "layout.html"
	partPrefix = "part-"
)

func loadViews(a *assets) (*views, error) {
	funcs := template.FuncMap{
		"asset": a.url, "icon": a.icon, "path": func(p string) string { return Base + p },
		"date": thai.Date, "longdate": thai.LongDate, "clock": thai.Clock, "datetime": thai.DateTime,
		"adviceKind": adviceKind,
		"machine":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"lines":      func(s string) []string { return strings.Split(strings.TrimRight(s, "\n"), "\n") },
		"add":        func(a, b int) int { return a + b },

		"settingsPages": settingsPages,
	}
	shared, err := template.New("").Funcs(funcs).Option("missingkey=error").
		ParseFS(templateFiles, "templates/"+layoutFile, "templates/"+partPrefix+"*.html")
	if err != nil {
		return nil, fmt.Errorf("admin: read templates: %w", err)
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("admin: read templates: %w", err)
	}
	v := &views{byName: map[string]*template.Template{}, assets: a}
	for _, name := range names {
		base := path.Base(name)
		if base == layoutFile || strings.HasPrefix(base, partPrefix) {
			continue
		}
		t, err := shared.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, name)
		}
		if err != nil {
			return nil, fmt.Errorf("admin: read templates: %w", err)
		}
		v.byName[strings.TrimSuffix(base, ".html")] = t
	}
	return v, nil
}

func (v *views) render(w io.Writer, view, block string, data any) error {
	t, ok := v.byName[view]
	if !ok {
		return fmt.Errorf("admin: there is no template %q", view)
	}
	if err := t.ExecuteTemplate(w, block, data); err != nil {
		return fmt.Errorf("admin: render %s of %s: %w", block, view, err)
	}
	return nil
}
