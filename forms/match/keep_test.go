package match

import "testing"

func TestKeepPlace(t *testing.T) {
	t.Parallel()
	p := newPlaces()
	for said, want := range map[string]string{
		"ไฟถนนดับหน้าบ้านซอย 4":            "หน้าบ้านซอย 4",
		"ไฟดับหน้าวัดใหม่มาสามคืนแล้วครับ": "หน้าวัดใหม่",
		"ถนนพัง": "",
		"ถนนหน้าโรงเรียนเป็นหลุม": "หน้าโรงเรียน",
		"ท่อตัน":           "",
		"ต้นไม้ล้ม หมู่ 5": "หมู่ 5",
		"น้ำท่วมบ้านเลขที่ 99/1 หมู่ ๔ ต.ตัวอย่าง": "บ้านเลขที่ 99/1 หมู่ ๔ ต.ตัวอย่าง",
		"เสาไฟเลขที่ 14 ไม่ติด":                    "เสาไฟเลขที่ 14",
		"หลุมใหญ่ซอยสุขใจ 3 ใกล้ตลาดสดครับ":        "ซอยสุขใจ 3 ใกล้ตลาดสด",
		"street light broken in front of my condo": "in front of my condo",
		"pothole on Soi 9 near the market please":  "Soi 9 near the market",
		"ขอถังขยะ":                                 "",
		"สวัสดีครับ":                               "",
		"":                                         "",
		"หน้า":                                     "",
		"ไฟแถวศาลา ม.9 ดับ":                        "แถวศาลา ม.9",
	} {
		if got := p.find(ready(said)); got != want {
			t.Errorf("%q: place %q, want %q", said, got, want)
		}
	}
}

func TestKeepChoice(t *testing.T) {
	t.Parallel()
	m := matcher(t)
	for said, want := range map[string]string{
		"ไฟถนนดับหน้าบ้านซอย 4": "light",
		"ท่อตัน": "drain",
		"น้ำไม่ไหลสองวันแล้ว":         "water",
		"หมาจรจัดไล่กัดคนแถวตลาด":     "animal",
		"ข้างบ้านเผาขยะ ควันเข้าบ้าน": "nuisance",
		"ถนนหน้าวัดเป็นหลุม":          "road",
		"ต้นไม้ล้มขวางทาง":            "tree",
		"สายไฟขาดหน้าโรงเรียน":        "danger",
		"pothole on soi 9":                "road",
		"street lights out near my condo": "light",
		"เรื่องที่อยากบอก":                "",
	} {
		parts := m.Keep("public-problem", said)
		got := ""
		if len(parts.Chosen) > 0 {
			got = parts.Chosen[0].Value
			if parts.Chosen[0].Field != "category" || parts.Chosen[0].Why == "" {
				t.Errorf("%q: %+v", said, parts.Chosen[0])
			}
		}
		if got != want || len(parts.Chosen) > 1 {
			t.Errorf("%q: %+v, want %q", said, parts.Chosen, want)
		}
		if parts.Description != said {
			t.Errorf("%q is described as %q", said, parts.Description)
		}
	}
	if parts := m.Keep("no-such-service", "ไฟดับหน้าวัด"); len(parts.Chosen) > 0 || parts.Place != "หน้าวัด" {
		t.Errorf("%+v", parts)
	}
}
