package line

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/devkit/line/strict"
)

// apiBodyLimit is the largest request body (section 2.1).
const apiBodyLimit = 2 << 20

// request is one call of the bot, checked as far as all calls are.
type request struct {
	*http.Request
	id       string
	endpoint string // method and pattern, by which calls are counted
	channel  Channel
	now      time.Time
	options  strict.Options // as they stood when the call came
	body     []byte
	notes    []string // for the record
}

// warn notes for the record what was let pass although LINE might not.
func (r *request) warn(text string) { r.notes = append(r.notes, "warning: "+text) }

// answer is what the bot gets. body is JSON unless file is set.
type answer struct {
	status int
	body   any
	header map[string]string
	file   mediaFile
	mime   string
	spoil  Fault // how the bytes of the file go wrong, if they do
	proxy  bool  // the answer is not LINE's, and does not bear its headers
}

// apiError is LINE's form of an error (section 2.6).
type apiError struct {
	Message string           `json:"message"`
	Details []strict.Problem `json:"details,omitempty"`
}

// empty is the body of a success that says nothing more.
var empty = struct{}{}

func ok(v any) answer { return answer{status: http.StatusOK, body: v} }

func refuse(status int, message string, details ...strict.Problem) answer {
	return answer{status: status, body: apiError{Message: message, Details: details}}
}

// oneProblem is the 400 with a single detail.
func oneProblem(message, property string) answer {
	return refuse(http.StatusBadRequest, "The request body has 1 error(s)", strict.Problem{Message: message, Property: property})
}

// refuseCheck turns what strict found into an answer.
func refuseCheck(err error) answer {
	var e *strict.Error
	if errors.As(err, &e) {
		return answer{status: http.StatusBadRequest, body: e}
	}
	return refuse(http.StatusBadRequest, "The request body could not be parsed as JSON (line: -, column: -)")
}

// errorText is the text of an error answer for the record, empty for a success.
func (a answer) errorText() string {
	if a.status < http.StatusBadRequest {
		return ""
	}
	text, err := encode(a.body)
	if err != nil {
		return "error body not encodable"
	}
	return string(text[:min(len(text), keptMessage)])
}

// rateLimit is the message of the 429 that may be retried, notEntitled that of most 403s.
const (
	rateLimit   = "The API rate limit has been exceeded. Try again later."
	notEntitled = "Access to this API is not available for your account"
)

// limit is a rate limit: that many calls in that time, for each channel, path and method
// (section 2.5). Limits bite gradually, not at the turn of a minute.
type limit struct {
	calls float64
	per   time.Duration
}

// The limits there are.
//
//nolint:gochecknoglobals // a table, never written to
var (
	normal     = limit{2000, time.Second}
	multicasts = limit{200, time.Second}
	loadings   = limit{100, time.Second}
	webhookSet = limit{1000, time.Minute}
	webhookTry = limit{60, time.Hour}
	menuWrites = limit{100, time.Hour}
	menuLists  = limit{10, time.Second}
	shortLived = limit{370, time.Second}
	broadcasts = limit{60, time.Hour}
	// Of the calls that few bots make.
	insights      = limit{60, time.Hour}
	audienceCalls = limit{60, time.Minute}
	menuBatches   = limit{3, time.Hour}
	plans         = limit{200, time.Second}
)

// bucket is the token bucket of one limit.
type bucket struct {
	left float64
	at   time.Time
}

// take takes one call from the bucket and says whether there was one. The caller holds the lock.
func (s *Simulator) take(key string, l limit, now time.Time) bool {
	if s.settings.Rate > 0 && l.per == time.Second {
		l.calls = s.settings.Rate
	}
	b := s.buckets[key]
	if b == nil {
		b = &bucket{left: l.calls, at: now}
		s.buckets[key] = b
	}
	b.left = min(l.calls, b.left+now.Sub(b.at).Seconds()/l.per.Seconds()*l.calls)
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// apiFunc answers one endpoint.
type apiFunc func(*request) answer

// routes collects endpoints of one host.
type routes struct {
	sim *Simulator
	mux *chi.Mux
}

func (s *Simulator) newRoutes() routes {
	r := routes{sim: s, mux: chi.NewRouter()}
	r.mux.NotFound(s.serve("", limit{}, false, func(*request) answer { return refuse(http.StatusNotFound, "Not found") }))
	r.mux.MethodNotAllowed(s.serve("", limit{}, false, func(*request) answer {
		return refuse(http.StatusMethodNotAllowed, "Method not allowed")
	}))
	return r
}

// add adds an endpoint that wants a channel access token.
func (r routes) add(method, pattern string, l limit, f apiFunc) {
	r.mux.Method(method, pattern, r.sim.serve(pattern, l, true, f))
}

// open adds an endpoint that authenticates by its own parameters.
func (r routes) open(method, pattern string, l limit, f apiFunc) {
	r.mux.Method(method, pattern, r.sim.serve(pattern, l, false, f))
}

// within takes one call of an endpoint that learns its channel only from the parameters of the call. The
// caller holds the lock.
func (s *Simulator) within(r *request, c Channel, l limit) (answer, bool) {
	if !s.take(pair(c.Destination, r.endpoint), l, r.now) {
		return refuse(http.StatusTooManyRequests, rateLimit), false
	}
	return answer{}, true
}

// serve does for every endpoint what LINE does: request ID, size, token, rate, faults, record.
func (s *Simulator) serve(pattern string, l limit, bearer bool, f apiFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, id: requestID(), endpoint: hr.Method + " " + cmp.Or(pattern, "(unknown)"), now: s.now()}
		path := hostPath(hr)
		a, cut := s.process(w, r, path, l, bearer, f)
		status := a.status
		if cut {
			status = 0
		} else {
			s.write(w, r, a)
		}
		s.calls.add(call{
			At: r.now, Method: r.Method, Path: path, Status: status, RetryKey: r.Header.Get(retryHeader),
			Request: r.id, sent: r.body, Error: a.errorText(), Note: strings.Join(r.notes, "; "),
		}, r.endpoint)
	}
}

