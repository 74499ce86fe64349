package agencies

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"saphan/internal/secret"
)

// Limits of one attempt.
const (
	attemptTimeout = 15 * time.Second // from the question for the address to the end of the answer
	responseMax    = 2 << 10          // of the answer, kept for the agency to look at
	headersMax     = 16 << 10
	inFlightMax    = 4 // attempts at a time to one endpoint from one process
)

// ErrBusy means that enough attempts to the endpoint are under way; this one was not begun.
var ErrBusy = errors.New("enough deliveries to this endpoint are under way")

// DelivererConfig says how deliveries are made. Box is needed; the rest has defaults.
type DelivererConfig struct {
	Box     secret.Box
	Now     Clock          // time.Now
	Timeout time.Duration  // of a whole attempt; 15 s
	RootCAs *x509.CertPool // who vouches for agencies' certificates; the system's
}

// Deliverer makes attempts: it signs, connects where it is allowed to, and reads the answer.
// It may be used by many goroutines at once.
type Deliverer struct {
	box      secret.Box
	now      Clock
	timeout  time.Duration
	roots    *x509.CertPool
	resolver *net.Resolver // nil: the system's

	mu    sync.Mutex
	lines map[EndpointID]*line
}

// line is how one endpoint is reached. Endpoints share no connections, for what one of them is
// allowed to reach the next may not be.
type line struct {
	url      string
	allowed  []string
	client   *http.Client
	inFlight int
}

// NewDeliverer returns a Deliverer.
func NewDeliverer(c DelivererConfig) *Deliverer {
	d := &Deliverer{box: c.Box, now: c.Now, timeout: c.Timeout, roots: c.RootCAs, lines: map[EndpointID]*line{}}
	if d.now == nil {
		d.now = time.Now
	}
	if d.timeout <= 0 {
		d.timeout = attemptTimeout
	}
	return d
}

// Attempt tries a delivery once. Whatever goes wrong on the way to the agency's answer is part
// of the Attempt; an error means that there was no attempt: ErrBusy, or ctx has ended.
func (d *Deliverer) Attempt(ctx context.Context, p Parcel) (Attempt, error) {
	a := Attempt{At: d.now()}
	if p.Endpoint.DisabledAt != nil {
		a.Problem = "ปลายทางนี้ปิดอยู่ จึงไม่ได้ส่ง"
		return a, nil
	}
	client, done, err := d.line(p.Endpoint)
	if errors.Is(err, ErrBusy) {
		return Attempt{}, err
	}
	if err != nil {
		a.Problem = problemOf(err)
		return a, nil
	}
	defer done()

	limited, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	start := time.Now() // what it takes is measured by the machine's clock, whatever a.At says
	err = d.post(limited, client, p, &a)
	a.MS = int(time.Since(start).Milliseconds())
	if ctx.Err() != nil && a.Status == 0 {
		return Attempt{}, fmt.Errorf("attempt delivery %d: %w", p.ID, ctx.Err())
	}
	switch {
	case err != nil:
		a.Problem = problemOf(err)
	case a.Status >= 300 && a.Status < 400:
		a.Problem = fmt.Sprintf("ปลายทางตอบ %d ให้ไปที่อื่น ระบบไม่ตามไป กรุณาแก้ที่อยู่ปลายทาง", a.Status)
	case a.Gone():
		a.Problem = "ปลายทางตอบ 410 ว่าเลิกใช้แล้ว ระบบจึงปิดปลายทางนี้"
	case a.Status < 200 || a.Status >= 300:
		a.Problem = fmt.Sprintf("ปลายทางตอบ %d แทนที่จะเป็น 2xx", a.Status)
	}
	return a, nil
}

// post sends the signed bytes and fills in the answer.
func (d *Deliverer) post(ctx context.Context, client *http.Client, p Parcel, a *Attempt) error {
	keys, err := p.Endpoint.Secret(d.box)
	if err != nil {
		return err
	}
	signature, err := Sign(keys, p.EventID, a.At, p.Body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Endpoint.URL, bytes.NewReader(p.Body))
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Saphan-Webhook/1")
	req.Header.Set(HeaderID, p.EventID)
	req.Header.Set(HeaderTimestamp, strconv.FormatInt(a.At.Unix(), 10))
	req.Header.Set(HeaderSignature, signature)

	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as we want it
	a.Status = resp.StatusCode
	a.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), a.At)
	// The status has decided. What follows it is for reading, even when it breaks off.
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, responseMax))
	a.Response = storable(answer)
	return nil
}

// line returns the client of an endpoint and takes one of its places; done gives it back.
func (d *Deliverer) line(e Endpoint) (client *http.Client, done func(), err error) {
	allowed, err := parseAllowed(e.Allowed)
	if err != nil {
		return nil, nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lines[e.ID]
	if l == nil {
		l = &line{}
		d.lines[e.ID] = l
	}
	if l.inFlight >= inFlightMax {
		return nil, nil, ErrBusy
	}
	if l.client == nil || l.url != e.URL || !slices.Equal(l.allowed, e.Allowed) {
		if l.client != nil {
			l.client.CloseIdleConnections()
		}
		l.url, l.allowed, l.client = e.URL, e.Allowed, d.client(e.URL, allowed)
	}
	l.inFlight++
	return l.client, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		l.inFlight--
	}, nil
}

func (d *Deliverer) client(url string, allowed []netip.Prefix) *http.Client {
	dialer := &net.Dialer{
		Timeout:  d.timeout,
		Resolver: d.resolver,
		Control:  guard{allowed: allowed, secure: strings.HasPrefix(strings.ToLower(url), "https:")}.control,
	}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would dial for us, past the guard
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: d.roots},
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // 2 KB are 2 KB
			MaxResponseHeaderBytes: headersMax,
			MaxConnsPerHost:        inFlightMax,
			MaxIdleConns:           1,
			IdleConnTimeout:        30 * time.Second,
		},
	}
}

// retryAfter reads a Retry-After header: seconds, or a date.
func retryAfter(text string, now time.Time) time.Duration {
	const most = 24 * time.Hour
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, most)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, min(at.Sub(now), most))
	}
	return 0
}

// storable makes text of an answer that PostgreSQL can keep.
func storable(answer []byte) string {
	text := strings.ToValidUTF8(string(answer), "\uFFFD")
	return strings.ReplaceAll(text, "\x00", "\uFFFD")
}
