package admin

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/papers"
	"saphan/tickets"
)

// registersPage leads to every register of the agency.
type registersPage struct {
	chrome
	Lines []registerLink
}

type registerLink struct{ Href, Icon, Name, What string }

func (a *Admin) showRegisters(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ทะเบียนของหน่วยงาน")
	if err != nil {
		return nil, err
	}
	p := registersPage{chrome: c}
	add := func(may agencies.Permission, path, icon, name, what string) {
		if s.Can(may) {
			p.Lines = append(p.Lines, registerLink{Base + path, icon, name, what})
		}
	}
	add(agencies.ReadTickets, "/register", "inbox", "ทะเบียนหนังสือรับ", "เลขรับทุกเรื่องที่เข้าหน่วยงาน เรียงต่อเนื่องรายปี")
	add(agencies.ReadTickets, "/letters", "file-text", "ทะเบียนหนังสือแจ้งเหตุล่าช้า", "สำเนาส่งสำนักงาน ก.พ.ร. รายเดือน")
	add(agencies.LeadTickets, "/asked-again", "paperclip", "ทะเบียนการขอเอกสารเกินหนึ่งครั้ง", "พร้อมเหตุตามกฎหมายของแต่ละครั้ง")
	add(agencies.TakeMoney, "/fees", "landmark", "ทะเบียนใบเสร็จรับเงิน", "ค่าธรรมเนียมที่รับและรอชำระ")
	add(agencies.ReadTickets, "/problems", "circle-check", "ผลการแก้ปัญหา", "แจ้งว่าแก้แล้วเท่าใด ประชาชนยืนยันเท่าใด รายเดือนและประเภท")
	waiting, err := a.mandatesWaiting(r.Context(), s)
	if err != nil {
		return nil, err
	}
	add(agencies.WorkTickets, "/mandates", "user-check", "หนังสือมอบอำนาจ", fmt.Sprintf("ตรวจครั้งเดียวแล้วยื่นแทนได้จนถึงวันสุดท้าย รอตรวจ %d ฉบับ", waiting))
	hint, err := a.breachHint(r.Context(), s)
	add(agencies.KeepBreaches, "/breaches", "shield-check", "ทะเบียนเหตุละเมิดข้อมูลส่วนบุคคล", hint)
	add(agencies.ReadTickets, "/breaches/report", "triangle-alert", "แจ้งเหตุละเมิดข้อมูลส่วนบุคคล", "พบเอกสารหรือข้อมูลของประชาชนรั่วไหล แจ้งได้ทันที ทุกคนแจ้งได้")
	return page{view: "registers", data: p}, err
}

// registerPage is the receive register of a year, or of a month of it (MTH-2.3).
type registerPage struct {
	chrome
	Year          int        // Buddhist era
	Month         time.Month // 0: all of them
	Months        []monthChoice
	Period        string // as people say it
	Search        string
	Before, After string // the years beside it
	Lines         []receivedLine
	Sum           tickets.RegisterSum
	Older         string // where what came before is shown; empty: there is nothing
	CSV, PDF      string
}

type monthChoice struct {
	Month  time.Month
	Name   string
	Chosen bool
}

type receivedLine struct {
	tickets.Received
	Ticket string // address of the case
}

// From is who wrote, as the register says it.
func (l receivedLine) From() string {
	name := l.Citizen
	if name == "" {
		name = "ชื่อถูกลบตามอายุการเก็บ"
	}
	if l.FromAgency != "" {
		return l.FromAgency + " (เรื่องของ " + name + ")"
	}
	return name
}

// Result is what became of it.
func (l receivedLine) Result() string {
	if l.Outcome != "" {
		return l.Outcome.Thai()
	}
	return l.Status.Thai()
}

// About is what it is about: the service and, where they differ, the citizen's matter.
func (l receivedLine) About() string {
	if l.Subject == "" || l.Subject == l.Title {
		return l.Title
	}
	return l.Title + ": " + l.Subject
}

// On a page of the screen, and in a file, are at most so many lines.
const (
	registerShown = 200
	registerFile  = 5000
)

// registerOf reads what the request asks for of the register.
func (a *Admin) registerOf(r *http.Request, s Scope) (f tickets.RegisterFilter, err error) {
	f = tickets.RegisterFilter{Agency: s.Agency, YearBE: thai.BuddhistYear(a.now()), Search: r.FormValue("q")}
	if text := r.FormValue("year"); text != "" {
		if f.YearBE, err = strconv.Atoi(text); err != nil || f.YearBE < 2500 || f.YearBE > 2800 {
			return f, fault.Wrap(fault.Invalid, "ปีไม่ถูกต้อง กรุณาระบุปี พ.ศ. เช่น 2569", err)
		}
	}
	f.Month = time.Month(number(r.FormValue("month"), 12))
	f.Before = int64(number(r.FormValue("before"), 1<<53))
	return f, nil
}

func registerPeriod(f tickets.RegisterFilter) string {
	if f.Month == 0 {
		return "พ.ศ. " + strconv.Itoa(f.YearBE)
	}
	return thai.Month(f.Month) + " " + strconv.Itoa(f.YearBE)
}

func registerQuery(f tickets.RegisterFilter) url.Values {
	q := url.Values{"year": {strconv.Itoa(f.YearBE)}}
	if f.Month != 0 {
		q.Set("month", strconv.Itoa(int(f.Month)))
	}
	if f.Search != "" {
		q.Set("q", f.Search)
	}
	return q
}

