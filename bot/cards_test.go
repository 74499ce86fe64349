package bot

import (
	"os"
	"strings"
	"testing"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// TestCards writes each card that is sent without being asked for, in both languages, and
// compares with testdata/cards.golden.
func TestCards(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.w.Forms = catalogOf(t, "public-problem", "hazardous-business", "question")
	find := func(key forms.Key) *forms.Form {
		f, ok := s.w.Forms.Find(key)
		if !ok {
			t.Fatalf("no service %s", key)
		}
		return f
	}
	business, problem := find("hazardous-business"), find("public-problem")
	at := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC) // Friday 16:30 in Bangkok
	due := time.Date(2026, 12, 23, 9, 30, 0, 0, time.UTC)
	var out strings.Builder
	write := func(title string, replies ...Reply) {
		out.WriteString("\n# " + title + "\n")
		s.replies, s.effects = replies, nil
		s.write(&out)
		for _, r := range replies {
			if problem := limits(r); problem != "" {
				t.Errorf("%s: %s", title, problem)
			}
		}
	}
	for _, lang := range []string{"th", "en"} {
		// EGA-10.1: both times, and why they differ.
		write("ใบรับ ในเวลาทำการ "+lang, ReceiptCard(lang, ReceiptInfo{
			Form: problem, Ticket: 5, Number: "รับ 12/2569", Subject: "ไฟถนนดับ · ซอยตัวอย่าง 4", Agency: "เทศบาลตำบลตัวอย่าง", EnteredAt: at.Add(-time.Second),
			DeemedReceivedAt: at.Add(-time.Second), DueAt: due, Files: 2, Phone: "02 123 4567", TrackURL: "https://saphan.example/track/x",
		}))
		late := ReceiptInfo{Form: business, Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", EnteredAt: at, DeemedReceivedAt: at.Add(64 * time.Hour), DueAt: due}
		write("ใบรับ นอกเวลา "+lang, ReceiptCard(lang, late))
		late.EnteredAt = at.Add(24 * time.Hour)
		write("ใบรับ วันเสาร์ "+lang, ReceiptCard(lang, late))
		late.Holiday = "วันรัฐธรรมนูญ"
		write("ใบรับ วันหยุด "+lang, ReceiptCard(lang, late))
		write("ขอเอกสาร "+lang, WantCard(lang, WantInfo{
			Ticket: 7, Notice: 3, TrackURL: "https://saphan.example/track/x", Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", Words: "รูปสัญญาเช่าไม่ชัดค่ะ", DueOn: due,
			Wants: []Want{{Item: "1", Label: "สัญญาเช่า"}, {Item: "2", Label: "แผนที่สังเขป"}},
		}))
		write("ขอเอกสารที่อ่านไม่ได้อีกครั้ง "+lang, WantCard(lang, WantInfo{
			Ticket: 7, Notice: 3, Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", DueOn: due, Wants: []Want{{Item: "1", Label: "สัญญาเช่า", Why: "ภาพเบลอ"}},
		}))
		write("ขยายเวลาส่ง "+lang, WantCard(lang, WantInfo{
			Ticket: 7, Notice: 3, Longer: true, Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", DueOn: due, Wants: []Want{{Item: "1", Label: "สัญญาเช่า"}},
		}))
		// LFA-9.1: what was missing, how to correct it, and where to appeal.
		write("คืนคำขอ "+lang, ReturnCard(lang, ReturnInfo{
			Ticket: 7, Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", Missing: []string{"สัญญาเช่า"}, Reason: "ไม่ได้รับเอกสารที่ขอภายในวันที่ 8 ธ.ค. 2569",
			Remedy: "เตรียมเอกสารที่ขาดแล้วกด “ยื่นใหม่”", Appeal: business.Appeal.Text.TH, Form: business, TrackURL: "https://saphan.example/track/x",
		}))
		write("เจ้าหน้าที่เขียน "+lang, OfficerReply(lang, "เทศบาลตำบลตัวอย่าง", "รับ 13/2569", "วันพุธสะดวกให้ไปตรวจไหมคะ\n")...)
		granted := DecisionInfo{
			Form: business, Outcome: business.Outcome(nil), Ticket: 7, Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", Approved: true, At: at,
			Permit: "TY-HB-2569-000001", ValidUntil: time.Date(2027, 11, 19, 0, 0, 0, 0, time.UTC), PermitURL: "https://saphan.example/p/TY-HB-2569-000001", Conditions: "ทำงานได้ 08:00-18:00 น.",
		}
		write("อนุญาต "+lang, DecisionCard(lang, granted))
		// LFA-11.1: a refusal carries reasons, rule and appeal.
		refused := DecisionInfo{
			Form: business, Outcome: business.Outcome(nil), Ticket: 7, Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", At: at, Reason: business.Reasons[1].Text.TH,
			LegalBasis: business.Reasons[1].Law.TH, Appeal: business.Appeal.Text.TH,
		}
		card := DecisionCard(lang, refused)
		write("ไม่อนุญาต "+lang, card)
		for _, want := range []string{refused.Reason, refused.LegalBasis, refused.Appeal} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the refusal leaves out %q", want)
			}
		}
		refused.Form, refused.Outcome = problem, problem.Outcome(nil)
		write("ดำเนินการไม่ได้ "+lang, DecisionCard(lang, refused))
		write("ดำเนินการแล้ว "+lang, DecisionCard(lang, DecisionInfo{Form: problem, Outcome: problem.Outcome(nil), Number: "รับ 12/2569", Agency: "เทศบาลตำบลตัวอย่าง", Approved: true, Reason: "เปลี่ยนหลอดไฟแล้ว", At: at}))
		// A result is called what its service calls it.
		named := forms.Outcome{Kind: forms.Result, Granted: forms.Text{TH: "อุทธรณ์ฟังขึ้น", EN: "The appeal is allowed"}, Refused: forms.Text{TH: "ยกอุทธรณ์", EN: "The appeal is dismissed"}}
		for granted, name := range map[bool]forms.Text{true: named.Granted, false: named.Refused} {
			info := DecisionInfo{Form: problem, Outcome: named, Number: "รับ 14/2569", Agency: "เทศบาลตำบลตัวอย่าง", Approved: granted, Reason: "ตรวจพยานแล้ว", At: at}
			if card := DecisionCard(lang, info).Card; card.Title != name.In(lang) || card.Label != Tongue(lang).Say("decision.granted_label") {
				t.Errorf("%s: it is decided as %q, %q", lang, card.Label, card.Title)
			}
		}
		write("แจ้งข่าว "+lang, NoticeCard(lang, "รับ 13/2569", business.Title.In(lang), "ขยายเวลาพิจารณา 15 วัน เพราะต้องตรวจสถานที่เพิ่ม"))
		// LFA-10.1, LFA-10.2: why it takes longer, and until when.
		slow := DelayInfo{Ticket: 7, Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", Letter: 2, Reason: "รอผลตรวจจากห้องปฏิบัติการ", DueAt: due, TrackURL: "https://saphan.example/track/x"}
		write("ขยายเวลา "+lang, ExtensionCard(lang, slow))
		slow.LetterURL = "https://saphan.example/track/x/letters/2.pdf"
		write("แจ้งเหตุล่าช้า "+lang, DelayCard(lang, slow))
		// PDP-6: a breach of the person's data, in the words that two officers signed.
		write("เหตุละเมิดข้อมูล "+lang, BreachCard(lang, BreachInfo{
			Ticket: 7, Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", What: "เอกสารที่มีชื่อและเลขประจำตัวประชาชนวางอยู่ที่ร้านพิมพ์", Consequences: "อาจมีผู้นำข้อมูลไปแอบอ้าง",
			Measures: "เก็บเอกสารคืนแล้ว", Advice: "ระวังผู้โทรมาอ้างเป็นเจ้าหน้าที่", Contact: "DPO โทร. 02 000 0000", TrackURL: "https://saphan.example/track/x",
		}))
		// SEED-24: reminders of documents and of the end of a permit.
		write("เตือนส่งเอกสาร "+lang, WantCard(lang, WantInfo{
			Ticket: 7, Number: "รับ 13/2569", Agency: "เทศบาลตำบลตัวอย่าง", Wants: []Want{{Item: "1", Label: "แผนผังภายใน"}}, DueOn: due, Left: 3, TrackURL: "https://saphan.example/track/x",
		}))
		write("เตือนต่ออายุ "+lang, RenewalCard(lang, RenewalInfo{
			Ticket: 7, Title: business.Outcome(nil).Title.In(lang), Permit: "TY-HB-2569-000001", Agency: "เทศบาลตำบลตัวอย่าง", Until: due, Left: 30, Form: business.Key, URL: "https://saphan.example/p/TY-HB-2569-000001",
		}))
		write("ลิงก์กรอกบนเว็บ "+lang, WebCard(lang, WebInfo{Form: business, Draft: "d1", URL: "https://saphan.example/services/1/hazardous-business?k=x", Until: due}))
		write("ขัดข้อง "+lang, FaultReply(lang))
	}
	const path = "testdata/cards.golden"
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("the cards have changed; see them with -update\n%s", firstDifference(string(want), out.String()))
	}
}

// TestOfficerReplyWhole holds line.md row 47: long words arrive whole, in pieces LINE takes.
func TestOfficerReplyWhole(t *testing.T) {
	t.Parallel()
	words := strings.Repeat("ที่นี่มีน้ำ👩\u200d🔧 ", 900)
	replies := OfficerReply("th", "หน่วยงาน", "1", words)
	var joined strings.Builder
	for _, r := range replies {
		if thai.UTF16Len(r.Text) > 5000 {
			t.Errorf("a piece of %d units", thai.UTF16Len(r.Text))
		}
		joined.WriteString(r.Text)
	}
	none := strings.NewReplacer(" ", "", "\n", "")
	if len(replies) < 3 || !strings.HasSuffix(none.Replace(joined.String()), none.Replace(words)) {
		t.Errorf("%d pieces lost something", len(replies))
	}
}
