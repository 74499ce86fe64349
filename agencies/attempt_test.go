package agencies

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"saphan/internal/secret"
)

// bench is a Deliverer and what is needed to make parcels for it.
type bench struct {
	*Deliverer
	keys Secret
}

func newBench(t *testing.T, timeout time.Duration, roots *x509.CertPool) bench {
	t.Helper()
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return bench{NewDeliverer(DelivererConfig{Box: box, Timeout: timeout, RootCAs: roots}), NewSecret()}
}

// parcel addresses a delivery to an endpoint that may live in the allowed networks.
func (b bench) parcel(url string, allowed ...string) Parcel {
	e := Endpoint{ID: 7, AgencyID: 1, URL: url, Allowed: allowed}
	e.SecretSealed = b.box.Seal([]byte(b.keys), e.purpose())
	return Parcel{
		Delivery: Delivery{ID: 3, AgencyID: 1, EndpointID: 7, EventID: "evt_1_1", Kind: TicketCreated, Body: []byte(`{"type":"ticket.created"}`)},
		Endpoint: e,
	}
}

func (b bench) attempt(t *testing.T, p Parcel) Attempt {
	t.Helper()
	a, err := b.Attempt(t.Context(), p)
	if err != nil {
		t.Fatalf("attempt: %v", err)
	}
	return a
}

const local = "127.0.0.0/8"

func TestAttemptSendsWhatTheLibraryVerifies(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0, nil)
	verifier, err := standardwebhooks.NewWebhook(b.keys.Shared())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := verifier.Verify(body, r.Header); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		if r.Method != http.MethodPost || r.Header.Get("webhook-id") != "evt_1_1" || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			http.Error(w, "not as agreed", http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, "ขอบคุณ")
	}))
	defer server.Close()
	a := b.attempt(t, b.parcel(server.URL+"/hook?token=1", local))
	if !a.Delivered() || a.Status != 200 || a.Response != "ขอบคุณ" || a.Problem != "" {
		t.Fatalf("attempt = %+v", a)
	}
}

func TestAttemptReadsTheAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		retryAfter string
		delivered  bool
		gone       bool
		wait       time.Duration
		problem    string
	}{
		"200":                    {status: 200, delivered: true},
		"202":                    {status: 202, delivered: true},
		"204":                    {status: 204, delivered: true},
		"299":                    {status: 299, delivered: true},
		"301":                    {status: 301, problem: "301"},
		"304":                    {status: 304, problem: "304"},
		"307":                    {status: 307, problem: "307"},
		"400":                    {status: 400, problem: "400"},
		"401":                    {status: 401, problem: "401"},
		"410":                    {status: 410, gone: true, problem: "410"},
		"429 with seconds":       {status: 429, retryAfter: "120", wait: 2 * time.Minute, problem: "429"},
		"503 with a date":        {status: 503, retryAfter: "date", wait: time.Hour, problem: "503"},
		"503 with a past date":   {status: 503, retryAfter: "Mon, 02 Jan 2006 15:04:05 GMT", problem: "503"},
		"503 with nonsense":      {status: 503, retryAfter: "soon", problem: "503"},
		"503 with less than 0":   {status: 503, retryAfter: "-5", problem: "503"},
		"503 with far too much":  {status: 503, retryAfter: "2000000000", wait: 24 * time.Hour, problem: "503"},
		"503 beyond any integer": {status: 503, retryAfter: "99999999999999999999", problem: "503"},
		"500":                    {status: 500, problem: "500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0, nil)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				switch c.retryAfter {
				case "":
				case "date":
					w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
				default:
					w.Header().Set("Retry-After", c.retryAfter)
				}
				w.WriteHeader(c.status)
			}))
			defer server.Close()
			a := b.attempt(t, b.parcel(server.URL, local))
			if a.Status != c.status || a.Delivered() != c.delivered || a.Gone() != c.gone || !strings.Contains(a.Problem, c.problem) {
				t.Fatalf("attempt = %+v", a)
			}
			if off := a.RetryAfter - c.wait; off < -5*time.Second || off > 5*time.Second {
				t.Fatalf("wait %v, want %v", a.RetryAfter, c.wait)
			}
		})
	}
}

// S8: the names and spellings under which an inner address hides are all refused when dialled.
func TestAttemptRefusesInnerAddresses(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer server.Close()
	port := server.Listener.Addr().(*net.TCPAddr).Port
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "127.1", "0", "0.0.0.0", "[::]"} {
		for _, scheme := range []string{"http", "https"} {
			b := newBench(t, 2*time.Second, nil)
			a := b.attempt(t, b.parcel(fmt.Sprintf("%s://%s:%d/", scheme, host, port)))
			if a.Delivered() || a.Status != 0 || a.Problem == "" {
				t.Errorf("%s://%s: %+v", scheme, host, a)
			}
		}
	}
	for _, host := range []string{"10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "[fd00::1]", "[64:ff9b::7f00:1]"} {
		b := newBench(t, 2*time.Second, nil)
		a := b.attempt(t, b.parcel("https://"+host+"/"))
		if a.Status != 0 || !strings.HasPrefix(a.Problem, "ไม่ส่งไปยัง") {
			t.Errorf("%s: %+v, want a refusal", host, a)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Fatalf("%d requests reached an inner server", n)
	}
}

