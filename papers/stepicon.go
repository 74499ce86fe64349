package papers

import "strings"

// iconWord is the icon for what a Thai word speaks of.
type iconWord struct{ word, icon string }

// stepIcons and documentIcons are looked through in order: the first word that occurs counts.
var stepIcons = []iconWord{
	{"ชำระ", "banknote"}, {"ตรวจสถานที่", "map-pinned"}, {"ลงพื้นที่", "map-pinned"}, {"ออกใบรับ", "receipt-text"}, {"ลงทะเบียน", "inbox"}, {"รับเรื่อง", "inbox"}, {"รับแจ้ง", "inbox"},
	{"ทะเบียน", "book-open"}, {"คำสั่ง", "stamp"}, {"พิจารณา", "scale"}, {"อนุญาต", "stamp"}, {"ความเห็น", "message-circle"}, {"แบบแปลน", "ruler"}, {"ผังเมือง", "map"}, {"ซ่อม", "hard-hat"},
	{"แก้ไข", "hard-hat"}, {"จัดถัง", "hard-hat"}, {"ส่งต่อ", "users"}, {"แจ้งผล", "bell"}, {"ตอบ", "message-circle"}, {"ค้น", "search-check"}, {"ตรวจ", "clipboard-check"}, {"ออก", "badge-check"},
}

var documentIcons = []iconWord{
	{"บัตร", "id-card"}, {"นิติบุคคล", "building-2"}, {"แผนที่", "map-pinned"}, {"แบบแปลน", "ruler"}, {"แผนผัง", "ruler"}, {"รูป", "camera"}, {"ภาพ", "camera"}, {"มอบอำนาจ", "signature"}, {"ยินยอม", "signature"},
	{"สัญญา", "signature"}, {"สิทธิ", "signature"}, {"โฉนด", "landmark"}, {"ทะเบียนบ้าน", "house"}, {"อบรม", "graduation-cap"}, {"ใบอนุญาต", "award"}, {"คำนวณ", "list-checks"}, {"บัญชี", "banknote"},
}

// StepIcon is the name of the icon that fits the Thai words of a step; empty: none does, and the card has its own.
func StepIcon(text string) string { return iconOf(stepIcons, text) }

// DocumentIcon is the name of the icon that fits the Thai name of a document; empty: none does, and the card has its own.
func DocumentIcon(text string) string { return iconOf(documentIcons, text) }

func iconOf(all []iconWord, text string) string {
	for _, i := range all {
		if strings.Contains(text, i.word) {
			return i.icon
		}
	}
	return ""
}
