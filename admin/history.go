package admin

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/forms"
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
	answers  []forms.Answer // of the request, for their names
	form     *forms.Form    // for the names of what is on the checklist
	others   map[agencies.AgencyID]agencies.Agency
	keys     map[agencies.APIKeyID]string // with which systems acted
}

func (h historian) tell(events []tickets.Event) []historyLine {
	lines := make([]historyLine, 0, len(events))
	for _, e := range events {
		what, icon := h.what(e)
		lines = append(lines, historyLine{Seq: e.Seq, At: e.At, Who: h.who(e.Actor) + h.via(e), What: what, Icon: icon})
	}
	return lines
}

// detail is what events of all kinds may say more; a kind uses what is its own.
type detail struct {
	Way       string           `json:"way"` // by which it was filed or acknowledged
	From      agencies.QueueID `json:"from"`
	To        agencies.QueueID `json:"to"`
	Back      bool             `json:"back"`
	Documents int              `json:"documents"`
	DueOn     string           `json:"due_on"`
	Override  bool             `json:"override"`
	Field     string           `json:"field"` // key of an answer
	Want      tickets.WantID   `json:"want"`
	File      int64            `json:"attachment"`
	Outcome   tickets.Outcome  `json:"outcome"`
	Item      string           `json:"item"`     // on the checklist
	Replaces  string           `json:"replaces"` // number of a permit that another one is to stand for
	Days      int              `json:"days"`     // by which the time was prolonged
	Percent   int              `json:"percent"`  // of the time that is used up
	Letter    int              `json:"letter"`   // on a delay: 1 is the first
	Clock     string           `json:"clock"`    // which clock it is about
	Rule      string           `json:"rule"`     // by which the system did it, or that was stopped
	Again     string           `json:"again"`    // number of the case in whose place, or of that which stands in its place
	Appeal    string           `json:"appeal"`   // number of the appeal, or of the case that is appealed against
	Signed    string           `json:"signed"`   // how the citizen signed what an officer filled in
	AtDesk    int64            `json:"at_desk"`  // at whose browser their own link was opened, and refused
	Late      bool             `json:"late"`     // the appeal came when the time was over

	Case tickets.TicketID `json:"case"` // the other case that it is about

	Followers int                `json:"followers"` // how many others were told too
	Officer   agencies.OfficerID `json:"officer"`
	Shared    string             `json:"shared"` // how the queue shared it out
	RuleSet   int                `json:"rule_set"`
	RuleN     int                `json:"rule_n"`
	Absent    agencies.OfficerID `json:"absent"` // who is away

	Change tickets.Change `json:"change"` // in which way the decision was changed
	Since  tickets.Since  `json:"since"`

	Step      forms.OpinionStep `json:"step"`    // of the opinions, in whose turn it was
	BackTo    forms.OpinionStep `json:"back_to"` // to which the case went back
	Post      string            `json:"post"`    // of who signed
	ActingFor string            `json:"acting_for"`
	OrderNo   string            `json:"order_no"`

	By      string `json:"by"`      // what made it urgent
	Minutes int    `json:"minutes"` // that who was called has
	Head    bool   `json:"head"`    // they were called as the head
	Table   int    `json:"table"`   // of who is on call

	Consultation tickets.ConsultationID `json:"consultation"` // of which question to another agency it was said
	Answer       tickets.Answer         `json:"answer"`

	Agency agencies.AgencyID `json:"agency"` // to or from which the case went
	Via    agencies.APIKeyID `json:"via"`    // the key with which a system acted
}

// signed says in what capacity something was signed (EGA-16.1).
func (d detail) signed() string {
	words := ""
	for _, part := range []string{d.Post, d.ActingFor, d.OrderNo} {
		if part != "" {
			words += " · " + part
		}
	}
	return words
}

