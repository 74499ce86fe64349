package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"os"

	"saphan/forms"
)

func TestNewerStateIsRefused(t *testing.T) {
	t.Parallel()
	var c Conversation
	if err := json.Unmarshal([]byte(`{"v":99}`), &c); err == nil {
		t.Error("a state of a later release was read by halves")
	}
	if err := json.Unmarshal([]byte(`{}`), &c); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(`{"draft":7}`), &c); err == nil {
		t.Error("a broken state was read")
	}
}

// TestEmptyStateIsSmall: millions of people only ever say hello.
func TestEmptyStateIsSmall(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(Conversation{Version: stateVersion})
	if err != nil || string(raw) != `{"v":1}` {
		t.Errorf("%s (%v)", raw, err)
	}
}

// TestTalkingToSetElsewhere: whoever only names the ticket is understood.
func TestTalkingToSetElsewhere(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.c.TalkingTo = 9
	s.give(Message{Kind: Text, Text: "ค่ะ"})
	if e, ok := s.effects[0].(Tell); !ok || e.Ticket != 9 || len(s.replies) != 1 {
		t.Errorf("%+v %+v", s.effects, s.replies)
	}
}

// TestWordsBeforeTheTicketIsKnown belong to the asking, not to the air.
func TestWordsBeforeTheTicketIsKnown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.give(Message{Kind: Text, Text: "เจ้าหน้าที่"})
	s.give(Message{Kind: Text, Text: "ขอถามเรื่องป้าย"})
	h, ok := s.effects[0].(Handoff)
	if !ok || h.Words != "ขอถามเรื่องป้าย" {
		t.Fatalf("%+v", s.effects)
	}
	s.give(Message{Kind: Text, Text: "ป้ายใหญ่ค่ะ"})
	if e, ok := s.effects[0].(Tell); !ok || e.Ticket != 0 || e.Handoff != h.Draft {
		t.Errorf("%+v", s.effects)
	}
	s.c = s.c.Connected(4, s.now)
	s.give(Message{Kind: Text, Text: "สองเมตร"})
	if e, ok := s.effects[0].(Tell); !ok || e.Ticket != 4 || e.Handoff != "" || len(s.replies) != 0 {
		t.Errorf("%+v", s.effects)
	}
}

// TestHandoffAnswers: the officer reads the question and the half-filled form (SEED-22).
func TestHandoffAnswers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.w.Forms = catalogOf(t, "public-problem", "hazardous-business", "question")
	s.give(Message{Kind: Postback, Data: StartData("hazardous-business")})
	s.give(s.message("[👤 บุคคลธรรมดา]"))
	s.give(Message{Kind: Text, Text: "คุยกับเจ้าหน้าที่ค่ะ"})
	h, ok := s.effects[0].(Handoff)
	if !ok {
		t.Fatalf("%+v", s.effects)
	}
	form, _ := s.w.Forms.ForHuman()
	answers := HandoffAnswers(form, h, s.w.Forms)
	var lines []string
	for _, a := range answers {
		lines = append(lines, a.Field+"="+a.Text)
	}
	want := "question=ขอคุยกับเจ้าหน้าที่ open_form=ขอใบอนุญาตกิจการที่เป็นอันตรายต่อสุขภาพ hazardous-business.applicant_kind=บุคคลธรรมดา"
	if got := strings.Join(lines, " "); got != want {
		t.Errorf("got %s", got)
	}
	if len(form.Missing(answers)) != 0 {
		t.Error("the request would be incomplete")
	}
	if got := HandoffAnswers(form, Handoff{Words: "ป้าย"}, s.w.Forms); len(got) != 1 || got[0].Text != "ป้าย" {
		t.Errorf("%+v", got)
	}
}

// TestDraftOutlivesItsVersion: a draft goes on in its own version while that is kept, else in
// the newest, with its answers.
func TestDraftOutlivesItsVersion(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../forms/services/public-problem.yaml")
	if err != nil {
		t.Fatal(err)
	}
	next := strings.Replace(string(raw), "version: 3\norder", "version: 4\norder", 1)
	next = strings.Replace(next, `key: "photo"`, `key: "picture"`, 1)
	both, err := forms.Load(fstest.MapFS{"public-problem.v3.yaml": {Data: raw}, "public-problem.yaml": {Data: []byte(next)}})
	if err != nil {
		t.Fatal(err)
	}
	newest, err := forms.Load(fstest.MapFS{"public-problem.yaml": {Data: []byte(next)}})
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t)
	s.give(Message{Kind: Postback, Data: StartData("public-problem")})
	s.give(s.message("[💡 ไฟถนนดับ]"))
	s.give(s.message("[ข้าม]"))
	s.w.Forms = both
	s.give(Message{Kind: Text, Text: "หน้าวัดตัวอย่าง"})
	if d := s.c.Draft; d.Version != 3 || d.Field != "description" {
		t.Fatalf("the draft moved to version %d, field %s", d.Version, d.Field)
	}
	s.w.Forms = newest
	s.give(Message{Kind: Sticker})
	if d := s.c.Draft; d.Version != 4 || d.Field != "picture" || len(d.Answers) != 2 {
		t.Fatalf("the draft stands at version %d, field %s, %d answers", d.Version, d.Field, len(d.Answers))
	}
}

