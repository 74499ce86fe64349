package portal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"saphan/internal/browser"
)

// light is how a page may be looked at: in a language, by day or by night, on a telephone or a desktop.
type light struct {
	lang, scheme string
	width        int64
}

// lights are how pages are looked at: each language, scheme and width, and those pairs of them that are likeliest to go
// wrong.
var lights = []light{{"th", "light", 320}, {"th", "dark", 390}, {"en", "light", 320}, {"th", "light", 1280}, {"en", "dark", 1280}}

// gallery looks at pages in a browser: they fit (WCAG 1.4.10: no sideways scrolling at 320 px), nothing is cut off by the
// card that it is on, what is to be tapped is large enough (2.5.8), axe-core has nothing to object to, and a picture of each is kept as an artefact.
type gallery struct {
	t    *testing.T
	tab  context.Context
	base string // address of the server
	name string // what the names of the pictures begin with
	taps string // what is to be tapped on these pages, as a selector
}

func openGallery(t *testing.T, base, name, taps string) *gallery {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join("..", "artefacts"), 0o750))
	return &gallery{t: t, tab: browser.Start(t), base: base, name: name, taps: taps}
}

// lookPatience is how long one look may take: the machine may be busy.
const lookPatience = 90 * time.Second

// look opens a page in a light, as a browser with cookies. What is done before the page is judged, such as to press a
// button, may say what the picture is called besides.
func (g *gallery) look(name, path, cookies string, as light, before func(step context.Context) (called string)) {
	g.t.Helper()
	step, cancel := context.WithTimeout(g.tab, lookPatience)
	defer cancel()
	where := fmt.Sprint(g.name, "-", name, "-", as.width, "-", as.lang, "-", as.scheme)
	if cookies != "" {
		cookies += "; "
	}
	_, err := chromedp.Call(step, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Cookie": cookies + "saphan-lang=" + as.lang}})
	if err == nil {
		_, err = chromedp.Call(step, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: as.scheme}}})
	}
	if err == nil {
		err = chromedp.Do(step, chromedp.EmulateViewport(as.width, 800, chromedp.EmulateScale(1)), chromedp.Navigate(g.base+path), chromedp.WaitVisible(chromedp.CSS("h1")))
	}
	if err != nil {
		g.t.Fatalf("%s: %v", where, err)
	}
	if before != nil {
		where += before(step)
	}
	wide, err := chromedp.Run(step, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
	if err != nil || wide > as.width {
		g.t.Errorf("%s is %d px wide, %v", where, wide, err)
	}
	small, err := chromedp.Run(step, chromedp.Evaluate[string](`((taps) => [...document.querySelectorAll(taps)]
		.filter((e) => e.checkVisibility() && !e.closest(".sr") && !e.classList.contains("sr") && (e.getBoundingClientRect().height < 40 || e.getBoundingClientRect().width < 40)).map((e) => e.outerHTML.slice(0, 90)).join("\n"))(`+fmt.Sprintf("%q", g.taps)+`)`))
	if err != nil || small != "" {
		g.t.Errorf("%s: smaller than 40 px: %s, %v", where, small, err)
	}
	cut, err := chromedp.Run(step, chromedp.Evaluate[string](`[...document.querySelectorAll("main :is(a,button,input,select,textarea,p,dd,li,h1,h2,img)")]
		.filter((e) => e.checkVisibility() && !e.closest(".sr") && !e.classList.contains("sr") && e.getBoundingClientRect().right > (e.closest(".card") || document.body).getBoundingClientRect().right + 1).map((e) => e.outerHTML.slice(0, 90)).join("\n")`))
	if err != nil || cut != "" {
		g.t.Errorf("%s: cut off at the side: %s, %v", where, cut, err)
	}
	for _, found := range violations(step, g.t) {
		g.t.Errorf("%s: %s", where, found)
	}
	picture, err := chromedp.Run(step, chromedp.FullScreenshot(100))
	must(g.t, err)
	must(g.t, os.WriteFile(filepath.Join("..", "artefacts", where+".png"), picture, 0o600))
}

// unfold opens all that is folded.
func unfold(t *testing.T) func(step context.Context) string {
	return func(step context.Context) string {
		t.Helper()
		_, err := chromedp.Run(step, chromedp.Evaluate[int64](`[...document.querySelectorAll("details")].map((d) => d.open = true).length`))
		must(t, err)
		return ""
	}
}

// violations are what axe-core finds against WCAG 2.2 AA on the page that is open.
func violations(ctx context.Context, t *testing.T) []string {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join("..", "admin", "testdata", "third_party", "axe-core", "axe.min.js"))
	must(t, err)
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";null")); err != nil {
		t.Fatal(err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']
	}).then((r) => JSON.stringify(r.violations.flatMap((v) => v.nodes.map((n) => v.id + ' (' + v.help + '): ' + n.html + '\n' + n.failureSummary))))`, chromedp.EvalAwaitPromise))
	must(t, err)
	var all []string
	must(t, json.Unmarshal([]byte(found), &all))
	return all
}
