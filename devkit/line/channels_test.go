package line_test

import (
	"net/http"
	"testing"
)

// A change that is refused changes nothing, not even what the bot itself had set.
func TestRefusedChangeChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	own := w.bot.URL + "/own"
	if status, _, v := w.api("PUT", "/v2/bot/channel/webhook/endpoint", map[string]any{"endpoint": own}); status != http.StatusOK {
		t.Fatal(status, v)
	}
	endpoint := func() any {
		_, _, v := w.api("GET", "/v2/bot/channel/webhook/endpoint", nil)
		return v["endpoint"]
	}
	if status, _, _ := w.do("POST", "/control/channels/"+destination, nil, map[string]any{"name": "ใหม่", "webhookUrl": "http://example.com/"}); status != http.StatusBadRequest {
		t.Errorf("an address that LINE would not take: %d", status)
	}
	var sheet struct{ Name, WebhookURL string }
	w.control("GET", "channels/"+destination, nil, &sheet)
	if endpoint() != own || sheet.Name != "เทศบาลตัวอย่าง" {
		t.Errorf("endpoint %v, sheet %+v", endpoint(), sheet)
	}
	w.control("POST", "channels/"+destination, map[string]any{"webhookUrl": w.bot.URL}, nil)
	if endpoint() != w.bot.URL {
		t.Errorf("the console's word came last, and the endpoint is %v", endpoint())
	}
}
