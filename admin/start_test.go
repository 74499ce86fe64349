package admin_test

import (
	"net/url"
	"strings"
	"testing"
)

// TestFirstSteps: an inbox in which nothing has come yet tells a head what is left to set up, and
// stops when it is done; nobody else is told to do what they cannot.
func TestFirstSteps(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	const channel, announce = `href="/admin/channels/new"`, `บันทึกการประกาศช่องทาง`
	if got := h.b.get("/admin/"); !strings.Contains(got.body, channel) || !strings.Contains(got.body, announce) {
		t.Fatalf("a new head is not told to add a channel: %s", got.body)
	}
	if got := h.as(h.officer).get("/admin/"); strings.Contains(got.body, channel) {
		t.Error("an officer is told to add a channel")
	}
	if got := h.b.get("/admin/?view=mine"); strings.Contains(got.body, channel) {
		t.Error("the steps stand in every empty list")
	}
	path := h.adds()
	got := h.b.get("/admin/")
	if strings.Contains(got.body, channel) {
		t.Error("the step that is done is still asked for")
	}
	if !strings.Contains(got.body, `href="`+path+`"`) {
		t.Error("the step that is left does not lead to the channel")
	}
	h.does(path+"/announce", url.Values{"on": {"2026-11-20"}, "ref": {"ประกาศ ที่ 1/2569"}}, "")
	if got := h.b.get("/admin/"); strings.Contains(got.body, announce) {
		t.Error("the steps are still there when all is done")
	}
}

// TestFirstStepsLook: the steps fit beside nothing else, down to the narrowest.
func TestFirstStepsLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	b.size(1440, 900)
	b.enter(h, h.head)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for name, width := range map[string]int64{"1440": 1440, "320": 320} {
			b.size(width, 700)
			b.visit(h.server.URL+"/admin/", ".steps")
			b.noOverflow("first steps " + name)
			b.shot("first-steps-" + scheme + "-" + name)
		}
	}
	if value[bool](b, `!!document.querySelector('.blank')?.offsetParent`) {
		t.Error("somebody with no case is told to choose one")
	}
}

// TestCopyLink: the link of an invitation, which is shown once, is marked or copied by one press.
func TestCopyLink(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	b.size(1440, 900)
	b.enter(h, h.head)
	b.visit(h.server.URL+"/admin/officers", "[name=email]")
	b.write("[name=name]", "นายช่าง ตัวอย่าง")
	b.write("[name=email]", "link@tb.example")
	b.click("form:has([name=email]) button")
	b.holds("the link is shown", `document.querySelector('#link')`)
	b.click("[data-copy]")
	b.holds("all of it is marked", `((box) => box.selectionStart === 0 && box.selectionEnd === box.value.length && box.value.includes('/admin/join?key='))(document.querySelector('#link'))`)
}
