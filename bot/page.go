package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Page is what is done on a page to a form that is filled in: the same form, in the same conversation, as in the chat.
// Like Step its methods are pure: they return what the conversation becomes, and what must happen.
type Page struct {
	World
	At time.Time // when it is done
}

// Left is where the chat was when a page changed its open form.
type Left struct {
	Field string `json:"field,omitempty"` // the question that the chat had asked; "" for the summary
}

// Drafts are the forms of a conversation that can be gone on with, the open one first, then the last touched.
func (c Conversation) Drafts(now time.Time) []forms.Draft {
	c, _ = c.Expire(now)
	kept := slices.Clone(c.Kept)
	slices.SortStableFunc(kept, func(a, b Draft) int { return b.TouchedAt.Compare(a.TouchedAt) })
	var all []forms.Draft
	if c.Draft != nil {
		all = append(all, c.Draft.sheet())
	}
	for _, d := range kept {
		all = append(all, d.sheet())
	}
	return all
}

// Ending returns how a draft that is no more ended. ok is false when nothing is remembered of it.
func (c Conversation) Ending(draft string) (e Ending, ok bool) {
	i := slices.IndexFunc(c.Ended, func(e Ending) bool { return e.Draft == draft })
	if i < 0 {
		return Ending{}, false
	}
	return c.Ended[i], true
}

// Begin opens the form of a service: the one that is filled in already, or a new one under World.NewID, after the
// privacy notice, which the page shows (PDP-1).
func (p Page) Begin(c Conversation, key forms.Key) (Conversation, forms.Draft, []Effect, error) {
	t := p.turn(c)
	f, ok := t.w.Forms.Find(key)
	switch {
	case !ok:
		return c, forms.Draft{}, nil, errNoService()
	case f.PersonalOnly():
		return c, forms.Draft{}, nil, fault.New(fault.Invalid, "เรื่องนี้กฎหมายให้ทำด้วยตนเองที่สำนักงาน จึงยื่นผ่านเว็บไม่ได้ กรุณาติดต่อหน่วยงานโดยตรง")
	}
	for _, d := range t.c.Drafts(p.At) {
		if d.Form == key && t.formOf(*t.draft(d.ID)) != nil {
			return t.c, d, nil, nil
		}
	}
	if shown := (Shown{Form: f.Key, Version: f.Notice.Version}); !slices.Contains(t.c.Noticed, shown) {
		t.c.Noticed = append(t.c.Noticed, shown)
		t.do(Noticed{Form: f.Key, Version: f.Notice.Version})
	}
	t.c.putAside()
	t.c.Mode = Plain
	t.c.Draft = &Draft{ID: t.id(), Form: f.Key, Version: f.Version, StartedAt: p.At, TouchedAt: p.At}
	t.advance(f.On(p.At))
	return t.c, t.c.Draft.sheet(), t.effects, nil
}

// Fill puts what a page says into a form. The chat's open question moves on with it.
func (p Page) Fill(c Conversation, draft string, fill forms.Fill) (Conversation, forms.Draft, forms.Filled, error) {
	t := p.turn(c)
	d, f, err := t.sheetOf(draft)
	if err != nil {
		return c, forms.Draft{}, forms.Filled{}, err
	}
	before := d.clone()
	now, filled := f.FillIn(d.sheet(), fill, p.At, string(t.say))
	d.TouchedAt = p.At
	if now.Revision != before.Revision {
		t.goFrom(d)
		d.keep(now)
		d.broughtBy(before)
		t.c.Asked = slices.DeleteFunc(t.c.Asked, func(id string) bool { return id == draft })
		t.moveOn(f, d)
	}
	return t.c, d.sheet(), filled, nil
}

