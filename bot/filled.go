package bot

import (
	"slices"
	"strconv"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// Sign is what a citizen says of a request that an officer filled in for them: file it, or that it is not theirs.
type Sign struct {
	Filing int64 // tickets.FilingID
	Mine   bool
}

func (Sign) effect() {}

// filled takes a tap under what an officer filled in. What becomes of it is said by whoever carries it out.
func (t *turn) filled(filing string, mine bool) {
	id, err := strconv.ParseInt(filing, 10, 64)
	if err != nil || id <= 0 {
		t.old()
		return
	}
	t.do(Sign{Filing: id, Mine: mine})
}

// FilledInfo is what a citizen is told of a request that an officer filled in for them.
type FilledInfo struct {
	Filing     int64 // tickets.FilingID
	Service    string
	Agency     string
	Officer    string
	Name       string // whom it is for
	Answers    []forms.Answer
	Declares   string // what they declare by confirming; may be empty
	Until      time.Time
	ConfirmURL string
}

// FilledCard shows a citizen what an officer filled in for them, to be confirmed by one tap (MTH-1.3, SEED-22). What is too
// long for a card is read, and signed, at the link instead: nobody signs what they were not shown.
func FilledCard(lang string, i FilledInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Tone: "warn", Label: say.Say("filled.label"), Title: say.Say("filled.title"), Subtitle: i.Service,
		Body: say.Say("filled.body", "officer", i.Officer), Note: say.Say("filled.note"),
	}
	rows, whole := i.rows(say)
	yes := link("primary", say.Say("filled.button"), i.ConfirmURL)
	if whole {
		card.Rows, yes = rows, button("primary", say.Say("choice.sign"), data(verbSign, number(i.Filing)))
		if i.Declares != "" {
			card.Body += "\n" + i.Declares
		}
	}
	card.row(say.Say("filled.until"), say.date(i.Until))
	card.row(say.Say("receipt.agency"), i.Agency)
	card.Buttons = []Choice{yes, button("secondary", say.Say("choice.disown"), data(verbDisown, number(i.Filing)))}
	if whole {
		card.Buttons = append(card.Buttons, link("link", say.Say("filled.whole"), i.ConfirmURL))
	}
	card.Alt = card.Title + " · " + i.Service
	return Reply{Card: &card, Choices: say.ways()}
}

// rows are what is signed; whole is false when a card does not hold all of it.
func (i FilledInfo) rows(say Tongue) (rows []Row, whole bool) {
	files := 0
	rows = append(rows, Row{Label: say.Say("filled.name"), Value: i.Name})
	for _, a := range forms.Told(i.Answers) {
		files += len(a.Attachments)
		if len(a.Attachments) > 0 || a.Text == "" {
			continue
		}
		row := Row{Label: a.Label, Value: a.Masked()}
		if thai.Clusters(row.Value) > maxRow {
			return nil, false
		}
		rows = append(rows, row)
	}
	if files > 0 {
		rows = append(rows, Row{Label: say.Say("filled.files"), Value: say.Say("filled.files_n", "n", strconv.Itoa(files))})
	}
	rows = slices.Clip(rows)
	return rows, weightOf(rows)+len(i.Declares) <= oneCard/2
}

// FilledOver says what became of a tap under it that came too late, or of "not mine".
type FilledOver string

// What can have become of it.
const (
	FilledFiled    FilledOver = "filed"    // it was confirmed, now or before
	FilledLapsed   FilledOver = "lapsed"   // nobody confirmed it in time, or the officer gave it up
	FilledDisowned FilledOver = "disowned" // it was said that it is not theirs
)

// FilledAnswer says what became of it. Of what was filed, the receipt follows.
func FilledAnswer(lang string, over FilledOver) Reply {
	say := Tongue(lang)
	words := map[FilledOver]string{FilledFiled: say.Say("filled.filed"), FilledLapsed: say.Say("filled.lapsed"), FilledDisowned: say.Say("filled.disowned")}
	return Reply{Text: words[over], Choices: say.ways()}
}

// FilledText is the same for a telephone without a chat. It says nothing of the matter: telephones lie about.
func FilledText(lang, agency, url string) string {
	return Tongue(lang).Say("filled.text", "agency", agency, "url", url)
}
