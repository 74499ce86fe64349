package jobs

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/devkit/testhouse"
	"saphan/files"
)

// A photo of 25 MB is taken, whole, once.
func TestReceivedLargePhoto(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	picture := testhouse.Photo(t, 25<<20)
	before := len(h.Said())
	h.Settings(map[string]any{"duplicateWebhooks": 2})
	h.Send("image", "a.jpg", picture)
	h.Settled()
	all := h.Attachments()
	if len(all) != 1 || all[0].Size != int64(len(picture)) || all[0].MediaType != "image/jpeg" {
		t.Fatalf("stored %+v\n%s", all, h.Since(before))
	}
	if got, err := h.BytesOf(all[0]); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("read back %d bytes (%v)", len(got), err)
	}
	if n := h.Calls("/content")[http.StatusOK]; n != 1 {
		t.Errorf("fetched %d times", n)
	}
	if h.Times("ได้รับรูปที่ 1") != 1 {
		t.Errorf("the answer:\n%s", h.Since(before))
	}
}

// Files that are not taken: nothing, a program under another name, something of no known kind. Each is
// answered with its reason, leaves nothing behind, and the next one goes on.
func TestReceivedFilesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
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
		before := len(h.Said())
		h.Send("file", name, c.content)
		h.Settled()
		if got := h.Since(before); !strings.Contains(got, c.says) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if all := h.Attachments(); len(all) != 0 {
		t.Errorf("kept %+v", all)
	}
	h.nothingStored()
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Settled()
	if all := h.Attachments(); len(all) != 1 {
		t.Errorf("a good photo after the bad files: %+v", all)
	}
	h.QuietAbout("passwd", "ใบอนุญาต", "ใบเสร็จ")
}

// Row 17: a file that LINE says is 5 GB, in whichever way, is refused before anybody fetches it.
func TestRow17ReceivedFileAnnouncedTooLarge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	for i, size := range []string{"5000000000", "5e9", "1e400"} {
		before := len(h.Said())
		h.absurd(fmt.Sprint("012", i), `"message":{"type":"file","id":"120`+size+`","fileName":"ภาพยนตร์.mp4","fileSize":`+size+`}`)
		h.Settled()
		if got := h.Since(before); !strings.Contains(got, "ใหญ่เกิน 200 MB") {
			t.Errorf("%s bytes: answered: %s", size, got)
		}
	}
	if calls := h.Calls("/content"); len(calls) != 0 {
		t.Errorf("fetched: %v", calls)
	}
}

// The largest file is what the settings say (line.md 11: LINE publishes none), whether LINE says beforehand how large
// it is or not.
func TestReceivedFileAboveTheSetting(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	h.FileMax = 10 << 20
	h.stop = h.work()
	h.AtThePhoto()
	h.absurd("0120", `"message":{"type":"file","id":"1201","fileName":"แบบแปลน.pdf","fileSize":10485761}`)
	h.Send("image", "a.jpg", testhouse.Photo(t, 11<<20))
	h.Settled()
	if n := h.Times("ใหญ่เกิน 10 MB"); n != 2 {
		t.Errorf("answered %d times:\n%s", n, h.Since(0))
	}
}

