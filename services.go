package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"saphan/forms"
)

const formsUsage = `saphan forms: what writes and checks service files

  saphan forms check FILE...   say what is wrong in each file, by line, and how to mend it
  saphan forms schema          print the JSON Schema for editors
  saphan forms list            list the services on offer (those of FORMS_DIR too)

docs/services.md tells how to write one.
`

// runForms is for those who write service files.
func runForms(args []string, cfg config, stdout io.Writer) error {
	if len(args) == 0 {
		_, err := io.WriteString(stdout, formsUsage)
		return err
	}
	switch args[0] {
	case "check":
		return checkForms(args[1:], stdout)
	case "schema":
		_, err := stdout.Write(forms.Schema())
		return err
	case "list":
		return listForms(cfg.FormsDir, stdout)
	case "help", "-h", "--help":
		_, err := io.WriteString(stdout, formsUsage)
		return err
	default:
		return errors.New("unknown command forms " + args[0] + "; saphan forms lists them")
	}
}

// checkForms reads each file and writes what is wrong in it, a line each in the form that editors know.
func checkForms(names []string, stdout io.Writer) error {
	if len(names) == 0 {
		return errors.New("saphan forms check needs the names of service files")
	}
	type version struct {
		key     forms.Key
		version int
	}
	faults, defined := 0, map[version]string{}
	for _, name := range names {
		raw, err := os.ReadFile(name) //nolint:gosec // the person at the terminal names the file
		if err != nil {
			return fmt.Errorf("read the service file: %w", err)
		}
		form, wrong := forms.Read(filepath.ToSlash(name), raw)
		if form != nil {
			v := version{form.Key, form.Version}
			if other, taken := defined[v]; taken {
				wrong = append(wrong, forms.FaultError{File: name, Line: 1, Where: "version", What: fmt.Sprintf("version %d of %s is defined in %s too; raise one", v.version, v.key, other)})
			}
			defined[v] = name
		}
		for _, f := range wrong {
			fmt.Fprintln(stdout, f.Error())
		}
		if len(wrong) == 0 {
			fmt.Fprintf(stdout, "%s: OK: %s, version %d, %d questions\n", name, form.Key, form.Version, len(form.Fields))
		}
		faults += len(wrong)
	}
	if faults > 0 {
		return fmt.Errorf("%d to mend", faults)
	}
	return nil
}

// listForms writes every version of every service that there is a file of, in the order of the list.
func listForms(folder string, stdout io.Writer) error {
	shipped, err := forms.Shipped()
	if err != nil {
		return err
	}
	folders := []fs.FS{shipped}
	if folder != "" {
		folders = append(folders, os.DirFS(folder))
	}
	files, err := forms.Sources(folders...)
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b forms.Source) int {
		return cmp.Or(cmp.Compare(a.Form.Order, b.Form.Order), cmp.Compare(a.Form.Key, b.Form.Key), cmp.Compare(b.Form.Version, a.Form.Version))
	})
	for _, s := range files {
		from := ""
		if !s.Form.From.IsZero() {
			from = " from " + s.Form.From.Format(time.DateOnly)
		}
		fmt.Fprintf(stdout, "%-20s  version %d%s  %s (%s)\n", s.Form.Key, s.Form.Version, from, s.Form.Title.TH, s.Form.Title.EN)
	}
	return nil
}
