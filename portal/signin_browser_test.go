package portal_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"saphan/internal/browser"
)

// kept is where pictures go.
func kept(name string) string { return filepath.Join("..", "artefacts", "signin-"+name+".png") }

// The whole way with ThaID as a person goes it on a telephone: from a page that needs it, to ThaID, and back to that
// page. Content security policy is in force, and JavaScript is off on the whole way.
func TestThaIDInABrowser(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	tab := browser.Start(t)
	browser.Watch(t, tab)
	browser.Do(t, tab, kept("failed"), "set up", chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2), chromedp.EmulateMobile))
	off := func(is bool) {
		t.Helper()
		if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: is}); err != nil {
			t.Fatal(err)
		}
	}
	off(true)
	browser.Do(t, tab, kept("failed"), "a page of one's own", chromedp.Navigate(e.server.URL+"/me/identity?from=here"), chromedp.WaitVisible(chromedp.CSS(`form[action="/me/thaid"]`)))
	browser.Keep(t, tab, kept("ways"))
	browser.Do(t, tab, kept("failed"), "to ThaID", chromedp.Click(chromedp.CSS(`form[action="/me/thaid"] button`)), chromedp.WaitVisible(chromedp.CSS(`button[name="pid"]`)))
	browser.Keep(t, tab, kept("thaid"))
	browser.Do(t, tab, kept("failed"), "agree", chromedp.Click(chromedp.CSS(`button[value="1234545678781"]`)), chromedp.WaitVisible(chromedp.CSS(`form[action="/me/sign-out"]`)))
	browser.Keep(t, tab, kept("identity"))
	off(false)
	at := browser.Value[string](t, tab, "location.href")
	if want := e.server.URL + "/me/identity?from=here"; at != want {
		t.Errorf("the way ends at %s, want %s", at, want)
	}
	browser.Holds(t, tab, kept("failed"), "who it is", `document.body.innerText.includes("นายสมชาย ตัวอย่างดี")`)
	if cookies := browser.Value[string](t, tab, "document.cookie"); cookies != "" {
		t.Errorf("pages can read the cookies %q", cookies)
	}
	browser.Do(t, tab, kept("failed"), "sign out", chromedp.Click(chromedp.CSS(`button[name="everywhere"]`)), chromedp.WaitVisible(chromedp.CSS(".note.ok")))
	browser.Holds(t, tab, kept("failed"), "signed out", `document.body.innerText.includes("ออกจากระบบแล้ว")`)
}

// From a link in the chat to a code on the telephone, with keys alone at the end.
func TestPhoneInABrowser(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	tab := browser.Start(t)
	browser.Watch(t, tab)
	_, link := e.chatter(t, "U1", "/me/verify?level=2&next=/me/identity")
	browser.Do(t, tab, kept("failed-phone"), "the link", chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2), chromedp.EmulateMobile),
		chromedp.Navigate(e.server.URL+link), chromedp.Click(chromedp.CSS(`form[action="`+link+`"] button`)))
	browser.Do(t, tab, kept("failed-phone"), "to the telephone",
		chromedp.WaitVisible(chromedp.CSS("#phone")), chromedp.SendKeys(chromedp.CSS("#phone"), "081 234 5678\r"), chromedp.WaitVisible(chromedp.CSS("#code")))
	browser.Keep(t, tab, kept("code"))
	browser.Do(t, tab, kept("failed-phone"), "the code", chromedp.SendKeys(chromedp.CSS("#code"), e.code(t)+"\r"), chromedp.WaitVisible(chromedp.CSS(`form[action="/me/sign-out"]`)))
	browser.Holds(t, tab, kept("failed-phone"), "proved", `document.body.innerText.includes("เบอร์โทรศัพท์ที่ลงท้ายด้วย 5678")`)
}

// Every page fits a small telephone and a desktop, by day and by night, can be tapped, and has nothing that axe-core
// objects to (WCAG 2.2 AA).
func TestSignInLooks(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	tab := browser.Start(t)
	must(t, os.MkdirAll(filepath.Join("..", "artefacts"), 0o750))
	_, link := e.chatter(t, "U1", "/me")
	_, unused := e.chatter(t, "U2", "/me")
	away := e.leave(t, "thaid", "/me")
	page, err := url.Parse(away)
	must(t, err)
	pages := []struct{ name, path string }{
		{"ways", "/me/sign-in"}, {"ended", "/me/sign-in?ended=1"}, {"link", unused}, {"used", "/me/in/AAAAAAAAAAAAAAAAAAAAAAAAAA"}, {"refused", "/me/thaid/return?state=x"},
		{"thaid", page.RequestURI()},
		{"in", link}, {"verify", "/me/verify?level=2&next=/me"}, {"verify3", "/me/verify?level=3&next=/me"}, {"code", "/me/phone?next=/me"}, {"identity", "/me/identity"},
	}
	for _, p := range pages {
		if p.name == "in" { // from here on somebody is signed in, and waits for a code
			browser.Do(t, tab, kept("failed-look"), "the link", chromedp.Navigate(e.server.URL+link), chromedp.Click(chromedp.CSS(`form[action="`+link+`"] button`)),
				chromedp.WaitVisible(chromedp.CSS(".tabs")), chromedp.Navigate(e.server.URL+"/me/verify?level=2"), chromedp.SendKeys(chromedp.CSS("#phone"), "0812345678\r"), chromedp.WaitVisible(chromedp.CSS("#code")))
			continue
		}
		for _, width := range []int64{320, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				where := fmt.Sprintf("%s-%d-%s", p.name, width, scheme)
				_, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
				})
				must(t, err)
				browser.Do(t, tab, kept("failed-look"), where, chromedp.EmulateViewport(width, 800), chromedp.Navigate(e.server.URL+p.path), chromedp.WaitVisible(chromedp.CSS("h1")))
				if wide := browser.Value[int64](t, tab, "document.documentElement.scrollWidth"); wide > width {
					t.Errorf("%s is %d px wide", where, wide)
				}
				if small := browser.Value[int64](t, tab, `[...document.querySelectorAll("a.b,button,input:not([type=hidden])")].filter(e=>e.getBoundingClientRect().height<40).length`); small > 0 {
					t.Errorf("%s: %d things to tap are lower than 40 px", where, small)
				}
				for _, v := range violations(tab, t) {
					t.Errorf("%s: %s", where, v)
				}
				whole(t, tab, kept(where))
			}
		}
	}
	if logged := e.log.String(); strings.Contains(logged, "level=ERROR") {
		t.Errorf("the log holds errors: %s", logged)
	}
}

// whole keeps a picture of the whole page.
func whole(t *testing.T, tab context.Context, file string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, time.Minute)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	must(t, err)
	must(t, os.WriteFile(file, picture, 0o600))
}
