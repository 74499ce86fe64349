package portal

import (
	"strings"

	"saphan/forms"
	"saphan/internal/words"
	"saphan/papers"
)

// card is the step card of the manual (SEED-16).
func (m manual) card(lang string) papers.StepCard {
	t := teller{lang: lang}
	_, whole := split(m.Clocks)
	card := papers.StepCard{
		Lang: lang, Agency: m.Agency.Name, Title: t.in(m.Title), Summary: t.in(m.Summary), Days: t.in(whole.Says),
		DaysNote: words.In(lang, "นับแต่ได้รับคำขอครบถ้วน", "once everything is there"), Foot: m.foot(t),
		Where: m.where(t), WhereNote: words.In(lang, "ตลอด 24 ชั่วโมง", "day and night"),
	}
	if len(m.Channels) == 1 { // the office alone
		card.WhereNote = m.Agency.Opens + "–" + m.Agency.Closes
	}
	if !m.Fee.Free {
		card.Fee = t.in(m.Fee.Says)
	}
	for _, s := range m.Steps {
		step := papers.CardStep{Name: t.in(s.Text), Note: t.in(s.Who), Icon: stepIcon(s.Text.TH)}
		if s.When != (forms.Text{}) {
			step.Note = strings.Trim(step.Note+" · "+t.when(s.When), " ·")
		}
		if s.Days > 0 {
			step.Days = t.in(daysOf(s.Days, forms.CalendarDays))
		}
		card.Steps = append(card.Steps, step)
	}
	for _, d := range m.Documents {
		card.Documents = append(card.Documents, papers.CardDocument{Name: t.in(d.Name), Icon: documentIcon(d.Name.TH), Fetched: d.Fetched})
	}
	return card
}

// where says in a few words where it can be asked for.
func (m manual) where(t teller) string {
	kinds := map[string]bool{}
	for _, c := range m.Channels {
		kinds[c.Kind] = true
	}
	switch {
	case kinds["line"] && kinds["web"]:
		return words.In(t.lang, "LINE หรือเว็บไซต์", "LINE or the web")
	case kinds["line"]:
		return "LINE"
	case kinds["web"]:
		return words.In(t.lang, "เว็บไซต์", "The web")
	default:
		return words.In(t.lang, "ที่ทำการ", "In person")
	}
}

// foot is the small print: by which law, and which edition this is.
func (m manual) foot(t teller) string {
	var parts []string
	if len(m.Legal) > 0 {
		parts = append(parts, t.in(m.Legal[0]))
	}
	edition := counted("คู่มือสำหรับประชาชน ฉบับที่ {n}", "Citizen manual, version {n}", m.Version)
	return strings.Join(append(parts, t.in(edition)), " · ")
}

// icons are the pictures for what Thai words of steps and documents speak of; the first that occurs counts.
type iconWord struct{ word, icon string }

// stepIcons are compared with what services say, in Thai only.
var stepIcons = []iconWord{
	{"ชำระ", "banknote"}, {"ตรวจสถานที่", "map-pinned"}, {"ลงพื้นที่", "map-pinned"}, {"ออกใบรับ", "receipt-text"}, {"ลงทะเบียน", "inbox"}, {"รับเรื่อง", "inbox"}, {"รับแจ้ง", "inbox"},
	{"ทะเบียน", "book-open"}, {"คำสั่ง", "stamp"}, {"พิจารณา", "scale"}, {"อนุญาต", "stamp"}, {"ความเห็น", "message-circle"}, {"แบบแปลน", "ruler"}, {"ผังเมือง", "map"}, {"ซ่อม", "hard-hat"},
	{"แก้ไข", "hard-hat"}, {"จัดถัง", "hard-hat"}, {"ส่งต่อ", "users"}, {"แจ้งผล", "bell"}, {"ตอบ", "message-circle"}, {"ค้น", "search-check"}, {"ตรวจ", "clipboard-check"}, {"ออก", "badge-check"},
}

// documentIcons are compared with what services say, in Thai only.
var documentIcons = []iconWord{
	{"บัตร", "id-card"}, {"นิติบุคคล", "building-2"}, {"แผนที่", "map-pinned"}, {"แบบแปลน", "ruler"}, {"แผนผัง", "ruler"}, {"รูป", "camera"}, {"ภาพ", "camera"}, {"มอบอำนาจ", "signature"}, {"ยินยอม", "signature"},
	{"สัญญา", "signature"}, {"สิทธิ", "signature"}, {"โฉนด", "landmark"}, {"ทะเบียนบ้าน", "house"}, {"อบรม", "graduation-cap"}, {"ใบอนุญาต", "award"}, {"คำนวณ", "list-checks"}, {"บัญชี", "banknote"},
}

func stepIcon(text string) string     { return iconOf(stepIcons, text) }
func documentIcon(text string) string { return iconOf(documentIcons, text) }

// iconOf is the icon of the first word that occurs; none: the card has its own.
func iconOf(all []iconWord, text string) string {
	for _, i := range all {
		if strings.Contains(text, i.word) {
			return i.icon
		}
	}
	return ""
}
