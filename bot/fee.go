package bot

import (
	"fmt"
	"strings"
	"time"

	"saphan/internal/thai"
)

// SlipWant is the document that a citizen is asked for while a fee is due: the n-th slip of a charge.
func SlipWant(lang string, charge int64, n int) Want {
	return Want{Item: slipItem(charge, n), Label: Tongue(lang).Say("charge.slip")}
}

// slipItem names a slip that is waited for. After one was refused, the next is another document.
func slipItem(charge int64, n int) string { return fmt.Sprintf("slip %d.%d", charge, n) }

// SlipOf returns the charge whose slip a wanted document is; ok is false when it is no slip.
func SlipOf(item string) (charge int64, ok bool) {
	var n int
	_, err := fmt.Sscanf(item, "slip %d.%d", &charge, &n)
	return charge, err == nil && item == slipItem(charge, n)
}

// FeeNews says why a citizen hears of a fee.
type FeeNews string

// What can be new about a fee.
const (
	FeeGranted FeeNews = "granted" // it is due, and what was granted comes when it is paid
	FeeDue     FeeNews = "due"     // it is due; the result is there already
	FeeSoon    FeeNews = "soon"    // its last day is near
	FeeChanged FeeNews = "changed" // another amount or another last day
	FeeRefused FeeNews = "refused" // the slip is no proof
)

// FeeLine is one line of what is due.
type FeeLine struct {
	Label  string
	Satang int64
}

// FeeInfo is a fee that is to be paid.
type FeeInfo struct {
	News    FeeNews
	Ticket  int64
	Number  string // of the case
	Service string // what it is for
	Agency  string
	Lines   []FeeLine
	Satang  int64
	LastDay time.Time // zero: no law sets one
	Law     string    // what follows when it is not paid
	Counter string    // where money is taken by hand; may be empty
	Code    bool      // there is a PromptPay code
	PayURL  string    // page with the code, the account and what is due
	Charge  int64
	Slip    int    // the how-manieth slip would come now
	Why     string // of a change or a refusal
}

// FeeCard says what is to be paid, until when and how.
func FeeCard(lang string, f FeeInfo) Reply {
	say := Tongue(lang)
	amount := say.baht(f.Satang)
	card := Card{
		Alt: say.Say("charge.alt", "amount", amount, "number", f.Number), Tone: "plain", Title: amount, Subtitle: f.Service, Label: say.Say("charge.label"),
	}
	switch f.News {
	case FeeGranted:
		card.Body = say.Say("charge.granted")
	case FeeDue:
		card.Body = say.Say("charge.for_result")
	case FeeSoon:
		card.Tone, card.Label = "warn", say.Say("charge.remind_label")
	case FeeChanged:
		card.Tone, card.Label = "warn", say.Say("charge.changed_label")
	case FeeRefused:
		card.Tone, card.Label = "warn", say.Say("charge.refused_label")
	}
	card.row(say.Say("charge.wrong"), f.Why)
	card.row(say.Say("decision.case"), f.Number)
	for _, l := range f.Lines {
		if len(f.Lines) > 1 {
			card.row(l.Label, say.baht(l.Satang))
		}
	}
	if !f.LastDay.IsZero() {
		card.row(say.Say("charge.due"), say.date(f.LastDay))
	}
	card.row(say.Say("charge.law"), f.Law)
	card.row(say.Say("charge.counter"), f.Counter)
	card.row(say.Say("receipt.agency"), f.Agency)
	open := say.Say("choice.pay_info")
	card.Note = say.Say("charge.note_counter")
	if f.Code {
		open, card.Note = say.Say("choice.pay"), say.Say("charge.note")
	}
	slip := tap(say.Say("choice.slip"), data(verbSupply, number(f.Ticket), slipItem(f.Charge, f.Slip)))
	inCard := slip
	inCard.Style = "secondary"
	card.Buttons = []Choice{link("primary", open, f.PayURL), inCard, button("link", say.Say("choice.talk"), TalkData(f.Ticket))}
	return Reply{Card: &card, Choices: append([]Choice{slip}, say.ways()...)}
}

// PaidInfo is a receipt of money.
type PaidInfo struct {
	Number  string // of the receipt, with its book
	Case    string
	About   string
	Agency  string
	Satang  int64
	PaidAt  time.Time
	OpenURL string // the document
}

// PaidCard brings the receipt of money.
func PaidCard(lang string, p PaidInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Alt: say.Say("charge.paid_alt", "number", p.Number), Tone: "good", Label: say.Say("charge.paid_label"), Title: say.baht(p.Satang), Subtitle: p.About,
		Buttons: []Choice{link("primary", say.Say("choice.fee_receipt"), p.OpenURL)},
	}
	card.row(say.Say("charge.receipt"), p.Number)
	card.row(say.Say("decision.case"), p.Case)
	card.row(say.Say("decision.at"), say.date(p.PaidAt))
	card.row(say.Say("receipt.agency"), p.Agency)
	return Reply{Card: &card, Choices: say.ways()}
}

// FeeEnd is a fee that needs not or cannot be paid any more.
type FeeEnd struct {
	Number  string // of the case
	Service string
	Agency  string
	Phone   string
	Satang  int64
	LastDay time.Time
	Reason  string
	Law     string
}

// FeeWaivedCard says that a fee was taken off, why and by what law.
func FeeWaivedCard(lang string, f FeeEnd) Reply {
	say := Tongue(lang)
	return NoticeCard(lang, f.Number, f.Service, say.Say("charge.waived", "amount", say.baht(f.Satang), "reason", f.Reason, "law", f.Law))
}

// FeeLapsedCard says that the time to pay is over, what follows from that by law, and whom to ask.
func FeeLapsedCard(lang string, f FeeEnd) Reply {
	say := Tongue(lang)
	words := say.Say("charge.lapsed", "amount", say.baht(f.Satang), "date", say.date(f.LastDay), "law", f.Law, "agency", f.Agency, "phone", f.Phone)
	return NoticeCard(lang, f.Number, f.Service, strings.ReplaceAll(words, "\n\n", "\n"))
}

// baht is an amount of money in the language.
func (t Tongue) baht(satang int64) string {
	return t.Say("charge.baht", "n", strings.TrimSuffix(thai.Baht(satang), " บาท"))
}
