// Package sms plays an SMS gateway for development: what is sent to telephones is shown on a page.
package sms

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"saphan/internal/thai"
)

// Message is one that was sent.
type Message struct {
	To   string    `json:"to"` // E.164
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// most is how many messages are kept, in memory.
const most = 100

//go:embed page.html
var assets embed.FS

// Inbox is all telephones in one.
type Inbox struct {
	now  func() time.Time
	page *template.Template

	mu   sync.Mutex
	got  []Message // the newest last
	keys []string  // of messages that came
}

// New returns an empty inbox.
func New(now func() time.Time) (*Inbox, error) {
	page, err := template.ParseFS(assets, "page.html")
	if err != nil {
		return nil, err
	}
	return &Inbox{now: now, page: page}, nil
}

// Messages are those that came, the newest first.
func (i *Inbox) Messages() []Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := slices.Clone(i.got)
	slices.Reverse(all)
	return all
}

// Handler serves the inbox. It looks at the last part of the path only:
//
//	POST send           takes {"to","text"}; twice with one Idempotency-Key is once
//	GET  (the folder)   the page
//	GET  messages.json  the same for scripts
func (i *Inbox) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		if strings.HasSuffix(r.URL.Path, "/") {
			name = ""
		}
		switch {
		case name == "send" && r.Method == http.MethodPost:
			i.take(w, r)
		case name == "messages.json" && r.Method == http.MethodGet:
			i.list(w)
		case name == "" && r.Method == http.MethodGet:
			i.show(w)
		default:
			http.NotFound(w, r)
		}
	})
}

func (i *Inbox) take(w http.ResponseWriter, r *http.Request) {
	var m Message
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&m); err != nil || m.To == "" || m.Text == "" {
		http.Error(w, "want to and text", http.StatusBadRequest)
		return
	}
	m.At = i.now()
	key := r.Header.Get("Idempotency-Key")
	i.mu.Lock()
	defer i.mu.Unlock()
	if key == "" || !slices.Contains(i.keys, key) {
		i.got, i.keys = append(i.got, m), append(i.keys, key)
		if len(i.got) > most {
			i.got, i.keys = i.got[1:], i.keys[1:]
		}
	}
	w.WriteHeader(http.StatusAccepted)
}

func (i *Inbox) list(w http.ResponseWriter) {
	body, err := json.Marshal(i.Messages())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(body)
}

// shown is a message on the page.
type shown struct{ To, Text, At string }

func (i *Inbox) show(w http.ResponseWriter) {
	var all []shown
	for _, m := range i.Messages() {
		s := shown{To: m.To, Text: m.Text, At: thai.DateTime(m.At)}
		if phone, err := thai.ParsePhone(m.To); err == nil {
			s.To = phone.Shown
		}
		all = append(all, s)
	}
	var b bytes.Buffer
	if err := i.page.Execute(&b, all); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	w.Write(b.Bytes())
}
