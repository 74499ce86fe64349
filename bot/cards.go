package bot

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// ReceiptInfo is what a receipt tells (EGA-10.5, MTH-2.2).
type ReceiptInfo struct {
	Form             *forms.Form
	Ticket           int64  // 0 leaves the button to ask about it out
	Number           string // as the agency registers it
	Subject          string // Form.Subject; may be empty
	Agency           string
	Phone            string    // of the agency; may be empty
	EnteredAt        time.Time // entered the system (EGA-10.1)
	DeemedReceivedAt time.Time // later when it came outside office hours
	Holiday          string    // name of the holiday it came on; may be empty
	DueAt            time.Time // zero when no clock runs
	Files            int       // how many photos and documents came with it
	TrackURL         string    // may be empty
	PaperURL         string    // the receipt as PDF; may be empty
	Reported         Reported  // what others reported before of what is probably the same
}

// Reported is what a citizen is told of others who reported the same.
type Reported struct {
	Others  int       // how many; 0: nothing is said
	Since   time.Time // the first of them
	Working bool      // an officer works on it
}

// ReceiptCard is the receipt of a request.
func ReceiptCard(lang string, r ReceiptInfo) Reply {
	say := Tongue(lang)
	service := r.Form.Title.In(lang)
	card := Card{
		Alt: say.Say("receipt.alt", "number", r.Number), Tone: "good", Label: say.Say("receipt.label"),
		Title: r.Number, Subtitle: service, Body: r.Form.Next.In(lang), Note: say.Say("receipt.here"),
	}
	if words := say.reported(r.Reported); words != "" {
		card.Body = words + "\n" + card.Body
	}
	if r.Subject != service {
		card.row(say.Say("receipt.subject"), r.Subject)
	}
	card.row(say.Say("receipt.agency"), r.Agency)
	card.row(say.Say("receipt.entered"), say.dateTime(r.EnteredAt))
	if r.DeemedReceivedAt.After(r.EnteredAt) {
		card.row(say.Say("receipt.deemed"), say.dateTime(r.DeemedReceivedAt))
		card.row(say.Say("receipt.because"), say.whyLater(r))
	}
	if !r.DueAt.IsZero() {
		card.row(say.Say("receipt.due"), say.date(r.DueAt))
	}
	if r.Files > 0 {
		card.row(say.Say("receipt.files"), say.Say("count.files", "n", strconv.Itoa(r.Files)))
	}
	card.row(say.Say("receipt.phone"), r.Phone)
	if r.TrackURL != "" {
		card.Buttons = append(card.Buttons, link("primary", say.Say("choice.track_this"), r.TrackURL))
	}
	if r.PaperURL != "" {
		card.Buttons = append(card.Buttons, link("secondary", say.Say("receipt.pdf"), r.PaperURL))
	}
	if r.Ticket != 0 {
		card.Buttons = append(card.Buttons, button("link", say.Say("choice.talk"), TalkData(r.Ticket)))
	}
	return Reply{Card: &card, Choices: say.ways()}
}

// reported says that others reported the same before, and how it stands; nothing where nobody did.
func (t Tongue) reported(k Reported) string {
	if k.Others == 0 {
		return ""
	}
	status := t.Say("status.open")
	if k.Working {
		status = t.Say("status.accepted")
	}
	return t.Say("receipt.known", "n", strconv.Itoa(k.Others), "day", t.date(k.Since), "status", status)
}

// whyLater says why a request counts as received later than it came (EGA-10.1).
func (t Tongue) whyLater(r ReceiptInfo) string {
	if r.Holiday != "" {
		return t.Say("receipt.holiday", "name", r.Holiday)
	}
	switch r.EnteredAt.In(thai.Bangkok()).Weekday() {
	case time.Saturday, time.Sunday:
		return t.Say("receipt.weekend")
	case time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday:
	}
	return t.Say("receipt.outside_hours")
}

// row adds a line, unless there is nothing to say.
func (c *Card) row(label, value string) {
	if value != "" {
		c.Rows = append(c.Rows, Row{Label: label, Value: thai.Clip(value, maxBody)})
	}
}

func (c *Card) rows(all []Row) {
	for _, r := range all {
		c.row(r.Label, r.Value)
	}
}

// How much of a text a card carries: in letters, which is ours, and in UTF-16 units, which a channel keeps
// to so that a card stays within its limits.
const (
	maxBody  = 1500
	maxUnits = 2000
)

// fits says whether a card carries a text whole.
func fits(text string) bool {
	return thai.UTF16Len(text) <= maxUnits && thai.Clusters(text) <= maxBody
}

// OfficerReply brings an officer's words, whole, in as many messages as they need. Name is
// who speaks, as the agency shows it.
func OfficerReply(lang, name, number, words string) []Reply {
	say := Tongue(lang)
	var replies []Reply
	for _, piece := range thai.SplitText(say.Say("officer.head", "name", name, "number", number)+"\n"+strings.TrimSpace(words), maxText) {
		replies = append(replies, Reply{Text: piece})
	}
	replies[len(replies)-1].Choices = []Choice{tap(say.Say("choice.track"), data(verbTrack)), tap(say.Say("choice.menu"), data(verbMenu))}
	return replies
}

