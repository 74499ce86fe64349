package chat_test

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

type object = map[string]any

const (
	scrollBox = `document.getElementById("scroll")`
	atEnd     = `(` + scrollBox + `.scrollHeight - ` + scrollBox + `.scrollTop - ` + scrollBox + `.clientHeight < 4)`
)

func text(words string) object { return object{"type": "text", "text": words} }

func action(kind, label string, more object) object {
	a := object{"type": kind, "label": label}
	for k, v := range more {
		a[k] = v
	}
	return a
}

func quick(actions ...object) object {
	items := []object{}
	for _, a := range actions {
		items = append(items, object{"type": "action", "action": a})
	}
	return object{"items": items}
}

// A citizen does everything that the page offers, and the bot hears exactly that (line.md 1.5, 1.6, 2.11).
func TestCitizenActs(t *testing.T) {
	t.Parallel()
	b, s := open(t), newStand(t)
	b.visit(s.url(), 1280, 900)
	b.holds("the account's name", `document.getElementById("account").textContent === "เทศบาลเมืองตัวอย่าง"`)
	s.heard(t, "the new friend", func(e event) bool { return e.Type == "follow" })

	ask := text("สวัสดีค่ะ ต้องการแจ้งเรื่องใด")
	ask["quickReply"] = quick(
		action("message", "ไฟถนนดับ", object{"text": "แจ้งไฟถนนดับ"}),
		action("camera", "ถ่ายรูป", nil), action("cameraRoll", "เลือกรูป", nil), action("location", "ส่งตำแหน่ง", nil),
		action("datetimepicker", "เลือกวัน", object{"data": "when", "mode": "datetime", "initial": "2026-11-21T09:30", "min": "2026-11-03T00:00", "max": "2026-12-25T23:59"}),
	)
	reask := func() { s.push(t, ask) }
	reask()
	b.holds("quick replies", `document.querySelectorAll('[data-testid="quick-reply"]').length === 5`)

	// Typing, Enter and the button; what is typed goes out as it is, HTML included.
	const hostile = `<img src=x onerror="document.title='pwned'"> & "ก"`
	b.do("type", chromedp.SendKeys(mark("composer-input"), "ไฟดับหน้าบ้าน"+kb.Enter))
	s.heard(t, "the typed text", func(e event) bool { return e.Message.Text == "ไฟดับหน้าบ้าน" })
	b.holds("the empty field", `document.querySelector('[data-testid="composer-input"]').value === ""`)
	b.holds("no quick replies after an answer", `document.getElementById("quick").hidden`)
	b.do("type", chromedp.SendKeys(mark("composer-input"), hostile))
	b.click(mark("send"))
	s.heard(t, "the hostile text", func(e event) bool { return e.Message.Text == hostile })
	s.push(t, text(hostile))
	b.holds("both hostile bubbles as words", fmt.Sprintf(`[...document.querySelectorAll('.bubble')].filter((n) => n.textContent === %q && n.childElementCount === 0).length === 2`, hostile))
	if title := value[string](b, "document.title"); title == "pwned" {
		t.Error("a message ran a script")
	}

	// Quick replies: words, place, pictures, date.
	reask()
	b.click(`[data-testid="quick-reply"][data-action-text="แจ้งไฟถนนดับ"]`)
	s.heard(t, "the quick reply", func(e event) bool { return e.Message.Text == "แจ้งไฟถนนดับ" })
	reask()
	b.click(`[data-testid="quick-reply"][data-action-type="location"]`)
	b.holds("the sheet stands still", `document.getAnimations().every((a) => a.playState !== "running")`)
	b.click(mark("place-2"))
	b.holds("the place is chosen", `document.querySelector('[data-testid="place-2"]').getAttribute("aria-pressed") === "true"`)
	b.shot("location-picker")
	b.click(mark("location-send"))
	place := s.heard(t, "the place", func(e event) bool { return e.Message.Type == "location" })
	if place.Message.Title != "ปากซอยตัวอย่าง 7" || math.Abs(place.Message.Latitude-13.3641) > 1e-6 {
		t.Errorf("place %+v", place.Message)
	}
	reask()
	b.click(`[data-testid="quick-reply"][data-action-type="cameraRoll"]`)
	b.click(mark("photo-sample-1"))
	b.click(mark("photo-sample-0"))
	b.shot("photo-picker")
	b.click(mark("photo-send"))
	s.heard(t, "a set of two pictures", func(e event) bool { return e.Message.Type == "image" && e.Message.ImageSet.Total == 2 })
	b.holds("the album", `document.querySelectorAll('.album [data-testid="message"] img').length === 2 && [...document.querySelectorAll('.album img')].every((n) => n.naturalWidth > 0)`)
	own := []string{filepath.Join(t.TempDir(), "หน้าบ้าน.png"), filepath.Join(t.TempDir(), "ซอย.png"), filepath.Join(t.TempDir(), "เสา.png")}
	for _, name := range own {
		if err := os.WriteFile(name, drawing(t, 300, 200), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.do("choose one's own pictures", chromedp.SetUploadFiles(mark("photo-input"), own))
	s.heard(t, "a set of three pictures", func(e event) bool { return e.Message.ImageSet.Total == 3 })
	reask()
	b.click(`[data-testid="quick-reply"][data-action-type="camera"]`)
	b.click(mark("camera-sample-2"))
	s.heard(t, "one picture", func(e event) bool { return e.Message.Type == "image" && e.Message.ImageSet.Total == 0 })
	b.holds("the one picture", `document.querySelector(".photo img")?.naturalWidth > 0`)
	b.click(".photo")
	b.holds("the picture in full", `document.querySelector('[data-testid="viewer-image"]')?.naturalWidth > 0`)
	b.shot("viewer")
	b.do("leave the viewer", chromedp.KeyEvent(kb.Escape))
	b.holds("the viewer gone", `!document.querySelector('[data-testid="viewer"]') && !document.getElementById("room").inert`)
	reask()
	b.click(`[data-testid="quick-reply"][data-action-type="datetimepicker"]`)
	b.click(`[data-date="2026-11-25"]`)
	b.shot("time-picker")
	b.click(mark("picker-ok"))
	when := s.heard(t, "the date", func(e event) bool { return e.Postback.Data == "when" })
	if got := when.Postback.Params["datetime"]; got != "2026-11-25T09:30" {
		t.Errorf("params.datetime %q", got)
	}

	// The plus and the sticker panel.
	b.click(mark("plus"))
	b.shot("attachments")
	b.click(mark("attach-file"))
	b.click(mark("file-sample-0"))
	s.heard(t, "the file", func(e event) bool { return e.Message.FileName == "เอกสารตัวอย่าง.pdf" })
	b.holds("the file's bubble", `document.querySelector('a.file')?.textContent.includes("B")`)
	b.click(mark("stickers"))
	b.click(`[data-testid="sticker"][data-sticker-id="1989"]`)
	s.heard(t, "the sticker", func(e event) bool { return e.Message.StickerID == "1989" })

	// A card's button, with its echo.
	s.push(t, object{"type": "flex", "altText": "บัตร", "contents": object{"type": "bubble", "footer": object{
		"type": "box", "layout": "vertical", "contents": []object{{"type": "button", "style": "primary", "action": action("postback", "ยืนยัน", object{"data": "confirm:1", "displayText": "ยืนยันแล้ว"})}},
	}}})
	b.click(`[data-testid="flex-button"][data-action-data="confirm:1"]`)
	s.heard(t, "the card's postback", func(e event) bool { return e.Postback.Data == "confirm:1" })
	b.says("ยืนยันแล้ว")
	b.shot("conversation")

	// Taking a message back.
	first := s.heard(t, "the first text", func(e event) bool { return e.Message.Text == "ไฟดับหน้าบ้าน" })
	b.do("open the message's menu", chromedp.Click(chromedp.CSS(fmt.Sprintf(`.row:has([data-id=%q]) [data-testid="message-menu"]`, first.Message.ID))))
	b.click(mark("unsend"))
	s.heard(t, "the unsend", func(e event) bool { return e.Unsend.MessageID == first.Message.ID })
	b.holds("the unsent line", fmt.Sprintf(`document.querySelector('[data-id=%q]')?.textContent === "คุณยกเลิกข้อความ"`, first.Message.ID))
	b.holds("no word of the unsent message", `!document.getElementById("log").textContent.includes("ไฟดับหน้าบ้าน")`)

	// Waiting, blocking, coming back.
	s.call(t, http.MethodPost, "api/v2/bot/chat/loading/start", object{"chatId": s.user, "loadingSeconds": 60}, nil)
	b.holds("the loading animation", `!document.getElementById("typing").hidden`)
	s.push(t, text("เสร็จแล้ว"))
	b.holds("no animation after the answer", `document.getElementById("typing").hidden`)
	b.click(mark("friendship"))
	b.holds("no writing to a blocked account", `document.querySelector(".composer").hidden`)
	b.click(mark("follow"))
	b.holds("writing again", `!document.querySelector(".composer").hidden`)
	s.heard(t, "the unfollow", func(e event) bool { return e.Type == "unfollow" })

	// What the bot called is told beside the phone.
	b.click(`.call-log > summary`)
	b.holds("the calls", `[...document.querySelectorAll(".calls .call-path")].some((n) => n.textContent.includes("/v2/bot/message/push"))`)
	b.shot("desktop")
}

// The page survives the loss of its connection and keeps what is typed when the simulator is away.
func TestPageReconnects(t *testing.T) {
	t.Parallel()
	b, s := open(t, "/events?channel="), newStand(t)
	b.visit(s.url(), 1000, 800)
	s.push(t, text("ก่อน"))
	b.holds("the first message", `document.getElementById("log").textContent.includes("ก่อน")`)
	s.server.CloseClientConnections()
	s.server.Client().CloseIdleConnections()
	s.push(t, text("หลัง"))
	b.holds("the message after the break", `document.getElementById("log").textContent.includes("หลัง")`)
	b.holds("the connection back", `document.getElementById("lost").hidden`)
}

// The second citizen has a chat of her own, and the history keeps the place of a reader who scrolled up.
func TestSecondCitizenAndReadingPlace(t *testing.T) {
	t.Parallel()
	b, s := open(t), newStand(t)
	b.visit(s.url(), 1280, 900)
	for n := range 4 {
		messages := []any{}
		for m := range 5 {
			messages = append(messages, text(fmt.Sprintf("ข้อความที่ %d\nบรรทัดสอง\nบรรทัดสาม", n*5+m)))
		}
		s.push(t, messages...)
	}
	b.holds("the newest in view", `document.querySelectorAll('[data-testid="message"]').length >= 20 && `+atEnd+``)
	value[float64](b, scrollBox+`.scrollTop = 100`)
	b.holds("the reader's place known", scrollBox+`.scrollTop === 100`)
	s.push(t, text("ข้อความใหม่มาก"))
	b.holds("a note of the new message", `!document.getElementById("to-end").hidden && `+scrollBox+`.scrollTop === 100`)
	b.click("#to-end")
	b.holds("the newest again", atEnd+` && document.getElementById("to-end").hidden`)

	b.click(`[data-testid="user"]:not([aria-current])`)
	b.holds("the other citizen's empty chat", `document.querySelector('[data-testid="user"][aria-current]')?.textContent.includes("สมชาย") && !document.getElementById("log").textContent.includes("ข้อความใหม่มาก")`)
	b.do("write as the other", chromedp.SendKeys(mark("composer-input"), "ผมเอง"+kb.Enter))
	if e := s.heard(t, "the other citizen", func(e event) bool { return e.Message.Text == "ผมเอง" }); e.Source.UserID == s.user {
		t.Error("both citizens have one user ID")
	}
}

// What a message may ask for is checked by the page itself, whatever the server let through.
func TestPageChecksWhatMessagesAskFor(t *testing.T) {
	t.Parallel()
	b, s := open(t), newStand(t)
	b.visit(s.url(), 390, 844)
	for expression, want := range map[string]string{
		`(await import("./static/dom.js")).webAddress("javascript:alert(1)")`:                                                         "null",
		`(await import("./static/dom.js")).webAddress("data:text/html,x")`:                                                            "null",
		`(await import("./static/dom.js")).webAddress("//evil.example")`:                                                              "null",
		`(await import("./static/dom.js")).webAddress("https://a.example/ก")`:                                                         `"https://a.example/%E0%B8%81"`,
		`(await import("./static/dom.js")).mediaAddress("http://a.example/x.png")`:                                                    "null",
		`(await import("./static/dom.js")).mediaAddress("http://127.0.0.1:1/x.png")`:                                                  `"http://127.0.0.1:1/x.png"`,
		`(await import("./static/flexstyle.js")).color("red;background:url(x)") ?? null`:                                              "null",
		`(await import("./static/flexstyle.js")).gap("1px;x") ?? null`:                                                                "null",
		`(await import("./static/flexstyle.js")).gap("constructor") ?? null`:                                                          "null",
		`(await import("./static/flexstyle.js")).ratio("1:9").wide`:                                                                   fmt.Sprint(1.0 / 3),
		`(await import("./static/actions.js")).appAddress("https://line.me/R/nv/location/")`:                                          `"location"`,
		`(await import("./static/actions.js")).appAddress("https://line.me.evil.example/R/nv/camera")`:                                "null",
		`(await import("./static/time.js")).thaiDate("2026-11-21")`:                                                                   `"ส. 21 พ.ย. 2569"`,
		`(await import("./static/time.js")).bangkok("2026-11-21T17:30:00Z").date`:                                                     `"2026-11-22"`,
		`(await import("./static/flex.js")).flex({type:"bubble",body:{type:"box",contents:[{type:"spacer"}]}}, () => {}).textContent`: `"[spacer]"`,
	} {
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("(async () => JSON.stringify("+expression+"))()", chromedp.EvalAwaitPromise))
		if err != nil || got != want {
			t.Errorf("%s: %s (%v), want %s", expression, got, err, want)
		}
	}
}

// On a phone a finger held on one's own message opens what can be done with it.
func TestLongPressTakesBack(t *testing.T) {
	t.Parallel()
	b, s := open(t), newStand(t)
	b.visit(s.url(), 390, 844)
	b.do("a touch screen", chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch))
	b.do("write", chromedp.SendKeys(mark("composer-input"), "ส่งผิด"), chromedp.Tap(mark("send")))
	b.says("ส่งผิด")
	value[any](b, `document.querySelector('[data-from="user"]').dispatchEvent(new PointerEvent("pointerdown", { pointerType: "touch", bubbles: true }))`)
	b.do("choose to take it back", chromedp.Tap(mark("unsend"), chromedp.NodeVisible))
	s.heard(t, "the unsend", func(e event) bool { return e.Type == "unsend" })
	b.holds("the unsent line", `document.querySelector('[data-unsent="true"]')?.textContent === "คุณยกเลิกข้อความ"`)
}
