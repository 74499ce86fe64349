package agency

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/internal/thai"
)

const listed = 100 // newest entries on the page

// page is what the template shows.
type page struct {
	Count      int
	Duplicates int
	Refused    int
	Modes      []modeChoice
	Cards      []card
	More       int // older entries that are not shown
}

type modeChoice struct {
	Mode    Mode
	Label   string
	Help    string
	Current bool
}

// card is one event.
type card struct {
	ID         string
	Kind       string
	Label      string // what the kind means
	Number     string // of the ticket or permit, when the body tells
	FirstAt    string
	LastAt     string // when it came more than once
	Machine    string // FirstAt for machines
	Verified   bool
	Problem    string
	Duplicates int
	Altered    bool
	Answers    []answer
	Headers    []header
	Body       []token
}

type answer struct {
	Status int
	Good   bool
}

type header struct{ Name, Value string }

// token is a piece of pretty-printed JSON with the class it is coloured by.
type token struct{ Class, Text string }

func (r *Receiver) showPage(w http.ResponseWriter, req *http.Request) {
	s, _ := r.book.look(listed)
	r.render(w, req, "page", view(s))
}

// showList is asked for again and again by the page; while nothing has come it answers 304.
func (r *Receiver) showList(w http.ResponseWriter, req *http.Request) {
	s, version := r.book.look(listed)
	tag := `"` + r.started + "-" + strconv.Itoa(version) + `"`
	w.Header().Set("ETag", tag)
	if req.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	r.render(w, req, "list", view(s))
}

func (r *Receiver) render(w http.ResponseWriter, req *http.Request, name string, p page) {
	var b bytes.Buffer
	if err := r.page.ExecuteTemplate(&b, name, p); err != nil {
		r.log.ErrorContext(req.Context(), "sample agency: render", "err", err)
		http.Error(w, "แสดงหน้านี้ไม่ได้", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if _, err := w.Write(b.Bytes()); err != nil {
		r.log.DebugContext(req.Context(), "sample agency: reader went away", "err", err)
	}
}

func view(s summary) page {
	p := page{Count: s.Count, Duplicates: s.Duplicates, Refused: s.Refused, More: s.older}
	for _, m := range []modeChoice{
		{Mode: ModeOK, Label: "รับปกติ", Help: "ตอบ 204"},
		{Mode: ModeError, Label: "ขัดข้อง", Help: "ตอบ 500"},
		{Mode: ModeBusy, Label: "ขอให้รอ", Help: "ตอบ 429 Retry-After " + busySeconds + " วินาที"},
		{Mode: ModeSlow, Label: "ตอบช้า", Help: "รับไว้ แต่ตอบเมื่อผู้ส่งเลิกรอแล้ว"},
		{Mode: ModeGone, Label: "เลิกใช้", Help: "ตอบ 410 ผู้ส่งจะปิดปลายทาง"},
	} {
		m.Current = m.Mode == s.Mode
		p.Modes = append(p.Modes, m)
	}
	for _, e := range s.Deliveries {
		p.Cards = append(p.Cards, newCard(e))
	}
	return p
}

func newCard(e *entry) card {
	c := card{
		ID: e.ID, Kind: e.Type, Label: kindLabel(e.Type), Number: number(e.Body),
		FirstAt: moment(e.FirstAt), Machine: e.FirstAt.Format(time.RFC3339),
		Verified: e.Verified, Problem: e.Problem, Duplicates: e.Duplicates, Altered: e.Altered,
		Body: pretty(e.Body),
	}
	if e.Arrivals > 1 {
		c.LastAt = moment(e.LastAt)
	}
	for _, status := range e.Answers {
		c.Answers = append(c.Answers, answer{Status: status, Good: status/100 == 2})
	}
	for name, value := range e.Headers {
		c.Headers = append(c.Headers, header{name, value})
	}
	slices.SortFunc(c.Headers, func(a, b header) int { return strings.Compare(a.Name, b.Name) })
	return c
}

// moment shows a time to the second: 21 พ.ย. 2569 เวลา 16:30:05 น.
func moment(t time.Time) string {
	return thai.Date(t) + " เวลา " + t.In(thai.Bangkok()).Format("15:04:05") + " น."
}

func kindLabel(kind string) string {
	switch kind {
	case "ticket.created":
		return "เรื่องใหม่"
	case "ticket.updated":
		return "เรื่องมีความเคลื่อนไหว"
	case "ticket.message":
		return "ข้อความใหม่"
	case "ticket.document":
		return "เอกสารเพิ่มเติม"
	case "ticket.withdrawn":
		return "ประชาชนถอนเรื่อง"
	case "ticket.decided":
		return "มีผลการพิจารณา"
	case "permit.issued":
		return "ออกใบอนุญาตแล้ว"
	case "permit.changed":
		return "ใบอนุญาตเปลี่ยนสถานะ"
	case "message.unsent":
		return "ประชาชนเรียกข้อความคืน"
	default:
		return "เหตุการณ์"
	}
}

// number finds what people call the thing an event is about.
func number(body []byte) string {
	type numbered struct {
		Number string `json:"number"`
	}
	var envelope struct {
		Data struct {
			Permit numbered `json:"permit"`
			Ticket numbered `json:"ticket"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		return ""
	}
	if envelope.Data.Permit.Number != "" {
		return envelope.Data.Permit.Number
	}
	return envelope.Data.Ticket.Number
}

// pretty indents JSON and cuts it into coloured pieces.
func pretty(body json.RawMessage) []token {
	var indented bytes.Buffer
	if len(body) == 0 {
		return nil
	}
	if err := json.Indent(&indented, body, "", "  "); err != nil {
		return []token{{Text: fmt.Sprintf("%q", body)}}
	}
	text := indented.String()
	var out []token
	for text != "" {
		var n int
		var class string
		switch first := text[0]; {
		case first == '"':
			n, class = stringEnd(text), "s"
			if strings.HasPrefix(text[n:], ":") {
				class = "k"
			}
		case first == '-' || (first >= '0' && first <= '9') || (first >= 'a' && first <= 'z'):
			n, class = literalEnd(text), "n"
		default:
			if next := strings.IndexAny(text, `"-0123456789abcdefghijklmnopqrstuvwxyz`); next > 0 {
				n = next
			} else {
				n = len(text)
			}
		}
		out = append(out, token{class, text[:n]})
		text = text[n:]
	}
	return out
}

// stringEnd is the length of the JSON string that text begins with.
func stringEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// literalEnd is the length of the number, true, false or null that text begins with.
func literalEnd(text string) int {
	if n := strings.IndexAny(text, ",\n]} "); n > 0 {
		return n
	}
	return len(text)
}
