package portal_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

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

// Every page on the ways in.
func TestSignInLooks(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	_, link := e.chatter(t, "U1", "/me")
	_, unused := e.chatter(t, "U2", "/me")
	away, err := url.Parse(e.leave(t, "thaid", "/me"))
	must(t, err)
	e.do(t, link, url.Values{})
	e.do(t, "/me/phone", url.Values{"phone": {"0812345678"}}) // a code is waited for
	signedIn := "saphan-citizen=" + e.cookie("saphan-citizen")
	g := openGallery(t, e.server.URL, "signin", "a.b,button,input:not([type=hidden])")
	for _, p := range []struct{ name, path, cookies string }{
		{"ways", "/me/sign-in", ""}, {"ended", "/me/sign-in?ended=1", ""}, {"link", unused, ""}, {"used", "/me/in/AAAAAAAAAAAAAAAAAAAAAAAAAA", ""}, {"refused", "/me/thaid/return?state=x", ""},
		{"thaid", away.RequestURI(), ""}, {"verify", "/me/verify?level=2&next=/me", signedIn}, {"verify3", "/me/verify?level=3&next=/me", signedIn}, {"code", "/me/phone?next=/me", signedIn},
		{"identity", "/me/identity", signedIn},
	} {
		for _, as := range lights {
			g.look(p.name, p.path, p.cookies, as, nil)
		}
	}
	if logged := e.log.String(); strings.Contains(logged, "level=ERROR") {
		t.Errorf("the log holds errors: %s", logged)
	}
}
