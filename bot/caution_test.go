package bot

import (
	"strings"
	"testing"
)

// EGA-10.6: a channel that the agency has not announced says so when somebody comes for the first
// time and again when something is filed, before the answer, with the way to file elsewhere; one that is
// announced never does.
func TestUnannouncedChannelSaysSo(t *testing.T) {
	t.Parallel()
	const says = "ยังไม่ได้ประกาศเป็นช่องทางรับคำขอตามกฎหมาย"
	told := func(replies []Reply) (n int) {
		for _, r := range replies {
			if strings.Contains(r.Text, says) {
				n++
			}
		}
		return n
	}
	for name, announced := range map[string]bool{"announced": true, "not announced": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := walker{stage: newStage(t), pick: func(int) int { return 0 }}
			w.w.Announced = announced
			want := 1
			if announced {
				want = 0
			}
			w.give(Message{Kind: Text, Text: "สวัสดี"})
			if told(w.replies) != want {
				t.Errorf("first contact: told %d times: %+v", told(w.replies), w.replies)
			}
			if first := w.replies[0]; !announced && (!strings.Contains(first.Text, says) || !strings.Contains(first.Text, w.w.Phone) || len(w.replies) < 2 || len(first.Choices) != 0) {
				t.Errorf("first contact: %+v", w.replies)
			}
			w.give(Message{Kind: Text, Text: "สวัสดี"})
			if told(w.replies) != 0 {
				t.Error("told again though nothing was filed")
			}
			f, ok := w.w.Forms.Find("public-problem")
			if !ok {
				t.Fatal("no such service")
			}
			w.walk(f)
			if told(w.replies) != want {
				t.Errorf("filing: told %d times: %+v", told(w.replies), w.replies)
			}
		})
	}
	s := newStage(t)
	s.w.Announced, s.w.Phone, s.w.Lang = false, "", "en"
	s.give(Message{Kind: Text, Text: "hello"})
	if got := s.replies; !strings.Contains(got[0].Text, "on trial") || strings.Contains(got[0].Text, "{") {
		t.Errorf("in English without a phone: %+v", got)
	}
}