// Send files the request. It has been filed when the form was sent before, here or in the chat.
func (p Page) Send(c Conversation, draft string, revision int) (Conversation, []Effect, error) {
	t := p.turn(c)
	if e, ok := t.c.Ending(draft); ok && e.Sent {
		return t.c, nil, nil
	}
	d, f, err := t.sheetOf(draft)
	switch {
	case err != nil:
		return c, nil, err
	case d.Revision != revision:
		return c, nil, fault.New(fault.Conflict, "แบบคำขอนี้มีการแก้ไขจากที่อื่นหลังจากเปิดหน้านี้ กรุณาตรวจคำตอบอีกครั้งก่อนส่ง")
	}
	d.keep(f.Closed(d.sheet(), p.At))
	if missing := t.missing(f, d); len(missing) > 0 {
		return c, nil, fault.Newf(fault.Invalid, "ยังส่งไม่ได้ เพราะยังไม่ได้ตอบ: {labels}", "labels", strings.Join(missing, ", "))
	}
	t.do(Submit{Draft: d.ID, Form: f.Key, Version: f.Version, Answers: f.Asked(d.Answers), Sources: d.Sources})
	t.end(draft, true)
	return t.c, t.effects, nil
}

// Drop gives a form up. One that was given up stays so.
func (p Page) Drop(c Conversation, draft string) (Conversation, error) {
	t := p.turn(c)
	if e, ok := t.c.Ending(draft); ok && !e.Sent {
		return t.c, nil
	}
	if t.draft(draft) == nil {
		return c, t.c.Gone(draft)
	}
	t.end(draft, false)
	return t.c, nil
}

// Take brings the forms of another conversation into this one, where the page goes on with them. One of a service
// whose form is open here too stands beside it.
func (c Conversation) Take(from Conversation) (into, left Conversation) {
	c, from = c.clone(), from.clone()
	from.putAside()
	open := c.Draft
	for _, d := range from.Kept {
		c.Draft = &d
		c.putAside()
	}
	c.Draft = open
	for _, n := range from.Noticed {
		if !slices.Contains(c.Noticed, n) {
			c.Noticed = append(c.Noticed, n)
		}
	}
	for _, e := range from.Ended {
		c.note(e)
	}
	from.Kept, from.Ended, from.Mode = nil, nil, Plain
	return c, from
}

// turn is what is done on a page, as a step of the conversation.
func (p Page) turn(c Conversation) *turn {
	c, _ = c.Expire(p.At)
	c.Version = stateVersion
	return &turn{c: c, m: Message{At: p.At}, w: p.World, say: Tongue(p.Lang)}
}

// draft returns a form of the conversation that is not sent; nil when there is none of that number.
func (t *turn) draft(id string) *Draft {
	if d := t.c.Draft; d != nil && d.ID == id {
		return d
	}
	if i := slices.IndexFunc(t.c.Kept, func(d Draft) bool { return d.ID == id }); i >= 0 {
		return &t.c.Kept[i]
	}
	return nil
}

// sheetOf returns a form of the conversation with its questions, as they are today.
func (t *turn) sheetOf(id string) (*Draft, *forms.Form, error) {
	d := t.draft(id)
	if d == nil {
		return nil, nil, t.c.Gone(id)
	}
	f := t.formOf(*d)
	if f == nil {
		return nil, nil, errNoService()
	}
	d.Version = f.Version
	return d, f, nil
}

// goFrom remembers where the chat was: what comes next is no answer to another question than the one it asked.
func (t *turn) goFrom(d *Draft) {
	if t.c.Draft != d {
		return
	}
	t.c.Mode = Plain
	if d.Left == nil {
		d.Left = &Left{Field: d.Field}
	}
}

// fromPage takes up the chat where a page has brought its form. What the person says first may be meant for a question
// that is answered meanwhile: words are held, and the question is put as it stands now.
func (t *turn) fromPage() bool {
	d := t.c.Draft
	if d == nil || d.Left == nil || d.Left.Field == d.Field && d.Field != "" {
		return false
	}
	switch t.m.Kind {
	case Text:
		c := commandOf(t.m.Text)
		if slices.Contains([]command{menuCommand, trackCommand, humanCommand, permitsCommand, unlinkCommand, thaiCommand, engCommand, cancelCommand, parkCommand, freshCommand, webCommand}, c) {
			return false
		}
		if words := thai.Tidy(t.m.Text); c == noCommand && words != "" && !greeting(words) && !thanks(words) {
			t.hold(func(h *Held) { h.Text = words })
		}
	case Image, Video, Audio, File, Location, Sticker, Other:
	default:
		return false
	}
	f := t.formOf(*d)
	t.c.Mode = Plain
	t.touch()
	t.text(t.say.Say("page.back", "title", f.Title.In(string(t.say))))
	if t.m.Attachment != nil {
		t.text(t.say.Say("file.unused"))
	}
	t.ask(f)
	return true
}

