// Package sms hands short messages to whatever gateway an agency has a contract with. There is no common
// protocol, so what is sent is a template.
package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"text/template"
	"time"

	"saphan/citizens"
)

// Config says where the gateway is and what it wants.
type Config struct {
	URL   string // where messages are posted
	Token string // sent as "Authorization: Bearer …" when set
	// Body is the template of what is posted, with {{.To}} (0812345678), {{.Abroad}} (+66812345678) and {{.Text}};
	// {{json .Text}} writes a value as JSON and {{query .Text}} as a part of a form. Empty: DefaultBody.
	Body string
	Type string // Content-Type of it; empty: application/json
}

// DefaultBody is what is posted unless the configuration says otherwise.
const DefaultBody = `{"to":{{json .Abroad}},"text":{{json .Text}}}`

// callTime is how long the gateway may take.
const callTime = 15 * time.Second

// Gateway sends messages.
type Gateway struct {
	cfg   Config
	body  *template.Template
	calls *http.Client
}

// message is what the template sees.
type message struct{ To, Abroad, Text string }

// New returns a gateway, or says what is wrong with its configuration.
func New(c Config) (*Gateway, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, errors.New("SMS_URL is not an https address")
	}
	if c.Body == "" {
		c.Body = DefaultBody
	}
	if c.Type == "" {
		c.Type = "application/json"
	}
	body, err := template.New("body").Option("missingkey=error").Funcs(template.FuncMap{"json": asJSON, "query": url.QueryEscape}).Parse(c.Body)
	if err != nil {
		return nil, fmt.Errorf("SMS_BODY: %w", err)
	}
	g := &Gateway{cfg: c, body: body, calls: &http.Client{
		Timeout:       callTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	tried, err := g.write("+66812345678", "ตัวอย่าง \"1\"\n&2")
	if err != nil {
		return nil, fmt.Errorf("SMS_BODY: %w", err)
	}
	if strings.Contains(c.Type, "json") && !json.Valid(tried) {
		return nil, errors.New("SMS_BODY does not become JSON: write values as {{json .Text}}")
	}
	return g, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func asJSON(v string) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

func (g *Gateway) write(to, text string) ([]byte, error) {
	var b bytes.Buffer
	national := to
	if after, ok := strings.CutPrefix(to, "+66"); ok {
		national = "0" + after
	}
	err := g.body.Execute(&b, message{To: national, Abroad: to, Text: text})
	return b.Bytes(), err
}

// Text sends a text to a number (E.164). The key is the same for every try at one message, for gateways that
// look at an Idempotency-Key. citizens.ErrTextRefused: trying again is of no use.
func (g *Gateway) Text(ctx context.Context, key, to, text string) error {
	body, err := g.write(to, text)
	if err != nil {
		return fmt.Errorf("write a text: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send a text: %w", err)
	}
	req.Header.Set("Content-Type", g.cfg.Type)
	req.Header.Set("Idempotency-Key", key)
	if g.cfg.Token != "" {
		req.Header.Set("Authorization", "Bearer "+g.cfg.Token)
	}
	res, err := g.calls.Do(req)
	if err != nil {
		return fmt.Errorf("send a text: %w", reason(err))
	}
	defer res.Body.Close() //nolint:errcheck // nothing depends on it
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)); err != nil {
		return fmt.Errorf("send a text: the answer breaks off: %w", reason(err))
	}
	switch s := res.StatusCode; {
	case s >= 200 && s < 300:
		return nil
	case s >= 400 && s < 500 && s != http.StatusRequestTimeout && s != http.StatusTooManyRequests && s != http.StatusUnauthorized && s != http.StatusForbidden:
		return fmt.Errorf("%w with %d", citizens.ErrTextRefused, s)
	default:
		return fmt.Errorf("send a text: the gateway answers %d", s)
	}
}

// reason is why a call failed, without the address, which some gateways want secrets in.
func reason(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
