package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// typed is what somebody put in for one question, with the print of the answer that the page had shown them.
type typed struct {
	boxes boxes
	was   string
}

// posted is a page of a form as it came back.
type posted struct {
	do       string // which button: next, skip, back, save, and those with an argument
	arg      string
	revision int
	review   bool             // the page was opened to change one answer of the summary
	here     []string         // keys of the questions on the page
	typed    map[string]typed // of the page, by key
	held     map[string]typed // of earlier pages, where it was refused
	keep     map[string]bool  // of a question that was answered in two ways: true takes what the page says
	clashing map[string]bool  // questions that were shown as answered in two ways
	refused  map[string]string
	named    map[string][]namedFile // files that the page names, by key
}

// heldPrefix begins the names of what was refused on earlier pages and is carried along, so that nothing typed is lost.
const heldPrefix = "held."

// readPosted takes a posted page apart.
func readPosted(r *http.Request, form Posted) posted {
	v := form.Values
	p := posted{
		typed: map[string]typed{}, held: map[string]typed{}, keep: map[string]bool{}, clashing: map[string]bool{}, refused: map[string]string{},
		named: map[string][]namedFile{}, review: r.URL.Query().Get("from") == "review",
	}
	p.do, p.arg, _ = strings.Cut(v.Get("do"), " ")
	p.revision, _ = strconv.Atoi(v.Get("revision")) // none is no draft's
	for name := range v {
		if key, ok := strings.CutPrefix(name, "was."); ok {
			p.here = append(p.here, key)
			p.typed[key] = typed{readBoxes(v, "", key), v.Get(name)}
		}
		if key, ok := strings.CutPrefix(name, heldPrefix+"was."); ok {
			p.held[key] = typed{readBoxes(v, heldPrefix, key), v.Get(name)}
		}
		if key, ok := strings.CutPrefix(name, "keep."); ok {
			p.keep[key] = v.Get(name) == "page"
		}
		if key, ok := strings.CutPrefix(name, "clash."); ok {
			p.clashing[key] = true
		}
	}
	slices.Sort(p.here)
	for _, key := range p.here {
		delete(p.held, key) // shown again by now
		p.withFiles(key, v[boxName(key, "")+".drop"], form.Files[boxName(key, "")])
	}
	for _, f := range form.Refused {
		if key, ok := strings.CutPrefix(f.Field, fieldPrefix); ok {
			p.refused[key] = f.Name + ": " + f.Sentence
		}
	}
	return p
}

// withFiles takes out of a question the files that the person ticked away, and adds those that came with the form.
func (p posted) withFiles(key string, dropped []string, came []PostedFile) {
	if len(dropped)+len(came) == 0 {
		return
	}
	named := slices.DeleteFunc(slices.Clone(p.typed[key].boxes[""]), func(s string) bool { return slices.Contains(dropped, s) })
	for _, f := range came {
		named = append(named, UploadValue(f.Upload))
	}
	p.typed[key].boxes[""] = named
}

// hidden is a box that is carried along unseen.
type hidden struct{ Name, Value string }

// carried writes what was typed under names with a prefix.
func carried(prefix, key string, t typed) []hidden {
	all := []hidden{{prefix + "was." + key, t.was}}
	for _, box := range boxNames {
		for _, value := range t.boxes[box] {
			all = append(all, hidden{prefix + boxName(key, box), value})
		}
	}
	return all
}
