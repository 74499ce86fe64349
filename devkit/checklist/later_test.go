package checklist

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"saphan/devkit/testhouse"
	"saphan/files"
)

// Row 21: five photos that were sent together and whose webhooks come in any order are one submission,
// in the order of the set, and are answered once.
func TestRow21ImageSet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.Settings(map[string]any{"reorderWebhooks": true})
	var pictures [][]byte
	for range 5 {
		pictures = append(pictures, testhouse.Photo(t, 0))
	}
	before := len(h.Said())
	h.SendsSet(pictures...)
	h.Until("the set is answered", func() bool { return len(h.Said()) > before })
	h.Settled()
	h.Settings(map[string]any{"reorderWebhooks": false})
	if n := strings.Count(h.Since(before), "ได้รับ"); n != 1 || !strings.Contains(h.Since(before), "5 รูป") {
		t.Errorf("answered %d times:\n%s", n, h.Since(before))
	}
	if f := h.Field(); f == "photo" {
		h.Say("พอแล้ว")
	}
	h.Say("เสาไฟเลขที่ 14 หน้าศาลาหมู่ 4")
	h.Say("ข้าม")
	h.Tap("ส่งคำขอ")
	ids := h.List(`SELECT i::text FROM requests, jsonb_array_elements(answers) AS a, jsonb_array_elements(a->'attachments') WITH ORDINALITY AS x (i, n) WHERE a->>'field' = 'photo' ORDER BY x.n`)
	if len(ids) != 5 {
		t.Fatalf("%d photos were submitted: %q\n%s", len(ids), h.List(`SELECT answers::text FROM requests`), h.Since(before))
	}
	for i, id := range ids {
		j := slices.IndexFunc(h.Attachments(), func(a files.Attachment) bool { return fmt.Sprint(a.ID) == id })
		if j < 0 {
			t.Fatalf("photo %s is not there", id)
		}
		if got, err := h.BytesOf(h.Attachments()[j]); err != nil || !bytes.Equal(got, pictures[i]) {
			t.Errorf("photo %d is another one (%v)", i+1, err)
		}
	}
	if n := len(h.Tickets()); n != 1 {
		t.Errorf("%d tickets", n)
	}
}

// Row 29: a message that was edited shows its new words; the old ones are kept as a version. LINE sends
// messageEdited from groups only (line.md 1.5), where we listen to nobody (row 54): in a chat of two it happens
// in the simulator, by a switch, and to people when LINE gives it to them.
func TestRow29Edited(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Settings(map[string]any{"editAnywhere": true})
	ticket := h.Question()
	d := h.Say("ป้ายกว้างสองเมตร")
	if got := h.Thread(ticket.ID); !slices.Contains(got, "citizen ป้ายกว้างสองเมตร") {
		t.Fatalf("the officers read %q", got)
	}
	h.Act("edit", map[string]any{"messageId": d.MessageID, "text": "ป้ายกว้างสามเมตร"})
	h.Settled()
	if got := h.Thread(ticket.ID); !slices.Contains(got, "citizen ป้ายกว้างสามเมตร") || slices.Contains(got, "citizen ป้ายกว้างสองเมตร") {
		t.Errorf("the officers read %q", got)
	}
	h.Is(1, "rows with the words before", `SELECT count(*) FROM (SELECT to_jsonb(m)::text AS x FROM ticket_messages m UNION ALL SELECT to_jsonb(v)::text FROM ticket_message_versions v) AS a WHERE position('ป้ายกว้างสองเมตร' IN x) > 0`)
}

// Row 54: invited to a group, the account says one line, leaves, and keeps nothing of the people there.
func TestRow54InvitedToAGroup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, kind := range []string{"group", "room"} {
		friend := h.NewPerson(fmt.Sprint("เพื่อนในกลุ่ม ", i))
		var made struct{ ID string }
		h.Control("POST", "groups", map[string]any{"name": "กลุ่มเพื่อนบ้าน", "kind": kind, "members": []string{h.ID, friend.ID}}, &made)
		h.Settled()
		if n := h.Calls("/" + kind + "/" + made.ID + "/leave")[http.StatusOK]; n != 1 {
			t.Errorf("left the %s %d times", kind, n)
		}
		var groups []struct {
			ID   string
			Left bool
		}
		h.Control("GET", "groups", nil, &groups)
		for _, g := range groups {
			if g.ID == made.ID && !g.Left {
				t.Errorf("the account is still in the %s", kind)
			}
		}
		// A message that was on its way.
		h.Event(map[string]any{"type": "message", "source": map[string]any{"type": kind, kind + "Id": made.ID, "userId": friend.User}, "replyToken": nil,
			"message": map[string]any{"type": "text", "id": fmt.Sprint("150", i), "text": "ความลับของกลุ่ม"}})
		h.Settled()
		h.Nowhere(friend.User)
	}
	h.Nowhere("ความลับของกลุ่ม")
	h.Is(0, "conversations and citizens", `SELECT (SELECT count(*) FROM conversations) + (SELECT count(*) FROM citizens)`)
	if pushes := h.Calls("/message/push"); len(pushes) != 0 {
		t.Errorf("pushed %v", pushes)
	}
	h.QuietAbout("ความลับของกลุ่ม", h.User)
}
