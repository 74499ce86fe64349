package jobs

import (
	"fmt"
	"html"
	"io"
	"strings"

	"saphan/internal/thai"
)

// page writes a copy as a page to read: one file that needs nothing else, in any browser, for as long as there are
// any. Times are Bangkok's, years of the Buddhist era.
func (p personalData) page(to io.Writer) error {
	var w sheet
	w.raw(`<!doctype html><html lang="th"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>ข้อมูลของฉัน</title><style>
body{font-family:"Noto Sans Thai","Sukhumvit Set","Leelawadee UI",Thonburi,system-ui,sans-serif;line-height:1.6;max-width:46rem;margin:0 auto;padding:1rem;color:#16202c;overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.2rem;color:#0b5c6b;border-bottom:2px solid #dbe2ea;margin-top:2rem}h3{font-size:1rem;margin:1.5rem 0 .25rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid #dbe2ea;font-weight:400}th{color:#4a5767;width:34%}.s{color:#4a5767;font-size:.875rem}
</style></head><body><h1>ข้อมูลของฉัน <span lang="en">(My data)</span></h1>`)
	w.line(`<p class="s">ทำขึ้นเมื่อ %s ข้อมูลชุดเดียวกันสำหรับโปรแกรมอยู่ในไฟล์ data.json และไฟล์ของท่านอยู่ในโฟลเดอร์ files</p>`, thai.DateTime(p.MadeAt))
	w.line(`<p class="s" lang="en">The same for programs is in data.json; your files are in the folder “files”.</p>`)
	w.person(p)
	for _, c := range p.Cases {
		w.aCase(c)
	}
	w.breaches(p)
	w.chat(p)
	w.raw(`</body></html>`)
	if _, err := io.WriteString(to, w.String()); err != nil {
		return fmt.Errorf("write the page of a copy: %w", err)
	}
	return nil
}

// sheet is HTML as it grows.
type sheet struct{ strings.Builder }

func (w *sheet) raw(s string) { w.WriteString(s) }

// line writes a format whose arguments are made safe first.
func (w *sheet) line(format string, args ...any) {
	for i, a := range args {
		args[i] = html.EscapeString(fmt.Sprint(a))
	}
	fmt.Fprintf(w, format+"\n", args...)
}

func (w *sheet) row(label, value any) {
	if value != "" {
		w.line(`<tr><th scope="row">%s</th><td>%s</td></tr>`, label, value)
	}
}

// table writes rows under a heading; without rows it writes nothing.
func (w *sheet) table(heading string, n int, rows func()) {
	if n == 0 {
		return
	}
	w.line(`<h2>%s</h2>`, heading)
	w.rows(rows)
}

func (w *sheet) rows(rows func()) {
	w.raw("<table><tbody>\n")
	rows()
	w.raw("</tbody></table>\n")
}

func (w *sheet) person(p personalData) {
	w.table("บัญชี (Accounts)", len(p.Accounts), func() {
		for _, a := range p.Accounts {
			w.row(strings.ToUpper(a.Channel)+" "+a.Name, a.ID)
		}
	})
	w.table("การยืนยันตัวตน (Proof of identity)", len(p.Proved), func() {
		for _, v := range p.Proved {
			w.row(v.How+" · "+thai.DateTime(v.At), strings.Join(strings.Fields(strings.Join([]string{
				v.What.Name(), v.What.NationalID.Grouped(), v.What.BirthDate, v.What.Address, v.What.Phone,
			}, " ")), " "))
		}
	})
	w.table("ข้อมูลที่จำไว้ (Facts kept)", len(p.Profile), func() {
		for _, f := range p.Profile {
			from := f.Origin + " · " + thai.DateTime(f.At)
			if f.Verified {
				from += " · ยืนยันแล้ว"
			}
			w.line(`<tr><th scope="row">%s</th><td>%s<br><span class="s">%s</span></td></tr>`, f.Key, f.Text, from)
		}
	})
	w.table("เอกสารที่เคยส่ง (Documents given)", len(p.Documents), func() {
		for _, d := range p.Documents {
			to := d.Agency
			for _, s := range d.Shared {
				to += ", " + s.Agency
			}
			w.line(`<tr><th scope="row">%s</th><td>%s<br><span class="s">%s · ไฟล์ %s</span></td></tr>`, d.Label, thai.DateTime(d.GivenAt), to, d.File)
		}
	})
	w.table("ประกาศความเป็นส่วนตัวที่แสดงให้ท่านเห็น (Privacy notices shown)", len(p.Notices), func() {
		for _, n := range p.Notices {
			w.row(n.Service, fmt.Sprintf("ฉบับที่ %d · %s", n.Version, thai.DateTime(n.At)))
		}
	})
}

