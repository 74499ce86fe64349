package papers

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"saphan/internal/words"
)

// Case is what the letters of a case have in common. They carry no emblem: orders may, and it is left off, as it is on
// every letter of ours (LOC-16).
type Case struct {
	Number     string // by which its citizen knows it
	Service    string
	Agency     Agency
	Citizen    string
	ReceivedAt time.Time // when the request counts as received
	TrackURL   string
	Officer    Officer // who signed; no name: the agency's system, when a time was over
	At         time.Time
	Named      string  // what the service calls the result; empty: as every other
	Instead    Instead // of what was told before; no time: it is the first
}

// Instead is in place of which letter another one is.
type Instead struct {
	At      time.Time // when that was decided
	Mistake string    // that was in it; empty: it was decided anew, or revoked
}

func (c Case) say(text string) string {
	return words.Fill(text, "service", c.Service, "number", c.Number, "agency", c.Agency.Name, "received", day(c.ReceivedAt), "track", c.TrackURL)
}

// letter is a letter about the case; rows without a value are left out.
func (c Case) letter(about, body string, facts ...Section) Letter {
	if c.Officer.Name == "" {
		c.Officer = Officer{Name: c.Agency.Name, Post: "ออกโดยระบบเมื่อพ้นกำหนด"}
	}
	l := Letter{
		Number: c.Number, Agency: c.Agency, At: c.At, About: about, To: cmp.Or(c.Citizen, "ผู้ยื่นคำขอเลขที่ "+c.Number),
		Refers: c.say("คำขอเลขที่ {number} เรื่อง {service} ซึ่งได้รับเมื่อวันที่ {received}"), Body: []string{c.say(body)}, Officer: c.Officer, VerifyURL: c.TrackURL,
	}
	if !c.Instead.At.IsZero() {
		facts = append([]Section{{"แทนผลเดิม", []Row{{"ผลที่แจ้งไว้เดิม", "เมื่อวันที่ " + day(c.Instead.At)}, {"ที่แก้ไข", c.Instead.Mistake}}}}, facts...)
	}
	for _, f := range facts {
		var rows []Row
		for _, r := range f.Rows {
			if r.Value != "" {
				rows = append(rows, r)
			}
		}
		if len(rows) > 0 {
			l.Facts = append(l.Facts, Section{Heading: f.Heading, Rows: rows})
		}
	}
	return l
}

// Granted says that a request was granted: what was done, and under which conditions.
func (c Case) Granted(done, conditions string) Letter {
	about := "แจ้งผลการพิจารณา: อนุมัติ"
	if conditions != "" {
		about = "แจ้งผลการพิจารณา: อนุมัติโดยมีเงื่อนไข"
	}
	if c.Named != "" {
		return c.letter("แจ้งผลการพิจารณา: "+c.Named, "ตามคำขอที่อ้างถึง {agency}พิจารณาแล้ว ผลคือ "+c.Named+" จึงเรียนมาเพื่อโปรดทราบ",
			Section{"ผลการพิจารณา", []Row{{"เหตุผล", done}, {"เงื่อนไข", conditions}}})
	}
	return c.letter(about, "ตามคำขอที่อ้างถึง {agency}พิจารณาแล้วอนุมัติหรือดำเนินการให้ตามที่ขอ จึงเรียนมาเพื่อโปรดทราบ",
		Section{"ผลการพิจารณา", []Row{{"ผลการดำเนินการ", done}, {"เงื่อนไข", conditions}}})
}

// Refusal is all that a refusal must say (LFA-11.1).
type Refusal struct {
	Facts, Reason, LegalBasis string
	AppealBody                string
	AppealDays                int
	Appeal                    string // the words about it
	Here                      bool   // the appeal can be filed where the case was
}

// Refused is the order by which a request was refused, with the right to appeal and how to use it.
func (c Case) Refused(r Refusal) Letter {
	days, how := "", ""
	if r.AppealDays > 0 { // older decisions say it in the words about the appeal
		days = strconv.Itoa(r.AppealDays) + " วันนับแต่วันที่ได้รับแจ้ง"
	}
	if r.Here {
		how = c.say("กด “อุทธรณ์” ในแชตหรือที่หน้าติดตามเรื่องด้านล่าง หรือยื่นเป็นหนังสือต่อ{agency}")
	}
	order := c.Named
	if order == "" {
		order = "ไม่อนุมัติ"
	}
	return c.letter("แจ้งคำสั่ง"+order+"และสิทธิอุทธรณ์", "ตามคำขอที่อ้างถึง {agency}พิจารณาแล้วมีคำสั่ง"+order+" โดยมีข้อเท็จจริง ข้อกฎหมาย และเหตุผล ดังนี้",
		Section{"เหตุแห่งคำสั่ง", []Row{{"ข้อเท็จจริง", r.Facts}, {"เหตุผล", r.Reason}, {"ข้อกฎหมาย", r.LegalBasis}}},
		Section{"สิทธิอุทธรณ์", []Row{{"อุทธรณ์ต่อ", r.AppealBody}, {"ภายใน", days}, {"รายละเอียด", r.Appeal}, {"วิธียื่น", how}}})
}

