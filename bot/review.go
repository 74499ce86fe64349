package bot

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/thai"
)

// How a summary is spread over cards. A card of a channel holds 30 KB and a row of cards 50 KB (line.md
// 2.11); a line of it weighs what lineWeight says.
const (
	maxRow      = 120 // letters of an answer that the summary shows
	oneCard     = 20_000
	eachCard    = 10_500
	reviewCards = 4 // in a row; the rest is on further pages
)

// lineWeight is about how many bytes a line takes when it is drawn.
func lineWeight(r Row) int {
	if r.Head {
		return 350 + len(r.Label)*2 + len(r.Edit)
	}
	return 520 + len(r.Label)*3 + len(r.Value) + len(r.Edit) + 2*len(r.EditWord)
}

// review shows all answers before they are sent: on one card, or, when they are many, on several in a row
// and then one to send them with.
func (t *turn) review(f *forms.Form, page int) {
	lang := string(t.say)
	rows, closing := t.reviewRows(f), t.reviewClosing(f)
	end := Card{
		Alt: t.say.Say("review.alt", "title", f.Title.In(lang)), Tone: "plain",
		Label: t.say.Say("review.label"), Title: f.Title.In(lang), Body: t.say.Say("review.body"),
	}
	var next []Choice
	if weightOf(rows)+weightOf(closing) <= oneCard {
		end.Rows = slices.Concat(rows, closing)
	} else {
		next = t.reviewPage(f, rows, page)
		end.Rows, end.Body = closing, t.say.Say("review.whole")
	}
	t.sendCard(f, end, next)
}

// reviewPage shows a row of cards with answers, and returns the way to those that follow.
func (t *turn) reviewPage(f *forms.Form, rows []Row, page int) []Choice {
	cards := spread(rows)
	some, at, last := pageOf(cards, page, reviewCards)
	carousel := Card{Alt: t.say.Say("review.alt", "title", f.Title.In(string(t.say)))}
	for i, lines := range some {
		carousel.Cards = append(carousel.Cards, Card{
			Alt: carousel.Alt, Tone: "plain", Label: t.say.Say("review.page", "n", strconv.Itoa(at*reviewCards+i+1), "m", strconv.Itoa(len(cards))),
			Title: f.Short.In(string(t.say)), Rows: lines,
		})
	}
	t.card(carousel)
	if last {
		at = -1
	}
	if len(cards) <= reviewCards {
		return nil
	}
	return []Choice{tap(t.say.Say("choice.other_page", "n", strconv.Itoa(at+2)), data(verbRead, t.c.Draft.ID, strconv.Itoa(at+1)))}
}

// spread puts lines on as many cards as hold them. What stands under a heading stays together if it can, and
// a heading always stays with the line that follows.
func spread(rows []Row) [][]Row {
	var cards [][]Row
	weight := 0
	put := func(some []Row) {
		w := weightOf(some)
		if len(cards) == 0 || weight+w > eachCard {
			cards, weight = append(cards, nil), 0
		}
		cards[len(cards)-1], weight = append(cards[len(cards)-1], some...), weight+w
	}
	for i := 0; i < len(rows); {
		head := i
		for head < len(rows) && rows[head].Head {
			head++
		}
		end := min(head+1, len(rows))
		for end < len(rows) && !rows[end].Head {
			end++
		}
		if weightOf(rows[i:end]) > eachCard/2 {
			end = min(head+1, len(rows))
		}
		put(rows[i:end])
		i = end
	}
	return cards
}

func weightOf(rows []Row) (weight int) {
	for _, r := range rows {
		weight += lineWeight(r)
	}
	return weight
}