func (a *Admin) showRegister(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	c, err := chromeOf(ctx, s, "ทะเบียนหนังสือรับ")
	if err != nil {
		return nil, err
	}
	f, err := a.registerOf(r, s)
	if err != nil {
		return nil, err
	}
	f.Limit = registerShown + 1
	all, err := receivedLines(ctx, s, f)
	if err != nil {
		return nil, err
	}
	query := registerQuery(f).Encode()
	p := registerPage{
		chrome: c, Year: f.YearBE, Month: f.Month, Period: registerPeriod(f), Search: f.Search, Lines: all,
		Before: strconv.Itoa(f.YearBE - 1), After: strconv.Itoa(f.YearBE + 1),
		CSV: Base + "/register/register.csv?" + query, PDF: Base + "/register/register.pdf?" + query,
	}
	for m := time.January; m <= time.December; m++ {
		p.Months = append(p.Months, monthChoice{Month: m, Name: thai.Month(m), Chosen: m == f.Month})
	}
	if len(all) > registerShown {
		p.Lines = all[:registerShown]
		q := registerQuery(f)
		q.Set("before", strconv.FormatInt(p.Lines[registerShown-1].N, 10))
		p.Older = Base + "/register?" + q.Encode()
	}
	p.Sum, err = tickets.SumRegister(ctx, s.Tx, s.Agency, f.YearBE)
	return page{view: "register", data: p}, err
}

func receivedLines(ctx context.Context, s Scope, f tickets.RegisterFilter) (all []receivedLine, err error) {
	found, err := tickets.Register(ctx, s.Tx, f)
	if err != nil {
		return nil, err
	}
	for _, e := range found {
		all = append(all, receivedLine{Received: e, Ticket: Base + ticketPath(e.TicketID)})
	}
	return all, nil
}

// registerWhole reads all that is asked for of the register, for a file; what is too much for one is refused.
func (a *Admin) registerWhole(r *http.Request, s Scope) (tickets.RegisterFilter, []receivedLine, error) {
	f, err := a.registerOf(r, s)
	if err != nil {
		return f, nil, err
	}
	f.Before, f.Limit = 0, registerFile+1
	all, err := receivedLines(r.Context(), s, f)
	if err == nil && len(all) > registerFile {
		err = fault.Newf(fault.TooLarge, "ช่วงนี้มีเกิน {n} รายการ กรุณาเลือกทีละเดือนแล้วดาวน์โหลดใหม่", "n", registerFile)
	}
	return f, all, err
}

// registerName is what a file of the register is called.
func registerName(f tickets.RegisterFilter, ext string) string {
	if f.Month != 0 {
		return fmt.Sprintf("received-%d-%02d.%s", f.YearBE, int(f.Month), ext)
	}
	return fmt.Sprintf("received-%d.%s", f.YearBE, ext)
}

// exportReceived sends the register as a table, one case a line.
func (a *Admin) exportReceived(r *http.Request, s Scope) (reply, error) {
	f, all, err := a.registerWhole(r, s)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff")
	rows := [][]string{{"เลขรับ", "เลขที่เรื่อง", "วันเวลาที่เข้าระบบ", "วันเวลาที่ถือว่าได้รับ", "จาก", "ถึง", "เรื่อง", "การปฏิบัติ", "ช่องทาง"}}
	for _, l := range all {
		rows = append(rows, []string{
			l.No(), plainCell(l.Number), stamp(l.EnteredAt), stamp(l.DeemedAt), plainCell(l.From()), plainCell(l.Unit), plainCell(l.About()), l.Result(), l.Way.Thai(),
		})
	}
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the receive register: %w", err)
	}
	return sent{mediaType: "text/csv; charset=utf-8", name: registerName(f, "csv"), body: b.Bytes()}, nil
}

// printReceived sends the register as a document, the first number first.
func (a *Admin) printReceived(r *http.Request, s Scope) (reply, error) {
	f, all, err := a.registerWhole(r, s)
	if err != nil {
		return nil, err
	}
	agency, err := agencies.Find(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	sum, err := tickets.SumRegister(r.Context(), s.Tx, s.Agency, f.YearBE)
	if err != nil {
		return nil, err
	}
	paper := papers.Register{Agency: papers.Agency{Name: agency.Name, Address: agency.Address, Phone: agency.Phone}, Period: registerPeriod(f), Whole: sum.Whole(), MadeAt: a.now()}
	for i := len(all) - 1; i >= 0; i-- {
		l := all[i]
		paper.Entries = append(paper.Entries, papers.Entered{
			No: strconv.FormatInt(l.N, 10), Case: l.Number, EnteredAt: l.EnteredAt, DeemedAt: l.DeemedAt, From: l.From(), To: l.Unit, About: l.About(), Result: l.Result(), Way: l.Way.Thai(),
		})
	}
	file, err := paper.PDF()
	if err != nil {
		return nil, err
	}
	return sent{mediaType: "application/pdf", name: registerName(f, "pdf"), body: file}, nil
}

// registerRoutes adds the registers.
func (a *Admin) registerRoutes(r chi.Router) {
	r.Get("/registers", a.screen(agencies.ReadTickets, a.showRegisters))
	r.Get("/problems", a.screen(agencies.ReadTickets, a.showProblems))
	r.Get("/register", a.screen(agencies.ReadTickets, a.showRegister))
	r.Get("/register/register.csv", a.screen(agencies.ReadTickets, a.exportReceived))
	r.Get("/register/register.pdf", a.screen(agencies.ReadTickets, a.printReceived))
}
