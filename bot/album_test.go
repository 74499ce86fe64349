package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// picture is one picture of a set of n; 0 of 0 is what an old telephone sends.
func picture(set string, index, n int) Message {
	id := int64(1000 + index)
	return Message{
		ID: fmt.Sprintf("%s-%d", set, index), Kind: Image, Set: &Set{ID: set, Index: index, Total: n},
		Attachment: &Attachment{ID: id, Name: "รูปภาพ", Type: "image/jpeg", Size: 10},
	}
}

// atPhotos is a conversation at the question that takes five photos.
func atPhotos(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	s.give(Message{Kind: Postback, Data: StartData("public-problem")})
	s.give(Message{Kind: Text, Text: "ไฟถนนดับ"})
	if s.c.Draft == nil || s.c.Draft.Field != "photo" {
		t.Fatalf("at %+v", s.c.Draft)
	}
	return s
}

// said is how many replies each of these messages got.
func (s *stage) said(messages ...Message) (replies []int) {
	for _, m := range messages {
		s.give(m)
		replies = append(replies, len(s.replies))
	}
	return replies
}

// photos are the files of the draft's photo question, in order.
func (s *stage) photos() []int64 {
	for _, a := range s.c.Draft.Answers {
		if a.Field == "photo" {
			return a.Attachments
		}
	}
	return nil
}

// Row 21: whatever the order in which the pictures of a set arrive, they are taken in the order in which
// they were chosen, once, with one answer.
func TestRow21SetInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, order := range [][]int{{1, 2, 3, 4}, {4, 3, 2, 1}, {2, 4, 1, 3}, {3, 1, 3, 4, 2}} {
		s := atPhotos(t)
		var messages []Message
		for _, i := range order {
			messages = append(messages, picture("A", i, 4))
		}
		got := s.said(messages...)
		if last := len(got) - 1; slices.Max(got[:last]) != 0 || got[last] != 1 {
			t.Errorf("%v: replies %v", order, got)
		}
		if !slices.Equal(s.photos(), []int64{1001, 1002, 1003, 1004}) || s.c.Draft.Field != "photo" {
			t.Errorf("%v: photos %v at %s", order, s.photos(), s.c.Draft.Field)
		}
		if from := s.c.Draft.Sources["photo"]; !slices.Equal(from, []string{"A-1", "A-2", "A-3", "A-4"}) {
			t.Errorf("%v: from %v", order, from)
		}
		if !strings.Contains(s.replies[0].Text, "4 รูป") {
			t.Errorf("%v: said %q", order, s.replies[0].Text)
		}
		s.give(Message{Kind: Unsend, ID: "A-2"})
		if !slices.Equal(s.photos(), []int64{1001, 1003, 1004}) {
			t.Errorf("%v: after the second was taken back: %v", order, s.photos())
		}
	}
}

// A set that does not come whole is taken as it is, when its time is over or something else is said.
func TestRow21SetThatIsNotWhole(t *testing.T) {
	t.Parallel()
	s := atPhotos(t)
	s.give(picture("A", 3, 3))
	if len(s.effects) != 1 || s.effects[0] != (Gather{Set: "A"}) {
		t.Fatalf("effects %+v", s.effects)
	}
	s.give(picture("A", 1, 3))
	if len(s.effects) != 0 || !s.c.Gathering("A") {
		t.Fatalf("effects %+v", s.effects)
	}
	s.give(Message{Kind: SetEnded, ID: "B"})
	if len(s.replies) != 0 {
		t.Error("the end of another set ended this one")
	}
	s.give(Message{Kind: SetEnded, ID: "A"})
	if len(s.replies) != 1 || !slices.Equal(s.photos(), []int64{1001, 1003}) || s.c.Gathering("A") {
		t.Errorf("%v, %+v", s.photos(), s.replies)
	}
	s.give(Message{Kind: SetEnded, ID: "A"})
	if len(s.replies) != 0 {
		t.Error("a set ended twice")
	}
	s.give(picture("A", 2, 3)) // late: answered like any other, and put in its place
	if len(s.replies) != 1 || !slices.Equal(s.photos(), []int64{1001, 1002, 1003}) {
		t.Errorf("%v, %+v", s.photos(), s.replies)
	}
	s.give(picture("C", 4, 5))
	s.give(Message{Kind: Text, Text: "พอแล้ว"})
	if s.c.Draft.Field != "location" || len(s.photos()) != 4 {
		t.Errorf("after “enough”: %v at %s", s.photos(), s.c.Draft.Field)
	}
}