// signedWords says how a citizen signed what an officer filled in, and whether somebody tried it for them.
func (h historian) signedWords(d detail) (words string) {
	switch d.Signed {
	case "":
	case "link":
		words = " ประชาชนลงชื่อที่ลิงก์ของตน"
	case "paper":
		words = " ประชาชนลงชื่อบนกระดาษ"
	default:
		words = " ประชาชนแตะยืนยันในแชตของตน"
	}
	if d.AtDesk != 0 {
		words += " (มีการเปิดลิงก์ที่เครื่องของ " + h.officers[agencies.OfficerID(d.AtDesk)].Name + " ระบบไม่ให้ยืนยันแทน)"
	}
	return words
}

// sharedWords says how a queue shared a case out, and which rule had brought it there.
func sharedWords(d detail) string {
	words := " (" + agencies.Share(d.Shared).Thai()
	if d.RuleN > 0 {
		words += " ตามกฎที่ " + decimal(d.RuleN) + " ชุดที่ " + decimal(d.RuleSet)
	}
	return words + ")"
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
		if d.Way != "" && d.Officer != 0 {
			return "ยื่นคำขอทาง" + tickets.Way(d.Way).Thai() + " โดย " + h.officers[d.Officer].Name + " กรอกแทน" + h.signedWords(d) + " ระบบออกเลขที่ " + h.ticket.Number + " และส่งเข้าคิวงาน", "file-plus"
		}
		if d.Again != "" {
			return "ยื่นคำขอใหม่แทนเรื่อง " + d.Again + " ระบบออกเลขที่ " + h.ticket.Number + " และส่งเข้าคิวงาน", "file-plus"
		}
		if d.Agency != 0 {
			return "ได้รับเรื่องจาก" + h.agency(d.Agency) + " ระบบออกเลขที่ " + h.ticket.Number + " และส่งเข้าคิวงาน", "file-plus"
		}
		if d.Appeal != "" {
			return "ยื่นอุทธรณ์ผลของเรื่อง " + d.Appeal + lateWords(d.Late) + " ระบบออกเลขที่ " + h.ticket.Number, "scale"
		}
		return "ยื่นคำขอ ระบบออกเลขที่ " + h.ticket.Number + " และส่งเข้าคิวงาน", "file-plus"
	case tickets.EventTransferred:
		return "ส่งต่อให้" + h.agency(d.Agency), "arrow-right-left"
	case tickets.EventTakenOver:
		return "รับเรื่องจากหน่วยงานอื่นไว้ดำเนินการ", "hand"
	case tickets.EventBounced:
		return "ส่งเรื่องกลับ เพราะไม่ใช่เรื่องของหน่วยงานหรือไม่มีผู้รับภายในกำหนด", "undo-2"
	case tickets.EventCameBack:
		return "เรื่องกลับมา เพราะ" + h.agency(d.Agency) + "ไม่ได้รับไว้", "undo-2"
	case tickets.EventUnplaced:
		return "เรื่องกลับมาตั้งแต่ 2 ครั้งแล้ว ให้หัวหน้างานพิจารณาว่าหน่วยงานใดรับผิดชอบ", "circle-alert"
	case tickets.EventReferred:
		return "แจ้งประชาชนว่าหน่วยงานใดรับผิดชอบ และติดต่อได้ที่ไหน", "external-link"
	case tickets.EventTaken:
		if d.Shared != "" {
			return "แบ่งเรื่องให้ " + h.officers[d.Officer].Name + sharedWords(d), "user-check"
		}
		return "รับเรื่อง", "hand"
	case tickets.EventCovered:
		return "ส่งเรื่องให้ " + h.officers[d.Officer].Name + " ซึ่งปฏิบัติงานแทน " + h.officers[d.Absent].Name, "user-check"
	case tickets.EventReleased:
		if d.Absent != 0 {
			return "คืนเรื่องเข้าคิว เพราะ " + h.officers[d.Absent].Name + " ไม่อยู่และไม่มีผู้ปฏิบัติงานแทน", "undo-2"
		}
		return "คืนเรื่องเข้าคิว", "undo-2"
	case tickets.EventMoved:
		if d.Back {
			return "ส่งกลับคิว " + h.queue(d.To) + " เพราะไม่ใช่งานของคิว " + h.queue(d.From), "undo-2"
		}
		return "ย้ายจากคิว " + h.queue(d.From) + " ไปคิว " + h.queue(d.To), "arrow-right-left"
	case tickets.EventReplied:
		if d.Followers > 0 || d.Case != 0 {
			return "ส่งข้อความถึงผู้แจ้งทุกคน", "send"
		}
		return "ส่งข้อความถึงประชาชน", "send"
	case tickets.EventSentAgain:
		return "ส่งข้อความถึงประชาชนอีกครั้ง", "send"
	case tickets.EventReceived:
		return "ส่งข้อความถึงเจ้าหน้าที่", "message-square"
	case tickets.EventPermitHeld:
		return "ยังออกฉบับแทนไม่ได้ เพราะฉบับเดิมเลขที่ " + d.Replaces + " ใช้ไม่ได้แล้ว ระบบจะลองใหม่ทุกวัน กรุณาแจ้งผู้ยื่นคำขอ", "triangle-alert"
	case tickets.EventNoted:
		return "เขียนบันทึกภายใน", "notebook-pen"
	case tickets.EventAsked:
		return askedWords(d), "paperclip"
	case tickets.EventSupplied:
		if d.Documents > 0 {
			return "ส่งเอกสารเพิ่ม ยังขาดอีก " + decimal(d.Documents) + " รายการ", "file-check"
		}
		return "ส่งเอกสารเพิ่มครบแล้ว", "file-check"
	case tickets.EventUnsent:
		return h.unsentWords(d), "message-square-off"
	case tickets.EventStays:
		return h.staysWords(d), "message-square-off"
	case tickets.EventEdited:
		return "แก้ไขข้อความ", "history"
	case tickets.EventUnreachable:
		return "ปิดกั้นบัญชี LINE ของหน่วยงาน ข้อความที่ตอบจะรอส่ง", "circle-alert"
	case tickets.EventReachable:
		return "กลับมาติดต่อทาง LINE ได้แล้ว", "circle-check"
	case tickets.EventSpoiled:
		return "พบไวรัสในเอกสารของประชาชน ลบแล้วและแจ้งให้ส่งใหม่แล้ว", "circle-x"
	case tickets.EventDecided:
		icon := "circle-check"
		if !d.Outcome.Granted() {
			icon = "circle-x"
		}
		return h.byRule(d, "บันทึกผล: "+d.Outcome.Thai()+d.signed()), icon
	case tickets.EventChanged:
		return changedWords(d), "scale"
	case tickets.EventReconsidered:
		return "พิจารณาใหม่ ผลเดิม (" + d.Outcome.Thai() + ") ไม่ใช้แล้ว รอผลใหม่", "undo-2"
	case tickets.EventTied:
		return "ผูกอุทธรณ์กับเรื่อง " + d.Appeal + lateWords(d.Late), "scale"
	case tickets.EventLettered:
		return "เก็บ" + tickets.LetterKind(d.Item).Thai() + "ตามที่แจ้ง พร้อมลายนิ้วมือของไฟล์", "shield-check"
	case tickets.EventAcknowledged:
		return "รับทราบบันทึกความบกพร่องแล้ว", "circle-check"
	case tickets.EventUnreadable:
		return "แจ้งว่าเอกสารที่ส่งมาอ่านไม่ได้ และขอรายการเดิมใหม่" + untilWords(d.DueOn), "paperclip"
	case tickets.EventLengthened:
		return "ขยายเวลาส่งเอกสาร" + untilWords(d.DueOn), "clock"
	case tickets.EventReturned:
		return "คืนคำขอ เพราะเอกสารไม่ครบ (พ.ร.บ. อำนวยความสะดวกฯ มาตรา 9)", "undo-2"
	case tickets.EventRefiled:
		return "ยื่นใหม่แล้ว เป็นเรื่อง " + d.Again, "file-plus"
	case tickets.EventMerged:
		return joinedWords(h.ticket, d), "layers"
	case tickets.EventUnmerged:
		return "แยกเรื่องที่รวมไว้", "layers"
	case tickets.EventScanned:
		return "แนบภาพแบบที่ประชาชนลงชื่อบนกระดาษ", "file-plus"
	case tickets.EventPhotographed:
		return "แนบรูปหลังดำเนินการ", "image"
	case tickets.EventConfirmed:
		return "ยืนยันว่าแก้แล้วจริง", "circle-check"
	case tickets.EventReopened:
		return "แจ้งว่ายังไม่เรียบร้อย เรื่องเปิดดำเนินการต่อ", "undo-2"
	case tickets.EventUnconfirmed:
		return "พ้นเวลายืนยันผล ไม่มีผู้ยืนยัน", "clock"
	case tickets.EventTakenBack:
		if d.Change != "" {
			return "ถอนผลที่แก้ไขก่อนแจ้ง ผลเดิมใช้ต่อ", "undo-2"
		}
		return "ถอนผลที่ยังไม่ได้แจ้ง: " + d.Outcome.Thai(), "undo-2"
	case tickets.EventOpined:
		return "ลงความเห็นในลำดับ" + d.Step.Thai() + ": " + proposedWords(d.Outcome) + d.signed(), "scale"
	case tickets.EventSentBack:
		return "ส่งกลับให้" + d.BackTo.Thai() + "ทบทวนความเห็น", "undo-2"
	case tickets.EventConsulted, tickets.EventConsultTaken, tickets.EventConsultRead, tickets.EventConsultAnswered, tickets.EventConsultDeclined,
		tickets.EventConsultNear, tickets.EventConsultOver, tickets.EventConsultEnded:
		return consultWords(e.Kind, d, h.agency(d.Agency))
	case tickets.EventWithdrawn:
		return "ถอนเรื่องด้วยตนเอง เรื่องปิดแล้ว เอกสารเก็บไว้ตามกฎหมาย", "undo-2"
	case tickets.EventAppealed:
		return "อุทธรณ์ผลของเรื่องนี้ เป็นเรื่อง " + d.Appeal + lateWords(d.Late), "scale"
	case tickets.EventAppealDecided:
		return appealWords(d), "scale"
	case tickets.EventFeeRefund:
		return "มีค่าธรรมเนียมที่ชำระไว้แล้วสำหรับเรื่องที่ไม่ได้ดำเนินการต่อ กรุณาพิจารณาคืนเงินตามระเบียบ", "triangle-alert"
	case tickets.EventFeeDue:
		return "แจ้งค่าธรรมเนียมที่ต้องชำระ", "landmark"
	case tickets.EventFeeClaimed:
		return "ส่งสลิปค่าธรรมเนียม", "paperclip"
	case tickets.EventFeeRefused:
		return "ไม่รับสลิป และแจ้งให้ส่งใหม่", "x"
	case tickets.EventFeePaid:
		return "ยืนยันการชำระเงินและออกใบเสร็จ", "circle-check"
	case tickets.EventFeeWaived:
		return "ยกเว้นค่าธรรมเนียม", "scale"
	case tickets.EventFeeLapsed:
		return "พ้นกำหนดชำระค่าธรรมเนียม แจ้งประชาชนแล้ว", "circle-alert"
	case tickets.EventFeeChanged:
		return "แก้จำนวนเงินหรือขยายเวลาชำระ แจ้งประชาชนแล้ว", "clock"
	case tickets.EventChecked:
		return "บันทึกว่าทำแล้ว: " + itemWords(h.form, d.Item), "circle-check"
	case tickets.EventUnchecked:
		return "ยกเลิกรายการตรวจ: " + itemWords(h.form, d.Item), "undo-2"
	case tickets.EventIdentified:
		seen, _ := seenWords(d.Item)
		return "ตรวจหลักฐานตัวตนของประชาชน: " + seen, "user-check"
	case tickets.EventIdentityEnded:
		return "ยกเลิกการตรวจหลักฐานตัวตนของประชาชน", "user-x"
	case tickets.EventErased:
		return "ลบข้อความ ชื่อ และไฟล์ของเรื่องนี้แล้ว", "message-square-off"
	case tickets.EventEvidence:
		return "ขอชุดพยานหลักฐานของเรื่องนี้", "shield-check"
	case tickets.EventKeptOn:
		return "พิจารณาให้เก็บเรื่องนี้ต่อเมื่อครบอายุการเก็บ", "file-check"
	default:
		return h.ofTime(e.Kind, d)
	}
}