// hostPath is the path below the played host.
func hostPath(r *http.Request) string {
	if rc := chi.RouteContext(r.Context()); rc != nil && rc.RoutePath != "" {
		return rc.RoutePath
	}
	return r.URL.Path
}

// process runs the call. cut says that the bot must not get the answer.
func (s *Simulator) process(w http.ResponseWriter, r *request, path string, l limit, bearer bool, f apiFunc) (a answer, cut bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, apiBodyLimit))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return refuse(http.StatusRequestEntityTooLarge, "Request entity too large"), false
		}
		return refuse(http.StatusBadRequest, "The request body could not be read"), false
	}
	r.body = body

	s.mu.Lock()
	r.options = s.settings.options()
	if bearer {
		c, reason := s.authenticate(r)
		if reason != "" {
			s.mu.Unlock()
			return refuse(http.StatusUnauthorized, "Authentication failed due to the following reason: "+reason), false
		}
		r.channel = c
	}
	if l.calls > 0 && !s.take(pair(r.channel.Destination, r.endpoint), l, r.now) {
		s.mu.Unlock()
		return refuse(http.StatusTooManyRequests, rateLimit), false
	}
	fault, faulty := s.nextFault(r, path)
	s.mu.Unlock()

	if !faulty {
		return f(r), false
	}
	return s.fail(w, r, fault, f)
}

// write sends the answer with the headers that LINE always sends.
func (s *Simulator) write(w http.ResponseWriter, r *request, a answer) {
	h := w.Header()
	if !a.proxy {
		h.Set("X-Line-Request-Id", r.id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	}
	for name, value := range a.header {
		h.Set(name, value)
	}
	if a.status == http.StatusTooManyRequests {
		if n := s.Settings().RetryAfter; n > 0 {
			h.Set("Retry-After", strconv.Itoa(n))
		}
	}
	if a.file != nil {
		s.writeFile(w, r, a)
		return
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	body, err := encode(a.body)
	if err != nil {
		s.logger.Error("line simulator: answer not encodable", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	if _, err := w.Write(body); err != nil {
		s.logger.Debug("line simulator: answer not sent", "err", err)
	}
}

// parse decodes the JSON body of a call without its nulls and hands it to into, after the checks
// that come before any meaning: media type, syntax, and properties that into does not have. known
// names those at the top that the call takes when they are not all of into's.
func (r *request) parse(into any, known ...string) (answer, bool) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refuse(http.StatusBadRequest, "The content type, "+r.Header.Get("Content-Type")+", is not supported"), false
	}
	clean, nulls, err := strict.DropNulls(r.body)
	if err != nil {
		line, column := position(r.body)
		return refuse(http.StatusBadRequest, fmt.Sprintf("The request body could not be parsed as JSON (line: %d, column: %d)", line, column)), false
	}
	if len(nulls) > 0 {
		r.warn(fmt.Sprintf("%d null properties taken for absent, the first is %s", len(nulls), nulls[0]))
	}
	if err := json.Unmarshal(clean, into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return invalidProperty(wrong.Field), false
		}
		return refuse(http.StatusBadRequest, "The request body could not be parsed as JSON (line: -, column: -)"), false
	}
	if r.options.Applies(strict.GuessOuterFields) {
		if wrong := unknownFields(clean, into, known); len(wrong) > 0 {
			return refuse(http.StatusBadRequest, fmt.Sprintf("The request body has %d error(s)", len(wrong)), wrong...), false
		}
	}
	return answer{}, true
}

// invalidProperty is the answer to a property that cannot be read at all.
func invalidProperty(name string) answer {
	return refuse(http.StatusBadRequest, "The property, '"+name+"', in the request body is invalid (line: -, column: -)")
}

// position is the line and column at which the body stops to be JSON.
func position(body []byte) (int, int) {
	offset := len(body)
	var value json.RawMessage
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(body, &value), &syntax) {
		offset = min(int(syntax.Offset), len(body))
	}
	line, column := 1, 1
	for _, b := range body[:max(offset-1, 0)] {
		if b == '\n' {
			line, column = line+1, 0
		}
		column++
	}
	return line, column
}

// loopback says whether the host is this machine.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
