package line_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf16"

	"saphan/bot"
	"saphan/bot/line"
	simulator "saphan/devkit/line"
	"saphan/devkit/line/openapi"
	"saphan/forms"
)

// longest is the longest value people can make of the letters: marks above and below, so that
// UTF-16 units and clusters differ most.
func longest(clusters int) string { return strings.Repeat("กี๊ฏู้", (clusters+1)/2) }

// longestCard is a card with too much of everything.
func longestCard() bot.Reply {
	card := bot.Card{
		Alt: longest(3000), Tone: "warn", Label: longest(400), Title: longest(400), Subtitle: longest(400), Body: longest(1500), Note: longest(400),
		Buttons: []bot.Choice{
			{Gesture: bot.Open, Label: longest(60), URL: "https://saphan.example.go.th/p/SN-HB-2569-000001?k=" + strings.Repeat("a", 800), Style: "primary"},
			{Gesture: bot.Tap, Label: longest(60), Data: "v1|" + strings.Repeat("x", 290), Style: "link"},
			{Gesture: bot.Tap, Label: "", Data: "v1|x"},
		},
	}
	for i := range 4 {
		card.Rows = append(card.Rows, bot.Row{Label: fmt.Sprint(i, longest(60)), Value: longest(200), Edit: "v1|e|" + strings.Repeat("d", 26) + "|field"}, bot.Row{})
	}
	reply := bot.Reply{Card: &card}
	for i := range 20 {
		reply.Choices = append(reply.Choices, bot.Choice{Gesture: bot.Tap, Label: fmt.Sprint(i, longest(60)), Data: "v1|menu"})
	}
	return reply
}

// spec loads LINE's own OpenAPI files, which lie outside of the repository.
func spec(t *testing.T) *openapi.Spec {
	t.Helper()
	dir := os.Getenv("LINE_OPENAPI_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "line-openapi")
	}
	s, err := openapi.Load(dir)
	if errors.Is(err, openapi.ErrMissing) {
		t.Logf("LINE's OpenAPI files are not there (set LINE_OPENAPI_DIR to a checkout of line/line-openapi): messages are held to our own rules only: %v", err)
		return nil
	}
	check(t, err)
	return s
}

// judge holds rendered messages to everything we know of LINE's rules.
type judge struct {
	t    *testing.T
	spec *openapi.Spec
	seen map[string]bool
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	return &judge{t: t, spec: spec(t), seen: map[string]bool{}}
}

// hold renders a reply and holds it to the rules.
func (j *judge) hold(what string, r bot.Reply) map[string]any {
	j.t.Helper()
	raw, err := line.Render(r)
	if err != nil {
		j.t.Errorf("%s: %v", what, err)
		return nil
	}
	if j.seen[string(raw)] {
		return nil
	}
	j.seen[string(raw)] = true
	if again, err := line.Render(r); err != nil || string(again) != string(raw) {
		j.t.Errorf("%s: drawn otherwise the second time (%v)", what, err)
	}
	var tight bytes.Buffer
	if err := json.Compact(&tight, raw); err != nil || tight.Len() != len(raw) {
		j.t.Errorf("%s: drawn in %d bytes, of which %d say something (%v)", what, len(raw), tight.Len(), err)
	}
	messages := []json.RawMessage{raw}
	if err := simulator.Check(messages); err != nil {
		j.t.Errorf("%s: %v\n%s", what, err, raw)
	}
	if j.spec != nil {
		if err := j.spec.CheckMessages(messages); err != nil {
			j.t.Errorf("%s: %v\n%s", what, err, raw)
		}
	}
	if strings.Contains(string(raw), `"flex":0`) {
		j.t.Errorf("%s: a component has flex 0 (line.md 7.3)", what)
	}
	var m map[string]any
	check(j.t, json.Unmarshal(raw, &m))
	if alt, ok := m["altText"].(string); ok && (alt == "" || len(utf16.Encode([]rune(alt))) > 400) {
		j.t.Errorf("%s: altText of %d units", what, len(utf16.Encode([]rune(alt))))
	}
	if contents, ok := m["contents"]; ok {
		flat, err := json.Marshal(contents) // as the SDK does it
		check(j.t, err)
		most := 50 << 10
		if kind, ok := contents.(map[string]any); ok && kind["type"] == "bubble" {
			most = 30 << 10
		}
		if len(flat) > most {
			j.t.Errorf("%s: %d bytes of Flex", what, len(flat))
		}
	}
	return m
}

