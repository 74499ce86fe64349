package jobs

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/files"
)

// photo is a JPEG of at least so many bytes: telephones make large ones.
func photo(t testing.TB, size int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = uint8(rand.IntN(256))
	}
	img.Set(0, 0, color.White)
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, img, nil))
	if missing := size - b.Len(); missing > 0 { // after the end of the picture readers do not look
		b.Write(bytes.Repeat([]byte{0}, missing))
	}
	return b.Bytes()
}

// attachments are the rows about files, oldest first.
func (h *house) attachments() (all []files.Attachment) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		rows, err := tx.Query(h.t.Context(), `SELECT id FROM attachments ORDER BY id`)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[files.AttachmentID])
		for _, id := range ids {
			a, findErr := files.Find(h.t.Context(), tx, id)
			if findErr != nil {
				return findErr
			}
			all = append(all, a)
		}
		return err
	})
	return all
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

// atThePhoto brings the conversation to the question that takes a photo.
func (h *house) atThePhoto() {
	h.t.Helper()
	h.talk()
	h.say("แจ้งปัญหา")
	h.press(h.button("เริ่มเลย"))
	h.press(h.button("ไฟถนนดับ"))
}

// A photo of 25 MB is taken, whole, once.
func TestReceivedLargePhoto(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	picture := photo(t, 25<<20)
	before := len(h.said())
	h.settings(map[string]any{"duplicateWebhooks": 2})
	h.send("image", "a.jpg", picture)
	h.settled()
	all := h.attachments()
	if len(all) != 1 || all[0].Size != int64(len(picture)) || all[0].MediaType != "image/jpeg" {
		t.Fatalf("stored %+v\n%s", all, h.since(before))
	}
	if got, err := h.bytesOf(all[0]); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("read back %d bytes (%v)", len(got), err)
	}
	if n := h.calls("/content")[http.StatusOK]; n != 1 {
		t.Errorf("fetched %d times", n)
	}
	if h.times("ได้รับรูปที่ 1") != 1 {
		t.Errorf("the answer:\n%s", h.since(before))
	}
}

// Files that are not taken: nothing, a program under another name, something of no known kind. Each is
// answered with its reason, leaves nothing behind, and the next one goes on.
func TestReceivedFilesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"ว่าง.pdf":         {nil, "ว่างเปล่า"},
		"ใบอนุญาต.pdf":     {append([]byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"), make([]byte, 400)...), "ยังรับไม่ได้"},
		"ใบเสร็จ.exe":      {append([]byte("%PDF-1.7\n"), make([]byte, 400)...), "ลงท้ายด้วย .exe"},
		"หน้าเว็บ.jpg":     {[]byte("<!DOCTYPE html><script>alert(1)</script>"), "ยังรับไม่ได้"},
		"../../etc/passwd": {[]byte("root:x:0:0:root:/root:/bin/bash\n"), "ยังรับไม่ได้"},
	} {
		before := len(h.said())
		h.send("file", name, c.content)
		h.settled()
		if got := h.since(before); !strings.Contains(got, c.says) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if all := h.attachments(); len(all) != 0 {
		t.Errorf("kept %+v", all)
	}
	h.nothingStored()
	h.send("image", "a.jpg", photo(t, 0))
	h.settled()
	if all := h.attachments(); len(all) != 1 {
		t.Errorf("a good photo after the bad files: %+v", all)
	}
	h.quietAbout("passwd", "ใบอนุญาต", "ใบเสร็จ")
}

// nothingStored fails when the object store holds anything.
func (h *house) nothingStored() {
	h.t.Helper()
	if n := h.stored(); n != 0 {
		h.t.Errorf("%d objects are in the store", n)
	}
}

// stored is how many objects the store holds: the sweep of a store whose clock is two days ahead looks
// at every one of them.
func (h *house) stored() (n int) {
	h.t.Helper()
	cfg := h.store
	cfg.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	store, err := files.New(cfg, h.Box, h.Log)
	must(h.t, err)
	_, err = store.Sweep(h.t.Context(), looking(&n))
	must(h.t, err)
	return n
}

// Row 17: a file that LINE says is 5 GB is refused before anybody fetches it.
func TestReceivedFileAnnouncedTooLarge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	before := len(h.said())
	h.event(map[string]any{"type": "message", "message": map[string]any{"type": "file", "id": "1201", "fileName": "ภาพยนตร์.mp4", "fileSize": int64(5e9)}})
	h.settled()
	if got := h.since(before); !strings.Contains(got, "ใหญ่เกิน 200 MB") {
		t.Errorf("answered: %s", got)
	}
	if calls := h.calls("/content"); len(calls) != 0 {
		t.Errorf("fetched: %v", calls)
	}
}

// Row 25: bytes that LINE does not hold lie at an address the sender chose: never fetched.
func TestReceivedExternalContent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	var asked atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(inside.Close)
	before := len(h.said())
	h.event(map[string]any{"type": "message", "message": map[string]any{
		"type": "image", "id": "1202", "contentProvider": map[string]any{"type": "external", "originalContentUrl": inside.URL, "previewImageUrl": inside.URL},
	}})
	h.settled()
	if asked.Load() != 0 || len(h.calls("/content")) != 0 {
		t.Error("the address was called")
	}
	if len(h.said()) == before {
		t.Error("the citizen was not told")
	}
}

