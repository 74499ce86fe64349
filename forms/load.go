package forms

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed services
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

// Load reads every service file (*.yaml, *.json) at the top of fsys. The error names each Fault in each file.
func Load(fsys fs.FS) (*Catalog, error) {
	var names []string
	for _, pattern := range []string{"*.yaml", "*.yml", "*.json"} {
		found, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, fmt.Errorf("list the services: %w", err)
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		return nil, errors.New("no service definitions found")
	}
	catalog := &Catalog{}
	var faults []error
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		form, wrong := Read(name, raw)
		for _, f := range wrong {
			faults = append(faults, f)
		}
		if form == nil {
			continue
		}
		if _, ok := catalog.Version(form.Key, form.Version); ok {
			faults = append(faults, Fault{File: name, Where: "version", What: fmt.Sprintf("version %d of %s is defined twice; raise one", form.Version, form.Key)})
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
