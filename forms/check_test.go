package forms

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
)

func ptr[T any](v T) *T { return &v }

var at = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)

// TestCheck tries each kind of field with answers and with what is none. Refusals are one
// sentence with an example.
func TestCheck(t *testing.T) {
	t.Parallel()
	text := Field{Key: "f", Kind: TextField, Label: Text{TH: "ชื่อ"}, Example: Text{TH: "สมชาย ตัวอย่าง", EN: "Somchai"}, MaxLength: 20}
	title := Field{Key: "f", Kind: TextField, Example: Text{TH: "นางสาว"}, Choices: []Choice{{Value: "ms", Label: Text{TH: "นางสาว", EN: "Ms"}}}}
	number := Field{Key: "f", Kind: NumberField, Example: Text{TH: "120"}, Unit: Text{TH: "ตร.ม.", EN: "sq m"}, Min: ptr(1.0), Max: ptr(1000.0)}
	power := Field{Key: "f", Kind: NumberField, Example: Text{TH: "2"}, Whole: true, Choices: []Choice{{Value: "0", Label: Text{TH: "ไม่มีเครื่องจักร", EN: "None"}}}}
	choice := Field{Key: "f", Kind: ChoiceField, Choices: []Choice{
		{Value: "light", Label: Text{TH: "ไฟถนนดับ", EN: "Street light"}}, {Value: "road", Label: Text{TH: "ถนน ทางเท้า", EN: "Road"}}, {Value: "drain", Label: Text{TH: "ถนนน้ำท่วม", EN: "Flood"}},
	}}
	born := Field{Key: "f", Kind: DateField, Example: Text{TH: "5 มี.ค. 2530"}, Past: true}
	sells := Field{Key: "f", Kind: ChoicesField, Most: 2, Choices: []Choice{
		{Value: "in", Label: Text{TH: "กินที่ร้าน"}}, {Value: "out", Label: Text{TH: "กลับบ้าน"}}, {Value: "sent", Label: Text{TH: "ส่งถึงบ้าน"}},
	}}
	opens := Field{Key: "f", Kind: TimeField, Example: Text{TH: "08.30"}}
	mail := Field{Key: "f", Kind: EmailField, Example: Text{TH: "a@example.com"}}
	partial := Field{Key: "f", Kind: DateField, Example: Text{TH: "2490"}, Past: true, Partial: true}
	start := Field{Key: "f", Kind: DateField, Example: Text{TH: "5 มี.ค. 2570"}, Future: true}
	person := Field{Key: "f", Kind: ThaiIDField, Example: Text{TH: "1-2345-45678-78-1"}}
	company := Field{Key: "f", Kind: ThaiIDField, Example: Text{TH: "0-1055-43008-21-9"}, Juristic: true}
	phone := Field{Key: "f", Kind: PhoneField, Example: Text{TH: "081 234 5678"}}
	address := Field{Key: "f", Kind: AddressField, Example: Text{TH: "99/1 หมู่ 4 ต.ตัวอย่าง"}}
	place := Field{Key: "f", Kind: LocationField, Example: Text{TH: "หน้าวัดตัวอย่าง"}}
	photo := Field{Key: "f", Kind: PhotoField, Multiple: 2}
	document := Field{Key: "f", Kind: DocumentField, Issuer: Citizen}
	jpg, pdf, sound := File{ID: 1, Type: "image/jpeg"}, File{ID: 2, Name: "ก.pdf", Type: "application/pdf"}, File{ID: 3, Type: "audio/mp4"}
	pin := &Place{Address: "ซอยตัวอย่าง 4", Latitude: ptr(13.75), Longitude: ptr(100.5)}
	for _, c := range []struct {
		name  string
		field Field
		in    Input
		text  string // shown; "" means refused
		value string
	}{
		{"text", text, Input{Text: "  สมหญิง   ตัวอย่าง "}, "สมหญิง ตัวอย่าง", `"  สมหญิง   ตัวอย่าง "`},
		{"text is canonical, the original kept (LOC-8)", text, Input{Text: "น\u0e4d\u0e32"}, "นำ", `"น` + "\u0e4d\u0e32" + `"`},
		{"text of dots", text, Input{Text: "..."}, "", ""},
		{"text of a picture", text, Input{Text: "😀"}, "", ""},
		{"text too long", text, Input{Text: strings.Repeat("ก", 21)}, "", ""},
		{"text of 5,000 letters", text, Input{Text: strings.Repeat("ก", 5000)}, "", ""},
		{"text just fits in clusters (LOC-18)", text, Input{Text: strings.Repeat("ที่", 20)}, strings.Repeat("ที่", 20), `"` + strings.Repeat("ที่", 20) + `"`},
		{"no text but a photo", text, Input{Files: []File{jpg}}, "", ""},
		{"offered text tapped", title, Input{Choice: "ms"}, "นางสาว", `"นางสาว"`},
		{"offered text typed in English", title, Input{Text: "ms"}, "นางสาว", `"นางสาว"`},
		{"other text than offered", title, Input{Text: "ดร."}, "ดร.", `"ดร."`},
		{"unknown tap", title, Input{Choice: "x"}, "", ""},

		{"number", number, Input{Text: "๑๒๐"}, "120 ตร.ม.", "120"},
		{"number with its unit", number, Input{Text: "120.50 ตร.ม. ค่ะ"}, "120.5 ตร.ม.", "120.5"},
		{"number too small", number, Input{Text: "0"}, "", ""},
		{"number too big", number, Input{Text: "1,000.5"}, "", ""},
		{"number in words", number, Input{Text: "ร้อยยี่สิบ"}, "", ""},
		{"number offered", power, Input{Choice: "0"}, "0", "0"},
		{"number offered, said shortly", power, Input{Text: "ไม่มีค่ะ"}, "0", "0"},
		{"number with decimals", power, Input{Text: "2.5"}, "", ""},

		{"choice tapped", choice, Input{Choice: "road"}, "ถนน ทางเท้า", `"road"`},
		{"choice typed", choice, Input{Text: "ไฟถนนดับค่ะ"}, "ไฟถนนดับ", `"light"`},
		{"choice by its number", choice, Input{Text: "ข้อ ๒"}, "ถนน ทางเท้า", `"road"`},
		{"choice in English", choice, Input{Text: "Street light"}, "ไฟถนนดับ", `"light"`},
		{"choice in part", choice, Input{Text: "ทางเท้า"}, "ถนน ทางเท้า", `"road"`},
		{"choice that could be two", choice, Input{Text: "ถนน"}, "", ""},
		{"choice out of range", choice, Input{Text: "4"}, "", ""},
		{"choice tapped elsewhere", choice, Input{Choice: "x"}, "", ""},
		{"no choice", choice, Input{Text: "ไม่รู้"}, "", ""},

		{"several choices", sells, Input{Text: "ส่งถึงบ้าน, 1 และ กินที่ร้าน"}, "กินที่ร้าน, ส่งถึงบ้าน", `["in","sent"]`},
		{"several choices tapped", sells, Input{Picked: []string{"sent", "out"}}, "กลับบ้าน, ส่งถึงบ้าน", `["out","sent"]`},
		{"too many choices", sells, Input{Picked: []string{"sent", "out", "in"}}, "", ""},
		{"none of several", sells, Input{Picked: []string{}}, "", ""},
		{"one of several that is none", sells, Input{Text: "กินที่ร้าน, ที่วัด"}, "", ""},
		{"several tapped elsewhere", sells, Input{Picked: []string{"in", "x"}}, "", ""},
		{"time", opens, Input{Text: "แปดโมงครึ่งค่ะ"}, "08.30 น.", `"08:30"`},
		{"time picked", opens, Input{Clock: "17:05"}, "17.05 น.", `"17:05"`},
		{"time that is none", opens, Input{Text: "25.00"}, "", ""},
		{"email", mail, Input{Text: " somchai@example.com "}, "somchai@example.com", `"somchai@example.com"`},
		{"email with a name", mail, Input{Text: "สมชาย <somchai@example.com>"}, "", ""},
		{"email without a domain", mail, Input{Text: "somchai@example"}, "", ""},
		{"year of birth only (LOC-7)", partial, Input{Text: "ปี 2490"}, "พ.ศ. 2490", `"1947"`},
		{"month of birth only", partial, Input{Text: "มี.ค. 2490"}, "มีนาคม 2490", `"1947-03"`},
		{"whole date of birth", partial, Input{Text: "5 มี.ค. 2490"}, "5 มีนาคม 2490", `"1947-03-05"`},
		{"year to come", partial, Input{Text: "2570"}, "", ""},
		{"year where the day is needed", born, Input{Text: "2490"}, "", ""},
		{"date picked", born, Input{Date: "1987-03-05"}, "5 มีนาคม 2530", `"1987-03-05"`},
		{"date typed", born, Input{Text: "๕ มี.ค. ๓๐"}, "5 มีนาคม 2530", `"1987-03-05"`},
		{"date in the future", born, Input{Text: "21 พ.ย. 2569"}, "", ""},
		{"today by Bangkok's clock", born, Input{Date: "2026-11-20"}, "20 พฤศจิกายน 2569", `"2026-11-20"`},
		{"date in the past", start, Input{Date: "2026-11-19"}, "", ""},
		{"forged date", born, Input{Date: "yesterday"}, "", ""},
		{"no date", born, Input{Text: "เมื่อวาน"}, "", ""},

		{"person", person, Input{Text: "๑-๒๓๔๕-๔๕๖๗๘-๗๘-๑"}, "1-2345-45678-78-1", `"1234545678781"`},
		{"wrong check digit (STD-11)", person, Input{Text: "1101700230705"}, "", ""},
		{"company for a person", person, Input{Text: "0105543008219"}, "", ""},
		{"company", company, Input{Text: "0105543008219"}, "0-1055-43008-21-9", `"0105543008219"`},

		{"phone", phone, Input{Text: "081-234-5678"}, "081 234 5678", `"+66812345678"`},
		{"phone with extension", phone, Input{Text: "02 123 4567 ต่อ 9"}, "02 123 4567 ต่อ 9", `"+6621234567;ext=9"`},
		{"no phone", phone, Input{Text: "191"}, "", ""},

		{"address", address, Input{Text: "99/1 หมู่ 4\nต.ตัวอย่าง"}, "99/1 หมู่ 4 ต.ตัวอย่าง", `"99/1 หมู่ 4 ต.ตัวอย่าง"`},
		{"address of a shared place", address, Input{Place: &Place{Address: "12 ถนนตัวอย่าง กรุงเทพฯ"}}, "12 ถนนตัวอย่าง กรุงเทพฯ", `"12 ถนนตัวอย่าง กรุงเทพฯ"`},
		{"address without a number", address, Input{Text: "บ้านสีฟ้าใกล้วัด"}, "", ""},
		{"address of digits", address, Input{Text: "12345678901"}, "", ""},

		{"pin", place, Input{Place: pin}, "ซอยตัวอย่าง 4", `{"address":"ซอยตัวอย่าง 4","lat":13.75,"lon":100.5}`},
		{"pin without words", place, Input{Place: &Place{Latitude: ptr(13.75), Longitude: ptr(100.5)}}, "13.750000, 100.500000", `{"lat":13.75,"lon":100.5}`},
		{"place in words", place, Input{Text: "หน้าวัดตัวอย่าง"}, "หน้าวัดตัวอย่าง", `{"title":"หน้าวัดตัวอย่าง"}`},
		{"no such point", place, Input{Place: &Place{Latitude: ptr(91.0), Longitude: ptr(0.0)}}, "", ""},
		{"no place", place, Input{Text: "นี่"}, "", ""},

		{"photos", photo, Input{Files: []File{jpg, {ID: 9, Type: "image/png"}}}, "2 รูป", `[{"id":1,"type":"image/jpeg"},{"id":9,"type":"image/png"}]`},
		{"too many photos", photo, Input{Files: []File{jpg, jpg, jpg}}, "", ""},
		{"PDF for a photo", photo, Input{Files: []File{pdf}}, "", ""},
		{"no photo", photo, Input{Text: "สีฟ้า"}, "", ""},
		{"document", document, Input{Files: []File{pdf}}, "ก.pdf", `[{"id":2,"name":"ก.pdf","type":"application/pdf"}]`},
		{"photo of a document", document, Input{Files: []File{jpg}}, "1 ไฟล์", `[{"id":1,"type":"image/jpeg"}]`},
		{"sound for a document", document, Input{Files: []File{sound}}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.in.Now = at
			got, err := c.field.Check(c.in)
			if c.text == "" {
				said := fault.MessageOf(err)
				if !fault.Is(err, fault.Invalid) || strings.ContainsAny(said, "{}\n") || said == "" {
					t.Errorf("accepted as %q, or said badly: %v", got.Text, err)
				}
				if example := c.field.Example.TH; example != "" && !strings.Contains(said, example) {
					t.Errorf("%q shows no example", said)
				}
				return
			}
			if err != nil || got.Text != c.text || string(got.Value) != c.value || got.Field != "f" || got.Kind != c.field.Kind {
				t.Errorf("got %q %s (%v)\nwant %q %s", got.Text, got.Value, err, c.text, c.value)
			}
		})
	}
}