func (w *sheet) aCase(c caseData) {
	w.line(`<h2>เรื่อง %s %s</h2>`, c.Number, c.Service)
	w.rows(func() {
		w.row("หน่วยงาน", c.Agency)
		w.row("ชื่อในเรื่อง", c.Name)
		w.row("เข้าระบบเมื่อ", thai.DateTime(c.EnteredAt))
		w.row("ถือว่าได้รับเมื่อ", thai.DateTime(c.DeemedAt))
		w.row("กำหนดเสร็จ", thai.DateTime(c.DueAt))
		if c.ClosedAt != nil {
			w.row("เสร็จเมื่อ", thai.DateTime(*c.ClosedAt))
		}
		w.row("ผล", c.Outcome)
		w.row("เหตุผล", c.Reason)
		w.row("เงื่อนไข", c.Conditions)
		w.row("ใบอนุญาต", c.Permit)
		for _, a := range c.Answers {
			w.row(a.Label, a.Text)
		}
	})
	if len(c.Talk) > 0 {
		w.raw("<h3>การพูดคุย</h3>\n")
		w.rows(func() {
			for _, m := range c.Talk {
				w.row(map[string]string{"citizen": "ท่าน", "officer": "เจ้าหน้าที่", "system": "ระบบ"}[m.From]+" · "+thai.DateTime(m.At), m.Text)
			}
		})
	}
	if len(c.Readings) > 0 {
		w.raw("<h3>ใครเปิดดู</h3>\n")
		w.rows(func() {
			for _, r := range c.Readings {
				w.row(fmt.Sprintf("เจ้าหน้าที่หมายเลข %d", r.Officer), strings.TrimSuffix(thai.DateTime(r.At)+" · "+r.Reason, " · "))
			}
		})
	}
}

func (w *sheet) breaches(p personalData) {
	w.table("เหตุละเมิดข้อมูลที่แจ้งท่าน (Breaches of your data)", len(p.Breaches), func() {
		for _, b := range p.Breaches {
			w.row(b.Agency+" · "+thai.DateTime(b.At), strings.Join([]string{b.What, b.Consequences, b.Measures, b.Advice, b.Contact}, "\n"))
		}
	})
}

func (w *sheet) chat(p personalData) {
	for _, b := range p.Begun {
		w.line(`<h2>แบบที่เริ่มกรอก: %s</h2>`, b.Service)
		w.rows(func() {
			for _, a := range b.Answers {
				w.row(a.Label, a.Text)
			}
		})
	}
	w.table("ข้อความในแชตที่ยังเก็บอยู่ (Chat of the last 30 days)", len(p.Said), func() {
		for _, s := range p.Said {
			words := s.Text
			if s.Place != nil {
				words = strings.TrimSpace(words + " " + s.Place.Title + " " + s.Place.Address)
			}
			if s.File != nil {
				words = strings.TrimSpace(words + " ไฟล์ " + fmt.Sprint(*s.File))
			}
			w.row(thai.DateTime(s.At), words)
		}
	})
	w.table("ไฟล์ (Files)", len(p.Files), func() {
		for _, f := range p.Files {
			w.line(`<tr><th scope="row">%s</th><td>%s ไบต์<br><span class="s">SHA-256 %s</span></td></tr>`, f.Name, f.Bytes, f.SHA256)
		}
	})
}
