package languages

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot/web"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/internal/browser"
	"saphan/portal"
)

// kept is where a picture goes.
func kept(picture string) string {
	return filepath.Join("..", "..", "artefacts", "languages-"+picture+".png")
}

// In a browser somebody finds the language in the list of languages, chooses it, and fills a form in: what the scripts say
// while it is saved and while a file is sent is said in it, too, and so is why a file is not taken.
func TestABrowserSpeaksIt(t *testing.T) {
	t.Parallel()
	h := testhouse.Open(t)
	router := chi.NewRouter()
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	uploads, err := files.NewUploads(files.UploadsConfig{
		Store: h.Files, Log: h.Log, Now: h.Now, Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, h.Pool, fn) },
	})
	must(t, err)
	p, err := portal.New(portal.Deps{
		DB: h.Pool, Permits: h.Permits, Files: h.Files, Now: h.Now, Logger: h.Log, BaseURL: server.URL, Desk: h.Desk, Box: h.Box, Jobs: h.Client,
		Catalog: h.Forms, Uploads: uploads, Forms: web.NewCounter(h.Forms, h.Desk, h.Box, server.URL, h.Now),
	})
	must(t, err)
	p.Routes(router)
	tab := browser.Start(t)
	browser.Watch(t, tab, "Failed to load resource")
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		browser.Do(t, tab, kept("failed"), what, steps...)
	}
	until := func(what, expression string) {
		t.Helper()
		browser.Holds(t, tab, kept("failed"), what, expression)
	}
	do("open", chromedp.EmulateViewport(320, 700, chromedp.EmulateScale(2)), chromedp.Navigate(server.URL+"/services/sn/public-problem/form"),
		chromedp.Click(chromedp.CSS(".langs summary")), chromedp.WaitVisible(chromedp.CSS(`.langs [hreflang="`+code+`"]`)))
	browser.Keep(t, tab, kept("list-320"))
	if all := browser.Value[string](t, tab, `[...document.querySelectorAll(".langs li")].map((l) => l.innerText.trim()).join(", ")`); all != "English, "+name {
		t.Errorf("the list has %s", all)
	}
	if wide := browser.Value[int64](t, tab, "document.documentElement.scrollWidth"); wide > 320 {
		t.Errorf("with the list open the page is %d px wide", wide)
	}
	do("choose", chromedp.Click(chromedp.CSS(`.langs [hreflang="`+code+`"]`)), chromedp.WaitVisible(chromedp.CSS(`html[lang="`+code+`"] button[name=start]`)))
	do("begin", chromedp.Click(chromedp.CSS("button[name=start]")), chromedp.WaitVisible(chromedp.CSS(`[name="f.location"]`)))
	until("the hint of the script", `document.querySelector("[data-plain]").innerText.startsWith("`+mark+`") && document.querySelector("[data-plain]").innerText.includes("500 MB")`)
	do("type", chromedp.SendKeys(chromedp.CSS(`[name="f.location"]`), "4 Example Road"))
	until("that it is saved", `/^`+mark+`.* \d\d:\d\d$/.test(document.querySelector("[data-status]").innerText)`)
	text := filepath.Join(t.TempDir(), "note.txt")
	must(t, os.WriteFile(text, []byte("hello"), 0o600))
	do("send a file of a wrong kind", chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{text}))
	until("why it is not taken", `document.querySelector("li[data-state=failed] .hint")?.innerText.startsWith("`+mark+`")`)
	until("its button", `document.querySelector("li[data-state=failed] button:not([hidden])").innerText.startsWith("`+mark+`")`)
	browser.Keep(t, tab, kept("form-320"))
}
