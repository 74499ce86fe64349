package forms

import (
	_ "embed"
	"slices"
)

//go:embed service.schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of service files, for editors and for those who write them.
// Read finds more: what the law forbids, and conditions that cannot work.
func Schema() []byte { return slices.Clone(schema) }
