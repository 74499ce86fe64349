package permits

import (
	"strings"
	"unicode/utf8"

	"saphan/internal/thai"
)

// Item is one line of a permit. It stands on the document whole; what others than the holder see is Shown.
type Item struct {
	Section string `json:"section,omitempty"` // heading it stands under
	Label   string `json:"label"`
	Value   string `json:"value"`
	Shown   string `json:"shown,omitempty"` // in public, in place of a value that is not Public
	Public  bool   `json:"public"`          // the value itself may be shown to anyone
	Data    string `json:"data,omitempty"`  // its place in the attached data: premises.name
}

// The headings items stand under.
const (
	holderSection   = "ผู้รับใบอนุญาต"
	premisesSection = "สถานประกอบกิจการ"
	otherSection    = "รายการในใบอนุญาต"
)

// kind is what the register knows of an answer by the name of its field.
type kind struct {
	section, data string
	public        bool
}

// kinds are the fields that have a place of their own; the names are those that forms use. Any other field stands under the
// general heading and is not shown in public, because nobody has said that it may be.
var kinds = map[string]kind{
	"juristic_number":  {holderSection, "holder.id_masked", true},
	"national_id":      {holderSection, "holder.id_masked", false},
	"nationality":      {holderSection, "holder.nationality", false},
	"home_address":     {holderSection, "", false},
	"phone":            {holderSection, "", false},
	"premises_name":    {premisesSection, "premises.name", true},
	"premises_address": {premisesSection, "premises.address", true},
	"business_group":   {premisesSection, "activity.group", true},
	"activity":         {premisesSection, "activity.type", true},
	"area":             {premisesSection, "activity.area_m2", true},
	"horsepower":       {premisesSection, "activity.horsepower", true},
	"workers":          {premisesSection, "activity.workers", true},
}

// NewItem makes the item for an answer: field is its key in the form, label and value are as they stand on the permit.
func NewItem(field, label, value string) Item {
	k, ok := kinds[field]
	if !ok {
		k.section = otherSection
	}
	it := Item{Section: k.section, Label: label, Value: value, Public: k.public, Data: k.data}
	if field == "national_id" {
		// The paper shows the number whole, everything public only its ends (PDPA: no more than needed).
		it.Shown = thai.NationalID(digits(value)).String()
	}
	return it
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, thai.Digits(s))
}

// organisations begin with these words; their names are public.
var organisations = []string{"บริษัท", "ห้างหุ้นส่วน", "ห้าง", "บจก", "หจก", "มูลนิธิ", "สมาคม", "สหกรณ์", "วิสาหกิจ", "กลุ่ม", "วัด", "โรงเรียน", "องค์การ", "เทศบาล"}

// PublicHolder is the holder as anyone may see it: an organisation whole, a person with the family name hidden.
func (p Permit) PublicHolder() string {
	for _, o := range organisations {
		if strings.HasPrefix(p.Holder, o) {
			return p.Holder
		}
	}
	words := strings.Fields(p.Holder)
	for i, w := range words {
		if i > 0 {
			words[i] = first(w) + "xxxxx"
		}
	}
	if len(words) == 1 && utf8.RuneCountInString(words[0]) > 3 {
		return first(words[0]) + "xxxxx"
	}
	return strings.Join(words, " ")
}

// first is the first letter of a word with what belongs to it: a vowel in front, marks above.
func first(w string) string {
	runes := []rune(w)
	n := 1
	if runes[0] >= 'เ' && runes[0] <= 'ไ' {
		n = 2
	}
	return string(runes[:min(n, len(runes))])
}
