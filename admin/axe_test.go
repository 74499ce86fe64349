package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// violation is one thing that axe found wrong.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// accessible fails for everything that axe-core finds against WCAG 2.2 AA on the page that is open.
func (b *tab) accessible(where string) {
	b.t.Helper()
	axe, err := os.ReadFile("testdata/third_party/axe-core/axe.min.js")
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";null")); err != nil {
		b.t.Fatal(err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']
	}).then((r) => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", where, err)
	}
	var all []violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range all {
		for _, n := range v.Nodes {
			b.t.Errorf("%s: %s (%s): %s\n%s", where, v.ID, v.Help, n.HTML, n.Summary)
		}
	}
}

// TestAccessibility: every screen in both themes and at three widths (WCAG 2.2 AA).
func TestAccessibility(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)))
	main := busy(h)
	ticket := fmt.Sprintf("/admin/tickets/%d", main.ID)
	b.size(1440, 900)
	b.visit(h.server.URL+"/admin/sign-in", "#email")
	b.accessible("sign-in")
	b.enter(h, h.officer)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1440, 768, 320} {
			b.size(width, 900)
			for path, wait := range map[string]string{
				"/admin/?view=all": "#rows .t", ticket: "#ticket", ticket + "/ask": "form.stack", ticket + "/refuse": "form.stack",
				ticket + "/approve": "form.stack", ticket + "/move": "form.stack", ticket + "/note": "form.stack", ticket + "/files/1": ".stage",
			} {
				b.visit(h.server.URL+path, wait)
				b.accessible(fmt.Sprintf("%s %s %d", path, scheme, width))
			}
		}
	}
}
