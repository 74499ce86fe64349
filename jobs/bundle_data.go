package jobs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/papers"
	"saphan/permits"
	"saphan/proof"
	"saphan/tickets"
)

// bundledCase is case.json of a bundle. Times are UTC.
type bundledCase struct {
	ID         int64      `json:"id"`
	Number     string     `json:"number"`
	Agency     string     `json:"agency"`
	Service    string     `json:"service"`
	Status     string     `json:"status"`
	Citizen    string     `json:"citizen"`
	EnteredAt  time.Time  `json:"entered_at"`
	ReceivedAt time.Time  `json:"deemed_received_at"`
	DueAt      time.Time  `json:"due_at"`
	ClosedAt   *time.Time `json:"closed_at,omitempty"`
	Permit     string     `json:"permit,omitempty"`

	FiledUnder *bundledMandate `json:"filed_under,omitempty"`
}

func (g *casebook) caseData() bundledCase {
	t := g.ticket
	c := bundledCase{
		ID: int64(t.ID), Number: t.Number, Agency: g.agency.Name, Service: t.Title, Status: string(t.Status), Citizen: t.CitizenName,
		EnteredAt: t.EnteredAt.UTC(), ReceivedAt: t.DeemedReceivedAt.UTC(), DueAt: t.DueAt.UTC(), ClosedAt: t.ClosedAt,
		FiledUnder: g.mandateData(),
	}
	if p := g.permit(); p != nil {
		c.Permit = p.Number
	}
	return c
}

// permit is the newest permit of the case; nil: there is none.
func (g *casebook) permit() *permits.Permit {
	if len(g.permits) == 0 {
		return nil
	}
	return &g.permits[len(g.permits)-1]
}

// bundledRequest is request.json: what was filed, as it was filed.
type bundledRequest struct {
	Form      forms.Key      `json:"form"`
	Version   int            `json:"version"`
	EnteredAt time.Time      `json:"entered_at"`
	Answers   []forms.Answer `json:"answers"`
}

func (g *casebook) requestData() bundledRequest {
	return bundledRequest{Form: g.request.FormKey, Version: g.request.FormVersion, EnteredAt: g.request.EnteredAt.UTC(), Answers: g.request.Answers}
}

// talkData is what was said between the citizen and the officers; officers' notes to one another are not in it.
func (g *casebook) talkData() []talkData {
	all := make([]talkData, len(g.talk))
	for i, m := range g.talk {
		all[i] = talkData{m.Author, m.At.UTC(), m.Text, m.Place, m.AttachmentID}
	}
	return all
}

// bundledDecision is decision.json, the one that stands, and an entry of decisions.json. Times are UTC.
type bundledDecision struct {
	N          int             `json:"n"` // 1 is the first
	Outcome    tickets.Outcome `json:"outcome"`
	Officer    string          `json:"officer"`
	Post       string          `json:"post,omitempty"`
	ActingFor  string          `json:"acting_for,omitempty"`
	OrderNo    string          `json:"order_no,omitempty"`
	Facts      string          `json:"facts,omitempty"`
	Reason     string          `json:"reason"`
	LegalBasis string          `json:"legal_basis,omitempty"`
	Appeal     string          `json:"appeal,omitempty"`
	AppealBody string          `json:"appeal_body,omitempty"`
	AppealDays int             `json:"appeal_days,omitempty"`
	Conditions string          `json:"conditions,omitempty"`
	Crew       string          `json:"crew,omitempty"`
	WorkedOn   string          `json:"worked_on,omitempty"` // YYYY-MM-DD
	At         time.Time       `json:"at"`
	// In which way it changes another one, which, and what was wrong with it.
	Change  tickets.Change `json:"change,omitempty"`
	Changes *int           `json:"changes,omitempty"`
	Mistake string         `json:"mistake,omitempty"`
	Since   tickets.Since  `json:"since,omitempty"`
	// Why it does not stand any more: the first of these that is there.
	WithdrawnAt   *time.Time `json:"withdrawn_at,omitempty"`
	WithdrawnWhy  string     `json:"withdrawn_why,omitempty"`
	ReopenedAt    *time.Time `json:"reopened_at,omitempty"`
	ChangedAt     *time.Time `json:"changed_at,omitempty"`
	OverturnedAt  *time.Time `json:"overturned_at,omitempty"`
	OverturnedWhy string     `json:"overturned_why,omitempty"`
}

