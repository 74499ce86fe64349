package admin

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/thai"
	"saphan/tickets"
)

// historyLine is one event in words: who did what, and when.
type historyLine struct {
	Seq  int
	At   time.Time
	Who  string
	What string
	Icon string
}

// historian tells the history of a ticket in words.
type historian struct {
	ticket   tickets.Ticket
	officers map[agencies.OfficerID]agencies.Officer
	queues   []agencies.Queue
}

func (h historian) tell(events []tickets.Event) []historyLine {
	lines := make([]historyLine, 0, len(events))
	for _, e := range events {
		what, icon := h.what(e)
		lines = append(lines, historyLine{Seq: e.Seq, At: e.At, Who: h.who(e.Actor), What: what, Icon: icon})
	}
	return lines
}

// detail is what events of all kinds may say more; a kind uses what is its own.
type detail struct {
	From      agencies.QueueID `json:"from"`
	To        agencies.QueueID `json:"to"`
	Documents int              `json:"documents"`
	DueOn     string           `json:"due_on"`
	Override  bool             `json:"override"`
	Missing   int              `json:"missing"`
	Outcome   tickets.Outcome  `json:"outcome"`
}

func detailOf(e tickets.Event) detail {
	var d detail
	if json.Unmarshal(e.Detail, &d) != nil {
		return detail{} // an event of another release: told without its detail
	}
	return d
}

// what says what an event was.
func (h historian) what(e tickets.Event) (words, icon string) {
	d := detailOf(e)
	switch e.Kind {
	case tickets.EventCreated:
		return "ยื่นคำขอ ระบบออกเลขที่ " + h.ticket.Number + " และส่งเข้าคิวงาน", "file-plus"
	case tickets.EventTaken:
		return "รับเรื่อง", "hand"
	case tickets.EventReleased:
		return "คืนเรื่องเข้าคิว", "undo-2"
	case tickets.EventMoved:
		return "ย้ายจากคิว " + h.queue(d.From) + " ไปคิว " + h.queue(d.To), "arrow-right-left"
	case tickets.EventReplied:
		return "ส่งข้อความถึงประชาชน", "send"
	case tickets.EventSentAgain:
		return "ส่งข้อความถึงประชาชนอีกครั้ง", "send"
	case tickets.EventReceived:
		return "ส่งข้อความถึงเจ้าหน้าที่", "message-square"
	case tickets.EventNoted:
		return "เขียนบันทึกภายใน", "notebook-pen"
	case tickets.EventAsked:
		return askedWords(d), "paperclip"
	case tickets.EventSupplied:
		if d.Missing > 0 {
			return "ส่งเอกสารเพิ่ม ยังขาดอีก " + decimal(d.Missing) + " รายการ", "file-check"
		}
		return "ส่งเอกสารเพิ่มครบแล้ว", "file-check"
	case tickets.EventUnsent:
		return "ยกเลิกข้อความ", "message-square-off"
	case tickets.EventSpoiled:
		return "พบไวรัสในเอกสารของประชาชน ลบแล้วและแจ้งให้ส่งใหม่แล้ว", "circle-x"
	case tickets.EventDecided:
		if d.Outcome == tickets.Refuse {
			return "บันทึกผล: ไม่อนุมัติ", "circle-x"
		}
		return "บันทึกผล: อนุมัติหรือดำเนินการแล้ว", "circle-check"
	case tickets.EventWithdrawn:
		return "ถอนเรื่อง", "undo-2"
	default:
		return string(e.Kind), "info"
	}
}

func askedWords(d detail) string {
	words := "ขอเอกสารเพิ่ม " + decimal(d.Documents) + " รายการ"
	if d.Override {
		words = "ขอเอกสารเพิ่มอีกครั้งโดยอ้างเหตุตามกฎหมาย " + decimal(d.Documents) + " รายการ"
	}
	if due, err := time.ParseInLocation(time.DateOnly, d.DueOn, thai.Bangkok()); err == nil {
		words += " ภายใน " + thai.Date(due)
	}
	return words
}

// turningPoint is an event that belongs into the talk, because it says why the talk goes on as it does.
func (h historian) turningPoint(e tickets.Event) (string, bool) {
	switch e.Kind {
	case tickets.EventCreated, tickets.EventAsked, tickets.EventSupplied, tickets.EventSpoiled, tickets.EventDecided, tickets.EventWithdrawn:
		what, _ := h.what(e)
		return h.who(e.Actor) + " " + what, true
	case tickets.EventTaken, tickets.EventReleased, tickets.EventMoved, tickets.EventReplied, tickets.EventSentAgain, tickets.EventReceived,
		tickets.EventNoted, tickets.EventUnsent:
		return "", false
	default:
		return "", false
	}
}

// who names an actor of the history.
func (h historian) who(actor string) string {
	kind, number, _ := strings.Cut(actor, " ")
	switch kind {
	case "officer":
		if id, err := strconv.ParseInt(number, 10, 64); err == nil {
			if o, ok := h.officers[agencies.OfficerID(id)]; ok {
				return o.Name
			}
		}
		return "เจ้าหน้าที่"
	case "citizen":
		return citizenName(h.ticket)
	case "agency":
		return "ระบบของหน่วยงาน"
	default:
		return "ระบบ"
	}
}

func (h historian) queue(id agencies.QueueID) string {
	for _, q := range h.queues {
		if q.ID == id {
			return "“" + q.Name + "”"
		}
	}
	return "เดิม"
}

func decimal(n int) string { return strconv.Itoa(n) }
