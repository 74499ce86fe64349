package jobs

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/permits"
	"saphan/tickets"
)

// again is the job that made a ticket.
func (h *house) again(t tickets.Ticket) tickets.SubmittedArgs {
	return tickets.SubmittedArgs{RequestID: t.RequestID}
}

// enqueued is how many jobs of a kind there are.
func (h *house) enqueued(kind string) int {
	h.T.Helper()
	return h.Count(`SELECT count(*) FROM river_job WHERE kind = $1`, kind)
}

// Step 3: routed twice, also at the same moment, a request is one ticket with one number and one
// receipt, with both times (EGA-10.1).
func TestRouteTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	errs := make(chan error, 6)
	for range cap(errs) {
		go func() { errs <- run(h, &route{Deps: h.Deps}, h.again(ticket)) }()
	}
	for range cap(errs) {
		must(t, <-errs)
	}
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM tickets`); n != 1 {
		t.Errorf("%d tickets", n)
	}
	if n := h.Count(`SELECT last FROM number_series WHERE series = 'ticket'`); n != 1 {
		t.Errorf("%d numbers are used up", n)
	}
	if n := h.Times("รับคำขอ"); h.Times(ticket.Number) != 1 || n == 0 {
		t.Errorf("%d receipts:\n%s", h.Times(ticket.Number), strings.Join(h.Said(), "\n"))
	}
	receipt := ""
	for _, s := range h.Said() {
		if strings.Contains(s, ticket.Number) {
			receipt = s
		}
	}
	if !strings.Contains(receipt, "/track/"+ticket.TrackToken) || !strings.Contains(receipt, h.Agency.Name) {
		t.Errorf("receipt: %s", receipt)
	}
	if err := run(h, &route{Deps: h.Deps}, tickets.SubmittedArgs{RequestID: 999999}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a request that is not there: %v", err)
	}
	h.QuietAbout("ถามหน่อย", "สมหญิง")
}

// Whoever chose English gets the receipt, what is missing and the result in English too.
func TestCardsInTheCitizensLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.Say("english")
	h.Settled()
	ticket := h.File("question", testhouse.Answer("question", "where do I pay?"))
	h.AsksFor(ticket.ID, tickets.Asking{Added: testhouse.Added("bill"), DueOn: h.Now().AddDate(0, 0, 7)})
	h.Settled()
	h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "at the office"})
	h.Settled()
	all := strings.Join(h.Said(), "\n")
	for _, words := range []string{"Receipt", "Send by", "Result Done"} {
		if !strings.Contains(all, words) {
			t.Errorf("nothing says %q:\n%s", words, all)
		}
	}
	if strings.Contains(all, "ใบรับคำขอ") {
		t.Errorf("a Thai receipt:\n%s", all)
	}
}

// A request that did not come through a chat has nobody to answer there.
func TestJobsWithoutAConversation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	var request tickets.RequestID
	h.Everywhere(func(tx pgx.Tx) error {
		var citizen int64
		if err := tx.QueryRow(t.Context(), `SELECT citizen_id FROM identities`).Scan(&citizen); err != nil {
			return err
		}
		var err error
		request, err = h.Desk.Submit(t.Context(), tx, tickets.Submission{
			Draft: "web", CitizenID: citizen, AgencyID: h.Agency.ID, Form: "hazardous-business", Version: 1, Answers: testhouse.Business(), EnteredAt: h.Now(),
		})
		return err
	})
	h.Settled()
	var ticket tickets.Ticket
	h.Everywhere(func(tx pgx.Tx) (err error) { ticket, err = tickets.FindByRequest(t.Context(), tx, request); return err })
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		if err := h.Desk.Reply(t.Context(), tx, by, ticket.ID, "k", "สวัสดีค่ะ"); err != nil {
			return err
		}
		if err := h.Desk.Ask(t.Context(), tx, by, ticket.ID, tickets.Asking{Added: testhouse.Added("แผนที่"), DueOn: h.Now().Add(240 * time.Hour)}); err != nil {
			return err
		}
		return h.Desk.Decide(t.Context(), tx, by, tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ครบถ้วน"})
	})
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM permits WHERE ready_at IS NOT NULL`); n != 1 {
		t.Errorf("%d permits are ready: %v", n, h.Undone())
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE cause LIKE 'ticket%'`); n != 0 {
		t.Errorf("%d messages to nobody", n)
	}
}

// An officer's words reach the chat once, in order, and turn the conversation to the ticket once:
// what the citizen has begun since stays open when the job runs again.
func TestRepliedTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	for i, words := range []string{"คำตอบที่หนึ่ง", "คำตอบที่สอง", "คำตอบที่สาม"} {
		h.Replies(ticket.ID, fmt.Sprint("k", i), words)
		h.Settled()
	}
	h.Say("แจ้งปัญหา")
	h.Press(bot.StartData("public-problem"))
	for _, id := range h.Numbers(`SELECT id FROM ticket_messages WHERE author = 'officer'`) {
		must(t, run(h, &replied{Deps: h.Deps}, tickets.RepliedArgs{MessageID: tickets.MessageID(id)}))
	}
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state->'draft' IS NOT NULL`); n != 1 {
		t.Error("the form that was begun since was put aside")
	}
	all := strings.Join(h.Said(), "\n")
	one, two, three := strings.Index(all, "คำตอบที่หนึ่ง"), strings.Index(all, "คำตอบที่สอง"), strings.Index(all, "คำตอบที่สาม")
	if one < 0 || one > two || two > three || strings.Count(all, "คำตอบที่") != 3 {
		t.Errorf("said:\n%s", all)
	}
	if state := h.List(`SELECT sending_state(ticket_id, source) FROM ticket_messages WHERE author = 'officer'`); strings.Join(state, " ") != "sent sent sent" {
		t.Errorf("the officer sees %q", state)
	}
	if err := run(h, &replied{Deps: h.Deps}, tickets.RepliedArgs{MessageID: 999999}); err == nil {
		t.Error("words that are not there were sent")
	}
	h.QuietAbout("คำตอบที่")
}

