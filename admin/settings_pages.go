package admin

import "net/http"

// settingsPage is a page on which a head sets something up.
type settingsPage struct {
	Key  string // of the page in the navigation, and its path
	Icon string
	Name string
	What string // what is set up there
}

// settingsPages are all of them, in the order in which an agency that begins needs them.
func settingsPages() []settingsPage {
	return []settingsPage{
		{"channels", "message-square", "ช่องทาง LINE", "บัญชีทางการ โทเคน เว็บฮุก และการประกาศช่องทาง"},
		{"officers", "users", "เจ้าหน้าที่", "เชิญ กำหนดบทบาท แบ่งงานในคิว ทักษะ และช่วงที่ไม่อยู่"},
		{"delegations", "user-check", "การลงนาม", "ตำแหน่งใต้ชื่อ การมอบอำนาจ และการรักษาราชการแทน"},
		{"services", "list", "บริการ", "เปิดปิดบริการ วันทำการ อัตราค่าธรรมเนียม และขั้นตอนอัตโนมัติ"},
		{"calendar", "clock", "ปฏิทินทำการ", "เวลาทำการ วันหยุด และวันรับเรื่องจากหน่วยงานอื่น"},
		{"routing", "arrow-right-left", "กฎและพื้นที่", "เรื่องใดไปคิวใด และพื้นที่ที่รับผิดชอบ"},
		{"on-call", "siren", "เวรเหตุด่วน", "ใครถูกเรียกเมื่อมีเรื่องที่รอไม่ได้ และเบอร์ที่เรียก"},
		{"account", "landmark", "บัญชีรับเงิน", "บัญชีและพร้อมเพย์ที่ประชาชนชำระค่าธรรมเนียม"},
		{"disposals", "archive", "อายุการเก็บ", "เรื่องที่ครบกำหนดเก็บ และการทำลาย"},
		{"api-keys", "key-round", "กุญแจ API", "ระบบของหน่วยงานที่ทำงานแทนเจ้าหน้าที่"},
		{"changes", "history", "ประวัติ", "ใครเปลี่ยนการตั้งค่าใด เมื่อใด"},
	}
}

// settingsScreen is the page from which each of them is found.
type settingsScreen struct {
	chrome
	Pages []settingsPage
}

func (a *Admin) showSettings(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ตั้งค่าหน่วยงาน")
	return page{view: "settings", data: settingsScreen{chrome: c, Pages: settingsPages()}}, err
}
