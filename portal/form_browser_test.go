package portal_test

import (
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"saphan/internal/browser"
)

// network sets what the way to the server is like: bytes a second both ways, below 0 as fast as it goes; or none at all.
func (b viewer) network(speed float64, offline bool) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 300, DownloadThroughput: speed, UploadThroughput: speed, Offline: offline}},
	})
	must(b.t, err)
	_, err = chromedp.Call(b.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: offline, Latency: 300, DownloadThroughput: speed, UploadThroughput: speed})
	must(b.t, err)
}

// slow is 50 kbit/s.
const slow = 50_000 / 8

// box names a box of a form.
func box(field string) chromedp.CSS { return chromedp.CSS(`[name="f.` + field + `"]`) }

// A problem is reported over 50 kbit/s: the first page weighs little, a photo is sent while the rest is typed, what is typed
// is saved by itself, also what was typed while there was no network, and the number comes in the end.
func TestProblemReportedOverASlowNetwork(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	b := openViewer(t)
	b.network(slow, false)
	b.do("open", chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2)), chromedp.Navigate(s.server.URL+"/services/sn/public-problem/form"), chromedp.WaitVisible(chromedp.CSS("button[name=start]")))
	b.do("begin", chromedp.Click(chromedp.CSS("button[name=start]")), chromedp.WaitVisible(box("location")))
	b.until("the scripts", `document.querySelector("[data-here]") && !document.querySelector("[data-here]").hidden && document.querySelector("[data-plain]").innerText.includes("500 MB")`)
	weight, err := strconv.ParseFloat(b.ask(`performance.getEntries().filter((e) => "transferSize" in e).reduce((n, e) => n + e.transferSize, 0)`), 64)
	if err != nil || weight < 2000 || weight > 150<<10 {
		t.Errorf("the first page weighs %v bytes over the wire, %v", weight, err)
	}
	t.Logf("the first page weighs %.0f bytes over the wire", weight)
	b.do("choose", chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{onDisk(t, "เสาไฟ.png", []byte(photo(t)))}))
	b.do("choose what", chromedp.SetValue(box("category"), "light"), chromedp.Evaluate[chromedp.Void](`document.querySelector('[name="f.category"]').dispatchEvent(new Event("change", {bubbles: true}))`))
	b.do("type", chromedp.SendKeys(box("location"), "เสาไฟหน้าศาลาหมู่ 4"))
	b.until("that it is saved", `document.querySelector("[data-status]").innerText.startsWith("บันทึกแล้ว 10:0")`)
	b.is("done")
	b.until("that the photo is saved", `document.querySelector("[name='was.photo']").value !== ""`)
	// Without a network nothing that is typed is lost.
	b.network(slow, true)
	b.do("type on", chromedp.SendKeys(box("description"), "ดับมา 3 คืนแล้ว"))
	b.until("why not", `document.querySelector("[data-status]").innerText.includes("ไม่มีสัญญาณ")`)
	browser.Keep(t, b.ctx, filepath.Join("..", "artefacts", "form-offline-390.png"))
	b.network(slow, false)
	b.until("that it is saved after all", `document.querySelector("[data-status]").innerText.startsWith("บันทึกแล้ว")`)
	b.do("load anew", chromedp.Reload(), chromedp.WaitVisible(box("location")))
	for field, want := range map[string]string{"category": "light", "location": "เสาไฟหน้าศาลาหมู่ 4", "description": "ดับมา 3 คืนแล้ว"} {
		if got := b.ask(`document.querySelector('[name="f.` + field + `"]').value`); got != want {
			t.Errorf("%s is %q after the page was loaded anew", field, got)
		}
	}
	if rows := b.ask(`document.querySelectorAll(".uploads li").length`); rows != "1" {
		t.Errorf("%s photos are listed", rows)
	}
	// A button pressed at once after typing finds no clash with what saved itself.
	b.do("change", chromedp.SendKeys(box("description"), " ทางมืด"), chromedp.Click(chromedp.CSS(".acts button[value=next]")), chromedp.WaitVisible(chromedp.CSS(".answers")))
	if said := b.ask(`document.body.innerText`); !strings.Contains(said, "ทางมืด") || !strings.Contains(said, "เสาไฟ.png") {
		t.Errorf("the summary says %s", said)
	}
	b.do("send", chromedp.Click(chromedp.CSS(".send button.p")), chromedp.WaitVisible(chromedp.CSS("[data-sent]")))
	s.route(t)
	b.until("the number", `location.pathname.startsWith("/track/") && document.body.innerText.includes("SN-2569-000001")`)
	b.accessible("sent")
	if n := s.count(t, `SELECT count(*) FROM requests`); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// Without JavaScript a browser does the same, with the keyboard alone.
func TestFormInABrowserWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	b := openViewer(t)
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	must(t, err)
	wait := func(selector string) { b.do("wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector))) }
	b.do("open", chromedp.EmulateViewport(320, 700), chromedp.Navigate(s.server.URL+"/services/sn/public-problem/form"))
	wait("button[name=start]")
	b.do("begin", chromedp.Focus(chromedp.CSS("button[name=start]")), chromedp.KeyEvent(kb.Enter))
	wait(`[name="f.location"]`)
	b.do("fill in", chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{onDisk(t, "ถนน.png", []byte(photo(t)))}),
		chromedp.Focus(box("category")), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.SendKeys(chromedp.CSS(`[name="f.location:at"]`), "13.75, abc"+kb.Enter))
	wait("#faults") // Enter goes on, and the point is wrong
	b.do("mend", chromedp.SendKeys(chromedp.CSS(`[name="f.location:at"]`), kb.End+strings.Repeat(kb.Backspace, 3)+"100.5"+kb.Enter))
	wait(".answers")
	b.do("send", chromedp.Focus(chromedp.CSS(".send button.p")), chromedp.KeyEvent(kb.Enter))
	wait("[data-sent]")
	s.route(t)
	wait(".num") // the page loads itself anew
	if n := s.count(t, `SELECT count(*) FROM attachments`); n != 1 {
		t.Errorf("%d files", n)
	}
}

// A page says what it weighs before anything is compressed on the way: style sheets and scripts come packed.
func TestFormIsLight(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	v := newVisitor(t, s.server.URL)
	v.extra.Set("Accept-Encoding", "gzip")
	v.do(http.MethodPost, "/services/sn/public-problem/form", "application/x-www-form-urlencoded", strings.NewReader("start=1"))
	if v.header.Get("Content-Encoding") != "gzip" || len(v.page) > 20<<10 {
		t.Errorf("the page has %d bytes, packed by %q", len(v.page), v.header.Get("Content-Encoding"))
	}
}