// ofTime says what an event was about the time that a case takes.
func (h historian) ofTime(kind tickets.EventKind, d detail) (words, icon string) {
	switch kind {
	case tickets.EventComplete:
		return h.byRule(d, "ตรวจแล้ว เอกสารครบถ้วน"), "file-check"
	case tickets.EventReminded:
		return h.byRule(d, "เตือนประชาชนล่วงหน้า "+decimal(d.Days)+" วัน"+untilWords(d.DueOn)), "send"
	case tickets.EventHalted:
		return "หยุดขั้นตอนอัตโนมัติ: " + h.rule(d.Rule), "circle-x"
	case tickets.EventResumed:
		return "ให้ขั้นตอนอัตโนมัติทำงานต่อ: " + h.rule(d.Rule), "refresh-cw"
	case tickets.EventUrgent:
		return "เป็นเรื่องด่วน" + urgentWords(d), "siren"
	case tickets.EventCalled:
		return h.called(d), "phone-call"
	case tickets.EventTexted:
		return "ส่ง SMS เรียก " + h.officers[d.Officer].Name + " แล้ว", "smartphone"
	case tickets.EventNotUrgent:
		return "ไม่เป็นเรื่องด่วนแล้ว เหตุผลอยู่ในบันทึกภายใน", "clock"
	case tickets.EventExtended:
		return "ขยายเวลาพิจารณา " + decimal(d.Days) + " วัน แจ้งผู้ยื่นแล้ว", "clock"
	case tickets.EventTold:
		return "แจ้งผลแก่ประชาชนแล้ว", "send"
	case tickets.EventRecounted:
		return "ปฏิทินวันหยุดเปลี่ยน นับกำหนดเวลาใหม่แล้ว ไม่สั้นลงกว่าที่แจ้งไว้", "calendar"
	case tickets.EventWarned:
		if d.Percent >= 100 {
			return "ครบกำหนดเวลาพิจารณา", "circle-alert"
		}
		return "ใช้เวลาพิจารณาไปแล้วร้อยละ " + decimal(d.Percent), "clock"
	case tickets.EventMissed:
		return "พ้นกำหนด: " + dutyWords(forms.ClockKey(d.Clock)), "circle-alert"
	case tickets.EventLate:
		return "ถึงกำหนดแจ้งเหตุแห่งความล่าช้า ฉบับที่ " + decimal(d.Letter), "triangle-alert"
	case tickets.EventLateSent:
		return "แจ้งเหตุแห่งความล่าช้าแก่ประชาชน ฉบับที่ " + decimal(d.Letter), "send"
	case tickets.EventLateUnsent:
		return "ยังไม่ได้แจ้งเหตุแห่งความล่าช้า ฉบับที่ " + decimal(d.Letter) + " เกิน 1 วันทำการแล้ว ให้หัวหน้างานติดตาม", "circle-alert"
	default:
		return string(kind), "info"
	}
}

