package bot

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"saphan/forms"
)

// kindScript is how a question of one kind is put, and what people do at it.
type kindScript struct {
	kind  forms.FieldKind
	field string   // the question, as a service file has it
	wrong []string // what is no answer
	right string   // what is one
	other string   // another one, given when it is changed
	on    []string // what leads on from it, if anything
}

// kindScripts are all kinds of question there are.
var kindScripts = []kindScript{
	{forms.TextField, `kind: text, max_length: 20, example: {th: ร้านตัวอย่าง, en: Example shop}`, []string{"(รูป)", "(ตำแหน่ง ตลาด)", strings.Repeat("ยาวไป", 10)}, "ร้านตัวอย่าง", "ร้านใหม่", nil},
	{forms.NumberField, `kind: number, min: 1, max: 500, unit: {th: ตารางเมตร, en: sq m}, example: {th: "120", en: "120"}`, []string{"กว้าง", "0", "900", "(รูป)"}, "๑๒๐", "80.5", nil},
	{forms.ChoiceField, `kind: choice, choices: [{value: yes, label: {th: มี, en: "Yes"}}, {value: no, label: {th: ยังไม่มี, en: Not yet}}]`, []string{"อะไรนะ", "(รูป)"}, "มี", "ยังไม่มี", nil},
	{forms.ChoicesField, `kind: choices, most: 2, choices: [{value: a, label: {th: กินที่ร้าน, en: Eat in}}, {value: b, label: {th: กลับบ้าน, en: Take away}}, {value: c, label: {th: ส่งถึงบ้าน, en: Delivery}}]`,
		[]string{"อะไรนะ", "กินที่ร้าน กลับบ้าน ส่งถึงบ้าน"}, "กินที่ร้าน, กลับบ้าน", "ส่งถึงบ้าน", nil},
	{forms.DateField, `kind: date, past: true, example: {th: 5 มี.ค. 2530, en: 5 Mar 1987}`, []string{"เมื่อวานซืนๆ", "31 ก.พ. 2530", "1 ม.ค. 2590"}, "5 มี.ค. 2530", "(วันที่ 1990-01-01)", nil},
	{forms.TimeField, `kind: time, example: {th: "8.30", en: "8:30"}`, []string{"เช้าๆ", "25.00"}, "8.30", "(เวลา 17:00)", nil},
	{forms.ThaiIDField, `kind: thai_id, example: {th: 1-2345-45678-78-1, en: 1-2345-45678-78-1}`, []string{"1234", "1-2345-45678-78-2", "ไม่บอก"}, "๑๒๓๔๕๔๕๖๗๘๗๘๑", "1-2345-45678-78-1", nil},
	{forms.PhoneField, `kind: phone, example: {th: 081 234 5678, en: 081 234 5678}`, []string{"191", "ไม่มี"}, "+66 81 234 5678", "02 123 4567", nil},
	{forms.EmailField, `kind: email, example: {th: name@example.com, en: name@example.com}`, []string{"ไม่มีครับ", "name@"}, "Name@Example.com", "other@example.com", nil},
	{forms.AddressField, `kind: address, example: {th: 99/1 หมู่ 4 ต.ตัวอย่าง อ.เมือง, en: 99/1 Moo 4 Tua Yang}`, []string{"(รูป)", "ก"}, "99/1 หมู่ 4 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", "(ตำแหน่ง ซอยตัวอย่าง 4)", nil},
	{forms.LocationField, `kind: location, example: {th: หน้าตลาดตัวอย่าง, en: In front of the market}`, []string{"ตรง", "(รูป)"}, "หน้าตลาดตัวอย่าง", "(ตำแหน่ง ซอยตัวอย่าง 4)", nil},
	{forms.PhotoField, `kind: photo, multiple: 2`, []string{"ไม่มีรูป", "(เสียง)", "(ไฟล์เสีย รูปนี้เปิดไม่ได้ กรุณาถ่ายใหม่)"}, "(รูป)", "(รูป)", []string{"พอแล้ว"}},
	{forms.DocumentField, `kind: document, issuer: citizen, multiple: 2`, []string{"ไม่มี", "(เสียง)", "(ไฟล์เสีย ไฟล์นี้มีรหัสผ่าน กรุณาส่งไฟล์ที่ไม่มีรหัสผ่าน)"}, "(ไฟล์ แผนผัง.pdf)", "(รูป)", []string{"ถ่ายใหม่", "(รูป)", "ไปต่อ"}},
	{forms.GroupField, `kind: group, least: 1, most: 3, item: {th: "อาคารที่ {n}", en: "Building {n}"}, more: {th: มีอาคารอีกไหมคะ, en: Is there another building?},
    fields: [{key: floors, kind: number, min: 1, max: 9, whole: true, label: {th: จำนวนชั้น, en: Floors}, ask: {th: มีกี่ชั้นคะ, en: How many floors?}, unit: {th: ชั้น, en: floors}, example: {th: "2", en: "2"}}]`,
		[]string{"หลายชั้น", "12"}, "2", "3", []string{"มีอีก", "1", "ครบแล้ว"}},
	{forms.ComputedField, `kind: number, min: 1, max: 500, unit: {th: ตารางเมตร, en: sq m}, example: {th: "120", en: "120"}`, []string{"ไม่ทราบ"}, "120", "80", nil},
}

