package portal

import (
	"strconv"
	"strings"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
	"saphan/internal/words"
	"saphan/papers"
)

// waiting marks a value that still needs an official source.
func waiting() forms.Text {
	return forms.Text{TH: "รอหน่วยงานยืนยัน", EN: "to be confirmed by the agency"}
}

// onlyWhen says before a condition that something is of some requests.
func onlyWhen() forms.Text { return forms.Text{TH: "เฉพาะเมื่อ", EN: "Only when"} }

// teller says things of a manual in one language.
type teller struct {
	lang string
}

func (t teller) in(x forms.Text) string { return x.In(t.lang) }

// lines are texts, one a line, without the empty ones.
func (t teller) lines(all ...string) string {
	var kept []string
	for _, line := range all {
		if strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// when is a condition as a line of its own.
func (t teller) when(x forms.Text) string {
	if x == (forms.Text{}) {
		return ""
	}
	return t.in(onlyWhen()) + " " + t.in(x)
}

// marked adds the mark of what is not confirmed.
func (t teller) marked(text string, unconfirmed bool) string {
	if !unconfirmed || text == "" {
		return text
	}
	return text + " (" + t.in(waiting()) + ")"
}

// appeal says what can be done against a refusal, to whom and within what time.
func (t teller) appeal(a manualAppeal) string {
	to := words.Fill(words.In(t.lang, "ยื่นต่อ{body} ภายใน {days} วัน", "To: {body}, within {days} days"), "body", t.in(a.Body), "days", strconv.Itoa(a.Days))
	return t.marked(t.lines(t.in(a.Text), to), a.Unconfirmed)
}

func (t teller) day(d forms.Day) string {
	if t.lang == words.Thai {
		return thai.LongDate(noon(d.Time))
	}
	return d.Format("2 January 2006")
}

// from says from when until when something holds.
func (t teller) from(from, until forms.Day) string {
	switch {
	case from.IsZero() && until.IsZero():
		return ""
	case until.IsZero():
		return words.In(t.lang, "ใช้ตั้งแต่วันที่", "In force from") + " " + t.day(from)
	case from.IsZero():
		return words.In(t.lang, "ใช้ถึงวันที่", "In force until") + " " + t.day(until)
	default:
		return words.In(t.lang, "ใช้ตั้งแต่วันที่", "In force from") + " " + t.day(from) + " – " + t.day(until)
	}
}

// paper is the manual to be drawn as a PDF, as of a day.
func (m manual) paper(lang string, now time.Time) papers.Manual {
	t := teller{lang: lang}
	others, whole := split(m.Clocks)
	y, month, d := now.In(thai.Bangkok()).Date()
	paper := papers.Manual{
		Lang: lang, Title: t.in(m.Title), Agency: papers.Agency{Name: m.Agency.Name, Address: m.Agency.Address, Phone: m.Agency.Phone}, Version: m.Version,
		FormCode: m.FormCode, Summary: t.in(m.Summary), Who: m.who(t), Fee: t.in(m.Fee.Says), FeeNote: m.feeNote(t),
		Total: t.in(whole.Says), TotalLaw: m.times(t, others, whole), Appeal: t.appeal(m.Appeal),
		Privacy: paragraphs(t.in(m.Notice.Text)), URL: m.Address, MadeAt: time.Date(y, month, d, 0, 0, 0, 0, thai.Bangkok()), // all day the same
	}
	if m.Since != nil {
		paper.EffectiveOn = *m.Since
	}
	if m.Fee.Free {
		paper.Fee = ""
	}
	for _, l := range m.Legal {
		paper.Legal = append(paper.Legal, t.in(l))
	}
	for _, c := range m.Channels {
		paper.Channels = append(paper.Channels, papers.Channel{Name: t.in(c.Name), Detail: t.in(c.At), Hours: t.in(c.Hours)})
	}
	for _, d := range m.Documents {
		paper.Documents = append(paper.Documents, papers.ManualDocument{
			Name: t.in(d.Name), Issuer: t.in(d.Issuer), Fetched: d.Fetched, Note: t.lines(t.when(d.When), optional(t, d), t.in(d.Help), t.in(d.Reuse)),
		})
	}
	paper.Fees = m.fees(t)
	for _, s := range m.Steps {
		step := papers.ManualStep{Name: t.lines(t.in(s.Text), t.when(s.When)), By: t.in(s.Who)}
		if s.Days > 0 {
			step.Days = t.in(daysOf(s.Days, forms.CalendarDays))
		}
		paper.Steps = append(paper.Steps, step)
	}
	paper.Decisions = []string{words.In(lang, "แจ้งผลเป็นหนังสือ หากไม่อนุญาตจะบอกข้อเท็จจริง ข้อกฎหมาย และเหตุผล ซึ่งอาจเป็นดังนี้", "You are told in writing. A refusal names the facts, the law and the reasons, which may be these:")}
	for _, r := range m.Reasons {
		paper.Decisions = append(paper.Decisions, t.marked(t.lines(t.in(r.Text)+" – "+t.in(r.Law), t.when(r.When)), r.Unconfirmed))
	}
	for _, o := range m.Outcomes {
		what := t.in(o.Title)
		if o.FormCode != "" {
			what += " (" + o.FormCode + ")"
		}
		if o.Valid != (forms.Text{}) {
			what += " " + t.in(o.Valid)
		}
		paper.Outcome = append(paper.Outcome, t.marked(t.lines(what, t.when(o.When)), o.Unconfirmed))
	}
	for _, c := range m.Complain {
		paper.Contact = append(paper.Contact, t.in(c))
	}
	return paper
}

func optional(t teller, d manualDocument) string {
	if d.Optional && !d.Fetched {
		return words.In(t.lang, "มีหรือไม่มีก็ได้", "If you have it")
	}
	return ""
}

// who is who may ask, and on which conditions.
func (m manual) who(t teller) []string {
	all := []string{t.in(m.Identity.Name) + " – " + t.in(m.Identity.Reason)}
	if m.InPerson != nil {
		all = append(all, t.in(m.InPerson.Text)+" ("+t.in(m.InPerson.Law)+")")
	}
	var conditions []string
	for _, o := range m.Outcomes {
		for _, c := range o.Conditions {
			if line := t.in(c); !contains(conditions, line) {
				conditions = append(conditions, line)
			}
		}
	}
	return append(all, conditions...)
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// times are the law of the time of most requests, and the other times there are.
func (m manual) times(t teller, others []manualClock, whole manualClock) string {
	all := []string{t.marked(t.in(whole.Law), whole.Unconfirmed), t.in(whole.Extend)}
	for _, c := range others {
		line := t.in(c.Name) + ": " + t.in(c.Says)
		if c.When != (forms.Text{}) {
			line += " – " + t.when(c.When)
		}
		all = append(all, t.marked(line+" ("+t.in(c.Law)+")", c.Unconfirmed))
	}
	return t.lines(all...)
}

// fees are the rates of the tables, those in force first.
func (m manual) fees(t teller) []papers.ManualFee {
	var all []papers.ManualFee
	for _, table := range m.Fee.Tables {
		for i, r := range table.Rows {
			fee := papers.ManualFee{About: t.in(r.Label), Amount: words.In(t.lang, "{n} บาท", "{n} baht")}
			fee.Amount = strings.Replace(fee.Amount, "{n}", r.Amount(), 1)
			if len(m.Fee.Tables) > 1 {
				fee.About = t.in(table.About) + ": " + fee.About
			}
			if i == 0 { // said once for the whole table
				fee.Note = t.marked(t.lines(t.in(table.Law), t.from(table.From, table.Until)), table.Unconfirmed)
			}
			all = append(all, fee)
		}
	}
	return all
}

// feeNote is what the amount depends on: the lines of the bill and what is waived.
func (m manual) feeNote(t teller) string {
	all := []string{t.in(m.Fee.Note)}
	if m.Fee.Note.TH == m.Fee.Says.TH {
		all = nil // said already
	}
	for _, l := range m.Fee.Lines {
		if l.When != (forms.Text{}) {
			all = append(all, t.marked(t.in(l.Label)+" – "+t.when(l.When), l.Unconfirmed))
		}
	}
	for _, w := range m.Fee.Waivers {
		line := t.in(w.Text)
		if w.Percent < 100 {
			line += " " + strconv.Itoa(w.Percent) + "%"
		}
		all = append(all, t.lines(line+" ("+t.in(w.Law)+")", t.when(w.When), t.from(w.From, w.Until)))
	}
	return t.lines(all...)
}

// paragraphs are the parts of a text that blank lines set apart.
func paragraphs(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, "\n\n") {
		if part = strings.Join(strings.Fields(part), " "); part != "" {
			all = append(all, part)
		}
	}
	return all
}
