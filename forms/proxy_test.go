package forms

import (
	"slices"
	"testing"
	"time"
)

// PDP-10: who files for another says so and who they are, and shows the power of attorney, which names both, what it
// is for and until when. It is never taken out of the vault of who files: that holds papers about themselves. Who
// files for themselves is asked none of it.
func TestProxies(t *testing.T) {
	t.Parallel()
	today := bangkok(2026, time.November, 22)
	for _, c := range []struct {
		service    Key
		self, for_ []string // the answers that say for whom it is
		asked      []string
		document   bool
	}{
		{"hazardous-business", []string{"purpose", "เลิกกิจการ", "filed_by", "ยื่นเอง"}, []string{"purpose", "เลิกกิจการ", "filed_by", "ยื่นแทนผู้อื่น"}, []string{"proxy_name", "proxy_id"}, true},
		{"food-premises", []string{"purpose", "ต่ออายุ", "held", "ใบอนุญาต", "filed_by", "ยื่นเอง"}, []string{"purpose", "ต่ออายุ", "held", "ใบอนุญาต", "filed_by", "ยื่นแทนผู้อื่น"}, []string{"proxy_name", "proxy_id"}, true},
		{"building-permit", []string{"purpose", "รื้อถอน", "filed_by", "เป็นเจ้าของ"}, []string{"purpose", "รื้อถอน", "filed_by", "ยื่นแทนเจ้าของ"}, []string{"agent_name", "agent_id"}, true},
		{"elderly-allowance", []string{"purpose", "สละสิทธิ", "filed_by", "ของตัวเอง"}, []string{"purpose", "สละสิทธิ", "filed_by", "ทำแทนผู้สูงอายุ"}, []string{"proxy_name", "proxy_id"}, true},
		{"personal-data", []string{"filed_by", "ของฉันเอง"}, []string{"filed_by", "ของผู้ที่มอบอำนาจ"}, []string{"proxy_name", "proxy_id"}, true},
		{"personal-data", nil, []string{"filed_by", "บุตรหรือผู้ที่ฉันดูแล"}, []string{"proxy_name", "proxy_id"}, false}, // a parent needs none
	} {
		f := service(t, c.service, today)
		open := f.Open(filled(t, f, c.for_...))
		for _, key := range c.asked {
			if !slices.Contains(keys(open), key) {
				t.Errorf("%s for another: %s is not asked", c.service, key)
			}
		}
		i := slices.IndexFunc(open, func(fl Field) bool { return fl.Key == "power_of_attorney" })
		if (i >= 0) != c.document {
			t.Errorf("%s %v: the power of attorney is asked: %v", c.service, c.for_, i >= 0)
		}
		if i >= 0 && (open[i].Optional || open[i].Issuer != Citizen || open[i].Help.TH == "" || open[i].Vault != nil) {
			t.Errorf("%s: the power of attorney is %+v", c.service, open[i])
		}
		for _, fl := range f.Open(filled(t, f, c.self...)) {
			if fl.Key == "power_of_attorney" || slices.Contains(c.asked, fl.Key) {
				t.Errorf("%s for oneself: %s is asked", c.service, fl.Key)
			}
		}
	}
	// What everybody may ask and report needs no proxy: no person stands behind it.
	for _, key := range []Key{"public-problem", "question", "licence-data", "waste-collection"} {
		if _, ok := service(t, key, today).Field("power_of_attorney"); ok {
			t.Errorf("%s asks for a power of attorney", key)
		}
	}
}

// PDP-10: every service that asks for a power of attorney is known to ask who files, by which answer, and for whom, so that
// a mandate fills all of it in; what a mandate says and the answers do not is found.
func TestProxyOfAForm(t *testing.T) {
	t.Parallel()
	today := bangkok(2026, time.November, 22)
	for _, key := range []Key{"hazardous-business", "food-premises", "building-permit", "elderly-allowance", "personal-data"} {
		p := service(t, key, today).Proxy()
		if p.By != "filed_by" || p.Choice == "" || p.Name == "" || p.ID == "" || p.Document == "" || p.Title == "" || p.Person == "" || p.Number == "" {
			t.Errorf("%s: %+v", key, p)
		}
	}
	f := service(t, "personal-data", today)
	for _, c := range []struct {
		by, name, number string
		says             bool
	}{
		{"ของผู้ที่มอบอำนาจ", "สมชาย  ตัวอย่าง", "1234545678781", true},
		{"ของฉันเอง", "สมชาย ตัวอย่าง", "1234545678781", false},
		{"ของผู้ที่มอบอำนาจ", "สมหญิง ตัวอย่าง", "1234545678781", false},
		{"ของผู้ที่มอบอำนาจ", "สมชาย ตัวอย่าง", "3100600445635", false},
	} {
		answers := filled(t, f, "filed_by", c.by, "name", "สมชาย ตัวอย่าง", "national_id", "1-2345-45678-78-1")
		if got := f.Proxy().Says(answers, c.name, c.number); got != c.says {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
