package chat_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A group: people see each other's names, edit what they wrote, and the account comes, answers, is
// thrown out and invited back (line.md 1.5, 5.2).
func TestGroupChat(t *testing.T) {
	t.Parallel()
	b, s := open(t, "/control/chats/C"), newStand(t) // the page may read the group once more after its reader left it
	b.visit(s.url(), 1280, 1000)
	b.do("name the group", chromedp.SendKeys(mark("group-name"), "ชุมชนตัวอย่าง"))
	b.click(mark("group-make"))
	s.heard(t, "the invitation", func(e event) bool { return e.Type == "join" })
	b.holds("the group's name", `document.getElementById("account")?.textContent === "ชุมชนตัวอย่าง (3)"`)
	b.do("write in the group", chromedp.SendKeys(mark("composer-input"), "นัดประชุมวันจันทร์"+kb.Enter))
	said := s.heard(t, "the text", func(e event) bool { return e.Message.Text == "นัดประชุมวันจันทร์" })
	group := value[string](b, `new URLSearchParams(location.search).get("group")`)

	var users []struct{ ID string }
	s.call(t, http.MethodGet, "control/users", nil, &users)
	s.call(t, http.MethodPost, "control/chats/"+users[1].ID+"/text", object{"text": "ได้ครับ", "group": group}, nil)
	b.holds("the other's words with his name", `[...document.querySelectorAll(".row.theirs")].some((n) => n.textContent.includes("ได้ครับ") && n.querySelector(".name")?.textContent.includes("สมชาย"))`)
	s.call(t, http.MethodPost, "api/v2/bot/message/push", object{"to": group, "messages": []any{text("ระบบรับทราบ")}}, nil)
	b.holds("the account's words with its name", `[...document.querySelectorAll(".row.theirs")].some((n) => n.textContent.includes("ระบบรับทราบ") && n.querySelector(".name")?.textContent === "เทศบาลเมืองตัวอย่าง")`)

	b.do("open the message's menu", chromedp.Click(chromedp.CSS(fmt.Sprintf(`.row:has([data-id=%q]) [data-testid="message-menu"]`, said.Message.ID))))
	b.click(mark("edit"))
	b.do("write it anew", chromedp.SetValue(mark("edit-input"), "นัดประชุมวันอังคาร"))
	b.shot("edit")
	b.click(mark("edit-save"))
	s.heard(t, "the edit", func(e event) bool {
		return e.Type == "messageEdited" && e.Message.ID == said.Message.ID && e.Message.Text == "นัดประชุมวันอังคาร"
	})
	b.holds("the edited words", `document.querySelector('[data-testid="edited"]') && document.getElementById("log").textContent.includes("วันอังคาร") && !document.getElementById("log").textContent.includes("วันจันทร์")`)
	b.shot("group")

	b.click(mark("group-remove"))
	s.heard(t, "the account's leaving", func(e event) bool { return e.Type == "leave" })
	b.holds("nothing to write to", `document.querySelector(".composer")?.hidden === true`)
	b.shot("group-left")
	b.click(mark("invite"))
	b.holds("writing again", `document.querySelector(".composer")?.hidden === false`)
	b.click(mark("group-leave"))
	s.heard(t, "the member's leaving", func(e event) bool { return e.Type == "memberLeft" })
	b.holds("the chat with the account", `document.getElementById("account")?.textContent === "เทศบาลเมืองตัวอย่าง" && !document.querySelector('[data-testid="room-group"]')`)
}