// Revoked is the order by which what was granted is granted no more: wholly, or under other conditions.
func (c Case) Revoked(r Refusal, since, conditions string) Letter {
	about, what := "แจ้งคำสั่งเพิกถอนและสิทธิอุทธรณ์", "ทั้งหมด"
	if conditions != "" {
		about, what = "แจ้งคำสั่งเพิกถอนบางส่วนและสิทธิอุทธรณ์", "บางส่วน ยังอนุมัติตามเงื่อนไขใหม่"
	}
	l := c.Refused(r)
	l.About, l.Body = about, []string{c.say("ตามคำขอที่อ้างถึงซึ่ง{agency}อนุมัติไว้ {agency}พิจารณาแล้วมีคำสั่งเพิกถอน โดยมีข้อเท็จจริง ข้อกฎหมาย และเหตุผล ดังนี้")}
	rows := []Row{{"เพิกถอน", what}}
	if conditions != "" {
		rows = append(rows, Row{"เงื่อนไขใหม่", conditions})
	}
	if since != "" {
		rows = append(rows, Row{"มีผล", since})
	}
	l.Facts = append([]Section{{"คำสั่ง", rows}}, l.Facts...)
	return l
}

// Deemed says that a request counts as granted because nobody decided it in time (LFA-12.1); why names the law.
func (c Case) Deemed(why string) Letter {
	return c.letter("แจ้งว่าถือว่าได้รับอนุญาตโดยผลของกฎหมาย",
		"ตามคำขอที่อ้างถึง ซึ่งพ้นกำหนดเวลาพิจารณาแล้วโดย{agency}มิได้แจ้งผล กฎหมายให้ถือว่าท่านได้รับอนุญาตตามคำขอนั้น ใช้หนังสือนี้เป็นหลักฐานได้จนกว่าจะได้รับใบอนุญาต",
		Section{"ผลการพิจารณา", []Row{{"เหตุ", why}}})
}

// Returned is the letter by which a request was given back because documents were missing (LFA-9.1).
func (c Case) Returned(missing []string, reason, remedy, appeal string) Letter {
	return c.letter("คืนคำขอเพราะเอกสารไม่ครบ",
		"ตามคำขอที่อ้างถึง {agency}ขอคืนคำขอแก่ท่าน ตามมาตรา 9 แห่งพระราชบัญญัติการอำนวยความสะดวกในการพิจารณาอนุญาตของทางราชการ พ.ศ. 2558 ท่านยื่นใหม่ได้ทันที คำตอบและเอกสารเดิมยังอยู่ครบ",
		Section{"เหตุที่คืน", []Row{{"รายการที่ขาด", numbered(missing)}, {"เหตุผล", reason}, {"วิธีแก้ไข", remedy}, {"สิทธิอุทธรณ์", appeal}}})
}

// Lacking is a deficiency notice: what is missing, and until when it is to come (LFA-8.1).
func (c Case) Lacking(items []string, until time.Time) Letter {
	return c.letter("บันทึกความบกพร่องและรายการเอกสารที่ต้องส่งเพิ่ม",
		"ตามคำขอที่อ้างถึง ยังขาดเอกสารตามรายการด้านล่าง หากส่งไม่ครบภายในกำหนด {agency}จะคืนคำขอพร้อมเหตุผล ตามมาตรา 8 และมาตรา 9 แห่งพระราชบัญญัติการอำนวยความสะดวกในการพิจารณาอนุญาตของทางราชการ พ.ศ. 2558",
		Section{"ที่ต้องส่ง", []Row{{"รายการ", numbered(items)}, {"ภายในวันที่", day(until)}}})
}

// numbered is a list with a number before each line.
func numbered(all []string) string {
	lines := make([]string, len(all))
	for i, one := range all {
		lines[i] = strconv.Itoa(i+1) + ". " + one
	}
	return strings.Join(lines, "\n")
}
