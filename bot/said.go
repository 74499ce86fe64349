package bot

import (
	"slices"
	"strings"

	"saphan/forms"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// command is what a word means whatever the question is.
type command string

const (
	noCommand      command = ""
	menuCommand    command = "menu"
	trackCommand   command = "track"
	humanCommand   command = "human"
	permitsCommand command = "permits"
	unlinkCommand  command = "unlink"
	cancelCommand  command = "cancel"
	backCommand    command = "back"
	skipCommand    command = "skip"
	doneCommand    command = "done"
	goCommand      command = "go"
	freshCommand   command = "fresh"
	editCommand    command = "edit"
	sendCommand    command = "send"
	parkCommand    command = "park"
	webCommand     command = "web"
	undoCommand    command = "undo"
	sameCommand    command = "same"
	knownCommand   command = "known"
	useCommand     command = "use"
	retakeCommand  command = "retake"
	noneCommand    command = "no"
	thaiCommand    command = "th"
	engCommand     command = "en"
	leaveCommand   command = "withdraw"
)

// commandWords are compared after thai.Key; whole messages only, so that an answer that
// merely contains such a word stays an answer.
var commandWords = map[command][]string{
	menuCommand:    {"เมนู", "เมนูหลัก", "บริการ", "บริการทั้งหมด", "ดูบริการ", "หน้าแรก", "menu", "services", "help", "ช่วยเหลือ"},
	trackCommand:   {"ติดตาม", "ติดตามเรื่อง", "ตามเรื่อง", "เรื่องของฉัน", "สถานะ", "เช็คสถานะ", "track", "status", "my cases"},
	unlinkCommand:  {"เลิกเชื่อมบัญชี", "ยกเลิกการเชื่อมบัญชี", "unlink my account", "unlink"},
	permitsCommand: {"ใบอนุญาตของฉัน", "ใบอนุญาตของผม", "ใบอนุญาตของดิฉัน", "my permits"},
	humanCommand:   {"เจ้าหน้าที่", "คุยกับเจ้าหน้าที่", "ติดต่อเจ้าหน้าที่", "ขอคุยกับเจ้าหน้าที่", "ขอสายเจ้าหน้าที่", "คุยกับคน", "แอดมิน", "officer", "human", "talk to an officer"},
	cancelCommand:  {"ยกเลิก", "ยกเลิกคำขอ", "ไม่ทำแล้ว", "เลิก", "cancel"},
	backCommand:    {"ย้อนกลับ", "ย้อน", "กลับ", "ข้อก่อนหน้า", "back"},
	skipCommand:    {"ข้าม", "ข้ามไป", "ไม่มี", "skip"},
	doneCommand:    {"พอแล้ว", "ครบแล้ว", "หมดแล้ว", "เสร็จแล้ว", "พอ", "done", "that is all"},
	goCommand:      {"ทำต่อ", "กรอกต่อ", "ต่อ", "ไปต่อ", "continue", "go on"},
	freshCommand:   {"เริ่มใหม่", "start over"},
	editCommand:    {"แก้ไข", "แก้", "ขอแก้", "ขอแก้ไข", "edit"},
	sendCommand:    {"ส่ง", "ส่งคำขอ", "ยืนยัน", "ตกลง", "ใช่", "โอเค", "ok", "send", "send request", "yes"},
	parkCommand:    {"พักไว้ก่อน", "พักก่อน", "ไว้ก่อน", "ไว้ทำต่อ", "ไว้ทำทีหลัง", "เก็บไว้ก่อน", "save", "save for later", "later"},
	webCommand:     {"กรอกบนเว็บ", "ทำบนเว็บ", "ทำต่อบนเว็บ", "กรอกต่อบนเว็บ", "กรอกในเว็บ", "ทำในเว็บ", "เปิดเว็บ", "fill in on the web", "continue on the web"},
	undoCommand:    {"ไม่ใช่", "ไม่ถูก", "ไม่ถูก ขอตอบเอง", "that is wrong", "ไม่ใช่ทั้งหมด", "ไม่ใช่เรื่องนี้", "undo", "not this", "none of these"},
	noneCommand:    {"ไม่", "ไม่ยกเลิก", "ไม่ลบ", "no"},
	sameCommand:    {"ใช้คำตอบเดิม", "คำตอบเดิม", "เหมือนเดิม", "ตามเดิม", "keep my answer"},
	knownCommand:   {"ใช้ข้อมูลเดิม", "ใช้ไฟล์เดิม", "ให้ใช้ไฟล์เดิม", "use what you have", "use the old file", "allow the old file"},
	useCommand:     {"ใช้ข้อมูลเดิมทั้งหมด", "use all of it"},
	retakeCommand:  {"ถ่ายใหม่", "ส่งใหม่", "take it again"},
	thaiCommand:    {"ภาษาไทย", "thai"},
	leaveCommand:   {"ถอนเรื่อง", "ขอถอนเรื่อง", "ถอนคำขอ", "ขอถอนคำขอ", "withdraw", "withdraw my case", "withdraw my request"},
	engCommand:     {"english", "อังกฤษ", "ภาษาอังกฤษ"},
}

// longestCommand is how many bytes words may have that are looked at whether they are a command or a courtesy:
// some times what the longest of them has.
const longestCommand = 400

func commandOf(words string) command {
	if len(words) > longestCommand {
		return noCommand
	}
	key := thai.Key(words)
	for c, all := range commandWords {
		if slices.Contains(all, key) {
			return c
		}
	}
	return noCommand
}

// languageOf is the language whose name, in itself, is all that was written; empty when it is none.
func languageOf(said string) string {
	if len(said) > longestCommand {
		return ""
	}
	key := thai.Key(said)
	for _, l := range words.Offered() {
		if thai.Key(l.Name) == key {
			return l.Code
		}
	}
	return ""
}

// languageAsked is the language that words ask for; empty when they ask for none. Where a question waits for words, a
// name such as "อังกฤษ" or "Thai" is a nationality: there a language is asked for by its name in itself, or as one.
func (t *turn) languageAsked(c command) string {
	lang := languageOf(t.m.Text)
	if named := lang != "" || strings.HasPrefix(thai.Key(t.m.Text), "ภาษา"); t.c.Draft != nil && t.wordsWaitedFor() {
		if !named || lang == string(t.say) {
			return ""
		}
	}
	if lang == "" && (c == thaiCommand || c == engCommand) {
		return string(c)
	}
	return lang
}

var greetings = []string{"สวัสดี", "หวัดดี", "ดีจ้า", "สวัสดีตอนเช้า", "เริ่ม", "เริ่มต้น", "hello", "hi", "start"}

var thankful = []string{"ขอบคุณ", "ขอบคุณมาก", "ขอบคุณมากๆ", "ขอบใจ", "ขอบคุณนะ", "thank you", "thanks", "thx"}

func thanks(words string) bool {
	return len(words) <= longestCommand && slices.Contains(thankful, thai.Key(words))
}

func greeting(words string) bool {
	return len(words) <= longestCommand && slices.Contains(greetings, thai.Key(words))
}

// said handles words.
func (t *turn) said() {
	if thai.Tidy(t.m.Text) == "" {
		t.odd()
		return
	}
	c := commandOf(t.m.Text)
	switch {
	case c == menuCommand:
		t.menu()
	case c == trackCommand:
		t.track()
	case c == humanCommand:
		t.human()
	case c == permitsCommand:
		t.permits()
	case c == unlinkCommand:
		t.unlink()
	case c == leaveCommand:
		t.withdrawSaid()
	case t.languageAsked(c) != "":
		t.speak(t.languageAsked(c))
	case c == noCommand && t.saidMine():
	case t.c.Draft != nil:
		t.saidInForm(c)
	default:
		t.saidFreely(c)
	}
}

// saidInForm handles words while a form is open.
func (t *turn) saidInForm(c command) {
	d := t.c.Draft
	f := t.formOf(*d)
	switch {
	case t.c.Mode == Cancelling && (c == cancelCommand || c == sendCommand):
		t.drop(d.ID)
		return
	case t.c.Mode == Resuming && (c == goCommand || c == sendCommand):
		t.resume()
		return
	case t.c.Mode == Resuming && c == freshCommand:
		t.fresh(d.ID)
		return
	case c == cancelCommand:
		t.confirmCancel(f)
		return
	case (t.c.Mode == Resuming || t.stale()) && c != goCommand && c != freshCommand:
		if c == noCommand && !greeting(t.m.Text) {
			t.hold(func(h *Held) { h.Text = thai.Tidy(t.m.Text) })
		}
		t.offerResume(f)
		return
	}
	if t.c.Mode == Cancelling || t.c.Mode == Removing {
		asked := t.c.Mode
		t.c.Mode = Plain // anything but yes is no
		switch {
		case asked == Removing && c == sendCommand:
			group, which, _ := strings.Cut(d.Remove, "|")
			t.removeThing(f, group, which)
			return
		case c == undoCommand, c == noneCommand:
			t.ask(f)
			return
		}
	}
	switch c {
	case backCommand:
		t.back(f)
	case goCommand:
		t.touch()
		t.goOn(f)
	case freshCommand:
		t.offerResume(f)
	case parkCommand:
		t.park(f)
	case webCommand:
		t.web(f)
	case useCommand:
		t.useAll(f)
	default:
		if p := d.Pasted; c == undoCommand && p != nil && p.Revision == d.Revision {
			t.unpaste(f, number(int64(p.Revision)))
			return
		}
		t.saidAsAnswer(f, c)
	}
}

// goOn leads to the next question where the open one takes any number of answers and has some.
func (t *turn) goOn(f *forms.Form) {
	fl, ok := t.field(f, t.c.Draft.Field)
	if _, _, stands := t.answered(fl); ok && stands && (fl.Files() || fl.Kind == forms.ChoicesField) {
		t.enough(f, fl)
		return
	}
	t.ask(f)
}

// saidToProposal takes yes and no to the service that was proposed.
func (t *turn) saidToProposal(c command) bool {
	key, ok := t.proposed()
	switch {
	case ok && (c == sendCommand || c == goCommand):
		t.start(key)
	case t.c.Held.Text != "" && (c == undoCommand || c == noneCommand):
		t.notThese()
	default:
		return false
	}
	return true
}

// saidFreely handles words while no form is open.
func (t *turn) saidFreely(c command) {
	switch {
	case c == goCommand && len(t.c.Kept) > 0:
		t.takeUp(t.c.Kept[len(t.c.Kept)-1].ID)
	case c == webCommand && len(t.c.Kept) > 0 && t.c.takeUp(t.c.Kept[len(t.c.Kept)-1].ID):
		t.web(t.formOf(*t.c.Draft))
	case t.c.Mode == Human:
		t.handoff(thai.Tidy(t.m.Text))
	case t.c.Mode == Withdrawing:
		t.saidLeaving(c)
	case t.talking():
		t.tell(Tell{Text: thai.Tidy(t.m.Text)})
	case greeting(t.m.Text):
		t.greet()
	case thanks(t.m.Text):
		t.text(t.say.Say("thanks"))
		t.here()
	case t.saidToProposal(c):
	case c != noCommand:
		t.text(t.say.Say("here.nothing_open"), append(t.kept(), t.menuChoice(), t.trackChoice(), t.humanChoice())...)
	default:
		t.guess()
	}
}
