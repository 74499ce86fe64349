package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/net/html"

	"saphan/devkit"
)

// officer is somebody signed in to the inbox, with a browser that has no JavaScript.
type officer struct {
	who    devkit.Officer
	tw     *town
	client *http.Client
}

// officer signs in whoever has the e-mail address, once for all tests: a code works once.
func (tw *town) officer(t *testing.T, email string) *officer {
	t.Helper()
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if o := tw.officers[email]; o != nil {
		return o
	}
	o := tw.signIn(t, email)
	tw.officers[email] = o
	return o
}

// signIn brings the password and a code of an authenticator app.
func (tw *town) signIn(t *testing.T, email string) *officer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &officer{tw: tw, client: &http.Client{Timeout: followsWithin, Jar: jar, Transport: tw.client.Transport}}
	for _, who := range tw.creds.Officers {
		if who.Email == email {
			o.who = who
		}
	}
	if o.who.Email == "" {
		t.Fatalf("nobody has the address %s", email)
	}
	p := o.open(t, "/admin/")
	if p.form("/sign-in") == nil {
		t.Fatalf("a stranger sees %s", p.address)
	}
	// The code of now may have been used already; the next one is taken too, for clocks that differ.
	for _, at := range []time.Time{time.Now(), time.Now().Add(30 * time.Second)} {
		code, err := totp.GenerateCode(o.who.TOTP, at)
		if err != nil {
			t.Fatal(err)
		}
		q := p.form("/sign-in").fill(t, "email", email).fill(t, "password", o.who.Password).fill(t, "code", code).send(t)
		if q.status == http.StatusOK && q.form("/sign-in") == nil {
			return o
		}
		p = q
	}
	t.Fatalf("%s is not let in: %s", email, p.text())
	return nil
}

// screen is a page as it was answered.
type screen struct {
	o       *officer
	status  int
	address *url.URL
	root    *html.Node
}

// open reads a page of the program.
func (o *officer) open(t *testing.T, path string) *screen {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.tw.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return o.do(t, req)
}

