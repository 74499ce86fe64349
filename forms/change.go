package forms

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Topic is what a change of a service is about.
type Topic string

// The topics, in the order in which they are told.
const (
	AboutQuestions Topic = "questions"
	AboutDocuments Topic = "documents"
	AboutFees      Topic = "fees"
	AboutTimes     Topic = "times"
	AboutSteps     Topic = "steps"
	AboutOutcomes  Topic = "outcomes"
	AboutLaw       Topic = "law"
	AboutWords     Topic = "words"
)

// Topics lists every topic in its order.
func Topics() []Topic {
	return []Topic{AboutFees, AboutTimes, AboutDocuments, AboutQuestions, AboutSteps, AboutOutcomes, AboutLaw, AboutWords}
}

// Thai is the topic in Thai.
func (t Topic) Thai() string {
	switch t {
	case AboutQuestions:
		return "คำถาม"
	case AboutDocuments:
		return "เอกสารที่ขอ"
	case AboutFees:
		return "ค่าธรรมเนียม"
	case AboutTimes:
		return "กำหนดเวลา"
	case AboutSteps:
		return "ขั้นตอน"
	case AboutOutcomes:
		return "ผลที่ออกให้และเงื่อนไข"
	case AboutLaw:
		return "กฎหมาย เหตุผล และการอุทธรณ์"
	case AboutWords:
		return "ถ้อยคำและเรื่องอื่น"
	default:
		return string(t)
	}
}

// Change is one thing that is otherwise than it was, in words for officers.
type Change struct {
	Topic Topic
	What  string
	Old   string // empty: was not there
	New   string // empty: is no longer there
}

// Changes says what Compare finds in words, by topic: of what came or went as a whole, only that (SEED-25).
func Changes(before, after *Form) []Change {
	names, old := before.parts()
	newer, now := after.parts()
	for at, name := range newer {
		names[at] = name
	}
	var all []Change
	told := map[string]bool{}
	differences := Compare(before, after)
	for _, d := range differences {
		if d.Where == "version" || told[d.Where] || inList(d.Where) {
			continue
		}
		if strings.HasSuffix(d.Where, ".en") && slices.ContainsFunc(differences, func(o Difference) bool {
			return o.Where == strings.TrimSuffix(d.Where, ".en")+".th"
		}) {
			continue
		}
		c := Change{Topic: topicOf(d.Where, before, after), What: pathWords(d.Where, names), Old: valueWords(d.Where, d.Old, before), New: valueWords(d.Where, d.New, after)}
		if whole := lone(d.Where, old, now); whole != "" && d.Where != whole+".th" {
			if told[whole] {
				continue
			}
			told[whole] = true
			c.What, c.Old, c.New = pathWords(whole, names), "", ""
			if now[whole] {
				c.New = cmp.Or(newer[whole], "เพิ่มเข้ามา")
			} else {
				c.Old = cmp.Or(names[whole], "มีอยู่เดิม")
			}
		}
		all = append(all, c)
	}
	all = append(all, listChanges(AboutSteps, "ขั้นตอน", stepTexts(before), stepTexts(after))...)
	if old, now := before.Deciding.Thai(), after.Deciding.Thai(); old != now {
		all = append(all, Change{AboutSteps, "การพิจารณา", old, now})
	}
	all = append(all, listChanges(AboutLaw, "ฐานกฎหมาย", thaiTexts(before.Legal), thaiTexts(after.Legal))...)
	all = append(all, listChanges(AboutWords, "คำค้น", before.Words, after.Words)...)
	slices.SortStableFunc(all, func(x, y Change) int {
		return cmp.Compare(slices.Index(Topics(), x.Topic), slices.Index(Topics(), y.Topic))
	})
	return all
}

// inList reports whether a setting is an entry of a list that is compared as a whole: one more in the middle
// moves all that follow.
func inList(where string) bool {
	for _, list := range []string{"steps", "deciding.opinions", "legal_basis", "words", "says", "unconfirmed", "subject"} {
		if strings.HasPrefix(where, list+"[") {
			return true
		}
	}
	return false
}

// listChanges says what came into a list and what went.
func listChanges(about Topic, what string, before, after []string) (all []Change) {
	for _, text := range before {
		if !slices.Contains(after, text) {
			all = append(all, Change{Topic: about, What: what, Old: text})
		}
	}
	for _, text := range after {
		if !slices.Contains(before, text) {
			all = append(all, Change{Topic: about, What: what, New: text})
		}
	}
	return all
}

func stepTexts(f *Form) []string {
	texts := make([]string, len(f.Steps))
	for i, s := range f.Steps {
		texts[i] = s.Text.TH
		if s.Who.TH != "" {
			texts[i] += " (" + s.Who.TH + ")"
		}
		if s.Days > 0 {
			texts[i] += fmt.Sprintf(" %d วัน", s.Days)
		}
	}
	return texts
}