func catalog(t *testing.T) *forms.Catalog {
	t.Helper()
	c, err := forms.Ready()
	check(t, err)
	return c
}

// Row 49: every card the product draws, with the longest values, passes.
func TestRow49EveryCardWithTheLongestValues(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	at := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	long := longest(1500)
	for _, lang := range []string{"th", "en"} {
		for _, f := range catalog(t).List() {
			receipt := bot.ReceiptInfo{
				Form: f, Ticket: 1, Number: "SN-2569-000001", Subject: long, Agency: longest(200), Phone: longest(50), EnteredAt: at, DeemedReceivedAt: at.Add(50 * time.Hour),
				Holiday: longest(200), DueAt: at.Add(9999 * time.Hour), Files: 99, TrackURL: "https://saphan.example.go.th/track/" + strings.Repeat("A", 26),
			}
			j.hold("receipt "+lang, bot.ReceiptCard(lang, receipt))
			j.hold("receipt, short "+lang, bot.ReceiptCard(lang, bot.ReceiptInfo{Form: f, Number: "1", EnteredAt: at}))
			for _, approved := range []bool{true, false} {
				for _, permit := range []string{"", "SN-HB-2569-000001"} {
					j.hold("decision "+lang, bot.DecisionCard(lang, bot.DecisionInfo{
						Form: f, Outcome: f.Outcome(nil), Ticket: 1, Number: "SN-2569-000001", Agency: longest(200), Approved: approved, Reason: long, LegalBasis: long, Appeal: long,
						Conditions: long, At: at, Permit: permit, ValidUntil: at, PermitURL: "https://saphan.example.go.th/p/" + permit + "?k=" + strings.Repeat("a", 40),
					}))
				}
			}
			j.hold("web "+lang, bot.WebCard(lang, bot.WebInfo{Form: f, Draft: strings.Repeat("D", 26), URL: "https://saphan.example.go.th/services/1/x?k=" + strings.Repeat("a", 40), Until: at}))
			j.hold("notice "+lang, bot.NoticeCard(lang, "SN-2569-000001", f.Title.In(lang), long))
		}
		wants := bot.WantInfo{Ticket: 1, Number: "SN-2569-000001", Agency: longest(200), Words: long, DueOn: at}
		for range 10 {
			wants.Wants = append(wants.Wants, bot.Want{Item: "1", Label: longest(200)})
		}
		j.hold("wants "+lang, bot.WantCard(lang, wants))
		slow := bot.DelayInfo{
			Ticket: 1, Number: "SN-2569-000001", Agency: longest(200), Letter: 99, Reason: long, DueAt: at, TrackURL: "https://saphan.example.go.th/track/" + strings.Repeat("A", 26),
			LetterURL: "https://saphan.example.go.th/track/" + strings.Repeat("A", 26) + "/letters/99.pdf",
		}
		j.hold("delay "+lang, bot.DelayCard(lang, slow))
		j.hold("extension "+lang, bot.ExtensionCard(lang, slow))
		part := longest(600) // breaches.mostWords
		j.hold("breach "+lang, bot.BreachCard(lang, bot.BreachInfo{
			Ticket: 1, Number: "SN-2569-000001", Agency: longest(200), What: part, Consequences: part, Measures: part, Advice: part, Contact: part,
			TrackURL: "https://saphan.example.go.th/track/" + strings.Repeat("A", 26),
		}))
		for _, news := range []bot.FeeNews{bot.FeeGranted, bot.FeeDue, bot.FeeSoon, bot.FeeChanged, bot.FeeRefused} {
			for _, code := range []bool{true, false} {
				j.hold(fmt.Sprint("fee ", news, " ", lang), bot.FeeCard(lang, longestFee(news, code)))
			}
		}
		j.hold("paid "+lang, bot.PaidCard(lang, bot.PaidInfo{
			Number: longest(60), Case: "SN-2569-000001", About: longest(300), Agency: longest(200), Satang: mostMoney, PaidAt: at, OpenURL: "https://saphan.example.go.th/receipts/" + strings.Repeat("A", 900),
		}))
		end := bot.FeeEnd{Number: "SN-2569-000001", Service: longest(300), Agency: longest(200), Phone: longest(50), Satang: mostMoney, LastDay: at, Reason: long, Law: long}
		j.hold("fee waived "+lang, bot.FeeWaivedCard(lang, end))
		j.hold("fee lapsed "+lang, bot.FeeLapsedCard(lang, end))
		for _, r := range permits(t, lang) {
			j.hold("permits "+lang, r)
		}
		for _, r := range bot.OfficerReply(lang, longest(100), "SN-2569-000001", longest(4000)) {
			j.hold("officer "+lang, r)
		}
		j.hold("fault "+lang, bot.FaultReply(lang))
	}
	j.hold("too much of everything", longestCard())
}