// Row 17: what intake cannot refuse and nobody can mean panics nowhere on its way to the conversation: it is
// worked on or put into quarantine, and what the person says next is answered.
func TestRow17ReceivedAbsurdEvents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	for i, parts := range []string{
		`"timestamp":9223372036854775807,"message":{"id":"1710","type":"text","text":"x"}`,
		`"timestamp":-9223372036854775808,"message":{"id":"1711","type":"text","text":"x"}`,
		`"message":{"id":"1712","type":"text","text":"x"}`,
		`"source":{"type":"group","groupId":"C1","userId":"U1"},"message":{"id":"1713"}`,
		`"source":{"type":"user"},"message":{"id":"1714","type":"text","text":"x"}`,
		`"source":{},"message":{"id":"1715","type":"text","text":"x"}`,
		`"message":{}`, `"message":{"id":"1717"}`, `"message":{"id":"1718","type":"text"}`, `"message":{"id":"1719","type":"image","contentProvider":null,"imageSet":{"total":-1}}`,
		`"message":{"id":"1720","type":"file"}`, `"message":{"id":"1721","type":"file","fileName":"a.pdf","fileSize":-5e9}`, `"message":{"id":"1722","type":"location"}`,
	} {
		h.absurd(fmt.Sprint("17", i), parts)
	}
	unreadable := []string{`"message":[]`, `"message":{"id":"1731","type":"file","fileSize":"large"}`, `"message":{"id":"1732","type":7}`}
	for i, parts := range unreadable {
		h.absurd(fmt.Sprint("unreadable17", i), parts)
	}
	h.Hurried()
	before := len(h.Said())
	h.Say("ยังอยู่ไหม")
	if len(h.Said()) == before {
		t.Error("nothing was answered after it")
	}
	if strings.Contains(h.Diary.String(), "panicked") {
		t.Error("a step panicked")
	}
	h.Is(0, "events wait", `SELECT count(*) FROM inbound_events WHERE state = 'waiting'`)
	if got := h.List(`SELECT event_id FROM inbound_events WHERE state = 'quarantined' ORDER BY event_id`); len(got) != len(unreadable) {
		t.Errorf("in quarantine: %q", got)
	}
}

// absurd delivers a message of the citizen's as it is written, with what its parts say instead of what is usual.
func (h *house) absurd(name, parts string) {
	h.T.Helper()
	event := `"type":"message","webhookEventId":"` + name + `","mode":"active"`
	for part, usual := range map[string]string{
		"timestamp": fmt.Sprint(time.Now().UnixMilli()), "source": fmt.Sprintf(`{"type":"user","userId":%q}`, h.User),
	} {
		if !strings.Contains(parts, `"`+part+`"`) {
			event += fmt.Sprintf(`,%q:%s`, part, usual)
		}
	}
	h.raw(fmt.Sprintf(`{"destination":%q,"events":[{%s,%s}]}`, h.Account.Destination, event, parts))
}

// Row 25: bytes that LINE does not hold lie at an address the sender chose: never fetched.
func TestReceivedExternalContent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	var asked atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(inside.Close)
	before := len(h.Said())
	h.Event(map[string]any{"type": "message", "message": map[string]any{
		"type": "image", "id": "1202", "contentProvider": map[string]any{"type": "external", "originalContentUrl": inside.URL, "previewImageUrl": inside.URL},
	}})
	h.Settled()
	if asked.Load() != 0 || len(h.Calls("/content")) != 0 {
		t.Error("the address was called")
	}
	if len(h.Said()) == before {
		t.Error("the citizen was not told")
	}
}

// Row 23: content that is being prepared is fetched when it is ready, and what is said after it waits
// for it.
func TestReceivedContentLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.Fail("/v2/bot/message/*/content", 202, 2)
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Types("พอแล้ว")
	h.Settled()
	if all := h.Attachments(); len(all) != 1 || all[0].Size == 0 {
		t.Errorf("stored %+v", all)
	}
	if calls := h.Calls("/content"); calls[202] != 2 || calls[200] != 1 {
		t.Errorf("fetched %v", calls)
	}
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state->'draft'->>'field' = 'location'`); n != 1 {
		t.Error("“enough” was heard before the photo that it followed")
	}
	// Never ready: after two minutes the citizen is asked to send it again.
	before := len(h.Said())
	h.Fail("/v2/bot/message/*/content", 202, 1000)
	h.Send("image", "b.jpg", testhouse.Photo(t, 0))
	h.Until("it was tried", func() bool { return h.Calls("/content")[202] >= 3 })
	h.Ahead.Store(int64(3 * time.Minute))
	h.Settled()
	if got := h.Since(before); !strings.Contains(got, "LINE เตรียมไฟล์ไม่สำเร็จ") {
		t.Errorf("answered: %s", got)
	}
	// A video that LINE fails to prepare at all comes to the same.
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`); n != 0 {
		t.Errorf("%d events wait", n)
	}
}

