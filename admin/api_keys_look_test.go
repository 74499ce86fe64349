package admin_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestAPIKeysLook keeps pictures of the keys, of the form and of the one that is shown, and fails for whatever axe finds (WCAG 2.2 AA).
func TestAPIKeysLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	head := h.as(h.head)
	form := head.apiKeyForm(h)
	form["scope"] = []string{"tickets:read", "answers:read", "documents:read", "tickets:work", "tickets:decide"}
	head.post("/admin/api-keys", form)
	head.post(fmt.Sprintf("/admin/api-keys/%d/revoke", h.apiKeys()[0].ID), url.Values{"sure": {"yes"}})
	form.Set("key", head.apiKeyForm(h).Get("key"))
	form.Set("name", "ระบบสารบรรณอิเล็กทรอนิกส์ของเทศบาลตำบลตัวอย่าง")
	head.post("/admin/api-keys", form)
	b.size(1280, 900)
	h.pass(time.Minute)
	b.enter(h, h.head)
	for _, width := range []int64{1280, 390} {
		for name, query := range map[string]string{"list": "", "form": fmt.Sprintf("?officer=%d", h.officer.ID)} {
			b.size(width, 1600)
			b.visit(h.server.URL+"/admin/api-keys"+query, "main h1")
			where := fmt.Sprintf("api-keys-%s-%d", name, width)
			value[bool](b, openAll)
			b.noOverflow(where)
			b.shot(where)
			b.accessible(where)
		}
		b.visit(h.server.URL+fmt.Sprintf("/admin/api-keys?officer=%d", h.officer.ID), "#name")
		b.write("#name", fmt.Sprintf("ระบบ %d", width))
		b.click(`input[value="tickets:read"]`)
		b.click(`form[method="post"][action="/admin/api-keys"] button`)
		b.do("wait for the key", chromedp.WaitVisible(chromedp.CSS("#bearer")))
		b.size(width, 900)
		b.noOverflow("api-key-made")
		b.shot(fmt.Sprintf("api-key-made-%d", width))
		b.accessible("api-key-made")
		if got := value[string](b, `document.querySelector('#bearer').value`); !strings.HasPrefix(got, "saphan_") {
			t.Errorf("the key: %s", got)
		}
	}
}
