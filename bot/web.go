package bot

import (
	"time"

	"saphan/forms"
)

// longForm is how many questions make a form that is easier to fill in on a page.
const longForm = 12

// webChoice offers to go on in a browser.
func (t *turn) webChoice(d Draft) Choice { return tap(t.say.Say("choice.web"), data(verbWeb, d.ID)) }

// web asks for a link to the open form.
func (t *turn) web(f *forms.Form) {
	t.c.Mode = Plain
	if !t.w.Web {
		t.text(t.say.Say("web.none"))
		t.ask(f)
		return
	}
	t.touch()
	t.do(OpenWeb{Draft: t.c.Draft.ID, Form: f.Key})
}

// WebInfo is a link with which a form is gone on with in a browser.
type WebInfo struct {
	Form  *forms.Form
	Draft string
	URL   string    // works once
	Until time.Time // and until then
}

// WebCard brings the link, and leads back to the chat.
func WebCard(lang string, i WebInfo) Reply {
	say := Tongue(lang)
	title := i.Form.Title.In(lang)
	card := Card{
		Alt: say.Say("web.alt", "title", title), Tone: "plain", Label: say.Say("web.label"), Title: title, Body: say.Say("web.body"),
		Buttons: []Choice{link("primary", say.Say("choice.web"), i.URL)}, Note: say.Say("web.note", "until", say.dateTime(i.Until)),
	}
	return Reply{Card: &card, Choices: []Choice{
		tap(say.Say("choice.go_on_here"), data(verbGo, i.Draft)), tap(say.Say("choice.menu"), data(verbMenu)), tap(say.Say("choice.human"), data(verbHuman)),
	}}
}
