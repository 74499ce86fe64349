package admin

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/thai"
	"saphan/tickets"
)

// saidOn is what was said on one day.
type saidOn struct {
	Day   string
	Lines []said
}

// said is one line of the talk: a message, an internal note, or something that happened.
type said struct {
	Kind   string // citizen, officer, system, note, event
	ID     string // of the element
	At     time.Time
	Who    string
	Text   string
	Unsent bool
	Edited *time.Time // when the citizen changed the words last; nil: never
	Before []earlier  // what they were, the first first
	File   *documentLine
	Place  string // words of a place
	Map    string // its address on a map
	To     string // to whom else an officer's words went, or from where they came; empty: to the citizen alone
	State  *chip  // how an officer's words fared on their way
	Again  *again // a button that sends them once more
	source string // of an officer's words
}

// earlier is what a message said before it was edited.
type earlier struct {
	Text  string
	Until time.Time
}

// talk puts messages, notes and the turning points of a case into one order of time.
func (a *Admin) talk(ctx context.Context, s Scope, p *ticketPane, events []tickets.Event, words historian) ([]saidOn, error) {
	messages, err := tickets.Thread(ctx, s.Tx, p.ID)
	if err != nil {
		return nil, err
	}
	versions, err := tickets.Versions(ctx, s.Tx, p.ID)
	if err != nil {
		return nil, err
	}
	notes, err := tickets.Notes(ctx, s.Tx, p.ID)
	if err != nil {
		return nil, err
	}
	// What bears the same time stands as it does here: the beginning first.
	var all, turns []said
	for _, e := range events {
		if text, ok := words.turningPoint(e); ok {
			turns = append(turns, said{Kind: "event", ID: "e" + decimal(e.Seq), At: e.At, Text: text})
		}
	}
	if len(turns) > 0 {
		all, turns = append(all, turns[0]), turns[1:]
	}
	wide := widely(events)
	for _, m := range messages {
		line := saidOf(m, p, words.officers)
		line.To = wide[m.ID]
		line.Edited = m.EditedAt
		for _, v := range versions[m.ID] {
			line.Before = append(line.Before, earlier{Text: v.Text, Until: v.Until})
		}
		all = append(all, line)
	}
	for i, n := range notes {
		all = append(all, said{Kind: "note", ID: "n" + decimal(i), At: n.At, Who: words.officers[n.OfficerID].Name, Text: n.Text})
	}
	all = append(all, turns...)
	if all, err = a.fate(ctx, s, p, all); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b said) int { return a.At.Compare(b.At) })
	return byDay(all), nil
}

// widely says of messages that were written to all who reported one thing.
func widely(events []tickets.Event) map[tickets.MessageID]string {
	to := map[tickets.MessageID]string{}
	for _, e := range events {
		var d tickets.Detail
		if e.Kind != tickets.EventReplied || json.Unmarshal(e.Detail, &d) != nil {
			continue
		}
		switch {
		case d.Followers > 0:
			to[d.Message] = "ส่งถึงผู้แจ้งทุกคน " + decimal(d.Followers+1) + " คน"
		case d.Case != 0:
			to[d.Message] = "ส่งจากเรื่องหลัก ถึงผู้แจ้งทุกคน"
		}
	}
	return to
}

func saidOf(m tickets.Message, p *ticketPane, officers map[agencies.OfficerID]agencies.Officer) said {
	line := said{Kind: m.Author, ID: "m" + decimal(int(m.ID)), At: m.At, Text: m.Text, Unsent: m.UnsentAt != nil}
	switch {
	case m.Author == "citizen":
		line.Who = citizenName(p.Ticket)
	case m.OfficerID != nil:
		line.Who = officers[*m.OfficerID].Name
		line.State, line.source = sendingChip(m.Sending), m.Source
	default:
		line.Who = "ระบบ"
	}
	if m.AttachmentID != nil {
		for _, d := range p.Documents {
			if d.ID == files.AttachmentID(*m.AttachmentID) {
				line.File = &d
			}
		}
	}
	if place, ok := readPlace(m.Place); ok {
		line.Place, line.Map = place.Words(), mapLink(place)
	}
	return line
}

func citizenName(t tickets.Ticket) string {
	if t.CitizenName == "" {
		return "ประชาชน"
	}
	return t.CitizenName
}

// sendingChip says how a message fared on its way to the citizen. None on record yet means that
// the job which hands it over has not run.
func sendingChip(state *string) *chip {
	if state == nil {
		return &chip{Icon: "clock", Text: "กำลังส่ง"}
	}
	switch *state {
	case "sent":
		return &chip{Kind: "ok", Icon: "check", Text: "ส่งแล้ว"}
	case "failed":
		return &chip{Kind: "bad", Icon: "circle-alert", Text: "ส่งไม่สำเร็จ ประชาชนอาจปิดกั้นบัญชี กรุณาติดต่อทางอื่น"}
	case "parked":
		return &chip{Kind: "warn", Icon: "hourglass", Text: "รอส่ง ระบบจะส่งให้เมื่อช่องทางพร้อม"}
	default:
		return &chip{Icon: "clock", Text: "กำลังส่ง"}
	}
}

// byDay cuts lines at midnight in Bangkok.
func byDay(lines []said) []saidOn {
	var days []saidOn
	for _, l := range lines {
		day := weekdays[l.At.In(thai.Bangkok()).Weekday()] + "ที่ " + thai.LongDate(l.At)
		if len(days) == 0 || days[len(days)-1].Day != day {
			days = append(days, saidOn{Day: day})
		}
		d := &days[len(days)-1]
		d.Lines = append(d.Lines, l)
	}
	return days
}

var weekdays = [...]string{"วันอาทิตย์", "วันจันทร์", "วันอังคาร", "วันพุธ", "วันพฤหัสบดี", "วันศุกร์", "วันเสาร์"}