func (g *casebook) decisionOf(d tickets.Decision) bundledDecision {
	b := bundledDecision{
		N: d.N, Outcome: d.Outcome, Officer: g.who(d.By().String()), Post: d.Post, ActingFor: d.ActingFor, OrderNo: d.OrderNo,
		Facts: d.Facts, Reason: d.Reason, LegalBasis: d.LegalBasis, Appeal: d.Appeal, AppealBody: d.AppealBody, AppealDays: d.AppealDays,
		Conditions: d.Conditions, Crew: d.Crew, At: d.At.UTC(), Change: d.Change, Changes: d.Changes, Mistake: d.Mistake, Since: d.Since,
		WithdrawnAt: inUTC(d.WithdrawnAt), WithdrawnWhy: d.WithdrawnWhy, ReopenedAt: inUTC(d.ReopenedAt), ChangedAt: inUTC(d.ChangedAt),
		OverturnedAt: inUTC(d.OverturnedAt), OverturnedWhy: d.OverturnedWhy,
	}
	if d.WorkedOn != nil {
		b.WorkedOn = d.WorkedOn.Format(time.DateOnly)
	}
	return b
}

func (g *casebook) decisionData() *bundledDecision {
	if g.decision == nil {
		return nil
	}
	d := g.decisionOf(*g.decision)
	return &d
}

func (g *casebook) decisionsData() []bundledDecision {
	all := make([]bundledDecision, len(g.decisions))
	for i, d := range g.decisions {
		all[i] = g.decisionOf(d)
	}
	return all
}

// bundledOpinion is an entry of opinions.json: a step before a decision, signed. Times are UTC.
type bundledOpinion struct {
	Step         forms.OpinionStep `json:"step"`
	Officer      string            `json:"officer"`
	Post         string            `json:"post,omitempty"`
	ActingFor    string            `json:"acting_for,omitempty"`
	OrderNo      string            `json:"order_no,omitempty"`
	Proposes     tickets.Outcome   `json:"proposes,omitempty"`
	BackTo       forms.OpinionStep `json:"back_to,omitempty"` // to whom it was sent back instead
	Text         string            `json:"text"`
	At           time.Time         `json:"at"`
	SupersededAt *time.Time        `json:"superseded_at,omitempty"` // it does not count any more
}

func (g *casebook) opinionsData() []bundledOpinion {
	all := make([]bundledOpinion, len(g.opinions))
	for i, o := range g.opinions {
		all[i] = bundledOpinion{
			Step: o.Step, Officer: g.officers[o.OfficerID].Name, Post: o.Post, ActingFor: o.ActingFor, OrderNo: o.OrderNo, Proposes: o.Proposes,
			BackTo: o.BackTo, Text: o.Text, At: o.At.UTC(), SupersededAt: inUTC(o.SupersededAt),
		}
	}
	return all
}

func inUTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	utc := t.UTC()
	return &utc
}

// bundledConsultation is one entry of consultations.json: what another agency was asked, and its signed answer.
type bundledConsultation struct {
	Agency     string     `json:"agency"`
	Question   string     `json:"question"`
	At         time.Time  `json:"at"`
	DueAt      time.Time  `json:"due_at"`
	Answer     string     `json:"answer,omitempty"`
	Text       string     `json:"text,omitempty"`
	Body       string     `json:"body,omitempty"`    // who should be asked instead
	Officer    string     `json:"officer,omitempty"` // of that agency, who signed
	Post       string     `json:"post,omitempty"`
	ActingFor  string     `json:"acting_for,omitempty"`
	OrderNo    string     `json:"order_no,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
}

func (g *casebook) consultationsData() []bundledConsultation {
	all := make([]bundledConsultation, len(g.consulted))
	for i, c := range g.consulted {
		all[i] = bundledConsultation{
			Agency: g.others[c.To].Name, Question: c.Question, At: c.At.UTC(), DueAt: c.DueAt.UTC(), Answer: string(c.Answer), Text: c.Text, Body: c.Body,
			Post: c.Post, ActingFor: c.ActingFor, OrderNo: c.OrderNo, AnsweredAt: inUTC(c.AnsweredAt), EndedAt: inUTC(c.EndedAt),
		}
		if c.AnsweredBy != nil {
			all[i].Officer = g.advisers[*c.AnsweredBy].Name
		}
	}
	return all
}

// bundledMandate is the power of attorney under which a case was filed (PDP-10). Names are those at the time of filing.
type bundledMandate struct {
	Number     int64      `json:"number"`
	Attorney   string     `json:"attorney"`
	Principal  string     `json:"principal"`
	Relation   string     `json:"relation"`
	From       string     `json:"from"`
	Until      string     `json:"until"`
	ShownAt    time.Time  `json:"shown_at"`
	AcceptedAt *time.Time `json:"accepted_at,omitempty"`
	AcceptedBy string     `json:"accepted_by,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	EndedBy    string     `json:"ended_by,omitempty"`
	EndedWhy   string     `json:"ended_why,omitempty"`
	Paper      *int64     `json:"file,omitempty"` // the signed paper; none: its term is over
}

