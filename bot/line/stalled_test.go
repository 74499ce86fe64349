package line

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"saphan/agencies"
)

// R5: who holds the contents does not answer, stands still in the middle of one, or is only slow: the first
// two are given up soon, the last is waited for.
func TestR5ContentThatStandsStill(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nX-Line-Request-Id: 1\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
	for name, c := range map[string]struct {
		parts []string      // what comes, a pause before each
		pause time.Duration // of that length
		takes time.Duration
		fails bool
	}{
		"nothing": {nil, 0, headerTime, true},
		"half":    {[]string{head, "ab"}, 0, stallTime, true},
		"slowly":  {[]string{head, "a", "b", "c", "d"}, 9 * time.Second, 45 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				channel := NewChannel("http://api.line.test", "http://data.line.test")
				transport := ofContents(t, channel)
				transport.Proxy, transport.DialContext = nil, func(context.Context, string, string) (net.Conn, error) {
					near, far := net.Pipe()
					go speak(far, c.parts, c.pause)
					return near, nil
				}
				began := time.Now()
				content, err := channel.Fetch(t.Context(), agencies.Channel{ID: 1, Token: "t"}, "77")
				if err == nil {
					_, err = io.ReadAll(content.Body)
					err = errors.Join(err, content.Body.Close())
				}
				if took := time.Since(began); (err != nil) != c.fails || took != c.takes {
					t.Errorf("%v after %s", err, took)
				}
			})
		})
	}
}

// ofContents is the transport by which contents come.
func ofContents(t *testing.T, c *Channel) *http.Transport {
	t.Helper()
	if a, ok := c.content.Transport.(*authorised); ok {
		if b, ok := a.base.(bounded); ok {
			if m, ok := b.base.(moving); ok {
				if transport, ok := m.base.(*http.Transport); ok {
					return transport
				}
			}
		}
	}
	t.Fatal("contents come another way")
	return nil
}

// speak reads a request and answers part by part, and then keeps the line open until it is hung up.
func speak(conn net.Conn, parts []string, pause time.Duration) {
	defer conn.Close() //nolint:errcheck // the other end has said all it will
	in := bufio.NewReader(conn)
	if _, err := http.ReadRequest(in); err != nil {
		return
	}
	for _, part := range parts {
		time.Sleep(pause)
		if _, err := io.WriteString(conn, part); err != nil {
			return
		}
	}
	_, _ = io.Copy(io.Discard, in)
}
