package line

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// Fault is what a matching call meets. Status is an HTTP status, answered in LINE's error form, or
// one of the names below.
type Fault struct {
	// Path is matched against the path of the call below api or api-data, with * for one part.
	Path string `json:"path"`
	// Method limits the fault to one method.
	Method string `json:"method,omitempty"`
	Status any    `json:"status"`
	// Message replaces the text of the error.
	Message string `json:"message,omitempty"`
	// Times is how often; 0 counts as once.
	Times int `json:"times"`
	// Delay is how many seconds the call waits first; for slow_body between two drops of it.
	Delay float64 `json:"delay,omitempty"`
	// Size is how many bytes huge_body has, 300 MB when 0.
	Size int64 `json:"size,omitempty"`
}

// Fault statuses that are no HTTP status.
const (
	faultReset        = "reset"                // nothing was accepted, the connection breaks
	faultTimeout      = "timeout"              // nothing was accepted, no answer comes
	faultResetAfter   = "reset_after_accept"   // carried out, the connection breaks
	faultTimeoutAfter = "timeout_after_accept" // carried out, no answer comes
	faultSlow         = "slow"                 // carried out, late
	faultRate         = "rate"                 // 429 of the rate limit
	faultMonthly      = "monthly"              // 429 of the month's quota
	faultTooMany      = "too_many"             // 429 of too many messages to one user
	faultRevoked      = "revoked"              // 401; an issued token stays revoked
	faultGarbage      = "garbage"              // 200 with a page of somebody else's proxy

	// Of answers with bytes, all after 200.
	faultSlowBody    = "slow_body"    // a few bytes at a time
	faultShortBody   = "short_body"   // the connection breaks half way
	faultCutBody     = "cut_body"     // half of it, with a Content-Length that says this was all
	faultEndlessBody = "endless_body" // goes on for ever
	faultHugeBody    = "huge_body"    // Size bytes, made on the fly
	faultEmptyBody   = "empty_body"   // no bytes at all

	// Of webhooks, only for random faults; the settings have switches for each.
	faultDuplicate = "webhook_duplicate"
	faultReorder   = "webhook_reorder"
	faultDrop      = "webhook_drop"
	faultUnknown   = "webhook_unknown" // an event of an unknown type travels along
)

// tooManyToOne is the 429 of too many messages to one user. The reference names the reason and not
// the words (UNCONFIRMED).
const tooManyToOne = "Too many messages have been sent to the same user. Try again later."

// proxyPage is what a proxy on the way might answer.
const proxyPage = "<html><body>502</body></html>"

// hang is how long a call that shall time out is held when the bot does not give up first.
const hang = 30 * time.Second

// faultNames are the named faults of calls, webhookFaults those of webhooks.
func faultNames() []string {
	return []string{
		faultReset, faultTimeout, faultResetAfter, faultTimeoutAfter, faultSlow, faultRate, faultMonthly, faultTooMany,
		faultRevoked, faultGarbage, faultSlowBody, faultShortBody, faultCutBody, faultEndlessBody, faultHugeBody, faultEmptyBody,
	}
}
func webhookFaults() []string { return []string{faultDuplicate, faultReorder, faultDrop, faultUnknown} }

// code returns the HTTP status of the fault, or 0 and the name of the other kind.
func (f Fault) code() (int, string) {
	switch v := f.Status.(type) {
	case float64:
		return int(v), ""
	case int:
		return v, ""
	case string:
		return 0, v
	default:
		return 0, ""
	}
}

func (f Fault) check() error {
	if _, err := path.Match(f.Path, "/"); err != nil || f.Path == "" {
		return fmt.Errorf("failNext: the path %q is no pattern", f.Path)
	}
	code, name := f.code()
	if slices.Contains(faultNames(), name) || name == "" && code >= 200 && code < 600 {
		return nil
	}
	return fmt.Errorf("failNext: status must be an HTTP status or one of %s, not %v", strings.Join(faultNames(), ", "), f.Status)
}

// RandomFaults lets a share of everything go wrong.
type RandomFaults struct {
	// Rate is the share, 0 to 1.
	Rate float64 `json:"rate"`
	// Kinds are the faults to choose from: HTTP statuses as text ("500") and the names of faults.
	// Without any it is those after which a careful bot has lost nothing.
	Kinds []string `json:"kinds"`
	// Path limits the faults of calls to matching ones.
	Path string `json:"path,omitempty"`
	// Seed makes the same choices again.
	Seed uint64 `json:"seed"`
}

// mildFaults are the random faults when none are named.
func mildFaults() []string {
	return []string{"500", "503", faultRate, faultReset, faultResetAfter, faultSlow, faultDuplicate, faultReorder, faultDrop, faultUnknown}
}

func (v *RandomFaults) check() error {
	if v == nil {
		return nil
	}
	if v.Rate < 0 || v.Rate > 1 {
		return errors.New("faults: the rate must be between 0 and 1")
	}
	if _, err := path.Match(v.Path, "/"); err != nil {
		return fmt.Errorf("faults: the path %q is no pattern", v.Path)
	}
	for _, k := range v.Kinds {
		if !slices.Contains(faultNames(), k) && !slices.Contains(webhookFaults(), k) && statusOf(k) == 0 {
			return fmt.Errorf("faults: %q is neither an error status nor one of %s, %s", k,
				strings.Join(faultNames(), ", "), strings.Join(webhookFaults(), ", "))
		}
	}
	return nil
}

