package line_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/internal/fault"
)

// between is something on the way to LINE that answers in its place.
func between(t *testing.T, answer http.HandlerFunc) (*line.Channel, agencies.Channel) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return line.NewChannel(server.URL, server.URL), agencies.Channel{ID: 1, Kind: line.Kind, Destination: home, Token: "t"}
}

// refusals are the statuses with which somebody on the way may refuse a call.
var refusals = []int{400, 401, 403, 404, 405, 407, 409, 410, 413, 415, 429, 451, 500}

// Rows 24 and 36, R4: a refusal that is not LINE's proves nothing, be it a page or JSON in LINE's own form: no
// message is given up for it, no file is said to be gone, no group to be left, no menu to be missing.
func TestRow36RefusedBySomebodyElse(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"text/html":        "<html><body>Access denied by the policy of your network</body></html>",
		"application/json": `{"message":"Access denied by the policy of your network"}`,
	}
	for n := range 2 * len(refusals) {
		status, kind := refusals[n/2], []string{"text/html", "application/json"}[n%2]
		t.Run(fmt.Sprint(status, " ", kind), func(t *testing.T) {
			t.Parallel()
			channel, account := between(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", kind)
				w.WriteHeader(status)
				_, _ = w.Write([]byte(bodies[kind]))
			})
			for _, token := range []string{"", "a reply token"} {
				r := channel.Send(t.Context(), account, bot.Call{To: home, Token: token, Key: uuid.New(), Replies: []bot.Outgoing{{Body: bot.Reply{Text: "ก"}}}})
				if r.Verdict != bot.TryAgain || strings.Contains(r.Problem, "denied") {
					t.Errorf("token %q: %+v", token, r)
				}
			}
			if _, err := channel.Fetch(t.Context(), account, "1"); err == nil || errors.Is(err, bot.ErrGone) || errors.Is(err, bot.ErrNotReady) {
				t.Errorf("content: %v", err)
			}
			if err := channel.Leave(t.Context(), account, bot.Group{Kind: "group", ID: "C1"}); err == nil {
				t.Error("left a group without LINE")
			}
			if name, err := channel.Name(t.Context(), account, home); err == nil {
				t.Errorf("name %q without LINE", name)
			}
			if _, err := channel.LinkToken(t.Context(), account, home); err == nil || errors.Is(err, bot.ErrGone) {
				t.Errorf("link token: %v", err)
			}
			if _, err := channel.EverybodysMenu(t.Context(), account); err == nil || errors.Is(err, bot.ErrNoMenu) {
				t.Errorf("menu: %v", err)
			}
		})
	}
}

// Something on the way that sends us elsewhere, to a page for signing in, gets us nowhere: no token, no secret
// and no message goes along.
func TestRow56NobodySendsUsElsewhere(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			var followed atomic.Int32
			elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				followed.Add(1)
				w.Header().Set("X-Line-Request-Id", uuid.NewString())
				_, _ = w.Write([]byte(`{"access_token":"t","expires_in":900,"displayName":"x","sentMessages":[{"id":"1"}]}`))
			}))
			t.Cleanup(elsewhere.Close)
			channel, account := between(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL+r.URL.Path, status)
			})
			if r := channel.Send(t.Context(), account, bot.Call{To: home, Key: uuid.New(), Replies: []bot.Outgoing{{Body: bot.Reply{Text: "ก"}}}}); r.Verdict != bot.TryAgain {
				t.Errorf("push: %+v", r)
			}
			if _, err := channel.Fetch(t.Context(), account, "1"); err == nil || errors.Is(err, bot.ErrGone) {
				t.Errorf("content: %v", err)
			}
			account.ID, account.TokenKind, account.LineID, account.Secret = 0, agencies.StatelessToken, "1650000001", "s"
			if _, err := channel.Identify(t.Context(), account); !fault.Is(err, fault.Unavailable) {
				t.Errorf("token: %v", err)
			}
			if n := followed.Load(); n > 0 {
				t.Errorf("%d calls went elsewhere", n)
			}
		})
	}
}

// Somebody who sets up an account behind a wall is told of the wall, not that the secret is wrong.
func TestRow40TokenRefusedBySomebodyElse(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 401, 403, 404, 503} {
		channel, account := between(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<html><body>Access denied by the policy of your network</body></html>"))
		})
		account.ID, account.TokenKind, account.LineID, account.Secret = 0, agencies.StatelessToken, "1650000001", "s"
		if _, err := channel.Identify(t.Context(), account); !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "denied") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// Rows 24, 36 and 43: the same refusals from LINE are believed, with its reason and without: it numbers every answer.
func TestRow36RefusedByLINE(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", `{"message":"not found"}`} {
		channel, account := between(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Line-Request-Id", uuid.NewString())
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(body))
		})
		if r := channel.Send(t.Context(), account, bot.Call{To: home, Key: uuid.New(), Replies: []bot.Outgoing{{Body: bot.Reply{Text: "ก"}}}}); r.Verdict != bot.Refused {
			t.Errorf("%q: %+v", body, r)
		}
		if _, err := channel.Fetch(t.Context(), account, "1"); !errors.Is(err, bot.ErrGone) {
			t.Errorf("%q: content: %v", body, err)
		}
		if got, err := channel.Name(t.Context(), account, home); err != nil || got != "" {
			t.Errorf("%q: name %q, %v", body, got, err)
		}
		if _, err := channel.LinkToken(t.Context(), account, home); !errors.Is(err, bot.ErrGone) {
			t.Errorf("%q: link token: %v", body, err)
		}
	}
}

// An answer that never ends is given up after as much as LINE's longest; the connection is cut, and nothing
// is believed of it.
func TestRow26AnswersThatNeverEnd(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusInternalServerError} {
		var wrote atomic.Int64
		cut := make(chan struct{}, 16)
		channel, account := between(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Line-Request-Id", uuid.NewString())
			w.WriteHeader(status)
			block := bytes.Repeat([]byte("a"), 1<<20)
			_, err := w.Write([]byte(`{"message":"`))
			for err == nil && wrote.Load() < 1<<30 {
				var n int
				n, err = w.Write(block)
				wrote.Add(int64(n))
			}
			cut <- struct{}{}
		})
		calls := map[string]func() error{
			"profile": func() error { _, err := channel.Name(t.Context(), account, home); return err },
			"push": func() error {
				r := channel.Send(t.Context(), account, bot.Call{To: home, Key: uuid.New(), Replies: []bot.Outgoing{{Body: bot.Reply{Text: "ก"}}}})
				if r.Verdict == bot.TryAgain {
					return errors.New(r.Problem)
				}
				return nil
			},
			"token": func() error {
				ours := account
				ours.ID, ours.LineID, ours.Secret, ours.Token, ours.TokenKind = 0, "1", "s", "", agencies.StatelessToken
				_, err := channel.Identify(t.Context(), ours)
				return err
			},
		}
		if status != http.StatusOK { // a file that is one may be as long as it likes
			calls["content"] = func() error { _, err := channel.Fetch(t.Context(), account, "1"); return err }
		}
		for name, call := range calls {
			wrote.Store(0)
			if err := call(); err == nil {
				t.Errorf("%d %s: was believed", status, name)
			}
			select {
			case <-cut:
			case <-time.After(30 * time.Second):
				t.Fatalf("%d %s: the connection is still open", status, name)
			}
			if n := wrote.Load(); n > 64<<20 {
				t.Errorf("%d %s: read %d MB", status, name, n>>20)
			}
		}
	}
}
