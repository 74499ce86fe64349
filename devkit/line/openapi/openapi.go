// Package openapi holds messages and answers to LINE's own OpenAPI files. As published, those files
// let nearly every wrong message pass: the base schemas (Message, Action, FlexComponent and so on)
// name their children in discriminator.mapping but have no oneOf, so that validators check the base
// only. Load rewrites them, after which a wrong message is refused with the path to what is wrong.
package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// Spec is the set of LINE's files, rewritten and ready to validate.
type Spec struct {
	apis    []*openapi3.T
	webhook *openapi3.T
}

// Operation is one call that LINE's files describe.
type Operation struct {
	Method, Path string
	Data         bool // served by api-data.line.me
}

// ErrMissing means that the folder does not hold LINE's files.
var ErrMissing = errors.New("LINE's OpenAPI files are not there")

// apiFiles are LINE's files of calls.
func apiFiles() []string {
	return []string{
		"messaging-api.yml", "channel-access-token.yml", "insight.yml", "liff.yml", "manage-audience.yml",
		"module.yml", "module-attach.yml", "shop.yml",
	}
}

// Load reads LINE's files from the folder.
func Load(dir string) (*Spec, error) {
	var s Spec
	for _, name := range apiFiles() {
		doc, err := load(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		s.apis = append(s.apis, doc)
	}
	var err error
	if s.webhook, err = load(filepath.Join(dir, "webhook.yml")); err != nil {
		return nil, err
	}
	return &s, nil
}

// Operations lists every call of LINE's files.
func (s *Spec) Operations() []Operation {
	var list []Operation
	for _, doc := range s.apis {
		for path, item := range doc.Paths.Map() {
			for method, op := range item.Operations() {
				servers := doc.Servers
				if item.Servers != nil {
					servers = item.Servers
				}
				if op.Servers != nil {
					servers = *op.Servers
				}
				data := len(servers) > 0 && strings.Contains(servers[0].URL, "api-data")
				list = append(list, Operation{Method: method, Path: path, Data: data})
			}
		}
	}
	slices.SortFunc(list, func(a, b Operation) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	return list
}

func load(path string) (*openapi3.T, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read OpenAPI file: %w", err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if err := rewrite(doc); err != nil {
		return nil, fmt.Errorf("rewrite %s: %w", path, err)
	}
	flat, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", path, err)
	}
	spec, err := openapi3.NewLoader().LoadFromData(flat)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	return spec, nil
}

// rewrite makes each base with a discriminator the oneOf of its children, and each child a flat,
// closed object whose discriminator has one value.
func rewrite(doc map[string]any) error {
	schemas, ok := dig(doc, "components", "schemas")
	if !ok {
		return errors.New("no components.schemas")
	}
	type base struct {
		name     string
		property string
		mapping  map[string]any
	}
	var bases []base
	for name, v := range schemas {
		schema, isObject := v.(map[string]any)
		if !isObject {
			continue
		}
		mapping, has := dig(schema, "discriminator", "mapping")
		if !has {
			continue
		}
		d, _ := dig(schema, "discriminator")
		property, isText := d["propertyName"].(string)
		if !isText {
			return fmt.Errorf("%s: no discriminator.propertyName", name)
		}
		bases = append(bases, base{name, property, mapping})
	}
	flat := map[string]map[string]any{}
	for _, b := range bases {
		for value, ref := range b.mapping {
			child := last(ref)
			merged, err := flatten(schemas, child, map[string]bool{})
			if err != nil {
				return err
			}
			properties, isObject := merged["properties"].(map[string]any)
			if !isObject {
				return fmt.Errorf("%s: no properties", child)
			}
			properties[b.property] = map[string]any{"type": "string", "enum": []any{value}}
			merged["required"] = append(required(merged), b.property)
			merged["additionalProperties"] = false
			flat[child] = merged
		}
	}
	for name, schema := range flat {
		schemas[name] = schema
	}
	for _, b := range bases {
		var children []any
		for _, ref := range b.mapping {
			children = append(children, map[string]any{"$ref": ref})
		}
		schemas[b.name] = map[string]any{
			"oneOf":         children,
			"discriminator": map[string]any{"propertyName": b.property, "mapping": b.mapping},
		}
	}
	return nil
}

// dig follows keys through nested objects.
func dig(m map[string]any, keys ...string) (map[string]any, bool) {
	for _, k := range keys {
		next, ok := m[k].(map[string]any)
		if !ok {
			return nil, false
		}
		m = next
	}
	return m, true
}

