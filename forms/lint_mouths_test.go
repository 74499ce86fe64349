package forms

import (
	"os"
	"strings"
	"testing"
)

// What a service says is said in the chat, on pages, in the manual and on papers: it is true in each.
func TestMouths(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/workshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const next = "เจ้าหน้าที่จะแจ้งผลให้ทราบค่ะ, en: An officer will tell you the result."
	for said, found := range map[string]string{
		"รอผลในแชตนี้ค่ะ, en: Wait for the result here.":            "แชต",
		"รอผลในแชทนี้ค่ะ, en: Wait for the result here.":            "แชท",
		"จะแจ้งผลให้ทราบค่ะ, en: The result comes in this chat.":    "chat",
		"จะแจ้งผลทาง LINE ค่ะ, en: You will hear from us.":          "ทาง LINE",
		"จะแจ้งผลทางไลน์ค่ะ, en: You will hear from us.":            "ทางไลน์",
		"จะแจ้งผลให้ทราบค่ะ, en: The result comes by LINE.":         "by LINE",
		"พิมพ์ “เจ้าหน้าที่” ได้เสมอค่ะ, en: Ask whenever you like": "“เจ้าหน้าที่”",
		"ไม่มีแตะ \"ข้าม\" ค่ะ, en: You may skip it":                `"ข้าม"`,
		"ไม่มีข้ามได้ค่ะ, en: Otherwise tap “Skip”":                 "“Skip”",
	} {
		text := strings.Replace(string(raw), next, said, 1)
		_, faults := Read("workshop.yaml", []byte(text))
		if len(faults) != 1 || faults[0].Where != "next" || faults[0].Line != 49 || !strings.Contains(faults[0].What, found) {
			t.Errorf("%s: named %v, want next on line 49 with %s", said, faults, found)
		}
		if form, faults := readKept("workshop.yaml", []byte(text)); form == nil {
			t.Errorf("%s: a case that began with it would lose it: %v", said, faults)
		}
	}
	for _, fine := range []string{
		"จะแจ้งผลทางออนไลน์ค่ะ, en: The result comes on line.",
		"ขอ LINE ID ไว้ติดต่อค่ะ, en: Skip what you do not know and tell an officer later.",
	} {
		if _, faults := Read("workshop.yaml", []byte(strings.Replace(string(raw), next, fine, 1))); len(faults) > 0 {
			t.Errorf("%s: refused with %v", fine, faults)
		}
	}
	for _, s := range Sentences() {
		if found := ofChat.FindString(s.TH + " " + s.EN); found != "" {
			t.Errorf("%q speaks of %s, and is said on pages too", s.TH, found)
		}
	}
	deep := strings.Replace(string(raw), `en: Saw}, baht: 100}`, `en: Saw in a chat}, baht: 100}`, 1)
	if _, faults := Read("workshop.yaml", []byte(deep)); len(faults) != 1 || faults[0].Where != "fee.tables.machine.rows.saw.label" {
		t.Errorf("deep in the file: %v", faults)
	}
}
