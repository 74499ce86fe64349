package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// What clumsy hands do to the whole: empty and renamed files, a photo of 25 MB, a text of 5,000
// letters, two clicks on one button, an answer to yesterday's card. Each is answered, nothing of it is
// lost and nothing is done twice.
func clumsyWay(t *testing.T, tw *town) {
	c := tw.newCitizen(t, "บุญมี", "🌊 น้ำท่วม ท่อตัน")
	first := c.opens()
	kinds := c.answered(func() { c.tapsOn(first, "🚧 แจ้งปัญหา") })
	photo := c.answered(func() { c.tapsOn(kinds, "🌊 น้ำท่วม ท่อตัน") })
	for _, bad := range []struct {
		name    string
		content []byte
		says    string
	}{
		{"ว่าง.pdf", nil, "ว่างเปล่า"},
		{"แผนที่.exe", markedPDF("a map"), ".exe"},
		{"แผนที่.jpg", []byte("MZ\x90\x00 this is a program"), "ไฟล์ชนิดนี้ยังรับไม่ได้"},
		{"../../แผนที่.html", []byte("<html><script>alert(1)</script></html>"), "ไฟล์ชนิดนี้ยังรับไม่ได้"},
	} {
		before := len(c.answers())
		if c.answered(func() { c.sends("file", bad.name, bad.content) }); !strings.Contains(spokenSince(c, before), bad.says) {
			t.Errorf("to %s the account says: %s", bad.name, spokenSince(c, before))
		}
	}
	c.photo = append(markedPhoto(t, "a very large photo"), bytes.Repeat([]byte{0}, 25<<20)...)
	more := c.answered(func() { c.tapsOn(photo, spoken("choice.camera")) })
	if !more.has(spoken("photo.more", "n", "1", "left", "4")[:30]) {
		t.Errorf("to a photo of 25 MB the account says: %v", more)
	}
	long := []rune(strings.Repeat("น้ำท่วมขังหน้าบ้าน", 300))[:5000] // what LINE takes at most
	review := c.follows(spoken("review.label"))

	// Two clicks on one button are one request, and the second is answered.
	c.tapsOn(review, spoken("choice.send"))
	c.tapsOn(review, spoken("choice.send"))
	receipt := c.sees(spoken("receipt.label"))
	c.sees(spoken("tap.sent"))
	works := tw.officer(t, worksOfficer)
	id := works.finds(t, receipt.after(spoken("receipt.label")))
	if err := cleaned(t, works.original(t, oneFile(t, works.ticket(t, id))), c.photo, "a very large photo"); err != nil {
		t.Errorf("the officer opens: %v", err)
	}

	// A button of a card that is long done with says so and changes nothing.
	if b := c.answered(func() { c.tapsOn(kinds, "🛣️ ถนน ทางเท้า") }); !strings.Contains(spokenSince(c, len(c.answers())-2), spoken("tap.sent")) {
		t.Errorf("to an old card the account says: %v", b)
	}
	if p := works.ticket(t, id).part("ticket"); !p.has("น้ำท่วม ท่อตัน") || p.has("ถนน ทางเท้า") {
		t.Errorf("the old card changed the request: %s", p.text())
	}
	var requests int
	err := tw.sql(t).QueryRow(t.Context(), `SELECT count(*) FROM requests WHERE conversation_id =
		(SELECT q.conversation_id FROM requests q JOIN tickets t ON t.request_id = q.id WHERE t.id = $1)`, id).Scan(&requests)
	if err != nil || requests != 1 {
		t.Errorf("two clicks made %d requests, %v", requests, err)
	}

	// A very long text reaches the officer whole, and the officer's comes back whole.
	c.answered(func() { c.tapsOn(receipt, spoken("choice.talk")) })
	c.says(string(long))
	works.sees(t, id, string(long))
	works.does(t, id, "take")
	works.does(t, id, "reply", "text", string(long[:3900])+" จบ")
	if b := c.sees(" จบ"); !b.has(string(long[3000:3900])) {
		t.Errorf("the officer's long answer came as: %v", b)
	}
}

