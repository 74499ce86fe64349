package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	simulator "saphan/devkit/line"
)

// The account whose messages wait.
const (
	destination = "U0123456789abcdef0123456789abcdef"
	secretOf    = "channel secret"
	tokenOf     = "access token"
)

// phone is the simulator of LINE behind a counter of pushes.
type phone struct {
	sim     *simulator.Simulator
	handler http.Handler
	server  *http.Server
	url     string

	first, last atomic.Int64 // when pushes were accepted, in Unix nanoseconds
	accepted    atomic.Int64
	again       atomic.Int64 // 409: accepted before
	tooFast     atomic.Int64 // 429
	other       atomic.Int64
}

func newPhone(ctx context.Context) (*phone, error) {
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		return nil, err
	}
	err = sim.AddChannel(simulator.Channel{Destination: destination, Secret: secretOf, AccessToken: tokenOf, Name: "เทศบาลตัวอย่าง", Provider: "p"})
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &phone{sim: sim, handler: sim.Handler(), url: "http://" + l.Addr().String()} //nolint:contextcheck // a webhook outlives the call that caused it
	p.server = &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(l) }() // until it is closed
	return p, nil
}

func (p *phone) close() error {
	if err := p.server.Close(); err != nil {
		return err
	}
	return p.sim.Close()
}

// serve passes calls on to the simulator and counts what became of pushes.
func (p *phone) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/message/push") {
		p.handler.ServeHTTP(w, r)
		return
	}
	heard := &status{ResponseWriter: w, code: http.StatusOK}
	p.handler.ServeHTTP(heard, r)
	switch heard.code {
	case http.StatusOK:
		now := time.Now().UnixNano()
		p.first.CompareAndSwap(0, now)
		p.last.Store(now)
		p.accepted.Add(1)
	case http.StatusConflict:
		p.again.Add(1)
	case http.StatusTooManyRequests:
		p.tooFast.Add(1)
	default:
		p.other.Add(1)
	}
}

// status remembers the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

// WriteHeader implements http.ResponseWriter.
func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// control calls the simulator's control API.
func (p *phone) control(method, path string, body, into any) error {
	var in bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&in).Encode(body); err != nil {
			return err
		}
	}
	r := httptest.NewRequest(method, "/control/"+path, &in) //nolint:noctx // no call leaves the process
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(w.Body.Bytes(), into)
}

// citizen is a user of LINE who is the account's friend.
type citizen struct{ ID, UserID string }

func (p *phone) newCitizen(n int) (c citizen, err error) {
	if err = p.control(http.MethodPost, "users", map[string]any{"name": fmt.Sprintf("ผู้ใช้ที่ %d (ตัวอย่าง)", n)}, &c); err != nil {
		return c, err
	}
	return c, p.control(http.MethodPost, "chats/"+c.ID+"/follow", map[string]any{}, nil)
}

// shown is what the account has said to a citizen.
func (p *phone) shown(c citizen) (texts []string, err error) {
	var chat struct {
		Messages []struct {
			From    string
			Message struct{ Text string }
		}
	}
	if err := p.control(http.MethodGet, "chats/"+c.ID, nil, &chat); err != nil {
		return nil, err
	}
	for _, m := range chat.Messages {
		if m.From == "bot" {
			texts = append(texts, m.Message.Text)
		}
	}
	return texts, nil
}
