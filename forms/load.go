package forms

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"saphan/internal/thai"
)

//go:embed services/*.json
var services embed.FS

// Ready returns the services that come with the product.
func Ready() (*Catalog, error) {
	if _, err := sentences(); err != nil {
		return nil, err
	}
	sub, err := fs.Sub(services, "services")
	if err != nil {
		return nil, fmt.Errorf("open the services: %w", err)
	}
	return Load(sub)
}

// Load reads every *.json file at the top of fsys as one version of a service. The file is
// named after the service, with .v2 before the ending where several versions are kept.
// It refuses a definition that is incomplete, that contradicts itself or that asks for what
// the law forbids to ask; the error names each file and each fault in it.
func Load(fsys fs.FS) (*Catalog, error) {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list the services: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("no service definitions found")
	}
	catalog := &Catalog{}
	var faults []error
	for _, name := range names {
		form, err := loadForm(fsys, name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if _, ok := catalog.Version(form.Key, form.Version); ok {
			faults = append(faults, fmt.Errorf("%s: version %d of %s is defined twice", name, form.Version, form.Key))
		}
		catalog.forms = append(catalog.forms, form)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	catalog.sort()
	return catalog, nil
}

// sort brings the newest versions into their order of display, older ones behind each.
func (c *Catalog) sort() {
	order := map[Key]int{}
	newest := map[Key]int{}
	for _, f := range c.forms {
		if f.Version > newest[f.Key] {
			newest[f.Key], order[f.Key] = f.Version, f.Order
		}
	}
	slices.SortFunc(c.forms, func(a, b *Form) int {
		return cmp.Or(cmp.Compare(order[a.Key], order[b.Key]), cmp.Compare(a.Key, b.Key), cmp.Compare(b.Version, a.Version))
	})
}

func loadForm(fsys fs.FS, name string) (*Form, error) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var form Form
	if err := dec.Decode(&form); err != nil {
		return nil, fmt.Errorf("%s: %s", name, plain(err, raw))
	}
	if dec.More() {
		return nil, fmt.Errorf("%s: something follows the definition", name)
	}
	l := lint{form: &form}
	if base, _, _ := strings.Cut(path.Base(name), "."); Key(base) != form.Key {
		l.fault("key", "is %q, but the file is named %q", form.Key, base)
	}
	l.run()
	if len(l.faults) > 0 {
		return nil, fmt.Errorf("%s: %w", name, errors.Join(l.faults...))
	}
	for _, w := range form.Words {
		key := thai.Key(w)
		form.keys = append(form.keys, matchWord{key: key, weight: thai.Clusters(key)})
	}
	return &form, nil
}

// plain says where in the file the JSON is broken.
func plain(err error, raw []byte) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + bytes.Count(raw[:min(int(syntax.Offset), len(raw))], []byte("\n"))
		return fmt.Sprintf("line %d: %v", line, err)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		line := 1 + bytes.Count(raw[:min(int(kind.Offset), len(raw))], []byte("\n"))
		return fmt.Sprintf("line %d: %s must be a %s", line, kind.Field, kind.Type)
	}
	return err.Error()
}
