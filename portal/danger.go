package portal

import (
	"saphan/agencies"
	"saphan/forms"
)

// danger is what whoever reports something that cannot wait does now and whom they call, as the service advises; where it
// does not, to keep away.
func (o own) danger(f *forms.Form, answers []forms.Answer, agency agencies.Agency) string {
	advice := f.Advice(answers).In(o.Lang)
	if advice == "" {
		advice = o.T("อยู่ให้ห่างจากจุดอันตราย ถ้ามีคนบาดเจ็บ โทร 1669 เหตุด่วนโทร 191", "Please keep away from the danger. If someone is hurt call 1669; in an emergency call 191.")
	}
	if agency.Phone != "" {
		advice += o.T(" หรือโทรหาหน่วยงาน {phone}", " You can also call the agency at {phone}.", "phone", agency.Phone)
	}
	return advice
}
