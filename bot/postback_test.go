package bot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"saphan/forms"
)

// scenes are the states of a conversation in which a tap may come.
func scenes(t testing.TB) []*stage {
	t.Helper()
	play := func(acts ...func(*stage)) *stage {
		s := newStage(t)
		for _, act := range acts {
			act(s)
		}
		return s
	}
	say := func(words string) func(*stage) { return func(s *stage) { s.give(Message{Kind: Text, Text: words}) } }
	tap := func(data string) func(*stage) {
		return func(s *stage) { s.give(Message{Kind: Postback, Data: data}) }
	}
	ticket := func(s *stage) {
		s.w.Cases = []Case{{Ticket: 7, Number: "SN-2570-000007", Title: "ขอใบอนุญาต", Status: "awaiting_citizen", Wanted: []Want{{Item: "3", Label: "แผนที่"}}}}
	}
	photo := func(s *stage) {
		s.give(Message{Kind: Image, Attachment: &Attachment{ID: 5, Name: "a.jpg", Type: "image/jpeg", Size: 9}})
	}
	return []*stage{
		play(), // nothing was said yet
		play(tap(StartData("public-problem"))),
		play(tap(StartData("question")), say("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")), // to be looked over and sent
		play(tap(StartData("hazardous-business")), say("บุคคลธรรมดา"), say("นางสาว"), say("สมหญิง ตัวอย่าง"), say("1234545678781")),
		play(say("คุยกับเจ้าหน้าที่")),
		play(ticket, say("เมนู")),
		play(photo),
		play(tap(StartData("question")), say("ยกเลิก")),
		play(tap(StartData("question")), say("มีคำถาม"), say("คุยกับเจ้าหน้าที่")),
	}
}

// FuzzPostback: whatever comes back from a button, in whatever state, nothing panics, the citizen is
// answered within LINE's limits, the state can be kept, and nothing is filed but what was shown to be
// sent (row 44).
func FuzzPostback(f *testing.F) {
	for _, data := range []string{
		"", "|", "v1", "v1|", "v1|menu", "v1|start|question", "v1|start|", "v1|start|no-such-service", "v1|a|d1|category|light", "v1|a|d1|category|", "v1|a||category|light",
		"v1|d|d1|birth_date", "v1|s|d1|1", "v1|s|d1|-1", "v1|s|d1|99999999999999999999", "v1|xx|d1", "v1|talk|7", "v1|talk|-7", "v1|about|7", "v1|supply|7|3", "v1|supply|7|4",
		"v1|lang|en", "v1|lang|xx", "v1|appeal|7", "v1|wd|7", "v1|wdy|7", "v1|wdy|-7", "v1|wdn|7", "v1|go|d1", "v1|fresh|d1", "v1|p|d1|category|light", "v1|u|d1|category|light", "v1|n|d1|category|1", "v1|n|d1|category|-1", "v1|q|d1|category|0", "v1|r|d1|photo", "v1|gm|d1|machines|1", "v1|gl|d1|machines|1",
		"v1|gx|d1|machines|1.1", "v1|gx|d1||", "v1|rd|d1|1", "v1|rd|d1|99999999999999999999", "v1|pk|d1", "v1|un|d1|1", "v1|us|d1", "v1|ue|d1", "v1|kn|d1|name", "v1|vd|d1|lease", "v1|web|d1", "v1|w|d1|category", "v1|c|d1|opens",
		"v2|menu", "v1|menu|a|b|c|d", "V1|MENU", "v1|a|d1|category|light|x", "v1|\x00|\xff", strings.Repeat("v1|", 300),
	} {
		f.Add(data, "", uint8(1))
		f.Add(data, "1987-03-05", uint8(3))
	}
	all := scenes(f)
	f.Fuzz(func(t *testing.T, data, picked string, scene uint8) {
		s := *all[int(scene)%len(all)]
		s.t, s.c, s.shown, s.effects = t, s.c.clone(), map[string]bool{}, nil
		before := s.c.clone()
		s.give(Message{Kind: Postback, Data: data, Picked: picked})
		if len(s.replies) == 0 && len(s.effects) == 0 {
			t.Errorf("%q was not answered", data)
		}
		for _, r := range s.replies {
			if len(r.Choices) > maxChoices || len([]rune(r.Text)) > maxText {
				t.Errorf("%q: a reply beyond the limits: %+v", data, r)
			}
		}
		if raw, err := json.Marshal(s.c); err != nil || len(raw) > 100_000 {
			t.Errorf("%q: the state has %d bytes (%v)", data, len(raw), err)
		}
		for _, e := range s.effects {
			switch e := e.(type) {
			case Submit:
				if before.Draft == nil || e.Draft != before.Draft.ID || !strings.HasPrefix(data, "v1|s|"+before.Draft.ID+"|") {
					t.Errorf("%q filed the draft %q", data, e.Draft)
				}
			case Supply:
				if e.Ticket != 7 || e.Item != "3" {
					t.Errorf("%q supplied %+v", data, e)
				}
			}
		}
		// Answers change only by a tap that names the open draft.
		if d := before.Draft; d != nil && s.c.Draft != nil && s.c.Draft.ID == d.ID && !strings.Contains(data, d.ID) && !slices.EqualFunc(d.Answers, s.c.Draft.Answers, sameAnswer) {
			t.Errorf("%q changed the answers", data)
		}
	})
}

func sameAnswer(a, b forms.Answer) bool { return a.Field == b.Field && a.Text == b.Text }
