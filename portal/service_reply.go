package portal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"saphan/forms"
	"saphan/internal/words"
)

// keepOpen is how long anybody may keep a page of the catalogue.
const keepOpen = "public, max-age=60"

// openPage is what every page of the catalogue has: its words in the reader's language and where it is.
type openPage struct {
	own
	Path string // of this page, without its language
	Base string // public address
}

// openPageOf begins a page of the catalogue.
func (p *Portal) openPageOf(r *http.Request, title forms.Text) openPage {
	return openPage{own: ownOf(r, "", title.TH, title.EN), Path: r.URL.Path, Base: p.base}
}

// In is a text in the reader's language.
func (o openPage) In(t forms.Text) string { return t.In(o.Lang) }

// Tel is a telephone number as a link takes it.
func (o openPage) Tel(number string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, number)
}

// Offered are the languages in which there is every page.
func (o openPage) Offered() []words.Language { return words.Offered() }

// catalogued is a page of the catalogue: anybody may keep it for a minute and ask whether it changed.
type catalogued struct {
	view   string
	status int  // 0: 200
	listed bool // search engines may have it
	data   any
}

func (c catalogued) write(w http.ResponseWriter, r *http.Request, p *Portal) error {
	var b bytes.Buffer
	if err := p.views.render(&b, c.view, c.data); err != nil {
		return err
	}
	if c.listed {
		w.Header().Del("X-Robots-Tag")
	}
	w.Header().Add("Vary", "Accept, Cookie")
	return sent(w, r, "text/html; charset=utf-8", c.status, b.Bytes())
}

// published is data that anybody may have, also a page of another site.
type published struct{ data any }

func (o published) write(w http.ResponseWriter, r *http.Request, _ *Portal) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(o.data); err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Add("Vary", "Accept")
	return sent(w, r, "application/json; charset=utf-8", 0, b.Bytes())
}

// drawn is a document or a picture, named by its content.
type drawn struct {
	kind, name string
	body       []byte
	open       bool // pages of other sites may show it
}

func (d drawn) write(w http.ResponseWriter, r *http.Request, _ *Portal) error {
	if d.name != "" {
		w.Header().Set("Content-Disposition", `inline; filename="`+d.name+`"`)
	}
	if d.open {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	w.Header().Del("X-Robots-Tag")
	return sent(w, r, d.kind, 0, d.body)
}

// sent writes an answer with the name of its content, or says that the asker has it already.
func sent(w http.ResponseWriter, r *http.Request, kind string, status int, body []byte) error {
	sum := sha256.Sum256(body)
	tag := `W/"` + hex.EncodeToString(sum[:12]) + `"` // weak: it may be packed on the way
	keep := keepOpen
	if r.URL.Query().Has("lang") { // it may set a cookie
		keep = keepNever
	}
	w.Header().Set("Cache-Control", keep)
	if status == 0 || status == http.StatusOK {
		w.Header().Set("ETag", tag)
		if strings.Contains(r.Header.Get("If-None-Match"), tag[2:]) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(cmpStatus(status))
	_, _ = w.Write(body)
	return nil
}