func (g *casebook) mandateData() *bundledMandate {
	if g.mandate == nil {
		return nil
	}
	m := g.mandate
	return &bundledMandate{
		Number: int64(m.ID), Attorney: g.request.AttorneyName, Principal: g.ticket.CitizenName, Relation: string(m.Kind), From: m.FromOn.Format(time.DateOnly), Until: m.UntilOn.Format(time.DateOnly),
		ShownAt: m.AskedAt.UTC(), AcceptedAt: m.DecidedAt, AcceptedBy: g.acceptedBy(), EndedAt: m.EndedAt, EndedBy: string(m.EndedBy), EndedWhy: m.EndedWhy, Paper: m.AttachmentID,
	}
}

// acceptedBy names the officer who looked at the signed paper.
func (g *casebook) acceptedBy() string {
	if g.mandate.DecidedBy == nil {
		return ""
	}
	return g.officers[*g.mandate.DecidedBy].Name
}

// mandateRows say who filed for whom, and what became of the power to do so.
func (g *casebook) mandateRows() []papers.Row {
	m := g.mandate
	if m == nil {
		return nil
	}
	rows := []papers.Row{
		{Label: "ผู้มอบอำนาจ", Value: g.ticket.CitizenName}, {Label: "ผู้รับมอบอำนาจ", Value: g.request.AttorneyName + " (" + m.Kind.Thai() + ")"},
		{Label: "หนังสือมอบอำนาจ", Value: fmt.Sprintf("ฉบับที่ %d ใช้ได้ตั้งแต่ %s ถึง %s", m.ID, thai.LongDate(m.FromOn), thai.LongDate(m.UntilOn))},
		{Label: "ยื่นให้ตรวจ", Value: momentOf(m.AskedAt)},
	}
	if m.DecidedAt != nil {
		rows = append(rows, papers.Row{Label: "ตรวจรับ", Value: momentOf(*m.DecidedAt) + " โดย " + g.acceptedBy()})
	}
	if m.EndedAt != nil {
		enders := map[tickets.MandateEnder]string{tickets.EndedByPrincipal: "ผู้มอบอำนาจ", tickets.EndedByAttorney: "ผู้รับมอบอำนาจ", tickets.EndedByOfficer: "เจ้าหน้าที่"}
		words := momentOf(*m.EndedAt) + " โดย" + enders[m.EndedBy]
		if m.EndedWhy != "" {
			words += " เพราะ" + m.EndedWhy
		}
		rows = append(rows, papers.Row{Label: "สิ้นสุด", Value: words})
	}
	return rows
}

// summary draws the first page of a bundle.
func (g *casebook) summary(key proof.Key, proofs []proof.Proof) ([]byte, error) {
	t := g.ticket
	e := papers.Evidence{
		Number: t.Number, Service: t.Title, Agency: papers.Agency{Name: g.agency.Name, Address: g.agency.Address, Phone: g.agency.Phone},
		Citizen: t.CitizenName, Mandate: g.mandateRows(), EnteredAt: t.EnteredAt, ReceivedAt: t.DeemedReceivedAt, Status: t.Status.Thai(),
		AskedBy: g.officers[g.asked.OfficerID].Name, Reason: g.asked.Reason, KeyID: key.ID, KeyURL: g.keyURL(), MadeAt: g.Now(),
	}
	if t.ClosedAt != nil {
		e.ClosedAt = *t.ClosedAt
	}
	for _, a := range forms.Told(g.request.Answers) {
		e.Answers = append(e.Answers, papers.Row{Label: a.Label, Value: a.Text})
	}
	if d := g.decision; d != nil {
		e.Decision = []papers.Row{
			{Label: "ผล", Value: d.Outcome.Thai()}, {Label: "เมื่อ", Value: momentOf(d.At)}, {Label: "ผู้พิจารณา", Value: g.who(d.By().String())},
			{Label: "ตำแหน่ง", Value: strings.Join(slices.DeleteFunc([]string{d.Post, d.ActingFor, d.OrderNo}, func(s string) bool { return s == "" }), " ")},
			{Label: "ข้อเท็จจริง", Value: d.Facts}, {Label: "เหตุผล", Value: d.Reason},
			{Label: "ข้อกฎหมาย", Value: d.LegalBasis}, {Label: "เงื่อนไข", Value: d.Conditions}, {Label: "สิทธิอุทธรณ์", Value: d.Appeal},
		}
	}
	for _, f := range g.files {
		e.Files = append(e.Files, papers.ReceivedFile{Document: f.label, Name: f.Name, Size: f.Size, SHA256: [32]byte(f.SHA256)})
	}
	for _, h := range g.past {
		e.Past = append(e.Past, papers.Happened{At: h.At, Who: g.who(h.Actor), What: happenedWords(h.Kind), Hash: h.Hash})
	}
	for _, r := range slices.Backward(g.readings) {
		e.Readings = append(e.Readings, papers.Row{Label: momentOf(r.At), Value: readWords(r, g.officers[agencies.OfficerID(r.OfficerID)].Name)})
	}
	e.AnchoredOn = anchoredOn(proofs)
	return e.PDF()
}

