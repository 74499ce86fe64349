package bot

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// TestNothingIsLost plays random citizens, each message checked against rules that hold for
// every conversation.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	citizens, messages := 150, 120
	if testing.Short() {
		citizens = 20
	}
	for seed := range uint64(citizens) {
		play := &player{stage: newStage(t), rand: rand.New(rand.NewPCG(seed, 7)), sent: map[string]bool{}}
		for range messages {
			play.move()
		}
	}
}

func FuzzStep(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		play := &player{stage: newStage(t), rand: rand.New(rand.NewPCG(seed, 11)), sent: map[string]bool{}}
		for range 200 {
			play.move()
		}
	})
}

// TestNothingIsLostOfAnything plays random citizens with forms that have every kind of question.
func TestNothingIsLostOfAnything(t *testing.T) {
	t.Parallel()
	citizens, messages := 40, 120
	if testing.Short() {
		citizens = 10
	}
	catalog := catalogOf(t, "workshop", "every-kind")
	for seed := range uint64(citizens) {
		play := &player{stage: newStage(t), rand: rand.New(rand.NewPCG(seed, 13)), sent: map[string]bool{}}
		play.w.Forms, play.w.Web = catalog, seed%2 == 0
		if seed%3 == 0 {
			play.w.Known = []Known{
				{Key: "name", Text: "สมชาย ตัวอย่าง"}, {Key: "national_id", Text: "1-2345-45678-78-1"}, {Key: "birth_date", Text: "มี.ค. 2490", Value: json.RawMessage(`"1947-03"`)}, {Key: "phone", Text: "ไม่ทราบ"},
			}
			play.w.Vault = []Owned{{ID: 1, Type: "lease", File: forms.File{ID: 77, Name: "สัญญาเช่า.pdf", Type: "application/pdf", Size: 1}, GivenAt: play.now, Agency: "อบต.ตัวอย่าง", Tap: seed%2 == 0}}
		}
		for i := range messages {
			if i%40 == 0 {
				play.give(Message{Kind: Postback, Data: StartData([]string{"workshop", "every-kind"}[play.rand.IntN(2)])})
			}
			play.move()
		}
	}
}

// player is a citizen who does anything at any time.
type player struct {
	*stage
	rand *rand.Rand
	sent map[string]bool // drafts that were submitted
	log  []string
}

var utterances = []string{
	"เมนู", "ติดตาม", "เจ้าหน้าที่", "ยกเลิก", "ย้อนกลับ", "ข้าม", "พอแล้ว", "ทำต่อ", "เริ่มใหม่", "แก้ไข", "ส่งคำขอ", "ใช่", "English", "ภาษาไทย",
	"สวัสดีค่ะ", "ขอบคุณค่ะ", "ไฟถนนดับ", "ขอใบอนุญาตค่ะ", "ขอถามหน่อย", "ฟหกด", "...", "😀", "",
	"สมหญิง ตัวอย่าง", "1234545678781", "0105543008219", "5 มี.ค. 2530", "081 234 5678", "99/1 หมู่ 4 ต.ตัวอย่าง อ.เมือง", "120", "3", "1", "บุคคลธรรมดา", "ยื่นเอง",
	"ชื่อ สมชาย ตัวอย่าง เบอร์ 081 234 5678", "พื้นที่: 300\nเวลาเปิด: 8.30", "ไม่ใช่", "ไม่", "ใช้คำตอบเดิม", "ใช้ข้อมูลเดิมทั้งหมด", "ถ่ายใหม่", "พักไว้ก่อน", "กรอกบนเว็บ", "2490", "8.30", "a@example.com", "กินที่ร้าน, กลับบ้าน", "ขอใหม่", "เลื่อย", "มีอีก", "ไม่มี", "ก๋วยเตี๋ยว", "300",
	"หน้าของฉัน", "ลบข้อมูลของฉัน", "ใครเปิดดูข้อมูลฉัน", "ไม่ใช่ทั้งหมด", "ไฟถนนดับหน้าบ้านซอย 4", "สายไฟขาดหน้าตลาด", "i want to open a laundry", "วันเสาร์เปิดไหมครับ", "น้ำบ่ไหลเด้อ", "ยื่นแทนผู้อื่น", "เพิ่มอีก", "ครบแล้ว",
	"ตรงข้ามโรงเรียนตัวอย่าง", "ไฟดับมา 3 คืนแล้ว ทางมืดมากเลยค่ะ", "v1|menu", "<script>alert(1)</script>", "{agency}", strings.Repeat("น้ำ", 1666), strings.Repeat("👩\u200d🔧", 900),
}

