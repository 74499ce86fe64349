package portal_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"saphan/internal/browser"
)

// The catalogue in a browser: by day and by night, in both languages, on a small telephone and a desktop, its pages fit,
// can be tapped, and have nothing that axe-core objects to. Pictures are kept as artefacts.
func TestServicesInABrowser(t *testing.T) {
	t.Parallel()
	s := newCatalogue(t)
	ctx := browser.Start(t)
	kept := filepath.Join("..", "artefacts")
	if err := os.MkdirAll(kept, 0o750); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{
		"front": "/", "all": "/services/", "sought": "/services/?q=" + "ไฟถนนดับ" + "&at=ตัวอย่าง", "chosen": "/services/?service=food-premises", "agency": "/services/sn",
		"hazardous": "/services/sn/hazardous-business", "building": "/services/sn/building-permit", "problem": "/services/sn/public-problem", "none": "/services/sn/elderly-allowance",
	}
	for name, path := range pages {
		for _, look := range []struct {
			lang, scheme string
			width        int64
		}{{"th", "light", 320}, {"th", "dark", 390}, {"en", "light", 320}, {"th", "light", 1280}, {"en", "dark", 1280}} {
			where := fmt.Sprint("services-", name, "-", look.width, "-", look.lang, "-", look.scheme)
			step, cancel := context.WithTimeout(ctx, 60*time.Second)
			_, err := chromedp.Call(step, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Cookie": "saphan-lang=" + look.lang}})
			if err == nil {
				_, err = chromedp.Call(step, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}},
				})
			}
			if err == nil {
				err = chromedp.Do(step, chromedp.EmulateViewport(look.width, 800, chromedp.EmulateScale(1)), chromedp.Navigate(s.server.URL+path), chromedp.WaitVisible(chromedp.CSS("h1")))
			}
			if err != nil {
				cancel()
				t.Fatalf("%s: %v", where, err)
			}
			if _, err := chromedp.Run(step, chromedp.Evaluate[int64](`[...document.querySelectorAll("details")].map(d=>d.open=`+fmt.Sprint(look.width == 390)+`).length`)); err != nil {
				t.Error(err)
			}
			wide, err := chromedp.Run(step, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
			if err != nil || wide > look.width {
				t.Errorf("%s is %d px wide, %v", where, wide, err)
			}
			small, err := chromedp.Run(step, chromedp.Evaluate[string](`[...document.querySelectorAll("a.b,button,input:not([type=hidden]),select,.logo,.tile,.rows a,.ways-on a,.crumbs a,summary")].filter(e=>e.getBoundingClientRect().height<40).map(e=>e.outerHTML).join("\n")`))
			if err != nil || small != "" {
				t.Errorf("%s: lower than 40 px: %s, %v", where, small, err)
			}
			for _, v := range violations(step, t) {
				t.Errorf("%s: %s", where, v)
			}
			picture, err := chromedp.Run(step, chromedp.FullScreenshot(100))
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(kept, where+".png"), picture, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The heaviest page with its style sheet is below 150 KB over the wire.
func TestServicesAreLight(t *testing.T) {
	t.Parallel()
	s := newCatalogue(t)
	_, page := s.get(t, "/services/sn/hazardous-business")
	paths := []string{"/services/sn/hazardous-business"}
	for i, rest := range strings.Split(page, `rel="stylesheet" href="`) {
		if sheet, _, _ := strings.Cut(rest, `"`); i > 0 {
			paths = append(paths, sheet)
		}
	}
	total := int64(0)
	for _, path := range paths {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip")
		res, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		if err == nil {
			err = res.Body.Close()
		}
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(path, res.StatusCode, err)
		}
		t.Logf("%s: %d bytes, %s", path, n, res.Header.Get("Content-Encoding"))
		if res.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is not packed", path)
		}
		total += n
	}
	if total > 150_000 {
		t.Errorf("%d bytes", total)
	}
}
