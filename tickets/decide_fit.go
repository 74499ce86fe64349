package tickets

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// fit refuses what does not go with the service of a case or with the message that tells of it, and has the decision signed
// in the capacity that the service needs.
func (d *Desk) fit(ctx context.Context, tx pgx.Tx, t Ticket, dec *Decision) error {
	form, err := d.Form(ctx, tx, t)
	if err != nil {
		return err
	}
	request, err := FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return err
	}
	switch granted := dec.Outcome.Granted(); {
	case granted && dec.Reason == "" && form.Outcome(request.Answers).Kind != forms.Permit:
		return fault.New(fault.Invalid, "ยังไม่ได้พิมพ์ผลการดำเนินการ กรุณาบอกประชาชนว่าได้ทำอะไรไปแล้ว")
	case !granted && !form.PersonalOnly() && inPerson(dec.Reason):
		return errInPerson()
	}
	if err := fitsMessage(dec.Facts, dec.Reason, dec.LegalBasis, dec.Appeal, dec.Conditions); err != nil {
		return err
	}
	if dec.Signature != (Signature{}) {
		return nil
	}
	dec.Signature, err = d.Decides(ctx, tx, dec.OfficerID, t.AgencyID, form)
	return err
}

// Decides is in what capacity an officer decides today: with the power of whoever signs for the service (EGA-16.1).
func (d *Desk) Decides(ctx context.Context, tx pgx.Tx, officer agencies.OfficerID, agency agencies.AgencyID, form *forms.Form) (Signature, error) {
	of, err := agencies.Find(ctx, tx, agency)
	if err != nil {
		return Signature{}, err
	}
	return d.Signs(ctx, tx, officer, cmp.Or(form.Signer, of.Signer))
}

// Signs is in what capacity an officer signs today; needed is the post whose power the act takes, empty: the own one will do
// (EGA-16.1).
func (d *Desk) Signs(ctx context.Context, tx pgx.Tx, officer agencies.OfficerID, needed string) (Signature, error) {
	post, by, err := agencies.Capacity(ctx, tx, officer, needed, d.now().In(thai.Bangkok()))
	if err != nil || by == nil {
		return Signature{Post: post}, err
	}
	return Signature{Post: post, ActingFor: by.Kind.Thai() + by.Post, OrderNo: by.OrderNo}, nil
}

// fitsMessage refuses what does not fit the message that tells the citizen.
func fitsMessage(texts ...string) error {
	total := 0
	for _, t := range texts {
		total += len([]rune(t))
	}
	if total > Longest {
		return fault.Newf(fault.Invalid, "ข้อความทั้งหมดยาว {n} ตัวอักษร กรุณาย่อให้ไม่เกิน {most} ตัวอักษร", "n", total, "most", Longest)
	}
	return nil
}

// comeHere is how a reason says that one must come to the office, or that what came electronically is not taken.
var comeHere = regexp.MustCompile(`(มา|ไป)(ยื่น|ติดต่อ|ดำเนินการ|ทำ|ขอ)\S{0,40}ด้วยตน|(ต้อง|ให้)(มา|ไป)\S{0,20}ด้วยตน|ไม่รับ\S{0,20}(ออนไลน์|อิเล็กทรอนิกส์|ไลน์)|(ออนไลน์|อิเล็กทรอนิกส์|ไลน์)ไม่ได้`)

// inPerson reports whether a reason is that one must come in person (EGA-7.1).
func inPerson(reason string) bool {
	return comeHere.MatchString(strings.Join(strings.Fields(reason), ""))
}

func errInPerson() error {
	return fault.New(fault.Invalid, "การยื่นทางอิเล็กทรอนิกส์ชอบด้วยกฎหมาย จึงปฏิเสธหรือคืนคำขอเพราะไม่ได้มาด้วยตนเองไม่ได้ (พ.ร.บ. การปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565 มาตรา 7) กรุณาระบุเหตุตามกฎหมายของเรื่องนี้")
}
