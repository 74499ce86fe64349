package testhouse

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Control calls the control API of the simulator.
func (h *House) Control(method, path string, body, into any) {
	h.T.Helper()
	var in bytes.Buffer
	if body != nil {
		must(h.T, json.NewEncoder(&in).Encode(body))
	}
	h.call(method, path, "application/json", &in, into)
}

func (h *House) call(method, path, kind string, body io.Reader, into any) {
	h.T.Helper()
	req, err := http.NewRequestWithContext(h.T.Context(), method, h.Plan.Phone+"/control/"+path, body)
	must(h.T, err)
	req.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(req)
	must(h.T, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	must(h.T, err)
	if res.StatusCode != http.StatusOK {
		h.T.Fatalf("%s %s: %d %s", method, path, res.StatusCode, data)
	}
	if into != nil {
		must(h.T, json.Unmarshal(data, into))
	}
}

// Settings turns switches of the simulator.
func (h *House) Settings(v map[string]any) {
	h.T.Helper()
	h.Control("POST", "settings", v, nil)
}

// Fail makes the next matching calls meet a fault.
func (h *House) Fail(path string, status any, times int) {
	h.T.Helper()
	h.Settings(map[string]any{"failNext": []any{Fault(path, status, times)}})
}

// Fault is a fault that so many calls will meet.
func Fault(path string, status any, times int) map[string]any {
	return map[string]any{"path": path, "status": status, "times": times}
}

// Request is a call of the bot, as LINE saw it.
type Request struct {
	Seq       int64
	Path      string
	Status    int
	RetryKey  string
	RequestID string
	Body      json.RawMessage
}

// Requests are the calls of the bot at a path that ends so.
func (h *House) Requests(suffix string) []Request {
	h.T.Helper()
	var all []Request
	h.Control("GET", "requests", nil, &all)
	return slices.DeleteFunc(all, func(r Request) bool { return !strings.HasSuffix(r.Path, suffix) })
}

// Calls is how often the bot called at a path that ends so, by status.
func (h *House) Calls(suffix string) map[int]int {
	h.T.Helper()
	n := map[int]int{}
	for _, r := range h.Requests(suffix) {
		n[r.Status]++
	}
	return n
}