// moveOn opens the first question of a form that still wants an answer.
func (t *turn) moveOn(f *forms.Form, d *Draft) {
	open := t.c.Draft
	t.c.Draft = d
	t.advance(f)
	t.c.Draft = open
}

// missing are the names of what must still be answered.
func (t *turn) missing(f *forms.Form, d *Draft) []string {
	var names []string
	for _, fl := range f.Open(d.Answers) {
		if a, ok := forms.Find(d.Answers, fl.Key); !fl.Optional && (!ok || !fl.Stands(a)) {
			names = append(names, fl.Label.In(string(t.say)))
		}
	}
	return names
}

// end notes that a form is no more.
func (t *turn) end(id string, sent bool) {
	if t.c.Draft != nil && t.c.Draft.ID == id {
		t.c.end(sent)
		t.c.Mode = Plain
		return
	}
	d := t.draft(id)
	t.c.note(Ending{Draft: id, Form: d.Form, Sent: sent})
	t.c.Kept = slices.DeleteFunc(t.c.Kept, func(d Draft) bool { return d.ID == id })
}

// sheet is the form as pages know it.
func (d Draft) sheet() forms.Draft {
	d = d.clone()
	return forms.Draft{
		ID: d.ID, Form: d.Form, Version: d.Version, Revision: d.Revision, Answers: d.Answers, Skipped: d.Skipped, Sources: d.Sources,
		StartedAt: d.StartedAt, TouchedAt: d.TouchedAt,
	}
}

// keep takes over what became of the form. What was read out of one message can be undone no more.
func (d *Draft) keep(s forms.Draft) {
	d.Answers, d.Skipped, d.Sources, d.Revision, d.Pasted = s.Answers, s.Skipped, s.Sources, s.Revision, nil
}

// UploadMessage is the identifier of the message by which a file counts as sent that came by a page.
func UploadMessage(file int64) string { return "upload " + strconv.FormatInt(file, 10) }

// broughtBy names the message that brought each file of an answer that was changed on a page.
func (d *Draft) broughtBy(before Draft) {
	from := map[int64]string{}
	for _, a := range before.Answers {
		for i, file := range a.Attachments {
			if ids := before.Sources[a.Field]; i < len(ids) {
				from[file] = ids[i]
			}
		}
	}
	for _, a := range d.Answers {
		if len(a.Attachments) == 0 || len(d.Sources[a.Field]) > 0 {
			continue
		}
		for _, file := range a.Attachments {
			message := from[file]
			if message == "" {
				message = UploadMessage(file)
			}
			d.Sources[a.Field] = append(d.Sources[a.Field], message)
		}
	}
}

func errNoService() error {
	return fault.New(fault.NotFound, "บริการนี้ไม่เปิดรับคำขอแล้ว กรุณาดูบริการอื่นของหน่วยงาน หรือติดต่อหน่วยงานโดยตรง")
}

// Gone says what became of a draft that is not there.
func (c Conversation) Gone(draft string) error {
	switch e, ok := c.Ending(draft); {
	case ok && e.Sent:
		return fault.New(fault.NotFound, "คำขอนี้ส่งแล้ว จึงแก้ไขไม่ได้อีก กรุณาดูความคืบหน้าที่หน้าติดตามเรื่อง")
	case ok:
		return fault.New(fault.NotFound, "แบบคำขอนี้ยกเลิกหรือหมดเวลาเก็บแล้ว กรุณาเริ่มใหม่จากหน้าบริการ")
	}
	return fault.New(fault.NotFound, "ไม่พบแบบคำขอนี้ อาจหมดเวลาเก็บ 30 วันแล้ว หรือเริ่มไว้ด้วยบัญชีอื่น กรุณาเข้าสู่ระบบด้วยบัญชีเดิม หรือเริ่มใหม่จากหน้าบริการ")
}
