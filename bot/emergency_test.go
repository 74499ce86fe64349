package bot

import (
	"slices"
	"strings"
	"testing"

	"saphan/forms"
)

// Whoever tells of something dangerous is first told to keep away and whom to call, whatever words they use, whether
// they write it out of the blue or at the question, and by every tap.
func TestEveryEmergencyWord(t *testing.T) {
	t.Parallel()
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	told := func(s *stage) bool {
		return slices.ContainsFunc(s.replies, func(r Reply) bool {
			return strings.Contains(r.Text, "1669") && strings.Contains(r.Text, "191") && strings.Contains(r.Text, "1129")
		})
	}
	words := 0
	for _, f := range catalog.List() {
		for _, fl := range f.Fields {
			if fl.Urgent == "" {
				continue
			}
			c, ok := fl.Choice(fl.Urgent)
			if !ok {
				t.Fatalf("%s: %s has no choice %s", f.Key, fl.Key, fl.Urgent)
			}
			for _, word := range append([]string{c.Label.TH, c.Label.EN}, c.Words...) {
				words++
				s := hearing(t)
				s.give(Message{Kind: Postback, Data: StartData(string(f.Key))})
				if s.c.Draft.Field != fl.Key {
					t.Fatalf("%s asks for %s first, not %s", f.Key, s.c.Draft.Field, fl.Key)
				}
				if s.give(Message{Kind: Text, Text: word}); !told(s) {
					t.Errorf("%s: %q at the question is answered %+v", f.Key, word, s.replies)
				}
			}
			s := hearing(t)
			s.give(Message{Kind: Postback, Data: StartData(string(f.Key))})
			if s.give(Message{Kind: Postback, Data: data(verbAnswer, s.c.Draft.ID, fl.Key, fl.Urgent)}); !told(s) {
				t.Errorf("%s: a tap is answered %+v", f.Key, s.replies)
			}
		}
	}
	if words == 0 {
		t.Fatal("no service has a word for an emergency")
	}
	for _, said := range []string{
		"สายไฟขาดหน้าบ้าน", "สายไฟขาดห้อยลงมาขวางถนน", "ไฟรั่วที่เสาหน้าโรงเรียน", "ไฟช็อตเสาไฟหน้าตลาด", "เสาไฟล้มทับถนน อันตรายมาก", "live wire on the road near the school", "หม้อแปลงระเบิดหน้าซอย 4",
	} {
		s := hearing(t)
		if s.give(Message{Kind: Text, Text: said}); !told(s) {
			t.Errorf("%q is answered %q", said, s.replies[0].Text)
		}
	}
}