// reviewRows are the answers, each a line that can be changed, under the headings of the form's parts and
// the names of the things of a group.
func (t *turn) reviewRows(f *forms.Form) []Row {
	d, lang := t.c.Draft, string(t.say)
	var rows []Row
	part, things := "", ""
	for _, fl := range t.open(f) {
		if fl.Continues() {
			continue
		}
		if heading := section(f, fl.Key).In(lang); heading != part {
			part = heading
			rows = append(rows, Row{Head: true, Label: heading})
		}
		label := fl.Label.In(lang)
		if thing, ok := fl.Thing(); ok {
			name := thing.In(lang)
			if name != things {
				things = name
				rows = append(rows, t.thingHead(f, fl, name))
			}
			label = strings.TrimPrefix(label, name+" · ")
		}
		row := Row{Label: label, Value: t.say.Say("review.empty"), Edit: data(verbEdit, d.ID, fl.Key), EditWord: t.say.Say("review.edit")}
		if a, ok, stands := t.answered(fl); ok && stands {
			row.Value = thai.Clip(oneLine(t.shown(fl, a)), maxRow)
		}
		rows = append(rows, row)
	}
	return rows
}

// reviewClosing is what follows from the answers: computed values, and what the request costs.
func (t *turn) reviewClosing(f *forms.Form) []Row {
	var rows []Row
	for _, a := range f.Asked(t.c.Draft.Answers) {
		if a.Kind == forms.ComputedField {
			label, value := f.ComputedIn(a, string(t.say))
			rows = append(rows, Row{Label: label, Value: thai.Clip(oneLine(value), maxRow)})
		}
	}
	bill, err := f.Bill(t.c.Draft.Answers, forms.Dates{Filed: t.m.At})
	if errors.Is(err, forms.ErrNoBill) || len(bill.Lines) == 0 {
		return rows
	}
	for _, l := range bill.Lines {
		value := t.say.baht(l.Satang)
		if l.Waived != nil {
			value = t.say.Say("fee.waived", "baht", value, "why", l.Waived.Text.In(string(t.say)))
		}
		rows = append(rows, Row{Label: l.Label.In(string(t.say)), Value: thai.Clip(oneLine(value), maxRow)})
	}
	return rows
}

// sendCard is the last of the summary: what it costs, how long it takes, what sending declares.
func (t *turn) sendCard(f *forms.Form, card Card, next []Choice) {
	d, lang := t.c.Draft, string(t.say)
	send := data(verbSend, d.ID, strconv.Itoa(d.Revision))
	more := t.moreButtons(f)
	card.Buttons = append([]Choice{button("primary", t.say.Say("choice.send"), send)}, more...)
	fee := t.fee(f)
	if _, err := f.Bill(d.Answers, forms.Dates{Filed: t.m.At}); errors.Is(err, forms.ErrNoBill) && !f.Fee.Varies {
		fee = t.say.Say("fee.later")
	}
	notes := []string{t.say.Say("review.note", "fee", fee, "clock", t.clock(f))}
	if declares := f.Declares.In(lang); declares != "" {
		notes = append(notes, declares)
	}
	notes = append(notes, t.say.Say("review.notice"))
	card.Note = strings.Join(notes, "\n")
	ways := append([]Choice{tap(t.say.Say("choice.send"), send)}, next...)
	if t.undo {
		ways = append(ways, tap(t.say.Say("choice.undo"), data(verbUndo, d.ID, strconv.Itoa(d.Pasted.Revision))))
	}
	ways = append(ways, tap(t.say.Say("choice.back"), data(verbBack, d.ID, "")))
	if len(t.open(f)) >= longForm {
		ways = append(ways, tap(t.say.Say("choice.park"), data(verbPark, d.ID)))
		if t.w.Web {
			ways = append(ways, t.webChoice(*d))
		}
	}
	t.card(card, append(ways, t.humanChoice(), tap(t.say.Say("choice.cancel"), data(verbCancel, d.ID)))...)
}

// readOn shows another page of the summary.
func (t *turn) readOn(f *forms.Form, page string) {
	n, err := strconv.Atoi(page)
	if err != nil || n < 0 || t.c.Draft.Field != "" {
		t.old()
		return
	}
	t.c.Mode = Plain
	t.review(f, n)
}
