package rules

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"saphan/agencies"
	"saphan/api"
	"saphan/tickets"
)

// Call is one request to the API.
type Call struct {
	Method string
	Path   string // below the API's
	Key    agencies.Bearer
	Body   any // json.RawMessage and []byte as they are; nil: none
	Header map[string]string
}

// Do makes a call and checks the answer against the API's own description.
func (o *Office) Do(c Call) Answer {
	o.T.Helper()
	var body io.Reader
	switch b := c.Body.(type) {
	case nil:
	case json.RawMessage:
		body = bytes.NewReader(b)
	case []byte:
		body = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		must(o.T, err)
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(o.ctx(), c.Method, o.Server.URL+api.Base+c.Path, body)
	must(o.T, err)
	if c.Key != "" {
		r.Header.Set("Authorization", "Bearer "+string(c.Key))
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.Header {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	must(o.T, err)
	raw, err := io.ReadAll(resp.Body)
	must(o.T, err)
	must(o.T, resp.Body.Close())
	a := Answer{Status: resp.StatusCode, Header: resp.Header, Body: raw}
	o.describe(c, a)
	return a
}

// Get reads something from the API.
func (o *Office) Get(key agencies.Bearer, path string) Answer {
	o.T.Helper()
	return o.Do(Call{Method: http.MethodGet, Path: path, Key: key})
}

// Act acts on a case as it stands, under a name of its own.
func (o *Office) Act(key agencies.Bearer, id tickets.TicketID, act string, body any) Answer {
	o.T.Helper()
	return o.Do(Call{Method: http.MethodPost, Path: fmt.Sprintf("/tickets/%d/%s", id, act), Key: key, Body: body, Header: map[string]string{
		"Idempotency-Key": rand.Text(), "If-Match": o.ETag(id),
	}})
}

// ETag is the version of a case as the API names it.
func (o *Office) ETag(id tickets.TicketID) string {
	o.T.Helper()
	path := fmt.Sprintf("/tickets/%d", id)
	return o.Get(o.People[Viewer].Bearer, path).Header.Get("ETag")
}

// openAPI is the API's description of itself.
func (o *Office) openAPI() []byte {
	o.T.Helper()
	if len(o.said) == 0 {
		r, err := http.NewRequestWithContext(o.ctx(), http.MethodGet, o.Server.URL+api.Base+"/openapi.json", nil)
		must(o.T, err)
		resp, err := http.DefaultClient.Do(r)
		must(o.T, err)
		o.said, err = io.ReadAll(resp.Body)
		must(o.T, err)
		must(o.T, resp.Body.Close())
	}
	return o.said
}
