package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"saphan/bot"
	"saphan/forms"
	"saphan/internal/words"
)

const textsUsage = `saphan texts: what there is to translate

  saphan texts         list the languages there are and what each of them lacks
  saphan texts CODE    print the catalogue of a language (my, lo, km, ...) with a line for each text of the product and
                       of the services in force, empty where nothing is said yet

Put the file, as CODE.json, into the folder that LANGUAGES_DIR names. docs/languages.md tells how to translate.
`

// openLanguages reads the catalogues of the product and of a folder; an empty dir is none.
func openLanguages(dir string) (*words.Catalogues, error) {
	folders := []fs.FS{words.Shipped()}
	if dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, errors.New("LANGUAGES_DIR is no folder that can be read")
		}
		folders = append(folders, os.DirFS(dir))
	}
	return words.Read(folders...)
}

// allTexts are the texts of the product and of the services of a folder.
func allTexts(formsDir string) ([]words.Text, error) {
	all := append(append(words.Said(), bot.Texts()...), forms.Sentences()...)
	shipped, err := forms.Shipped()
	if err != nil {
		return nil, err
	}
	folders := []fs.FS{shipped}
	if formsDir != "" {
		folders = append(folders, os.DirFS(formsDir))
	}
	files, err := forms.Sources(folders...)
	if err != nil {
		return nil, fmt.Errorf("services: %w", err)
	}
	for _, f := range files {
		all = append(all, f.Form.Texts()...)
	}
	return all, nil
}

// runTexts is for translators.
func runTexts(args []string, cfg config, stdout io.Writer) error {
	if len(args) > 0 && slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		_, err := io.WriteString(stdout, textsUsage)
		return err
	}
	if len(args) > 0 && !words.IsCode(args[0]) {
		return errors.New(args[0] + " is not the code of a language to translate into: it is two or three small letters, such as my or lo")
	}
	languages, err := openLanguages(cfg.LanguagesDir)
	if err != nil {
		return err
	}
	texts, err := allTexts(cfg.FormsDir)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		for _, l := range languages.Offered() {
			if l.Code == words.Thai {
				continue
			}
			draft := languages.Draft(l.Code, texts)
			fmt.Fprintf(stdout, "%s\t%s\t%d of %d texts to translate\n", l.Code, l.Name, draft.Empty(), len(draft.Texts))
		}
		return nil
	}
	out := json.NewEncoder(stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	return out.Encode(languages.Draft(args[0], texts))
}

// examineLanguages reads the catalogues as a start does, and says how far each is.
func examineLanguages(cfg config) finding {
	f := finding{what: "languages"}
	languages, err := openLanguages(cfg.LanguagesDir)
	if err != nil {
		f.fault, f.remedy = strings.ReplaceAll(err.Error(), "\n", "\n       "), "mend what is named; until then the language says what it can, or nothing"
		return f
	}
	texts, err := allTexts(cfg.FormsDir)
	if err != nil {
		return f // the services' own check says it
	}
	var told []string
	for _, l := range languages.Offered() {
		name := l.Code
		if n := languages.Draft(l.Code, texts).Empty(); n > 0 && l.Code != words.Thai {
			name = fmt.Sprintf("%s (%d texts to translate)", l.Code, n)
		}
		told = append(told, name)
	}
	f.note = strings.Join(told, ", ")
	return f
}
