package bot

import (
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// unfit says why there is no file, and what to do.
func (t *turn) unfit(a *Attachment) string {
	if a == nil {
		return t.say.Say("file.gone")
	}
	switch a.Fault {
	case FileTooLarge:
		return t.say.Say("file.too_large", "mb", strconv.FormatInt(a.Limit>>20, 10))
	case FileNotReady:
		return t.say.Say("file.not_ready")
	case FileRefused:
		if said := words.In(string(t.say), a.Words, ""); said != "" && (t.say.thai() || said != a.Words) {
			return said
		}
		return t.say.Say("file.refused")
	case FileInfected:
		return t.say.Say("file.infected", "name", a.Name)
	case FileGone:
	}
	return t.say.Say("file.gone")
}

// sent handles a photo, a file, a video or a voice message.
func (t *turn) sent() {
	if t.gather() {
		return
	}
	a := t.m.Attachment
	if a == nil || a.Fault != "" {
		t.text(t.unfit(a))
		t.here()
		return
	}
	file := HeldFile{File: forms.File{ID: a.ID, Name: a.Name, Type: a.Type, Size: a.Size}, Message: t.m.ID}
	if t.c.Draft != nil {
		t.sentInForm(file)
		return
	}
	t.sentFreely(file)
}

// sentInForm takes files, in their order, as (part of) the answer to the open question.
func (t *turn) sentInForm(came ...HeldFile) {
	d := t.c.Draft
	f := t.formOf(*d)
	fl, ok := t.field(f, d.Field)
	if ok && fl.Files() {
		t.c.Mode = Plain
		t.collect(f, fl, came)
		return
	}
	if late, ok := t.lateFor(f, came[0].File); ok {
		t.addLate(f, late, came)
		return
	}
	switch {
	case len(t.wanted()) > 0 && document(t.m.Kind):
		t.holdFiles(came)
		t.sortInForm()
	case t.stale():
		t.text(t.say.Say("file.unused"))
		t.offerResume(f)
	case ok:
		t.refuse(f, fl, forms.Input{Text: "?"}) // a file says nothing that could be an answer
	default:
		t.text(t.say.Say("review.no_files"))
		t.ask(f)
	}
}

// collect adds files to the answer of the open question, as many as it takes.
func (t *turn) collect(f *forms.Form, fl forms.Field, came []HeldFile) {
	d := t.c.Draft
	var files []forms.File
	var from []string
	if a, ok := forms.Find(d.Answers, fl.Key); ok && !d.Fresh {
		files, from = a.Files(), slices.Clone(d.Sources[fl.Key])
		if n := len(files); d.Retake && n > 0 {
			files, from = files[:n-1], from[:min(n-1, len(from))]
		}
	}
	came = slices.DeleteFunc(slices.Clone(came), func(c HeldFile) bool {
		return slices.ContainsFunc(files, func(old forms.File) bool { return old.ID == c.ID })
	})
	if len(came) == 0 {
		t.ask(f) // the same message again
		return
	}
	taken := came[:min(len(came), max(1, fl.Limit()-len(files)))]
	for _, c := range taken {
		files, from = t.joined(files, from, c)
	}
	a, err := fl.Check(forms.Input{Files: files, Now: t.m.At, Lang: string(t.say)})
	if err != nil {
		t.refuse(f, fl, forms.Input{Files: []forms.File{came[0].File}})
		return
	}
	t.touch()
	d.put(a, from...)
	t.changed()
	again := d.Retake
	d.Fresh, d.Retake = false, false
	if len(a.Attachments) < fl.Limit() || again && fl.Limit() > 1 {
		t.askMore(f, fl, a, len(taken))
		return
	}
	if fl.Kind == forms.DocumentField {
		t.card(t.gotCard(fl, a))
	}
	switch {
	case len(taken) < len(came):
		t.text(t.say.Say("photo.over", "limit", number(int64(fl.Limit()))))
	case len(taken) > 1:
		t.text(t.say.Say("photo.all_of_set", "n", number(int64(len(taken)))))
	}
	t.advance(f)
	t.ask(f)
}

// joined are the files of an answer and the messages that they came from with one more: behind the others,
// or where it was chosen in its set.
func (t *turn) joined(answer []forms.File, from []string, c HeldFile) ([]forms.File, []string) {
	at := t.placeAmong(from, c.Message)
	return slices.Insert(answer, min(at, len(answer)), c.File), slices.Insert(from, at, c.Message)
}

// askMore says that files came in, n in all, and offers to go on. Where the next question is a place,
// sharing it is offered at once: one tap less.
func (t *turn) askMore(f *forms.Form, fl forms.Field, a forms.Answer, came int) {
	d, n := t.c.Draft, len(a.Attachments)
	args := []string{"n", number(int64(n)), "left", number(int64(fl.Limit() - n)), "label", fl.Label.In(string(t.say))}
	words := t.say.Say("photo.more", args...)
	switch {
	case n >= fl.Limit():
		words = t.say.Say("photo.retaken", args...)
	case came > 1:
		words = t.say.Say("photo.more_of_set", args...)
	}
	choices := []Choice{tap(t.say.Say("choice.done"), data(verbDone, d.ID, fl.Key))}
	if fl.Kind == forms.DocumentField {
		choices[0].Label = t.say.Say("choice.onward")
	}
	if next, ok := t.nextAfter(f, fl); ok && next.Kind == forms.LocationField {
		choices = append(choices, Choice{Gesture: SharePlace, Label: t.say.Say("choice.place")})
		words += "\n" + t.say.Say("photo.or_place")
	}
	choices = append(choices,
		Choice{Gesture: Camera, Label: t.say.Say("choice.camera")},
		Choice{Gesture: CameraRoll, Label: t.say.Say("choice.roll")},
		tap(t.say.Say("choice.retake"), data(verbRetake, d.ID, fl.Key)),
		t.humanChoice(), tap(t.say.Say("choice.cancel"), data(verbCancel, d.ID)))
	if fl.Kind == forms.PhotoField { // which the citizen sees in the chat already
		t.text(words, choices...)
		return
	}
	card := t.gotCard(fl, a)
	if n < fl.Limit() {
		card.Body = t.say.Say("file.more", "left", number(int64(fl.Limit()-n)))
	}
	card.Buttons = append([]Choice{button("primary", t.say.Say("choice.onward"), data(verbDone, d.ID, fl.Key))}, card.Buttons...)
	t.card(card, choices...)
}

// gotCard says which documents came in, so that a wrong or missing one is seen at once. The documents
// themselves are not shown: a picture of an identity card would stay in the chat, and where it is fetched from.
func (t *turn) gotCard(fl forms.Field, a forms.Answer) Card {
	label := fl.Label.In(string(t.say))
	files := a.Files()
	card := Card{Tone: "good", Label: label, Title: t.say.Say("file.got", "n", number(int64(len(files))))}
	card.Alt = t.say.Say("file.got_alt", "label", label, "n", number(int64(len(files))))
	for i, f := range files[max(0, len(files)-maxNamed):] {
		name := f.Name
		if name == "" {
			name = t.say.Say("file.photo")
		}
		row := Row{Label: t.say.Say("file.nth", "n", number(int64(max(0, len(files)-maxNamed)+i+1))), Value: thai.Clip(name, maxRow)}
		if f.Size > 0 {
			row.Value = t.say.Say("file.named", "name", thai.Clip(name, maxRow), "size", sizeInWords(f.Size))
		}
		card.Rows = append(card.Rows, row)
	}
	card.Buttons = []Choice{button("secondary", t.say.Say("choice.retake"), data(verbRetake, t.c.Draft.ID, fl.Key))}
	return card
}

// maxNamed is how many files are named on a card.
const maxNamed = 10

// sizeInWords is the size of a file as telephones show it.
func sizeInWords(bytes int64) string {
	if bytes < 1<<20 {
		return strconv.FormatInt(max(1, (bytes+512)>>10), 10) + " KB"
	}
	return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) + " MB"
}

