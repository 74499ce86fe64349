package papers

import (
	"fmt"
	"strconv"

	"saphan/internal/draw"
	"saphan/internal/lines"
	"saphan/internal/words"
)

// StepCard is the illustrated card of a service (SEED-16): how it goes, how long it takes, what it costs and what is needed,
// on a picture that a phone shows at a glance.
type StepCard struct {
	Lang      string // of the card's own words; see Spoken
	Agency    string
	Title     string
	Summary   string // a line or two below the title
	Days      string // 30 วัน
	DaysNote  string // นับแต่เอกสารครบ
	Fee       string // 200 – 10,000 บาท; empty: free
	FeeNote   string // ต่อปี
	Where     string // ในแชตนี้
	WhereNote string // ตลอด 24 ชั่วโมง
	Steps     []CardStep
	Documents []CardDocument
	Foot      string // law and version, small
}

// CardStep is one step.
type CardStep struct {
	Name string
	Note string // who does it, what happens
	Days string // how long it may take
	Icon string // name of an icon; unknown: a tick
}

// CardDocument is a document that is needed.
type CardDocument struct {
	Name    string
	Icon    string // name of an icon; unknown: a sheet of paper
	Fetched bool   // the agency looks it up itself
}

// cardHigh is how high a card may be, in pixels.
const cardHigh = 2080

// stepWords are the words of the card itself.
type stepWords struct{ time, fee, free, where, steps, documents, fetched, more, none string }

func stepWordsIn(lang string) stepWords {
	say := words.Speaker(lang)
	return stepWords{
		time:      say("ใช้เวลา", "Takes"),
		fee:       say("ค่าธรรมเนียม", "Fee"),
		free:      say("ไม่เสียค่าใช้จ่าย", "Free"),
		where:     say("ยื่นได้", "Apply"),
		steps:     say("ขั้นตอน", "How it goes"),
		documents: say("เอกสารที่ใช้", "What you need"),
		fetched:   say("เราตรวจให้ ไม่ต้องส่ง", "We look it up"),
		more:      say("และอีก %d รายการในคู่มือ", "and %d more in the manual"),
		none:      say("ไม่ต้องใช้เอกสาร", "No documents are needed"),
	}
}

// PNG draws the card, 1040 pixels wide and no higher than 2080. A card with much on it is set smaller; what does not fit
// even then is counted, and stands in the manual.
func (s StepCard) PNG() ([]byte, error) {
	c, blocks, err := s.laid()
	if err != nil {
		return nil, err
	}
	return c.paint(blocks)
}

// High is how high the card is, in pixels: for pages that keep room for it.
func (s StepCard) High() (int, error) {
	_, blocks, err := s.laid()
	return high(blocks), err
}

// laid are the parts of the card as they fit on it.
func (s StepCard) laid() (c card, blocks []block, err error) {
	if err := need("ภาพขั้นตอน", "ชื่อบริการ", s.Title, "ชื่อหน่วยงาน", s.Agency); err != nil {
		return card{}, nil, err
	}
	s = s.clean()
	if c, err = newCard(1, s.Agency); err != nil {
		return card{}, nil, err
	}
	for _, c.scale = range []float64{1, 0.94, 0.88, 0.82} {
		if blocks = s.blocks(c, len(s.Steps), len(s.Documents)); high(blocks) <= cardHigh {
			return c, blocks, nil
		}
	}
	for steps, documents := len(s.Steps), len(s.Documents); high(blocks) > cardHigh && (steps > 1 || documents > 1); {
		if documents > 4 || steps <= 3 && documents > 1 {
			documents--
		} else {
			steps--
		}
		blocks = s.blocks(c, steps, documents)
	}
	return c, blocks, nil
}

// clean makes every text fit to be drawn, and short enough for a card.
func (s StepCard) clean() StepCard {
	s.Title = brief(s.Title, 140)
	for _, v := range []*string{&s.Agency, &s.Summary, &s.Days, &s.DaysNote, &s.Fee, &s.FeeNote, &s.Where, &s.WhereNote, &s.Foot} {
		*v = brief(*v, 220)
	}
	steps, documents := make([]CardStep, len(s.Steps)), make([]CardDocument, len(s.Documents))
	for i, st := range s.Steps {
		steps[i] = CardStep{brief(st.Name, 120), brief(st.Note, 120), brief(st.Days, 30), st.Icon}
	}
	for i, d := range s.Documents {
		documents[i] = CardDocument{brief(d.Name, 90), d.Icon, d.Fetched}
	}
	s.Steps, s.Documents = steps, documents
	return s
}