// last is the name at the end of a reference.
func last(ref any) string {
	s, ok := ref.(string)
	if !ok {
		return ""
	}
	return s[strings.LastIndexByte(s, '/')+1:]
}

// flatten merges a schema with everything in its allOf.
func flatten(schemas map[string]any, name string, seen map[string]bool) (map[string]any, error) {
	schema, ok := schemas[name].(map[string]any)
	if !ok || seen[name] {
		return nil, fmt.Errorf("schema %q is missing or contains itself", name)
	}
	seen[name] = true
	return flattenSchema(schemas, schema, seen)
}

func flattenSchema(schemas, schema map[string]any, seen map[string]bool) (map[string]any, error) {
	properties := map[string]any{}
	var needed []any
	parts, isList := schema["allOf"].([]any)
	if !isList && schema["allOf"] != nil {
		return nil, errors.New("allOf is no list")
	}
	for _, p := range parts {
		part, isObject := p.(map[string]any)
		if !isObject {
			return nil, errors.New("a part of allOf is no object")
		}
		var merged map[string]any
		var err error
		if ref, has := part["$ref"]; has {
			merged, err = flatten(schemas, last(ref), seen)
		} else {
			merged, err = flattenSchema(schemas, part, seen)
		}
		if err != nil {
			return nil, err
		}
		for k, v := range asObject(merged["properties"]) {
			properties[k] = v
		}
		needed = append(needed, required(merged)...)
	}
	for k, v := range asObject(schema["properties"]) {
		properties[k] = v
	}
	needed = append(needed, required(schema)...)
	return map[string]any{"type": "object", "properties": properties, "required": needed}, nil
}

func asObject(v any) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	return m
}

func required(schema map[string]any) []any {
	list, ok := schema["required"].([]any)
	if !ok {
		return nil
	}
	return append([]any{}, list...)
}

// CheckPush holds the body of POST /v2/bot/message/push to the specification.
func (s *Spec) CheckPush(body []byte) error {
	return s.CheckRequest("POST", "/v2/bot/message/push", body)
}

// CheckMessages holds message objects to the specification.
func (s *Spec) CheckMessages(messages []json.RawMessage) error {
	body, err := json.Marshal(map[string]any{"messages": messages})
	if err != nil {
		return fmt.Errorf("encode messages: %w", err)
	}
	return s.CheckRequest("POST", "/v2/bot/message/validate/push", body)
}

// CheckRequest holds a JSON request body to the operation of that method and templated path.
func (s *Spec) CheckRequest(method, path string, body []byte) error {
	op, err := s.operation(method, path)
	if err != nil {
		return err
	}
	if op.RequestBody == nil || op.RequestBody.Value == nil {
		return fmt.Errorf("%s %s takes no body", method, path)
	}
	return visit(op.RequestBody.Value.Content.Get("application/json"), body)
}

// CheckResponse holds a JSON answer to the operation. Answers that the specification does not
// describe, such as 401 or the empty body of many a 200, are fine.
func (s *Spec) CheckResponse(method, path string, status int, body []byte) error {
	op, err := s.operation(method, path)
	if err != nil {
		return err
	}
	r := op.Responses.Status(status)
	if r == nil || r.Value == nil {
		return nil
	}
	media := r.Value.Content.Get("application/json")
	if media == nil || len(r.Value.Content) == 0 {
		return nil
	}
	return visit(media, body)
}

// CheckWebhook holds the body of a webhook to the specification.
func (s *Spec) CheckWebhook(body []byte) error {
	return visitSchema(s.webhook.Components.Schemas["CallbackRequest"], body)
}

func (s *Spec) operation(method, path string) (*openapi3.Operation, error) {
	for _, doc := range s.apis {
		if item := doc.Paths.Value(path); item != nil {
			if op := item.GetOperation(method); op != nil {
				return op, nil
			}
		}
	}
	return nil, fmt.Errorf("the specification has no %s %s", method, path)
}

func visit(media *openapi3.MediaType, body []byte) error {
	if media == nil {
		return errors.New("the specification has no JSON here")
	}
	return visitSchema(media.Schema, body)
}

func visitSchema(schema *openapi3.SchemaRef, body []byte) error {
	if schema == nil || schema.Value == nil {
		return errors.New("the specification has no schema here")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	var v any
	if err := dec.Decode(&v); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	if err := schema.Value.VisitJSON(v, openapi3.MultiErrors()); err != nil {
		return fmt.Errorf("not as LINE's specification says: %w", err)
	}
	return nil
}
