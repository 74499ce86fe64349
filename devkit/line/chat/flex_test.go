package chat_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// showGallery sends every message of testdata/gallery.json: each Flex property, template and image map at least once.
func showGallery(t *testing.T, b *tab, s *stand, width, height int64) {
	t.Helper()
	data, err := os.ReadFile("testdata/gallery.json")
	if err != nil {
		t.Fatal(err)
	}
	var messages []any
	if err := json.Unmarshal(data, &messages); err != nil {
		t.Fatal(err)
	}
	b.visit(s.url(), width, height)
	for some := range slices.Chunk(messages, 5) {
		s.push(t, some...)
	}
	b.holds("all messages", fmt.Sprintf(`document.querySelectorAll('[data-testid="message"]').length === %d`, len(messages)))
	b.holds("all pictures", `[...document.querySelectorAll("#log img")].every((n) => n.naturalWidth > 0)`)
}

// part is JavaScript for an element of the gallery: the message by its alt text, then a selector in it.
func part(name, selector string, index int) string {
	return fmt.Sprintf(`document.querySelectorAll('[data-alt-text=%q] %s')[%d]`, name, selector, index)
}

func width(b *tab, element string) float64 {
	b.t.Helper()
	return value[float64](b, element+".getBoundingClientRect().width")
}

func height(b *tab, element string) float64 {
	b.t.Helper()
	return value[float64](b, element+".getBoundingClientRect().height")
}

func left(b *tab, element string) float64 {
	b.t.Helper()
	return value[float64](b, element+".getBoundingClientRect().left")
}

func about(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1.01 {
		t.Errorf("%s: %.1f, want %.1f", what, got, want)
	}
}

