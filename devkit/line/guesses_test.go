package line_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"saphan/devkit/line/strict"
)

// What nobody has confirmed is told to whoever uses the simulator.
func TestReadmeListsTheGuesses(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range strict.Guesses() {
		if !strings.Contains(string(readme), "`"+string(g)+"`") {
			t.Errorf("README.md does not tell of the guess %s", g)
		}
	}
}

// The guesses about retry keys, and the settings for what else is open.
func TestOpenPointsAreSettings(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	w.say(w.woman, "สวัสดี")
	for guess, key := range map[string]string{"retry-key-form": "not-a-uuid", "empty-retry-key": ""} {
		refusedWhileOn := key != ""
		w.control("POST", "settings", map[string]any{"guessesOff": []string{}}, nil)
		if status, _, v := w.pushWith(key, texts(1)); (status == http.StatusBadRequest) != refusedWhileOn {
			t.Errorf("%s on: %d %v", guess, status, v)
		}
		w.control("POST", "settings", map[string]any{"guessesOff": []string{guess}}, nil)
		if status, _, v := w.pushWith(key, texts(1)); (status == http.StatusBadRequest) == refusedWhileOn {
			t.Errorf("%s off: %d %v", guess, status, v)
		}
	}
	if status, _, _ := w.do("POST", "/control/settings", nil, `{"guessesOff":["nonsense"]}`); status != http.StatusBadRequest {
		t.Errorf("an unknown guess: %d", status)
	}

	w.control("POST", "settings", map[string]any{"retryAfter": 7, "failNext": []any{map[string]any{"path": "/v2/bot/info", "status": "rate"}}}, nil)
	if status, head, _ := w.api("GET", "/v2/bot/info", nil); status != http.StatusTooManyRequests || head.Get("Retry-After") != "7" {
		t.Errorf("Retry-After: %d %v", status, head)
	}
	up := w.upload(w.woman, "file", sample{"a.pdf", []byte("%PDF-1.7")})
	w.control("POST", "settings", map[string]any{"contentLife": 60}, nil)
	if status, _, _ := w.content(up.MessageID, ""); status != http.StatusOK {
		t.Errorf("fresh content: %d", status)
	}
	c.add(61 * time.Second)
	if status, _, data := w.content(up.MessageID, ""); status != http.StatusNotFound || string(data) != `{"message":"not found"}` {
		t.Errorf("old content: %d %s", status, data)
	}
}
