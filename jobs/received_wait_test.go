package jobs

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"saphan/bot"
	"saphan/devkit/testhouse"
)

// waits are the bubbles that say that a file takes long, by how they were sent.
func (h *house) waits() (via []string) {
	h.T.Helper()
	for _, b := range h.Answers() {
		if testhouse.Words(b.Message) == bot.WaitReply("th").Text {
			via = append(via, b.Via)
		}
	}
	return via
}

// Row 31: a download that takes long is acknowledged by reply while it goes on; the answer comes after it, by
// push, without a try with the token that is spent.
func TestRow31LongDownload(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	picture, goOn := testhouse.Photo(t, 0), make(chan struct{})
	h.contents(map[string]http.HandlerFunc{"77": func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-goOn:
		case <-r.Context().Done():
		}
		whole(picture)(w, r)
	}})
	h.stop()
	h.sends("image", "77", 0)
	h.Later(waitAfter)
	h.stop = h.work()
	h.Until("the citizen is told", func() bool { return len(h.waits()) == 1 })
	replies := h.Calls("/message/reply")
	close(goOn)
	h.Hurried()
	all := h.Answers()
	if last := all[len(all)-1]; last.Via != "push" || !strings.Contains(testhouse.Words(last.Message), "ได้รับรูปที่ 1") {
		t.Errorf("the answer came by %s: %s", last.Via, testhouse.Words(last.Message))
	}
	if via := h.waits(); len(via) != 1 || via[0] != "reply" {
		t.Errorf("told to wait by %q", via)
	}
	if after := h.Calls("/message/reply"); after[200] != replies[200] || after[400] != 0 {
		t.Errorf("replies %v, before %v", after, replies)
	}
}

// Somebody who writes for the first time is told as well, and keeps their name.
func TestRow31LongDownloadOfANewPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Settings(map[string]any{"dropWebhooks": 1, "redelivery": false})
	h.Tries("follow", nil) // of which we do not hear
	h.stop()
	h.Fail("/v2/bot/message/*/content", 500, 1)
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Later(waitAfter)
	h.stop = h.work()
	h.Hurried()
	if via := h.waits(); len(via) != 1 || via[0] != "reply" {
		t.Errorf("told to wait by %q", via)
	}
	if n := h.Count(`SELECT count(*) FROM identities WHERE external_id = $1 AND name = $2`, h.User, h.Name); n != 1 {
		t.Errorf("their name is %q", h.List(`SELECT name FROM identities`))
	}
}

// What would not be free of charge is not said: nobody is told by push to wait.
func TestRow31NobodyIsToldByPush(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.stop()
	h.Fail("/v2/bot/message/*/content", 500, 1)
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Later(time.Minute)
	h.stop = h.work()
	h.Hurried()
	if via := h.waits(); len(via) != 0 || h.Times("ได้รับรูปที่ 1") != 1 {
		t.Errorf("told to wait by %q; said:\n%s", via, h.Since(0))
	}
}

// Row 23: patience begins with the first try. After minutes without a worker a file that is not ready, or
// that breaks off, is asked for again; one whose every download is cut off by our own limit is tried three
// times.
func TestRow23PatienceBeginsWithTheFirstTry(t *testing.T) {
	t.Parallel()
	picture := testhouse.Photo(t, 100_000)
	for name, fails := range map[string]http.HandlerFunc{
		"not ready": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
		"cut off":   hungUp(picture[:50_000], 100_000),
		"away":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.AtThePhoto()
			var host *contentHost
			host = h.contents(map[string]http.HandlerFunc{"77": func(w http.ResponseWriter, r *http.Request) {
				if host.times("77") == 1 {
					fails(w, r)
					return
				}
				whole(picture)(w, r)
			}})
			h.stop()
			h.sends("image", "77", 0)
			h.Later(20 * time.Minute) // nobody is at work
			h.stop = h.work()
			h.Hurried()
			if all := h.Attachments(); len(all) != 1 || h.Times("ได้รับรูปที่ 1") != 1 {
				t.Errorf("asked for %d times, stored %d; said:\n%s", host.times("77"), len(all), h.Since(0))
			}
			if n := h.Count(`SELECT sum(failures) FROM inbound_events`); n != 0 {
				t.Errorf("%d failures were counted", n)
			}
		})
	}
	t.Run("each time cut off after two minutes", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.AtThePhoto()
		host := h.contents(map[string]http.HandlerFunc{"77": func(w http.ResponseWriter, r *http.Request) {
			h.Ahead.Add(int64(2 * time.Minute))
			hungUp(picture[:50_000], 100_000)(w, r)
		}})
		h.sends("image", "77", 0)
		h.Hurried()
		if n := host.times("77"); n != 3 || h.Times("กรุณาส่งไฟล์อีกครั้ง") != 1 {
			t.Errorf("asked for %d times; said:\n%s", n, h.Since(0))
		}
	})
}
