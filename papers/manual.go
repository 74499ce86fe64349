package papers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/internal/pdf"
	"saphan/internal/words"
)

// Manual is the citizen manual of a service (คู่มือสำหรับประชาชน, LFA-7.1): all that somebody must know to ask for it. What is
// not in it cannot be asked of him.
type Manual struct {
	Lang        string // of the paper's own words; see Spoken
	Title       string
	Agency      Agency
	Version     int
	EffectiveOn time.Time // from when this version holds
	FormCode    string
	Summary     string
	Legal       []string // what the service rests on
	Who         []string // who may ask, and conditions
	Channels    []Channel
	Documents   []ManualDocument
	Fee         string // all of it in a few words: 200 – 10,000 บาทต่อปี; empty: taken from the table, if that has one line
	Fees        []ManualFee
	FeeNote     string // waivers, what the amount depends on
	Steps       []ManualStep
	Total       string // 30 วัน
	TotalLaw    string // from when it is counted, and by which law
	Late        string // what the agency owes when it is late; empty: the usual words (LFA-10.2)
	Decisions   []string
	Appeal      string
	Outcome     []string // what is issued, how long it holds
	Privacy     []string // the notice of personal data (PDP-2)
	Contact     []string
	URL         string // of the manual's page; may be empty
	ThaiDigits  bool
	MadeAt      time.Time
}

// Channel is a way to ask.
type Channel struct{ Name, Detail, Hours string }

// ManualDocument is a document that the service needs.
type ManualDocument struct {
	Name    string
	Issuer  string // who issues it
	Note    string // when it is needed; how it must be
	Fetched bool   // the agency looks it up itself: nobody hands it in (EGA-12.1)
}

// ManualFee is one line of the fees.
type ManualFee struct{ About, Amount, Note string }

// ManualStep is one step of the work and how long it may take.
type ManualStep struct{ Name, By, Days string }

const manualName = "คู่มือสำหรับประชาชน"

// manualWords are the words of the manual itself, in one language.
type manualWords struct {
	name, form, effective, time, fee, version, summary, legal, who, channels, channel, hours    string
	documents, document, issuer, fetched, none, fees, item, amount, free, steps, step, by, days string
	total, late, decisions, appeal, outcome, privacy, contact, check, how, made, versionAndDay  string
}

func manualWordsIn(lang string) manualWords {
	say := words.Speaker(lang)
	return manualWords{
		name:          say("คู่มือสำหรับประชาชน", "Citizen manual"),
		form:          say("แบบ", "Form"),
		effective:     say("ใช้ตั้งแต่วันที่", "In force from"),
		time:          say("ระยะเวลา", "Time"),
		fee:           say("ค่าธรรมเนียม", "Fee"),
		version:       say("ฉบับที่", "Version"),
		summary:       say("งานบริการนี้", "What it is"),
		legal:         say("กฎหมายที่เกี่ยวข้อง", "Legal basis"),
		who:           say("ผู้มีสิทธิยื่นและเงื่อนไข", "Who may ask, and conditions"),
		channels:      say("ช่องทางยื่นคำขอ", "Where to ask"),
		channel:       say("ช่องทาง", "Way"),
		hours:         say("เวลาให้บริการ", "Open"),
		documents:     say("เอกสารที่ใช้", "Documents"),
		document:      say("เอกสาร", "Document"),
		issuer:        say("หน่วยงานที่ออก", "Issued by"),
		fetched:       say("หน่วยงานตรวจสอบเอง ไม่ต้องยื่น", "We look this up ourselves; you need not hand it in"),
		none:          say("ไม่ต้องใช้เอกสาร", "No documents are needed"),
		fees:          say("ค่าธรรมเนียม", "Fees"),
		item:          say("รายการ", "Item"),
		amount:        say("อัตรา", "Amount"),
		free:          say("ไม่มีค่าธรรมเนียม", "Free of charge"),
		steps:         say("ขั้นตอนและระยะเวลา", "Steps"),
		step:          say("ขั้นตอน", "Step"),
		by:            say("ผู้รับผิดชอบ", "Done by"),
		days:          say("ระยะเวลา", "Takes"),
		total:         say("รวมระยะเวลา", "Altogether"),
		late:          say("หากพิจารณาไม่เสร็จตามกำหนด หน่วยงานจะแจ้งเหตุแห่งความล่าช้าเป็นหนังสือทุก 7 วันจนกว่าจะแล้วเสร็จ พร้อมส่งสำเนาให้สำนักงาน ก.พ.ร. ตามมาตรา 10 แห่งพระราชบัญญัติการอำนวยความสะดวกในการพิจารณาอนุญาตของทางราชการ พ.ศ. 2558", "If the work is not finished in time, the agency writes to you every 7 days why, and until when, until it is done, with a copy to the Office of the Public Sector Development Commission (Licensing Facilitation Act B.E. 2558, section 10)."),
		decisions:     say("ผลการพิจารณา", "How it is decided"),
		appeal:        say("การอุทธรณ์", "If you do not agree"),
		outcome:       say("สิ่งที่ได้รับ", "What you receive"),
		privacy:       say("การคุ้มครองข้อมูลส่วนบุคคล", "Your personal data"),
		contact:       say("สอบถามและร้องเรียน", "Questions and complaints"),
		check:         say("คู่มือฉบับออนไลน์", "This manual online"),
		how:           say("สแกนคิวอาร์โค้ดหรือเปิดที่อยู่ด้านล่าง จะพบฉบับที่ใช้อยู่เสมอ และยื่นคำขอได้ทันที", "The page always shows the version that is in force, and you can file there."),
		made:          say("จัดทำโดยระบบของ%s เมื่อ %s", "Drawn by the system of %s on %s"),
		versionAndDay: say("ฉบับที่ %d", "Version %d"),
	}
}