// TestServiceWithdrawn: the draft of a service that is no more ends with a word.
func TestServiceWithdrawn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.give(Message{Kind: Postback, Data: StartData("public-problem")})
	raw, err := os.ReadFile("../forms/services/question.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if s.w.Forms, err = forms.Load(fstest.MapFS{"question.yaml": {Data: raw}}); err != nil {
		t.Fatal(err)
	}
	s.give(Message{Kind: Sticker})
	if s.c.Draft != nil || !strings.Contains(s.replies[0].Text, "ปิดรับ") {
		t.Errorf("%+v", s.replies)
	}
}

// TestAnonymousAgency: a channel without a name still gives a notice that reads well.
func TestAnonymousAgency(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.w.Agency = ""
	s.give(Message{Kind: Postback, Data: StartData("question")})
	if body := s.replies[0].Card.Body; strings.Contains(body, "{agency}") || !strings.HasPrefix(body, "หน่วยงาน ") {
		t.Errorf("%q", body)
	}
}

// TestInPerson holds EGA-7.6: what must be done in person gets an explanation, not a form.
func TestInPerson(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../forms/services/question.yaml")
	if err != nil {
		t.Fatal(err)
	}
	in := strings.Replace(string(raw), "human: true", `in_person: {law: {th: "มาตรา 7", en: "s. 7"}, text: {th: "นัดหมายที่สำนักทะเบียนค่ะ", en: "By appointment."}}`, 1)
	s := newStage(t)
	if s.w.Forms, err = forms.Load(fstest.MapFS{"question.yaml": {Data: []byte(in)}}); err != nil {
		t.Fatal(err)
	}
	s.give(Message{Kind: Postback, Data: StartData("question")})
	if s.c.Draft != nil || !strings.Contains(s.replies[0].Text, "นัดหมาย") || len(s.replies[0].Choices) == 0 {
		t.Errorf("%+v", s.replies)
	}
}

// TestManyChoices: more choices than one card holds are spread over several.
func TestManyChoices(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{14: 14, 15: 8, 28: 14, 29: 10, 60: 12} {
		if got := pageSize(n); got != want {
			t.Errorf("pageSize(%d) = %d, want %d", n, got, want)
		}
	}
}

// TestLongAnswerOnTheSummary: 5,000 letters neither break a card nor get lost.
func TestLongAnswerOnTheSummary(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.give(Message{Kind: Postback, Data: StartData("question")})
	s.give(Message{Kind: Text, Text: strings.Repeat("น้ำ", 5000/3)})
	s.give(Message{Kind: Text, Text: "ส่งคำขอ"})
	if e, ok := s.effects[0].(Submit); !ok || len(e.Answers[0].Text) != len(strings.Repeat("น้ำ", 5000/3)) {
		t.Errorf("%+v", s.replies)
	}
}

// TestPickersStayInRange: LINE takes dates between 1900 and 2100, the first no later than the last.
func TestPickersStayInRange(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	tn := &turn{c: Conversation{Draft: &Draft{}}, w: s.w, m: Message{At: s.now}, say: "th"}
	for _, fl := range []forms.Field{{Key: "a", Kind: forms.DateField}, {Key: "b", Kind: forms.DateField, Past: true}, {Key: "c", Kind: forms.DateField, Future: true}} {
		c := tn.dateChoice(fl)
		if c.Min > c.Initial || c.Initial > c.Max || c.Min < "1900-01-01" || c.Max > "2100-12-31" {
			t.Errorf("%+v", c)
		}
		if _, err := time.Parse(time.DateOnly, c.Initial); err != nil {
			t.Error(err)
		}
	}
}

// TestExpire holds PDP-5: forms left for 30 days go, also of those who never come back.
func TestExpire(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.give(Message{Kind: Postback, Data: StartData("public-problem")})
	s.give(Message{Kind: Postback, Data: StartData("question")})
	if _, changed := s.c.Expire(s.now.Add(draftFor - time.Minute)); changed {
		t.Error("a form went too early")
	}
	c, changed := s.c.Expire(s.now.Add(draftFor + time.Hour))
	if !changed || c.Draft != nil || len(c.Kept) != 0 || s.c.Draft == nil || len(s.c.Kept) != 1 {
		t.Errorf("%+v", c)
	}
	if _, changed := c.Expire(s.now.Add(2 * draftFor)); changed {
		t.Error("nothing was left to forget")
	}
}

// Who only edits an old message and so hears that a form is gone can still go on from there.
func TestExpiredFormLeavesAWayOn(t *testing.T) {
	t.Parallel()
	s := atPhotos(t)
	s.now = s.now.AddDate(0, 0, 31)
	s.give(Message{Kind: Edited, ID: "2", Text: "ไฟถนนดับทั้งซอย"})
	if s.c.Draft != nil || len(s.replies) != 1 || len(tappable(s.replies[0])) == 0 {
		t.Errorf("%+v", s.replies)
	}
	s = atPhotos(t)
	s.w.BaseURL = "https://saphan.example.go.th"
	s.now = s.now.AddDate(0, 0, 31)
	s.give(Message{Kind: Postback, Data: "v1|mine|requests"}) // answered with a card, which has the ways on
	if len(s.replies) != 2 || len(s.replies[0].Choices) != 0 || len(tappable(s.replies[1])) == 0 {
		t.Errorf("%+v", s.replies)
	}
}
