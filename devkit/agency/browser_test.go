package agency_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"saphan/agencies"
	"saphan/internal/browser"
)

// artefacts is where screenshots are kept, outside the repository's history.
const artefacts = "../../artefacts"

// The page in a browser: it fits a narrow phone (WCAG 1.4.10), shows what arrives without being
// reloaded, keeps what was unfolded, and its switch works, all under its content security policy.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(browser.Start(t), time.Minute)
	t.Cleanup(stop)

	b := open(t, "", agencies.NewSecret())
	b.send(t, "evt_17_1", body, nil)
	err := chromedp.Do(ctx, chromedp.EmulateViewport(320, 700), chromedp.Navigate(b.server.URL+"/dev/agency/"), chromedp.WaitVisible(".card"))
	if err != nil {
		t.Fatal(err)
	}
	overflow, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`))
	if err != nil || overflow > 0 {
		t.Errorf("320 px wide: %d px too wide, %v", overflow, err)
	}
	// The page's own first reading has to be over: what it shows after that is what is new.
	poll(ctx, t, "the first refresh", `tag !== ""`)
	if err := chromedp.Do(ctx, chromedp.Click("summary")); err != nil {
		t.Fatal(err)
	}
	b.send(t, "evt_17_2", `{"type":"ticket.decided","timestamp":"2026-11-21T09:32:00Z","data":{"ticket":{"number":"SN-2569-000018"}}}`, nil)
	poll(ctx, t, "the new event", `document.querySelector(".card.new h2")?.textContent.includes("SN-2569-000018") ?? false`)
	poll(ctx, t, "what was unfolded", `document.querySelector('details[data-id="evt_17_1"]').open`)

	if err := chromedp.Do(ctx, chromedp.Click(`button[value="error"]`)); err != nil {
		t.Fatal(err)
	}
	poll(ctx, t, "the switch", `document.querySelector('button[value="error"]').getAttribute("aria-pressed") === "true"`)
	if status, _ := b.send(t, "evt_17_3", body, nil); status != 500 {
		t.Errorf("after the switch: %d, want 500", status)
	}
	shoot(ctx, t, "agency-phone.png")
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1100, 900)); err != nil {
		t.Fatal(err)
	}
	shoot(ctx, t, "agency-desk.png")
}

func poll(ctx context.Context, t *testing.T, what, expression string) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if err == nil && ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the page does not show %s: %v", what, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func shoot(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	browser.Keep(t, ctx, filepath.Join(artefacts, name))
}
