package words

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed languages/*.json
var languages embed.FS

//go:embed said.json
var saidFile []byte

// said are the texts that stand in the code and in templates of pages.
var said = sync.OnceValue(func() []Text {
	var all []Text
	if err := json.Unmarshal(saidFile, &all); err != nil {
		return nil // a test reads them
	}
	return all
})

// beside is the English of a Thai text wherever in the code they stand side by side.
var beside = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, t := range said() {
		all[t.TH] = t.EN
	}
	return all
})

// Said returns the texts that stand in the code and in templates of pages, in the order of the Thai. Those of the chat,
// of forms and of services stand in their own files.
func Said() []Text { return slices.Clone(said()) }

// Shipped is the folder with the catalogues that come with the product: the English of what has none beside it.
func Shipped() fs.FS {
	sub, err := fs.Sub(languages, "languages")
	if err != nil { // the name is a constant
		return languages
	}
	return sub
}

// Catalogue is one file: a language, and the translation of each Thai text.
type Catalogue struct {
	Code  string            `json:"code"`
	Name  string            `json:"name"` // of the language, in itself
	Texts map[string]string `json:"texts"`
}

// Catalogues are the languages there are. A set is never changed once read.
type Catalogues struct {
	by map[string]Catalogue
}

// In is [In] with these catalogues.
func (c *Catalogues) In(lang, th, en string) string {
	if lang == Thai || th == "" {
		return th
	}
	own, known := c.by[lang]
	if !known && lang != English {
		return th
	}
	if lang == English {
		return cmp.Or(en, own.Texts[th], beside()[th], th)
	}
	return cmp.Or(own.Texts[th], en, c.by[English].Texts[th], beside()[th], th)
}

// Offered is [Offered] with these catalogues.
func (c *Catalogues) Offered() []Language {
	all := []Language{{Thai, "ภาษาไทย"}, {English, "English"}}
	for code, own := range c.by {
		if code != English {
			all = append(all, Language{code, own.Name})
		}
	}
	return sorted(all)
}

// Draft is the catalogue of a language for translators: a line for each of the texts that need one, empty where there is
// none yet. English needs none where it stands beside the Thai.
func (c *Catalogues) Draft(lang string, texts []Text) Catalogue {
	own := Catalogue{Code: lang, Name: c.by[lang].Name, Texts: make(map[string]string, len(texts))}
	for _, t := range texts {
		if lang == English && cmp.Or(t.EN, beside()[t.TH]) != "" {
			continue
		}
		own.Texts[t.TH] = c.by[lang].Texts[t.TH]
	}
	return own
}

// Empty counts the texts of a catalogue that say nothing yet.
func (c Catalogue) Empty() int {
	n := 0
	for _, said := range c.Texts {
		if said == "" {
			n++
		}
	}
	return n
}

// FaultError is a mistake in a catalogue file, and how to mend it.
type FaultError struct {
	File   string
	Line   int
	What   string
	Remedy string
}

func (e FaultError) Error() string {
	return fmt.Sprintf("%s:%d: %s; %s", e.File, e.Line, e.What, e.Remedy)
}

// Read reads the catalogues (*.json) at the top of folders; a text of a later folder goes before that of an earlier one.
// The error names each [FaultError]; what has none is read all the same.
func Read(folders ...fs.FS) (*Catalogues, error) {
	c := &Catalogues{by: map[string]Catalogue{}}
	var faults []error
	for _, folder := range folders {
		names, err := fs.Glob(folder, "*.json")
		if err != nil {
			return nil, fmt.Errorf("languages: %w", err)
		}
		if _, err := fs.Stat(folder, "."); err != nil {
			return c, fmt.Errorf("languages: %w", err)
		}
		for _, name := range names {
			raw, err := fs.ReadFile(folder, name)
			if err != nil {
				faults = append(faults, fmt.Errorf("languages: %w", err))
				continue
			}
			own, wrong := parse(name, raw)
			for _, f := range wrong {
				faults = append(faults, f)
			}
			if len(wrong) > 0 {
				continue
			}
			texts := maps.Clone(c.by[own.Code].Texts)
			if texts == nil {
				texts = map[string]string{}
			}
			maps.Copy(texts, own.Texts)
			own.Texts = texts
			c.by[own.Code] = own
		}
	}
	return c, errors.Join(faults...)
}

var codeForm = regexp.MustCompile(`^[a-z]{2,3}$`)

// IsCode reports whether a language of that code can have a catalogue: Thai has none, because it is the key.
func IsCode(code string) bool { return code != Thai && codeForm.MatchString(code) }

// parse reads one catalogue file.
func parse(name string, raw []byte) (Catalogue, []FaultError) {
	var own Catalogue
	at := func(offset int64) int {
		return 1 + bytes.Count(raw[:min(max(offset, 0), int64(len(raw)))], []byte{'\n'})
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	in.DisallowUnknownFields()
	if err := in.Decode(&own); err != nil {
		offset := in.InputOffset()
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			offset = syntax.Offset
		}
		if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
			offset = kind.Offset
		}
		return own, []FaultError{{name, at(offset), err.Error(), `write {"code": "my", "name": "မြန်မာ", "texts": {"Thai text": "translation"}}`}}
	}
	var faults []FaultError
	say := func(line int, what, remedy string) { faults = append(faults, FaultError{name, line, what, remedy}) }
	switch {
	case own.Code != Thai && !IsCode(own.Code):
		say(1, fmt.Sprintf("the code %q is not a language", own.Code), "write the two or three small letters of the language, such as my or lo")
	case own.Code == Thai:
		say(1, "Thai is what every text is written in", "change the text where it stands; a catalogue is for another language")
	case path.Base(name) != own.Code+".json":
		say(1, fmt.Sprintf("the file holds the language %q", own.Code), "call the file "+own.Code+".json")
	}
	if strings.TrimSpace(own.Name) == "" {
		say(1, "the language has no name", "write its name in itself, as people choose it")
	}
	for _, th := range slices.Sorted(maps.Keys(own.Texts)) {
		if said := own.Texts[th]; said != "" && !slices.Equal(Placeholders(th), Placeholders(said)) {
			say(at(placeOf(raw, th)), fmt.Sprintf("the translation of %q has %s, the text has %s", th, listed(said), listed(th)), "keep every {name} and % sign of the text, as it is written")
		}
	}
	return own, faults
}

// placeOf is where a text stands in a file.
func placeOf(raw []byte, text string) int64 {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if err := out.Encode(text); err != nil {
		return 0
	}
	return int64(bytes.Index(raw, bytes.TrimSpace(b.Bytes())))
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}|%[a-z]`)

// Placeholders are what a text leaves open: its {names}, in order and each once, and then its verbs of fmt as they follow
// one another.
func Placeholders(text string) []string {
	var names, verbs []string
	for _, p := range placeholder.FindAllString(text, -1) {
		if p[0] == '%' {
			verbs = append(verbs, p)
		} else {
			names = append(names, p)
		}
	}
	slices.Sort(names)
	return append(slices.Compact(names), verbs...)
}

func listed(text string) string {
	if all := Placeholders(text); len(all) > 0 {
		return strings.Join(all, " ")
	}
	return "none"
}