// Flex Message layout as line.md 2.11 and LINE's layout rules have it.
func TestFlexLayout(t *testing.T) {
	t.Parallel()
	b, s := open(t, ".mp4", ".m4a"), newStand(t)
	showGallery(t, b, s, 1280, 900)

	for size, want := range map[string]float64{"nano": 120, "micro": 160, "deca": 220, "hecto": 241, "kilo": 260, "mega": 300} {
		about(t, "width of "+size, width(b, fmt.Sprintf(`document.querySelector('[data-alt-text="size-%s"]')`, size)), want)
	}
	if giga := width(b, `document.querySelector('[data-alt-text="size-giga"]')`); giga < 310 {
		t.Errorf("giga is %.0f wide, no wider than mega", giga)
	}

	// The default share is 1 across and 0 down; a named width makes it 0; shares divide what is left.
	row := func(n int) string { return fmt.Sprintf(":scope > .fx-block > .fx-box > .fx-box:nth-child(%d) > *", n) }
	cell := func(r, c int) string {
		return fmt.Sprintf(`document.querySelector('[data-alt-text="shares"]').querySelectorAll(%q)[%d]`, row(r), c)
	}
	about(t, "equal halves", width(b, cell(1, 0)), 130)
	about(t, "equal halves", width(b, cell(1, 1)), 130)
	about(t, "two of five", width(b, cell(2, 0)), 104)
	about(t, "three of five", width(b, cell(2, 1)), 156)
	about(t, "named width", width(b, cell(3, 0)), 80)
	about(t, "what is left", width(b, cell(3, 1)), 180)
	about(t, "half in percent", width(b, cell(4, 0)), 130)
	if words := width(b, cell(5, 0)); words > 70 {
		t.Errorf("flex 0 is as wide as its words: %.0f", words)
	}
	about(t, "flex 0 and the rest", width(b, cell(5, 0))+width(b, cell(5, 1)), 260)
	two, three := height(b, part("heights", ".fx-box .fx-box:nth-child(2) > .fx-text", 0)), height(b, part("heights", ".fx-box .fx-box:nth-child(2) > .fx-text", 1))
	if three <= two {
		t.Errorf("free height is not shared: %.0f and %.0f", two, three)
	}

	// Gaps: keywords, pixels, spacing, margin before spacing, padding of one side.
	tops := value[[]float64](b, `[...document.querySelectorAll('[data-alt-text="gaps"] .fx-body > .fx-box > .fx-text')].map((n) => parseFloat(getComputedStyle(n).marginTop))`)
	if want := []float64{0, 2, 4, 8, 12, 16, 20, 30}; !slices.Equal(tops, want) {
		t.Errorf("margins %v, want %v", tops, want)
	}
	about(t, "spacing", left(b, part("gaps", ".fx-box .fx-box > .fx-box", 1))-left(b, part("gaps", ".fx-box .fx-box > .fx-box", 0))-width(b, part("gaps", ".fx-box .fx-box > .fx-box", 0)), 8)
	about(t, "margin before spacing", left(b, part("gaps", ".fx-box .fx-box > .fx-box", 2))-left(b, part("gaps", ".fx-box .fx-box > .fx-box", 1))-width(b, part("gaps", ".fx-box .fx-box > .fx-box", 1)), 20)
	about(t, "padding at the start", left(b, part("gaps", ".fx-body > .fx-box > .fx-text", 0))-left(b, part("gaps", ".fx-body", 0)), 24)

	for i, want := range []float64{0, 70, 140, 0, 23.3, 35} {
		about(t, fmt.Sprintf("justifyContent %d", i), left(b, part("alignment", fmt.Sprintf(".fx-body > .fx-box > .fx-box:nth-child(%d) > .fx-box", i+1), 0))-left(b, part("alignment", ".fx-body > .fx-box", 0))-20, want)
	}
	sizes := value[[]string](b, `[...document.querySelectorAll('[data-alt-text="letters"] .fx-body > .fx-box > .fx-text')].slice(0, 9).map((n) => getComputedStyle(n).fontSize)`)
	if want := []string{"11px", "13px", "14px", "16px", "19px", "22px", "29px", "35px", "48px"}; !slices.Equal(sizes, want) {
		t.Errorf("letter sizes %v, want %v", sizes, want)
	}
	words := func(n int) string { return part("letters", ".fx-words", n) }
	if !value[bool](b, words(13)+".scrollWidth > "+words(13)+".clientWidth && getComputedStyle("+words(13)+").textOverflow === 'ellipsis'") {
		t.Error("a long line without wrap does not end in an ellipsis")
	}
	about(t, "two lines at most", height(b, words(14)), 2*16*1.4)
	about(t, "room between two lines only", height(b, part("letters", ".fx-text", 15)), 2*16*1.4+20)
	if !value[bool](b, words(16)+".scrollWidth <= "+words(16)+".clientWidth && parseFloat(getComputedStyle("+words(16)+").fontSize) < 16") {
		t.Error("shrink-to-fit did not shrink")
	}

	about(t, "a button", height(b, part("buttons", ".fx-face", 0)), 52)
	about(t, "a small button", height(b, part("buttons", ".fx-face", 3)), 40)
	colours := value[[]string](b, `[0, 1, 3].map((n) => getComputedStyle(document.querySelectorAll('[data-alt-text="buttons"] .fx-face')[n]).backgroundColor)`)
	if want := []string{"rgb(23, 201, 80)", "rgb(220, 223, 229)", "rgb(11, 92, 107)"}; !slices.Equal(colours, want) {
		t.Errorf("button colours %v, want %v", colours, want)
	}
	if got := value[string](b, part("buttons", "a.fx-face", 0)+".href"); got != "https://pictures.example/page" {
		t.Errorf("a uri button opens %q", got)
	}

	about(t, "absolute from the start", left(b, part("boxes", `.fx-box .fx-box:nth-child(3) > .fx-box`, 0))-left(b, part("boxes", ".fx-body > .fx-box > .fx-box", 2)), 10)
	about(t, "relative offset", left(b, part("boxes", ".fx-body > .fx-box > .fx-box", 3))-left(b, part("boxes", ".fx-body > .fx-box", 0))-20, 12)
	about(t, "seventy percent", width(b, part("boxes", ".fx-body > .fx-box > .fx-box:nth-child(5) > .fx-box", 0)), 182)
	about(t, "at most 100 wide", width(b, part("boxes", ".fx-body > .fx-box > .fx-box", 6)), 100)
	if got := value[string](b, "getComputedStyle("+part("boxes", ".fx-body > .fx-box > .fx-box", 1)+").backgroundImage"); !strings.Contains(got, "linear-gradient(90deg") || !strings.Contains(got, "30%") {
		t.Errorf("gradient %q", got)
	}
	about(t, "hero at 20:13", height(b, part("pictures", ".fx-hero .fx-frame", 0)), 300*13.0/20)
	about(t, "image keyword xs", width(b, part("pictures", ".fx-body .fx-frame", 0)), 60)
	about(t, "image 1:2 of 60px", height(b, part("pictures", ".fx-body .fx-frame", 2)), 120)
	if x0, x1 := left(b, part("right-to-left", ".fx-box .fx-box > .fx-text", 0)), left(b, part("right-to-left", ".fx-box .fx-box > .fx-text", 1)); x0 <= x1 {
		t.Errorf("right to left puts the first at %.0f, the second at %.0f", x0, x1)
	}
	order := value[string](b, `[...document.querySelector('[data-alt-text="styles"]').children].map((n) => n.className.split(" ")[1]).join()`)
	if order != "fx-header,fx-hero,fx-body,fx-footer" {
		t.Errorf("blocks in the order %s", order)
	}

	// All bubbles of a carousel are as high as the highest, and it moves sideways.
	heights := value[[]float64](b, `[...document.querySelectorAll('[data-alt-text="carousel"] .fx-bubble')].map((n) => n.offsetHeight)`)
	if len(heights) != 4 || slices.Min(heights) != slices.Max(heights) {
		t.Errorf("carousel bubbles are %v high", heights)
	}
	if !value[bool](b, part("carousel", ".fx-carousel", 0)+".scrollWidth > "+part("carousel", ".fx-carousel", 0)+".clientWidth") {
		t.Error("the carousel has nothing to swipe")
	}

	// A box and a text can be tapped, also by keyboard.
	b.click(`[data-alt-text="tappable"] [data-action-data="row:1"]`)
	s.heard(t, "the tapped row", func(e event) bool { return e.Postback.Data == "row:1" })
	b.says("แตะแถว")
	value[any](b, `document.querySelector('[data-action-text="แตะข้อความแล้ว"]').focus()`)
	b.do("press Enter", chromedp.KeyEvent("\r"))
	s.heard(t, "the pressed text", func(e event) bool { return e.Message.Text == "แตะข้อความแล้ว" })
	b.says("แตะข้อความแล้ว")
	b.click(`[data-testid="imagemap"] [data-action-text="ซ้าย"]`)
	s.heard(t, "the image map's area", func(e event) bool { return e.Message.Text == "ซ้าย" })
	b.says("ซ้าย")
	b.click(`[data-testid="template-button"][data-action-data="yes"]`)
	s.heard(t, "the template's button", func(e event) bool { return e.Postback.Data == "yes" })
}

