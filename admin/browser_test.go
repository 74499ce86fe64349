package admin_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	chromium "saphan/internal/browser"
)

// artefacts is where screenshots are kept, outside the repository's history.
const artefacts = "../artefacts"

// tab is a window of a browser of its own.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // the browser lives in it
}

// open starts a browser. At the end it fails the test for anything unexpected that a page complained
// of, such as a breach of its content security policy.
func open(t *testing.T, expected ...string) *tab {
	t.Helper()
	ctx := chromium.Start(t)
	chromium.Watch(t, ctx, expected...)
	return &tab{t, ctx}
}

// failed is where the picture of a failure is kept.
func (b *tab) failed() string {
	return filepath.Join(artefacts, "admin-failed-"+strings.ReplaceAll(b.t.Name(), "/", "-")+".png")
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	chromium.Do(b.t, b.ctx, b.failed(), what, steps...)
}

func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do("resize", chromedp.EmulateViewport(width, height))
}

// scheme lets the page think that the person prefers light or dark.
func (b *tab) scheme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) visit(address, wait string) {
	b.t.Helper()
	b.do("open "+address, chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS(wait)))
}

func (b *tab) click(sel string) {
	b.t.Helper()
	b.do("click "+sel, chromedp.Click(chromedp.CSS(sel), chromedp.NodeVisible))
}

func (b *tab) write(sel, text string) {
	b.t.Helper()
	b.do("write into "+sel, chromedp.SendKeys(chromedp.CSS(sel), text))
}

// holds waits until a JavaScript expression is true.
func (b *tab) holds(what, expression string) {
	b.t.Helper()
	chromium.Holds(b.t, b.ctx, b.failed(), what, expression)
}

// value reads a JavaScript expression.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	return chromium.Value[T](b.t, b.ctx, expression)
}

// shot keeps a picture of the window as an artefact.
func (b *tab) shot(name string) {
	b.t.Helper()
	chromium.Keep(b.t, b.ctx, filepath.Join(artefacts, "admin-"+name+".png"))
}

// enter signs a person in through the page.
func (b *tab) enter(h *house, p person) {
	b.t.Helper()
	b.visit(h.server.URL+"/admin/sign-in", "#email")
	b.write("#email", p.Email)
	b.write("#password", password)
	b.write("#code", h.code(p))
	b.click("form.stack button")
	b.do("wait for the inbox", chromedp.WaitVisible(chromedp.CSS("#list")))
}

// noOverflow fails when a page is wider than its window (WCAG 1.4.10).
func (b *tab) noOverflow(where string) {
	b.t.Helper()
	if over := value[int](b, "document.documentElement.scrollWidth - window.innerWidth"); over > 0 {
		b.t.Errorf("%s: the page is %d pixels wider than the window", where, over)
	}
}