func (o *officer) do(t *testing.T, req *http.Request) *screen {
	t.Helper()
	deadline := time.Now().Add(followsWithin)
	for {
		p, err := o.try(req)
		switch {
		case err == nil:
			return p
		case !o.tw.mortal || time.Now().After(deadline):
			t.Fatal(err)
		}
		// A person clicks again: the same form, with the same key.
		time.Sleep(lookAgain)
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (o *officer) try(req *http.Request) (*screen, error) {
	resp, err := o.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	root, err := html.Parse(resp.Body)
	if err != nil {
		return nil, err
	}
	return &screen{o, resp.StatusCode, resp.Request.URL, root}, nil
}

// must fails the test unless the page is a good one.
func (p *screen) must(t *testing.T) *screen {
	t.Helper()
	if p.status != http.StatusOK {
		t.Fatalf("%s: status %d: %s", p.address.Path, p.status, p.text())
	}
	return p
}

// text is everything that can be read, a space between the pieces.
func (p *screen) text() string {
	var words []string
	for n := range p.root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			words = append(words, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(words, " ")
}

// has says whether the page shows words.
func (p *screen) has(words string) bool {
	return strings.Contains(p.text(), strings.Join(strings.Fields(words), " "))
}

// part is the element with an identifier; an empty one when there is none.
func (p *screen) part(id string) *screen {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return &screen{p.o, p.status, p.address, n}
		}
	}
	return &screen{p.o, p.status, p.address, &html.Node{}}
}

// all are the elements of a kind.
func (p *screen) all(kind string) []*html.Node {
	var found []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == kind {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// form is a form as a browser would send it.
type form struct {
	p      *screen
	action string
	values url.Values
	names  map[string]bool
	photos map[string][]byte // by the name of the field; only a form that takes files has them
}

// form finds the form whose address ends so; nil when the page offers none.
func (p *screen) form(ends string) *form {
	for _, n := range p.all("form") {
		action, _, _ := strings.Cut(attr(n, "action"), "?")
		if strings.HasSuffix(action, ends) {
			f := &form{p: p, action: attr(n, "action"), values: url.Values{}, names: map[string]bool{}}
			if attr(n, "enctype") == "multipart/form-data" {
				f.photos = map[string][]byte{}
			}
			f.read(n)
			return f
		}
	}
	return nil
}

// read takes what the form holds before anybody touches it.
func (f *form) read(root *html.Node) {
	for n := range root.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		f.names[name] = true
		switch n.Data {
		case "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			f.values.Add(name, text)
		case "input":
			if kind := attr(n, "type"); kind != "file" && ((kind != "radio" && kind != "checkbox") || hasAttr(n, "checked")) {
				f.values.Add(name, attr(n, "value"))
			}
		}
	}
}

// fill writes into a field that the form has.
func (f *form) fill(t *testing.T, name, value string) *form {
	t.Helper()
	if !f.names[name] {
		t.Fatalf("the form %s has no field %q", f.action, name)
	}
	f.values.Set(name, value)
	return f
}

// bring chooses a photo in a field that the form has.
func (f *form) bring(t *testing.T, name string, photo []byte) *form {
	t.Helper()
	if !f.names[name] || f.photos == nil {
		t.Fatalf("the form %s takes no files as %q", f.action, name)
	}
	f.photos[name] = photo
	return f
}

func (f *form) request(t *testing.T) *http.Request {
	t.Helper()
	to, err := f.p.address.Parse(f.action)
	if err != nil {
		t.Fatal(err)
	}
	kind, body := "application/x-www-form-urlencoded", []byte(f.values.Encode())
	if f.photos != nil {
		kind, body = f.multipart(t)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return req
}

// multipart is the form with its files, and how they are told apart.
func (f *form) multipart(t *testing.T) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range f.values {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, photo := range f.photos {
		part, err := w.CreateFormFile(name, "photo.jpg")
		if err == nil {
			_, err = part.Write(photo)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

func (f *form) send(t *testing.T) *screen {
	t.Helper()
	return f.p.o.do(t, f.request(t))
}

var ticketHref = regexp.MustCompile(`^/admin/tickets/(\d+)`)

// finds waits for a ticket in the inbox and returns its number there.
func (o *officer) finds(t *testing.T, number string) int64 {
	t.Helper()
	var id int64
	eventually(t, number+" in the inbox", func() error {
		p := o.open(t, "/admin/?view=all&q="+url.QueryEscape(number)).must(t)
		for _, n := range p.all("a") {
			m := ticketHref.FindStringSubmatch(attr(n, "href"))
			if m == nil {
				continue
			}
			row := &screen{root: n}
			if !row.has(number) {
				continue
			}
			var err error
			id, err = strconv.ParseInt(m[1], 10, 64)
			return err
		}
		return fmt.Errorf("the list is: %s", p.text())
	})
	return id
}

// ticket opens a ticket's page.
func (o *officer) ticket(t *testing.T, id int64) *screen {
	t.Helper()
	return o.open(t, fmt.Sprintf("/admin/tickets/%d", id)).must(t)
}

// sees waits until the ticket's page shows words.
func (o *officer) sees(t *testing.T, id int64, words string) *screen {
	t.Helper()
	var p *screen
	eventually(t, fmt.Sprintf("“%s” on ticket %d", words, id), func() error {
		if p = o.ticket(t, id); !p.has(words) {
			return fmt.Errorf("it shows: %s", p.text())
		}
		return nil
	})
	return p
}

// does opens one of the ticket's forms and sends it filled in; the pairs are names and values.
func (o *officer) does(t *testing.T, id int64, what string, pairs ...string) *screen {
	t.Helper()
	return o.fills(t, id, what, pairs...).send(t).must(t)
}

// fills opens one of the ticket's forms and fills it in.
func (o *officer) fills(t *testing.T, id int64, what string, pairs ...string) *form {
	t.Helper()
	p := o.ticket(t, id)
	if p.form("/"+what) == nil {
		p = o.open(t, fmt.Sprintf("/admin/tickets/%d/%s", id, what)).must(t)
	}
	f := p.form("/" + what)
	if f == nil {
		t.Fatalf("ticket %d has no form %q: %s", id, what, p.text())
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.fill(t, pairs[i], pairs[i+1])
	}
	return f
}

// files are the addresses of the ticket's documents.
func (p *screen) files() []string {
	var paths []string
	seen := map[string]bool{}
	for _, n := range p.all("a") {
		path, _, _ := strings.Cut(attr(n, "href"), "?")
		if strings.Contains(path, "/files/") && !seen[path] {
			seen[path] = true
			paths = append(paths, path)
		}
	}
	return paths
}

// original fetches the bytes of a document as the officer's browser would.
func (o *officer) original(t *testing.T, path string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.tw.base+path+"/original", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := o.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", path, resp.StatusCode, err)
	}
	return body
}