// move does one random thing and checks what came of it.
func (p *player) move() {
	p.t.Helper()
	p.world()
	before := p.c.clone()
	m := p.choose()
	p.log = append(p.log, fmt.Sprintf("%s %q %q", m.Kind, thai.Clip(m.Text, 30), m.Data))
	p.give(m)
	p.replyLimits()
	p.wayOn(m)
	p.answersKept(before, m)
	p.effectsRight(before)
	raw, err := json.Marshal(p.c)
	if err != nil || len(raw) > 100_000 {
		p.fail("the state has %d bytes (%v)", len(raw), err)
	}
}

func (p *player) fail(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s\nafter\n%s", fmt.Sprintf(format, args...), strings.Join(p.log[max(0, len(p.log)-12):], "\n"))
}

// world lets time pass and officers act.
func (p *player) world() {
	switch p.rand.IntN(40) {
	case 0:
		p.now = p.now.Add(time.Duration(p.rand.IntN(900)) * time.Hour)
	case 1:
		p.direct([]string{"เรื่อง", number(int64(len(p.w.Cases) + 1)), "กอ.1/2570", string(p.w.Forms.List()[0].Key), "accepted"})
	case 2, 3:
		if n := len(p.w.Cases); n > 0 {
			c := &p.w.Cases[p.rand.IntN(n)]
			c.Closed, c.Permit = p.rand.IntN(4) == 0, strings.Repeat("HB-1", p.rand.IntN(2))
			c.Wanted = nil
			for i := range p.rand.IntN(3) {
				c.Wanted = append(c.Wanted, Want{Item: number(int64(p.rand.IntN(1000))), Label: strings.Repeat("เอกสารที่ยาวมาก ", i+1)})
			}
			if p.rand.IntN(2) == 0 && !c.Closed {
				p.c = p.c.Spoken(c.Ticket, p.now)
			}
			if p.c.Calling != "" {
				p.c = p.c.Connected(c.Ticket, p.now)
			}
		}
	}
}

// choose picks what the citizen does; more often than not something that was offered.
func (p *player) choose() Message {
	roll := p.rand.IntN(100)
	switch {
	case roll < 55 && len(p.history) > 0:
		recent := p.history[max(0, len(p.history)-15):]
		if p.rand.IntN(6) == 0 {
			recent = p.history
		}
		return p.follow(recent[p.rand.IntN(len(recent))])
	case roll < 80:
		return Message{Kind: Text, Text: utterances[p.rand.IntN(len(utterances))]}
	case roll < 86:
		return Message{Kind: Image, Attachment: p.file("", "image/jpeg")}
	case roll < 89:
		return p.message("(ตำแหน่ง ซอยตัวอย่าง 4)")
	case roll < 91:
		return p.message("(ไฟล์ สัญญา.pdf)")
	case roll < 92:
		return Message{Kind: Location, Place: &Place{Latitude: p.rand.Float64() * 120, Longitude: 100}}
	case roll < 93:
		return p.message("(ไฟล์เสีย ไฟล์นี้ว่างเปล่า)")
	case roll < 94:
		return p.message("(เสียง)")
	case roll < 95:
		if id := number(int64(p.rand.IntN(p.n + 1))); p.rand.IntN(2) == 0 {
			return Message{Kind: Edited, ID: id, Text: utterances[p.rand.IntN(len(utterances))]}
		}
		return p.takeBack()
	case roll < 96:
		return Message{Kind: Follow}
	case roll < 97:
		return Message{Kind: []Kind{Sticker, Unfollow, Other, "new-kind", Image, Location}[p.rand.IntN(6)]}
	default:
		parts := []string{"v1", []string{"a", "d", "k", "f", "o", "h", "b", "e", "s", "x", "xx", "go", "fresh", "talk", "about", "supply", "start", "mine", "not", "web", "us", "vd", "gm", "gl", "gx", "zz"}[p.rand.IntN(26)], "d1", "category", "light"}
		return Message{Kind: Postback, Data: strings.Join(parts[:2+p.rand.IntN(4)], "|")}
	}
}

