package checklist

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"saphan/devkit/testhouse"
)

// Row 22: a document with a path and Thai letters for a name lies in the store under a name of our own,
// and is shown by its own name without the path.
func TestRow22NameWithAPath(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Say("คุยกับเจ้าหน้าที่")
	document := append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...)
	h.Send("file", "../ใบ.pdf", document)
	h.Settled()
	all := h.Attachments()
	if len(all) != 1 || all[0].Name != "ใบ.pdf" {
		t.Fatalf("stored %+v\n%s", all, h.Since(0))
	}
	if key := all[0].Key; strings.ContainsAny(key, "ใบ") || strings.Contains(key, "..") || strings.Contains(key, "pdf") {
		t.Errorf("the store's name for it is %q", key)
	}
	if got, err := h.BytesOf(all[0]); err != nil || !bytes.Equal(got, document) {
		t.Errorf("read back %d bytes (%v)", len(got), err)
	}
	if n := len(h.Tickets()); n != 1 {
		t.Errorf("%d tickets", n)
	}
}

// Row 23: content that LINE is still preparing is asked for until it is there; nothing empty is stored.
func TestRow23NotReadyYet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.Fail("/v2/bot/message/*/content", http.StatusAccepted, 2)
	picture := testhouse.Photo(t, 0)
	h.Send("image", "a.jpg", picture)
	h.Types("พอแล้ว")
	h.Settled()
	if calls := h.Calls("/content"); calls[http.StatusAccepted] != 2 || calls[http.StatusOK] != 1 {
		t.Errorf("fetched %v", calls)
	}
	all := h.Attachments()
	if len(all) != 1 || all[0].Size != int64(len(picture)) || h.Stored() == 0 {
		t.Fatalf("stored %+v", all)
	}
	if f := h.Field(); f != "location" {
		t.Errorf("the question is %q: “enough” was heard before the photo that it followed", f)
	}
}

// Row 24: content that is gone is asked for once; the citizen is told.
func TestRow24Gone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	for _, status := range []int{http.StatusNotFound, http.StatusGone} {
		before := len(h.Said())
		h.Fail("/v2/bot/message/*/content", status, 10)
		h.Send("image", "a.jpg", testhouse.Photo(t, 0))
		h.Settled()
		if calls := h.Calls("/content"); calls[status] != 1 {
			t.Errorf("%d: fetched %v", status, calls)
		}
		if got := h.Since(before); !strings.Contains(got, "ส่งใหม่อีกครั้ง") {
			t.Errorf("%d: answered: %s", status, got)
		}
	}
	if n := h.Stored(); n != 0 {
		t.Errorf("%d objects are stored", n)
	}
	h.NothingWaits()
}

// Row 25: bytes that LINE does not hold lie where the sender chose: neither that address nor LINE's is
// called.
func TestRow25ExternalContent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	var asked atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(inside.Close)
	for i, kind := range []string{"image", "video", "audio"} {
		before := len(h.Said())
		h.Event(map[string]any{"type": "message", "message": map[string]any{
			"type": kind, "id": fmt.Sprint("120", i), "contentProvider": map[string]any{"type": "external", "originalContentUrl": inside.URL, "previewImageUrl": inside.URL},
		}})
		h.Settled()
		if len(h.Said()) == before {
			t.Errorf("%s: the citizen was not told", kind)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the address inside was called %d times", n)
	}
	if calls := h.Calls("/content"); len(calls) != 0 {
		t.Errorf("LINE was asked for what it does not have: %v", calls)
	}
}

// Row 45: what a date and time picker returns is a time in Bangkok.
func TestRow45PickedInBangkok(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Press(startBusiness)
	for _, answer := range []string{"ขอใหม่", "ยื่นเอง", "บุคคลธรรมดา", "นางสาว"} {
		h.Tap(answer)
	}
	h.Say("สมหญิง ตัวอย่าง")
	for range 3 { // what the service asks before the date of birth
		switch h.Field() {
		case "nationality":
			h.Tap("ไทย")
		case "national_id":
			h.Say("1234545678781")
		}
	}
	if f := h.Field(); f != "birth_date" {
		t.Fatalf("the question is %q:\n%s", f, h.Since(0))
	}
	h.Act("postback", map[string]any{"data": h.Button("เลือกวันที่"), "params": map[string]string{"date": "1987-03-05"}})
	h.Settled()
	got := h.List(`SELECT a->>'text' FROM conversations, jsonb_array_elements(state->'draft'->'answers') AS a WHERE a->>'field' = 'birth_date'`)
	if len(got) != 1 || got[0] != "5 มีนาคม 2530" {
		t.Errorf("understood as %q", got)
	}
}