// PDF draws the manual.
func (m Manual) PDF() ([]byte, error) {
	if err := need(manualName, "ชื่อบริการ", m.Title, "ชื่อหน่วยงาน", m.Agency.Name, "ขั้นตอน", firstStep(m.Steps)); err != nil {
		return nil, err
	}
	if m.URL != "" {
		if err := needLink(manualName, m.URL); err != nil {
			return nil, err
		}
	}
	m.Lang = Spoken(m.Lang)
	w := manualWordsIn(m.Lang)
	about := pdf.About{Title: w.name + ": " + m.Title, Author: m.Agency.Name, Subject: w.name, At: m.MadeAt}
	about.Lang = tag(m.Lang)
	s, err := begin(about, m.ThaiDigits && m.Lang == words.Thai, m.Agency.Name)
	if err != nil {
		return nil, err
	}
	s.speak(m.Lang)
	if m.Version > 0 {
		s.number = fmt.Sprintf(w.versionAndDay, m.Version)
	}
	s.foot = fmt.Sprintf(w.made, m.Agency.Name, dayIn(m.Lang, m.MadeAt))
	return s.write(func(c *pdf.Page) float64 {
		agency := m.Agency
		agency.Emblem, agency.TaxID = nil, ""
		y := s.letterhead(c, agency, Row{w.version, version(m.Version)}, Row{w.form, m.FormCode})
		y = s.heading(c, y, w.name, m.Title)
		fee := m.Fee
		switch {
		case fee != "":
		case len(m.Fees) == 0:
			fee = w.free
		case len(m.Fees) == 1:
			fee = m.Fees[0].Amount
		}
		return s.facts(c, y, Row{w.time, m.Total}, Row{w.fee, fee}, Row{w.effective, dayIn(m.Lang, m.EffectiveOn)}) - 2
	}, m.body(s, w))
}

func firstStep(steps []ManualStep) string {
	if len(steps) == 0 {
		return ""
	}
	return steps[0].Name
}

func version(n int) string {
	if n < 1 {
		return ""
	}
	return strconv.Itoa(n)
}

func (m Manual) body(s *sheet, w manualWords) []pdf.Piece {
	var out []pdf.Piece
	add := func(name string, body ...pdf.Piece) { out = append(out, s.section(name, body...)...) }
	add(w.summary, s.paragraph(m.Summary)...)
	add(w.who, s.list(m.Who, false)...)
	add(w.legal, s.list(m.Legal, false)...)
	channels := make([]row, len(m.Channels))
	for i, c := range m.Channels {
		channels[i] = row{cells: []cell{{{text: c.Name, bold: true, col: ink}, {text: c.Detail, col: ink}}, plain(c.Hours)}}
	}
	add(w.channels, s.table([]column{{w.channel, 0.6, false}, {w.hours, 0.4, false}}, channels)...)
	add(w.documents, m.documents(s, w)...)
	feePieces := m.fees(s, w)
	add(w.fees, append(feePieces, s.paragraph(m.FeeNote)...)...)
	add(w.steps, m.steps(s, w)...)
	add(w.decisions, s.list(m.Decisions, false)...)
	add(w.outcome, s.list(m.Outcome, false)...)
	add(w.appeal, s.paragraph(m.Appeal)...)
	add(w.privacy, s.list(m.Privacy, false)...)
	add(w.contact, s.list(m.Contact, false)...)
	if m.URL != "" {
		out = append(out, s.check(w.check, w.how, m.URL)...)
	}
	return out
}