// S8, DNS rebinding: the name is checked where it leads at the moment of dialling.
func TestAttemptRefusesNamesThatLeadInside(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { hits.Add(1) }))
	defer server.Close()
	port := server.Listener.Addr().(*net.TCPAddr).Port

	b := newBench(t, 5*time.Second, nil)
	var leads atomic.Value
	leads.Store([4]byte{127, 0, 0, 9})
	b.resolver = nameServer(t, func() [4]byte {
		address, _ := leads.Load().([4]byte)
		return address
	})
	p := b.parcel(fmt.Sprintf("http://agency.example:%d/", port), "127.0.0.1")
	if a := b.attempt(t, p); a.Status != 0 || !strings.Contains(a.Problem, "127.0.0.9") {
		t.Fatalf("a name that leads inside: %+v", a)
	}
	leads.Store([4]byte{127, 0, 0, 1})
	if a := b.attempt(t, p); !a.Delivered() {
		t.Fatalf("a name that leads to the allowed address: %+v", a)
	}
	b.lines[7].client.CloseIdleConnections()
	leads.Store([4]byte{169, 254, 169, 254})
	if a := b.attempt(t, p); a.Status != 0 || !strings.Contains(a.Problem, "169.254.169.254") {
		t.Fatalf("a name that was turned inside since: %+v", a)
	}
	if n := hits.Load(); n != 1 {
		t.Fatalf("%d requests arrived, want 1", n)
	}
}

func TestAttemptFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer inner.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		outer := httptest.NewServer(http.RedirectHandler(inner.URL, status))
		b := newBench(t, 0, nil)
		a := b.attempt(t, b.parcel(outer.URL, local))
		if a.Status != status || a.Delivered() || !strings.Contains(a.Problem, "ไม่ตามไป") {
			t.Errorf("%d: %+v", status, a)
		}
		outer.Close()
	}
	if n := hits.Load(); n != 0 {
		t.Fatalf("%d redirects were followed", n)
	}
}

// What one endpoint may reach, another may not reach over a connection that is still open.
func TestEndpointsShareNoConnections(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	b := newBench(t, 0, nil)
	p := b.parcel(server.URL, local)
	if a := b.attempt(t, p); !a.Delivered() {
		t.Fatalf("allowed: %+v", a)
	}
	stranger := b.parcel(server.URL)
	stranger.Endpoint.ID = 8
	stranger.Endpoint.SecretSealed = b.box.Seal([]byte(b.keys), stranger.Endpoint.purpose())
	if a := b.attempt(t, stranger); a.Status != 0 {
		t.Fatalf("another endpoint: %+v", a)
	}
	p.Endpoint.Allowed = nil
	if a := b.attempt(t, p); a.Status != 0 {
		t.Fatalf("the allowance was withdrawn: %+v", a)
	}
}

// ASVS 12.3.2: certificates are verified.
func TestAttemptVerifiesCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	server.Config.ErrorLog = nil
	b := newBench(t, 0, nil)
	if a := b.attempt(t, b.parcel(server.URL, local)); a.Status != 0 || !strings.Contains(a.Problem, "ใบรับรอง") {
		t.Fatalf("self-signed: %+v", a)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	trusting := newBench(t, 0, roots)
	if a := trusting.attempt(t, trusting.parcel(server.URL, local)); !a.Delivered() {
		t.Fatalf("vouched for: %+v", a)
	}
	other := trusting.parcel(strings.Replace(server.URL, "127.0.0.1", "localhost", 1), local, "::1")
	if a := trusting.attempt(t, other); a.Status != 0 || !strings.Contains(a.Problem, "ใบรับรอง") {
		t.Fatalf("another name than the certificate's: %+v", a)
	}
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer plain.Close()
	if a := trusting.attempt(t, trusting.parcel(strings.Replace(plain.URL, "http:", "https:", 1), local)); a.Status != 0 {
		t.Fatalf("https to a server without TLS: %+v", a)
	}
}

func TestAttemptEndsInTime(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	for name, serve := range map[string]func(net.Conn){
		"silent":          func(net.Conn) { <-release },
		"drips headers":   func(c net.Conn) { drip(c, release, "HTTP/1.1 200 OK\r\n", "X-A: b\r\n") },
		"drips a failure": func(c net.Conn) { drip(c, release, "HTTP/1.1 500 No\r\nContent-Length: 2000\r\n\r\n", "x") },
	} {
		b := newBench(t, 300*time.Millisecond, nil)
		start := time.Now()
		a := b.attempt(t, b.parcel(rawServer(t, serve), local))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		if a.Delivered() || a.Problem == "" || (a.Status == 0 && !strings.Contains(a.Problem, "เวลา")) {
			t.Errorf("%s: %+v", name, a)
		}
	}
	close(release)
}

func TestAttemptReadsLittleOfAnAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve  func(net.Conn)
		status int
		check  func(Attempt) bool
	}{
		"huge body": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
			for range 2000 {
				if _, err := io.WriteString(c, strings.Repeat("ก", 1000)); err != nil {
					return
				}
			}
		}, 200, func(a Attempt) bool {
			return a.Delivered() && len(a.Response) <= responseMax+3 && strings.HasPrefix(a.Response, "กก")
		}},
		"huge headers": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-A: "+strings.Repeat("a", 1<<20)+"\r\n\r\n")
		}, 0, func(a Attempt) bool { return a.Problem != "" }},
		"bytes no database takes": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\na\x00\xffb")
		}, 500, func(a Attempt) bool { return a.Response == "a\uFFFD\uFFFDb" }},
		"breaks off": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
		}, 200, func(a Attempt) bool { return a.Delivered() && a.Response == "abc" }},
		"not HTTP": {func(c net.Conn) {
			_, _ = io.WriteString(c, "220 mail.example ESMTP\r\n")
		}, 0, func(a Attempt) bool { return a.Problem != "" }},
		"hangs up": {func(net.Conn) {}, 0, func(a Attempt) bool {
			return strings.Contains(a.Problem, "ตัดการเชื่อมต่อ")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 5*time.Second, nil)
			a := b.attempt(t, b.parcel(rawServer(t, c.serve), local))
			if a.Status != c.status || !c.check(a) {
				t.Fatalf("attempt: status %d, problem %q, %d bytes of answer", a.Status, a.Problem, len(a.Response))
			}
		})
	}
}

func TestAttemptSaysWhyItGotNoAnswer(t *testing.T) {
	t.Parallel()
	closed, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + closed.Addr().String() + "/?token=hunter2"
	_ = closed.Close()
	b := newBench(t, 2*time.Second, nil)
	for name, c := range map[string]struct {
		parcel func() Parcel
		want   string
	}{
		"nobody listens": {func() Parcel { return b.parcel(address, local) }, "ไม่รับการเชื่อมต่อ"},
		"disabled": {func() Parcel {
			p := b.parcel(address, local)
			p.Endpoint.DisabledAt = &time.Time{}
			return p
		}, "ปิดอยู่"},
		"sealed with another key": {func() Parcel {
			p := b.parcel(address, local)
			p.Endpoint.ID = 9
			return p
		}, "SECRET_KEY"},
		"damaged allowance": {func() Parcel { return b.parcel(address, "office") }, "CIDR"},
	} {
		a := b.attempt(t, c.parcel())
		if a.Status != 0 || a.Delivered() || !strings.Contains(a.Problem, c.want) || strings.Contains(a.Problem, "hunter2") {
			t.Errorf("%s: %+v", name, a)
		}
	}
	unknown := newBench(t, 2*time.Second, nil)
	unknown.resolver = nameServer(t, nil)
	if a := unknown.attempt(t, unknown.parcel("https://agency.example/")); !strings.Contains(a.Problem, "agency.example") {
		t.Errorf("unknown name: %+v", a)
	}
}

func TestAttemptIsNoneWhenWeAreToldToStop(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	b := newBench(t, 0, nil)
	if a, err := b.Attempt(ctx, b.parcel(server.URL, local)); !errors.Is(err, context.Canceled) {
		t.Fatalf("attempt = %+v, %v; want context.Canceled", a, err)
	}
}

// A slow agency takes a few places, not all of them.
func TestAttemptsAtOneEndpointAreFew(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	defer server.Close()
	b := newBench(t, 0, nil)
	p := b.parcel(server.URL, local)
	var all sync.WaitGroup
	for range inFlightMax {
		all.Go(func() {
			if a, err := b.Attempt(t.Context(), p); err != nil || !a.Delivered() {
				t.Errorf("attempt = %+v, %v", a, err)
			}
		})
	}
	for range inFlightMax {
		<-arrived
	}
	if _, err := b.Attempt(t.Context(), p); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v, want ErrBusy", err)
	}
	quick := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer quick.Close()
	other := b.parcel(quick.URL, local)
	other.Endpoint.ID = 8
	other.Endpoint.SecretSealed = b.box.Seal([]byte(b.keys), other.Endpoint.purpose())
	if a := b.attempt(t, other); !a.Delivered() {
		t.Errorf("another endpoint: %+v", a)
	}
	close(release)
	all.Wait()
	if a := b.attempt(t, p); !a.Delivered() {
		t.Errorf("after the slow ones: %+v", a)
	}
}

// A proxy of the environment would dial for us, past the guard.
func TestAttemptUsesNoProxy(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0, nil)
	client, done, err := b.line(b.parcel("https://agency.example/").Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	transport, ok := client.Transport.(*http.Transport)
	if !ok || transport.Proxy != nil {
		t.Fatal("a proxy may be used")
	}
}