// retake has the next file take the place of the last one of an answer, also of one given before.
func (t *turn) retake(f *forms.Form, field string) {
	d := t.c.Draft
	fl, ok := t.field(f, field)
	a, has, _ := t.answered(fl)
	if !ok || !has || !fl.Files() {
		t.answeredBefore(f, field)
		return
	}
	t.c.Mode = Plain
	t.touch()
	if d.Field != field {
		d.turnTo(field)
	}
	d.Retake = true
	args := []string{"label", fl.Label.In(string(t.say)), "n", number(int64(len(a.Attachments)))}
	asks := t.say.Say("file.retake", args...)
	if fl.Kind == forms.PhotoField {
		asks = t.say.Say("photo.retake", args...)
	}
	t.text(asks,
		Choice{Gesture: Camera, Label: t.say.Say("choice.camera")},
		Choice{Gesture: CameraRoll, Label: t.say.Say("choice.roll")},
		tap(t.say.Say("choice.same"), data(verbSame, d.ID, fl.Key)),
		t.humanChoice(), tap(t.say.Say("choice.cancel"), data(verbCancel, d.ID)))
}

// enough goes on after the last photo of several.
func (t *turn) enough(f *forms.Form, fl forms.Field) {
	t.c.Mode = Plain
	if !fl.Files() && fl.Kind != forms.ChoicesField {
		t.old()
		return
	}
	if _, _, stands := t.answered(fl); !stands {
		if fl.Optional {
			t.skip(f, fl)
			return
		}
		t.refuse(f, fl, forms.Input{})
		return
	}
	t.touch()
	t.advance(f)
	t.ask(f)
}

// nextAfter returns the question that would follow if this one were done.
func (t *turn) nextAfter(f *forms.Form, fl forms.Field) (forms.Field, bool) {
	for _, o := range t.open(f) {
		if o.Key != fl.Key && t.waits(o) {
			return o, true
		}
	}
	return forms.Field{}, false
}

