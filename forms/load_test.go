package forms

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
)

func ready(t testing.TB) *Catalog {
	t.Helper()
	c, err := Ready()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestServices holds what domain.md and the issue ask of the two services.
func TestServices(t *testing.T) {
	t.Parallel()
	c := ready(t)
	problem, _ := c.Find("public-problem")
	if c, o := problem.Usual(); len(problem.Open(nil)) != 4 || o.Kind != Result || c.Days != 15 {
		t.Errorf("SVC-5: %d questions, outcome %s, %d days", len(problem.Open(nil)), o.Kind, c.Days)
	}
	business, _ := c.Find("hazardous-business")
	typed, documents := 0, 0
	for _, fl := range business.Fields {
		switch fl.Kind {
		case DocumentField, PhotoField:
			documents++
		case TextField, NumberField, DateField, ThaiIDField, PhoneField, AddressField:
			typed++
		default:
		}
	}
	if typed < 12 || documents < 3 {
		t.Errorf("SVC-1: %d typed fields and %d documents, want 12 and 3", typed, documents)
	}
	group, _ := business.Field("activities.1.business_group")
	if len(group.Choices) != 13 {
		t.Errorf("SVC-1: %d groups of business, want 13", len(group.Choices))
	}
	if c, o := business.Usual(); o.Kind != Permit || o.Code != "HB" || o.ValidYears != 1 || c.Days != 30 || c.Unit != CalendarDays {
		t.Errorf("SVC-1: outcome %+v, clock %+v", o, c)
	}
	if f, ok := c.ForHuman(); !ok || f.Key != "question" {
		t.Error("no service takes the wish for a person (design rule 10)")
	}
	// EGA-7.1: "must come in person" is no reason for refusal.
	for _, f := range c.List() {
		for _, r := range f.Reasons {
			if strings.Contains(r.Text.TH, "ด้วยตนเอง") {
				t.Errorf("%s may be refused because %s", f.Key, r.Text.TH)
			}
		}
	}
}

// TestLoadRefuses changes one thing in a good definition and reads the fault found.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	const last, added = 6, 7 // the description, and what is added after it
	document := `{"key":"extra","kind":"document","issuer":"citizen","label":{"th":"%","en":"x"},"ask":{"th":"ขอเอกสารค่ะ","en":"Send it"}}`
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		want   string
	}{
		{"unknown setting", func(m map[string]any) { m["colour"] = "red" }, "unknown field \"colour\"; remove it"},
		{"wrong type", func(m map[string]any) { m["version"] = "one" }, "a whole number is needed here"},
		{"other file name", func(m map[string]any) { m["key"] = "other" }, `is "other", but the file is named "public-problem"`},
		{"no version", func(m map[string]any) { m["version"] = 0 }, "version: must be 1 or more"},
		{"Thai only", func(m map[string]any) { m["title"] = map[string]any{"th": "ชื่อ"} }, "title: needs words in th and in en"},
		{"no law", func(m map[string]any) { m["legal_basis"] = []any{} }, "legal_basis: is missing"},
		{"no days", func(m map[string]any) { first(m, "clocks")["days"] = 0 }, "clocks[0].days"},
		{"unknown unit", func(m map[string]any) { first(m, "clocks")["unit"] = "weeks" }, "clocks[0].unit"},
		{"no reasons LFA-11.1", func(m map[string]any) { m["reasons"] = []any{} }, "reasons: at least one"},
		{"no appeal", func(m map[string]any) { m["appeal"].(map[string]any)["days"] = 0 }, "appeal.days"},
		{"no notice PDP-1", func(m map[string]any) { m["notice"].(map[string]any)["version"] = 0 }, "notice.version"},
		{"no identity level EGA-8.1", func(m map[string]any) { m["identity"].(map[string]any)["level"] = "L9" }, "identity.level"},
		{"permit without code", func(m map[string]any) { first(m, "outcomes")["kind"] = "permit" }, "outcomes[0].code"},
		{"long short title", func(m map[string]any) {
			m["short"] = map[string]any{"th": "ชื่อยาวมากเกินไปสำหรับปุ่ม", "en": "x"}
		}, "short: must have"},
		{"two fields of one key", func(m map[string]any) { m["fields"] = append(fields(m), fields(m)[0]) }, "the key is used twice"},
		{"unknown kind", setField(0, "kind", "colour"), `there is no kind "colour"`},
		{"choice without choices", setField(0, "choices", []any{}), "a choice needs 2 to 300"},
		{"picture that there is not", setField(0, "choices", []any{
			map[string]any{"value": "light", "label": map[string]any{"th": "ไฟ", "en": "Light"}, "picture": "unicorn"}, map[string]any{"value": "road", "label": map[string]any{"th": "ถนน", "en": "Road"}},
		}), `choices.light.picture: there is no drawing "unicorn"`},
		{"example that is refused", setField(last, "example", map[string]any{"th": "...", "en": "..."}), "would itself be refused"},
		{"no example", setField(2, "example", map[string]any{}), "example: needs words"},
		{"setting of another kind", setField(last, "min", 1), "fields.description.min: does not fit the kind text"},
		{"condition on a later field", setField(0, "when", "description == 'x'"), `fields.category.when: speaks of "description", which is not known before it`},
		{"condition on no field", setField(last, "when", "colour == 'red'"), "undeclared reference to 'colour'"},
		{"condition on what cannot be chosen", setField(last, "when", "category == 'x'"), `category cannot be "x"; its choices are light, road`},
		{"condition that is none", setField(last, "when", "category"), "gives a string where a condition"},
		{"condition that is not finished", setField(last, "when", "category == "), "fields.description.when: at letter"},
		{"key that expressions cannot speak of", setField(last, "key", "what-is-it"), "and no word of CEL"},
		{"key of an expression's own name", setField(last, "key", "today"), "used twice"},
		{"last outcome with a condition", func(m map[string]any) { first(m, "outcomes")["when"] = "category == 'light'" }, "the last outcome, and no other"},
		{"no clock to decide by", func(m map[string]any) { m["clocks"] = m["clocks"].([]any)[:1] }, "clocks: one for decide"},
		{"fee by an unknown line", func(m map[string]any) {
			m["fee"].(map[string]any)["waivers"] = []any{map[string]any{"lines": []any{"x"}, "text": text("ก", "a"), "law": text("ก", "a")}}
		}, `there is no line "x"`},
		{"two tables at once", func(m map[string]any) {
			row := []any{map[string]any{"key": "a", "label": text("ก", "a"), "baht": 1}}
			m["fee"].(map[string]any)["tables"] = []any{
				map[string]any{"key": "t", "from": "2569-01-01", "until": "2569-06-30", "law": text("ก", "a"), "rows": row},
				map[string]any{"key": "t", "from": "2026-06-30", "law": text("ก", "a"), "rows": row},
			}
		}, "is in force on days on which another table t is"},
		{"a day that is none", func(m map[string]any) { m["from"] = "2569-02-30" }, "is no day; write it as"},
		{"subject of no field", func(m map[string]any) { m["subject"] = []any{"colour"} }, `there is no field "colour"`},
		{"certified copy EGA-7.2", add(document, "หนังสือมอบอำนาจ (สำเนาถูกต้อง)"), "EGA-7.2"},
		{"certified copy with blanks EGA-7.2", add(document, "หนังสือ รับรอง สำเนา"), "EGA-7.2"},
		{"certified copy in English EGA-7.2", setField(last, "ask", map[string]any{"th": "ขอรายละเอียด", "en": "Send a certified copy"}), "EGA-7.2"},
		{"ID card EGA-9.1", add(document, "สำเนาบัตรประชาชน"), "EGA-9.1"},
		{"house registration EGA-12.1", add(document, "สำเนาทะเบียนบ้าน"), "EGA-9.1"},
		{"two sets EGA-7.4", func(m map[string]any) {
			add(document, "แผนที่")(m)
			setField(added, "copies", 2)(m)
		}, "EGA-7.4"},
		{"state's own paper EGA-12.1", func(m map[string]any) {
			add(document, "ใบอนุญาตโรงงาน")(m)
			setField(added, "issuer", "state")(m)
		}, "EGA-12.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := decode(asJSON(t, "public-problem"))
			c.change(m)
			changed, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Load(fstest.MapFS{"public-problem.json": {Data: changed}})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "public-problem.json") {
				t.Errorf("got %v\nwant the file's name and %q", err, c.want)
			}
		})
	}
}

