package bot

import (
	"strings"
	"testing"

	"saphan/forms"
)

// FuzzPaste: whatever is written in answer to a question, no answer that was there changes, and what is read
// out of it is said back.
func FuzzPaste(f *testing.F) {
	for _, text := range []string{
		"ชื่อ สมชาย ตัวอย่าง เบอร์ 081 234 5678, บ้านเลขที่ 99/1 หมู่ 4 ต.ตัวอย่าง", "ชื่อ: ก\nชื่อ: ข", "โทร โทร โทร", ":::===", "081 234 5678 081 234 5679", "1234545678781 1234545678781",
		"พื้นที่: 120\nเวลาเปิด: 8.30\nแบบร้าน: บ้าน", "อีเมล a@b.co เมล c@d.co", "ที่อยู่ บ้านเลขที่ 99/1 ต.ตัวอย่าง อ.เมือง", "เกิด 5 มี.ค. 2530 โทร 0812345678", "Ⱥ name Ⱥ phone 0812345678", strings.Repeat("โทร 0812345678 ", 100),
	} {
		f.Add(text, false)
		f.Add(text, true)
	}
	base := newStage(f)
	base.w.Forms = catalogOf(f, "every-kind")
	base.give(Message{Kind: Postback, Data: StartData("every-kind")})
	later := *base
	later.c = base.c.clone()
	later.give(Message{Kind: Text, Text: "สมหญิง ตัวอย่าง"})
	later.give(Message{Kind: Text, Text: "1234545678781"})
	f.Fuzz(func(t *testing.T, text string, begun bool) {
		s := *base
		if begun {
			s = later
		}
		s.t, s.c, s.shown = t, s.c.clone(), map[string]bool{}
		before := s.c.clone()
		s.give(Message{Kind: Text, Text: text})
		if s.c.Draft == nil || before.Draft == nil {
			return // it was a command
		}
		for _, a := range before.Draft.Answers {
			if b, ok := forms.Find(s.c.Draft.Answers, a.Field); !ok || b.Text != a.Text {
				t.Errorf("%q has changed %s", text, a.Field)
			}
		}
		if p := s.c.Draft.Pasted; p != nil {
			said := s.replies[0].Text
			for _, key := range p.Fields {
				if a, ok := forms.Find(s.c.Draft.Answers, key); !ok || !strings.Contains(said, a.Label) {
					t.Errorf("%q was taken as %s without a word: %q", text, key, said)
				}
			}
		}
	})
}
