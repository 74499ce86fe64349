package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

//go:embed static/form.css
var formStyle []byte

//go:embed static/services.css
var servicesStyle []byte

//go:embed static/form.js
var formScript []byte

// asset is a file that pages load: under a name with its content's hash, so that it can be kept for ever.
type asset struct {
	name   string
	media  string
	plain  []byte
	packed []byte // gzip
}

// assets are the files that pages load, by what they are.
type assets map[string]asset

func loadAssets() (assets, error) {
	all := assets{}
	for _, f := range []struct {
		what, ext, media string
		text             []byte
	}{
		{"style", ".css", "text/css; charset=utf-8", style},
		{"form", ".css", "text/css; charset=utf-8", formStyle},
		{"services", ".css", "text/css; charset=utf-8", servicesStyle},
		{"script", ".js", "text/javascript; charset=utf-8", formScript},
	} {
		packed, err := pack(f.text)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(f.text)
		all[f.what] = asset{hex.EncodeToString(sum[:8]) + f.ext, f.media, f.text, packed}
	}
	return all, nil
}

func pack(text []byte) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(text)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("portal: pack a file: %w", err)
	}
	return packed.Bytes(), nil
}

// path is the address of an asset.
func (a assets) path(what string) string { return "/portal/" + a[what].name }

// asset serves a file that pages load.
func (p *Portal) asset(w http.ResponseWriter, r *http.Request) {
	for _, a := range p.views.assets {
		if a.name != chi.URLParam(r, "file") {
			continue
		}
		h := w.Header()
		h.Set("Content-Type", a.media)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			w.Write(a.packed)
			return
		}
		w.Write(a.plain)
		return
	}
	http.NotFound(w, r)
}

// formScript is the address of the script that makes filling in a form easier.
func (p *Portal) formScript() string { return p.views.assets.path("script") }
