package line_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"testing"
	"time"

	"saphan/devkit/line"
)

func signature(body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Row 57: signed, ULID, UTF-8 as it is.
func TestRow57WebhookIsSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "ไฟถนนดับ 😀 <b>&"}, nil)
	h := w.bot.next(t)
	if got := h.header.Get("x-line-signature"); got != signature(h.body) {
		t.Errorf("signature %q does not fit the body", got)
	}
	if got := h.header.Get("X-Line-Signature"); got == signature(append(h.body, ' ')) {
		t.Error("the signature fits a tampered body too")
	}
	if got := h.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	if !regexp.MustCompile(`"text":"ไฟถนนดับ 😀 <b>&"`).Match(h.body) {
		t.Errorf("text is not plain UTF-8 in %s", h.body)
	}
	e := h.events[0]
	if id, _ := e["webhookEventId"].(string); !regexp.MustCompile(`^0[0-9A-HJKMNP-TV-Z]{25}$`).MatchString(id) {
		t.Errorf("webhookEventId %q is no ULID", id)
	}
	if e["mode"] != "active" || e["type"] != "message" {
		t.Errorf("event %v", e)
	}
}

// Row 58: no 2xx: again with the same ID, marked as redelivery. (No answer within two seconds:
// TestRow58TwoSeconds.)
func TestRow58Redelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if err := w.sim.Set(quick(w.sim.Settings())); err != nil {
		t.Fatal(err)
	}
	w.bot.answer(http.StatusInternalServerError, 0)
	var a acted
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "สวัสดี"}, &a)
	if a.Status != http.StatusInternalServerError {
		t.Errorf("status %d, want the bot's 500", a.Status)
	}
	first := w.bot.next(t).events[0]
	w.bot.answer(http.StatusOK, 0)
	second := w.bot.next(t).events[0]
	if first["webhookEventId"] != second["webhookEventId"] || first["replyToken"] != second["replyToken"] {
		t.Errorf("redelivered as another event: %v after %v", second, first)
	}
	if redelivered(first) || !redelivered(second) {
		t.Errorf("isRedelivery %v, then %v", redelivered(first), redelivered(second))
	}
	w.bot.none(t, 300*time.Millisecond)
}

// Row 58: switched off, nothing comes again.
func TestRow58NoRedeliveryWhenOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	v := quick(w.sim.Settings())
	off := false
	v.Redelivery = &off
	if err := w.sim.Set(v); err != nil {
		t.Fatal(err)
	}
	w.bot.answer(http.StatusInternalServerError, 0)
	w.say(w.woman, "สวัสดี")
	w.bot.none(t, 400*time.Millisecond)
}

// quick makes redelivery fit for tests.
func quick(v line.Settings) line.Settings {
	v.RedeliverySchedule = []float64{0.05}
	return v
}

func redelivered(e map[string]any) bool {
	c, ok := e["deliveryContext"].(map[string]any)
	return ok && c["isRedelivery"] == true
}
