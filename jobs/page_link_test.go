package jobs

import (
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/devkit/testhouse"
)

// entryLink is a one-time way in, as it stands on a button.
var entryLink = regexp.MustCompile(regexp.QuoteMeta(testhouse.BaseURL) + `/me/in/([A-Z2-7]{26})`)

// way is where the newest link in the chat leads, and whom it lets in.
func (h *house) way() (e citizens.Entry) {
	h.T.Helper()
	var tokens []string
	for _, b := range h.Answers() {
		for _, m := range entryLink.FindAllStringSubmatch(string(b.Message), -1) {
			tokens = append(tokens, m[1])
		}
	}
	if len(tokens) == 0 {
		h.T.Fatalf("no link came: %q", h.Said())
	}
	h.Everywhere(func(tx pgx.Tx) (err error) {
		e, err = citizens.LookEntry(h.T.Context(), tx, tokens[len(tokens)-1], h.Now())
		return err
	})
	if want := h.citizenOf(h.Person); e.Citizen != want {
		h.T.Errorf("the link lets citizen %d in, want %d", e.Citizen, want)
	}
	h.QuietAbout(tokens...)
	return e
}

// A form is gone on with in a browser by a link of the same answer, which works once and leads to that draft.
func TestFormOpensOnTheWeb(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.Tap("🏗️ ก่อสร้างอาคาร")
	draft := h.Offered("กรอกบนเว็บ")
	h.Tap("กรอกบนเว็บ")
	page := "/services/" + strings.ToLower(h.Agency.Code) + "/building-permit/form/" + strings.TrimPrefix(draft, "v1|web|")
	if e := h.way(); e.Purpose != page || e.UsedAt != nil {
		t.Errorf("the link is %+v, want one to %s", e, page)
	}
	h.Say("พักไว้ก่อน")
	h.Say("English")
	h.Say("continue on the web")
	if e := h.way(); e.Purpose != page+"?lang=en" {
		t.Errorf("the link leads to %s, want the draft in English", e.Purpose)
	}
	if h.Times("Fill in on the web") == 0 {
		t.Errorf("the card is not in English: %q", h.Said())
	}
}

// The citizen's own pages are opened from the chat, wherever they are in it (PDP-4, PDP-8).
func TestOwnPageOpensFromTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	for said, page := range map[string]string{
		"หน้าของฉัน": "/me", "ใครเปิดดูข้อมูลฉัน": "/me/readings", "ลบข้อมูลของฉัน": "/me/delete", "ขอสำเนาข้อมูล": "/me/data", "เอกสารของฉัน": "/me/documents", "ข้อมูลของฉัน": "/me/profile",
	} {
		h.Say(said)
		if e := h.way(); e.Purpose != page {
			t.Errorf("%s leads to %s, want %s", said, e.Purpose, page)
		}
	}
	h.Say("เมนู")
	h.Tap("💬 ถามเจ้าหน้าที่")
	h.Say("หน้าของฉัน")
	h.Tap("ทำต่อ")
	h.Say("เปิดวันเสาร์ไหมคะ")
	h.Tap("ส่งคำขอ")
	if n := len(h.Tickets()); n != 1 {
		t.Errorf("%d tickets, want the question that was open meanwhile", n)
	}
}

// Where no form can be filled in on pages, the chat does not offer it and goes on.
func TestNoFormOnTheWeb(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, func(d *Deps) { d.WebForms = false })
	h.Talk()
	h.Tap("🏗️ ก่อสร้างอาคาร")
	h.Say("กรอกบนเว็บ")
	if h.Times("ตอนนี้ยังกรอกบนเว็บไม่ได้ค่ะ") != 1 {
		t.Errorf("it says %q", h.Said())
	}
	h.Is(0, "ways in", `SELECT count(*) FROM entries`)
}
