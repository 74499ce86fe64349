package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// What quotes a message that was taken back is found however it quotes it; what only looks alike is not.
func TestRow27Requote(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("มะม่วงสุกหล่นใส่รถของเพื่อนบ้าน ", 8) + "ค่ะ"
	for name, c := range map[string]struct{ text, words, want string }{
		"whole":           {"มะม่วงสุก", "มะม่วงสุก", "X"},
		"whole and short": {"ใช่", "ใช่", "X"},
		"in a sentence":   {"เมื่อครู่คุณพิมพ์ว่า มะม่วงสุกงอม ใช่ไหมคะ", "มะม่วงสุกงอม", "เมื่อครู่คุณพิมพ์ว่า X ใช่ไหมคะ"},
		"in marks":        {"คุณพิมพ์ว่า “ได้” ใช่ไหม", "ได้", "คุณพิมพ์ว่า “X” ใช่ไหม"},
		"short, unmarked": {"ส่งได้เลยค่ะ", "ได้", "ส่งได้เลยค่ะ"},
		"on one line":     {"คำตอบ: บรรทัดหนึ่ง บรรทัดสอง", "บรรทัดหนึ่ง\nบรรทัดสอง", "คำตอบ: X"},
		"cut short":       {"คำตอบ: " + string([]rune(long)[:60]) + "…", long, "คำตอบ: X"},
		"cut elsewhere":   {"มะม่วงสุกราคาถูก…", long, "มะม่วงสุกราคาถูก…"},
		"not there":       {"เมนู", "มะม่วงสุก", "เมนู"},
	} {
		got := c.text
		if changed := requoteIn(&got, c.words, "X"); got != c.want || changed != (c.text != c.want) {
			t.Errorf("%s: %q, changed %v, want %q", name, got, changed, c.want)
		}
	}
	card := Card{Alt: "มะม่วงสุก", Rows: []Row{{Label: "รายละเอียด", Value: "มะม่วงสุก", Edit: "v1|e|มะม่วงสุก"}}, Cards: []Card{{Title: "มะม่วงสุก"}}}
	r := Reply{Card: &card, Choices: []Choice{{Label: "มะม่วงสุก", Data: "มะม่วงสุก"}}}
	if !r.requote("มะม่วงสุก", "X") || r.Card.Alt != "X" || r.Card.Rows[0].Value != "X" || r.Card.Cards[0].Title != "X" {
		t.Errorf("card %+v", r.Card)
	}
	if r.Card.Rows[0].Edit != "v1|e|มะม่วงสุก" || card.Rows[0].Value != "มะม่วงสุก" {
		t.Error("data of buttons or the caller's own card changed")
	}
}

// Row 44: whatever comes back as the data of a tap, from whatever card and at whatever point, nothing panics, every answer
// fits LINE's limits and shows a way on, and nothing is filed but what the citizen was shown.
func FuzzPostback(f *testing.F) {
	for _, data := range []string{
		"", "v1", "v1|", "v1|menu", "v1|track", "v1|human", "v1|call", "v1|lang|en", "v1|lang|xx", "v1|start|public-problem", "v1|start|nothing", "v1|fresh|d2",
		"v1|go|d2", "v1|a|d2|category|light", "v1|a|d2|category|", "v1|a|d9|category|light", "v1|d|d2|photo", "v1|k|d2|photo", "v1|f|d2|photo", "v1|o|d2|photo", "v1|h|d2|description",
		"v1|b|d2|photo", "v1|e|d2|category", "v1|e|d2|", "v1|s|d2|0", "v1|s|d2|3", "v1|s|d2|99999999999999999999", "v1|x|d2", "v1|xx|d2", "v1|talk|1", "v1|talk|-1", "v1|about|1",
		"v1|supply|1|7", "v1|supply|1|8|9", "v0|menu", "v2|s|d2|3", "menu", "|||||||", "v1|a|d2|category|light|x", "v1|\x00|d2", "v1|a|d2|ประเภท|ไฟ", strings.Repeat("v1|a|", 60), "\xff\xfe",
	} {
		for point := range uint8(5) {
			f.Add(data, "2026-11-21", point)
		}
	}
	f.Add("v1|d|d2|birth", "2600-02-30", uint8(1))
	begin := newStage(f) // reading the services takes longer than all the rest
	f.Fuzz(func(t *testing.T, data, picked string, point uint8) {
		if !utf8.ValidString(data) {
			data = strings.ToValidUTF8(data, "�") // JSON brings nothing else
		}
		at := *begin
		at.t, at.shown = t, map[string]bool{}
		p := &player{stage: &at, sent: map[string]bool{}}
		p.give(Message{Kind: Follow})
		script := []Message{
			{Kind: Postback, Data: StartData("public-problem")}, {Kind: Postback, Data: "v1|a|d2|category|light"}, {Kind: Postback, Data: "v1|k|d2|photo"},
			{Kind: Location, Place: &Place{Address: "ซอยตัวอย่าง", Latitude: 13.7, Longitude: 100.5}}, {Kind: Text, Text: "ไฟดับมาสามคืนแล้ว"},
		}
		switch point %= 5; point {
		case 0: // nothing is open
		case 4: // an officer is being talked to, and waits for documents
			p.w.Cases = []Case{{Ticket: 1, Number: "กอ.1/2570", Title: "ใบอนุญาต", Status: "awaiting_citizen", Wanted: []Want{{Item: "7", Label: "แผนที่"}, {Item: "8", Label: "สัญญาเช่า"}}}}
			p.c = p.c.Spoken(1, p.now)
		default: // at the first question, in the middle, at the summary
			for _, m := range script[:[]int{1, 3, 5}[point-1]] {
				p.give(m)
			}
		}
		shown, before := len(p.history), p.c.clone()
		p.give(Message{Kind: Postback, Data: data, Picked: picked, PickedAt: time.Unix(int64(point), 0)})
		p.log = append(p.log, data)
		p.replyLimits()
		p.wayOn(Message{Kind: Postback, Data: data})
		p.effectsRight(before)
		for _, e := range p.effects {
			if _, files := e.(Submit); !files {
				continue
			}
			offered := false
			for _, c := range p.history[:shown] {
				offered = offered || c.Data == data
			}
			if !offered {
				t.Errorf("%q filed a request, which no card offered", data)
			}
		}
		if raw, err := json.Marshal(p.c); err != nil || len(raw) > 100_000 {
			t.Errorf("the state has %d bytes (%v)", len(raw), err)
		}
	})
}
