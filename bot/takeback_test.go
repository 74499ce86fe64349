package bot

import (
	"strings"
	"testing"
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