// byRule says of what the system did by a rule that it did so.
func (h historian) byRule(d detail, what string) string {
	if d.Rule == "" {
		return what
	}
	return "ระบบดำเนินการ: " + what
}

// rule is what a rule of the service does; empty: all of them.
func (h historian) rule(key string) string {
	for _, r := range h.form.Auto {
		if r.Key == key {
			return r.Kind.Thai()
		}
	}
	return "ทุกขั้นตอน"
}

// unsentWords say what a citizen took back.
func (h historian) unsentWords(d detail) string {
	switch {
	case d.Want != 0:
		return "ยกเลิกเอกสารที่ส่งเพิ่ม ระบบลบไฟล์แล้ว และยังรอเอกสารนี้อยู่"
	case d.File != 0:
		return "ยกเลิกไฟล์ที่แนบใน" + h.answer(d.Field) + " ระบบลบไฟล์แล้ว หากจำเป็นให้ขอเอกสารเพิ่ม"
	case d.Field != "":
		return "ยกเลิกข้อความใน" + h.answer(d.Field) + " ระบบลบข้อความแล้ว"
	default:
		return "ยกเลิกข้อความ"
	}
}

// staysWords say what a citizen took back in the chat and what stays all the same.
func (h historian) staysWords(d detail) string {
	if d.File != 0 {
		return "ยกเลิกไฟล์ที่แนบใน" + h.answer(d.Field) + " หลังมีผลพิจารณาแล้ว ไฟล์ยังเก็บไว้เป็นหลักฐานของผลนั้น"
	}
	return "ยกเลิกข้อความที่ใช้ตอบ" + h.answer(d.Field) + " คำตอบอยู่ในคำขอที่ยื่นแล้ว จึงยังเก็บไว้เป็นหลักฐาน"
}