// LFA-8.1: missing documents are asked for in one list with one date, once; what is sent arrives in the
// ticket.
func TestAskedTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.File("hazardous-business", testhouse.Business()...)
	h.AsksFor(ticket.ID, tickets.Asking{Added: testhouse.Added("แผนที่สังเขป"), DueOn: time.Date(2030, 1, 15, 0, 0, 0, 0, time.UTC)})
	h.Settled()
	for _, id := range h.Numbers(`SELECT id FROM deficiency_notices`) {
		must(t, run(h, &asked{Deps: h.Deps}, tickets.AskedArgs{NoticeID: tickets.NoticeID(id)}))
	}
	h.Settled()
	if n := h.Times("แผนที่สังเขป"); n != 1 {
		t.Fatalf("asked %d times:\n%s", n, strings.Join(h.Said(), "\n"))
	}
	if h.Times("15 ม.ค. 2573") != 1 {
		t.Errorf("the date is missing:\n%s", strings.Join(h.Said(), "\n"))
	}
	h.Send("image", "map.jpg", testhouse.Photo(t, 0))
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL AND attachment_id IS NOT NULL`); n != 1 {
		t.Errorf("the document did not arrive:\n%s", strings.Join(h.Said(), "\n"))
	}
	if n := h.Count(`SELECT count(*) FROM ticket_files WHERE NOT made`); n != 1 {
		t.Errorf("%d files in the ticket", n)
	}
	if err := run(h, &asked{Deps: h.Deps}, tickets.AskedArgs{NoticeID: 999999}); err == nil {
		t.Error("a notice that is not there was sent")
	}
}

// decide closes a ticket and waits for what follows.
func (h *house) decide(d tickets.Decision) {
	h.T.Helper()
	h.Decides(d)
	h.Settled()
}

// Steps 5 to 8: an approval makes one permit with one document and one card, however often the jobs
// run; the card opens the document.
func TestDecidedAndRenderedTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.File("hazardous-business", testhouse.Business()...)
	h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ครบถ้วน", Conditions: "ติดตั้งถังดับเพลิง"})
	var p permits.Permit
	h.Everywhere(func(tx pgx.Tx) (err error) {
		p, err = permits.FindByTicket(t.Context(), tx, int64(ticket.ID))
		return err
	})
	for range 2 {
		must(t, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: ticket.ID}))
		must(t, run(h, &render{Deps: h.Deps}, permits.RenderArgs{PermitID: p.ID}))
	}
	h.Settled()
	if p.ReadyAt == nil || p.AttachmentID == nil {
		t.Fatalf("permit %+v", p)
	}
	if n := h.Count(`SELECT count(*) FROM permits`) + h.Count(`SELECT last FROM number_series WHERE series = 'permit HB'`); n != 2 {
		t.Errorf("permits and numbers used: %d, want one of each", n)
	}
	if n := h.Times(p.Number); n != 1 {
		t.Errorf("%d cards:\n%s", n, strings.Join(h.Said(), "\n"))
	}
	card := ""
	for _, s := range h.Said() {
		if strings.Contains(s, p.Number) {
			card = s
		}
	}
	_, token, found := strings.Cut(card, "/p/"+p.Number+"?k=")
	if token, _, _ = strings.Cut(token, " "); !found || !h.Permits.CheckToken(p.Number, token) || !strings.Contains(card, "ติดตั้งถังดับเพลิง") {
		t.Errorf("card: %s", card)
	}
	all := slices.DeleteFunc(h.Attachments(), func(a files.Attachment) bool { return strings.HasPrefix(a.Source, "letter:") })
	if len(all) != 1 || all[0].ID != *p.AttachmentID || all[0].MediaType != "application/pdf" {
		t.Fatalf("documents %+v", all)
	}
	if document, err := h.BytesOf(all[0]); err != nil || !bytes.HasPrefix(document, []byte("%PDF-")) {
		t.Errorf("document of %d bytes (%v)", len(document), err)
	}
	if err := run(h, &render{Deps: h.Deps}, permits.RenderArgs{PermitID: 999999}); err == nil {
		t.Error("a permit that is not there was drawn")
	}
}

// Step 7 interrupted between the bytes and the row: drawn again, one document counts, one card goes out.
func TestRenderInterrupted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.File("hazardous-business", testhouse.Business()...)
	stopped := make(chan struct{})
	h.at(func(border string) {
		if border == "render: before the permit is ready" {
			select {
			case <-stopped:
			default:
				close(stopped)
				panic("interrupted")
			}
		}
	})
	h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ครบ"})
	<-stopped
	h.Until("the permit is ready", func() bool { h.Hurry(); return h.Count(`SELECT count(*) FROM permits WHERE ready_at IS NOT NULL`) == 1 })
	h.Settled()
	if n := h.Times("SN-HB-"); n != 1 {
		t.Errorf("%d cards", n)
	}
	if rows, objects := len(h.Attachments()), h.Stored(); rows != 1 || objects != 3 {
		t.Errorf("%d rows and %d objects, want one, its letter, and one more that the sweep removes", rows, objects)
	}
}

// LFA-11.1: a refusal is told with its reasons, its rule and how to appeal, once; nothing is issued.
func TestDecidedRefusal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.File("hazardous-business", testhouse.Business()...)
	h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Refuse, Facts: "ที่ตั้งอยู่ในที่ดินสีเขียว", Reason: "ที่ตั้งขัดผังเมือง", LegalBasis: "พ.ร.บ. การผังเมือง", AppealBody: "รัฐมนตรี", AppealDays: 30})
	must(t, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: ticket.ID}))
	h.Settled()
	for _, words := range []string{"ที่ตั้งขัดผังเมือง", "ที่ตั้งอยู่ในที่ดินสีเขียว", "พ.ร.บ. การผังเมือง", "อุทธรณ์ต่อรัฐมนตรีได้ภายใน 30 วัน"} {
		if h.Times(words) != 1 {
			t.Errorf("%q is said %d times", words, h.Times(words))
		}
	}
	if n := h.Count(`SELECT count(*) FROM permits`) + h.enqueued("render"); n != 0 {
		t.Error("a refusal issued something")
	}
}

// A service whose outcome is a result tells it, without a permit.
func TestDecidedResult(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	must(t, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: ticket.ID})) // one that was taken back is no decision
	h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "เปลี่ยนหลอดไฟแล้ว"})
	must(t, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: ticket.ID}))
	h.Settled()
	if n := h.Times("เปลี่ยนหลอดไฟแล้ว"); n != 1 {
		t.Errorf("told %d times", n)
	}
	if n := h.Count(`SELECT count(*) FROM permits`); n != 0 {
		t.Error("a result issued a permit")
	}
}

// A service that has left the catalogue is an error that says so; the facts stay until it is back. What has become a case
// goes on with the version that is kept with it (LFA-7.1).
func TestJobsWithoutTheForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.File("hazardous-business", testhouse.Business()...)
	h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ครบ"})
	deps := *h.Deps
	deps.Forms = &forms.Catalog{}
	must(t, agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE permits SET ready_at = NULL, attachment_id = NULL`)
		return err
	}))
	if err := run(h, &route{Deps: &deps}, h.again(ticket)); err == nil || !strings.Contains(err.Error(), "not in the catalogue") {
		t.Errorf("route: %v", err)
	}
	// And a store that is away leaves the permit to be drawn later.
	cfg := h.Plan.Store()
	cfg.Endpoint = "127.0.0.1:1"
	deps = *h.Deps
	var err error
	deps.Files, err = files.New(cfg, h.Box, h.Log)
	must(t, err)
	if err := run(h, &render{Deps: &deps}, permits.RenderArgs{PermitID: 1}); err == nil {
		t.Error("a document was kept nowhere")
	}
	must(t, run(h, &render{Deps: h.Deps}, permits.RenderArgs{PermitID: 1}))
	if n := h.Count(`SELECT count(*) FROM permits WHERE ready_at IS NOT NULL`); n != 1 {
		t.Error("the permit was not drawn in the end")
	}
	if calls := h.Calls("/message/push"); calls[http.StatusOK] == 0 && h.Calls("/message/reply")[http.StatusOK] == 0 {
		t.Error("nothing was sent at all")
	}
}
