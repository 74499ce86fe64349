package rules

import (
	"strings"
	"time"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// Situation is a case with what was done before, who does what now, and what comes of it.
type Situation struct {
	Name    string
	Service forms.Key // empty: public-problem
	First   []Step    // of an appeal: the case that it goes against, a question, with what was done to it before; none: it names none
	// HandedOver: the other agency sent it here, and nobody has said yet whether this one takes it.
	HandedOver bool
	Before     []Step
	Later      time.Duration // that passes before the act, and what falls due in it is done
	Who        Who
	Act        Act

	// Where the case stands then, and what its history says last; no event: nothing happened, and nobody is refused.
	Status tickets.Status
	Event  tickets.EventKind
	// Or why it is refused, and words of the sentence that says so.
	Refused fault.Kind
	Says    string

	// Door is a rule of whom is let in: it is asked where somebody comes from outside, and not at the desk.
	Door bool
}

// Step is something that was done at the desk before.
type Step struct {
	Who Who
	Act Act
}

// Services of the table: a plain one, one with documents, time that may be prolonged and a permit, and one for which two
// people decide.
const (
	plain forms.Key = "public-problem"
	paper forms.Key = "hazardous-business"
	two   forms.Key = "waste-collection"
	plea  forms.Key = tickets.AppealForm
	words forms.Key = "question" // whose result is words and no work that could be shown
)

const (
	long = "ตรวจสถานที่แล้วครบถ้วนตามหลักเกณฑ์" // words that are long enough for any reason
	why  = "พบหลักฐานใหม่หลังลงนาม"
	done = "ซ่อมแล้ว"
)

// Table is what may be done to a case, by whom and when: the rules in one place, to be tried in every way.
func (o *Office) Table() []Situation {
	list := o.work()
	for _, part := range [][]Situation{o.asking(), o.returning(), o.deciding(), o.opining(), o.passing(), o.received(), o.consulting(), o.changing(), o.appealing(), o.joining(), o.halting(), o.late(), o.closed(), o.doors()} {
		list = append(list, part...)
	}
	for i := range list {
		if list[i].Service == "" {
			list[i].Service = plain
		}
	}
	return list
}

// work is what happens to a case before anything is said of it.
func (o *Office) work() []Situation {
	taken := []Step{{Colleague, take()}}
	mine := []Step{{Officer, take()}}
	moved := []Step{{Officer, o.move("general", "")}}
	urgent := []Step{{Officer, markUrgent(long)}}
	return []Situation{
		{Name: "take", Who: Officer, Act: take(), Status: tickets.Accepted, Event: tickets.EventTaken},
		{Name: "take one's own again", Before: mine, Who: Officer, Act: take(), Status: tickets.Accepted},
		{Name: "take another's", Before: taken, Who: Officer, Act: take(), Refused: fault.Conflict, Says: "มีเจ้าหน้าที่ท่านอื่นรับเรื่องนี้ไปแล้ว"},
		{Name: "the head takes another's", Before: taken, Who: Head, Act: take(), Refused: fault.Conflict, Says: "มีเจ้าหน้าที่ท่านอื่นรับเรื่องนี้ไปแล้ว"},
		{Name: "give back", Before: mine, Who: Officer, Act: release(), Status: tickets.Open, Event: tickets.EventReleased},
		{Name: "give back what nobody has", Who: Officer, Act: release(), Status: tickets.Open},
		{Name: "give back another's", Before: taken, Who: Officer, Act: release(), Refused: fault.Forbidden, Says: "เฉพาะผู้รับเรื่องหรือหัวหน้างาน"},
		{Name: "the head gives back another's", Before: taken, Who: Head, Act: release(), Status: tickets.Open, Event: tickets.EventReleased},
		{Name: "move", Before: mine, Who: Officer, Act: o.move("general", ""), Status: tickets.Open, Event: tickets.EventMoved},
		{Name: "move to where it is", Who: Officer, Act: o.move("works", ""), Status: tickets.Open},
		{Name: "move to no queue", Who: Officer, Act: o.move("", ""), Refused: fault.Invalid, Says: "ยังไม่ได้เลือกคิวงาน"},
		{Name: "move to another agency's queue", Who: Officer, Act: o.move("-", ""), Refused: fault.NotFound, Says: "ไม่พบคิวงานปลายทาง"},
		{Name: "move another's", Before: taken, Who: Officer, Act: o.move("general", ""), Refused: fault.Invalid, Says: "ระบุเหตุที่ย้ายคิว"},
		{Name: "move another's with a reason", Before: taken, Who: Officer, Act: o.move("general", "ไม่ใช่งานช่าง เป็นงานทั่วไป"), Status: tickets.Open, Event: tickets.EventMoved},
		{Name: "move back", Before: moved, Who: Colleague, Act: moveBack("เป็นงานช่าง ต้องซ่อมโคมไฟ"), Status: tickets.Open, Event: tickets.EventMoved},
		{Name: "move back without a reason", Before: moved, Who: Colleague, Act: moveBack(""), Refused: fault.Invalid, Says: "ทำไมไม่ใช่งานของคิวนี้"},
		{Name: "move back what nobody moved", Who: Colleague, Act: moveBack("เป็นงานช่าง ต้องซ่อมโคมไฟ"), Refused: fault.Conflict, Says: "ไม่ได้ย้ายมาจากคิวอื่น"},
		{Name: "mark as urgent", Who: Officer, Act: markUrgent(long), Status: tickets.Open, Event: tickets.EventUrgent},
		{Name: "mark as urgent without a reason", Who: Officer, Act: markUrgent("ด่วน"), Refused: fault.Invalid, Says: "ระบุเหตุที่ด่วน"},
		{Name: "mark as urgent again", Before: urgent, Who: Colleague, Act: markUrgent(long), Status: tickets.Open},
		{Name: "mark another's as urgent", Before: taken, Who: Officer, Act: markUrgent(long), Status: tickets.Open, Event: tickets.EventUrgent},
		{Name: "take off the mark", Before: urgent, Who: Colleague, Act: unmarkUrgent(long), Status: tickets.Open, Event: tickets.EventNotUrgent},
		{Name: "take off the mark without a reason", Before: urgent, Who: Officer, Act: unmarkUrgent(""), Refused: fault.Invalid, Says: "ระบุเหตุที่ด่วน"},
		{Name: "take off no mark", Who: Officer, Act: unmarkUrgent(long), Status: tickets.Open},
		{Name: "take what is urgent", Before: urgent, Who: Officer, Act: take(), Status: tickets.Accepted, Event: tickets.EventTaken},
		{Name: "reply", Who: Officer, Act: reply("รับเรื่องแล้วค่ะ"), Status: tickets.Open, Event: tickets.EventReplied},
		{Name: "reply with nothing", Who: Officer, Act: reply(" \n"), Refused: fault.Invalid, Says: "ยังไม่ได้พิมพ์ข้อความ"},
		{Name: "reply with too much", Who: Officer, Act: reply(strings.Repeat("ก", tickets.Longest+1)), Refused: fault.Invalid, Says: "ข้อความยาวเกินไป"},
		{Name: "note", Who: Officer, Act: note("โทรหาแล้วไม่รับ"), Status: tickets.Open, Event: tickets.EventNoted},
		{Name: "note nothing", Who: Officer, Act: note(""), Refused: fault.Invalid, Says: "ยังไม่ได้พิมพ์บันทึก"},
		{Name: "note too much", Who: Officer, Act: note(strings.Repeat("ก", tickets.Longest+1)), Refused: fault.Invalid, Says: "บันทึกยาวเกินไป"},
		{Name: "complete", Service: paper, Who: Officer, Act: complete(), Status: tickets.Open, Event: tickets.EventComplete},
		{Name: "complete again", Service: paper, Before: []Step{{Officer, complete()}}, Who: Colleague, Act: complete(), Status: tickets.Open},
		{Name: "complete while documents are awaited", Service: paper, Before: o.asked(), Who: Officer, Act: complete(), Refused: fault.Conflict, Says: "ยังรอเอกสาร"},
	}
}

// asked is that documents were asked for.
func (o *Office) asked() []Step { return []Step{{Officer, o.ask()}} }

// ask is a notice that may go out, for a document of the manual.
func (o *Office) ask() Act { return ask(o.due(), "", "", nil, o.document()) }

// due is a day that leaves enough time.
func (o *Office) due() time.Time { return Start.AddDate(0, 0, 30) }

// asking is the deficiency notice: once, of the manual, with time enough (LFA-7.2, LFA-8.1, LFA-8.2, EGA-12.1).
func (o *Office) asking() []Situation {
	const law = "ข้อบัญญัติตัวอย่าง ข้อ 5"
	came := append(o.asked(), Step{Officer, supplied()})
	again := ask(o.due(), "กฎกระทรวงที่ออกภายหลังกำหนดเพิ่ม", "", nil, o.document())
	return []Situation{
		{Name: "ask", Service: paper, Who: Officer, Act: o.ask(), Status: tickets.Awaiting, Event: tickets.EventAsked},
		{Name: "ask for nothing", Service: paper, Who: Officer, Act: ask(o.due(), "", "", nil), Refused: fault.Invalid, Says: "ยังไม่ได้ระบุเอกสาร"},
		{Name: "ask with no day", Service: paper, Who: Officer, Act: ask(time.Time{}, "", "", nil, o.document()), Refused: fault.Invalid, Says: "ยังไม่ได้เลือกวันครบกำหนด"},
		{Name: "ask for today", Service: paper, Who: Officer, Act: ask(Start.Truncate(24*time.Hour).AddDate(0, 0, -1), "", "", nil, o.document()), Refused: fault.Invalid, Says: "ต้องเป็นวันหลังจากวันนี้"},
		{Name: "ask with too little time", Service: paper, Who: Officer, Act: ask(Start.AddDate(0, 0, 2), "", "", nil, o.document()), Refused: fault.Invalid, Says: "ต้องให้เวลาประชาชน"},
		{Name: "ask for what no manual lists", Service: paper, Who: Officer, Act: ask(o.due(), "", "", nil, "หนังสือรับรองความประพฤติ"), Refused: fault.Invalid, Says: "ไม่อยู่ในคู่มือ"},
		{Name: "ask for what a law adds without it", Service: paper, Who: Head, Act: ask(o.due(), "", "", []string{"หนังสือรับรองอาคาร"}), Refused: fault.Invalid, Says: "กรุณาระบุกฎหมาย"},
		{Name: "an officer asks for what a law adds", Service: paper, Who: Officer, Act: ask(o.due(), "", law, []string{"หนังสือรับรองอาคาร"}), Refused: fault.Forbidden, Says: "ต้องให้หัวหน้างาน"},
		{Name: "the head asks for what a law adds", Service: paper, Who: Head, Act: ask(o.due(), "", law, []string{"หนังสือรับรองอาคาร"}), Status: tickets.Awaiting, Event: tickets.EventAsked},
		{Name: "ask for what the state issued", Service: paper, Who: Head, Act: ask(o.due(), "", law, []string{"สำเนาทะเบียนบ้าน"}), Refused: fault.Invalid, Says: "เอกสารที่รัฐออก"},
		{Name: "ask a second time", Service: paper, Before: came, Who: Officer, Act: o.ask(), Refused: fault.Conflict, Says: "ให้ขอได้ครั้งเดียว"},
		{Name: "an officer asks a second time with a reason", Service: paper, Before: came, Who: Officer, Act: again, Refused: fault.Forbidden, Says: "ครั้งที่สองต้องให้หัวหน้างาน"},
		{Name: "the head asks a second time without one", Service: paper, Before: came, Who: Head, Act: o.ask(), Refused: fault.Conflict, Says: "ต้องระบุเหตุผลตามกฎหมาย"},
		{Name: "the head asks a second time with one", Service: paper, Before: came, Who: Head, Act: again, Status: tickets.Awaiting, Event: tickets.EventAsked},
		{Name: "ask again for what cannot be read", Service: paper, Before: came, Who: Officer, Act: unreadable("ภาพเบลออ่านไม่ออก"), Status: tickets.Awaiting, Event: tickets.EventUnreadable},
		{Name: "ask again and say nothing", Service: paper, Before: came, Who: Officer, Act: unreadable("ไม่"), Refused: fault.Invalid, Says: "อ่านไม่ได้เพราะอะไร"},
		{Name: "ask again for what did not come", Service: paper, Before: o.asked(), Who: Officer, Act: unreadable("ภาพเบลออ่านไม่ออก"), Refused: fault.Conflict, Says: "ยังไม่ได้ส่งมา"},
		{Name: "ask again for what nobody asked for", Service: paper, Who: Officer, Act: unreadable("ภาพเบลออ่านไม่ออก"), Refused: fault.NotFound, Says: "ไม่พบรายการเอกสาร"},
		{Name: "give more time", Service: paper, Before: o.asked(), Who: Officer, Act: lengthen(o.due().AddDate(0, 0, 14)), Status: tickets.Awaiting, Event: tickets.EventLengthened},
		{Name: "give less time", Service: paper, Before: o.asked(), Who: Officer, Act: lengthen(o.due().AddDate(0, 0, -14)), Refused: fault.Invalid, Says: "ย่นให้สั้นลงไม่ได้"},
		{Name: "give more time and no day", Service: paper, Before: o.asked(), Who: Officer, Act: lengthen(time.Time{}), Refused: fault.Invalid, Says: "ยังไม่ได้เลือกวันครบกำหนด"},
		{Name: "give more time when nothing is awaited", Service: paper, Who: Officer, Act: lengthen(o.due()), Refused: fault.Conflict, Says: "ไม่ได้รอเอกสาร"},
	}
}

// returning gives a case back: after a notice, not before its day, with all that the letter says (LFA-9.1).
func (o *Office) returning() []Situation {
	came := append(o.asked(), Step{Officer, supplied()})
	whole := giveBack("เอกสารที่ส่งมาไม่ใช่ที่ขอ", "เตรียมเอกสารแล้วยื่นใหม่", "อุทธรณ์ได้ภายใน 15 วัน")
	return []Situation{
		{Name: "return", Service: paper, Before: came, Who: Officer, Act: whole, Status: tickets.Returned, Event: tickets.EventReturned},
		{Name: "return without a notice", Service: paper, Who: Officer, Act: whole, Refused: fault.Conflict, Says: "ยังไม่ได้แจ้งบันทึกความบกพร่อง"},
		{Name: "return before the day", Service: paper, Before: o.asked(), Who: Officer, Act: whole, Refused: fault.Conflict, Says: "ยังไม่พ้นกำหนดส่งเอกสาร"},
		{Name: "return without a reason", Service: paper, Before: came, Who: Officer, Act: giveBack("", "ยื่นใหม่", "อุทธรณ์"), Refused: fault.Invalid, Says: "ต้องแจ้งเหตุผล"},
		{Name: "return without a remedy", Service: paper, Before: came, Who: Officer, Act: giveBack("ไม่ครบ", "", "อุทธรณ์"), Refused: fault.Invalid, Says: "ต้องแจ้งวิธีแก้ไข"},
		{Name: "return without an appeal", Service: paper, Before: came, Who: Officer, Act: giveBack("ไม่ครบ", "ยื่นใหม่", ""), Refused: fault.Invalid, Says: "ต้องแจ้งสิทธิอุทธรณ์"},
		{Name: "return because nobody came (EGA-7.1)", Service: paper, Before: came, Who: Officer, Act: giveBack("ต้องมายื่นด้วยตนเองที่สำนักงาน", "มาที่สำนักงาน", "อุทธรณ์"), Refused: fault.Invalid, Says: "ชอบด้วยกฎหมาย"},
		{Name: "return again", Service: paper, Before: append(came, Step{Officer, whole}), Who: Officer, Act: whole, Status: tickets.Returned},
		{Name: "return what another returned", Service: paper, Before: append(came, Step{Colleague, whole}), Who: Officer, Act: whole, Refused: fault.Conflict, Says: "ปิดแล้ว"},
	}
}

// deciding is the formal result (LFA-11.1, EGA-7.1) and its time (LFA-10.1).
func (o *Office) deciding() []Situation {
	lacks := func(name, says string, change func(*tickets.Decision)) Situation {
		return Situation{Name: "refuse without " + name, Service: paper, Who: Officer, Act: refuse(change), Refused: fault.Invalid, Says: says}
	}
	here := func(reason string) Situation {
		return Situation{Name: "refuse because nobody came: " + reason, Service: paper, Who: Officer, Act: refuse(func(d *tickets.Decision) { d.Reason = reason }), Refused: fault.Invalid, Says: "ชอบด้วยกฎหมาย"}
	}
	decided := []Step{{Officer, refuse(nil)}}
	return []Situation{
		{Name: "approve", Service: words, Who: Officer, Act: approve(done, ""), Status: tickets.Approved, Event: tickets.EventDecided},
		{Name: "approve work and not show it", Who: Officer, Act: approve(done, ""), Refused: fault.Invalid, Says: "ต้องมีรูปถ่ายหลังดำเนินการ"},
		{Name: "approve what nobody took", Service: paper, Who: Officer, Act: approve("", ""), Status: tickets.Approved, Event: tickets.EventDecided},
		{Name: "approve with conditions", Service: paper, Who: Officer, Act: approve("", "ห้ามส่งเสียงดังหลัง 20.00 น."), Status: tickets.Approved, Event: tickets.EventDecided},
		{Name: "approve and not say what was done", Service: words, Who: Officer, Act: approve(" ", ""), Refused: fault.Invalid, Says: "ยังไม่ได้พิมพ์ผลการดำเนินการ"},
		{Name: "approve with too many words", Service: words, Who: Officer, Act: approve(strings.Repeat("ก", tickets.Longest+1), ""), Refused: fault.Invalid, Says: "กรุณาย่อให้ไม่เกิน"},
		{Name: "approve again in the same words", Service: words, Before: []Step{{Officer, approve(done, "")}}, Who: Officer, Act: approve(done, ""), Status: tickets.Approved},
		{Name: "approve what another decided", Service: words, Before: []Step{{Colleague, approve(done, "")}}, Who: Officer, Act: approve(done, ""), Refused: fault.Conflict, Says: "ปิดแล้ว"},
		{Name: "approve what was refused", Service: words, Before: decided, Who: Officer, Act: approve(done, ""), Refused: fault.Conflict, Says: "ปิดแล้ว"},
		{Name: "approve while documents are awaited", Service: paper, Before: o.asked(), Who: Officer, Act: approve("", ""), Status: tickets.Approved, Event: tickets.EventDecided},
		{Name: "refuse", Service: paper, Who: Officer, Act: refuse(nil), Status: tickets.Refused, Event: tickets.EventDecided},
		lacks("facts", "ต้องมีข้อเท็จจริง", func(d *tickets.Decision) { d.Facts = "" }),
		lacks("a reason", "ต้องมีเหตุผล", func(d *tickets.Decision) { d.Reason = " " }),
		lacks("law", "ต้องอ้างกฎหมาย", func(d *tickets.Decision) { d.LegalBasis = "" }),
		lacks("where to appeal", "ผู้รับอุทธรณ์", func(d *tickets.Decision) { d.AppealBody = "" }),
		lacks("until when", "ระยะเวลาอุทธรณ์", func(d *tickets.Decision) { d.AppealDays = 0 }),
		here("ต้องมายื่นด้วยตนเอง"), here("ให้ผู้ขอไปติดต่อที่สำนักงานเขต ด้วยตนเอง"), here("ไม่รับคำขอทางอิเล็กทรอนิกส์"),
		{Name: "take back", Service: paper, Before: decided, Who: Officer, Act: takeBack(why), Status: tickets.Accepted, Event: tickets.EventTakenBack},
		{Name: "take back without a reason", Service: paper, Before: decided, Who: Officer, Act: takeBack("ผิด"), Refused: fault.Invalid, Says: "ระบุเหตุที่แก้ไขผล"},
		{Name: "take back what was told", Service: paper, Before: append(decided, Step{Officer, told()}), Who: Head, Act: takeBack(why), Refused: fault.Conflict, Says: "แจ้งผลแก่ประชาชนแล้ว"},
		{Name: "take back nothing", Service: paper, Who: Officer, Act: takeBack(why), Status: tickets.Open},
		{Name: "prolong", Service: paper, Who: Officer, Act: extend(15, "ต้องรอผลตรวจคุณภาพน้ำ"), Status: tickets.Open, Event: tickets.EventExtended},
		{Name: "prolong without a reason", Service: paper, Who: Officer, Act: extend(15, ""), Refused: fault.Invalid, Says: "ระบุเหตุที่ต้องขยายเวลา"},
		{Name: "prolong by too much", Service: paper, Who: Officer, Act: extend(16, "ต้องรอผลตรวจคุณภาพน้ำ"), Refused: fault.Invalid, Says: "ไม่เกิน 15 วัน"},
		{Name: "prolong by nothing", Service: paper, Who: Officer, Act: extend(0, "ต้องรอผลตรวจคุณภาพน้ำ"), Refused: fault.Invalid, Says: "ไม่เกิน 15 วัน"},
		{Name: "prolong what no law lets", Who: Officer, Act: extend(1, "ต้องรออะไหล่จากต่างจังหวัด"), Refused: fault.Conflict, Says: "ไม่ให้ขยายเวลา"},
		{Name: "prolong when the time is over", Service: paper, Later: 60 * 24 * time.Hour, Who: Officer, Act: extend(15, "ต้องรอผลตรวจคุณภาพน้ำ"), Refused: fault.Conflict, Says: "พ้นกำหนดพิจารณาแล้ว"},
	}
}

// changing is another decision in the place of one that was told (LFA-11.1).
func (o *Office) changing() []Situation {
	granted := []Step{{Officer, approve(done, "")}, {Officer, told()}}
	denied := []Step{{Officer, refuse(nil)}, {Officer, told()}}
	pair := []Step{{Officer, opine(forms.Staff, tickets.Approve, long)}, {Head, approve(done, "")}, {Head, told()}}
	revoke := change(tickets.Revocation, nil)
	lacks := func(name, says string, edit func(*tickets.Decision)) Situation {
		return Situation{Name: "revoke without " + name, Service: words, Before: granted, Who: Officer, Act: change(tickets.Revocation, edit), Refused: fault.Invalid, Says: says}
	}
	return []Situation{
		{Name: "revoke", Service: words, Before: granted, Who: Officer, Act: revoke, Status: tickets.Revoked, Event: tickets.EventChanged},
		{Name: "revoke in part", Service: words, Before: granted, Who: Head, Act: change(tickets.Revocation, func(d *tickets.Decision) {
			d.Conditions = "ใช้ได้เฉพาะวันราชการ"
		}), Status: tickets.Approved, Event: tickets.EventChanged},
		{Name: "revoke in part by nothing", Service: paper, Before: []Step{{Officer, approve("", "ห้ามส่งเสียงดัง")}, {Officer, told()}}, Who: Officer, Act: change(tickets.Revocation, func(d *tickets.Decision) { d.Conditions = "ห้ามส่งเสียงดัง" }), Refused: fault.Invalid, Says: "เงื่อนไขยังเหมือนเดิม"},
		{Name: "revoke again", Service: words, Before: append(granted, Step{Officer, revoke}), Who: Officer, Act: revoke, Status: tickets.Revoked},
		{Name: "revoke what was not told", Service: words, Before: granted[:1], Who: Officer, Act: revoke, Refused: fault.Conflict, Says: "แก้ไขผลก่อนแจ้ง"},
		{Name: "revoke what nobody decided", Service: words, Who: Officer, Act: revoke, Refused: fault.Conflict, Says: "ไม่มีผลการพิจารณาที่ใช้อยู่"},
		{Name: "revoke a refusal", Service: words, Before: denied, Who: Officer, Act: revoke, Refused: fault.Conflict, Says: "ไม่ใช่การอนุมัติ"},
		{Name: "revoke from no time", Service: words, Before: granted, Who: Officer, Act: change(tickets.Revocation, func(d *tickets.Decision) { d.Since = "" }), Refused: fault.Invalid, Says: "มีผลตั้งแต่เมื่อใด"},
		lacks("facts", "ต้องมีข้อเท็จจริง", func(d *tickets.Decision) { d.Facts = "" }),
		lacks("a reason", "ต้องมีเหตุผล", func(d *tickets.Decision) { d.Reason = "" }),
		lacks("law", "ต้องอ้างกฎหมาย", func(d *tickets.Decision) { d.LegalBasis = "" }),
		lacks("where to appeal", "ผู้รับอุทธรณ์", func(d *tickets.Decision) { d.AppealBody = "" }),
		{Name: "take a change back", Service: words, Before: append(granted, Step{Officer, revoke}), Who: Officer, Act: takeBack(why), Status: tickets.Approved, Event: tickets.EventTakenBack},
		{Name: "take a told change back", Service: words, Before: append(granted, Step{Officer, revoke}, Step{Officer, told()}), Who: Officer, Act: takeBack(why), Refused: fault.Conflict, Says: "แจ้งผลแก่ประชาชนแล้ว"},
		{Name: "correct a refusal", Service: words, Before: denied, Who: Officer, Act: change(tickets.Correction, nil), Status: tickets.Refused, Event: tickets.EventChanged},
		{Name: "correct an approval", Service: words, Before: granted, Who: Officer, Act: change(tickets.Correction, nil), Status: tickets.Approved, Event: tickets.EventChanged},
		{Name: "correct and not say what was wrong", Service: words, Before: denied, Who: Officer, Act: change(tickets.Correction, func(d *tickets.Decision) { d.Mistake = "" }), Refused: fault.Invalid, Says: "ผิดหลงตรงไหน"},
		{Name: "correct nothing", Service: words, Before: denied, Who: Officer, Act: change(tickets.Correction, func(d *tickets.Decision) { d.Reason = refusal().Reason }), Refused: fault.Invalid, Says: "เหมือนเดิมทุกช่อง"},
		{Name: "change in no way", Service: words, Before: denied, Who: Officer, Act: change("", nil), Refused: fault.Invalid, Says: "แก้ข้อผิดหลงหรือเพิกถอน"},
		{Name: "look at a refusal again", Service: words, Before: denied, Who: Officer, Act: change(tickets.Reconsider, nil), Status: tickets.Open, Event: tickets.EventReconsidered},
		{Name: "look at an approval again", Service: words, Before: granted, Who: Officer, Act: change(tickets.Reconsider, nil), Refused: fault.Conflict, Says: "เฉพาะผลที่ไม่อนุมัติ"},
		{Name: "decide anew", Service: words, Before: append(denied, Step{Head, change(tickets.Reconsider, nil)}), Who: Officer, Act: approve(done, ""), Status: tickets.Approved, Event: tickets.EventDecided},
		{Name: "pass on what waits for a new decision", Service: words, Before: append(denied, Step{Head, change(tickets.Reconsider, nil)}), Who: Officer, Act: o.transfer(false, long), Refused: fault.Conflict, Says: "รอคำสั่งใหม่ของหน่วยงานนี้"},
		{Name: "revoke what two people decided", Service: two, Before: pair, Who: Head, Act: revoke, Refused: fault.Conflict, Says: "ต้องมีความเห็นของ"},
	}
}

// appealing is who takes and decides an appeal, and that it is tied to the case that it goes against (EGA-5.1).
func (o *Office) appealing() []Situation {
	refused := []Step{{Officer, refuse(nil)}, {Officer, told()}}
	own := "อุทธรณ์คำสั่งที่ท่านลงนาม"
	return []Situation{
		{Name: "take an appeal", Service: plea, First: refused, Who: Colleague, Act: take(), Status: tickets.Accepted, Event: tickets.EventTaken},
		{Name: "take the appeal against oneself", Service: plea, First: refused, Who: Officer, Act: take(), Refused: fault.Conflict, Says: own},
		{Name: "decide on an appeal", Service: plea, First: refused, Who: Head, Act: approve(done, ""), Status: tickets.Approved, Event: tickets.EventDecided},
		{Name: "decide on the appeal against oneself", Service: plea, First: refused, Who: Officer, Act: approve(done, ""), Refused: fault.Conflict, Says: own},
		{Name: "refuse the appeal against oneself", Service: plea, First: refused, Who: Officer, Act: refuse(nil), Refused: fault.Conflict, Says: own},
		{Name: "decide on an appeal that names nothing", Service: plea, Who: Officer, Act: refuse(nil), Status: tickets.Refused, Event: tickets.EventDecided},
		{Name: "revoke what an appeal brought", Service: plea, First: refused, Before: []Step{{Head, approve(done, "")}, {Head, told()}}, Who: Head, Act: change(tickets.Revocation, nil), Refused: fault.Conflict, Says: "เฉพาะข้อผิดพลาดเล็กน้อย"},
		{Name: "tie an appeal again", Service: plea, First: refused, Who: Colleague, Act: tie(""), Status: tickets.Open},
		{Name: "tie an appeal to nothing", Service: plea, Who: Colleague, Act: tie("TB-2569-999999"), Refused: fault.NotFound, Says: "ไม่พบเรื่องเลขที่นี้"},
		{Name: "tie what is no appeal", Service: words, First: refused, Who: Colleague, Act: tie(""), Refused: fault.Conflict, Says: "ไม่ใช่อุทธรณ์"},
	}
}

// opining is the chain of opinions and two people (MTH-3.1).
func (o *Office) opining() []Situation {
	drafted := []Step{{Officer, opine(forms.Staff, tickets.Approve, long)}}
	return []Situation{
		{Name: "opine", Service: two, Who: Officer, Act: opine(forms.Staff, tickets.Approve, long), Status: tickets.Open, Event: tickets.EventOpined},
		{Name: "opine the same again", Service: two, Before: drafted, Who: Officer, Act: opine(forms.Staff, tickets.Approve, long), Status: tickets.Open},
		{Name: "opine too shortly", Service: two, Who: Officer, Act: opine(forms.Staff, tickets.Approve, "ดี"), Refused: fault.Invalid, Says: "ความเห็นสั้นเกินไป"},
		{Name: "opine and propose nothing", Service: two, Who: Officer, Act: opine(forms.Staff, "", long), Refused: fault.Invalid, Says: "ยังไม่ได้เลือกข้อเสนอ"},
		{Name: "opine out of turn", Service: two, Who: Officer, Act: opine(forms.Clerk, tickets.Approve, long), Refused: fault.Conflict, Says: "ขณะนี้เป็นลำดับความเห็นของ"},
		{Name: "opine where nobody asks", Who: Officer, Act: opine(forms.Staff, tickets.Approve, long), Refused: fault.Conflict, Says: "ไม่ได้กำหนดให้มีลำดับความเห็น"},
		{Name: "opine after all", Service: two, Before: drafted, Who: Colleague, Act: opine(forms.Staff, tickets.Refuse, long+"ไม่"), Refused: fault.Conflict, Says: "ความเห็นครบทุกลำดับแล้ว"},
		{Name: "decide before the opinion", Service: two, Who: Head, Act: approve(done, ""), Refused: fault.Conflict, Says: "ต้องมีความเห็นของ"},
		{Name: "decide on one's own opinion", Service: two, Before: drafted, Who: Officer, Act: approve(done, ""), Refused: fault.Conflict, Says: "อย่างน้อยสองคน"},
		{Name: "decide on another's", Service: two, Before: drafted, Who: Head, Act: approve(done, ""), Status: tickets.Approved, Event: tickets.EventDecided},
		{Name: "send back", Service: two, Before: drafted, Who: Head, Act: sendBack(why), Status: tickets.Open, Event: tickets.EventSentBack},
		{Name: "send back without a reason", Service: two, Before: drafted, Who: Head, Act: sendBack(" "), Refused: fault.Invalid, Says: "ระบุเหตุที่ส่งกลับ"},
		{Name: "send back to nobody", Service: two, Who: Head, Act: sendBack(why), Refused: fault.Conflict, Says: "ยังไม่มีความเห็นที่ใช้อยู่"},
	}
}

// passing is what becomes of a case that is not the agency's (EGA-10.4, SEED-36).
func (o *Office) passing() []Situation {
	const reason = "สถานที่อยู่นอกเขตของเทศบาล"
	return []Situation{
		{Name: "refer", Who: Officer, Act: refer("การไฟฟ้าส่วนภูมิภาค", "โทร. 1129"), Status: tickets.Referred, Event: tickets.EventReferred},
		{Name: "refer to nobody", Who: Officer, Act: refer(" ", "โทร. 1129"), Refused: fault.Invalid, Says: "ต้องระบุชื่อหน่วยงานที่รับผิดชอบ"},
		{Name: "refer and not say how to reach them", Who: Officer, Act: refer("การไฟฟ้าส่วนภูมิภาค", ""), Refused: fault.Invalid, Says: "วิธีติดต่อ"},
		{Name: "transfer", Who: Officer, Act: o.transfer(false, reason), Status: tickets.Transferred, Event: tickets.EventTransferred},
		{Name: "transfer without a reason", Who: Officer, Act: o.transfer(false, ""), Refused: fault.Invalid, Says: "ระบุเหตุที่ส่งต่อ"},
		{Name: "transfer to oneself", Who: Officer, Act: o.transfer(true, reason), Refused: fault.Invalid, Says: "เป็นของหน่วยงานนี้อยู่แล้ว"},
		{Name: "transfer what was decided", Service: words, Before: []Step{{Officer, approve(done, "")}}, Who: Officer, Act: o.transfer(false, reason), Refused: fault.Conflict, Says: "มีผลการพิจารณาแล้ว"},
		{Name: "take over what nobody passed on", Who: Officer, Act: takeOver(), Status: tickets.Open},
		{Name: "bounce what nobody passed on", Who: Officer, Act: bounce(reason), Refused: fault.Conflict, Says: "เรื่อง"},
		{Name: "bounce without a reason", Who: Officer, Act: bounce(""), Refused: fault.Invalid, Says: "ทำไมเรื่องนี้ไม่ใช่ของหน่วยงาน"},
	}
}

// received is a case that another agency handed over: it is taken or sent back before anything else (SEED-36).
func (o *Office) received() []Situation {
	const reason = "สถานที่อยู่นอกเขตของเทศบาล"
	took := []Step{{Officer, takeOver()}}
	all := []Situation{
		{Name: "take over", Who: Officer, Act: takeOver(), Status: tickets.Open, Event: tickets.EventTakenOver},
		{Name: "take over again", Before: took, Who: Colleague, Act: takeOver(), Status: tickets.Open},
		{Name: "take what was handed over", Who: Officer, Act: take(), Status: tickets.Accepted, Event: tickets.EventTaken},
		{Name: "bounce", Who: Officer, Act: bounce(reason), Status: tickets.Bounced, Event: tickets.EventBounced},
		{Name: "bounce what was handed over without a reason", Who: Officer, Act: bounce("ไม่ใช่"), Refused: fault.Invalid, Says: "ทำไมเรื่องนี้ไม่ใช่ของหน่วยงาน"},
		{Name: "bounce after taking over", Before: took, Who: Officer, Act: bounce(reason), Refused: fault.Conflict, Says: "รับเรื่องนี้แล้ว จึงส่งกลับไม่ได้"},
		{Name: "take over what was bounced", Before: []Step{{Officer, bounce(reason)}}, Who: Officer, Act: takeOver(), Refused: fault.Conflict, Says: "ปิดแล้ว"},
		{Name: "decide after taking over", Service: words, Before: took, Who: Officer, Act: approve(done, ""), Status: tickets.Approved, Event: tickets.EventDecided},
		{Name: "put into the right queue before taking over", Who: Officer, Act: o.move("general", ""), Status: tickets.Open, Event: tickets.EventMoved},
		{Name: "note on what was handed over", Who: Officer, Act: note("โทรถามหน่วยงานต้นทางแล้ว"), Status: tickets.Open, Event: tickets.EventNoted},
	}
	for _, act := range []Act{approve(done, ""), refuse(nil), refer("การไฟฟ้าส่วนภูมิภาค", "โทร. 1129"), o.transfer(false, reason)} {
		all = append(all, Situation{Name: act.Name + " before taking over", Who: Officer, Act: act, Refused: fault.Conflict, Says: "ยังไม่มีผู้รับ"})
	}
	for i := range all {
		all[i].HandedOver = true
	}
	return all
}

// joining is cases about the same thing (SVC-5). All of them follow one that was there before.
func (o *Office) joining() []Situation {
	main := o.File(plain, nil).ID
	follows := []Step{{Officer, join(main)}}
	all := []Situation{
		{Name: "merge", Who: Officer, Act: join(main), Status: tickets.Merged, Event: tickets.EventMerged},
		{Name: "merge again", Before: follows, Who: Colleague, Act: join(main), Status: tickets.Merged},
		{Name: "merge with nothing", Who: Officer, Act: join(0), Refused: fault.Invalid, Says: "ยังไม่ได้เลือกเรื่องที่จะรวม"},
		{Name: "merge with what is not there", Who: Officer, Act: join(1 << 40), Refused: fault.NotFound, Says: "ไม่พบเรื่อง"},
		{Name: "merge what nobody joins", Service: paper, Who: Officer, Act: join(main), Refused: fault.Conflict, Says: "รวมสองเรื่องนี้ไม่ได้"},
		{Name: "merge what was closed", Before: []Step{{Officer, withdrawn()}}, Who: Officer, Act: join(main), Refused: fault.Conflict, Says: "ปิดแล้ว"},
		{Name: "unmerge", Before: follows, Who: Colleague, Act: unmerge(), Status: tickets.Open, Event: tickets.EventUnmerged},
		{Name: "unmerge what follows nothing", Who: Officer, Act: unmerge(), Status: tickets.Open},
	}
	for _, act := range []Act{take(), o.move("general", ""), approve(done, ""), refuse(nil), refer("การไฟฟ้าส่วนภูมิภาค", "โทร. 1129"), o.transfer(false, long)} {
		all = append(all, Situation{Name: act.Name + " of a case that follows", Before: follows, Who: Officer, Act: act, Refused: fault.Conflict, Says: "รวมกับเรื่องอื่นแล้ว"})
	}
	return all
}

// halting is what the system does by itself, which any officer stops (SEED-24).
func (o *Office) halting() []Situation {
	stopped := []Step{{Officer, halt("", long)}}
	return []Situation{
		{Name: "halt", Service: paper, Who: Officer, Act: halt("", long), Status: tickets.Open, Event: tickets.EventHalted},
		{Name: "halt a rule", Service: paper, Who: Officer, Act: halt("documents", long), Status: tickets.Open, Event: tickets.EventHalted},
		{Name: "halt again", Service: paper, Before: stopped, Who: Colleague, Act: halt("", long), Status: tickets.Open},
		{Name: "halt without a reason", Service: paper, Who: Officer, Act: halt("", "ดู"), Refused: fault.Invalid, Says: "ระบุเหตุที่หยุด"},
		{Name: "halt a rule that is not there", Service: paper, Who: Officer, Act: halt("coffee", long), Refused: fault.NotFound, Says: "ไม่มีขั้นตอนอัตโนมัตินี้"},
		{Name: "resume", Service: paper, Before: stopped, Who: Colleague, Act: resume(""), Status: tickets.Open, Event: tickets.EventResumed},
		{Name: "resume what nobody stopped", Service: paper, Who: Officer, Act: resume(""), Status: tickets.Open},
	}
}

// late is the letter on a delay (LFA-10.2).
func (o *Office) late() []Situation {
	const over = 40 * 24 * time.Hour
	return []Situation{
		{Name: "letter", Service: paper, Later: over, Who: Officer, Act: letter("รอผลตรวจคุณภาพน้ำจากห้องปฏิบัติการ"), Status: tickets.Open, Event: tickets.EventLateSent},
		{Name: "letter without a reason", Service: paper, Later: over, Who: Officer, Act: letter("รอ"), Refused: fault.Invalid, Says: "ระบุเหตุแห่งความล่าช้า"},
		{Name: "letter in time", Service: paper, Who: Officer, Act: letter("รอผลตรวจคุณภาพน้ำจากห้องปฏิบัติการ"), Refused: fault.NotFound, Says: "ไม่พบหนังสือ"},
	}
}

// consulting is the opinion of another agency, which the case does not wait for (peers.md row 62).
func (o *Office) consulting() []Situation {
	const asks, noNeed = "ขอความเห็นว่าแนวท่อประปาผ่านจุดนี้หรือไม่", "ได้ข้อมูลจากสำนักงานแล้ว"
	due := Start.AddDate(0, 0, 7)
	ask := o.consult(false, asks, due)
	asked := []Step{{Officer, ask}}
	answered := []Step{{Officer, ask}, {Officer, o.advised()}}
	return []Situation{
		{Name: "consult", Who: Officer, Act: ask, Status: tickets.Open, Event: tickets.EventConsulted},
		{Name: "consult about a colleague's", Before: []Step{{Colleague, take()}}, Who: Officer, Act: ask, Status: tickets.Accepted, Event: tickets.EventConsulted},
		{Name: "consult the same again", Before: asked, Who: Colleague, Act: ask, Status: tickets.Open},
		{Name: "consult on something else at once", Before: asked, Who: Officer, Act: o.consult(false, asks+" อีกจุดหนึ่ง", due), Refused: fault.Conflict, Says: "กำลังพิจารณาคำถามเดิม"},
		{Name: "consult again after the answer", Before: answered, Who: Officer, Act: ask, Status: tickets.Open, Event: tickets.EventConsulted},
		{Name: "consult without a question", Who: Officer, Act: o.consult(false, "", due), Refused: fault.Invalid, Says: "ระบุว่าขอความเห็นเรื่องใด"},
		{Name: "consult oneself", Who: Officer, Act: o.consult(true, asks, due), Refused: fault.Invalid, Says: "เป็นของหน่วยงานนี้อยู่แล้ว"},
		{Name: "consult by no day", Who: Officer, Act: o.consult(false, asks, time.Time{}), Refused: fault.Invalid, Says: "ยังไม่ได้เลือกวันที่ขอให้ตอบ"},
		{Name: "consult by today", Who: Officer, Act: o.consult(false, asks, Start), Refused: fault.Invalid, Says: "วันหลังจากวันนี้"},
		{Name: "consult by a Sunday", Who: Officer, Act: o.consult(false, asks, Start.AddDate(0, 0, 6)), Refused: fault.Invalid, Says: "วันหยุดของหน่วยงานนั้น"},
		{Name: "take back a question", Before: asked, Who: Colleague, Act: unask(noNeed), Status: tickets.Open, Event: tickets.EventConsultEnded},
		{Name: "take back a question again", Before: []Step{{Officer, ask}, {Officer, unask(noNeed)}}, Who: Officer, Act: unask(noNeed), Status: tickets.Open},
		{Name: "take back a question without a reason", Before: asked, Who: Officer, Act: unask(""), Refused: fault.Invalid, Says: "ระบุเหตุที่ไม่ต้องใช้ความเห็น"},
		{Name: "take back a question that was answered", Before: answered, Who: Officer, Act: unask(noNeed), Refused: fault.Conflict, Says: "ตอบแล้ว"},
		{Name: "take back what nobody was asked", Who: Officer, Act: unask(noNeed), Refused: fault.NotFound, Says: "ไม่พบการขอความเห็น"},
		{Name: "decide without waiting for an opinion", Service: words, Before: asked, Who: Head, Act: approve(done, ""), Status: tickets.Approved, Event: tickets.EventConsultEnded},
	}
}

// closed is that nothing follows after the end, but a note and an answer to who asks.
func (o *Office) closed() (all []Situation) {
	ends := map[string][]Step{
		"refused": {{Officer, refuse(nil)}, {Officer, told()}}, "withdrawn": {{Officer, withdrawn()}}, "referred": {{Officer, refer("การไฟฟ้าส่วนภูมิภาค", "โทร. 1129")}},
	}
	status := map[string]tickets.Status{"refused": tickets.Refused, "withdrawn": tickets.Withdrawn, "referred": tickets.Referred}
	for name, before := range ends {
		for _, act := range []Act{
			take(), release(), o.move("general", ""), moveBack(long), markUrgent(long), complete(), o.ask(), lengthen(o.due()), extend(15, long), approve(done, ""),
			giveBack("ไม่ครบ", "ยื่นใหม่", "อุทธรณ์"), opine(forms.Staff, tickets.Approve, long), sendBack(why), o.consult(false, long, Start.AddDate(0, 0, 7)),
		} {
			all = append(all, Situation{Name: act.Name + " when it was " + name, Service: paper, Before: before, Who: Officer, Act: act, Refused: fault.Conflict, Says: "ปิดแล้ว"})
		}
		all = append(all,
			Situation{Name: "note when it was " + name, Service: paper, Before: before, Who: Officer, Act: note("มารับเอกสารคืนแล้ว"), Status: status[name], Event: tickets.EventNoted},
			Situation{Name: "reply when it was " + name, Service: paper, Before: before, Who: Officer, Act: reply("สอบถามเพิ่มได้ค่ะ"), Status: status[name], Event: tickets.EventReplied})
	}
	return all
}

// doors is who is let in at all: by the role, and to cases of one's own agency.
func (o *Office) doors() (all []Situation) {
	acts := []Act{
		take(), release(), o.move("general", ""), moveBack(long), markUrgent(long), unmarkUrgent(long), reply("ก"), note("ก"), complete(), o.ask(), unreadable("ภาพเบลออ่านไม่ออก"), lengthen(o.due()), extend(15, long), approve(done, ""), refuse(nil),
		takeBack(why), change(tickets.Revocation, nil), tie("TB-2569-000001"), giveBack("ไม่ครบ", "ยื่นใหม่", "อุทธรณ์"), opine(forms.Staff, tickets.Approve, long), sendBack(why),
		refer("การไฟฟ้าส่วนภูมิภาค", "โทร. 1129"), o.transfer(false, long), takeOver(), bounce(long), o.consult(false, long, Start.AddDate(0, 0, 7)), unask(long),
		join(1), unmerge(), halt("", long), resume(""), letter(long),
	}
	for _, act := range acts {
		for _, who := range []Who{Viewer, Cashier} {
			all = append(all, Situation{Name: string(who) + ": " + act.Name, Service: paper, Who: who, Act: act, Refused: fault.Forbidden, Says: "", Door: true})
		}
		all = append(all, Situation{Name: "another agency: " + act.Name, Service: paper, Who: Stranger, Act: act, Refused: fault.NotFound, Says: "ไม่พบ", Door: true})
	}
	return all
}
