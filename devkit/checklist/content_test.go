package checklist

import (
	"bytes"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"saphan/files"
)

// photo is a JPEG that is like no other.
func photo(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = uint8(rand.IntN(256))
	}
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, img, nil))
	return b.Bytes()
}

// bytesOf reads a file back from the store.
func (h *house) bytesOf(a files.Attachment) ([]byte, error) {
	h.t.Helper()
	r, err := h.Files.Get(h.t.Context(), a.Object)
	if err != nil {
		return nil, err
	}
	defer func() { must(h.t, r.Close()) }()
	var b bytes.Buffer
	_, err = b.ReadFrom(r)
	return b.Bytes(), err
}

// Row 22: a document with a path and Thai letters for a name lies in the store under a name of our own,
// and is shown by its own name without the path.
func TestRow22NameWithAPath(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.say("คุยกับเจ้าหน้าที่")
	document := append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...)
	h.send("file", "../ใบ.pdf", document)
	h.settled()
	all := h.attachments()
	if len(all) != 1 || all[0].Name != "ใบ.pdf" {
		t.Fatalf("stored %+v\n%s", all, h.since(0))
	}
	if key := all[0].Key; strings.ContainsAny(key, "ใบ") || strings.Contains(key, "..") || strings.Contains(key, "pdf") {
		t.Errorf("the store's name for it is %q", key)
	}
	if got, err := h.bytesOf(all[0]); err != nil || !bytes.Equal(got, document) {
		t.Errorf("read back %d bytes (%v)", len(got), err)
	}
	if n := len(h.tickets()); n != 1 {
		t.Errorf("%d tickets", n)
	}
}

// Row 23: content that LINE is still preparing is asked for until it is there; nothing empty is stored.
func TestRow23NotReadyYet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	h.fail("/v2/bot/message/*/content", http.StatusAccepted, 2)
	picture := photo(t)
	h.send("image", "a.jpg", picture)
	h.types("พอแล้ว")
	h.settled()
	if calls := h.calls("/content"); calls[http.StatusAccepted] != 2 || calls[http.StatusOK] != 1 {
		t.Errorf("fetched %v", calls)
	}
	all := h.attachments()
	if len(all) != 1 || all[0].Size != int64(len(picture)) || h.stored() == 0 {
		t.Fatalf("stored %+v", all)
	}
	if f := h.field(); f != "location" {
		t.Errorf("the question is %q: “enough” was heard before the photo that it followed", f)
	}
}

// Row 24: content that is gone is asked for once; the citizen is told.
func TestRow24Gone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	for _, status := range []int{http.StatusNotFound, http.StatusGone} {
		before := len(h.said())
		h.fail("/v2/bot/message/*/content", status, 10)
		h.send("image", "a.jpg", photo(t))
		h.settled()
		if calls := h.calls("/content"); calls[status] != 1 {
			t.Errorf("%d: fetched %v", status, calls)
		}
		if got := h.since(before); !strings.Contains(got, "ส่งใหม่อีกครั้ง") {
			t.Errorf("%d: answered: %s", status, got)
		}
	}
	if n := h.stored(); n != 0 {
		t.Errorf("%d objects are stored", n)
	}
	h.nothingWaits()
}

// Row 25: bytes that LINE does not hold lie where the sender chose: neither that address nor LINE's is
// called.
func TestRow25ExternalContent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	var asked atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(inside.Close)
	for i, kind := range []string{"image", "video", "audio"} {
		before := len(h.said())
		h.event(map[string]any{"type": "message", "message": map[string]any{
			"type": kind, "id": numbered("120", i), "contentProvider": map[string]any{"type": "external", "originalContentUrl": inside.URL, "previewImageUrl": inside.URL},
		}})
		h.settled()
		if len(h.said()) == before {
			t.Errorf("%s: the citizen was not told", kind)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the address inside was called %d times", n)
	}
	if calls := h.calls("/content"); len(calls) != 0 {
		t.Errorf("LINE was asked for what it does not have: %v", calls)
	}
}

// Row 45: what a date and time picker returns is a time in Bangkok.
func TestRow45PickedInBangkok(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.press(startBusiness)
	h.tap("บุคคลธรรมดา")
	h.tap("นางสาว")
	h.say("สมหญิง ตัวอย่าง")
	h.say("1234545678781")
	if f := h.field(); f != "birth_date" {
		t.Fatalf("the question is %q:\n%s", f, h.since(0))
	}
	h.act("postback", map[string]any{"data": h.button("เลือกวันที่"), "params": map[string]string{"date": "1987-03-05"}})
	h.settled()
	got := h.list(`SELECT a->>'text' FROM conversations, jsonb_array_elements(state->'draft'->'answers') AS a WHERE a->>'field' = 'birth_date'`)
	if len(got) != 1 || got[0] != "5 มีนาคม 2530" {
		t.Errorf("understood as %q", got)
	}
}