// asJSON is a service file of the product in JSON, for changes.
func asJSON(t *testing.T, key string) string {
	t.Helper()
	raw, err := services.ReadFile("services/" + key + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = yaml.YAMLToJSON(raw); err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func first(m map[string]any, list string) map[string]any { return m[list].([]any)[0].(map[string]any) }

func text(th, en string) map[string]any { return map[string]any{"th": th, "en": en} }

func decode(s string) map[string]any {
	var m map[string]any
	if json.Unmarshal([]byte(s), &m) != nil {
		return nil
	}
	return m
}

func fields(m map[string]any) []any { return m["fields"].([]any) }

func setField(i int, key string, value any) func(map[string]any) {
	return func(m map[string]any) { fields(m)[i].(map[string]any)[key] = value }
}

func add(document, label string) func(map[string]any) {
	return func(m map[string]any) {
		m["fields"] = append(fields(m), decode(strings.Replace(document, "%", label, 1)))
	}
}

func TestLoadBroken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fs   fstest.MapFS
		want string
	}{
		"nothing":    {fstest.MapFS{}, "no service definitions"},
		"not YAML":   {fstest.MapFS{"a.yaml": {Data: []byte("key: a\ntitle: {th: ก\nwords: [}")}}, "a.yaml:"},
		"two values": {fstest.MapFS{"a.yaml": {Data: []byte("key: a\n---\nkey: b\n")}}, "exactly one service"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Load(c.fs); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestVersions holds LFA-7.1: a new version is offered, the old one stays for its cases.
func TestVersions(t *testing.T) {
	t.Parallel()
	raw := []byte(asJSON(t, "question"))
	two := strings.Replace(string(raw), `"version": 1,`, `"version": 2,`, 1)
	other := []byte(asJSON(t, "public-problem"))
	c, err := Load(fstest.MapFS{
		"question.v1.json": {Data: raw}, "question.json": {Data: []byte(two)}, "public-problem.json": {Data: other},
	})
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := c.Find("question"); f.Version != 2 {
		t.Errorf("newest is %d", f.Version)
	}
	if f, ok := c.Version("question", 1); !ok || f.Version != 1 {
		t.Error("version 1 is gone")
	}
	if _, ok := c.Version("question", 3); ok {
		t.Error("version 3 was made up")
	}
	if n := len(c.List()); n != 2 {
		t.Errorf("%d services listed, want 2", n)
	}
	if _, err := Load(fstest.MapFS{"question.v1.json": {Data: raw}, "question.json": {Data: raw}}); err == nil || !strings.Contains(err.Error(), "defined twice") {
		t.Errorf("the same version twice: %v", err)
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	c := ready(t)
	for said, want := range map[string]Key{
		"ไฟถนนหน้าบ้านดับค่ะ":              "public-problem",
		"น้ำท่วมซอยตัวอย่าง":               "public-problem",
		"จะเปิดอู่ซ่อมรถต้องทำยังไง":       "hazardous-business",
		"ขอใบอนุญาต":                       "hazardous-business",
		"ขอถามหน่อยครับ":                   "question",
		"เเจ้งซ่อมไฟ":                      "public-problem", // SARA E twice (LOC-8)
		"สวัสดี":                           "",
		"":                                 "",
		"Street light is out, please help": "public-problem",
	} {
		var got Key
		if m := c.Match(said); len(m) > 0 {
			got = m[0].Key
		}
		if got != want {
			t.Errorf("Match(%q) = %q, want %q", said, got, want)
		}
	}
}