// mostMoney is more than anybody is asked for, in satang.
const mostMoney = 99_999_999_999_99

// longestFee is a fee with too much of everything.
func longestFee(news bot.FeeNews, code bool) bot.FeeInfo {
	f := bot.FeeInfo{
		News: news, Ticket: math.MaxInt64, Number: "SN-2569-000001", Service: longest(300), Agency: longest(200), Satang: mostMoney, LastDay: time.Date(2026, 12, 30, 3, 0, 0, 0, time.UTC),
		Law: longest(1000), Counter: longest(500), Code: code, PayURL: "https://saphan.example.go.th/pay/" + strings.Repeat("A", 900), Charge: math.MaxInt64, Slip: math.MaxInt32, Why: longest(1500),
	}
	for range 10 {
		f.Lines = append(f.Lines, bot.FeeLine{Label: longest(300), Satang: mostMoney})
	}
	return f
}

// permits is what somebody hears who asks for their permits and holds more than a carousel does.
func permits(t *testing.T, lang string) []bot.Reply {
	t.Helper()
	held := cases()
	for i := range held {
		held[i].Permit, held[i].Title = fmt.Sprintf("SN-HB-2569-%06d", i), longest(300)
	}
	menu := bot.NewFixedMenu(catalog(t), "", lang)
	i := slices.IndexFunc(menu.Areas[:], func(a bot.MenuArea) bool { return a.Key == bot.PermitsArea })
	_, replies, _ := bot.Step(bot.Conversation{Lang: lang}, bot.Message{ID: "m", Kind: bot.Postback, Data: menu.Areas[i].Data, At: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)},
		bot.World{Forms: catalog(t), Agency: longest(100), Lang: lang, BaseURL: "https://saphan.example.go.th", Cases: held, Announced: true, NewID: "n"})
	last := replies[len(replies)-1]
	if last.Card == nil || len(last.Card.Cards) != 12 {
		t.Errorf("permits, %s: %d replies, not a full carousel", lang, len(replies))
	}
	return replies
}

