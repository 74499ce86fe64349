// Package agency is a sample of an agency's own system: it takes the signed webhooks that
// Saphan sends, verifies them with the public Standard Webhooks library, and shows what arrived.
// It is for development and tests; it can be told to fail, so that retries can be seen.
package agency

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Config says how the receiver verifies and keeps what arrives.
type Config struct {
	Secret string           // shared key of the endpoint, "whsec_..."
	Dir    string           // what arrives is kept in a file here; empty: in memory only
	Now    func() time.Time // time.Now
	Logger *slog.Logger     // none
	Slow   time.Duration    // how long ModeSlow keeps the sender waiting; 20 s
}

// Mode is how the receiver answers, for trying out what the sender makes of it.
type Mode string

// The modes.
const (
	ModeOK    Mode = "ok"    // 204
	ModeError Mode = "error" // 500
	ModeBusy  Mode = "busy"  // 429 with Retry-After
	ModeSlow  Mode = "slow"  // takes the event, but answers when the sender has given up
	ModeGone  Mode = "gone"  // 410: the sender disables the endpoint
)

const (
	bodyMax     = 1 << 20
	busySeconds = "10"
)

//go:embed page.html page.css page.js
var assets embed.FS

// Receiver is the sample agency's system.
type Receiver struct {
	webhook *standardwebhooks.Webhook
	log     *slog.Logger
	now     func() time.Time
	slow    time.Duration
	book    *book
	page    *template.Template
	origin  *http.CrossOriginProtection
	started string // tells one run's versions of the list from another's
}

// New returns a receiver with what arrived earlier, when Config.Dir holds any.
func New(c Config) (*Receiver, error) {
	webhook, err := standardwebhooks.NewWebhook(c.Secret)
	if err != nil || !strings.HasPrefix(c.Secret, "whsec_") {
		return nil, errors.New("sample agency: the secret is not a whsec_ key")
	}
	page, err := template.ParseFS(assets, "page.html")
	if err != nil {
		return nil, fmt.Errorf("sample agency: %w", err)
	}
	r := &Receiver{webhook: webhook, log: c.Logger, now: c.Now, slow: c.Slow, page: page, origin: http.NewCrossOriginProtection()}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.now == nil {
		r.now = time.Now
	}
	r.started = strconv.FormatInt(time.Now().UnixNano(), 36)
	if r.slow <= 0 {
		r.slow = 20 * time.Second
	}
	if r.book, err = openBook(c.Dir); err != nil {
		return nil, err
	}
	return r, nil
}

// Close closes the file of what arrived.
func (r *Receiver) Close() error { return r.book.close() }

// SetMode changes how the receiver answers from now on.
func (r *Receiver) SetMode(m Mode) error {
	switch m {
	case ModeOK, ModeError, ModeBusy, ModeSlow, ModeGone:
		r.book.setMode(m)
		return nil
	default:
		return fmt.Errorf("sample agency: unknown mode %q", m)
	}
}

// Handler serves the receiver. It looks at the last part of the path only, so that it can be
// mounted anywhere, with or without its prefix stripped:
//
//	POST hook              takes a webhook
//	GET  (the folder)      the page
//	GET  list              the changing part of the page
//	GET  deliveries.json   the same for scripts
//	POST mode              mode=ok|error|busy|slow|gone
func (r *Receiver) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		name := path.Base(req.URL.Path)
		if strings.HasSuffix(req.URL.Path, "/") {
			name = "" // the page: its links are relative to this folder
		}
		get := req.Method == http.MethodGet || req.Method == http.MethodHead
		switch {
		case name == "hook" && req.Method == http.MethodPost:
			r.hook(w, req)
		case name == "mode" && req.Method == http.MethodPost:
			r.mode(w, req)
		case name == "" && get:
			r.showPage(w, req)
		case name == "list" && get:
			r.showList(w, req)
		case name == "deliveries.json" && get:
			r.showJSON(w, req)
		case (name == "page.css" || name == "page.js") && get:
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, req, assets, name)
		case name == "hook" || name == "mode":
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "POST only", http.StatusMethodNotAllowed)
		case name == "agency" && get:
			http.Redirect(w, req, "agency/", http.StatusMovedPermanently)
		default:
			http.NotFound(w, req)
		}
	})
}

