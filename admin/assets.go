package admin

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/internal/fault"
)

//go:embed static
var static embed.FS

//go:embed third_party/htmx.org third_party/ibm-plex-sans-thai-looped third_party/lucide-static
var thirdParty embed.FS

// asset is one file that pages load.
type asset struct {
	hash      string
	mediaType string
	plain     []byte
	zipped    []byte // nil when it does not pay
}

// assets are the files that pages load, by name. Their addresses contain their content's hash,
// so that browsers may keep them for good.
type assets struct{ byName map[string]asset }

// fonts by the name that the style sheet knows them by.
const fontFolder = "third_party/ibm-plex-sans-thai-looped/files"

func loadAssets() (*assets, error) {
	a := &assets{byName: map[string]asset{}}
	fonts, err := fs.ReadDir(thirdParty, fontFolder)
	if err != nil {
		return nil, fmt.Errorf("admin: read fonts: %w", err)
	}
	for _, f := range fonts {
		body, err := fs.ReadFile(thirdParty, path.Join(fontFolder, f.Name()))
		if err != nil {
			return nil, fmt.Errorf("admin: read font: %w", err)
		}
		if err := a.add(f.Name(), body); err != nil {
			return nil, err
		}
	}
	sprite, err := buildSprite()
	if err != nil {
		return nil, err
	}
	if err := a.add("icons.svg", sprite); err != nil {
		return nil, err
	}
	library, err := join(thirdParty, "third_party/htmx.org/dist/htmx.min.js", "third_party/htmx.org/dist/ext/hx-sse.min.js")
	if err != nil {
		return nil, err
	}
	if err := a.add("htmx.js", library); err != nil {
		return nil, err
	}
	for _, name := range []string{"admin.js", "favicon.svg"} {
		body, err := fs.ReadFile(static, "static/"+name)
		if err != nil {
			return nil, fmt.Errorf("admin: read asset: %w", err)
		}
		if err := a.add(name, body); err != nil {
			return nil, err
		}
	}
	css, err := join(static, "static/base.css", "static/inbox.css", "static/ticket.css", "static/checklist.css", "static/clocks.css", "static/forms.css", "static/settings.css", "static/disposal.css", "static/decide.css", "static/fee.css", "static/service.css", "static/register.css", "static/breach.css", "static/narrow.css")
	if err != nil {
		return nil, err
	}
	css, err = a.fillIn(css)
	if err != nil {
		return nil, err
	}
	return a, a.add("admin.css", css)
}

func join(files fs.FS, names ...string) ([]byte, error) {
	var b bytes.Buffer
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("admin: read asset: %w", err)
		}
		b.Write(body)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// fillIn replaces "asset:NAME" in the style sheet by the address of that asset.
func (a *assets) fillIn(css []byte) ([]byte, error) {
	var out bytes.Buffer
	rest := string(css)
	for {
		before, after, ok := strings.Cut(rest, "asset:")
		out.WriteString(before)
		if !ok {
			return out.Bytes(), nil
		}
		end := strings.IndexAny(after, ")\"' ")
		if end < 0 {
			return nil, fmt.Errorf("admin: the style sheet names an asset without an end")
		}
		link, err := a.url(after[:end])
		if err != nil {
			return nil, err
		}
		out.WriteString(link)
		rest = after[end:]
	}
}

func (a *assets) add(name string, body []byte) error {
	sum := sha256.Sum256(body)
	it := asset{hash: hex.EncodeToString(sum[:8]), mediaType: mediaType(name), plain: body}
	if !strings.HasSuffix(name, ".woff2") {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return fmt.Errorf("admin: compress %s: %w", name, err)
		}
		if _, err := z.Write(body); err != nil {
			return fmt.Errorf("admin: compress %s: %w", name, err)
		}
		if err := z.Close(); err != nil {
			return fmt.Errorf("admin: compress %s: %w", name, err)
		}
		it.zipped = b.Bytes()
	}
	a.byName[name] = it
	return nil
}

func mediaType(name string) string {
	switch path.Ext(name) {
	case ".woff2":
		return "font/woff2" // not in every machine's table
	case ".js":
		return "text/javascript; charset=utf-8"
	default:
		return mime.TypeByExtension(path.Ext(name))
	}
}

// url is the address of an asset.
func (a *assets) url(name string) (string, error) {
	it, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("admin: there is no asset %q", name)
	}
	return Base + "/assets/" + it.hash + "/" + name, nil
}

// icon is the markup of one icon; it is decoration, words stand beside it.
func (a *assets) icon(name string) (template.HTML, error) {
	sprite, err := a.url("icons.svg")
	if err != nil {
		return "", err
	}
	if !bytes.Contains(a.byName["icons.svg"].plain, []byte(`<symbol id="`+name+`"`)) {
		return "", fmt.Errorf("admin: there is no icon %q", name)
	}
	return template.HTML(`<svg class="i" aria-hidden="true" focusable="false"><use href="` + sprite + `#` + name + `"></use></svg>`), nil //nolint:gosec // both parts are ours
}

func (a *Admin) serveAsset(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "name")
	it, ok := a.assets.byName[name]
	if !ok || it.hash != chi.URLParam(r, "hash") {
		a.fail(w, r, agencies.Officer{}, fault.New(fault.NotFound, "ไม่มีไฟล์นี้"))
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", it.mediaType)
	h.Add("Vary", "Accept-Encoding")
	body := it.plain
	if it.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = it.zipped
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

const iconFolder = "third_party/lucide-static/icons"

// buildSprite puts the single icons into one file of symbols.
func buildSprite() ([]byte, error) {
	files, err := fs.ReadDir(thirdParty, iconFolder)
	if err != nil {
		return nil, fmt.Errorf("admin: read icons: %w", err)
	}
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">` + "\n")
	for _, f := range files {
		body, err := fs.ReadFile(thirdParty, path.Join(iconFolder, f.Name()))
		if err != nil {
			return nil, fmt.Errorf("admin: read icon: %w", err)
		}
		_, inner, ok := strings.Cut(string(body), "<svg")
		if ok {
			_, inner, ok = strings.Cut(inner, ">")
		}
		end := strings.LastIndex(inner, "</svg>")
		if !ok || end < 0 {
			return nil, fmt.Errorf("admin: icon %s is not an SVG", f.Name())
		}
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`+"\n",
			strings.TrimSuffix(f.Name(), ".svg"), strings.Join(strings.Fields(inner[:end]), " "))
	}
	b.WriteString("</svg>\n")
	return b.Bytes(), nil
}
