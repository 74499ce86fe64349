package bot

import (
	"slices"
	"testing"
)

// Linked or not, the citizen is told what happened and how to undo it, in the middle of anything, and
// the open question comes again.
func TestLinked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.give(Message{Kind: Postback, Data: StartData("public-problem")})
	for _, try := range []struct {
		m    Message
		want string
		ends bool
	}{
		{Message{Kind: Linked, Data: "nonce"}, s.say("link.done"), false},
		{Message{Kind: Linked, Refused: true}, s.say("link.failed"), false},
		{Message{Kind: Text, Text: "เลิกเชื่อมบัญชี"}, s.say("link.ended"), true},
		{Message{Kind: Postback, Data: data(verbUnlink)}, s.say("link.ended"), true},
	} {
		s.give(try.m)
		if len(s.replies) < 2 || s.replies[0].Text != try.want || s.c.Draft == nil {
			t.Errorf("%+v: %+v", try.m, s.replies)
		}
		if slices.Contains(s.effects, Effect(Unlink{})) != try.ends {
			t.Errorf("%+v: %+v", try.m, s.effects)
		}
	}
}
