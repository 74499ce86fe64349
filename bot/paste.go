package bot

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"saphan/forms"
	"saphan/internal/thai"
)

// Several answers may come in one message: "ชื่อ สมชาย ตัวอย่าง เบอร์ 081 234 5678", lines such as "พื้นที่: 120", or
// values that only one question can take. They count when nothing about them is open to doubt: otherwise
// the message is the answer to the open question, or none.

// pastedPart is a part of a message that is the answer to one question.
type pastedPart struct {
	field  forms.Field
	answer forms.Answer
}

// paste takes a message as the answers to several open questions. It reports false when it is not, and then
// nothing has changed.
func (t *turn) paste(f *forms.Form, open forms.Field) bool {
	d := t.c.Draft
	if _, answered, _ := t.answered(open); answered || d.Editing || strings.Count(t.m.Text, "") > 4000 {
		return false
	}
	p := &paster{t: t, open: open}
	for _, fl := range t.open(f) {
		if _, answered, _ := t.answered(fl); !answered && !fl.Files() && !slices.Contains(d.Skipped, fl.Key) && !fl.Continues() {
			p.fields = append(p.fields, fl)
		}
	}
	if len(p.fields) < 2 || !p.read(t.m.Text) || len(p.parts) < 2 {
		return false
	}
	p.accept(f)
	return true
}

// paster reads one message.
type paster struct {
	t      *turn
	open   forms.Field
	fields []forms.Field // questions without an answer, in the order of the form
	parts  []pastedPart
	unread []string // labelled, but not as the question wants it
	rest   []string // without a label
}

// accept puts the answers in and says what was understood; it can be undone.
func (p *paster) accept(f *forms.Form) {
	t, d := p.t, p.t.c.Draft
	t.touch()
	t.c.Mode = Plain
	order := func(x pastedPart) int {
		return slices.IndexFunc(p.fields, func(fl forms.Field) bool { return fl.Key == x.field.Key })
	}
	slices.SortFunc(p.parts, func(a, b pastedPart) int { return cmp.Compare(order(a), order(b)) })
	lines := []string{t.say.Say("paste.got")}
	var keys []string
	urgent := false
	for _, x := range p.parts {
		d.put(x.answer, t.m.ID)
		keys = append(keys, x.field.Key)
		urgent = urgent || x.field.Urgent != "" && x.answer.Picked() == x.field.Urgent
		lines = append(lines, t.say.Say("paste.line", "label", x.field.Label.In(string(t.say)), "answer", thai.Clip(oneLine(t.shown(x.field, x.answer)), maxRow)))
	}
	if len(p.unread) > 0 {
		lines = append(lines, t.say.Say("paste.unread", "words", thai.Clip(strings.Join(p.unread, ", "), maxRow)))
	}
	d.Pasted = &Pasted{Fields: keys, Revision: d.Revision, Field: d.Field}
	t.undo = true
	t.changed()
	t.text(strings.Join(lines, "\n"))
	if urgent {
		t.text(t.urgent(f, d.Answers))
	}
	t.advance(f)
	t.ask(f)
}

// unpaste takes back what was read out of one message. What was answered anew since stays.
func (t *turn) unpaste(f *forms.Form, revision string) {
	d := t.c.Draft
	p := d.Pasted
	if p == nil || revision != number(int64(p.Revision)) {
		t.old()
		return
	}
	t.c.Mode = Plain
	t.touch()
	t.takeOut(p)
	t.changed()
	t.text(t.say.Say("paste.undone"))
	t.advance(f)
	if _, ok := t.field(f, p.Field); ok && d.Field != "" {
		d.turnTo(p.Field)
	}
	t.ask(f)
}

// takeOut removes the answers that are still those of the message.
func (t *turn) takeOut(p *Pasted) {
	d := t.c.Draft
	var from []string
	for _, key := range p.Fields {
		if ids := d.Sources[key]; len(ids) == 1 && (from == nil || ids[0] == from[0]) {
			from = ids
			d.remove(key)
		}
	}
	d.Pasted = nil
}

// read takes a message apart; false when something in it is open to doubt.
func (p *paster) read(text string) bool {
	for line := range strings.SplitSeq(thai.Tidy(text), "\n") {
		line = strings.TrimLeft(line, "-•*· ")
		if line != "" && !p.readLine(line) {
			return false
		}
	}
	return p.readRest()
}

// labelled is a line with one label: "พื้นที่: 120".
var labelled = regexp.MustCompile(`^\s*([^:=：]{2,60}?)\s*[:=：]\s*(.+)$`)