// Row 49: LINE counts what it gets, in which the SDK writes six bytes for each <, > and & (line.md 7.3).
func TestRow49SizeOnTheWire(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	text := strings.Repeat("<&>", 700)
	card := bot.Card{Alt: text, Title: text, Subtitle: text, Label: text, Body: text, Note: text}
	for range 4 {
		card.Rows = append(card.Rows, bot.Row{Label: text, Value: text})
	}
	j.hold("a card of angles", bot.Reply{Card: &card})
	many := bot.Card{Alt: text}
	for range 12 {
		many.Cards = append(many.Cards, bot.Card{Title: text, Body: text})
	}
	j.hold("a carousel of angles", bot.Reply{Card: &many})
}

// Row 47: what an officer decided arrives whole: on the card when that holds it, else after it in words, and the
// choices under the last of that.
func TestRow47LongDecision(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	f := catalog(t).List()[0]
	for name, c := range map[string]struct {
		d     bot.DecisionInfo
		parts int // messages besides the card
	}{
		"a result that fits":       {bot.DecisionInfo{Approved: true, Reason: strings.Repeat("กี้ ", 500)}, 0},
		"a result that just fits":  {bot.DecisionInfo{Approved: true, Reason: strings.Repeat("กี", 1000)}, 0},
		"a result that is longer":  {bot.DecisionInfo{Approved: true, Reason: strings.Repeat("กี", 1001)}, 1},
		"many letters":             {bot.DecisionInfo{Approved: true, Reason: strings.Repeat("a", 1501)}, 1},
		"the most of the form":     {bot.DecisionInfo{Approved: true, Reason: strings.Repeat("กี้", 1166)}, 1},
		"more than a message":      {bot.DecisionInfo{Approved: true, Reason: strings.Repeat("กี้", 2000), Conditions: strings.Repeat("ข้", 1200)}, 3},
		"conditions of a permit":   {bot.DecisionInfo{Approved: true, Permit: "SN-HB-2569-000001", Reason: strings.Repeat("x", 3000), Conditions: strings.Repeat("กี้", 1000)}, 1},
		"each part of a refusal":   {bot.DecisionInfo{Reason: strings.Repeat("กี้", 1000), LegalBasis: strings.Repeat("ข้", 1200), Appeal: strings.Repeat("ค่", 1200)}, 3},
		"a refusal that just fits": {bot.DecisionInfo{Reason: strings.Repeat("กี", 1000), LegalBasis: strings.Repeat("ขี", 1000), Appeal: strings.Repeat("คี", 1000)}, 0},
	} {
		c.d.Form, c.d.Outcome, c.d.Number, c.d.Agency, c.d.Ticket = f, f.Outcome(nil), "SN-2569-000001", longest(200), 1
		replies := bot.DecisionReplies("th", c.d)
		if len(replies) != 1+c.parts || len(replies[len(replies)-1].Choices) == 0 || c.parts > 0 && len(replies[0].Choices) > 0 {
			t.Errorf("%s: %d messages besides the card, want %d", name, len(replies)-1, c.parts)
		}
		var words strings.Builder
		for _, r := range replies {
			m := j.hold(name, r)
			words.WriteString(r.Text)
			if r.Card != nil {
				flat, err := json.Marshal(m["contents"])
				check(t, err)
				words.Write(flat)
			}
		}
		told := []string{c.d.Reason, c.d.LegalBasis, c.d.Appeal, c.d.Conditions}
		if c.d.Permit != "" {
			told = told[3:] // the reason of a permit is the permit
		}
		for _, text := range told {
			if !strings.Contains(words.String(), text) {
				t.Errorf("%s: not whole: %.20q", name, text)
			}
		}
	}
}