// documents is the complete list: what is handed in, and what the agency looks up itself.
func (m Manual) documents(s *sheet, w manualWords) []pdf.Piece {
	if len(m.Documents) == 0 {
		return s.paragraph(w.none)
	}
	rows := make([]row, len(m.Documents))
	for i, d := range m.Documents {
		name := cell{{text: d.Name, bold: true, col: ink}, {text: d.Note, col: ink}}
		if d.Fetched {
			name = append(name, para{text: w.fetched, bold: true, col: good})
		}
		rows[i] = row{cells: []cell{plain(strconv.Itoa(i + 1)), name, plain(d.Issuer)}}
	}
	return s.table([]column{{"", 0.07, false}, {w.document, 0.63, false}, {w.issuer, 0.3, false}}, rows)
}

// manyFees is from how many rates on they stand in two columns.
const manyFees = 30

// fees are the rates. Many of them stand two beside each other, as they are looked up and not read.
func (m Manual) fees(s *sheet, w manualWords) []pdf.Piece {
	if len(m.Fees) == 0 {
		return s.paragraph(w.free)
	}
	cells := func(f ManualFee) []cell {
		return []cell{{{text: f.About, col: ink}, {text: f.Note, col: faint}}, plain(f.Amount)}
	}
	if len(m.Fees) < manyFees {
		rows := make([]row, len(m.Fees))
		for i, f := range m.Fees {
			rows[i] = row{cells: cells(f)}
		}
		return s.table([]column{{w.item, 0.68, false}, {w.amount, 0.32, true}}, rows)
	}
	var out []pdf.Piece
	for from := 0; from < len(m.Fees); {
		until := from + 1
		for until < len(m.Fees) && m.Fees[until].Note == "" { // a note is of all that follow it
			until++
		}
		part := slices.Clone(m.Fees[from:until])
		out = append(out, s.lines(s.regular, bodySize*0.95, left, measure, faint, part[0].Note)...)
		part[0].Note = ""
		half := (len(part) + 1) / 2
		rows := make([]row, half)
		for i := range rows {
			rows[i].cells = cells(part[i])
			if half+i < len(part) {
				rows[i].cells = append(rows[i].cells, cells(part[half+i])...)
			}
		}
		out = append(out, s.table([]column{{w.item, 0.35, false}, {w.amount, 0.15, true}, {w.item, 0.35, false}, {w.amount, 0.15, true}}, rows)...)
		from = until
	}
	return out
}

// steps are what the agency does and how long each may take, with the whole and the law at the end.
func (m Manual) steps(s *sheet, w manualWords) []pdf.Piece {
	columns := []column{{"", 0.07, false}, {w.step, 0.48, false}, {w.by, 0.25, false}, {w.days, 0.2, true}}
	timed := slices.ContainsFunc(m.Steps, func(st ManualStep) bool { return strings.TrimSpace(st.Days) != "" })
	if !timed {
		columns = []column{{"", 0.07, false}, {w.step, 0.6, false}, {w.by, 0.33, false}}
	}
	rows := make([]row, len(m.Steps), len(m.Steps)+1)
	for i, st := range m.Steps {
		rows[i] = row{cells: []cell{plain(strconv.Itoa(i + 1)), plain(st.Name), plain(st.By)}}
		if timed {
			rows[i].cells = append(rows[i].cells, plain(st.Days))
		}
	}
	if m.Total != "" {
		sum := row{total: true, cells: []cell{nil, strong(w.total), strong(m.Total)}}
		if timed {
			sum.cells = []cell{nil, strong(w.total), nil, strong(m.Total)}
		}
		rows = append(rows, sum)
	}
	out := s.table(columns, rows)
	out = append(append(out, s.paragraph(m.TotalLaw)...), gap(5))
	late := m.Late
	if strings.TrimSpace(late) == "" {
		late = w.late
	}
	return append(out, s.paragraph(late)...)
}