func thaiTexts(all []Text) []string {
	texts := make([]string, len(all))
	for i, t := range all {
		texts[i] = t.TH
	}
	return texts
}

// lone is the outermost thing that a setting belongs to and that only one side has; "": none.
func lone(where string, old, now map[string]bool) string {
	for i, r := range where {
		if r == '.' && old[where[:i]] != now[where[:i]] {
			return where[:i]
		}
	}
	return ""
}

// topicOf is what a setting is about.
func topicOf(where string, forms ...*Form) Topic {
	head, rest, _ := strings.Cut(where, ".")
	head, _ = pathOf(head)
	switch head {
	case "fields":
		key, _, _ := strings.Cut(rest, ".")
		for _, f := range forms {
			if i := slices.IndexFunc(f.Fields, func(fl Field) bool { return fl.Key == key }); i >= 0 && f.Fields[i].Files() {
				return AboutDocuments
			}
		}
		return AboutQuestions
	case "computed", "own", "declares":
		return AboutQuestions
	case "fee":
		return AboutFees
	case "clocks", "auto_rules":
		return AboutTimes
	case "outcomes", "form_code", "signer", "queue", "queues", "closing", "duplicates", "urgent":
		return AboutOutcomes
	case "reasons", "appeal", "in_person", "retention_class", "identity", "notice", "notification":
		return AboutLaw
	default:
		return AboutWords
	}
}

// valueWords is a value as people read it.
func valueWords(where, value string, f *Form) string {
	switch {
	case value == "":
		return ""
	case strings.HasSuffix(where, ".when"):
		return f.CaseOf(value).TH
	case value == "true":
		return "ใช่"
	}
	if word := plainValues[value]; word != "" {
		return word
	}
	return value
}

// plainValues are the values that settings take from a fixed list.
var plainValues = map[string]string{
	string(TextField): "ข้อความ", string(NumberField): "ตัวเลข", string(ChoiceField): "เลือกหนึ่งข้อ", string(ChoicesField): "เลือกได้หลายข้อ", string(DateField): "วันที่", string(TimeField): "เวลา",
	string(ThaiIDField): "เลขประจำตัวประชาชน", string(PhoneField): "เบอร์โทรศัพท์", string(AddressField): "ที่อยู่", string(LocationField): "ตำแหน่งบนแผนที่", string(PhotoField): "รูปถ่าย",
	string(DocumentField): "เอกสาร", string(EmailField): "อีเมล", string(GroupField): "กลุ่มคำถาม", string(WorkingDays): "วันทำการ", string(CalendarDays): "วันปฏิทิน",
	string(Citizen): "ประชาชน", string(Private): "เอกชน", string(State): "หน่วยงานของรัฐ", string(ByFiling): "วันยื่นคำขอ", string(ByDecision): "วันอนุญาต", string(Permit): "ใบอนุญาต", string(Result): "หนังสือแจ้งผล",
	string(AutoAccept): AutoAccept.Thai(), string(AutoRemind): AutoRemind.Thai(), string(AutoApprove): AutoApprove.Thai(), string(AutoRenew): AutoRenew.Thai(),
}

// parts is what the parts of a form are called, by their path, and which parts there are.
func (f *Form) parts() (names map[string]string, there map[string]bool) {
	names, there = map[string]string{}, map[string]bool{}
	raw, err := json.Marshal(f)
	if err != nil {
		return names, there // a form that was read can be written
	}
	var tree any
	if json.Unmarshal(raw, &tree) == nil {
		name("", tree, names, there)
	}
	for i, c := range f.Clocks {
		names[fmt.Sprintf("clocks[%d]", i)] = c.Key.Thai()
	}
	for i, t := range f.Fee.Tables {
		names[fmt.Sprintf("fee.tables[%d]", i)] = f.TableName(t.Key).TH + " " + Span(t.From, t.Until)
	}
	return names, there
}

// name notes what a part of a form and the parts of it are called; their paths are those of flattenInto.
func name(at string, v any, names map[string]string, parts map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		parts[at] = true
		for _, by := range []string{"text", "title", "label"} {
			if said, ok := v[by].(map[string]any); ok && at != "" && at != "notice" {
				if th, ok := said["th"].(string); ok && th != "" {
					names[at] = th
				}
			}
		}
		for key, inner := range v {
			name(strings.TrimPrefix(at+"."+key, "."), inner, names, parts)
		}
	case []any:
		for i, inner := range v {
			name(entryPath(at, i, inner), inner, names, parts)
		}
	}
}