func (p *paster) readLine(line string) bool {
	marks := p.marks(line)
	if m := labelled.FindStringSubmatch(line); m != nil && len(marks) < 2 {
		fl, ok := p.named(m[1], true)
		if !ok {
			p.rest = append(p.rest, line)
			return true
		}
		if !p.claim(fl, m[2]) {
			p.unread = append(p.unread, thai.Tidy(m[1]))
		}
		return true
	}
	if len(marks) == 0 {
		p.rest = append(p.rest, line)
		return true
	}
	p.rest = append(p.rest, line[:marks[0].from])
	for i, m := range marks {
		end := len(line)
		if i+1 < len(marks) {
			end = marks[i+1].from
		}
		value := line[m.to:end]
		if m.keep {
			value = line[m.from:end]
		}
		if !p.claim(m.field, strings.Trim(value, " :=,;/|")) {
			return false
		}
	}
	return true
}

// claim takes a value as the answer to a question, once.
func (p *paster) claim(fl forms.Field, value string) bool {
	if slices.ContainsFunc(p.parts, func(x pastedPart) bool { return x.field.Key == fl.Key }) {
		return false
	}
	a, err := fl.Check(forms.Input{Text: value, Now: p.t.m.At})
	if err != nil {
		return false
	}
	p.parts = append(p.parts, pastedPart{fl, a})
	return true
}

// mark is a word that says what the words behind it are.
type mark struct {
	from, to int
	field    forms.Field
	keep     bool // the word belongs to the value: "บ้านเลขที่ 99/1"
}

// naming are the words by which people name a kind of answer, whatever the form calls it.
var naming = map[string][]string{
	"phone":       {"เบอร์โทรศัพท์", "เบอร์โทร", "เบอร์มือถือ", "เบอร์", "โทรศัพท์", "โทร.", "โทร", "มือถือ", "tel", "phone", "mobile"},
	"email":       {"อีเมล", "อีเมล์", "เมล", "e-mail", "email"},
	"thai_id":     {"เลขประจำตัวประชาชน", "เลขบัตรประชาชน", "บัตรประชาชน", "เลขประจำตัว", "เลขบัตร", "id"},
	"juristic_id": {"เลขทะเบียนนิติบุคคล", "เลขนิติบุคคล", "เลขทะเบียน"},
	"address":     {"ที่อยู่", "address"},
	"name":        {"ชื่อ-นามสกุล", "ชื่อ-สกุล", "ชื่อ นามสกุล", "ชื่อ", "name"},
	"birth_date":  {"วันเกิด", "เกิดวันที่", "เกิดเมื่อ", "birthday"},
}

// keeping are words that name an address and are part of it.
var keeping = []string{"บ้านเลขที่", "เลขที่"}

// namesOf are the words that name a question, lower case.
func namesOf(fl forms.Field) []string {
	names := []string{strings.ToLower(fl.Label.TH), strings.ToLower(fl.Label.EN)}
	switch {
	case fl.Kind == forms.PhoneField:
		names = append(names, naming["phone"]...)
	case fl.Kind == forms.EmailField:
		names = append(names, naming["email"]...)
	case fl.Kind == forms.ThaiIDField && fl.Juristic:
		names = append(names, naming["juristic_id"]...)
	case fl.Kind == forms.ThaiIDField:
		names = append(names, naming["thai_id"]...)
	case fl.Kind == forms.AddressField:
		names = append(append(names, naming["address"]...), keeping...)
	case fl.Profile == "name", fl.Profile == "birth_date":
		names = append(names, naming[fl.Profile]...)
	}
	return names
}

// named returns the one question that a label names: by its own name, by one that everybody uses, or, with
// part, by a part of its name.
func (p *paster) named(label string, part bool) (forms.Field, bool) {
	key := thai.Key(label)
	for _, like := range []func(name string) bool{
		func(name string) bool { return thai.Key(name) == key },
		func(name string) bool {
			return part && thai.Clusters(key) >= 3 && strings.Contains(thai.Key(name), key)
		},
	} {
		var hits []forms.Field
		for _, fl := range p.fields {
			if slices.ContainsFunc(namesOf(fl), func(n string) bool { return n != "" && like(n) }) {
				hits = append(hits, fl)
			}
		}
		if len(hits) == 1 {
			return hits[0], true
		}
		if len(hits) > 1 {
			own := slices.DeleteFunc(slices.Clone(hits), func(fl forms.Field) bool { return thai.Key(fl.Label.TH) != key && thai.Key(fl.Label.EN) != key })
			if len(own) == 1 {
				return own[0], true
			}
			return forms.Field{}, false
		}
	}
	return forms.Field{}, false
}

