package portal

import (
	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// daysOf says how long something takes.
func daysOf(n int, unit forms.Unit) forms.Text {
	switch {
	case unit == forms.WorkingDays && n == 1:
		return words.With("{n} วันทำการ", "{n} working day", "n", n)
	case unit == forms.WorkingDays:
		return words.With("{n} วันทำการ", "{n} working days", "n", n)
	case n == 1:
		return words.With("{n} วัน", "{n} day", "n", n)
	default:
		return words.With("{n} วัน", "{n} days", "n", n)
	}
}

// dutyName names what a clock is about.
func dutyName(k forms.ClockKey) forms.Text {
	switch k {
	case forms.Acknowledge:
		return forms.Text{TH: "แจ้งว่าได้รับคำขอ", EN: "To say that the request came in"}
	case forms.CheckAll:
		return forms.Text{TH: "แจ้งว่าคำขอครบถ้วนหรือไม่", EN: "To say whether everything is there"}
	case forms.Decide:
		return forms.Text{TH: "พิจารณาและแจ้งผล", EN: "To decide and tell you"}
	case forms.Pay:
		return forms.Text{TH: "ท่านชำระค่าธรรมเนียม", EN: "For you to pay the fee"}
	case forms.Supply:
		return forms.Text{TH: "ท่านส่งเอกสารที่ขาด", EN: "For you to send documents that are missing"}
	default:
		return forms.Text{TH: string(k), EN: string(k)}
	}
}

// extension says how a clock may be prolonged.
func extension(c forms.Clock) forms.Text {
	if c.Extend == nil {
		return forms.Text{}
	}
	return words.With("ขยายได้ไม่เกิน {times} ครั้ง ครั้งละไม่เกิน {days} วัน โดยแจ้งเหตุผลก่อนครบกำหนด",
		"It may be extended {times} times by up to {days} days, with the reason told beforehand", "times", c.Extend.Times, "days", c.Extend.Days)
}

// issuerName says who makes a document.
func issuerName(i forms.Issuer) forms.Text {
	switch i {
	case forms.State:
		return forms.Text{TH: "หน่วยงานของรัฐ", EN: "A state agency"}
	case forms.Private:
		return forms.Text{TH: "เอกชนหรือบุคคลอื่น", EN: "A company or another person"}
	case forms.Citizen:
		return forms.Text{TH: "ผู้ยื่นจัดทำเอง", EN: "Yourself"}
	default:
		return forms.Text{TH: "ผู้ยื่นจัดทำเอง", EN: "Yourself"}
	}
}

// identityOf says how well who asks must be known (MTH-2.5).
func identityOf(f *forms.Form) manualIdentity {
	m := manualIdentity{Level: f.Identity.Level, Reason: f.Identity.Reason}
	switch m.Level {
	case "L0":
		m.Name = forms.Text{TH: "ไม่ต้องยืนยันตัวตน", EN: "Nobody need be known"}
	case "L1":
		m.Name = forms.Text{TH: "ไม่ต้องพิสูจน์ตัวตน", EN: "No proof of identity is needed"}
	case "L2":
		m.Name = forms.Text{TH: "ยืนยันด้วยรหัสทางโทรศัพท์ ThaID หรือเจ้าหน้าที่ตรวจบัตร", EN: "A code by telephone, ThaID, or an officer who sees the card"}
	case "L3":
		m.Name = forms.Text{TH: "ยืนยันด้วย ThaID", EN: "ThaID"}
	}
	return m
}

// questionsOf are what the form asks, by part, without files.
func questionsOf(f *forms.Form) []manualPart {
	var all []manualPart
	for _, fl := range f.Fields {
		if fl.Section != (forms.Text{}) || len(all) == 0 {
			all = append(all, manualPart{Heading: fl.Section})
		}
		part := &all[len(all)-1]
		switch {
		case fl.Kind == forms.GroupField:
			for _, sub := range fl.Fields {
				if !sub.Files() {
					part.Labels = append(part.Labels, sub.Label)
				}
			}
		case !fl.Files():
			part.Labels = append(part.Labels, fl.Label)
		}
	}
	kept := all[:0]
	for _, p := range all {
		if len(p.Labels) > 0 {
			kept = append(kept, p)
		}
	}
	return kept
}

// noticeOf is the privacy notice in the agency's name, with what else counts for each way of asking.
func noticeOf(f *forms.Form, a agencies.Agency) forms.Text {
	notice := words.With(f.Notice.Text.TH, f.Notice.Text.EN, "agency", a.Name)
	more := words.With("ข้อความในแชต LINE ส่งผ่านระบบ LINE ซึ่งอาจเก็บข้อมูลในต่างประเทศ คุณขอดู ขอแก้ หรือขอให้ลบข้อมูลของคุณได้ที่ “หน้าของฉัน” พิมพ์ “เจ้าหน้าที่” ในแชต หรือติดต่อ {agency}",
		"Messages in a LINE chat pass through LINE, which may keep data abroad. You may ask to see, correct or erase your data: under “My page”, by typing “officer” in the chat, or at {agency}.", "agency", a.Name)
	return words.With("{notice}\n\n{more}", "{notice}\n\n{more}", "notice", notice, "more", more)
}

func agencyOf(a agencies.Agency) manualAgency {
	return manualAgency{Code: a.Code, Name: a.Name, Kind: a.Kind, Phone: a.Phone, Address: a.Address, Hours: string(a.Hours)}
}

// complaints are where to turn when something is wrong: the agency itself, the government's hotline and the hotline on
// corruption.
func complaints(a agencies.Agency) []forms.Text {
	government := forms.Text{TH: "ศูนย์บริการประชาชน สำนักงานปลัดสำนักนายกรัฐมนตรี โทร. 1111", EN: "Government call centre: 1111"}
	corruption := forms.Text{TH: "สำนักงาน ป.ป.ท. (พบการเรียกรับประโยชน์) โทร. 1206", EN: "Anti-corruption commission in the public sector (PACC): 1206"}
	all := []forms.Text{government, corruption}
	if a.Phone == "" {
		return all
	}
	return append([]forms.Text{words.With("{agency} โทร. {phone}", "{agency}, tel. {phone}", "agency", a.Name, "phone", a.Phone)}, all...)
}

// baht writes an amount as fees have it: 1,000 or 0.50.
func baht(amount float64) string { return thai.Number(amount) }