// takeBack unsends something, and sometimes it had been filed.
func (p *player) takeBack() Message {
	p.w.TakenBack = nil
	for range p.rand.IntN(3) {
		from := TakenBackFrom{Ticket: int64(p.rand.IntN(3)), Number: "กอ.1/2570", Label: "แผนที่", Stays: true}
		if p.rand.IntN(2) == 0 {
			from.Item, from.Stays = number(int64(p.rand.IntN(1000))), false
		}
		p.w.TakenBack = append(p.w.TakenBack, from)
	}
	return Message{Kind: Unsend, ID: number(int64(p.rand.IntN(p.n + 1)))}
}

// follow does what a tap on a choice does.
func (p *player) follow(c Choice) Message {
	switch c.Gesture {
	case Tap, Write:
		return Message{Kind: Postback, Data: c.Data}
	case PickTime:
		return Message{Kind: Postback, Data: c.Data, PickedAt: []time.Time{p.now, {}}[p.rand.IntN(2)]}
	case PickDate:
		return Message{Kind: Postback, Data: c.Data, Picked: []string{"1987-03-05", "2600-01-01", "", "x"}[p.rand.IntN(4)]}
	case Camera, CameraRoll:
		return Message{Kind: Image, Attachment: p.file("", "image/jpeg")}
	case SharePlace:
		return p.message("(ตำแหน่ง ซอยตัวอย่าง 4)")
	case Say:
		return Message{Kind: Text, Text: c.Label}
	case Open:
	}
	return Message{Kind: Sticker}
}

// replyLimits holds every reply to what LINE takes (line.md 2.11).
func (p *player) replyLimits() {
	p.t.Helper()
	if len(p.replies) > 5 {
		p.fail("%d replies", len(p.replies))
	}
	for i, r := range p.replies {
		if problem := limits(r); problem != "" {
			p.fail("%s in %+v", problem, r)
		}
		if i < len(p.replies)-1 && len(r.Choices) > 0 {
			p.fail("choices on a reply that is not the last are not shown: %+v", r)
		}
	}
}

// limits says which limit of LINE a reply breaks.
func limits(r Reply) string {
	if (r.Text == "") == (r.Card == nil) {
		return "not exactly one of text and card"
	}
	if thai.UTF16Len(r.Text) > 5000 || strings.Contains(r.Text, "{") && !strings.Contains(r.Text, "{agency}") {
		return "text too long or with an argument left out"
	}
	if len(r.Choices) > 13 {
		return "more than 13 choices"
	}
	for _, c := range r.Choices {
		if n := thai.Clusters(c.Label); n == 0 || n > 20 {
			return "choice label " + c.Label
		}
	}
	for _, c := range tappable(r) {
		sends := slices.Contains([]Gesture{Tap, Write, PickDate, PickTime}, c.Gesture)
		if thai.UTF16Len(c.Data) > 300 || thai.Clusters(c.Label) > 40 || sends == (c.Data == "") || thai.Clusters(c.Fill) > 300 {
			return "tap " + c.Label + " " + c.Data
		}
	}
	if r.Card == nil {
		return ""
	}
	cards := r.Card.Cards
	if len(cards) == 0 {
		cards = []Card{*r.Card}
	}
	if len(cards) > 12 || thai.UTF16Len(r.Card.Alt) > 1500 || r.Card.Alt == "" {
		return "carousel or alternative text"
	}
	for _, c := range cards {
		if c.Title == "" || c.Tone == "" {
			return "card without title or tone"
		}
		for _, row := range c.Rows {
			if row.Label == "" || (row.Value == "") != row.Head {
				return "empty row"
			}
		}
		if raw, err := json.Marshal(c); err != nil || len(raw) > 15_000 {
			return fmt.Sprintf("card of %d bytes", len(raw))
		}
	}
	return ""
}

