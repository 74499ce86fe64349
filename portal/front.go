package portal

import (
	"net/http"

	"saphan/forms"
	"saphan/internal/fault"
)

// frontPage is what the bare address shows: what can be asked for, and the other ways on.
type frontPage struct {
	openPage
	Services []serviceLine
}

func (p *Portal) showFront(r *http.Request) (reply, error) {
	page := frontPage{openPage: p.openPageOf(r, forms.Text{TH: "ติดต่อหน่วยงานรัฐ", EN: "Public services"})}
	if p.catalog != nil {
		for _, f := range p.catalog.List() {
			page.Services = append(page.Services, serviceLineOf(f))
		}
	}
	return catalogued{view: "front", listed: true, data: page}, nil
}

// showNothing answers an address at which there is nothing.
func (p *Portal) showNothing(*http.Request) (reply, error) {
	return nil, fault.New(fault.NotFound, "ไม่มีหน้านี้ กรุณาเปิดลิงก์จากข้อความในแชตอีกครั้ง หรือตรวจที่อยู่ที่พิมพ์")
}