// DecisionInfo is the outcome of a case.
type DecisionInfo struct {
	Form       *forms.Form
	Outcome    forms.Outcome // what the request comes to when it is granted
	Ticket     int64         // 0 leaves the button to ask about it out
	Number     string
	Agency     string
	Approved   bool
	Reason     string // facts and reasons; of an approval, what was done
	LegalBasis string // of a refusal (LFA-11.1)
	Appeal     string // of a refusal: to whom and within how many days
	Conditions string // of an approval
	At         time.Time
	Permit     string    // number of the permit; "" when the outcome is none
	ValidUntil time.Time // last day of the permit; zero when it has none
	PermitURL  string    // its public page
	Appealable bool      // an appeal is one tap away (EGA-5.1)
	Work       string    // of a result: by whom and when the work was done; may be empty
	Ask        int       // the number of the decision, when the citizen is asked whether it is so; 0: they are not
	AskDays    int       // for how many days
	Photos     int       // how many there are of the work
	TrackURL   string    // the page of the case
	LetterURL  string    // the letter with the decision, as PDF; empty: there is none

	Changed Changed   // how it changes what the citizen was told before; empty: it is the first
	Mistake string    // of a correction: what was wrong before
	Whole   bool      // of a revocation: nothing is granted any more
	Since   string    // of a revocation: from when it counts
	Before  time.Time // when the decision before was made
}

// Changed is how a decision changes the one before.
type Changed string

// The ways.
const (
	Corrected Changed = "correct"
	Withheld  Changed = "revoke"
	Anew      Changed = "anew" // after an appeal, or because the agency looked at it again
)

// DecisionCard tells how a case was decided: granted with the permit, done with the result,
// or refused with reason, rule and appeal.
func DecisionCard(lang string, d DecisionInfo) Reply {
	say := Tongue(lang)
	card := Card{Subtitle: d.Form.Title.In(lang)}
	card.row(say.Say("decision.case"), d.Number)
	switch {
	case !d.Approved:
		card.Tone, card.Label, card.Title = "bad", say.Say("decision.refused_label"), say.Say("decision.refused")
		if d.Outcome.Kind == forms.Result {
			card.Tone, card.Title = "warn", say.Say("decision.not_done")
		}
		if named := d.Outcome.Refused.In(lang); named != "" {
			card.Title = named
		}
		card.rows(say.reasons(d))
	case d.Permit != "":
		card.Tone, card.Label, card.Title = "good", say.Say("decision.granted_label"), say.Say("decision.granted")
		card.Subtitle = d.Outcome.Title.In(lang)
		card.row(say.Say("decision.permit"), d.Permit)
		if !d.ValidUntil.IsZero() {
			card.row(say.Say("decision.valid_to"), say.date(d.ValidUntil))
		}
		card.rows(say.reasons(d))
		if d.PermitURL != "" {
			card.Buttons = append(card.Buttons, link("primary", say.Say("choice.permit"), d.PermitURL))
		}
		card.Note = say.Say("decision.check")
	default:
		card.Tone, card.Label, card.Title = "good", say.Say("decision.done_label"), say.Say("decision.done")
		if named := d.Outcome.Granted.In(lang); named != "" {
			card.Label, card.Title = say.Say("decision.granted_label"), named
		}
		told := say.reasons(d)
		card.Body = thai.Clip(told[0].Value, maxBody)
		card.rows(told[1:])
		card.asks(say, d)
	}
	card.changes(say, d)
	card.row(say.Say("receipt.agency"), d.Agency)
	if !d.At.IsZero() {
		card.row(say.Say("decision.at"), say.date(d.At))
	}
	card.Alt = card.Title + " · " + d.Number
	if d.Ticket != 0 && d.Appealable {
		card.Buttons = append(card.Buttons, button("primary", say.Say("choice.appeal"), AppealData(d.Ticket)))
	}
	if d.LetterURL != "" && d.Permit == "" {
		card.Buttons = append(card.Buttons, link("secondary", say.Say("choice.letter"), d.LetterURL))
	}
	if d.Ticket != 0 && !d.Approved {
		card.Buttons = append(card.Buttons, button("secondary", say.Say("choice.talk"), TalkData(d.Ticket)))
	}
	return Reply{Card: &card, Choices: say.ways()}
}

// changes says first that something is changed, and what of it the citizen knew.
func (c *Card) changes(say Tongue, d DecisionInfo) {
	switch {
	case d.Changed == "":
		return
	case d.Changed == Corrected:
		c.Title = say.Say("decision.corrected")
	case d.Changed == Withheld && d.Whole:
		c.Title = say.Say("decision.revoked")
	case d.Changed == Withheld:
		c.Tone, c.Title = "warn", say.Say("decision.in_part")
	}
	c.Label = say.Say("decision.changed_label")
	if !d.Before.IsZero() {
		c.row(say.Say("decision.instead"), say.date(d.Before))
	}
}