// anchoredOn is the last day of which a line of the case is anchored; zero: none is.
func anchoredOn(proofs []proof.Proof) time.Time {
	if len(proofs) == 0 {
		return time.Time{}
	}
	var s proof.Statement
	if json.Unmarshal([]byte(proofs[len(proofs)-1].Anchor.Body), &s) != nil {
		return time.Time{}
	}
	return s.Until.Add(-time.Second)
}

func momentOf(t time.Time) string { return thai.LongDate(t) + " เวลา " + thai.Clock(t) }

func readWords(r citizens.Reading, officer string) string {
	what := officer + " เปิดดูเรื่อง"
	if r.Kind == citizens.ReadFile {
		what = officer + " เปิดดูเอกสาร"
	}
	if r.Reason != "" {
		what += " เพราะ" + r.Reason
	}
	return what
}

// who names an actor of the history.
func (g *casebook) who(actor string) string {
	var id agencies.OfficerID
	if n, err := fmt.Sscanf(actor, "officer %d", &id); err == nil && n == 1 {
		return g.officers[id].Name
	}
	switch {
	case len(actor) > 7 && actor[:7] == "citizen":
		return "ประชาชน"
	case actor == "system":
		return "ระบบ"
	default:
		return "ระบบของหน่วยงาน"
	}
}