// Row 24: content that is gone is not asked for again and again; the citizen is told.
func TestReceivedContentGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	for _, status := range []int{404, 410} {
		before := len(h.Said())
		h.Fail("/v2/bot/message/*/content", status, 10)
		h.Send("image", "a.jpg", testhouse.Photo(t, 0))
		h.Settled()
		if calls := h.Calls("/content"); calls[status] != 1 {
			t.Errorf("%d: fetched %v", status, calls)
		}
		if got := h.Since(before); !strings.Contains(got, "กรุณาส่งใหม่อีกครั้ง") {
			t.Errorf("%d: answered: %s", status, got)
		}
	}
}

// R5: LINE is down for a while: the file is put off and comes in when LINE is back, with no failure
// counted against the message.
func TestReceivedContentAfterAnOutage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.Fail("/v2/bot/message/*/content", 500, 7)
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Until("LINE is back", func() bool {
		h.Hurry()
		return h.Calls("/content")[200] == 1
	})
	h.Settled()
	if all := h.Attachments(); len(all) != 1 {
		t.Errorf("stored %+v", all)
	}
	if n := h.Count(`SELECT sum(failures) FROM inbound_events`); n != 0 {
		t.Errorf("%d failures were counted", n)
	}
}

// R9: the store is away: the same, and what the citizen says meanwhile is not lost.
func TestReceivedWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.stop()
	cfg, whole := h.Plan.Store(), h.Files
	cfg.Endpoint = "127.0.0.1:1"
	away, err := files.New(cfg, h.Box, h.Log)
	must(t, err)
	h.Files = away
	h.stop = h.work()
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Types("พอแล้ว")
	h.Until("the store was missed", func() bool { return strings.Contains(h.Diary.String(), "file put off") })
	h.stop()
	h.Files = whole
	h.stop = h.work()
	h.Until("everything is done", func() bool {
		h.Hurry()
		return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`) == 0
	})
	h.Settled()
	if all := h.Attachments(); len(all) != 1 {
		t.Errorf("stored %+v", all)
	}
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state->'draft'->>'field' = 'location'`); n != 1 {
		t.Error("the conversation did not go on")
	}
	// Away for good: in the end the person is told, and goes on without.
	h.stop()
	h.Files = away
	before := len(h.Said())
	h.Send("image", "b.jpg", testhouse.Photo(t, 0))
	h.Ahead.Store(int64(16 * time.Minute))
	h.stop = h.work()
	h.Until("the file was given up", func() bool {
		h.Ahead.Add(int64(30 * time.Second)) // patience begins with the first try
		h.Hurry()
		return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'quarantined'`) == 1
	})
	h.Settled()
	if len(h.Said()) == before {
		t.Error("the citizen was not told")
	}
}

// Row 22: a Thai name with a path in it is shown without the path, and the store is told no name at all.
func TestReceivedFileName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	if ticket.ID == 0 {
		t.Fatal("no ticket")
	}
	h.Say("คุยกับเจ้าหน้าที่")
	h.Send("file", "../ใบเสร็จ.pdf", append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...))
	h.Settled()
	all := h.Attachments()
	if len(all) != 1 || all[0].Name != "ใบเสร็จ.pdf" || strings.Contains(all[0].Key, "ใบเสร็จ") {
		t.Fatalf("stored %+v\n%s", all, strings.Join(h.Said(), "\n"))
	}
}

// R6: a job went on to the file behind its own event and died there. Run again it finds its own event
// done, and lets go of the other.
func TestReceivedHoldOfADeadJobEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.stop()
	h.Types("นี่ค่ะ")
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	events := h.Numbers(`SELECT id FROM inbound_events WHERE state = 'waiting' ORDER BY id`)
	h.Everywhere(func(tx pgx.Tx) error {
		if err := bot.FinishEvent(t.Context(), tx, bot.EventID(events[0]), ""); err != nil {
			return err
		}
		_, err := bot.HoldEvent(t.Context(), tx, bot.EventID(events[1]), events[0], h.Now(), h.Now().Add(time.Hour))
		return err
	})
	must(t, run(h, &received{Deps: h.Deps}, bot.ReceivedArgs{Events: []bot.EventID{bot.EventID(events[0])}})) // as the same job
	h.stop = h.work()
	h.Settled()
	if all := h.Attachments(); len(all) != 1 {
		t.Errorf("stored %+v", all)
	}
}