func TestCheckInEnglish(t *testing.T) {
	t.Parallel()
	f := Field{Kind: PhoneField, Example: Text{TH: "081", EN: "081 234 5678"}}
	_, err := f.Check(Input{Text: "x", Lang: "en"})
	if got := fault.MessageOf(err); !strings.HasPrefix(got, "Please give a telephone number") || !strings.HasSuffix(got, "081 234 5678") {
		t.Errorf("got %q", got)
	}
}

// TestSentences finds sentences that are missing, unused or in one language only.
func TestSentences(t *testing.T) {
	t.Parallel()
	texts, err := sentences()
	if err != nil {
		t.Fatal(err)
	}
	var source []byte
	for _, name := range []string{"check.go", "check_more.go", "fill.go"} {
		part, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, part...)
	}
	used := []string{string(PhotoField), string(DocumentField)} // named by the kind
	for _, m := range regexp.MustCompile(`(?:f\.refuse\(in, |rule := thai\.ParseNationalID, |, rule = thai\.ParseJuristicID, )"(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		used = append(used, m[1])
	}
	for _, key := range used {
		if text := texts[key]; text.TH == "" || text.EN == "" {
			t.Errorf("no sentence %q in both languages", key)
		}
	}
	for key := range texts {
		if !slices.Contains(used, key) && !strings.Contains(string(source), `"`+key+`"`) {
			t.Errorf("sentence %q is never said", key)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("กินที่ร้าน, 2 และ แปดโมงครึ่ง", "", "")
	f.Add("๑๒๐ ตร.ม.", "light", "2026-01-01")
	f.Add("", "", "")
	c := ready(f)
	f.Fuzz(func(t *testing.T, text, picked, date string) {
		for _, form := range c.List() {
			for _, fl := range plainFields(form) {
				a, err := fl.Check(Input{Text: text, Choice: picked, Date: date, Now: at})
				if err != nil {
					if fault.KindOf(err) != fault.Invalid {
						t.Fatalf("%s: %v", fl.Key, err)
					}
					continue
				}
				if !json.Valid(a.Value) || a.Text == "" || a.Field != fl.Key {
					t.Fatalf("%s: %+v", fl.Key, a)
				}
			}
		}
	})
}

// plainFields are the fields that are answered themselves, those of groups among them.
func plainFields(f *Form) []Field {
	var all []Field
	for _, fl := range f.Fields {
		if fl.Kind == GroupField {
			all = append(all, fl.Fields...)
		} else {
			all = append(all, fl)
		}
	}
	return all
}
