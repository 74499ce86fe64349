package bot

// Unlink parts the chat account from the account with us that it was joined with.
type Unlink struct{}

func (Unlink) effect() {}

// linked answers somebody who joined this chat with an account of theirs. That it can be undone at any
// time is said at once (line.md 4.5).
func (t *turn) linked() {
	if t.m.Refused {
		t.text(t.say.Say("link.failed"))
	} else {
		t.text(t.say.Say("link.done"))
	}
	t.here()
}

// unlink undoes it.
func (t *turn) unlink() {
	t.do(Unlink{})
	t.text(t.say.Say("link.ended"))
	t.here()
}
