package portal_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// visitor fills forms in without JavaScript: it keeps the cookies, and sends what the page's boxes hold.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
	at     string // path of the page
	status int
	header http.Header
	page   string
	tree   *html.Node
	values url.Values
	files  []sentFile
	extra  http.Header
}

type sentFile struct{ box, name, body string }

func newVisitor(t *testing.T, base string) *visitor {
	t.Helper()
	return &visitor{t: t, base: base, extra: http.Header{}, client: &http.Client{
		Jar: &jar{all: map[string]string{}}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// cookies are those that the visitor has.
func (v *visitor) cookies() *jar {
	kept, ok := v.client.Jar.(*jar)
	if !ok {
		v.t.Fatal("the visitor keeps no cookies")
	}
	return kept
}

// do asks for something and follows where it leads.
func (v *visitor) do(method, path, kind string, body io.Reader) *visitor {
	v.t.Helper()
	for range 5 {
		req, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
		must(v.t, err)
		if kind != "" {
			req.Header.Set("Content-Type", kind)
			req.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		for name, all := range v.extra {
			req.Header[name] = all
		}
		res, err := v.client.Do(req)
		must(v.t, err)
		text, err := io.ReadAll(res.Body)
		must(v.t, err)
		must(v.t, res.Body.Close())
		v.at, v.status, v.header, v.page = path, res.StatusCode, res.Header, string(text)
		to := res.Header.Get("Location")
		if res.StatusCode != http.StatusSeeOther || to == "" {
			break
		}
		path, _, _ = strings.Cut(to, "#")
		method, kind, body = http.MethodGet, "", nil
	}
	v.read()
	return v
}

func (v *visitor) open(path string) *visitor {
	v.t.Helper()
	return v.do(http.MethodGet, path, "", nil)
}

// read takes in what the boxes of the page's form hold.
func (v *visitor) read() {
	v.values, v.files = url.Values{}, nil
	tree, err := html.Parse(strings.NewReader(v.page))
	must(v.t, err)
	v.tree = tree
	for n := range v.form().Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		switch n.Data {
		case "input":
			kind := attr(n, "type")
			if (kind == "radio" || kind == "checkbox") && !has(n, "checked") || kind == "file" {
				continue
			}
			v.values.Add(name, attr(n, "value"))
		case "textarea":
			v.values.Add(name, strings.TrimPrefix(textOf(n), "\n"))
		case "select":
			value := ""
			for o := range n.Descendants() {
				if o.Data == "option" && has(o, "selected") {
					value = attr(o, "value")
				}
			}
			v.values.Add(name, value)
		}
	}
}

// form is the form of the page that is filled in; the page itself when there is none.
func (v *visitor) form() *html.Node {
	for n := range v.tree.Descendants() {
		if n.Data == "form" && (has(n, "data-form") || strings.Contains(attr(n, "action"), "/form")) {
			return n
		}
	}
	return v.tree
}

// put types into boxes: name and value in turn.
func (v *visitor) put(pairs ...string) *visitor {
	v.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		name := "f." + pairs[i]
		if !strings.Contains(v.page, `name="`+name+`"`) {
			v.t.Errorf("%s has no box %s\n%s", v.at, name, v.says())
		}
		v.values.Set(name, pairs[i+1])
	}
	return v
}

// attach chooses a file.
func (v *visitor) attach(field, name, body string) *visitor {
	v.files = append(v.files, sentFile{"f." + field, name, body})
	return v
}

// press sends the form with a button.
func (v *visitor) press(do string) *visitor {
	v.t.Helper()
	form := v.form()
	if do != "" {
		v.values.Set("do", do)
	}
	action := attr(form, "action")
	if attr(form, "enctype") != "multipart/form-data" {
		return v.do(http.MethodPost, action, "application/x-www-form-urlencoded", strings.NewReader(v.values.Encode()))
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, all := range v.values {
		for _, value := range all {
			must(v.t, w.WriteField(name, value))
		}
	}
	for _, f := range v.files {
		part, err := w.CreateFormFile(f.box, f.name)
		must(v.t, err)
		_, err = part.Write([]byte(f.body))
		must(v.t, err)
	}
	must(v.t, w.Close())
	return v.do(http.MethodPost, action, w.FormDataContentType(), &body)
}

// says is what the page says, without its markup.
func (v *visitor) says() string {
	var out strings.Builder
	for n := range v.tree.Descendants() {
		if n.Type == html.TextNode && (n.Parent == nil || n.Parent.Data != "style" && n.Parent.Data != "script") {
			if text := strings.TrimSpace(n.Data); text != "" {
				out.WriteString(text + "\n")
			}
		}
	}
	return out.String()
}

// shows fails for each of the words that the page does not say.
func (v *visitor) shows(words ...string) *visitor {
	v.t.Helper()
	said := v.says()
	for _, w := range words {
		if !strings.Contains(said, w) {
			v.t.Errorf("%s (%d) does not say %q:\n%s", v.at, v.status, w, said)
		}
	}
	return v
}

// is fails unless the page is at the path with the status.
func (v *visitor) is(status int, path string) *visitor {
	v.t.Helper()
	if v.status != status || !strings.Contains(v.at, path) {
		v.t.Fatalf("%d at %s, not %d at %s:\n%s", v.status, v.at, status, path, v.says())
	}
	return v
}

// box fails unless a box of the page holds a value.
func (v *visitor) box(field string, want ...string) *visitor {
	v.t.Helper()
	if got := v.values["f."+field]; !slices.Equal(got, want) {
		v.t.Errorf("%s: box %s holds %q, not %q", v.at, field, got, want)
	}
	return v
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func textOf(n *html.Node) string {
	var out strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			out.WriteString(c.Data)
		}
	}
	return out.String()
}
