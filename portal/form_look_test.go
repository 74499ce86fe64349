package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"saphan/citizens"
	"saphan/internal/browser"
)

// The pages of a form in a browser: by day and by night, in both languages, on a small telephone and a desktop, they fit,
// can be tapped, and have nothing that axe-core objects to (WCAG 2.2 AA). Pictures are kept as artefacts.
func TestFormsInABrowser(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	_, v := s.signedIn(t, citizens.Checked)
	pages := map[string]string{}
	for _, service := range []string{"public-problem", "workshop", "hazardous-business"} {
		pages[service+"-start"] = "/services/sn/" + service + "/form"
	}
	v.open("/services/sn/workshop/form").press("").is(http.StatusOK, "part=1")
	draft, _, _ := strings.Cut(v.at, "?")
	v.put("purpose", "renew", "born:year", "2480", "area", "250", "sells", "in").press("next")
	v.put("expires:day", "21", "expires:month", "11", "expires:year", "2569", "opens", "8.30", "guardian", "สมชาย ตัวอย่าง").press("next").is(http.StatusOK, "part=2")
	v.put("machines.1.kind", "saw").press("next").put("machines.1.power", "2").press("add machines").is(http.StatusOK, "part=2")
	pages["every-kind"], pages["things"], pages["review"], pages["drop"] = draft+"?part=1", draft+"?part=2", draft+"/review", draft+"/drop"
	cookie := v.cookies().all["saphan-citizen"]
	_, v = s.signedIn(t, citizens.Checked)
	v.open("/services/sn/public-problem/form").press("").is(http.StatusOK, "part=1")
	_, w := s.signedIn(t, citizens.Checked)
	w.open("/services/sn/hazardous-business/form").press("").is(http.StatusOK, "part=1")
	others := map[string]string{"problem": v.cookies().all["saphan-citizen"], "hazardous": w.cookies().all["saphan-citizen"]}
	pages["problem"], pages["hazardous"] = v.at, w.at
	ctx := browser.Start(t)
	kept := filepath.Join("..", "artefacts")
	must(t, os.MkdirAll(kept, 0o750))
	for name, page := range pages {
		for _, look := range []struct {
			lang, scheme string
			width        int64
			faults       bool
		}{{"th", "light", 390, false}, {"th", "dark", 390, true}, {"en", "light", 320, true}, {"th", "light", 1280, false}} {
			where := fmt.Sprint("form-", name, "-", look.width, "-", look.lang, "-", look.scheme)
			step, cancel := context.WithTimeout(ctx, 90*time.Second)
			mine := cookie
			if other := others[name]; other != "" {
				mine = other
			}
			_, err := chromedp.Call(step, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Cookie": "saphan-citizen=" + mine + "; saphan-lang=" + look.lang}})
			must(t, err)
			_, err = chromedp.Call(step, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}})
			must(t, err)
			must(t, chromedp.Do(step, chromedp.EmulateViewport(look.width, 800, chromedp.EmulateScale(2)), chromedp.Navigate(s.server.URL+page), chromedp.WaitVisible(chromedp.CSS("h1"))))
			if look.faults && others[name] != "" {
				must(t, chromedp.Do(step, chromedp.Click(chromedp.CSS(`.acts button[value=next]`)), chromedp.WaitVisible(chromedp.CSS("#faults"))))
				where += "-faults"
			}
			wide, err := chromedp.Run(step, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
			if err != nil || wide > look.width {
				t.Errorf("%s is %d px wide, %v", where, wide, err)
			}
			small, err := chromedp.Run(step, chromedp.Evaluate[string](`[...document.querySelectorAll("a.b,button,.logo,summary,.choice,input,select,textarea")].filter(e=>!e.closest(".sr")&&!e.classList.contains("sr")&&e.type!="hidden"&&e.type!="radio"&&e.type!="checkbox"&&e.offsetParent&&e.getBoundingClientRect().height<40).map(e=>e.outerHTML.slice(0,90)).join("\n")`))
			if err != nil || small != "" {
				t.Errorf("%s: lower than 40 px: %s, %v", where, small, err)
			}
			for _, found := range violations(step, t) {
				t.Errorf("%s: %s", where, found)
			}
			picture, err := chromedp.Run(step, chromedp.FullScreenshot(100))
			cancel()
			must(t, err)
			must(t, os.WriteFile(filepath.Join(kept, where+".png"), picture, 0o600))
		}
	}
}