// DecisionReplies are the card of a decision and, after it in words, each text that is too long for a card: what an
// officer decided arrives whole (line.md row 47).
func DecisionReplies(lang string, d DecisionInfo) []Reply {
	say := Tongue(lang)
	card := DecisionCard(lang, d)
	replies := []Reply{card}
	for _, part := range say.reasons(d) {
		if fits(part.Value) {
			continue
		}
		for _, piece := range thai.SplitText(part.Label+" · "+d.Number+"\n"+part.Value, maxText) {
			replies = append(replies, Reply{Text: piece})
		}
	}
	replies[0].Choices = nil
	replies[len(replies)-1].Choices = card.Choices // only those of the last message are shown
	return replies
}

// reasons are the texts of a decision that somebody wrote, as the citizen is told them.
func (t Tongue) reasons(d DecisionInfo) []Row {
	d.Reason, d.LegalBasis, d.Appeal, d.Conditions = t.known(d.Form, d.Reason), t.known(d.Form, d.LegalBasis), t.known(d.Form, d.Appeal), t.known(d.Form, d.Conditions)
	d.Mistake = t.known(d.Form, d.Mistake)
	conditions := Row{Label: t.Say("decision.conditions"), Value: d.Conditions}
	ground := []Row{
		{Label: t.Say("decision.reason"), Value: d.Reason}, {Label: t.Say("decision.law"), Value: d.LegalBasis}, {Label: t.Say("decision.appeal"), Value: d.Appeal},
	}
	switch {
	case d.Changed == Withheld:
		since := Row{Label: t.Say("decision.since"), Value: t.Say("decision.since_now")}
		if d.Since == "beginning" {
			since.Value = t.Say("decision.since_beginning")
		}
		return append([]Row{ground[0], conditions, since}, ground[1:]...)
	case d.Changed == Corrected:
		mistake := Row{Label: t.Say("decision.mistake"), Value: d.Mistake}
		d.Changed = ""
		return append(t.reasons(d), mistake)
	case !d.Approved:
		return ground
	case d.Permit != "":
		return []Row{conditions}
	default:
		return []Row{{Label: t.Say("decision.done_label"), Value: d.Reason}, conditions}
	}
}

// known puts those lines of what an officer wrote in Thai into the citizen's language that the service itself says, such
// as how to appeal. What is the officer's own stays as it was written.
func (t Tongue) known(f *forms.Form, words string) string {
	if t.thai() || words == "" {
		return words
	}
	lines := strings.Split(words, "\n")
	for _, said := range f.Texts() {
		for i, line := range lines {
			if line == said.TH {
				lines[i] = said.In(string(t))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// NoticeCard tells of a change in a case that needs nothing from the citizen, such as a move
// to another agency or a delay with its reason.
func NoticeCard(lang, number, service, words string) Reply {
	say := Tongue(lang)
	return Reply{Card: &Card{
		Alt: say.Say("notice.case_alt", "number", number), Tone: "plain", Label: number, Title: service, Body: thai.Clip(words, maxBody),
	}, Choices: say.ways()}
}

// FaultReply is what to say when something of ours broke: nothing is lost, and a person can
// be reached.
func FaultReply(lang string) Reply {
	say := Tongue(lang)
	return Reply{Text: say.Say("fault"), Choices: say.ways()}
}

// ways are the choices under a card that was not asked for.
func (t Tongue) ways() []Choice {
	return []Choice{
		tap(t.Say("choice.track"), data(verbTrack)),
		tap(t.Say("choice.menu"), data(verbMenu)),
		tap(t.Say("choice.human"), data(verbHuman)),
	}
}

func link(style, label, to string) Choice {
	return Choice{Gesture: Open, Label: label, URL: to, Style: style}
}

// permitURL is the public page of a permit.
func permitURL(base, number string) string { return base + "/p/" + url.PathEscape(number) }

// date shows a day in the language: Buddhist era in Thai, Christian in every other.
func (t Tongue) date(at time.Time) string {
	if t.thai() {
		return thai.Date(at)
	}
	return at.In(thai.Bangkok()).Format("2 Jan 2006")
}

func (t Tongue) dateTime(at time.Time) string {
	if t.thai() {
		return thai.DateTime(at)
	}
	return at.In(thai.Bangkok()).Format("2 Jan 2006, 15:04")
}

func (t Tongue) remaining(now, due time.Time) string {
	if t.thai() {
		return thai.Remaining(now, due)
	}
	switch days := thai.Days(now, due); {
	case days > 0:
		return t.Say("remaining.left", "n", strconv.Itoa(days))
	case days < 0:
		return t.Say("remaining.late", "n", strconv.Itoa(-days))
	}
	return t.Say("remaining.today")
}
