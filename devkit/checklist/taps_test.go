package checklist

import (
	"fmt"
	"strings"
	"testing"

	"saphan/devkit/testhouse"
	"saphan/tickets"
)

// Row 44: whoever knows the numbers of somebody else's case learns nothing of it by taps, says nothing to its
// officers and gives them no document.
func TestRow44TapsAboutAnothersCase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.AsksFor(ticket.ID, tickets.Asking{Added: testhouse.Added("สำเนาโฉนดของสมหญิง"), DueOn: h.Now().AddDate(0, 0, 7)})
	h.Settled()
	want := h.Count(`SELECT id FROM wants`)
	before := h.Thread(ticket.ID)
	stranger := h.NewPerson("คนอื่น")
	stranger.Follow()
	for _, tap := range []string{fmt.Sprint("v1|talk|", ticket.ID), fmt.Sprint("v1|about|", ticket.ID), fmt.Sprint("v1|supply|", ticket.ID, "|", want)} {
		stranger.Say("ไม่ใช่เรื่องของฉัน") // something that could be passed on
		stranger.Send("image", "a.jpg", testhouse.Photo(t, 0))
		h.Settled()
		said := len(stranger.Said())
		stranger.Press(tap)
		if len(stranger.Said()) == said {
			t.Errorf("%q was not answered", tap)
		}
		stranger.Say("แล้วนี่ล่ะ")
	}
	for _, secret := range []string{ticket.Number, "โฉนด", "สมหญิง"} {
		if strings.Contains(stranger.Since(0), secret) {
			t.Errorf("they were told %q", secret)
		}
	}
	if after := h.Thread(ticket.ID); len(after) != len(before) {
		t.Errorf("the officers read %q", after)
	}
	h.Is(0, "documents that were given", `SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL`)
	h.Is(0, "files of the case", `SELECT count(*) FROM ticket_files WHERE NOT made`)
	h.Is(0, "conversations turned to the case", `SELECT count(*) FROM conversations WHERE source = $1 AND coalesce(state->>'talking_to', '0') <> '0'`, stranger.User)
	h.Is(1, "requests", `SELECT count(*) FROM requests`)
}

// Row 44: the tap that files a request files it once, however often it comes and whoever sends it.
func TestRow44FilingTapAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Press(startQuestion)
	h.Say("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	file := h.Button("ส่งคำขอ")
	stranger := h.NewPerson("คนอื่น")
	stranger.Follow()
	stranger.Press(file)
	h.Is(0, "requests before the citizen filed", `SELECT count(*) FROM requests`)
	h.Press(file)
	h.Is(1, "requests", `SELECT count(*) FROM requests`)
	again := func() {
		t.Helper()
		before := len(h.Said())
		h.Press(file)
		if len(h.Said()) == before {
			t.Error("the tap was not answered")
		}
		h.Is(1, "requests", `SELECT count(*) FROM requests`)
		h.Is(1, "tickets", `SELECT count(*) FROM tickets`)
	}
	again()
	h.Press(startQuestion) // another form is open
	h.Say("ขายอาหารริมทางได้ที่ไหนบ้าง")
	again()
	stranger.Press(file)
	h.Is(1, "requests", `SELECT count(*) FROM requests`)
	if h.Times("ใบรับคำขอ") != 1 || stranger.Times("ใบรับคำขอ") != 0 {
		t.Errorf("said:\n%s\nand to the other:\n%s", h.Since(0), stranger.Since(0))
	}
}