// wayOn holds that the citizen always sees what can be done next; silence is only for what
// goes to a person, and after sending or withdrawing, when what follows speaks.
func (p *player) wayOn(m Message) {
	p.t.Helper()
	if len(p.replies) == 0 {
		spoken := slices.ContainsFunc(p.effects, func(e Effect) bool {
			switch e.(type) {
			case Submit, Tell, Withdraw:
				return true
			}
			return false
		})
		if !spoken && m.Kind != Unsend && m.Kind != Edited && m.Kind != Unfollow {
			p.fail("no answer to %+v", m)
		}
		return
	}
	if last := p.replies[len(p.replies)-1]; len(tappable(last)) == 0 {
		p.fail("no way on from %+v", last)
	}
}

// answersKept holds that an answer goes only when the citizen takes it away.
func (p *player) answersKept(before Conversation, m Message) {
	p.t.Helper()
	drafts := func(c Conversation) map[string]Draft {
		all := map[string]Draft{}
		for _, d := range c.Kept {
			all[d.ID] = d
		}
		if c.Draft != nil {
			all[c.Draft.ID] = *c.Draft
		}
		return all
	}
	after := drafts(p.c)
	verb, args, _ := parseData(m.Data)
	takesAway := slices.Contains([]string{verbSkip, verbUnpick, verbUndo, verbGone}, verb) || m.Kind == Unsend ||
		m.Kind == Text && (slices.Contains([]command{skipCommand, undoCommand}, commandOf(m.Text)) || before.Mode == Removing && commandOf(m.Text) == sendCommand)
	for id, old := range drafts(before) {
		now, ok := after[id]
		if !ok {
			if !slices.ContainsFunc(p.c.Ended, func(e Ending) bool { return e.Draft == id }) {
				p.fail("draft %s is gone", id)
			}
			continue
		}
		for _, a := range old.Answers {
			b, ok := forms.Find(now.Answers, a.Field)
			switch {
			case !ok && !takesAway:
				p.fail("the answer to %s is gone", a.Field)
			case verb == verbUndo && len(args) > 0 && ok && b.Text != a.Text:
				p.fail("undoing has changed %s", a.Field)
			}
		}
	}
}

// effectsRight holds what follows from a step to its promises.
func (p *player) effectsRight(before Conversation) {
	p.t.Helper()
	for _, e := range p.effects {
		switch e := e.(type) {
		case Submit:
			f, ok := p.w.Forms.Version(e.Form, e.Version)
			if !ok || p.sent[e.Draft] || len(f.Missing(e.Answers)) > 0 || len(p.replies) > 0 {
				p.fail("sent twice, incomplete or with words: %+v", e)
			}
			if !slices.Contains(before.Noticed, Shown{Form: f.Key, Version: f.Notice.Version}) {
				p.fail("sent without the privacy notice (PDP-1)")
			}
			p.sent[e.Draft] = true
		case Tell:
			if (e.Ticket == 0) == (e.Handoff == "") {
				p.fail("told nobody: %+v", e)
			}
			if e.Text == "" && e.Attachment == nil && e.Place == nil {
				p.fail("told nothing")
			}
		case Supply:
			cs := slices.IndexFunc(p.w.Cases, func(c Case) bool { return c.Ticket == e.Ticket })
			given := Given{Ticket: e.Ticket, Item: e.Item}
			if cs < 0 || !slices.ContainsFunc(p.w.Cases[cs].Wanted, func(w Want) bool { return w.Item == e.Item }) || slices.Contains(before.Supplied, given) {
				p.fail("supplied what nobody waits for: %+v", e)
			}
		case Handoff:
			if e.Draft == "" || (e.Form == "") != (e.Version == 0) {
				p.fail("handoff %+v", e)
			}
		case OpenWeb:
			if p.c.Draft == nil || e.Draft != p.c.Draft.ID || !p.w.Web {
				p.fail("opened %+v", e)
			}
		case Share:
			if e.Document != 1 || !slices.ContainsFunc(p.w.Vault, func(o Owned) bool { return o.Tap }) {
				p.fail("shared %+v", e)
			}
		case Noticed:
		}
	}
}
