package papers_test

import (
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/internal/tool"
	"saphan/papers"
)

// delay is the second letter on a request. Every name is an example.
func delay() papers.Delay {
	return papers.Delay{
		Number: "SN-2569-000123", N: 2, Agency: agency(), Citizen: "นางสาวสมหญิง ตัวอย่างสกุล", Service: "ขอใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ",
		ReceivedAt: at(2026, time.October, 20, 9, 0), DueAt: at(2026, time.November, 19, 16, 30), At: at(2026, time.November, 26, 16, 40),
		Reason:  "อยู่ระหว่างรอผลตรวจระบบบำบัดน้ำเสียจากห้องปฏิบัติการ ซึ่งแจ้งว่าจะส่งผลภายในวันที่ 1 ธันวาคม 2569",
		Law:     "พ.ร.บ. การอำนวยความสะดวกในการพิจารณาอนุญาตของทางราชการ พ.ศ. 2558 มาตรา 10",
		Officer: papers.Officer{Name: "นางวราภรณ์ ตัวอย่าง", Post: "เจ้าหน้าที่"}, VerifyURL: "https://saphan.example.go.th/track/3q9f-7m2k",
	}
}

// LFA-10.2: the letter says which request, when it was due, why it is late and by which law, who says so, and to whom a copy goes.
func TestDelayLetter(t *testing.T) {
	t.Parallel()
	d := delay()
	path := written(t, d.PDF)
	says(t, path, "SN-2569-000123/2", d.Agency.Name, "26 พฤศจิกายน 2569", "แจ้งเหตุแห่งความล่าช้า ครั้งที่ 2", d.Citizen, d.Service, "20 ตุลาคม 2569", "19 พฤศจิกายน 2569", d.Reason,
		"มาตรา 10", "ทุก 7 วัน", "ขอแสดงความนับถือ", d.Officer.Name, d.Officer.Post, "สำเนาส่ง สำนักงาน ก.พ.ร.", d.VerifyURL)
	readAloud(t, path, d.Agency.Name, "26 พฤศจิกายน 2569", "เรื่อง", "เรียน", "ตามที่ท่านได้ยื่นคำขอ", "จึงเรียนมาเพื่อโปรดทราบ", "ขอแสดงความนับถือ", d.Officer.Name, "Figure")
	pages := pictured(t, path, "letter-delay")
	if len(pages) != 1 {
		t.Errorf("%d pages", len(pages))
	}
	if got := tool.Code(t, pages[0]); got != d.VerifyURL {
		t.Errorf("the QR code says %q", got)
	}
}

// A reason as long as it may be flows on, and nothing of it is cut; a case whose name was erased is still written to.
func TestLongLetter(t *testing.T) {
	t.Parallel()
	d := delay()
	d.Citizen, d.Reason = "", strings.Repeat("รอผลตรวจจากห้องปฏิบัติการ ", 38)+"จบเหตุผล"
	l := d.Letter()
	l.ThaiDigits = true
	path := written(t, l.PDF)
	says(t, path, "จบเหตุผล", "ผู้ยื่นคำขอเลขที่ SN-2569-000123", "๒๖ พฤศจิกายน ๒๕๖๙", "ขอแสดงความนับถือ")
	pictured(t, path, "letter-long")
}

func TestLetterRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*papers.Letter){
		"number": func(l *papers.Letter) { l.Number = " " }, "agency": func(l *papers.Letter) { l.Agency.Name = "" }, "signer": func(l *papers.Letter) { l.Officer.Name = "" },
		"text": func(l *papers.Letter) { l.Body = nil }, "day": func(l *papers.Letter) { l.At = time.Time{} }, "link": func(l *papers.Letter) { l.VerifyURL = "x" },
	} {
		l := delay().Letter()
		spoil(&l)
		if _, err := l.PDF(); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a good %s: %v", name, err)
		}
	}
}