// TestKinds writes down, for each kind of question, what happens to somebody who gives what is no answer, goes back,
// asks for a person, stays away for a day, wants to cancel and does not, answers, changes the answer, sends, and
// cancels another. With -update the conversations are written anew; a kind without one fails.
func TestKinds(t *testing.T) {
	t.Parallel()
	var known []forms.FieldKind
	for _, k := range kindScripts {
		known = append(known, k.kind)
		t.Run(string(k.kind), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.w.Forms = k.catalog(t)
			path := filepath.Join("testdata", "kinds", string(k.kind)+".txt")
			got := s.play(k.script())
			if !slices.ContainsFunc(s.c.Ended, func(e Ending) bool { return e.Sent }) || len(s.c.Ended) != 2 || s.c.Draft != nil {
				t.Errorf("one was to be sent and one cancelled: %+v", s.c.Ended)
			}
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("the kind has no conversation yet; write it with -update: %v", err)
			}
			if got != string(want) {
				t.Errorf("the conversation has changed; see it with -update\n%s", firstDifference(string(want), got))
			}
		})
	}
	for _, kind := range forms.Kinds() {
		if !slices.Contains(known, kind) {
			t.Errorf("a question of kind %s is in no conversation", kind)
		}
	}
}

// catalog is a service that asks a question of the kind after another one.
func (k kindScript) catalog(t *testing.T) *forms.Catalog {
	t.Helper()
	raw, err := os.ReadFile("../forms/services/question.yaml")
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(raw), "fields:\n")
	_, after, also := strings.Cut(string(raw), "\nfee:\n")
	if !ok || !also {
		t.Fatal("the service for questions is written otherwise")
	}
	fields := `fields:
  - {key: question, kind: text, label: {th: ชื่อ, en: Name}, ask: {th: ชื่ออะไรคะ, en: What is your name?}, example: {th: สมชาย ตัวอย่าง, en: Somchai Example}}
  - {key: tested, ` + k.field + `, label: {th: ข้อที่ลอง, en: Tested}, ask: {th: ข้อนี้ตอบว่าอะไรคะ, en: What is the answer?}}
`
	if k.kind == forms.ComputedField {
		fields += "computed:\n  - {key: twice, label: {th: สองเท่า, en: Double}, unit: {th: ตารางเมตร, en: sq m}, value: tested * 2.0}\n"
	}
	text := before + fields + "fee:\n" + after
	catalog, err := forms.Load(fstest.MapFS{"question.yaml": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

func (k kindScript) script() string {
	lines := []string{"# ชนิดคำถาม " + string(k.kind) + ": ตอบผิด ย้อนกลับ เรียกเจ้าหน้าที่ พัก กลับมาทำต่อ ยกเลิกแล้วเปลี่ยนใจ ตอบ แก้ไข ส่ง และยกเลิกจริง"}
	say := func(all ...string) {
		for _, l := range all {
			lines = append(lines, "> "+l)
		}
	}
	say("(ข้อมูลปุ่ม v1|start|question)", "สมชาย ตัวอย่าง")
	say(k.wrong...)
	say("ย้อนกลับ", "[ใช้คำตอบเดิม]", "[คุยกับเจ้าหน้าที่]", "ทำต่อ")
	lines = append(lines, "! 1d")
	say("สวัสดีค่ะ", "[ทำต่อ]", "ยกเลิก", "[ทำต่อ]", k.right)
	say(k.on...)
	say("["+k.row()+"]", k.other)
	say(k.on...)
	say("ส่งคำขอ", "(ข้อมูลปุ่ม v1|start|question)", "สมหญิง ตัวอย่าง", "ยกเลิก", "[ใช่ ยกเลิกเลย]")
	return strings.Join(lines, "\n") + "\n"
}

// row is the line of the summary that changes the answer.
func (k kindScript) row() string {
	if k.kind == forms.GroupField {
		return "จำนวนชั้น"
	}
	return "ข้อที่ลอง"
}
