package bot

import (
	"strings"
	"testing"
)

// BenchmarkStep measures one step of a conversation: a tap in a long form, words for the
// menu, and words to be guessed at.
func BenchmarkStep(b *testing.B) {
	s := newStage(b)
	s.give(Message{Kind: Postback, Data: StartData("hazardous-business")})
	inForm, first := s.c, s.replies[len(s.replies)-1].Choices[0]
	heard := hearing(b).w
	for name, c := range map[string]struct {
		c Conversation
		m Message
		w World
	}{
		"tap":   {inForm, Message{Kind: Postback, Data: first.Data}, s.w},
		"menu":  {Conversation{}, Message{Kind: Text, Text: "เมนู"}, s.w},
		"guess": {Conversation{}, Message{Kind: Text, Text: "ไฟถนนหน้าบ้านดับมาสามวันแล้วค่ะ"}, s.w},
		"heard": {Conversation{}, Message{Kind: Text, Text: "ไฟถนนหน้าบ้านดับมาสามวันแล้วค่ะ"}, heard},
		"long":  {Conversation{}, Message{Kind: Text, Text: strings.Repeat("ไฟถนนหน้าบ้านดับมาสามวันแล้วค่ะ ", 150)}, heard},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Step(c.c, c.m, c.w)
			}
		})
	}
}