// happenedWords say in short what happened; the history itself has it whole.
func happenedWords(k tickets.EventKind) string {
	words, ok := map[tickets.EventKind]string{
		tickets.EventCreated: "ยื่นคำขอ", tickets.EventTaken: "รับเรื่อง", tickets.EventReleased: "คืนเรื่องเข้าคิว", tickets.EventMoved: "ย้ายคิวงาน", tickets.EventCovered: "ส่งให้ผู้ปฏิบัติงานแทน",
		tickets.EventReplied: "ส่งข้อความถึงประชาชน", tickets.EventReceived: "ประชาชนส่งข้อความ", tickets.EventSentAgain: "ส่งข้อความอีกครั้ง", tickets.EventNoted: "เขียนบันทึกภายใน",
		tickets.EventAsked: "ขอเอกสารเพิ่ม", tickets.EventSupplied: "ประชาชนส่งเอกสารเพิ่ม", tickets.EventUnsent: "ประชาชนยกเลิกข้อความ", tickets.EventStays: "ประชาชนยกเลิกข้อความหลังยื่น",
		tickets.EventEdited: "ประชาชนแก้ไขข้อความ", tickets.EventUnreachable: "ประชาชนปิดกั้นบัญชี", tickets.EventReachable: "ประชาชนกลับมาติดต่อได้", tickets.EventSpoiled: "พบไวรัสในเอกสาร",
		tickets.EventDecided: "บันทึกผลการพิจารณา", tickets.EventWithdrawn: "ถอนเรื่อง", tickets.EventAppealed: "มีอุทธรณ์", tickets.EventAppealDecided: "วินิจฉัยอุทธรณ์แล้ว", tickets.EventFeeRefund: "มีเงินที่ชำระแล้วให้พิจารณาคืน", tickets.EventErased: "ลบข้อความ ชื่อ และไฟล์", tickets.EventKeptOn: "เก็บเรื่องต่อเมื่อครบอายุ",
		tickets.EventFeeDue: "แจ้งค่าธรรมเนียม", tickets.EventFeeClaimed: "ส่งสลิป", tickets.EventFeeRefused: "ไม่รับสลิป", tickets.EventFeePaid: "ยืนยันการชำระเงิน",
		tickets.EventFeeWaived: "ยกเว้นค่าธรรมเนียม", tickets.EventFeeLapsed: "พ้นกำหนดชำระ", tickets.EventFeeChanged: "แก้ค่าธรรมเนียม", tickets.EventChecked: "บันทึกรายการตรวจ",
		tickets.EventUnchecked: "ยกเลิกรายการตรวจ", tickets.EventIdentified: "ตรวจหลักฐานตัวตน", tickets.EventIdentityEnded: "ยกเลิกการตรวจตัวตน", tickets.EventComplete: "เอกสารครบถ้วน",
		tickets.EventExtended: "ขยายเวลาพิจารณา", tickets.EventTold: "แจ้งผลแล้ว", tickets.EventRecounted: "นับกำหนดเวลาใหม่", tickets.EventWarned: "เตือนกำหนดเวลา",
		tickets.EventMissed: "พ้นกำหนด", tickets.EventLate: "ถึงกำหนดแจ้งความล่าช้า", tickets.EventLateSent: "แจ้งเหตุแห่งความล่าช้า", tickets.EventLateUnsent: "ยังไม่ได้แจ้งเหตุแห่งความล่าช้า",
		tickets.EventEvidence: "จัดทำชุดพยานหลักฐาน", tickets.EventTransferred: "ส่งต่อหน่วยงานอื่น", tickets.EventTakenOver: "รับเรื่องจากหน่วยงานอื่น",
		tickets.EventBounced: "ส่งเรื่องกลับ", tickets.EventCameBack: "เรื่องกลับมา", tickets.EventUnplaced: "แจ้งหัวหน้างานว่าเรื่องกลับมาหลายครั้ง", tickets.EventReferred: "แจ้งหน่วยงานที่รับผิดชอบ",
		tickets.EventReminded: "เตือนประชาชน", tickets.EventUrgent: "เป็นเรื่องด่วน", tickets.EventNotUrgent: "ไม่เป็นเรื่องด่วนแล้ว", tickets.EventCalled: "เรียกเจ้าหน้าที่เวร", tickets.EventTexted: "ส่ง SMS เรียกเจ้าหน้าที่เวร", tickets.EventHalted: "หยุดขั้นตอนอัตโนมัติ", tickets.EventResumed: "ให้ขั้นตอนอัตโนมัติทำงานต่อ",
		tickets.EventConsulted: "ขอความเห็นหน่วยงานอื่น", tickets.EventConsultTaken: "หน่วยงานที่ถูกถามรับไว้พิจารณา", tickets.EventConsultRead: "หน่วยงานที่ถูกถามเปิดอ่านเอกสาร",
		tickets.EventConsultAnswered: "ได้รับความเห็นของหน่วยงานอื่น", tickets.EventConsultDeclined: "หน่วยงานที่ถูกถามแจ้งว่าไม่อยู่ในอำนาจหน้าที่", tickets.EventConsultNear: "ใกล้ครบกำหนดตอบความเห็น",
		tickets.EventConsultOver: "พ้นกำหนดตอบความเห็น", tickets.EventConsultEnded: "ไม่ต้องใช้ความเห็นแล้ว",
		tickets.EventMerged: "รวมเรื่อง", tickets.EventUnmerged: "แยกเรื่อง", tickets.EventPhotographed: "แนบรูปหลังดำเนินการ",
		tickets.EventScanned:   "แนบภาพแบบที่ลงชื่อบนกระดาษ",
		tickets.EventConfirmed: "ประชาชนยืนยันว่าแก้แล้วจริง", tickets.EventReopened: "ประชาชนแจ้งว่ายังไม่เรียบร้อย", tickets.EventChanged: "แก้ไขหรือเพิกถอนผลที่แจ้งแล้ว", tickets.EventReconsidered: "พิจารณาใหม่", tickets.EventTied: "ผูกอุทธรณ์กับเรื่องเดิม", tickets.EventLettered: "เก็บหนังสือตามที่แจ้ง", tickets.EventUnconfirmed: "พ้นเวลายืนยันผล",
	}[k]
	if !ok {
		return string(k)
	}
	return words
}