// brief is a text on one line, cut between letters and marked when it is longer than most.
func brief(text string, most int) string {
	text = lines.Clean(text)
	out := make([]rune, 0, most)
	for _, part := range lines.Letters(text) {
		if part == "\n" {
			part = " "
		}
		if len(out)+len([]rune(part)) > most {
			return string(out) + "…"
		}
		out = append(out, []rune(part)...)
	}
	return string(out)
}

// blocks are the parts of the card with as many steps and documents as are said.
func (s StepCard) blocks(c card, steps, documents int) []block {
	w := stepWordsIn(Spoken(s.Lang))
	fee := s.Fee
	if fee == "" {
		fee = w.free
	}
	out := []block{c.head(s.Agency, s.Title, s.Summary)}
	out = append(out, c.tiles([]tile{{"clock", w.time, s.Days, s.DaysNote}, {"banknote", w.fee, fee, s.FeeNote}, {"message-circle", w.where, s.Where, s.WhereNote}}))
	if len(s.Steps) > 0 {
		out = append(out, c.name(w.steps), c.steps(s.Steps[:steps], len(s.Steps)-steps, w))
	}
	out = append(out, c.name(w.documents), c.documents(s.Documents[:documents], len(s.Documents)-documents, w))
	return append(out, c.foot(s.Foot))
}

// tile is one of the facts below the head.
type tile struct{ icon, label, value, note string }

// tiles are facts beside each other; what has no value is left out.
func (c card) tiles(all []tile) block {
	var shown []tile
	for _, t := range all {
		if t.value != "" {
			shown = append(shown, t)
		}
	}
	const gap = 20.0
	wide := (cardRoom - gap*float64(len(shown)-1)) / float64(max(1, len(shown)))
	inside := wide - 24
	values, notes, most, mostNotes := make([][]string, len(shown)), make([][]string, len(shown)), 1, 0
	size := c.px(38)
	for _, t := range shown {
		if fit := c.bold.Fit(t.value, c.px(38), inside-2); fit >= c.px(29) {
			size = min(size, fit) // rather a little smaller than on two lines
		}
	}
	for i, t := range shown {
		values[i] = c.bold.Wrap(c.words, t.value, size, inside)
		most = max(most, len(values[i]))
		if t.note != "" {
			notes[i] = c.medium.Wrap(c.words, t.note, c.px(26), inside)
			mostNotes = max(mostNotes, len(notes[i]))
		}
	}
	valueLead, noteLead := c.px(52), c.px(38)
	tall := c.px(184) + valueLead*float64(most) + noteLead*float64(mostNotes)
	return block{28 + tall + 8, func(c card, y float64) error {
		for i, t := range shown {
			x := cardEdge + float64(i)*(wide+gap)
			c.raised(x, y+28, wide, tall)
			mid := x + wide/2
			at := draw.At(mid, y+28+c.px(66))
			c.Fill(draw.Disc(at, c.px(42)), c.look.BrandSoft)
			if err := c.Icon(t.icon, at, c.px(50), 4.5*c.scale, c.look.Brand); err != nil {
				return err
			}
			c.middle(c.medium, []string{t.label}, mid, y+28+c.px(147), c.px(27), 0, c.look.Faint)
			c.middle(c.bold, values[i], mid, y+28+c.px(204), size, valueLead, c.look.Ink)
			c.middle(c.medium, notes[i], mid, y+28+c.px(197)+valueLead*float64(len(values[i])), c.px(26), noteLead, c.look.Faint)
		}
		return nil
	}}
}

// raised is a white plate with a rim.
func (c card) raised(x, y, w, h float64) {
	c.Plate(box(x, y, w, h), 28, c.look.Line)
	c.Plate(box(x, y, w, h).Inset(2), 26, c.look.Surface)
}

