package portal_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/files"
	"saphan/internal/tool"
	"saphan/tickets"
)

// The notice, the return and the decision of a case are letters: with all that the law has them say, once the citizen was
// told, the same each time (LFA-8.1, LFA-9.1, LFA-11.1, EGA-16.1).
func TestLettersOfACase(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	v.begin("public-problem").put("category", "light", "location", "เสาไฟหน้าศาลาหมู่ 4").press("next").press("").is(http.StatusOK, "/sent")
	s.route(t)
	var one tickets.Ticket
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tickets.OfCitizens(ctx, tx, []int64{int64(citizen)}, 1)
		if err != nil {
			return err
		}
		one = all[int64(citizen)][0]
		return s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), one.ID, tickets.Asking{Labels: []string{"รูปถ่าย"}, DueOn: s.now().AddDate(0, 0, 9)})
	})
	track := "/track/" + one.TrackToken
	letter := func(name, path string, words ...string) {
		t.Helper()
		first := v.open(path).page
		if v.open(path).page != first || !strings.HasPrefix(first, "%PDF") {
			t.Fatalf("%s is not the same letter twice: %s", path, v.says())
		}
		text := tool.Tight(tool.Text(t, []byte(first), "-layout"))
		for _, w := range words {
			if !strings.Contains(text, tool.Tight(w)) {
				t.Errorf("%s does not say %q:\n%s", path, w, text)
			}
		}
		if dir := os.Getenv("SAPHAN_LOOK"); dir != "" {
			must(t, os.WriteFile(dir+"/"+name+".pdf", []byte(first), 0o600))
		}
	}
	v.open(track)
	at := strings.Index(v.page, track+"/notices/")
	if at < 0 {
		t.Fatal("the page does not lead to the notice")
	}
	for _, link := range strings.Split(v.page, `"`) {
		if strings.HasSuffix(link, "/letter.pdf") {
			letter("notice", link, "บันทึกความบกพร่อง", "1. รูปถ่าย", "มาตรา 8", one.Reference)
		}
	}
	decide := func(dec tickets.Decision) {
		t.Helper()
		s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
			dec.TicketID = one.ID
			return s.desk.Decide(ctx, tx, tickets.ByOfficer(s.officer), dec)
		})
	}
	v.open(track+"/return.pdf").is(http.StatusNotFound, "")
	decide(tickets.Decision{
		Outcome: tickets.Refuse, Facts: "ตรวจแล้วไม่พบเสาไฟ ณ จุดที่แจ้ง", Reason: "จุดที่แจ้งอยู่นอกเขตเทศบาล", LegalBasis: "พ.ร.บ. เทศบาล พ.ศ. 2496 มาตรา 50",
		AppealBody: "นายกเทศมนตรีตำบลตัวอย่าง", AppealDays: 15, Signature: tickets.Signature{Post: "ปลัดเทศบาล", ActingFor: "รักษาราชการแทนนายกเทศมนตรี", OrderNo: "คำสั่งที่ 12/2570"},
	})
	v.open(track+"/decision.pdf").is(http.StatusNotFound, "") // it may still be taken back
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error { return s.desk.Told(ctx, tx, one.ID) })
	v.open(track).shows("หนังสือแจ้งผล")
	letter("refusal", track+"/decision.pdf", "แจ้งคำสั่งไม่อนุมัติ", "ตรวจแล้วไม่พบเสาไฟ", "จุดที่แจ้งอยู่นอกเขต", "พ.ศ. 2496 มาตรา 50", "นายกเทศมนตรีตำบลตัวอย่าง",
		"15 วันนับแต่วันที่ได้รับแจ้ง", "ปลัดเทศบาล", "รักษาราชการแทนนายกเทศมนตรี", "คำสั่งที่ 12/2570", one.Reference)

	// Corrected, the letter says in place of what it is; the one before can be read as it was.
	change := func(dec tickets.Decision) {
		t.Helper()
		s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
			dec.TicketID = one.ID
			if err := s.desk.Change(ctx, tx, tickets.ByOfficer(s.officer), dec); err != nil {
				return err
			}
			return s.desk.Told(ctx, tx, one.ID)
		})
	}
	change(tickets.Decision{
		Change: tickets.Correction, Mistake: "พิมพ์ชื่อเทศบาลผิด", Facts: "ตรวจแล้วไม่พบเสาไฟ ณ จุดที่แจ้ง", Reason: "จุดที่แจ้งอยู่นอกเขตเทศบาลตำบลตัวอย่าง", LegalBasis: "พ.ร.บ. เทศบาล พ.ศ. 2496 มาตรา 50",
		AppealBody: "นายกเทศมนตรีตำบลตัวอย่าง", AppealDays: 15,
	})
	v.open(track).shows("พิมพ์ชื่อเทศบาลผิด")
	letter("corrected", track+"/decision.pdf", "แทนผลเดิม", "พิมพ์ชื่อเทศบาลผิด", "นอกเขตเทศบาลตำบลตัวอย่าง")
	letter("former", track+"/decisions/1/letter.pdf", "จุดที่แจ้งอยู่นอกเขตเทศบาล", "คำสั่งที่ 12/2570")
	v.open(track+"/decisions/7/letter.pdf").is(http.StatusNotFound, "")
}

// Where the letter is kept as it was told, that one is handed out (EGA-15.1).
func TestKeptLetterIsHandedOut(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	v.begin("question").put("question", "ถนนซ่อมเมื่อไร").press("next").press("").is(http.StatusOK, "/sent")
	s.route(t)
	object, err := s.files.Put(t.Context(), strings.NewReader("%PDF-1.7\nas it was told"), files.Limits{})
	must(t, err)
	var one tickets.Ticket
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tickets.OfCitizens(ctx, tx, []int64{int64(citizen)}, 1)
		if err != nil {
			return err
		}
		one = all[int64(citizen)][0]
		if err := s.desk.Decide(ctx, tx, tickets.ByOfficer(s.officer), tickets.Decision{TicketID: one.ID, Outcome: tickets.Approve, Reason: "ปีหน้า"}); err != nil {
			return err
		}
		id := tickets.LetterID{TicketID: one.ID, Letter: tickets.DecisionLetter, N: 1}
		_, err = files.Insert(ctx, tx, files.Attachment{Object: object, Name: "l.pdf", Source: id.Source()})
		return err
	})
	v.open("/track/"+one.TrackToken+"/decision.pdf").is(http.StatusNotFound, "") // it may still be taken back
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error { return s.desk.Told(ctx, tx, one.ID) })
	if got := v.open("/track/" + one.TrackToken + "/decision.pdf").page; !strings.HasSuffix(got, "as it was told") {
		t.Errorf("%.100q", got)
	}
}