// marks finds the words in a line that name questions: whole words, the longest at each place.
func (p *paster) marks(line string) []mark {
	var words []string
	for _, fl := range p.fields {
		words = append(words, namesOf(fl)...)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	words = slices.DeleteFunc(slices.Compact(words), func(w string) bool { return len([]rune(w)) < 2 })
	lower := strings.ToLower(line)
	if len(lower) != len(line) {
		return nil
	}
	var marks []mark
	for at := 0; at < len(lower); {
		w := wordAt(lower, at, words)
		if w == "" {
			_, size := utf8.DecodeRuneInString(lower[at:])
			at += size
			continue
		}
		if fl, ok := p.named(w, false); ok {
			marks = append(marks, mark{from: at, to: at + len(w), field: fl, keep: slices.Contains(keeping, w)})
		}
		at += len(w)
	}
	// "ที่อยู่ บ้านเลขที่ 99/1": one name behind the other for the same answer.
	return slices.CompactFunc(marks, func(a, b mark) bool { return a.field.Key == b.field.Key && b.keep })
}

// wordAt returns the first of the words that stands at a place of the line, and stands alone.
func wordAt(line string, at int, words []string) string {
	before, _ := utf8.DecodeLastRuneInString(line[:at])
	if at > 0 && !strings.ContainsRune(" ,;/|(", before) {
		return ""
	}
	for _, w := range words {
		if !strings.HasPrefix(line[at:], w) {
			continue
		}
		next, _ := utf8.DecodeRuneInString(line[at+len(w):])
		if next == utf8.RuneError || strings.ContainsRune(" :=.,", next) || unicode.IsDigit(next) {
			return w
		}
	}
	return ""
}

// What can be told by its form alone.
var (
	emailForm = regexp.MustCompile(`[^\s,;<>]+@[^\s,;<>]+\.[A-Za-z]{2,}`)
	idForm    = regexp.MustCompile(`[0-9๐-๙][0-9๐-๙ \-]{11,16}[0-9๐-๙]`)
	phoneForm = regexp.MustCompile(`(?:\+66|[0๐])[0-9๐-๙ \-]{7,13}[0-9๐-๙]`)
)

// readRest finds what can be told by its form in what has no label. What then is left over must be the
// answer to the open question, in one piece, or polite words.
func (p *paster) readRest() bool {
	text := strings.Join(p.rest, "\n")
	for _, kind := range []struct {
		form *regexp.Regexp
		fits func(fl forms.Field) bool
	}{
		{emailForm, func(fl forms.Field) bool { return fl.Kind == forms.EmailField }},
		{idForm, func(fl forms.Field) bool { return fl.Kind == forms.ThaiIDField }},
		{phoneForm, func(fl forms.Field) bool { return fl.Kind == forms.PhoneField }},
	} {
		for _, found := range kind.form.FindAllString(text, -1) {
			if fl, ok := p.only(kind.fits, found); ok && p.claim(fl, found) {
				text = strings.Replace(text, found, "\n", 1)
			}
		}
	}
	var left []string
	for _, piece := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' || r == '|' }) {
		piece = strings.Trim(piece, " ,")
		if fl, ok := p.only(func(fl forms.Field) bool { return fl.Kind == forms.DateField && fl.Key != p.open.Key }, piece); ok && p.claim(fl, piece) {
			continue
		}
		if key := thai.Key(piece); key != "" && strings.ContainsFunc(key, unicode.IsLetter) && !slices.Contains(politeAlone, key) && !greeting(key) || strings.ContainsFunc(piece, unicode.IsDigit) {
			left = append(left, piece)
		}
	}
	switch {
	case len(left) == 0:
		return true
	case len(left) > 1 || len(p.parts) == 0:
		return false
	}
	return p.claim(p.open, left[0])
}

// politeAlone are words that say nothing.
var politeAlone = []string{"ครับ", "คับ", "ค่ะ", "คะ", "จ้า", "และ", "ตามนี้", "ดังนี้", "ข้อมูลตามนี้", "ตามนี้ครับ"}

// only returns the one question of a kind that takes a value.
func (p *paster) only(fits func(forms.Field) bool, value string) (forms.Field, bool) {
	var hits []forms.Field
	for _, fl := range p.fields {
		if !fits(fl) {
			continue
		}
		if _, err := fl.Check(forms.Input{Text: value, Now: p.t.m.At}); err == nil {
			hits = append(hits, fl)
		}
	}
	if len(hits) != 1 {
		return forms.Field{}, false
	}
	return hits[0], true
}

// unlabelled is what is said after the label of the open question itself: "พื้นที่: 120" is 120.
func (t *turn) unlabelled(fl forms.Field) string {
	m := labelled.FindStringSubmatch(t.m.Text)
	if m == nil || strings.Contains(t.m.Text, "\n") {
		return t.m.Text
	}
	if key := thai.Key(m[1]); key == thai.Key(fl.Label.TH) || key == thai.Key(fl.Label.EN) {
		return m[2]
	}
	return t.m.Text
}
