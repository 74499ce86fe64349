package forms

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("service.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("service.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plain is a service file as values of JSON.
func plain(t *testing.T, raw []byte) any {
	t.Helper()
	raw, err := yaml.YAMLToJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Every service that is shipped, and the one with everything, is what the schema says.
func TestSchemaHoldsServices(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	files := map[string][]byte{}
	names, err := fs.Glob(services, "services/*")
	if err != nil || len(names) < 8 {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range names {
		if files[name], err = services.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	if files["workshop.yaml"], err = os.ReadFile("testdata/workshop.yaml"); err != nil {
		t.Fatal(err)
	}
	for name, raw := range files {
		if err := s.Validate(plain(t, raw)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The schema and the types name the same settings, and the same words for those that are one of a few.
func TestSchemaNamesWhatTypesHave(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	if err := json.Unmarshal(Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	defs := doc["$defs"].(map[string]any)
	for name, typ := range map[string]any{
		"": Form{}, "text": Text{}, "field": Field{}, "vault": Vault{}, "choice": Choice{}, "computed": Computed{}, "fee": Fee{}, "table": FeeTable{}, "row": FeeRow{},
		"line": FeeLine{}, "waiver": Waiver{}, "clock": Clock{}, "extend": Extend{}, "step": Step{}, "branch": Branch{}, "outcome": Outcome{}, "item": Item{},
		"notification": Notification{}, "auto_rule": AutoRule{}, "notice": Notice{}, "identity": Identity{}, "reason": Reason{}, "appeal": Appeal{}, "law": Law{},
	} {
		def := doc
		if name != "" {
			def = defs[name].(map[string]any)
		}
		if def["additionalProperties"] != false {
			t.Errorf("%s lets other settings through", name)
		}
		properties := def["properties"].(map[string]any)
		var has []string
		for f := range reflect.TypeOf(typ).Fields() {
			if f.IsExported() {
				key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				has = append(has, key)
			}
		}
		slices.Sort(has)
		if named := slices.Sorted(maps.Keys(properties)); !slices.Equal(named, has) {
			t.Errorf("%s: the schema has %v, the type %v", name, named, has)
		}
		for key, p := range properties {
			if p.(map[string]any)["description"] == nil {
				t.Errorf("%s.%s is not described", name, key)
			}
		}
	}
	enum := func(def, property string) []string {
		var all []string
		for _, v := range defs[def].(map[string]any)["properties"].(map[string]any)[property].(map[string]any)["enum"].([]any) {
			all = append(all, v.(string))
		}
		return all
	}
	for at, want := range map[[2]string][]string{
		{"field", "kind"}: texts(fieldKinds), {"field", "profile"}: profileKeys, {"field", "issuer"}: texts([]Issuer{Citizen, Private, State}),
		{"clock", "key"}: texts(duties), {"clock", "unit"}: texts([]Unit{CalendarDays, WorkingDays}), {"identity", "level"}: identityLevels,
		{"outcome", "kind"}: texts([]OutcomeKind{Permit, Result}), {"outcome", "signature"}: texts([]Signature{S9, S26, S28}), {"fee", "by"}: texts([]FeeDay{ByFiling, ByDecision}), {"auto_rule", "kind"}: texts(AutoKinds()),
	} {
		if got := enum(at[0], at[1]); !slices.Equal(got, want) {
			t.Errorf("%v: the schema has %v, the code %v", at, got, want)
		}
	}
}

func texts[T ~string](list []T) []string {
	var all []string
	for _, v := range list {
		all = append(all, string(v))
	}
	return all
}

// What Read cannot take for what it is, the schema refuses too: a setting that there is none of, or a value
// of another type, wherever it stands.
func TestSchemaRefusesWhatReadCannotTake(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	raw, err := os.ReadFile("testdata/workshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	whole := plain(t, raw)
	seen, refused := map[string]bool{}, 0 // by setting: one of each list is enough
	for _, m := range mutations(whole, nil) {
		if seen[m.what] {
			continue
		}
		seen[m.what] = true
		text, err := json.Marshal(m.value)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseBytes(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		l := lint{lines: positions{}}
		if l.settings("", file.Docs[0].Body, reflect.TypeFor[Form]()); len(l.faults) == 0 { // as Read does it
			continue
		}
		refused++
		if s.Validate(m.value) == nil {
			t.Errorf("%s: Read cannot take it (%v) and the schema lets it through", m.what, l.faults[0])
		}
	}
	if refused < 200 {
		t.Errorf("only %d mistakes were tried", refused)
	}
}

type mutation struct {
	what  string
	value any
}

// mutations are copies of a value, each with one thing wrong: a setting too many, or a value of another type.
func mutations(v any, path []string) []mutation {
	var all []mutation
	add := func(what string, value any) {
		all = append(all, mutation{strings.Join(append(slices.Clone(path), what), "."), value})
	}
	switch v := v.(type) {
	case map[string]any:
		more := maps.Clone(v)
		more["colour"] = "red"
		add("colour", more)
		add("a list", []any{"x"})
		for _, key := range slices.Sorted(maps.Keys(v)) {
			for _, m := range mutations(v[key], append(slices.Clone(path), key)) {
				changed := maps.Clone(v)
				changed[key] = m.value
				all = append(all, mutation{m.what, changed})
			}
		}
	case []any:
		add("a mapping", map[string]any{"colour": "red"})
		for i := range v {
			for _, m := range mutations(v[i], path) {
				changed := slices.Clone(v)
				changed[i] = m.value
				all = append(all, mutation{m.what, changed})
			}
		}
	case string:
		add("a list", []any{"x"})
		add("a mapping", map[string]any{"colour": "red"})
	case bool:
		add("words", "red")
		add("a list", []any{"x"})
	default: // numbers
		add("words", "red")
		add("a list", []any{"x"})
		add("a half", 1.5)
	}
	return all
}

// What the linter refuses in the example of mistakes, and a schema can see, it refuses as well.
func TestSchemaRefusesWithReasons(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for name, change := range map[string]func(map[string]any){
		"no version":           func(m map[string]any) { m["version"] = 0 },
		"Thai only":            func(m map[string]any) { m["title"] = map[string]any{"th": "ชื่อ"} },
		"no law":               func(m map[string]any) { m["legal_basis"] = []any{} },
		"no days":              func(m map[string]any) { first(m, "clocks")["days"] = 0 },
		"unknown unit":         func(m map[string]any) { first(m, "clocks")["unit"] = "weeks" },
		"no reasons":           func(m map[string]any) { m["reasons"] = []any{} },
		"no identity level":    func(m map[string]any) { m["identity"].(map[string]any)["level"] = "L9" },
		"permit without code":  func(m map[string]any) { first(m, "outcomes")["kind"] = "permit" },
		"unknown kind":         setField(0, "kind", "colour"),
		"no choices":           setField(0, "choices", []any{}),
		"no example":           setField(2, "example", map[string]any{}),
		"setting of others":    setField(3, "min", 1),
		"a key with hyphens":   setField(3, "key", "what-is-it"),
		"two sets":             setField(3, "copies", 2),
		"the state's own":      add(`{"key":"extra","kind":"document","issuer":"state","label":{"th":"%","en":"x"},"ask":{"th":"ขอค่ะ","en":"Send it"}}`, "ใบอนุญาต"),
		"a group without more": add(`{"key":"extra","kind":"group","least":1,"most":2,"label":{"th":"%","en":"x"},"fields":[],"item":{"th":"ที่ {n}","en":"No {n}"}}`, "กลุ่ม"),
	} {
		m := decode(asJSON(t, "public-problem"))
		change(m)
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(plain(t, raw)) == nil {
			t.Errorf("%s: not refused", name)
		}
	}
}
