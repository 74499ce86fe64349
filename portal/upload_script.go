package portal

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

//go:embed third_party/tus-js-client/dist/tus.min.js
var tusClient []byte

//go:embed static/upload.js
var uploadScript []byte

// script is what pages with inputs for files load: the protocol's library and ours over it.
type script struct {
	name   string // with the content's hash, so that it can be kept for ever
	plain  []byte
	packed []byte // gzip
}

func loadScript() (script, error) {
	s := script{plain: bytes.Join([][]byte{tusClient, uploadScript}, []byte("\n;\n"))}
	sum := sha256.Sum256(s.plain)
	s.name = hex.EncodeToString(sum[:8]) + ".js"
	var err error
	s.packed, err = pack(s.plain)
	return s, err
}

// Script is the address of the script that makes inputs for files go on after a dropped connection. A page
// that loads it needs UploadPolicy, and works without it.
func (u *Uploads) Script() string { return UploadsBase + "static/" + u.script.name }

// UploadPolicy is what the content security policy of a page that loads the script has to allow besides.
const UploadPolicy = "script-src 'self'; connect-src 'self'"

// Largest is the largest file that is taken, as people read it.
func (u *Uploads) Largest() string { return fmt.Sprintf("%d MB", u.files.Max()>>20) }

func (u *Uploads) showScript(w http.ResponseWriter, r *http.Request) {
	if chi.URLParam(r, "file") != u.script.name {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		w.Write(u.script.packed)
		return
	}
	w.Write(u.script.plain)
}

// UploadInput is an input for files, for the template "upload".
type UploadInput struct {
	Field    string // its name, and its id in the page
	Label    string
	Hint     string
	Accept   string // what the browser offers first
	Multiple bool
	Required bool
	Lang     string     // in which the page speaks
	Largest  string     // what one file may have where the script runs, as people read it: Uploads.Largest
	Kept     []KeptFile // files that came before
	Problem  string     // why what was chosen was not taken
	Optional bool       // said beside the label
	Describe string     // ids of what explains the input beyond its hint, its problem among them
}

// T says something in the page's language.
func (u UploadInput) T(th, en string, args ...any) string {
	return own{Lang: u.Lang}.T(th, en, args...)
}

// KeptFile is a file that came before the form.
type KeptFile struct {
	Upload string // empty: it did not come by an upload
	Stored string // how the form names a file that it has already; empty: by its upload
	Name   string
	Size   string // as people read it
}

// Value is how the form names it.
func (k KeptFile) Value() string { return cmp.Or(k.Stored, UploadValue(k.Upload)) }
