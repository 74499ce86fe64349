package jobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"saphan/devkit/testhouse"
)

// sentSet has the telephone send pictures together; their webhooks get lost, so that a test delivers
// them as it likes. It returns their message IDs in the order in which they were chosen.
func (h *house) sentSet(pictures ...[]byte) (ids []string) {
	h.T.Helper()
	h.Settings(map[string]any{"dropWebhooks": len(pictures), "redelivery": false})
	ids = h.SendsSet(pictures...).MessageIDs
	if len(ids) != len(pictures) {
		h.T.Fatalf("sent %d of %d pictures", len(ids), len(pictures))
	}
	return ids
}

// picture is the event of one picture of a set.
func picture(id, set string, index, total int) map[string]any {
	in := map[string]any{"id": set}
	if total > 0 {
		in["index"], in["total"] = index, total
	}
	return map[string]any{"type": "message", "message": map[string]any{
		"type": "image", "id": id, "quoteToken": "q" + id, "contentProvider": map[string]any{"type": "line"}, "imageSet": in,
	}}
}

// Row 21: a set of five whose webhooks come shuffled is one answer of one submission, in the order in
// which the pictures were chosen, and the chat answers once.
func TestRow21ImageSetInShuffledWebhooks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	var pictures [][]byte
	for range 5 {
		pictures = append(pictures, testhouse.Photo(t, 0))
	}
	ids := h.sentSet(pictures...)
	before := len(h.Said())
	for _, i := range []int{3, 0, 4, 1, 2} {
		h.Event(picture(ids[i], "S1", i+1, 5))
	}
	h.Settled()
	answered := h.Since(before)
	if strings.Count(answered, "รูป") != 1 || !strings.Contains(answered, "ได้รับครบ 5 รูป") {
		t.Errorf("the chat answered:\n%s", answered)
	}
	h.Pin("ศาลา", "หมู่ 4")
	h.Settled()
	h.Say("ข้าม")
	h.Say("ส่งคำขอ")
	if n := h.Count(`SELECT count(*) FROM requests`); n != 1 {
		t.Fatalf("%d requests\n%s", n, h.Since(before))
	}
	sources := h.List(`SELECT a.source FROM requests r, jsonb_array_elements(r.answers) ans, jsonb_array_elements_text(ans->'attachments') WITH ORDINALITY f(id, n)
		JOIN attachments a ON a.id = f.id::bigint WHERE ans->>'field' = 'photo' ORDER BY f.n`)
	want := make([]string, 0, len(ids))
	for _, id := range ids {
		want = append(want, fmt.Sprintf("line:%d:%s", h.Account.ID, id))
	}
	if !slices.Equal(sources, want) {
		t.Errorf("the pictures are %v, want %v", sources, want)
	}
	if n := h.Count(`SELECT count(*) FROM ticket_files WHERE NOT made`); n != 5 {
		t.Errorf("the ticket has %d pictures", n)
	}
}

// A set of which a picture never comes is answered nevertheless; so is one of an old telephone, which
// does not say how many there are.
func TestRow21ImageSetThatIsNotWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	ids := h.sentSet(testhouse.Photo(t, 0), testhouse.Photo(t, 0), testhouse.Photo(t, 0))
	before := len(h.Said())
	h.Event(picture(ids[2], "S1", 3, 3))
	h.Event(picture(ids[0], "S1", 1, 3))
	h.Until("both were worked on", func() bool { return h.Count(`SELECT count(*) FROM messages WHERE kind = 'image'`) == 2 })
	if got := h.Since(before); got != "" {
		t.Errorf("answered before the set was whole: %s", got)
	}
	h.Hurry()
	h.Settled()
	if got := h.Since(before); strings.Count(got, "ได้รับแล้ว 2 รูป") != 1 {
		t.Errorf("answered: %s", got)
	}
	before = len(h.Said())
	old := h.sentSet(testhouse.Photo(t, 0), testhouse.Photo(t, 0))
	h.Event(picture(old[0], "S2", 0, 0), picture(old[1], "S2", 0, 0))
	h.Until("both were worked on", func() bool { return h.Count(`SELECT count(*) FROM messages WHERE kind = 'image'`) == 4 })
	h.Hurry()
	h.Settled()
	if got := h.Since(before); strings.Count(got, "ได้รับแล้ว 4 รูป") != 1 {
		t.Errorf("answered: %s", got)
	}
	// The job of a set that is whole finds nothing to do, also once more.
	must(t, run(h, &gather{Deps: h.Deps}, GatherArgs{ConversationID: 1, Channel: h.Account.ID, Set: "S1"}))
}

// Row 21: a set ends by its time, others come after it, and then its last picture: that one is answered as
// well, also when so many came between that the set is not remembered any more.
func TestRow21PictureOfASetThatEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk() // without a form each set is answered with one question: what it is for
	for _, between := range []int{1, 4} {
		set := func(name string) string { return fmt.Sprint("S", between, " ", name) }
		ids := h.sentSet(testhouse.Photo(t, 0), testhouse.Photo(t, 0))
		began := len(h.Said())
		h.Event(picture(ids[1], set("late"), 2, 2))
		h.Hurried()
		for i := range between {
			id := h.sentSet(testhouse.Photo(t, 0), testhouse.Photo(t, 0))[0]
			h.Event(picture(id, set(fmt.Sprint("other ", i)), 1, 2))
			h.Hurried()
		}
		before := len(h.Said())
		if before != began+1+between {
			t.Errorf("%d sets were answered:\n%s", 1+between, h.Since(began))
		}
		h.Event(picture(ids[0], set("late"), 1, 2))
		h.Hurried()
		if got := h.Said()[before:]; len(got) != 1 {
			t.Errorf("after %d other sets the last picture was answered with %q", between, got)
		}
	}
}
