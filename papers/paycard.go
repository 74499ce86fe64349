package papers

import (
	"fmt"
	"strings"
	"time"

	"saphan/internal/draw"
	"saphan/internal/fault"
	"saphan/internal/lines"
	"saphan/internal/promptpay"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// PayCard is the picture by which a fee is paid from the chat: what for, how much, and the code that a bank's app reads.
type PayCard struct {
	Lang    string // of the card's own words; see Spoken
	Agency  string
	About   string // ค่าธรรมเนียมใบอนุญาต…
	Number  string // of the case, as people know it
	Account string // the name that the bank's app must show
	Until   time.Time
	Payment promptpay.Payment
}

type payWords struct{ name, amount, account, number, reference, until, check, scan, alt string }

func payWordsIn(lang string) payWords {
	say := words.Speaker(lang)
	return payWords{
		name:      say("ชำระด้วยพร้อมเพย์", "Pay by PromptPay"),
		amount:    say("จำนวนเงิน", "Amount"),
		account:   say("ชื่อบัญชี", "Account name"),
		number:    say("เรื่องเลขที่", "Case"),
		reference: say("เลขอ้างอิง", "Reference"),
		until:     say("ชำระภายใน", "Pay by"),
		check:     say("ตรวจชื่อบัญชีก่อนโอน", "Check the account name before you transfer"),
		scan:      say("บันทึกภาพนี้แล้วเปิดในแอปธนาคาร หรือสแกนด้วยอีกเครื่อง", "Save this picture and open it in your bank's app, or scan it"),
		alt:       say("ในภาพมีคิวอาร์โค้ดพร้อมเพย์", "The picture has a PromptPay QR code."),
	}
}

// clean makes every text fit to be drawn, and short enough for a card.
func (p PayCard) clean() PayCard {
	for _, v := range []*string{&p.Agency, &p.About, &p.Number, &p.Account} {
		*v = brief(*v, 160)
	}
	return p
}

// amount is what is to be paid, in digits, and in Thai in words.
func (p PayCard) amount() (digits, spelled string, err error) {
	if p.Payment.Satang <= 0 {
		return "", "", fault.New(fault.Invalid, "สร้างภาพชำระเงินไม่ได้ เพราะยังไม่มีจำนวนเงิน")
	}
	lang := Spoken(p.Lang)
	if lang != words.Thai {
		return words.With("{n} บาท", "{n} baht", "n", money(p.Payment.Satang)).In(lang), "", nil
	}
	spelled, err = thai.BahtWords(p.Payment.Satang)
	if err != nil {
		return "", "", fmt.Errorf("write the amount in words: %w", err)
	}
	return money(p.Payment.Satang) + " บาท", spelled, nil
}

// until is the last day to pay, in the card's language.
func (p PayCard) until() string { return dayIn(Spoken(p.Lang), p.Until) }

// rows are what stands beside the code for people.
func (p PayCard) rows(w payWords) []Row {
	var out []Row
	for _, r := range []Row{{w.account, p.Account}, {w.number, p.Number}, {w.reference, strings.TrimSpace(p.Payment.Ref1 + "  " + p.Payment.Ref2)}, {w.until, p.until()}} {
		if r.Value != "" {
			out = append(out, r)
		}
	}
	return out
}

// PNG draws the card, 1040 pixels wide.
func (p PayCard) PNG() ([]byte, error) {
	if err := need("ภาพชำระเงิน", "ชื่อหน่วยงาน", p.Agency, "รายการที่ชำระ", p.About); err != nil {
		return nil, err
	}
	digits, spelled, err := p.amount()
	if err != nil {
		return nil, err
	}
	text, err := p.Payment.Payload()
	if err != nil {
		return nil, err
	}
	p = p.clean()
	c, err := newCard(1, p.Agency, p.Account)
	if err != nil {
		return nil, err
	}
	w := payWordsIn(Spoken(p.Lang))
	return c.paint([]block{c.head(p.Agency, w.name, p.About), c.due(w, digits, spelled), c.code(w, text), c.pairs(p.rows(w)), c.warning(w.check)})
}

// due is the amount.
func (c card) due(w payWords, digits, words string) block {
	size := c.bold.Fit(digits, 84, cardRoom-60)
	var small []string
	if words != "" {
		small = c.medium.Wrap(c.words, "("+words+")", 32, cardRoom-80)
	}
	tall := 190 + 46*float64(len(small))
	return block{28 + tall, func(c card, y float64) error {
		c.raised(cardEdge, y+28, cardRoom, tall)
		c.middle(c.medium, []string{w.amount}, cardWidth/2, y+28+50, 30, 0, c.look.Faint)
		c.middle(c.bold, []string{digits}, cardWidth/2, y+28+142, size, 0, c.look.Brand)
		c.middle(c.medium, small, cardWidth/2, y+28+200, 32, 46, c.look.Ink)
		return nil
	}}
}

// code is the code on a white plate, and how to use it.
func (c card) code(w payWords, text string) block {
	const side = 640
	how := c.medium.Wrap(c.words, w.scan, 29, cardRoom-60)
	tall := side + 40 + 42*float64(len(how))
	return block{22 + tall, func(c card, y float64) error {
		c.raised(cardEdge, y+22, cardRoom, tall)
		if err := c.QR(text, box((cardWidth-side)/2, y+22+8, side, side)); err != nil {
			return fmt.Errorf("draw the payment code: %w", err)
		}
		c.middle(c.medium, how, cardWidth/2, y+22+side+36, 29, 42, c.look.Faint)
		return nil
	}}
}

// pairs are labels with their values below one another.
func (c card) pairs(rows []Row) block {
	const label, lead = 250.0, 50.0
	values, tall := make([][]string, len(rows)), 36.0
	for i, r := range rows {
		values[i] = c.bold.Wrap(c.words, lines.Clean(r.Value), 34, cardRoom-label-56)
		tall += lead*float64(len(values[i])) + 8
	}
	if len(rows) == 0 {
		return block{0, func(card, float64) error { return nil }}
	}
	return block{22 + tall, func(c card, y float64) error {
		c.raised(cardEdge, y+22, cardRoom, tall)
		at := y + 22 + 18 + 38
		for i, r := range rows {
			c.write(c.medium, []string{r.Label}, cardEdge+28, at, 30, 0, c.look.Faint)
			c.write(c.bold, values[i], cardEdge+28+label, at, 34, lead, c.look.Ink)
			at += lead*float64(len(values[i])) + 8
		}
		return nil
	}}
}

// warning is what to look at before the money is gone.
func (c card) warning(words string) block {
	const tall = 96.0
	size := c.bold.Fit(words, 38, cardRoom-150)
	return block{22 + tall + 30, func(c card, y float64) error {
		c.Plate(box(cardEdge, y+22, cardRoom, tall), 28, c.look.WarmSoft)
		wide := c.bold.Width(words, size) + 66
		x := (cardWidth - wide) / 2
		c.Write(c.bold, words, draw.At(x+66, y+22+tall/2+size*0.33), size, c.look.Warm)
		return c.Icon("eye", draw.At(x+24, y+22+tall/2), 48, 4.5, c.look.Warm)
	}}
}

// Alt is the card in words, for those who do not see it.
func (p PayCard) Alt() string {
	p = p.clean()
	w := payWordsIn(Spoken(p.Lang))
	digits, spelled, err := p.amount()
	if err != nil {
		digits, spelled = "", ""
	}
	parts := []string{w.name + " – " + p.Agency + ".", p.About + ".", w.amount + ": " + joined([2]string{"", digits}, [2]string{"", spelled}) + "."}
	for _, r := range p.rows(w) {
		parts = append(parts, r.Label+": "+r.Value+".")
	}
	return limited(append(parts, w.check+".", w.alt))
}