// hook takes a webhook as an agency's system should: verify the raw bytes, keep the event under
// its identifier, and only then answer.
func (r *Receiver) hook(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, bodyMax))
	if err != nil {
		http.Error(w, "body too large or broken off", http.StatusBadRequest)
		return
	}
	a := arrival{At: r.now(), ID: req.Header.Get(standardwebhooks.HeaderWebhookID), Headers: shown(req.Header), Body: body}
	if err := r.webhook.Verify(body, req.Header); err != nil {
		a.Problem, a.Answer = reason(err), http.StatusUnauthorized
		r.keep(req.Context(), w, a)
		return
	}
	a.Verified = true
	mode := r.book.currentMode()
	switch mode {
	case ModeError:
		a.Answer = http.StatusInternalServerError
	case ModeBusy:
		a.Answer = http.StatusTooManyRequests
		w.Header().Set("Retry-After", busySeconds)
	case ModeGone:
		a.Answer = http.StatusGone
	case ModeOK, ModeSlow:
		a.Answer, a.Late = http.StatusNoContent, mode == ModeSlow
	}
	r.keep(req.Context(), w, a)
}

// keep records an arrival and gives the answer it was recorded with.
func (r *Receiver) keep(ctx context.Context, w http.ResponseWriter, a arrival) {
	if err := r.book.add(a); err != nil {
		r.log.ErrorContext(ctx, "sample agency: keep a webhook", "err", err)
		http.Error(w, "could not be kept", http.StatusInternalServerError)
		return
	}
	if a.Late {
		select {
		case <-ctx.Done():
			return
		case <-time.After(r.slow):
		}
	}
	w.WriteHeader(a.Answer)
}

// reason says in Thai why the library did not accept a webhook.
func reason(err error) string {
	switch {
	case errors.Is(err, standardwebhooks.ErrRequiredHeaders):
		return "ไม่มีส่วนหัว webhook-id, webhook-timestamp หรือ webhook-signature"
	case errors.Is(err, standardwebhooks.ErrMessageTooOld):
		return "เวลาที่ลงลายเซ็นเก่ากว่า 5 นาที"
	case errors.Is(err, standardwebhooks.ErrMessageTooNew):
		return "เวลาที่ลงลายเซ็นเร็วกว่านาฬิกาเครื่องนี้เกิน 5 นาที"
	case errors.Is(err, standardwebhooks.ErrNoMatchingSignature):
		return "ลายเซ็นไม่ตรงกับเนื้อหา"
	default:
		return "ตรวจลายเซ็นไม่ได้"
	}
}

// shown keeps the headers worth looking at.
func shown(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range []string{
		standardwebhooks.HeaderWebhookID, standardwebhooks.HeaderWebhookTimestamp, standardwebhooks.HeaderWebhookSignature,
		"Content-Type", "User-Agent",
	} {
		if v := h.Get(name); v != "" {
			out[strings.ToLower(name)] = v
		}
	}
	return out
}

func (r *Receiver) mode(w http.ResponseWriter, req *http.Request) {
	if err := r.origin.Check(req); err != nil {
		http.Error(w, "cross-origin request refused", http.StatusForbidden)
		return
	}
	req.Body = http.MaxBytesReader(w, req.Body, 4<<10)
	if err := r.SetMode(Mode(req.FormValue("mode"))); err != nil {
		http.Error(w, "mode must be one of ok, error, busy, slow, gone", http.StatusUnprocessableEntity)
		return
	}
	if strings.Contains(req.Header.Get("Accept"), "text/html") {
		w.Header().Set("Location", "./")
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (r *Receiver) showJSON(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r.book.summary()); err != nil {
		r.log.DebugContext(req.Context(), "sample agency: reader went away", "err", err)
	}
}
