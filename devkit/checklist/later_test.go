package checklist

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"testing"

	"saphan/files"
)

// chooses sends several pictures at once, as a set.
func (p *person) chooses(pictures ...[]byte) {
	h := p.h
	h.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	must(h.t, w.WriteField("kind", "image"))
	for i, picture := range pictures {
		part, err := w.CreateFormFile("file", fmt.Sprint(i, ".jpg"))
		must(h.t, err)
		_, err = part.Write(picture)
		must(h.t, err)
	}
	must(h.t, w.Close())
	var d done
	h.call("POST", "chats/"+p.id+"/media", w.FormDataContentType(), &form, &d)
}

// Row 21: five photos that were sent together and whose webhooks come in any order are one submission,
// in the order of the set, and are answered once.
func TestRow21ImageSet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	h.settings(map[string]any{"reorderWebhooks": true})
	var pictures [][]byte
	for range 5 {
		pictures = append(pictures, photo(t))
	}
	before := len(h.said())
	h.chooses(pictures...)
	h.until("the set is answered", func() bool { return len(h.said()) > before })
	h.settled()
	h.settings(map[string]any{"reorderWebhooks": false})
	if n := strings.Count(h.since(before), "ได้รับ"); n != 1 || !strings.Contains(h.since(before), "5 รูป") {
		t.Errorf("answered %d times:\n%s", n, h.since(before))
	}
	if f := h.field(); f == "photo" {
		h.say("พอแล้ว")
	}
	h.say("เสาไฟเลขที่ 14 หน้าศาลาหมู่ 4")
	h.say("ข้าม")
	h.tap("ส่งคำขอ")
	ids := h.list(`SELECT i::text FROM requests, jsonb_array_elements(answers) AS a, jsonb_array_elements(a->'attachments') WITH ORDINALITY AS x (i, n) WHERE a->>'field' = 'photo' ORDER BY x.n`)
	if len(ids) != 5 {
		t.Fatalf("%d photos were submitted: %q\n%s", len(ids), h.list(`SELECT answers::text FROM requests`), h.since(before))
	}
	for i, id := range ids {
		j := slices.IndexFunc(h.attachments(), func(a files.Attachment) bool { return fmt.Sprint(a.ID) == id })
		if j < 0 {
			t.Fatalf("photo %s is not there", id)
		}
		if got, err := h.bytesOf(h.attachments()[j]); err != nil || !bytes.Equal(got, pictures[i]) {
			t.Errorf("photo %d is another one (%v)", i+1, err)
		}
	}
	if n := len(h.tickets()); n != 1 {
		t.Errorf("%d tickets", n)
	}
}

// Row 29: a message that was edited shows its new words; the old ones are kept as a version.
func TestRow29Edited(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.settings(map[string]any{"editAnywhere": true})
	ticket := h.file("question", answer("question", "ถามหน่อย"))
	d := h.say("ป้ายกว้างสองเมตร")
	if got := h.thread(ticket.ID); !slices.Contains(got, "citizen ป้ายกว้างสองเมตร") {
		t.Fatalf("the officers read %q", got)
	}
	h.act("edit", map[string]any{"messageId": d.MessageID, "text": "ป้ายกว้างสามเมตร"})
	h.settled()
	if got := h.thread(ticket.ID); !slices.Contains(got, "citizen ป้ายกว้างสามเมตร") || slices.Contains(got, "citizen ป้ายกว้างสองเมตร") {
		t.Errorf("the officers read %q", got)
	}
	h.is(1, "rows with the words before", `SELECT count(*) FROM (SELECT to_jsonb(m)::text AS x FROM ticket_messages m UNION ALL SELECT to_jsonb(v)::text FROM ticket_message_versions v) AS a WHERE position('ป้ายกว้างสองเมตร' IN x) > 0`)
}

// Row 54: invited to a group, the account says one line, leaves, and keeps nothing of the people there.
func TestRow54InvitedToAGroup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, kind := range []string{"group", "room"} {
		friend := h.newPerson(fmt.Sprint("เพื่อนในกลุ่ม ", i))
		var made struct{ ID string }
		h.control("POST", "groups", map[string]any{"name": "กลุ่มเพื่อนบ้าน", "kind": kind, "members": []string{h.id, friend.id}}, &made)
		h.settled()
		if n := h.calls("/" + kind + "/" + made.ID + "/leave")[http.StatusOK]; n != 1 {
			t.Errorf("left the %s %d times", kind, n)
		}
		var groups []struct {
			ID   string
			Left bool
		}
		h.control("GET", "groups", nil, &groups)
		for _, g := range groups {
			if g.ID == made.ID && !g.Left {
				t.Errorf("the account is still in the %s", kind)
			}
		}
		// A message that was on its way.
		h.event(map[string]any{"type": "message", "source": map[string]any{"type": kind, kind + "Id": made.ID, "userId": friend.user}, "replyToken": nil,
			"message": map[string]any{"type": "text", "id": numbered("150", i), "text": "ความลับของกลุ่ม"}})
		h.settled()
		h.nowhere(friend.user)
	}
	h.nowhere("ความลับของกลุ่ม")
	h.is(0, "conversations and citizens", `SELECT (SELECT count(*) FROM conversations) + (SELECT count(*) FROM citizens)`)
	if pushes := h.calls("/message/push"); len(pushes) != 0 {
		t.Errorf("pushed %v", pushes)
	}
	h.quietAbout("ความลับของกลุ่ม", h.user)
}