// Nothing runs over the edge of a phone, everything has a name, and the cards can be looked at (WCAG 1.4.10, 4.1.2).
func TestGalleryOnPhones(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ width, height int64 }{{390, 844}, {320, 640}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b, s := open(t, ".mp4", ".m4a"), newStand(t)
			showGallery(t, b, s, size.width, size.height)
			if over := value[[]string](b, `[...document.querySelectorAll("#room *")].filter((n) => !n.closest(".fx-carousel, .quick, .fx-box, svg, [hidden]") && n.getBoundingClientRect().right > innerWidth + 1).map((n) => n.className + " " + Math.round(n.getBoundingClientRect().right))`); len(over) > 0 {
				t.Errorf("over the right edge: %v", over)
			}
			if value[float64](b, "document.documentElement.scrollWidth") > float64(size.width) {
				t.Error("the page scrolls sideways")
			}
			if nameless := value[[]string](b, `[...document.querySelectorAll('button, a, input, textarea, select, [role="button"]')].filter((n) => !(n.getAttribute("aria-label") || n.textContent.trim() || n.placeholder || n.closest("[hidden]"))).map((n) => n.outerHTML.slice(0, 90))`); len(nameless) > 0 {
				t.Errorf("controls without a name: %v", nameless)
			}
			// One picture of everything: the window as high as the history.
			tall := value[int64](b, "Math.min("+scrollBox+".scrollHeight, 15000) + 130")
			b.do("a tall window", chromedp.EmulateViewport(size.width, tall, chromedp.EmulateScale(1)))
			b.holds("the tall window", fmt.Sprintf("innerHeight === %d", tall))
			b.shot(fmt.Sprintf("gallery-%d", size.width))
		})
	}
}

// The rich menu opens from its bar, with its own picture or drawn with its labels, and its areas act.
func TestRichMenu(t *testing.T) {
	t.Parallel()
	b, s := open(t), newStand(t)
	b.visit(s.url(), 390, 844)
	areas := []object{}
	for i, label := range []string{"ยื่นคำขอ", "ติดตามเรื่อง", "คุยกับเจ้าหน้าที่"} {
		areas = append(areas, object{
			"bounds": object{"x": i * 833, "y": 0, "width": 833, "height": 843},
			"action": object{"type": "postback", "label": label, "data": fmt.Sprintf("menu:%d", i), "displayText": label},
		})
	}
	var made struct {
		ID string `json:"richMenuId"`
	}
	s.call(t, http.MethodPost, "api/v2/bot/richmenu", object{
		"size": object{"width": 2500, "height": 843}, "selected": true, "name": "หลัก", "chatBarText": "เมนูบริการ", "areas": areas,
	}, &made)
	s.upload(t, "api-data/v2/bot/richmenu/"+made.ID+"/content", drawing(t, 2500, 843))
	s.call(t, http.MethodPost, "api/v2/bot/user/all/richmenu/"+made.ID, nil, nil)
	s.push(t, text("สวัสดีค่ะ"))
	b.holds("the menu, open as it asks to be", `document.querySelectorAll('[data-testid="rich-menu-area"]').length === 3 && !document.getElementById("rich-menu").hidden`)
	b.holds("its picture", `document.querySelector(".menu-map img")?.naturalWidth > 0`)
	b.shot("rich-menu")
	b.click(`[data-testid="rich-menu-area"][data-action-data="menu:1"]`)
	s.heard(t, "the menu's area", func(e event) bool { return e.Postback.Data == "menu:1" })
	b.click(mark("rich-menu-toggle"))
	b.holds("the menu folded", `document.getElementById("rich-menu").hidden`)
	b.click(mark("rich-menu-toggle"))
	b.do("write", chromedp.Focus(mark("composer-input")))
	b.holds("the menu making room for the keyboard", `document.getElementById("rich-menu").hidden`)
}