// Row 49, the conversation's side: every question of every form, asked and answered by taps and
// examples, its summary, the menus and all that is said in between.
func TestRow49EveryWordOfTheConversation(t *testing.T) {
	t.Parallel()
	services, every := catalog(t), everyKind(t)
	for _, lang := range []string{"th", "en"} {
		for _, f := range append(services.List(), every.List()...) {
			offered := services
			if _, ok := every.Find(f.Key); ok {
				offered = every
			}
			for name, pick := range map[string]func(int) int{"first": func(int) int { return 0 }, "last": func(n int) int { return n - 1 }} {
				t.Run(fmt.Sprint(f.Key, " ", lang, " ", name), func(t *testing.T) {
					t.Parallel()
					w := &walk{judge: newJudge(t), world: bot.World{
						Forms: offered, Known: known(), Web: lang == "th", Agency: longest(100), Phone: "02 000 0000", Lang: lang, BaseURL: "https://saphan.example.go.th",
						Cases: cases(), Announced: lang == "th",
					}, at: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC), pick: pick}
					w.through(f)
				})
			}
		}
	}
}

// everyKind are the services that have every kind of question.
func everyKind(t *testing.T) *forms.Catalog {
	t.Helper()
	files := fstest.MapFS{}
	for _, path := range []string{"../testdata/every-kind.yaml", "../../forms/testdata/workshop.yaml"} {
		raw, err := os.ReadFile(path)
		check(t, err)
		files[filepath.Base(path)] = &fstest.MapFile{Data: raw}
	}
	c, err := forms.Load(files)
	check(t, err)
	return c
}

// known is what is known of a citizen with a long name.
func known() []bot.Known {
	return []bot.Known{{Key: "name", Text: longest(200)}, {Key: "address", Text: "99/1 " + longest(200)}, {Key: "national_id", Text: "1234545678781"}}
}

// cases are what a citizen with a long past has: more than a carousel holds, with long titles.
func cases() (all []bot.Case) {
	for i := range 14 {
		c := bot.Case{
			Ticket: int64(100 + i), Number: fmt.Sprintf("SN-2569-%06d", i), Title: longest(100), Status: "open",
			DueAt: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Closed: i%3 == 2,
		}
		if i%2 == 0 {
			c.Permit = "SN-HB-2569-000001"
		}
		for n := range i % 4 {
			c.Wanted = append(c.Wanted, bot.Want{Item: fmt.Sprint(n), Label: longest(150)})
		}
		all = append(all, c)
	}
	return all
}

// walk is a conversation whose every reply is held to the rules.
type walk struct {
	*judge
	world bot.World
	state bot.Conversation
	at    time.Time
	pick  func(int) int
	n     int64
	last  []bot.Reply
}

// say takes one step; only looking on, it does not change the state.
func (w *walk) say(m bot.Message, only ...bool) []bot.Effect {
	w.t.Helper()
	w.n++
	w.at = w.at.Add(10 * time.Second)
	m.ID, m.At, w.world.NewID = fmt.Sprint("m", w.n), w.at, strings.Repeat("D", 20)+fmt.Sprint(100000+w.n)
	state, replies, effects := bot.Step(w.state, m, w.world)
	for _, r := range replies {
		w.hold(fmt.Sprintf("after %s %q%q", m.Kind, m.Text, m.Data), r)
	}
	if len(only) == 0 {
		w.state, w.last = state, replies
	}
	return effects
}

func (w *walk) tap(c bot.Choice, only ...bool) []bot.Effect {
	w.t.Helper()
	switch c.Gesture {
	case bot.PickDate:
		return w.say(bot.Message{Kind: bot.Postback, Data: c.Data, Picked: c.Initial}, only...)
	case bot.PickTime:
		return w.say(bot.Message{Kind: bot.Postback, Data: c.Data, PickedAt: w.at}, only...)
	case bot.Camera, bot.CameraRoll:
		return w.say(bot.Message{Kind: bot.Image, Attachment: &bot.Attachment{ID: w.n + 1, Name: "รูป.jpg", Type: "image/jpeg", Size: 9}}, only...)
	case bot.SharePlace:
		return w.say(bot.Message{Kind: bot.Location, Place: &bot.Place{Title: longest(90), Address: longest(300), Latitude: 13.7, Longitude: 100.5}}, only...)
	case bot.Say:
		return w.say(bot.Message{Kind: bot.Text, Text: c.Label}, only...)
	case bot.Tap, bot.Open, bot.Write:
	}
	return w.say(bot.Message{Kind: bot.Postback, Data: c.Data}, only...)
}