// name is the heading of a part.
func (c card) name(words string) block {
	return block{c.px(84), func(c card, y float64) error {
		c.Write(c.bold, words, draw.At(cardEdge+4, y+c.px(60)), c.px(40), c.look.Brand)
		return nil
	}}
}

// icon is the name if there is such an icon, else another.
func icon(name, other string) string {
	if draw.HasIcon(name) {
		return name
	}
	return other
}

// steps are the steps below one another, joined by a line, on one plate.
func (c card) steps(all []CardStep, more int, w stepWords) block {
	const pad, disc = 28.0, 46.0
	textX := cardEdge + pad + 2*disc + 30
	type laid struct {
		names, notes []string
		pill, height float64
	}
	nameLead, noteLead := c.px(50), c.px(40)
	rows, tall := make([]laid, len(all)), 2*pad
	for i, st := range all {
		var l laid
		room := cardEdge + cardRoom - pad - textX
		if st.Days != "" {
			l.pill = c.medium.Width(st.Days, c.px(28)) + 44
			room -= l.pill + 16
		}
		l.names = c.bold.Wrap(c.words, st.Name, c.px(35), room)
		if st.Note != "" {
			l.notes = c.medium.Wrap(c.words, st.Note, c.px(28), room)
		}
		l.height = max(c.px(116), nameLead*float64(len(l.names))+noteLead*float64(len(l.notes))+c.px(26))
		rows[i], tall = l, tall+l.height
	}
	if more > 0 {
		tall += c.px(50)
	}
	return block{tall + 6, func(c card, y float64) error {
		c.raised(cardEdge, y, cardRoom, tall)
		at, x := y+pad, cardEdge+pad+disc
		var before float64
		for i, l := range rows {
			middle := at + l.height/2
			if i > 0 {
				c.Rect(box(x-3, before+disc, 6, middle-disc-before-disc), c.look.Line)
			}
			before = middle
			if err := c.step(i, all[i], x, middle, disc); err != nil {
				return err
			}
			first := middle - (nameLead*float64(len(l.names))+noteLead*float64(len(l.notes)))/2 + c.px(37)
			c.write(c.bold, l.names, textX, first, c.px(35), nameLead, c.look.Ink)
			c.write(c.medium, l.notes, textX, first+nameLead*float64(len(l.names))-c.px(7), c.px(28), noteLead, c.look.Faint)
			if l.pill > 0 {
				tall, edge := c.px(54), cardEdge+cardRoom-pad
				c.Plate(box(edge-l.pill, middle-tall/2, l.pill, tall), int(tall/2), c.look.BrandSoft)
				c.middle(c.medium, []string{all[i].Days}, edge-l.pill/2, middle+c.px(28)*0.33, c.px(28), 0, c.look.Brand)
			}
			at += l.height
		}
		if more > 0 {
			c.write(c.medium, []string{fmt.Sprintf(w.more, more)}, textX, at+c.px(26), c.px(27), 0, c.look.Faint)
		}
		return nil
	}}
}

// step is the sign of a step with its number.
func (c card) step(i int, st CardStep, x, y, disc float64) error {
	c.Fill(draw.Disc(draw.At(x, y), disc), c.look.BrandSoft)
	if err := c.Icon(icon(st.Icon, "circle-check"), draw.At(x, y), 52, 4.5, c.look.Brand); err != nil {
		return err
	}
	badge := draw.At(x-disc*0.72, y-disc*0.72)
	c.Fill(draw.Disc(badge, 21), c.look.Surface)
	c.Fill(draw.Disc(badge, 18), c.look.Brand)
	c.middle(c.bold, []string{strconv.Itoa(i + 1)}, badge.X, badge.Y+8.5, 24, 0, c.look.Surface)
	return nil
}

