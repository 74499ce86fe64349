package portal

import (
	"net/http"

	"saphan/internal/fault"
)

// frontPage is what the bare address shows: the ways on.
type frontPage struct{ own }

func (p *Portal) showFront(r *http.Request) (reply, error) {
	return html{view: "front", keep: keepShort, data: frontPage{ownOf(r, "", "สะพาน", "Saphan")}}, nil
}

// showNothing answers an address at which there is nothing.
func (p *Portal) showNothing(*http.Request) (reply, error) {
	return nil, fault.New(fault.NotFound, "ไม่มีหน้านี้ กรุณาเปิดลิงก์จากข้อความในแชตอีกครั้ง หรือตรวจที่อยู่ที่พิมพ์")
}