// answer names an answer of the request.
func (h historian) answer(field string) string {
	for _, a := range h.answers {
		if a.Field == field {
			return "ข้อ “" + a.Label + "”"
		}
	}
	return "คำขอ"
}

func lateWords(late bool) string {
	if late {
		return " (ยื่นพ้นกำหนด ผู้พิจารณาอุทธรณ์เป็นผู้วินิจฉัยว่าจะรับหรือไม่)"
	}
	return ""
}

// changedWords say how a decision that was told was changed.
func changedWords(d detail) string {
	words := "แก้ข้อผิดหลงในผลที่แจ้งแล้ว"
	if d.Change == tickets.Revocation {
		words = "เพิกถอนบางส่วน มีเงื่อนไขใหม่ " + d.Since.Thai()
		if d.Outcome == tickets.RevokeAll {
			words = "เพิกถอนผลเดิม " + d.Since.Thai()
		}
	}
	return words + d.signed()
}

// appealWords say on the first case how the appeal ended.
func appealWords(d detail) string {
	if d.Outcome.Granted() {
		return "อุทธรณ์เรื่อง " + d.Appeal + " ฟังขึ้น กรุณาออกคำสั่งใหม่ในเรื่องนี้ตามคำวินิจฉัย"
	}
	return "อุทธรณ์เรื่อง " + d.Appeal + " ยก คำสั่งเดิมยังใช้อยู่"
}