// spokenSince is what the account has said after so many answers.
func spokenSince(c *citizen, n int) string {
	c.t.Helper()
	var words []string
	for _, b := range c.answers()[n:] {
		words = append(words, b.Words...)
	}
	return strings.Join(words, "\n")
}

// A webhook that LINE did not sign is refused and leaves nothing; a delivery with a broken event keeps
// the others (line.md 1.2, 1.3).
func TestWebhookOfAStranger(t *testing.T) {
	t.Parallel()
	tw, r := openTown(t, dataFolder(t))
	t.Cleanup(func() { r.end(t) })
	r.alarms = []string{"an account that is not set up here", "line webhook too large", "the channel's secret has not signed it"} // an operator must hear of each
	c := tw.newCitizen(t, "สายใจ")
	c.opens()
	conn := tw.sql(t)
	tw.rested(t, conn)
	count := func() (events int) {
		if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM inbound_events`).Scan(&events); err != nil {
			t.Fatal(err)
		}
		return events
	}
	before, said := count(), len(c.answers())
	var user string // as LINE calls the citizen towards this provider
	if err := conn.QueryRow(t.Context(), `SELECT source FROM conversations`).Scan(&user); err != nil {
		t.Fatal(err)
	}
	text := func(id string) string {
		return fmt.Sprintf(`{"type":"message","webhookEventId":%q,"timestamp":1795253405000,"mode":"active","deliveryContext":{"isRedelivery":false},`+
			`"source":{"type":"user","userId":%q},"message":{"type":"text","id":%q,"text":"ขอบคุณค่ะ"}}`, id, user, "5"+id)
	}
	envelope := func(destination string, events ...string) string {
		return fmt.Sprintf(`{"destination":%q,"events":[%s]}`, destination, strings.Join(events, ","))
	}
	own, secret := tw.creds.Line.Destination, tw.creds.Line.Secret
	good := envelope(own, text("01J0000000000000000000000A"))
	for name, d := range map[string]struct {
		body, signature string
		status          int
	}{
		"no signature":        {good, "", http.StatusUnauthorized},
		"a wrong signature":   {good, signed("another secret", good), http.StatusUnauthorized},
		"another body's":      {good, signed(secret, good+" "), http.StatusUnauthorized},
		"no base64":           {good, "%%%", http.StatusUnauthorized},
		"unknown destination": {envelope("U00000000000000000000000000000000", text("a")), "", http.StatusUnauthorized},
		"no envelope":         {"[]", signed(secret, "[]"), http.StatusBadRequest},
		"too large":           {strings.Repeat(" ", 2<<20+1), "x", http.StatusRequestEntityTooLarge},
	} {
		if d.signature == "" && name == "unknown destination" {
			d.signature = signed(secret, d.body)
		}
		if status := tw.deliver(t, d.body, d.signature); status != d.status {
			t.Errorf("%s: status %d, want %d", name, status, d.status)
		}
	}
	if n := count(); n != before {
		t.Errorf("%d events of strangers were stored", n-before)
	}
	mixed := envelope(own, `42`, text("01J0000000000000000000000B"), `{"type":"message","webhookEventId":"01J0000000000000000000000C"}`, `{"no":"event"}`)
	for range 2 { // delivered twice, kept once
		if status := tw.deliver(t, mixed, signed(secret, mixed)); status != http.StatusOK {
			t.Errorf("a batch with broken events: status %d", status)
		}
	}
	tw.rested(t, conn)
	var done, aside int
	err := conn.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'quarantined') FROM inbound_events`).Scan(&done, &aside)
	if err != nil || done != before+1 || aside == 0 {
		t.Errorf("%d events done with, want %d; %d put aside; %v", done, before+1, aside, err)
	}
	thanks := slices.DeleteFunc(c.answers(), func(b bubble) bool { return !b.has(spoken("thanks")) })
	if len(thanks) != 1 {
		t.Errorf("the one good event has the answers %v", c.answers()[said:])
	}
}

func signed(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// deliver posts a webhook as LINE, or somebody else, would.
func (tw *town) deliver(t *testing.T, body, signature string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tw.base+"/line/webhook", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if signature != "" {
		req.Header.Set("X-Line-Signature", signature)
	}
	resp, err := tw.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
