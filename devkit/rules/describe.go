package rules

import (
	"bytes"
	"encoding/json"
	"mime"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// description is the API's own, by which answers are judged.
type description struct {
	paths    map[string]map[string]operation // path, method
	compiler *jsonschema.Compiler
	mu       sync.Mutex
}

// operation is what a description says that an operation may answer.
type operation struct {
	Responses map[string]struct {
		Content map[string]struct{} `json:"content"`
	} `json:"responses"`
}

// described are descriptions by the text of them: every office has the same.
var described sync.Map

// describe holds an answer against the API's description: the status is one that it names, and the body is as its schema says.
func (o *Office) describe(c Call, a Answer) {
	o.T.Helper()
	d := o.description()
	path, op, ok := d.find(c.Method, c.Path)
	if !ok {
		return // an address that there is none of
	}
	status := strconv.Itoa(a.Status)
	response, ok := op.Responses[status]
	if !ok {
		o.T.Errorf("%s %s answers %d, which its description does not name: %s", c.Method, path, a.Status, a.Body)
		return
	}
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if _, ok := response.Content[kind]; !ok {
		if _, bytes := response.Content["application/octet-stream"]; !bytes {
			o.T.Errorf("%s %s answers %d in %s, which its description does not name", c.Method, path, a.Status, kind)
		}
		return
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1").Replace
	d.mu.Lock()
	schema, err := d.compiler.Compile("openapi.json#/paths/" + escape(path) + "/" + strings.ToLower(c.Method) + "/responses/" + status + "/content/" + escape(kind) + "/schema")
	d.mu.Unlock()
	must(o.T, err)
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.Body))
	must(o.T, err)
	if err := schema.Validate(body); err != nil {
		o.T.Errorf("%s %s: %d is not as described: %v\n%s", c.Method, path, a.Status, err, a.Body)
	}
}

// description reads what the API says of itself.
func (o *Office) description() *description {
	o.T.Helper()
	raw := o.openAPI()
	if d, ok := described.Load(string(raw)); ok {
		return d.(*description)
	}
	var said struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	must(o.T, json.Unmarshal(raw, &said))
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	must(o.T, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	must(o.T, compiler.AddResource("openapi.json", parsed))
	d, _ := described.LoadOrStore(string(raw), &description{paths: said.Paths, compiler: compiler})
	return d.(*description)
}

// find is the operation that an address belongs to.
func (d *description) find(method, path string) (string, operation, bool) {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for pattern, methods := range d.paths {
		op, ok := methods[strings.ToLower(method)]
		if ok && fits(strings.Split(pattern, "/"), parts) {
			return pattern, op, true
		}
	}
	return "", operation{}, false
}

func fits(pattern, parts []string) bool {
	if len(pattern) != len(parts) {
		return false
	}
	for i, p := range pattern {
		if !strings.HasPrefix(p, "{") && p != parts[i] {
			return false
		}
	}
	return true
}
