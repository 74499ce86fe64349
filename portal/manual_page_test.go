package portal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"saphan/internal/browser"
)

// LFA-7.1: the manuals of three services as pages are as they were looked at, on a telephone. The page takes the typefaces of
// whoever reads it, so the picture is taken with one that the project brings along.
func TestManualPagesOfServices(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	tab := browser.Start(t)
	for _, key := range lookedAt {
		step, cancel := context.WithTimeout(tab, lookPatience)
		defer cancel()
		raw, got := inGrey(t, manualPicture(step, t, c.server.URL+"/services/ob/"+string(key)))
		name := "manual-page-" + string(key) + ".png"
		keepPicture(t, name, raw)
		want := keptPicture(t, name, raw)
		if got.Bounds() != want.Bounds() {
			t.Errorf("%s is %v, it was %v", name, got.Bounds(), want.Bounds())
			continue
		}
		if n := otherSquares(got, want); n > signs {
			t.Errorf("%s differs in %d squares", name, n)
		}
	}
}

// signs is how many squares may differ: a few signs, such as arrows, are not in the typeface and come from the machine.
const signs = 8

// inGrey keeps the light of a picture and not its colours, which makes it a third as large.
func inGrey(t *testing.T, raw []byte) ([]byte, image.Image) {
	t.Helper()
	coloured, err := png.Decode(bytes.NewReader(raw))
	must(t, err)
	grey := image.NewGray(coloured.Bounds())
	draw.Draw(grey, grey.Bounds(), coloured, coloured.Bounds().Min, draw.Src)
	var out bytes.Buffer
	must(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, grey))
	return out.Bytes(), grey
}

// manualPicture is a page at 390 px, by day, in Thai, all unfolded and in the project's own typeface.
func manualPicture(step context.Context, t *testing.T, url string) []byte {
	t.Helper()
	var faces string
	for weight, file := range map[int]string{400: "Sarabun_400Regular.ttf", 700: "Sarabun_700Bold.ttf"} {
		font, err := os.ReadFile(filepath.Join("..", "internal", "third_party", "sarabun", file))
		must(t, err)
		faces += fmt.Sprintf(`@font-face{font-family:Kept;font-weight:%d;src:url(data:font/ttf;base64,%s)}`, weight, base64.StdEncoding.EncodeToString(font))
	}
	_, err := chromedp.Call(step, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Cookie": "saphan-lang=th"}})
	must(t, err)
	_, err = chromedp.Call(step, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}})
	must(t, err)
	_, err = chromedp.Call(step, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}) // for the typeface
	must(t, err)
	must(t, chromedp.Do(step, chromedp.EmulateViewport(390, 800, chromedp.EmulateScale(1)), chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS("h1"))))
	_, err = chromedp.Run(step, chromedp.Evaluate[int64](fmt.Sprintf(`(async () => {
		const style = document.createElement("style");
		style.textContent = %q + "*{font-family:Kept!important;animation:none!important;transition:none!important}.sign{color:transparent!important}";
		document.head.append(style);
		document.querySelectorAll("details").forEach((d) => d.open = true);
		document.querySelectorAll("img").forEach((i) => i.loading = "eager");
		await Promise.all([document.fonts.load("16px Kept"), document.fonts.load("bold 16px Kept"), ...[...document.images].map((i) => i.decode())]);
		return document.images.length;
	})()`, faces), chromedp.EvalAwaitPromise))
	must(t, err)
	picture, err := chromedp.Run(step, chromedp.FullScreenshot(100))
	must(t, err)
	return picture
}