// through answers a whole form, and at every station does everything else that is offered or possible
// without going there.
func (w *walk) through(f *forms.Form) {
	w.t.Helper()
	w.say(bot.Message{Kind: bot.Follow})
	w.say(bot.Message{Kind: bot.Postback, Data: bot.StartData(string(f.Key))})
	for range 4*len(f.Fields) + 40 { // and the things of a group
		station := w.last[len(w.last)-1]
		for _, m := range []bot.Message{
			{Kind: bot.Text, Text: longest(2400)}, {Kind: bot.Text, Text: "?"}, {Kind: bot.Text, Text: "เมนู"}, {Kind: bot.Text, Text: "ติดตาม"}, {Kind: bot.Text, Text: "เจ้าหน้าที่"},
			{Kind: bot.Text, Text: "ยกเลิก"}, {Kind: bot.Text, Text: "ย้อนกลับ"}, {Kind: bot.Sticker}, {Kind: bot.Other}, {Kind: bot.Video, Attachment: &bot.Attachment{Fault: bot.FileRefused, Words: longest(200)}},
			{Kind: bot.Postback, Data: "v1|a|gone|x|y"}, {Kind: bot.Location, Place: &bot.Place{Title: longest(90), Latitude: 13.7, Longitude: 100.5}},
			{Kind: bot.File, Attachment: &bot.Attachment{ID: 1, Name: longest(200) + ".pdf", Type: "application/pdf", Size: 1}},
		} {
			w.say(m, true)
		}
		for _, c := range tappable(station) {
			w.tap(c, true)
		}
		if w.forward(station) {
			w.say(bot.Message{Kind: bot.Text, Text: "ติดตาม"})
			w.say(bot.Message{Kind: bot.Text, Text: "เมนู"})
			return
		}
	}
	w.t.Fatalf("%s was never sent; the last thing said was %+v", f.Key, w.last)
}

// forward goes on by what is offered; true when the form was sent.
func (w *walk) forward(station bot.Reply) bool {
	w.t.Helper()
	var ways []bot.Choice
	for _, c := range tappable(station) {
		verb := strings.SplitN(c.Data, "|", 3)
		switch {
		case strings.HasSuffix(c.Data, ".more|yes") && !strings.Contains(c.Data, ".1.more"): // a second thing of a group is enough
		case c.Gesture == bot.PickDate, c.Gesture == bot.PickTime, c.Gesture == bot.Camera, c.Gesture == bot.SharePlace:
			ways = append(ways, c)
		case len(verb) > 1 && verb[1] == "f": // enough photos
			w.tap(c)
			return false
		case len(verb) > 1 && (verb[1] == "a" || verb[1] == "p" || verb[1] == "s"):
			ways = append(ways, c)
		}
	}
	var effects []bot.Effect
	if len(ways) > 0 {
		effects = w.tap(ways[w.pick(len(ways))])
	} else {
		effects = w.say(bot.Message{Kind: bot.Text, Text: w.example(station)})
	}
	for _, e := range effects {
		if _, sent := e.(bot.Submit); sent {
			return true
		}
	}
	return false
}

func (w *walk) example(r bot.Reply) string {
	w.t.Helper()
	for l := range strings.SplitSeq(r.Text, "\n") {
		for _, mark := range []string{"เช่น ", "For example: "} {
			if example, ok := strings.CutPrefix(l, mark); ok {
				return example
			}
		}
	}
	w.t.Fatalf("nothing to tap and no example: %+v", r)
	return ""
}