// other is the picture of another set than A, of the same index and size.
func other(set string, index, n int) Message {
	m := picture(set, index, n)
	m.Attachment.ID += 1000
	return m
}

// Row 21: two sets whose pictures come mixed are two things, each answered once and in its own order.
func TestRow21SetsThatMix(t *testing.T) {
	t.Parallel()
	s := atPhotos(t)
	if got := s.said(picture("A", 2, 2), other("B", 1, 2), picture("A", 1, 2), other("B", 2, 2)); !slices.Equal(got, []int{0, 0, 1, 1}) {
		t.Errorf("replies %v", got)
	}
	if !slices.Equal(s.photos(), []int64{1001, 1002, 2001, 2002}) {
		t.Errorf("photos %v", s.photos())
	}

	// Words end both.
	s = atPhotos(t)
	s.said(other("B", 1, 2), picture("A", 2, 3), picture("A", 1, 3))
	s.give(Message{Kind: Text, Text: "พอแล้ว"})
	if !slices.Equal(s.photos(), []int64{2001, 1001, 1002}) || s.c.Draft.Field != "location" || s.c.Gathering("A") || s.c.Gathering("B") {
		t.Errorf("photos %v at %s", s.photos(), s.c.Draft.Field)
	}
}

// Row 21: a picture that comes when its set has ended and another one has come is answered at once, and
// stands where it was chosen.
func TestRow21LatePictureOfAnEarlierSet(t *testing.T) {
	t.Parallel()
	for late, want := range map[int][]int64{1: {1001, 1002, 1003, 2001}, 2: {1001, 1002, 1003, 2001}, 3: {1001, 1002, 1003, 2001}} {
		s := atPhotos(t)
		for i := 3; i > 0; i-- {
			if i != late {
				s.give(picture("A", i, 3))
			}
		}
		s.give(Message{Kind: SetEnded, ID: "A"})
		s.said(other("B", 1, 2))
		s.give(Message{Kind: SetEnded, ID: "B"})
		s.give(picture("A", late, 3))
		if len(s.replies) != 1 || len(s.effects) != 0 || !slices.Equal(s.photos(), want) {
			t.Errorf("picture %d: photos %v, effects %+v, said %+v", late, s.photos(), s.effects, s.replies)
		}
		if from := s.c.Draft.Sources["photo"]; !slices.Equal(from, []string{"A-1", "A-2", "A-3", "B-1"}) {
			t.Errorf("picture %d: from %v", late, from)
		}
	}

	// What is held without a purpose keeps its order too.
	s := newStage(t)
	s.said(picture("A", 1, 3), picture("A", 3, 3))
	s.give(Message{Kind: SetEnded, ID: "A"})
	s.give(picture("A", 2, 3))
	if held := s.c.Held.Files; len(held) != 3 || held[1].ID != 1002 {
		t.Errorf("held %+v", held)
	}
}

// So many sets at once that they are not all remembered: none is left without an answer.
func TestRow21MoreSetsThanAreRemembered(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	answers := 0
	for i := range albumsKept + 2 {
		s.give(picture(fmt.Sprint("set ", i), 1, 2))
		answers += len(s.replies)
	}
	if len(s.c.Albums) != albumsKept || answers != 2 {
		t.Errorf("%d sets are remembered, %d answers", len(s.c.Albums), answers)
	}
	s.give(Message{Kind: Text, Text: "เมนู"})
	if slices.ContainsFunc(s.c.Albums, func(a Album) bool { return !a.Ended || len(a.Files) > 0 }) {
		t.Errorf("open: %+v", s.c.Albums)
	}
}

// A set that was coming in when there was one at a time goes on.
func TestRow21SetOfTheReleaseBefore(t *testing.T) {
	t.Parallel()
	var c Conversation
	if err := json.Unmarshal([]byte(`{"v":1,"album":{"id":"A","total":2,"files":[{"id":7,"message":"A-1","index":1}]}}`), &c); err != nil {
		t.Fatal(err)
	}
	if !c.Gathering("A") || !c.Holds(7) {
		t.Errorf("%+v", c.Albums)
	}
}

