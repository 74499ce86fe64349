package bot

import (
	"slices"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// MinePage is one of a citizen's own pages.
type MinePage string

// The pages.
const (
	MineRequests  MinePage = "requests"
	MineDocuments MinePage = "documents"
	MineProfile   MinePage = "profile"
	MineReadings  MinePage = "readings" // who read what (PDP-8)
	MineData      MinePage = "data"     // the copy of all data (PDP-4)
	MineErasure   MinePage = "erasure"  // being forgotten (PDP-4)
)

// minePlace is where a page is, and the words that ask for it.
type minePlace struct {
	page  MinePage
	path  string
	words []string
}

// minePages lists them. Words count only as a whole message.
var minePages = []minePlace{
	{MineRequests, "/me", []string{"หน้าของฉัน", "หน้าฉัน", "เปิดหน้าของฉัน", "my page", "my account"}},
	{MineDocuments, "/me/documents", []string{"เอกสารของฉัน", "คลังเอกสารของฉัน", "my documents"}},
	{MineProfile, "/me/profile", []string{"ข้อมูลของฉัน", "ดูข้อมูลของฉัน", "my data", "my profile"}},
	{MineReadings, "/me/readings", []string{
		"ใครดูข้อมูลฉัน", "ใครดูข้อมูลของฉัน", "ใครเปิดดูข้อมูลฉัน", "ใครเปิดดูข้อมูลของฉัน", "ใครเปิดอ่านข้อมูลฉัน", "ใครเปิดอ่านข้อมูลของฉัน", "who read my data", "who read my file",
	}},
	{MineData, "/me/data", []string{
		"ขอสำเนาข้อมูล", "ขอสำเนาข้อมูลของฉัน", "ดาวน์โหลดข้อมูลของฉัน", "ขอข้อมูลของฉัน", "export my data", "copy of my data", "download my data",
	}},
	{MineErasure, "/me/delete", []string{"ลบข้อมูล", "ลบข้อมูลฉัน", "ลบข้อมูลของฉัน", "ลบบัญชี", "ลบบัญชีของฉัน", "delete my data", "erase my data", "delete my account"}},
}

// personalForm is the service by which people use their rights as those whose data it is (PDP-4).
const personalForm forms.Key = "personal-data"

// Path is the page's address on the portal.
func (p MinePage) Path() string {
	for _, m := range minePages {
		if m.page == p {
			return m.path
		}
	}
	return minePages[0].path
}

// minePageOf is the page that words ask for.
func minePageOf(said string) (MinePage, bool) {
	if len(said) > longestCommand {
		return "", false
	}
	key := thai.Key(said)
	for _, m := range minePages {
		if slices.Contains(m.words, key) {
			return m.page, true
		}
	}
	return "", false
}

// mineData is the button data that opens one of the pages.
func mineData(p MinePage) string { return data(verbMine, string(p)) }

func (t *turn) mineChoice() Choice { return tap(t.say.Say("choice.mine"), mineData(MineRequests)) }

// saidMine takes words that ask for a page of the citizen's own. Where words are for an officer, or answer a
// question in somebody's own words, only those that name the page itself do: "ลบข้อมูลของฉัน" is meant for them.
func (t *turn) saidMine() bool {
	page, ok := minePageOf(t.m.Text)
	if !ok || page != MineRequests && t.wordsWaitedFor() {
		return false
	}
	t.mine(page)
	return true
}

// wordsWaitedFor reports whether any words at all would be taken as they are: by an officer, or as an answer.
func (t *turn) wordsWaitedFor() bool {
	d := t.c.Draft
	if d == nil {
		return t.c.Mode == Human || t.talking()
	}
	fl, asking := t.field(t.formOf(*d), d.Field)
	return asking && fl.Kind == forms.TextField
}

// mine asks for a link to one of the citizen's own pages.
func (t *turn) mine(page MinePage) {
	if t.w.BaseURL == "" {
		t.text(t.say.Say("mine.none"), t.humanChoice(), t.menuChoice())
		return
	}
	t.do(OpenMine{Page: page})
}

// mineTapped takes a tap on a button of one of the pages.
func (t *turn) mineTapped(page MinePage) {
	if !slices.ContainsFunc(minePages, func(m minePlace) bool { return m.page == page }) {
		t.old()
		return
	}
	t.mine(page)
}

// MineInfo is a link to one of a citizen's own pages.
type MineInfo struct {
	Page  MinePage
	URL   string    // works once
	Until time.Time // and until then
	Draft string    // the form that is open in the chat; may be empty
}

// MineCard brings the link.
func MineCard(lang string, i MineInfo) Reply {
	say := Tongue(lang)
	title, body := say.mine(i.Page)
	card := Card{
		Alt: title, Tone: "plain", Label: say.Say("mine.label"), Title: title, Body: body,
		Buttons: []Choice{link("primary", say.Say("choice.open_mine"), i.URL)}, Note: say.Say("web.note", "until", say.dateTime(i.Until)),
	}
	choices := []Choice{tap(say.Say("choice.track"), data(verbTrack)), tap(say.Say("choice.menu"), data(verbMenu)), tap(say.Say("choice.human"), data(verbHuman))}
	if i.Draft != "" {
		choices = append([]Choice{tap(say.Say("choice.go_on"), data(verbGo, i.Draft))}, choices...)
	}
	return Reply{Card: &card, Choices: choices}
}

// mine says what one of the pages is about.
func (t Tongue) mine(p MinePage) (title, body string) {
	switch p {
	case MineDocuments:
		return t.Say("mine.documents"), t.Say("mine.documents.body")
	case MineProfile:
		return t.Say("mine.profile"), t.Say("mine.profile.body")
	case MineReadings:
		return t.Say("mine.readings"), t.Say("mine.readings.body")
	case MineData:
		return t.Say("mine.data"), t.Say("mine.data.body")
	case MineErasure:
		return t.Say("mine.erasure"), t.Say("mine.erasure.body")
	case MineRequests:
	}
	return t.Say("mine.requests"), t.Say("mine.requests.body")
}
