package admin

import (
	"context"
	"net/http"
	"strings"

	"saphan/tickets"
)

// sendAgain has a message that did not reach the citizen sent once more. Every message of a page has a
// button of its own, under the page's one key.
func (a *Admin) sendAgain(r *http.Request, s Scope) (reply, error) {
	id, err := ticketID(r)
	if err != nil {
		return nil, err
	}
	source := r.PostForm.Get("source")
	first, err := a.once(r.Context(), s, r.PostForm.Get("key"), "again "+source)
	if err != nil {
		return nil, err
	}
	if first {
		if err := a.desk.SendAgain(r.Context(), s.Tx, s.Actor(), id, source); err != nil {
			return nil, err
		}
	}
	q := viewOf(r.URL.Query()).query()
	q.Set("done", "again")
	return redirect(link(ticketPath(id), q)), nil
}

// again is the button that sends a message once more.
type again struct {
	Action, Key, Source string
	What                string // for those who do not see where the button stands
}

// fate adds to the talk how messages fared that did not reach the citizen as they should: to an officer's
// words, and as a line of its own where the program spoke.
func (a *Admin) fate(ctx context.Context, s Scope, p *ticketPane, all []said) ([]said, error) {
	sendings, err := tickets.Sendings(ctx, s.Tx, p.ID)
	if err != nil {
		return nil, err
	}
	bySource := map[string]int{}
	for i, l := range all {
		if l.source != "" {
			bySource[l.source] = i
		}
	}
	for n, f := range sendings {
		state := fateChip(f)
		var button *again
		what := spokenOf(f.Source)
		if f.Stuck() && f.Reason != "blocked" && p.Can.Answer {
			button = &again{Action: p.Act("send-again"), Key: p.Key, Source: f.Source, What: what}
		}
		if i, ok := bySource[f.Source]; ok {
			all[i].State, all[i].Again = state, button
			continue
		}
		if f.Stuck() {
			all = append(all, said{Kind: "system", ID: "s" + decimal(n), At: f.At, Who: "ระบบ", Text: what, State: state, Again: button})
		}
	}
	return all, nil
}

// spokenOf names what was said.
func spokenOf(source string) string {
	kind, _, _ := strings.Cut(source, " ")
	switch kind {
	case "reply":
		return "ข้อความของเจ้าหน้าที่"
	case "receipt":
		return "ใบรับคำขอ"
	case "decision":
		return "แจ้งผลการพิจารณา"
	case "notice":
		return "แจ้งรายการเอกสารที่ขอเพิ่ม"
	default:
		return "ข้อความแจ้งประชาชน"
	}
}

// fateChip says why a message has not arrived, and what to do.
func fateChip(f tickets.Sending) *chip {
	if !f.Stuck() {
		return &chip{Kind: "ok", Icon: "check", Text: "ส่งแล้ว เป็นข้อความธรรมดา เพราะ LINE ไม่รับรูปแบบการ์ด"}
	}
	switch f.Reason {
	case "blocked":
		return &chip{Kind: "warn", Icon: "hourglass", Text: "ประชาชนปิดกั้นบัญชี LINE ของหน่วยงาน ระบบจะส่งให้เมื่อกลับมา ระหว่างนี้กรุณาติดต่อทางอื่น"}
	case "month":
		return &chip{Kind: "warn", Icon: "hourglass", Text: "รอส่ง โควตาข้อความของเดือนนี้หมดแล้ว ระบบจะส่งให้เมื่อประชาชนทักมาหรือขึ้นเดือนใหม่"}
	case "day":
		return &chip{Kind: "bad", Icon: "circle-alert", Text: "ส่งไม่สำเร็จ ติดต่อ LINE ไม่ได้เกิน 24 ชั่วโมง กรุณาส่งอีกครั้ง"}
	case "unreachable":
		return &chip{Kind: "bad", Icon: "circle-alert", Text: "ส่งไม่สำเร็จ LINE ไม่พบบัญชีของประชาชน กรุณาติดต่อทางอื่น"}
	case "account":
		return &chip{Kind: "bad", Icon: "circle-alert", Text: "ส่งไม่สำเร็จ บัญชี LINE ของหน่วยงานส่งไม่ได้ กรุณาให้หัวหน้างานตรวจที่หน้าช่องทาง แล้วส่งอีกครั้ง"}
	case "refused":
		return &chip{Kind: "bad", Icon: "circle-alert", Text: "ส่งไม่สำเร็จ LINE ไม่รับข้อความนี้ กรุณาส่งอีกครั้งหรือพิมพ์ใหม่"}
	}
	return sendingChip(&f.State)
}
