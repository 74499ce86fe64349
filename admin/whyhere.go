package admin

import (
	"context"
	"strconv"
	"strings"

	"saphan/agencies"
	"saphan/forms"
	"saphan/tickets"
)

// whyHere says why a case lies in its queue: by which map it came to the agency, and by which rule to the queue (peers.md
// row 32).
type whyHere struct {
	Found   string
	Area    string
	Map     *drawn
	Queue   string // into which it came
	By      string
	Rule    string
	Set     string
	Asked   []askedAnswer // what the rule asked, and the answer
	Skipped []string
	Urgent  bool
	Skill   string
	Nobody  bool
}

type askedAnswer struct{ Label, Text string }

var foundWords = map[agencies.Found]string{
	agencies.ByOutline: "จุดที่แจ้งอยู่ในขอบเขตของหน่วยงาน", agencies.ByTambon: "ตำบลอยู่ในรายการของหน่วยงาน", agencies.ByCircle: "จุดที่แจ้งอยู่ในวงรอบที่หน่วยงานดูแล",
	agencies.ByName: "ที่อยู่มีชื่อพื้นที่ของหน่วยงาน", agencies.ByWriting: "ประชาชนยื่นกับหน่วยงานนี้ และไม่มีพื้นที่ของหน่วยงานอื่นที่ตรงกว่า",
}

// whyHereOf is nil for a case that came before this was kept.
func (a *Admin) whyHereOf(ctx context.Context, s Scope, id tickets.TicketID, m matter) (*whyHere, error) {
	why, kept, err := tickets.ReasonOf(ctx, s.Tx, id)
	if err != nil || !kept {
		return nil, err
	}
	w := whyHere{Found: foundWords[why.Found], Urgent: why.Urgent, Skill: why.Skill, Nobody: why.Shared == "nobody"}
	if w.Queue, err = queueName(ctx, s, why.Queue); err != nil {
		return nil, err
	}
	if why.Area != 0 {
		area, err := agencies.FindArea(ctx, s.Tx, why.Area)
		if err != nil {
			return nil, err
		}
		place, _ := m.form.Place(m.request.Answers)
		w.Area = area.Name
		if place.Pinned() {
			w.Map = draw(area, *place.Latitude, *place.Longitude, true)
		}
	}
	set, err := tickets.FindRules(ctx, s.Tx, s.Agency, why.Set)
	if err != nil {
		return nil, err
	}
	switch {
	case why.Branch:
		w.By = "บริการกำหนดคิวงานของเรื่องแบบนี้ไว้เอง"
	case why.Rule > 0 && why.Rule <= len(set.Rules):
		w.By, w.Rule, w.Set = "ตรงกับกฎ", set.Rules[why.Rule-1].Name, "กฎที่ "+decimal(why.Rule)+" ของชุดที่ "+decimal(why.Set)
	default:
		w.By = "คิวงานปกติของบริการ"
	}
	for _, field := range why.Fields {
		w.Asked = append(w.Asked, answered(m, field))
	}
	for _, one := range why.Skipped {
		w.Skipped = append(w.Skipped, skippedWords(one))
	}
	return &w, nil
}

// answered is an answer that a rule asked, by its name; a value that was worked out stands by its key.
func answered(m matter, field string) askedAnswer {
	if a, ok := forms.Find(m.request.Answers, field); ok {
		return askedAnswer{Label: a.Label, Text: a.Text}
	}
	if f, ok := m.form.Field(field); ok {
		return askedAnswer{Label: f.Label.TH, Text: "ไม่ได้ตอบ"}
	}
	return askedAnswer{Label: field, Text: "คำนวณจากคำตอบ"}
}

// skippedWords say which rule was passed over, and by what.
func skippedWords(kept string) string {
	n, what, _ := strings.Cut(kept, " ")
	if _, err := strconv.Atoi(n); err != nil {
		return kept
	}
	if queue, ok := strings.CutPrefix(what, "queue "); ok {
		return "ข้ามกฎที่ " + n + " เพราะไม่มีคิวงาน " + queue
	}
	return "ข้ามกฎที่ " + n + " เพราะคำนวณเงื่อนไขกับคำตอบนี้ไม่ได้"
}
