package forms

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
)

//go:embed services
var services embed.FS

// shipped are the services that come with the product. They take a tenth of a second to read, and a form is
// never changed: so they are read once.
var shipped = sync.OnceValues(func() ([]*Form, error) {
	sub, err := Shipped()
	if err != nil {
		return nil, err
	}
	return load(sub)
})

// Ready returns the services that come with the product.
func Ready() (*Catalog, error) {
	if _, err := sentences(); err != nil {
		return nil, err
	}
	all, err := shipped()
	if err != nil {
		return nil, err
	}
	return newCatalog(all), nil
}

// Load reads every service file (*.yaml, *.json) at the top of fsys. The error names each FaultError in each file.
func Load(fsys fs.FS) (*Catalog, error) {
	all, err := load(fsys)
	if err != nil {
		return nil, err
	}
	return newCatalog(all), nil
}

var errNoServices = errors.New("no service definitions found")

func load(fsys fs.FS) ([]*Form, error) {
	files, err := Sources(fsys)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errNoServices
	}
	all := make([]*Form, len(files))
	for i, f := range files {
		all[i] = f.Form
	}
	return all, nil
}

// Source is a service file with the form it defines.
type Source struct {
	Name string
	Text []byte
	Form *Form
}

// Sources reads the service files (*.yaml, *.json) at the top of several folders. The error names each FaultError
// in each of them.
func Sources(folders ...fs.FS) ([]Source, error) { return sources(Read, folders) }

func sources(read func(name string, raw []byte) (*Form, []FaultError), folders []fs.FS) ([]Source, error) {
	var (
		all    []Source
		faults []error
	)
	for _, fsys := range folders {
		for _, pattern := range []string{"*.yaml", "*.yml", "*.json"} {
			names, err := fs.Glob(fsys, pattern)
			if err != nil {
				return nil, fmt.Errorf("list the services: %w", err)
			}
			for _, name := range names {
				raw, err := fs.ReadFile(fsys, name)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
				form, wrong := read(name, raw)
				for _, f := range wrong {
					faults = append(faults, f)
				}
				if form == nil {
					continue
				}
				if slices.ContainsFunc(all, func(f Source) bool { return f.Form.Key == form.Key && f.Form.Version == form.Version }) {
					faults = append(faults, FaultError{File: name, Where: "version", What: fmt.Sprintf("version %d of %s is defined twice; raise one", form.Version, form.Key)})
				}
				all = append(all, Source{Name: name, Text: raw, Form: form})
			}
		}
	}
	return all, errors.Join(faults...)
}

// Shipped returns the folder of the services that come with the product.
func Shipped() (fs.FS, error) {
	sub, err := fs.Sub(services, "services")
	if err != nil {
		return nil, fmt.Errorf("open the services: %w", err)
	}
	return sub, nil
}

// sorted brings the newest versions into their order of display, older ones behind each.
func sorted(forms []*Form) []*Form {
	order, newest := map[Key]int{}, map[Key]int{}
	for _, f := range forms {
		if f.Version > newest[f.Key] {
			newest[f.Key], order[f.Key] = f.Version, f.Order
		}
	}
	return slices.SortedFunc(slices.Values(forms), func(a, b *Form) int {
		return cmp.Or(cmp.Compare(order[a.Key], order[b.Key]), cmp.Compare(a.Key, b.Key), cmp.Compare(b.Version, a.Version))
	})
}
