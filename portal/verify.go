package portal

import (
	"net/http"

	"saphan/permits"
)

// verifyPage is the form in which anyone types the number of a permit.
type verifyPage struct {
	own
	Typed   string
	Problem string
}

// showVerify asks for a number, and goes to the permit's page when one was typed.
func (p *Portal) showVerify(r *http.Request) (reply, error) {
	page := verifyPage{own: ownOf(r, "", "ตรวจสอบใบอนุญาต", "Check a permit")}
	typed := r.URL.Query().Get("number")
	if typed == "" {
		return html{view: "verify", keep: keepShort, data: page}, nil
	}
	if number, ok := permits.ParseNumber(typed); ok {
		return redirect("/p/" + number), nil
	}
	page.Typed = typed
	page.Problem = page.T("เลขที่นี้ไม่ครบหรือไม่ตรงรูปแบบ กรุณาพิมพ์ตามที่อยู่บนใบอนุญาต เช่น SN-HB-2569-000001",
		"This is not the whole number of a permit. Please type it as it stands there, such as SN-HB-2569-000001.")
	return html{view: "verify", status: http.StatusUnprocessableEntity, keep: keepNever, data: page}, nil
}