// Row 23: content that is being prepared is fetched when it is ready, and what is said after it waits
// for it.
func TestReceivedContentLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	h.fail("/v2/bot/message/*/content", 202, 2)
	h.send("image", "a.jpg", photo(t, 0))
	h.act("text", map[string]any{"text": "พอแล้ว"})
	h.settled()
	if all := h.attachments(); len(all) != 1 || all[0].Size == 0 {
		t.Errorf("stored %+v", all)
	}
	if calls := h.calls("/content"); calls[202] != 2 || calls[200] != 1 {
		t.Errorf("fetched %v", calls)
	}
	if n := h.count(`SELECT count(*) FROM conversations WHERE state->'draft'->>'field' = 'location'`); n != 1 {
		t.Error("“enough” was heard before the photo that it followed")
	}
	// Never ready: after two minutes the citizen is asked to send it again.
	before := len(h.said())
	h.fail("/v2/bot/message/*/content", 202, 1000)
	h.send("image", "b.jpg", photo(t, 0))
	h.until("it was tried", func() bool { return h.calls("/content")[202] >= 3 })
	h.ahead.Store(int64(3 * time.Minute))
	h.settled()
	if got := h.since(before); !strings.Contains(got, "LINE เตรียมไฟล์ไม่สำเร็จ") {
		t.Errorf("answered: %s", got)
	}
	// A video that LINE fails to prepare at all comes to the same.
	if n := h.count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`); n != 0 {
		t.Errorf("%d events wait", n)
	}
}

// Row 24: content that is gone is not asked for again and again; the citizen is told.
func TestReceivedContentGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	for _, status := range []int{404, 410} {
		before := len(h.said())
		h.fail("/v2/bot/message/*/content", status, 10)
		h.send("image", "a.jpg", photo(t, 0))
		h.settled()
		if calls := h.calls("/content"); calls[status] != 1 {
			t.Errorf("%d: fetched %v", status, calls)
		}
		if got := h.since(before); !strings.Contains(got, "กรุณาส่งใหม่อีกครั้ง") {
			t.Errorf("%d: answered: %s", status, got)
		}
	}
}

// R5: LINE is down for a while: the file is put off and comes in when LINE is back, with no failure
// counted against the message.
func TestReceivedContentAfterAnOutage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	h.fail("/v2/bot/message/*/content", 500, 7)
	h.send("image", "a.jpg", photo(t, 0))
	h.until("LINE is back", func() bool {
		h.hurry()
		return h.calls("/content")[200] == 1
	})
	h.settled()
	if all := h.attachments(); len(all) != 1 {
		t.Errorf("stored %+v", all)
	}
	if n := h.count(`SELECT sum(failures) FROM inbound_events`); n != 0 {
		t.Errorf("%d failures were counted", n)
	}
}

// R9: the store is away: the same, and what the citizen says meanwhile is not lost.
func TestReceivedWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	h.stop()
	cfg, whole := h.store, h.Files
	cfg.Endpoint = "127.0.0.1:1"
	away, err := files.New(cfg, h.Box, h.Log)
	must(t, err)
	h.Files = away
	h.stop = h.work()
	h.send("image", "a.jpg", photo(t, 0))
	h.act("text", map[string]any{"text": "พอแล้ว"})
	h.until("the store was missed", func() bool { return strings.Contains(h.log.String(), "file put off") })
	h.stop()
	h.Files = whole
	h.stop = h.work()
	h.until("everything is done", func() bool {
		h.hurry()
		return h.count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`) == 0
	})
	h.settled()
	if all := h.attachments(); len(all) != 1 {
		t.Errorf("stored %+v", all)
	}
	if n := h.count(`SELECT count(*) FROM conversations WHERE state->'draft'->>'field' = 'location'`); n != 1 {
		t.Error("the conversation did not go on")
	}
	// Away for good: in the end the person is told, and goes on without.
	h.stop()
	h.Files = away
	before := len(h.said())
	h.send("image", "b.jpg", photo(t, 0))
	h.ahead.Store(int64(16 * time.Minute))
	h.stop = h.work()
	h.until("the file was given up", func() bool {
		h.ahead.Add(int64(2 * time.Second))
		h.hurry()
		return h.count(`SELECT count(*) FROM inbound_events WHERE state = 'quarantined'`) == 1
	})
	h.settled()
	if len(h.said()) == before {
		t.Error("the citizen was not told")
	}
}

// Row 22: a Thai name with a path in it is shown without the path, and the store is told no name at all.
func TestReceivedFileName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.ticket("question", answer("question", "ถามหน่อย"))
	if ticket.ID == 0 {
		t.Fatal("no ticket")
	}
	h.say("คุยกับเจ้าหน้าที่")
	h.send("file", "../ใบเสร็จ.pdf", append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...))
	h.settled()
	all := h.attachments()
	if len(all) != 1 || all[0].Name != "ใบเสร็จ.pdf" || strings.Contains(all[0].Key, "ใบเสร็จ") {
		t.Fatalf("stored %+v\n%s", all, strings.Join(h.said(), "\n"))
	}
}

// R6: a job went on to the file behind its own event and died there. Run again it finds its own event
// done, and lets go of the other.
func TestReceivedHoldOfADeadJobEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	h.stop()
	h.act("text", map[string]any{"text": "นี่ค่ะ"})
	h.send("image", "a.jpg", photo(t, 0))
	events := h.numbers(`SELECT id FROM inbound_events WHERE state = 'waiting' ORDER BY id`)
	h.everywhere(func(tx pgx.Tx) error {
		if err := bot.FinishEvent(t.Context(), tx, bot.EventID(events[0]), ""); err != nil {
			return err
		}
		_, err := bot.HoldEvent(t.Context(), tx, bot.EventID(events[1]), events[0], h.Now(), h.Now().Add(time.Hour))
		return err
	})
	must(t, run(h, &received{Deps: h.Deps}, bot.ReceivedArgs{Events: []bot.EventID{bot.EventID(events[0])}})) // as the same job
	h.stop = h.work()
	h.settled()
	if all := h.attachments(); len(all) != 1 {
		t.Errorf("stored %+v", all)
	}
}