// statusOf reads an error status, 0 for anything else.
func statusOf(kind string) int {
	var code int
	if _, err := fmt.Sscanf(kind, "%d", &code); err != nil || code < 400 || code > 599 || fmt.Sprint(code) != kind {
		return 0
	}
	return code
}

// chance draws one of the random faults of calls, or of webhooks, or none. The caller holds the lock.
func (s *Simulator) chance(webhooks bool) string {
	v := s.settings.Faults
	if v == nil || v.Rate == 0 {
		return ""
	}
	if s.luck == nil {
		s.luck = rand.New(rand.NewPCG(v.Seed, 20261121))
	}
	if s.luck.Float64() >= v.Rate {
		return ""
	}
	kinds := v.Kinds
	if len(kinds) == 0 {
		kinds = mildFaults()
	}
	var fit []string
	for _, k := range kinds {
		if slices.Contains(webhookFaults(), k) == webhooks {
			fit = append(fit, k)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	return fit[s.luck.IntN(len(fit))]
}

// nextFault takes the first fault that matches the call, or a random one. The caller holds the lock.
func (s *Simulator) nextFault(r *request, called string) (Fault, bool) {
	for i, f := range s.settings.FailNext {
		if f.Method != "" && f.Method != r.Method {
			continue
		}
		if ok, err := path.Match(f.Path, called); err != nil || !ok {
			continue
		}
		left := append([]Fault{}, s.settings.FailNext...)
		left[i].Times--
		if left[i].Times <= 0 {
			left = append(left[:i], left[i+1:]...)
		}
		s.settings.FailNext = left
		s.keepMeta()
		s.revokeFor(r, f)
		return f, true
	}
	if v := s.settings.Faults; v != nil && v.Path != "" {
		if ok, err := path.Match(v.Path, called); err != nil || !ok {
			return Fault{}, false
		}
	}
	kind := s.chance(false)
	if kind == "" {
		return Fault{}, false
	}
	f := Fault{Path: called, Status: kind}
	if code := statusOf(kind); code > 0 {
		f.Status = code
	}
	if kind == faultSlow {
		f.Delay = float64(s.luck.IntN(300)) / 1000
	}
	s.revokeFor(r, f)
	return f, true
}

// revokeFor revokes the token of the call when the fault is just that. The caller holds the lock.
func (s *Simulator) revokeFor(r *request, f Fault) {
	if _, name := f.code(); name != faultRevoked {
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if t, issued := s.state.tokens.row(token); issued {
		s.revoke(t)
	}
}

// fail makes the call meet the fault.
func (s *Simulator) fail(w http.ResponseWriter, r *request, fault Fault, f apiFunc) (answer, bool) {
	code, name := fault.code()
	if fault.Delay > 0 && name != faultSlowBody {
		s.hold(r, seconds(fault.Delay))
	}
	r.notes = append(r.notes, "fault: "+strings.TrimSpace(fmt.Sprint(fault.Status)))
	switch name {
	case faultSlow:
		return f(r), false
	case faultTimeout:
		s.hold(r, hang)
		s.reset(w)
		return answer{}, true
	case faultReset:
		s.reset(w)
		return answer{}, true
	case faultTimeoutAfter, faultResetAfter:
		a := f(r)
		if a.file != nil { // nobody gets it
			s.closeFile(a.file)
		}
		if name == faultTimeoutAfter {
			s.hold(r, hang)
		}
		s.reset(w)
		return a, true
	case faultSlowBody, faultShortBody, faultCutBody, faultEndlessBody, faultHugeBody, faultEmptyBody:
		a := f(r)
		a.spoil = fault
		return a, false
	case faultGarbage:
		return answer{status: http.StatusOK, mime: "text/html", file: bytesFile([]byte(proxyPage)), proxy: true}, false
	case faultRate:
		code = http.StatusTooManyRequests
	case faultMonthly:
		code, fault.Message = http.StatusTooManyRequests, monthlyLimit
	case faultTooMany:
		code, fault.Message = http.StatusTooManyRequests, tooManyToOne
	case faultRevoked:
		code = http.StatusUnauthorized
	}
	if code < http.StatusBadRequest {
		return answer{status: code, body: empty}, false
	}
	message := fault.Message
	if message == "" {
		message = statusMessage(code)
	}
	return refuse(code, message), false
}

// statusMessage is LINE's usual text for a status.
func statusMessage(code int) string {
	switch code {
	case http.StatusUnauthorized:
		return "Authentication failed due to the following reason: " + badToken
	case http.StatusForbidden:
		return notEntitled
	case http.StatusNotFound:
		return "Not found"
	case http.StatusGone:
		return "The content is gone"
	case http.StatusTooManyRequests:
		return rateLimit
	default:
		return http.StatusText(code)
	}
}

// hold waits, but no longer than the bot does.
func (s *Simulator) hold(r *request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
}

// reset breaks the connection without an answer.
func (s *Simulator) reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.logger.Error("line simulator: the connection cannot be cut", "err", err)
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.SetLinger(0)
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		s.logger.Debug("line simulator: the connection was gone already", "err", err)
	}
}