func askedWords(d detail) string {
	words := "ขอเอกสารเพิ่ม " + decimal(d.Documents) + " รายการ"
	if d.Override {
		words = "ขอเอกสารเพิ่มอีกครั้งโดยอ้างเหตุตามกฎหมาย " + decimal(d.Documents) + " รายการ"
	}
	return words + untilWords(d.DueOn)
}

// joinedWords say which way two cases were joined.
func joinedWords(t tickets.Ticket, d detail) string {
	if t.MainID != nil && *t.MainID == d.Case {
		return "รวมเรื่องนี้เข้ากับเรื่องหลัก"
	}
	return "รวมเรื่องเดียวกันที่มีผู้แจ้งเพิ่มเข้ากับเรื่องนี้"
}

// untilWords say by which day, if there is one.
func untilWords(on string) string {
	due, err := time.ParseInLocation(time.DateOnly, on, thai.Bangkok())
	if err != nil {
		return ""
	}
	return " ภายใน " + thai.Date(due)
}

// turningPoint is an event that belongs into the talk, because it says why the talk goes on as it does.
func (h historian) turningPoint(e tickets.Event) (string, bool) {
	switch e.Kind {
	case tickets.EventUnsent:
		d := detailOf(e)
		what, _ := h.what(e)
		return h.who(e.Actor) + " " + what, d.File != 0 || d.Field != "" // a message of the talk says so itself
	case tickets.EventCreated, tickets.EventAsked, tickets.EventSupplied, tickets.EventSpoiled, tickets.EventDecided, tickets.EventWithdrawn,
		tickets.EventAcknowledged, tickets.EventUnreadable, tickets.EventLengthened, tickets.EventReturned, tickets.EventRefiled,
		tickets.EventStays, tickets.EventUnreachable, tickets.EventReachable, tickets.EventErased, tickets.EventIdentified, tickets.EventIdentityEnded,
		tickets.EventFeeDue, tickets.EventFeeClaimed, tickets.EventFeeRefused, tickets.EventFeePaid, tickets.EventFeeWaived, tickets.EventFeeLapsed, tickets.EventFeeChanged, tickets.EventFeeRefund,
		tickets.EventTransferred, tickets.EventTakenOver, tickets.EventBounced, tickets.EventCameBack, tickets.EventUnplaced, tickets.EventReferred,
		tickets.EventPermitHeld, tickets.EventMerged, tickets.EventUnmerged, tickets.EventConfirmed, tickets.EventReopened, tickets.EventUnconfirmed, tickets.EventTakenBack, tickets.EventExtended, tickets.EventTold, tickets.EventRecounted, tickets.EventMissed, tickets.EventLate, tickets.EventLateSent, tickets.EventLateUnsent,
		tickets.EventReminded, tickets.EventHalted, tickets.EventResumed, tickets.EventUrgent, tickets.EventNotUrgent, tickets.EventCalled, tickets.EventTexted, tickets.EventAppealed, tickets.EventAppealDecided, tickets.EventChanged, tickets.EventReconsidered, tickets.EventTied,
		tickets.EventConsulted, tickets.EventConsultAnswered, tickets.EventConsultDeclined, tickets.EventConsultOver, tickets.EventConsultEnded:
		what, _ := h.what(e)
		return h.who(e.Actor) + " " + what, true
	case tickets.EventTaken, tickets.EventReleased, tickets.EventMoved, tickets.EventCovered, tickets.EventReplied, tickets.EventSentAgain, tickets.EventReceived,
		tickets.EventNoted, tickets.EventEdited, tickets.EventOpined, tickets.EventSentBack, tickets.EventKeptOn, tickets.EventChecked, tickets.EventUnchecked, tickets.EventEvidence, tickets.EventLettered, tickets.EventPhotographed, tickets.EventScanned,
		tickets.EventConsultTaken, tickets.EventConsultRead, tickets.EventConsultNear:
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

// via says with which key a system did it in the actor's name; empty: the actor did it.
func (h historian) via(e tickets.Event) string {
	id := detailOf(e).Via
	if id == 0 {
		return ""
	}
	name, ok := h.keys[id]
	if !ok {
		name = "ที่ " + decimal(int(id))
	}
	return " ผ่านระบบของหน่วยงาน (กุญแจ " + name + ")"
}

// agency names another agency.
func (h historian) agency(id agencies.AgencyID) string {
	if a, ok := h.others[id]; ok {
		return a.Name
	}
	return "หน่วยงานอื่น"
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
