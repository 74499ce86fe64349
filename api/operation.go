package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"saphan/agencies"
)

// openAPIPath is where the API describes itself, below Base and before .json and .yaml.
const openAPIPath = "/openapi"

// operation is one thing that the API does.
type operation struct {
	name    string // of an act also the end of its address
	path    string // of what is read
	needs   agencies.APIScope
	summary string
	more    string // what else a reader of the description must know
}

// config is how huma works here: it describes, reads and checks what the types of this room say, and nothing else.
func (a *API) config() huma.Config {
	c := huma.DefaultConfig("Saphan", "1")
	c.Info.Description = strings.TrimSpace(aboutAPI)
	c.Info.License = nil
	c.Servers = []*huma.Server{{URL: a.baseURL + Base}}
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = openAPIPath, "", "" // the page of documents would load scripts from elsewhere
	c.CreateHooks = nil                                            // no address of a schema in each answer
	c.Transformers = []huma.Transformer{a.ours}
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "A key that a head of the agency made for one officer at /admin/api-keys."},
	}
	return c
}

const aboutAPI = `
Read an agency's cases and act on them, as its officers do on their pages and under the same rules.

* A key stands for one officer. It does what its scopes say and that officer may; the history names both.
* Every act needs **Idempotency-Key**: sent again with the same content within 24 hours it is answered as the first time and
  done once. An act that was refused changed nothing, and is tried anew.
* Every act needs **If-Match** with the ETag of the case as you read it, so that nobody decides on a case that has moved on.
* Problems are RFC 9457. Go by "type"; "detail" is for people, in Thai or the language of Accept-Language.
* Each process lets a key ask 100 times at once and 20 times a second for long; then 429 says in Retry-After when to come back.
`

// problems are the answers that an operation may give beside the one that is hoped for.
func problems(h huma.API, sorts ...sort) map[string]*huma.Response {
	schema := h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	all := map[string]*huma.Response{}
	for _, s := range sorts {
		code := itoa(s.status)
		if r := all[code]; r != nil {
			r.Description += "; or: " + s.title
			continue
		}
		all[code] = &huma.Response{Description: s.title, Content: map[string]*huma.MediaType{"application/problem+json": {
			Schema: schema, Example: s.example(),
		}}}
	}
	return all
}

// read adds an operation that changes nothing.
func read[I, O any](a *API, h huma.API, op operation, fn func(ctx context.Context, c caller, in *I) (*O, error)) {
	huma.Register(h, huma.Operation{
		OperationID: op.name, Method: http.MethodGet, Path: op.path, Summary: op.summary, Description: op.describe(), Security: bearer(), Tags: []string{"Read"},
		Responses: problems(h, problemInvalid, problemKey, problemForbidden, problemNotFound, problemTooMany, problemInternal),
	}, func(ctx context.Context, in *I) (*O, error) {
		c := callerOf(ctx)
		out, err := (*O)(nil), c.may(op.needs)
		if err == nil {
			out, err = fn(ctx, c, in)
		}
		if err != nil {
			return nil, a.refused(ctx, c.lang, op.name, err)
		}
		return out, nil
	})
}

// describe is what the description says of an operation.
func (o operation) describe() string {
	return strings.TrimSpace(o.more + "\n\nNeeds the scope `" + string(o.needs) + "`.")
}

func bearer() []map[string][]string { return []map[string][]string{{"key": {}}} }

// noDeadline lets an act take its time: what was sent has arrived already.
const noDeadline = -1 * time.Second
