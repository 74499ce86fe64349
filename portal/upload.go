package portal

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	tus "github.com/tus/tusd/v2/pkg/handler"

	"saphan/files"
	"saphan/internal/fault"
)

// UploadsBase is where files come in by the tus protocol (https://tus.io, version 1.0.0).
const UploadsBase = "/uploads/"

// Sender says who sends a request: the name under which what they send is kept, such as "citizen 7", and
// whether they may send anything. Nobody else ever finds what was sent under a name.
type Sender func(r *http.Request) (owner string, ok bool)

// UploadsConfig is what Uploads works with.
type UploadsConfig struct {
	Files   *files.Uploads
	Sender  Sender
	BaseURL string // public address
	Logger  *slog.Logger
}

// Uploads takes in files from web pages: in pieces that survive dropped connections, and with plain forms.
type Uploads struct {
	files  *files.Uploads
	sender Sender
	log    *slog.Logger
	origin *http.CrossOriginProtection
	script script
	tus    http.Handler
}

// NewUploads returns Uploads, or says what is wrong with what it was given.
func NewUploads(c UploadsConfig) (*Uploads, error) {
	if c.Files == nil || c.Sender == nil || c.Logger == nil {
		return nil, errors.New("uploads: a part is missing")
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("uploads: BASE_URL %q is not an http or https address", c.BaseURL)
	}
	origin := http.NewCrossOriginProtection()
	if err := origin.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, fmt.Errorf("uploads: BASE_URL: %w", err)
	}
	u := &Uploads{files: c.Files, sender: c.Sender, log: c.Logger, origin: origin}
	if u.script, err = loadScript(); err != nil {
		return nil, err
	}
	if u.tus, err = u.protocol(); err != nil {
		return nil, err
	}
	return u, nil
}

// Routes adds the addresses of uploads to r, which is mounted at the root of the public address.
func (u *Uploads) Routes(r chi.Router) {
	r.Get(UploadsBase+"static/{file}", u.showScript)
	r.Group(func(r chi.Router) {
		r.Use(u.origin.Handler)
		r.HandleFunc(UploadsBase, u.serve)
		r.HandleFunc(UploadsBase+"{id}", u.serve)
	})
}

// LetGo asks all who send a file to this process to go to another, because it ends. What they sent stays.
func (u *Uploads) LetGo() { u.files.LetGo() }

// The names of what the protocol sends along.
const (
	headerVersion  = "Tus-Resumable"
	headerChecksum = "Upload-Checksum"
	headerExpires  = "Upload-Expires"
	version        = "1.0.0"
)

// statusChecksum is the protocol's own answer to a piece that came altered.
const statusChecksum = 460

// serve answers one request of the protocol. What the library does not know of it is done here: expiration,
// checksums, and that an upload belongs to somebody.
func (u *Uploads) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set(headerVersion, version)
	if r.Method == http.MethodOptions {
		h.Set("Tus-Version", version)
		h.Set("Tus-Max-Size", strconv.FormatInt(u.files.Max(), 10))
		h.Set("Tus-Extension", "creation,creation-with-upload,expiration,checksum,termination")
		h.Set("Tus-Checksum-Algorithm", strings.Join(files.Checksums(), ","))
		w.WriteHeader(http.StatusNoContent)
		return
	}
	owner, ok := u.sender(r)
	lang := programLang(r)
	if !ok || owner == "" {
		refuse(w, lang, fault.New(fault.Unauthorized, "หมดเวลาเข้าใช้งาน กรุณาเข้าสู่ระบบอีกครั้ง ไฟล์ที่ส่งมาแล้วยังอยู่ค่ะ"))
		return
	}
	e := &exchange{owner: owner, lang: lang, header: h, method: methodOf(r), conn: http.NewResponseController(w), left: r.ContentLength}
	if id := chi.URLParam(r, "id"); id != "" { // before anything else, so that nobody even learns of another's
		if _, err := u.files.Find(r.Context(), owner, id); err != nil {
			refuse(w, lang, u.answer(e.in(r.Context()), err))
			return
		}
	}
	if err := e.expect(r.Header.Get(headerChecksum)); err != nil {
		refuse(w, lang, err)
		return
	}
	answer := &located{ResponseWriter: w, exchange: e}
	e.interrupt = func() error { return answer.SetReadDeadline(time.Now()) }
	u.tus.ServeHTTP(answer, r.WithContext(e.in(r.Context())))
}

// methodOf is what a request asks for: some proxies let only GET and POST through.
func methodOf(r *http.Request) string {
	if over := r.Header.Get("X-HTTP-Method-Override"); r.Method == http.MethodPost && over != "" {
		return over
	}
	return r.Method
}

// expect notes the checksum that was sent with a piece.
func (e *exchange) expect(header string) error {
	if header == "" {
		return nil
	}
	algorithm, text, _ := strings.Cut(header, " ")
	want, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || !slices.Contains(files.Checksums(), algorithm) {
		return tus.NewError("ERR_CHECKSUM", "the checksum cannot be read, or its algorithm is not one of "+strings.Join(files.Checksums(), ", "), http.StatusBadRequest)
	}
	e.sum, _ = files.NewChecksum(algorithm, want)
	return nil
}

// refuse writes an error as the library would.
func refuse(w http.ResponseWriter, lang string, err error) {
	var known tus.Error
	if !errors.As(err, &known) {
		known = problemOf(err, lang)
	}
	for name, value := range known.HTTPResponse.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(known.HTTPResponse.StatusCode)
	w.Write([]byte(known.HTTPResponse.Body))
}

// problemOf is an error as the library sends it on: with the sentence for the sender, never with its detail.
func problemOf(err error, lang string) tus.Error {
	kind := fault.KindOf(err)
	body, jsonErr := json.Marshal(problem{Title: fault.In(err, lang), Status: kind.Status(), Kind: string(kind)})
	if jsonErr != nil { // a struct of strings and a number always becomes JSON
		body = nil
	}
	return tus.Error{ErrorCode: string(kind), Message: fault.MessageOf(err), HTTPResponse: tus.HTTPResponse{
		StatusCode: kind.Status(), Body: string(body), Header: tus.HTTPHeader{"Content-Type": "application/problem+json; charset=utf-8"},
	}}
}

// located writes the address of a new upload as a path: how the outside is reached is not known in here. It
// also tells a sender who had to let go for another to come again, where the library calls that a bad request.
type located struct {
	http.ResponseWriter
	exchange *exchange
	mu       sync.Mutex
	deadline time.Time
	answered bool
}

// SetReadDeadline is how the library interrupts a sender, from outside the request. Once the answer is on its
// way that would only hit the next request of the same connection.
func (l *located) SetReadDeadline(deadline time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answered {
		return nil
	}
	l.deadline = deadline
	return http.NewResponseController(l.ResponseWriter).SetReadDeadline(deadline)
}

// Unwrap lets deadlines through.
func (l *located) Unwrap() http.ResponseWriter { return l.ResponseWriter }

func (l *located) WriteHeader(status int) {
	l.mu.Lock()
	l.answered = true
	late := !l.deadline.IsZero() && !time.Now().Before(l.deadline)
	l.mu.Unlock()
	if late { // net/http has ended the context of the whole connection by then, or is about to
		l.Header().Set("Connection", "close")
	}
	if to, err := url.Parse(l.Header().Get("Location")); err == nil && to.Path != "" {
		l.Header().Set("Location", to.EscapedPath())
	}
	if status == http.StatusBadRequest && l.exchange.letGo.Load() {
		status = http.StatusLocked
	}
	l.ResponseWriter.WriteHeader(status)
}