// lateFor finds the photo question just before the open one, if it has room: the rest of an
// album arrives after "enough" was tapped.
func (t *turn) lateFor(f *forms.Form, file forms.File) (forms.Field, bool) {
	d, open := t.c.Draft, t.open(f)
	i := slices.IndexFunc(open, func(o forms.Field) bool { return o.Key == d.Field })
	if i < 1 || d.Editing || t.m.Kind != Image || !strings.HasPrefix(file.Type, "image/") {
		return forms.Field{}, false
	}
	fl := open[i-1]
	a, ok := forms.Find(d.Answers, fl.Key)
	return fl, fl.Kind == forms.PhotoField && ok && len(a.Attachments) < fl.Limit() && !t.stale()
}

func (t *turn) addLate(f *forms.Form, fl forms.Field, came []HeldFile) {
	d := t.c.Draft
	a, _ := forms.Find(d.Answers, fl.Key)
	files, from, before := a.Files(), slices.Clone(d.Sources[fl.Key]), len(a.Attachments)
	for _, c := range came {
		if len(files) < fl.Limit() && !slices.ContainsFunc(files, func(old forms.File) bool { return old.ID == c.ID }) {
			files, from = t.joined(files, from, c)
		}
	}
	if len(files) > before {
		if added, err := fl.Check(forms.Input{Files: files, Now: t.m.At}); err == nil {
			t.touch()
			d.put(added, from...)
			t.changed()
			t.text(t.say.Say("photo.late", "n", number(int64(len(added.Attachments)))))
		}
	}
	t.ask(f)
}

// pinned handles a shared place.
func (t *turn) pinned() {
	p := t.m.Place
	if p == nil {
		t.odd()
		return
	}
	place := &forms.Place{Title: p.Title, Address: p.Address, Latitude: &p.Latitude, Longitude: &p.Longitude}
	if t.c.Draft == nil {
		t.pinnedFreely(place)
		return
	}
	d := t.c.Draft
	f := t.formOf(*d)
	fl, ok := t.field(f, d.Field)
	if ok && fl.Files() {
		// Photos first, then the place, without a tap in between.
		_, some := forms.Find(d.Answers, fl.Key)
		if next, is := t.nextAfter(f, fl); is && next.Kind == forms.LocationField && (some || fl.Optional) {
			if !some {
				d.Skipped = append(d.Skipped, fl.Key)
			}
			d.turnTo(next.Key)
			d.Editing = false
			fl = next
		}
	}
	switch {
	case ok && (fl.Kind == forms.LocationField || fl.Kind == forms.AddressField):
		t.answer(f, fl, forms.Input{Place: place}, t.m.ID)
	case t.stale():
		t.offerResume(f)
	case t.pinDown(f, place):
	case ok:
		t.c.Mode = Plain
		t.text(t.say.Say("place.unexpected"))
		t.ask(f)
	default:
		t.text(t.say.Say("review.how_to_edit"))
		t.ask(f)
	}
}

// odd handles a sticker and whatever else says nothing.
func (t *turn) odd() {
	if t.c.Draft != nil && !t.stale() {
		t.c.Mode = Plain
		t.text(t.say.Say("sticker.in_form"))
		t.ask(t.formOf(*t.c.Draft))
		return
	}
	if t.c.Draft == nil && t.talking() {
		t.text(t.say.Say("sticker"), t.talkChoices()...)
		return
	}
	t.text(t.say.Say("sticker"))
	t.here()
}

// unsend forgets what a message brought that the citizen took back (design rule 9).
func (t *turn) unsend() {
	id := t.m.ID
	if id == "" {
		return
	}
	h := &t.c.Held
	h.Files = slices.DeleteFunc(h.Files, func(f HeldFile) bool { return f.Message == id })
	t.loseFromAlbums(id)
	if slices.Contains(h.From, id) {
		h.Text, h.Place, h.From = "", nil, nil
	}
	for i := range t.c.Kept {
		t.forget(&t.c.Kept[i], id)
	}
	d := t.c.Draft
	if d == nil || !t.forget(d, id) {
		return
	}
	f := t.formOf(*d)
	t.text(t.say.Say("unsend.forgotten"))
	if !d.Editing {
		t.advance(f)
	}
	t.c.Mode = Plain
	t.ask(f)
}

// forget takes out of a draft what a message brought.
func (t *turn) forget(d *Draft, message string) bool {
	found := false
	for field, ids := range d.Sources {
		i := slices.Index(ids, message)
		if i < 0 {
			continue
		}
		found = true
		a, _ := forms.Find(d.Answers, field)
		files := a.Files()
		if len(files) != len(ids) || len(files) < 2 {
			d.remove(field)
			continue
		}
		f := t.formOf(*d)
		if fl, ok := f.Field(field); ok {
			rest := slices.Delete(slices.Clone(files), i, i+1)
			if kept, err := fl.Check(forms.Input{Files: rest, Now: t.m.At}); err == nil {
				d.put(kept, slices.Delete(slices.Clone(ids), i, i+1)...)
				continue
			}
		}
		d.remove(field)
	}
	return found
}