// tappable lists all that can be tapped in a reply.
func tappable(r bot.Reply) (all []bot.Choice) {
	if r.Card != nil {
		for _, c := range append([]bot.Card{*r.Card}, r.Card.Cards...) {
			for _, row := range c.Rows {
				if row.Edit != "" {
					all = append(all, bot.Choice{Gesture: bot.Tap, Label: row.Label, Data: row.Edit})
				}
			}
			all = append(all, c.Buttons...)
		}
	}
	return append(all, r.Choices...)
}

// Every gesture is drawn as LINE's own action, and nothing else is.
func TestEveryGesture(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	want := map[bot.Gesture]string{
		bot.Tap: "postback", bot.Say: "message", bot.Open: "uri", bot.Camera: "camera", bot.CameraRoll: "cameraRoll", bot.SharePlace: "location", bot.PickDate: "datetimepicker",
		bot.Write: "postback",
	}
	for gesture, kind := range want {
		m := j.hold(string(gesture), bot.Reply{Text: "เลือก", Choices: []bot.Choice{{
			Gesture: gesture, Label: longest(60), Data: "v1|x", URL: "https://saphan.example.go.th/", Initial: "2026-11-21", Min: "1900-01-01", Max: "2100-12-31",
		}}})
		flat, err := json.Marshal(m["quickReply"])
		check(t, err)
		if !strings.Contains(string(flat), `"type":"`+kind+`"`) {
			t.Errorf("%s is drawn as %s", gesture, flat)
		}
	}
	m := j.hold("time of day", bot.Reply{Text: "เลือก", Choices: []bot.Choice{{Gesture: bot.PickTime, Label: "เลือกเวลา", Data: "v1|c", Initial: "08:00"}, {Gesture: bot.Write, Label: "พิมพ์", Data: "v1|w", Fill: longest(400)}}})
	flat, err := json.Marshal(m["quickReply"])
	check(t, err)
	for _, part := range []string{`"mode":"time"`, `"initial":"08:00"`, `"inputOption":"openKeyboard"`, `"fillInText":"`} {
		if !strings.Contains(string(flat), part) {
			t.Errorf("%s is missing in %s", part, flat)
		}
	}
	for name, r := range map[string]bot.Reply{
		"no words":        {},
		"unknown gesture": {Text: "x", Choices: []bot.Choice{{Gesture: "wave", Label: "x"}}},
		"on a card":       {Card: &bot.Card{Title: "x", Buttons: []bot.Choice{{Gesture: "wave", Label: "x"}}}},
		"in a carousel":   {Card: &bot.Card{Cards: []bot.Card{{Title: "x", Buttons: []bot.Choice{{Gesture: "wave"}}}}}},
	} {
		if raw, err := line.Render(r); err == nil {
			t.Errorf("%s was drawn: %s", name, raw)
		}
	}
}

// Row 47: a text is cut at LINE's limit without tearing a cluster, and what makes JSON or HTML out of
// text stays text.
func TestRow47Texts(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	for _, text := range []string{
		longest(5000), strings.Repeat("👨‍👩‍👧‍👦", 700), strings.Repeat("x", 4999) + "😀", "\"},{\"type\":\"sticker\"", "</script>&amp;{{.Title}}\u2028\u0001", "ไม่\nเว้น\tวรรค",
	} {
		m := j.hold(fmt.Sprintf("%.20q", text), bot.Reply{Text: text})
		got, _ := m["text"].(string)
		if units := len(utf16.Encode([]rune(got))); units > 5000 || !strings.HasPrefix(text, strings.TrimSuffix(got, "…")) || (units < 4900 && got != text) {
			t.Errorf("%.20q became %d units", text, units)
		}
		j.hold(fmt.Sprintf("card of %.20q", text), bot.Reply{Card: &bot.Card{
			Alt: text, Title: text, Body: text, Note: text, Rows: []bot.Row{{Label: text, Value: text, Edit: "v1|e"}}, Buttons: []bot.Choice{{Gesture: bot.Tap, Label: text, Data: "v1|x"}},
		}})
	}
}
