package words

import (
	"bytes"
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
)

//go:embed languages/*.json
var languages embed.FS

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
	if said := own.Texts[th]; said != "" && (lang != English || en == "") {
		return said
	}
	if en != "" {
		return en
	}
	if said := c.by[English].Texts[th]; said != "" {
		return said
	}
	return th
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

// Lacks counts the texts, of those given, that a language has no translation for.
func (c *Catalogues) Lacks(lang string, texts []Text) int {
	n := 0
	for _, t := range texts {
		if c.by[lang].Texts[t.TH] == "" && (lang != English || t.EN == "") {
			n++
		}
	}
	return n
}

// Draft is the catalogue of a language with a line for each of the texts, empty where nothing is said yet. What it has
// beside them is left out.
func (c *Catalogues) Draft(lang string, texts []Text) Catalogue {
	own := Catalogue{Code: lang, Name: c.by[lang].Name, Texts: make(map[string]string, len(texts))}
	if lang == English {
		own.Name = English
	}
	for _, t := range texts {
		own.Texts[t.TH] = c.by[lang].Texts[t.TH]
		if lang == English && own.Texts[t.TH] == "" {
			own.Texts[t.TH] = t.EN
		}
	}
	return own
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

// parse reads one catalogue file.
func parse(name string, raw []byte) (Catalogue, []FaultError) {
	var own Catalogue
	at := func(offset int64) int { return 1 + bytes.Count(raw[:min(max(offset, 0), int64(len(raw)))], []byte{'\n'}) }
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
	case !codeForm.MatchString(own.Code):
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
