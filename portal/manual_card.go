package portal

import (
	"slices"
	"strings"

	"saphan/agencies"
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
		card.WhereNote = t.in(hoursShort(agencies.Hours(m.Agency.Hours)))
	}
	if !m.Fee.Free {
		card.Fee = t.in(m.Fee.Says)
	}
	for _, s := range m.Steps {
		step := papers.CardStep{Name: t.in(s.Text), Note: t.in(s.Who), Icon: papers.StepIcon(s.Text.TH)}
		if s.When != (forms.Text{}) {
			step.Note = strings.Trim(step.Note+" · "+t.when(s.When), " ·")
		}
		if s.Days > 0 {
			step.Days = t.in(daysOf(s.Days, forms.CalendarDays))
		}
		card.Steps = append(card.Steps, step)
	}
	for _, d := range m.Documents {
		drawn := papers.CardDocument{Name: t.in(d.Name), Icon: papers.DocumentIcon(d.Name.TH), Fetched: d.Fetched}
		if !slices.Contains(card.Documents, drawn) { // of two people: the card has no room to say of whom
			card.Documents = append(card.Documents, drawn)
		}
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
	edition := words.With("คู่มือสำหรับประชาชน ฉบับที่ {n}", "Citizen manual, version {n}", "n", m.Version)
	return strings.Join(append(parts, t.in(edition)), " · ")
}
