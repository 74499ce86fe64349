package jobs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"slices"
	"strings"
	"testing"
)

// sentSet has the telephone send pictures together; their webhooks get lost, so that a test delivers
// them as it likes. It returns their message IDs in the order in which they were chosen.
func (h *house) sentSet(pictures ...[]byte) (ids []string) {
	h.t.Helper()
	before := len(h.chat())
	h.settings(map[string]any{"dropWebhooks": len(pictures), "redelivery": false})
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	must(h.t, w.WriteField("kind", "image"))
	for i, p := range pictures {
		part, err := w.CreateFormFile("file", fmt.Sprint(i, ".jpg"))
		must(h.t, err)
		_, err = part.Write(p)
		must(h.t, err)
	}
	must(h.t, w.Close())
	h.call("POST", "chats/"+h.citizen+"/media", w.FormDataContentType(), &form, nil)
	for _, b := range h.chat()[before:] {
		var m struct{ Type, ID string }
		must(h.t, json.Unmarshal(b.Message, &m))
		if m.Type == "image" {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) != len(pictures) {
		h.t.Fatalf("sent %d of %d pictures", len(ids), len(pictures))
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
	h.atThePhoto()
	var pictures [][]byte
	for range 5 {
		pictures = append(pictures, photo(t, 0))
	}
	ids := h.sentSet(pictures...)
	before := len(h.said())
	for _, i := range []int{3, 0, 4, 1, 2} {
		h.event(picture(ids[i], "S1", i+1, 5))
	}
	h.settled()
	answered := h.since(before)
	if strings.Count(answered, "รูป") != 1 || !strings.Contains(answered, "ได้รับครบ 5 รูป") {
		t.Errorf("the chat answered:\n%s", answered)
	}
	h.act("location", map[string]any{"title": "ศาลา", "address": "หมู่ 4", "latitude": 13.7, "longitude": 100.5})
	h.settled()
	h.say("ข้าม")
	h.say("ส่งคำขอ")
	if n := h.count(`SELECT count(*) FROM requests`); n != 1 {
		t.Fatalf("%d requests\n%s", n, h.since(before))
	}
	sources := h.list(`SELECT a.source FROM requests r, jsonb_array_elements(r.answers) ans, jsonb_array_elements_text(ans->'attachments') WITH ORDINALITY f(id, n)
		JOIN attachments a ON a.id = f.id::bigint WHERE ans->>'field' = 'photo' ORDER BY f.n`)
	want := make([]string, 0, len(ids))
	for _, id := range ids {
		want = append(want, fmt.Sprintf("line:%d:%s", h.account.ID, id))
	}
	if !slices.Equal(sources, want) {
		t.Errorf("the pictures are %v, want %v", sources, want)
	}
	if n := h.count(`SELECT count(*) FROM ticket_files`); n != 5 {
		t.Errorf("the ticket has %d pictures", n)
	}
}

// A set of which a picture never comes is answered nevertheless; so is one of an old telephone, which
// does not say how many there are.
func TestRow21ImageSetThatIsNotWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	ids := h.sentSet(photo(t, 0), photo(t, 0), photo(t, 0))
	before := len(h.said())
	h.event(picture(ids[2], "S1", 3, 3))
	h.event(picture(ids[0], "S1", 1, 3))
	h.until("both were worked on", func() bool { return h.count(`SELECT count(*) FROM messages WHERE kind = 'image'`) == 2 })
	if got := h.since(before); got != "" {
		t.Errorf("answered before the set was whole: %s", got)
	}
	h.hurry()
	h.settled()
	if got := h.since(before); strings.Count(got, "ได้รับแล้ว 2 รูป") != 1 {
		t.Errorf("answered: %s", got)
	}
	before = len(h.said())
	old := h.sentSet(photo(t, 0), photo(t, 0))
	h.event(picture(old[0], "S2", 0, 0), picture(old[1], "S2", 0, 0))
	h.until("both were worked on", func() bool { return h.count(`SELECT count(*) FROM messages WHERE kind = 'image'`) == 4 })
	h.hurry()
	h.settled()
	if got := h.since(before); strings.Count(got, "ได้รับแล้ว 4 รูป") != 1 {
		t.Errorf("answered: %s", got)
	}
	// The job of a set that is whole finds nothing to do, also once more.
	must(t, run(h, &gather{Deps: h.Deps}, GatherArgs{ConversationID: 1, Channel: h.account.ID, Set: "S1"}))
}
