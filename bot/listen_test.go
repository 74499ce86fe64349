package bot

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"saphan/forms"
	"saphan/forms/match"
)

// hearing is a stage with the product's own matcher.
func hearing(t testing.TB) *stage {
	t.Helper()
	m, err := ears()
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t)
	s.w.Understand = Listen(m)
	return s
}

// Until the services are learnt their own words are looked for.
func TestListenWithoutAMatcher(t *testing.T) {
	t.Parallel()
	var none *match.Ear
	if Listen(none.Matcher()) != nil {
		t.Error("there is a reader without a matcher")
	}
	s := newStage(t)
	s.give(Message{Kind: Text, Text: "ขอเบี้ยยังชีพผู้สูงอายุ"})
	if len(s.replies) != 1 || s.replies[0].Card == nil || s.replies[0].Card.Buttons[0].Data != StartData("elderly-allowance") {
		t.Errorf("it answers %+v", s.replies)
	}
}

// What an agency does not offer is not proposed there, and it says so rather than guess at something else.
func TestServiceThatTheAgencyDoesNotOffer(t *testing.T) {
	t.Parallel()
	s := hearing(t)
	s.w.Forms = without(t, "building-permit").own
	s.give(Message{Kind: Text, Text: "จะต่อเติมครัวหลังบ้าน ต้องขออนุญาตก่อสร้างไหมคะ"})
	for _, c := range s.history {
		if c.Data == StartData("building-permit") {
			t.Fatalf("it offers %q", c.Label)
		}
	}
	want := Tongue("th").Say("guess.closed", "title", "ขออนุญาตก่อสร้าง ดัดแปลง หรือรื้อถอนอาคาร")
	if s.replies[0].Text != want {
		t.Errorf("it says %q, want %q", s.replies[0].Text, want)
	}
	s.give(s.message("[คุยกับเจ้าหน้าที่]"))
	s.give(s.message("[เรียกเจ้าหน้าที่เลย]"))
	if h, ok := s.effects[0].(Handoff); !ok || h.Words != "จะต่อเติมครัวหลังบ้าน ต้องขออนุญาตก่อสร้างไหมคะ" {
		t.Errorf("what was said does not go along: %+v", s.effects)
	}
}

// A service that is a file alone is understood by what the file says of it.
func TestAServiceOfAFileIsHeard(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../forms/services/question.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(`key: "question"
version`, `key: "tent-loan"
version`, "สอบถามเจ้าหน้าที่", "ขอยืมเต็นท์ โต๊ะ เก้าอี้", `"สอบถาม", "ถามหน่อย"`, `"ยืมเต็นท์", "ยืมเก้าอี้", "เต็นท์", "เก้าอี้"`,
		"ขอสอบถามหน่อยค่ะ ต้องยื่นเรื่องอะไร", "ขอยืมเต็นท์งานบวช", "อยากถามเจ้าหน้าที่เรื่องเอกสาร", "ยืมโต๊ะเก้าอี้ไปงานศพ").Replace(string(raw))
	catalog, err := forms.Load(fstest.MapFS{"tent-loan.yaml": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := match.Of(catalog.List())
	if err != nil {
		t.Fatal(err)
	}
	if u := Listen(m)("งานศพที่บ้าน อยากยืมเต็นท์กับเก้าอี้ 50 ตัว"); !u.Sure || u.Ranked[0] != "tent-loan" {
		t.Errorf("it hears %+v", u)
	}
}

// Words that are no wish are about no service, however long.
func TestChatterIsNoService(t *testing.T) {
	t.Parallel()
	s := hearing(t)
	for _, said := range []string{"กินข้าวยังจ๊ะ", "5555555", "รักนะจุ๊บๆ", "สนใจกู้เงินด่วนทักไลน์นะคะ", "asdfjkl;", "🤣🤣🤣"} {
		if u := s.w.Understand(said); len(u.Ranked) > 0 && u.Sure {
			t.Errorf("%q is taken for %v", said, u.Ranked)
		}
	}
}

// Understanding is only called where nothing waits for the words: an answer to a question is not searched.
func TestAnswersAreNotSearched(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	asked := 0
	s.w.Understand = func(string) Understood { asked++; return Understood{} }
	s.give(Message{Kind: Postback, Data: StartData("question")})
	for _, said := range []string{"เปิดวันเสาร์ไหมคะ ไฟถนนดับด้วย", "ส่งคำขอ", "สวัสดีค่ะ", "เมนู", "ขอบคุณค่ะ", "เจ้าหน้าที่", "ไฟดับทั้งซอย"} {
		s.give(Message{Kind: Text, Text: said})
	}
	if asked != 0 {
		t.Errorf("it was searched %d times", asked)
	}
	s.c = Conversation{}
	s.give(Message{Kind: Text, Text: "ไฟดับทั้งซอย"})
	if asked == 0 {
		t.Error("a wish is not searched")
	}
}
