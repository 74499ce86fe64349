package permits

import (
	"strings"

	"saphan/agencies"
	"saphan/permits/sheet"
)

// Document draws the permit's document for its agency. It touches nothing outside, and the same permit gives the same bytes:
// the file is dated when the permit was issued, not when it was drawn.
func (o *Office) Document(p Permit, a agencies.Agency) ([]byte, error) {
	d := sheet.Document{
		Number: p.Number, Title: p.Title, FormCode: p.FormCode,
		Agency:     sheet.Agency{Name: a.Name, Address: a.Address, Phone: a.Phone, Code: a.Code},
		LegalBasis: basis(p.LegalBasis), Holder: p.Holder, Sections: sections(p),
		Fee:       sheet.Fee{Satang: p.FeeSatang, Note: p.FeeNote, ReceiptNo: p.ReceiptNo},
		IssuedOn:  noon(p.IssuedOn),
		Signer:    sheet.Signer{Name: p.SignerName, Post: p.SignerPost, SignedAt: p.CreatedAt},
		VerifyURL: o.Link(p.Number), Replaces: p.Replaces,
	}
	for line := range strings.Lines(p.Conditions) {
		if line = strings.TrimSpace(line); line != "" {
			d.Conditions = append(d.Conditions, line)
		}
	}
	if p.ReceiptOn != nil {
		d.Fee.PaidOn = noon(*p.ReceiptOn)
	}
	if p.ValidUntil != nil {
		d.ValidUntil = noon(*p.ValidUntil)
	}
	return sheet.Permit(d, p.CreatedAt)
}

// basis says what the permit rests on.
func basis(law string) string {
	if law = strings.TrimSpace(law); law == "" || strings.HasPrefix(law, "อาศัยอำนาจ") {
		return law
	}
	if first, _, _ := strings.Cut(law, " "); strings.Contains(first, ".") {
		law = " " + law // an abbreviation stands apart
	}
	return "อาศัยอำนาจตาม" + law
}

// sections groups the items under their headings, the holder first, each heading once.
func sections(p Permit) []sheet.Section {
	out := []sheet.Section{{Heading: holderSection, Rows: []sheet.Row{{Label: "ชื่อ", Value: p.Holder}}}}
	for _, it := range p.Items {
		at := -1
		for i, s := range out {
			if s.Heading == it.Section {
				at = i
			}
		}
		if at < 0 {
			out = append(out, sheet.Section{Heading: it.Section})
			at = len(out) - 1
		}
		out[at].Rows = append(out[at].Rows, sheet.Row{Label: it.Label, Value: it.Value, Data: it.Data, Public: it.Shown})
	}
	return out
}