// documents are two beside each other, each with its icon; what the agency looks up itself is green.
func (c card) documents(all []CardDocument, more int, w stepWords) block {
	const gap, pad, disc = 16.0, 20.0, 40.0
	if len(all) == 0 {
		tall := c.px(104)
		return block{tall + 6, func(c card, y float64) error {
			c.raised(cardEdge, y, cardRoom, tall)
			c.Fill(draw.Disc(draw.At(cardEdge+pad+disc, y+tall/2), disc-4), c.look.GoodSoft)
			c.write(c.medium, []string{w.none}, cardEdge+2*pad+2*disc, y+tall/2+c.px(11), c.px(33), 0, c.look.Ink)
			return c.Icon("circle-check", draw.At(cardEdge+pad+disc, y+tall/2), 46, 4.5, c.look.Good)
		}}
	}
	wide := (cardRoom - gap) / 2
	textX := pad + 2*disc + 18
	lead, small := c.px(42), c.px(34)
	names := make([][]string, len(all))
	var heights []float64 // of the rows
	for i, d := range all {
		names[i] = c.medium.Wrap(c.words, d.Name, c.px(30), wide-textX-14)
		tall := lead*float64(len(names[i])) + c.px(34)
		if d.Fetched {
			tall += small
		}
		if i%2 == 0 {
			heights = append(heights, max(2*disc+24, tall))
		} else {
			heights[i/2] = max(heights[i/2], tall)
		}
	}
	total := -gap
	for _, h := range heights {
		total += h + gap
	}
	if more > 0 {
		total += c.px(52)
	}
	return block{total + 6, func(c card, y float64) error {
		at := y
		for i, d := range all {
			x, tall := cardEdge+float64(i%2)*(wide+gap), heights[i/2]
			if i%2 == 0 && i > 0 {
				at += heights[i/2-1] + gap
			}
			c.raised(x, at, wide, tall)
			soft, strong := c.look.BrandSoft, c.look.Brand
			body := lead * float64(len(names[i]))
			if d.Fetched {
				soft, strong = c.look.GoodSoft, c.look.Good
				body += small
			}
			mid := draw.At(x+pad+disc, at+tall/2)
			c.Fill(draw.Disc(mid, disc), soft)
			if err := c.Icon(icon(d.Icon, "file-text"), mid, 46, 4.2, strong); err != nil {
				return err
			}
			first := at + (tall-body)/2 + c.px(31)
			c.write(c.medium, names[i], x+textX, first, c.px(30), lead, c.look.Ink)
			if d.Fetched {
				c.write(c.medium, []string{w.fetched}, x+textX, first+lead*float64(len(names[i]))-c.px(5), c.px(26), 0, c.look.Good)
			}
		}
		if more > 0 {
			c.write(c.medium, []string{fmt.Sprintf(w.more, more)}, cardEdge+4, y+total-c.px(12), c.px(27), 0, c.look.Faint)
		}
		return nil
	}}
}

// foot is the small print.
func (c card) foot(words string) block {
	if words == "" {
		return block{30, func(card, float64) error { return nil }}
	}
	small := c.medium.Wrap(c.words, words, c.px(24), cardRoom-8)
	lead := c.px(36)
	return block{c.px(30) + lead*float64(len(small)) + 20, func(c card, y float64) error {
		c.write(c.medium, small, cardEdge+4, y+c.px(30)+c.px(22), c.px(24), lead, c.look.Faint)
		return nil
	}}
}

// Alt is the card in words, for those who do not see it.
func (s StepCard) Alt() string {
	s = s.clean()
	w := stepWordsIn(Spoken(s.Lang))
	fee := s.Fee
	if fee == "" {
		fee = w.free
	}
	fact := func(label, value, note string) string {
		if value == "" {
			return ""
		}
		return label + ": " + joined([2]string{"", value}, [2]string{"", note}) + "."
	}
	parts := []string{s.Title + " – " + s.Agency + ".", s.Summary, fact(w.time, s.Days, s.DaysNote), fact(w.fee, fee, s.FeeNote), fact(w.where, s.Where, s.WhereNote)}
	for i, st := range s.Steps {
		if i == 0 {
			parts = append(parts, w.steps+":")
		}
		parts = append(parts, fmt.Sprintf("%d. %s", i+1, joined([2]string{"", st.Name}, [2]string{"", st.Note}, [2]string{"", st.Days})))
	}
	if len(s.Documents) == 0 {
		return limited(append(parts, w.none+"."))
	}
	parts = append(parts, w.documents+":")
	for i, d := range s.Documents {
		name := fmt.Sprintf("%d. %s", i+1, d.Name)
		if d.Fetched {
			name += " (" + w.fetched + ")"
		}
		parts = append(parts, name)
	}
	return limited(parts)
}