// Old telephones do not say how many there are; a refused picture and one that was taken back count as come.
func TestRow21SetWithGaps(t *testing.T) {
	t.Parallel()
	s := atPhotos(t)
	if got := s.said(picture("A", 0, 0), func() Message { m := picture("A", 0, 0); m.ID, m.Attachment.ID = "x", 7; return m }()); slices.Max(got) != 0 {
		t.Errorf("replies %v", got)
	}
	s.give(Message{Kind: SetEnded, ID: "A"})
	if !slices.Equal(s.photos(), []int64{1000, 7}) || len(s.replies) != 1 {
		t.Errorf("%v, %+v", s.photos(), s.replies)
	}

	s = atPhotos(t)
	bad := picture("A", 2, 3)
	bad.Attachment = &Attachment{Fault: FileGone}
	if got := s.said(picture("A", 1, 3), bad); got[0] != 0 || got[1] != 1 {
		t.Errorf("replies %v", got)
	}
	s.give(picture("A", 3, 3))
	if !slices.Equal(s.photos(), []int64{1001, 1003}) || len(s.replies) != 1 {
		t.Errorf("%v, %+v", s.photos(), s.replies)
	}

	s = atPhotos(t)
	s.said(picture("A", 1, 3), picture("A", 2, 3))
	s.give(Message{Kind: Unsend, ID: "A-1"})
	s.give(picture("A", 3, 3))
	if !slices.Equal(s.photos(), []int64{1002, 1003}) || len(s.replies) != 1 {
		t.Errorf("%v, %+v", s.photos(), s.replies)
	}
	s.give(Message{Kind: Spoiled, ID: "A-2", Attachment: &Attachment{Name: "รูปภาพ"}})
	if !slices.Equal(s.photos(), []int64{1003}) {
		t.Errorf("after a virus: %v", s.photos())
	}
}

// More pictures than the question takes: the first by the citizen's own order.
func TestRow21SetLargerThanTheQuestion(t *testing.T) {
	t.Parallel()
	s := atPhotos(t)
	for i := 7; i >= 1; i-- {
		s.give(picture("A", i, 7))
	}
	if !slices.Equal(s.photos(), []int64{1001, 1002, 1003, 1004, 1005}) || s.c.Draft.Field != "location" {
		t.Errorf("%v at %s", s.photos(), s.c.Draft.Field)
	}
	if len(s.replies) != 2 || !strings.Contains(s.replies[0].Text, "5 รูป") {
		t.Errorf("said %+v", s.replies)
	}
}

// Outside of a form a set is one thing too: held together, told in order, one document of several pages.
func TestRow21SetOutsideAForm(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if got := s.said(picture("A", 2, 2), picture("A", 1, 2)); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("replies %v", got)
	}
	if held := s.c.Held.Files; len(held) != 2 || held[0].ID != 1001 || held[1].Message != "A-2" {
		t.Errorf("held %+v", held)
	}

	s = newStage(t)
	s.w.Cases = []Case{{Ticket: 5, Number: "SN-1", Status: "awaiting_citizen", Wanted: []Want{{Item: "9", Label: "โฉนด"}}}}
	s.said(picture("A", 2, 2), picture("A", 1, 2))
	if len(s.effects) != 2 || s.effects[0].(Supply).Attachment.ID != 1001 || s.effects[1].(Tell).From != "A-2" {
		t.Errorf("effects %+v", s.effects)
	}

	s = newStage(t)
	s.w.Cases = []Case{{Ticket: 5, Number: "SN-1", Status: "accepted"}}
	s.c = s.c.Spoken(5, s.now)
	s.said(picture("A", 3, 3), picture("A", 1, 3), picture("A", 2, 3))
	var told []string
	for _, e := range s.effects {
		tell := e.(Tell)
		told = append(told, fmt.Sprint(tell.Attachment.ID, tell.From))
	}
	if !slices.Equal(told, []string{"1001 A-1", "1002", "1003 A-3"}) && !slices.Equal(told, []string{"1001A-1", "1002", "1003A-3"}) {
		t.Errorf("told %q", told)
	}

	s = newStage(t)
	s.give(Message{Kind: Text, Text: "คุยกับเจ้าหน้าที่"})
	s.said(picture("A", 2, 2), picture("A", 1, 2))
	if h, ok := s.effects[0].(Handoff); !ok || len(h.Files) != 2 || h.Files[0].ID != 1001 {
		t.Errorf("effects %+v", s.effects)
	}
}
