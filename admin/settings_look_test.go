package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"saphan/agencies"
)

// furnished is the settings of an agency with a channel, checks that came out in every way, a key that
// waits, and officers in every state.
func furnished(t *testing.T) (h heads, screens map[string]string) {
	t.Helper()
	h = atSettings(t)
	path := h.adds()
	h.does(path+"/key", nil, "PUBLIC OF")
	h.line.set(func(s *service) {
		s.checks = []agencies.Check{
			{Key: "token", What: "โทเคนสำหรับเรียก LINE", State: agencies.CheckWell, Found: "ใช้ได้ (แบบ stateless ระบบขอใหม่เองทุก 12 นาที)"},
			{Key: "account", What: "บัญชีทางการ", State: agencies.CheckWell, Found: "เทศบาลตำบลตัวอย่าง @tbtown"},
			{Key: "mode", What: "โหมดการตอบ", State: agencies.CheckWarning, Found: "เปิดแชตด้วยมือใน LINE Official Account Manager อยู่", Remedy: "ข้อความที่ตอบจากที่นั่นจะไม่อยู่ในระบบนี้ แนะนำให้ปิด"},
			{Key: agencies.CheckWebhook, What: "ที่อยู่เว็บฮุก", State: agencies.CheckFault, Found: "LINE ส่งไปที่ https://old.example.go.th/a/rather/long/path/to/some/other/system/webhook", Remedy: "กดปุ่มตั้งค่าเว็บฮุกด้านล่าง ที่อยู่ที่ถูกต้องคือ https://saphan.example/line/webhook"},
			{Key: "delivery", What: "ทดลองส่งเว็บฮุก", State: agencies.CheckSkipped, Found: "ทดลองบ่อยเกินไป", Remedy: "รอสักครู่แล้วตรวจใหม่"},
		}
	})
	h.invites("นายรอลิงก์ ตัวอย่าง", "waiting@tb.example", agencies.RoleOfficer)
	link := h.invites("น.ส.เริ่มงาน ตัวอย่าง", "starting@tb.example", agencies.RoleViewer)
	h.does(fmt.Sprintf("/admin/officers/%d/disable", h.colleague.ID), nil, "ปิดบัญชีแล้ว")
	return h, map[string]string{
		"settings": "/admin/settings", "channels": "/admin/channels", "channel-new": "/admin/channels/new", "channel": path, "officers": "/admin/officers", "changes": "/admin/changes", "join": link,
	}
}

// openAll unfolds what a page keeps folded.
const openAll = `document.querySelectorAll('main details').forEach((d) => { d.open = true }), true`

// TestSettingsLook keeps pictures of the settings and fails for whatever axe finds on them, in both
// themes, from wide to the narrowest (WCAG 2.2 AA).
func TestSettingsLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h, screens := furnished(t)
	b.size(1440, 900)
	h.pass(time.Minute) // a code opens once
	b.enter(h.house, h.head)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		widths := []int64{1440, 390, 320}
		if scheme == "dark" { // the same boxes in other colours
			widths = []int64{1440, 320}
		}
		for _, width := range widths {
			b.size(width, 900)
			for name, path := range screens {
				b.visit(h.server.URL+path, "main h1")
				where := fmt.Sprintf("%s-%s-%d", name, scheme, width)
				b.noOverflow(where)
				b.shot(where)
				if width != 390 {
					value[bool](b, openAll)
					b.noOverflow(where + " unfolded")
					b.accessible(where)
				}
			}
		}
		// What a check shows, and the link that is shown once, are answers to a button.
		b.size(1440, 900)
		b.visit(h.server.URL+screens["channel"], "main h1")
		b.click(`form[action$="/check"] button`)
		b.do("wait for the checks", chromedp.WaitVisible(chromedp.CSS(".checks .check")))
		b.accessible("checked " + scheme)
		b.shot("channel-checked-" + scheme + "-1440")
		b.size(390, 844)
		b.noOverflow("checked 390")
		b.shot("channel-checked-" + scheme + "-390")
	}
	value[bool](b, openAll)
	b.size(1440, 1800)
	b.shot("channel-unfolded-dark-1440")
	b.visit(h.server.URL+"/admin/officers", "#name")
	b.write("#name", "นางเชิญ ตัวอย่าง")
	b.write("#email", "invited@tb.example")
	b.click(`form[action="/admin/officers"] button`)
	b.do("wait for the link", chromedp.WaitVisible(chromedp.CSS("#link")))
	b.accessible("invited")
	b.size(390, 844)
	b.noOverflow("invited 390")
	b.shot("invited-dark-390")
	if got := value[string](b, `document.querySelector('#link').value`); !strings.Contains(got, "/admin/join?key=") {
		t.Errorf("the link: %s", got)
	}
}

// The menu of a head leads to the settings, and from there to each of them; that of an officer does not.
func TestWayToTheSettings(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	if got := h.b.get("/admin/"); !strings.Contains(got.body, `href="/admin/settings"`) {
		t.Error("a head finds no way to the settings")
	}
	got := h.b.get("/admin/settings")
	ways := regexp.MustCompile(`class="card row-card" href="([^"]+)"`).FindAllStringSubmatch(got.body, -1)
	if len(ways) < 10 {
		t.Errorf("%d settings: %s", len(ways), got.body)
	}
	for _, way := range ways {
		if at := h.b.get(way[1]); at.StatusCode != http.StatusOK || !strings.Contains(at.body, "aria-current") {
			t.Errorf("%s: %d", way[1], at.StatusCode)
		}
	}
	if got := h.as(h.officer).get("/admin/?" + url.Values{"view": {"all"}}.Encode()); strings.Contains(got.body, `href="/admin/settings"`) {
		t.Error("an officer is shown the way to the settings")
	}
}
