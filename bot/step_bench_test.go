package bot

import "testing"

// BenchmarkStep measures one step of a conversation: a tap in a long form, words for the
// menu, and words to be guessed at.
func BenchmarkStep(b *testing.B) {
	s := newStage(b)
	s.give(Message{Kind: Postback, Data: StartData("hazardous-business")})
	inForm := s.c
	for name, c := range map[string]struct {
		c Conversation
		m Message
	}{
		"tap":   {inForm, s.message("[👤 บุคคลธรรมดา]")},
		"menu":  {Conversation{}, Message{Kind: Text, Text: "เมนู"}},
		"guess": {Conversation{}, Message{Kind: Text, Text: "ไฟถนนหน้าบ้านดับมาสามวันแล้วค่ะ"}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Step(c.c, c.m, s.w)
			}
		})
	}
}
