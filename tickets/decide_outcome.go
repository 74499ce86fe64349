package tickets

import (
	"fmt"
	"strings"

	"saphan/internal/fault"
)

// Outcome is which way a decision went.
type Outcome string

// The outcomes.
const (
	Approve               Outcome = "approve"
	ApproveWithConditions Outcome = "approve_with_conditions"
	Refuse                Outcome = "refuse"
	Deemed                Outcome = "deemed" // nobody decided in time, and the law takes it for approved (LFA-12.1)
	RevokeAll             Outcome = "revoke" // what was granted is granted no more: Desk.Change
)

// Granted reports whether the citizen gets what was asked for.
func (o Outcome) Granted() bool { return o == Approve || o == ApproveWithConditions || o == Deemed }

// status is where a ticket stands after a decision.
func (o Outcome) status() Status {
	switch {
	case o.Granted():
		return Approved
	case o == RevokeAll:
		return Revoked
	}
	return Refused
}

// Thai is the outcome as officers read it.
func (o Outcome) Thai() string {
	switch o {
	case Approve:
		return "อนุมัติหรือดำเนินการแล้ว"
	case ApproveWithConditions:
		return "อนุมัติโดยมีเงื่อนไข"
	case Refuse:
		return "ไม่อนุมัติ"
	case RevokeAll:
		return "เพิกถอน"
	case Deemed:
		return "ถือว่าอนุญาตโดยผลของกฎหมาย เพราะพ้นกำหนดพิจารณา"
	default:
		return string(o)
	}
}

// mostAppealDays is how many days for an appeal are believed.
const mostAppealDays = 365

// check trims a decision of an officer and refuses one that the law does not let out. An approval under conditions is one
// with conditions, whichever of the two it was called.
func (dec *Decision) check() error {
	dec.trim()
	dec.Replaces, dec.Change, dec.Changes, dec.Mistake, dec.Since = strings.TrimSpace(dec.Replaces), "", nil, "", ""
	if dec.Replaces == "" || !dec.Outcome.Granted() {
		dec.Replaces, dec.ReplacesUntil = "", nil
	}
	switch dec.Outcome {
	case Approve:
		if dec.Conditions != "" {
			dec.Outcome = ApproveWithConditions
		}
		return nil
	case ApproveWithConditions:
		if dec.Conditions == "" {
			return fault.New(fault.Invalid, "การอนุมัติโดยมีเงื่อนไขต้องระบุเงื่อนไข กรุณาพิมพ์เงื่อนไข หรือเลือกอนุมัติโดยไม่มีเงื่อนไข")
		}
		return nil
	case Refuse:
		return dec.checkRefusal()
	case Deemed:
		return fault.New(fault.Invalid, "การถือว่าอนุญาตโดยผลของกฎหมายบันทึกโดยระบบเมื่อพ้นกำหนดเท่านั้น กรุณาเลือกผลการพิจารณา")
	default:
		return fault.New(fault.Invalid, "กรุณาเลือกผลการพิจารณา")
	}
}

// checkRefusal says which part of a refusal is missing (LFA-11.1).
func (dec *Decision) checkRefusal() error {
	switch {
	case dec.Facts == "":
		return fault.New(fault.Invalid, "การไม่อนุมัติต้องมีข้อเท็จจริง กรุณาระบุว่าตรวจพบอะไรก่อนบันทึก")
	case dec.Reason == "":
		return fault.New(fault.Invalid, "การไม่อนุมัติต้องมีเหตุผล กรุณาระบุเหตุผลก่อนบันทึก")
	case dec.LegalBasis == "":
		return fault.New(fault.Invalid, "การไม่อนุมัติต้องอ้างกฎหมาย กรุณาระบุข้อกฎหมายก่อนบันทึก")
	case dec.AppealBody == "":
		return fault.New(fault.Invalid, "การไม่อนุมัติต้องแจ้งสิทธิอุทธรณ์ กรุณาระบุผู้รับอุทธรณ์")
	case dec.AppealDays < 1 || dec.AppealDays > mostAppealDays:
		return fault.Newf(fault.Invalid, "การไม่อนุมัติต้องแจ้งระยะเวลาอุทธรณ์ กรุณาระบุจำนวนวัน 1 ถึง {n} วัน", "n", mostAppealDays)
	}
	if dec.Appeal == "" {
		dec.Appeal = fmt.Sprintf("อุทธรณ์ต่อ%sได้ภายใน %d วันนับแต่วันที่ได้รับแจ้ง", dec.AppealBody, dec.AppealDays)
	}
	return nil
}
