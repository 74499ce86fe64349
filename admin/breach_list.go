package admin

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/breaches"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/papers"
	"saphan/tickets"
)

// breachesPage is the register of breaches of a year (PDP-6).
type breachesPage struct {
	chrome
	Year          int // Buddhist era
	Before, After int
	Lines         []breachRow
	CSV, PDF      string
}

// breachRow is a line of it.
type breachRow struct {
	breaches.Breach
	Href string
	Chip chip
}

// People is how many are concerned, as far as is known.
func (l breachRow) People() string {
	switch {
	case l.Persons == 0:
		return "ยังไม่ทราบ"
	case l.Estimated:
		return "ประมาณ " + thai.Number(float64(l.Persons))
	default:
		return thai.Number(float64(l.Persons))
	}
}

// ReportedAt is when the regulator was told first; zero: it was not.
func (l breachRow) ReportedAt() (at time.Time) {
	if len(l.Reports) > 0 {
		at = l.Reports[0].At
	}
	return at
}

func (a *Admin) breachesOf(r *http.Request, s Scope) (year int, lines []breachRow, err error) {
	year = thai.BuddhistYear(a.now())
	if text := r.FormValue("year"); text != "" {
		if year, err = strconv.Atoi(text); err != nil || year < 2500 || year > 2800 {
			return year, nil, fault.Wrap(fault.Invalid, "ปีไม่ถูกต้อง กรุณาระบุปี พ.ศ. เช่น 2569", err)
		}
	}
	found, err := breaches.In(r.Context(), s.Tx, s.Agency, year)
	for _, b := range found {
		lines = append(lines, breachRow{Breach: b, Href: Base + breachPath(b.ID), Chip: breachChip(b, a.now())})
	}
	return year, lines, err
}

func (a *Admin) showBreaches(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ทะเบียนเหตุละเมิดข้อมูลส่วนบุคคล")
	if err != nil {
		return nil, err
	}
	year, lines, err := a.breachesOf(r, s)
	files := Base + "/breaches/register.%s?year=" + strconv.Itoa(year)
	return page{view: "breaches", data: breachesPage{
		chrome: c, Year: year, Before: year - 1, After: year + 1, Lines: lines, CSV: fmt.Sprintf(files, "csv"), PDF: fmt.Sprintf(files, "pdf"),
	}}, err
}

// exportBreaches sends the register as a table.
func (a *Admin) exportBreaches(r *http.Request, s Scope) (reply, error) {
	year, lines, err := a.breachesOf(r, s)
	if err != nil {
		return nil, err
	}
	rows := [][]string{{"เลขที่", "ทราบเหตุ", "ครบ 72 ชั่วโมง", "สิ่งที่เกิดขึ้น", "ข้อมูลที่เกี่ยวข้อง", "จำนวนคน", "ความเสี่ยง", "สถานะ", "แจ้ง สคส.", "เลขอ้างอิง", "ปิดเมื่อ"}}
	for _, l := range lines {
		row := []string{l.No(), stamp(l.DetectedAt), stamp(l.DueAt()), plainCell(l.What), plainCell(l.Data), l.People(), l.Risk().Thai(), l.State().Thai(), "", "", ""}
		if len(l.Reports) > 0 {
			row[8], row[9] = stamp(l.Reports[0].At), plainCell(l.Reports[0].Reference)
		}
		if l.ClosedAt != nil {
			row[10] = stamp(*l.ClosedAt)
		}
		rows = append(rows, row)
	}
	return tableFile(rows, fmt.Sprintf("breaches-%d.csv", year))
}

// tableFile is rows as a file that spreadsheets open in Thai.
func tableFile(rows [][]string, name string) (reply, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return sent{mediaType: "text/csv; charset=utf-8", name: name, body: b.Bytes()}, nil
}

// printBreaches sends the register as a document.
func (a *Admin) printBreaches(r *http.Request, s Scope) (reply, error) {
	year, lines, err := a.breachesOf(r, s)
	if err != nil {
		return nil, err
	}
	agency, err := agencies.Find(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	paper := papers.BreachRegister{Agency: papers.Agency{Name: agency.Name, Address: agency.Address, Phone: agency.Phone}, Period: "พ.ศ. " + strconv.Itoa(year), MadeAt: a.now()}
	for _, l := range lines {
		paper.Entries = append(paper.Entries, papers.BreachEntry{
			No: l.No(), DetectedAt: l.DetectedAt, What: l.What, Persons: l.People(), Risk: l.Risk().Thai(), State: l.State().Thai(), ReportedAt: l.ReportedAt(),
		})
	}
	file, err := paper.PDF()
	if err != nil {
		return nil, err
	}
	return sent{mediaType: "application/pdf", name: fmt.Sprintf("breaches-%d.pdf", year), body: file}, nil
}

// breachAsked is the breach in the path as of the line that is asked for.
func breachAsked(r *http.Request, s Scope) (breaches.Breach, agencies.Agency, error) {
	id, err := breachID(r)
	if err != nil {
		return breaches.Breach{}, agencies.Agency{}, err
	}
	return breachOf(r.Context(), s, id, number(r.FormValue("line"), 1<<30))
}

// breachFile is what a file about a breach is called.
func breachFile(b breaches.Breach, ext string) string {
	return fmt.Sprintf("breach-%d-%d.%s", b.YearBE, b.N, ext)
}

// printBreach sends the form for the regulator as a document.
func (a *Admin) printBreach(r *http.Request, s Scope) (reply, error) {
	b, agency, err := breachAsked(r, s)
	if err != nil {
		return nil, err
	}
	file, err := breachPaper(b, agency).PDF()
	if err != nil {
		return nil, err
	}
	return sent{mediaType: "application/pdf", name: breachFile(b, "pdf"), body: file}, nil
}

// exportBreach sends the same as data.
func (a *Admin) exportBreach(r *http.Request, s Scope) (reply, error) {
	b, agency, err := breachAsked(r, s)
	if err != nil {
		return nil, err
	}
	file, err := breaches.FormOf(b, agency).JSON()
	if err != nil {
		return nil, err
	}
	return sent{mediaType: "application/json", name: breachFile(b, "json"), body: file}, nil
}

// exportPeople sends the list of those concerned with how to reach them, which is written down (PDP-8).
func (a *Admin) exportPeople(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	id, err := breachID(r)
	if err != nil {
		return nil, err
	}
	b, err := a.breachRegister().Saved(ctx, s.Tx, s.Officer.ID, id)
	if err != nil {
		return nil, err
	}
	rows, err := a.peopleRows(ctx, s, b)
	if err != nil {
		return nil, err
	}
	return tableFile(rows, "people-"+breachFile(b, "csv"))
}

func (a *Admin) peopleRows(ctx context.Context, s Scope, b breaches.Breach) ([][]string, error) {
	listed, err := breaches.People(ctx, s.Tx, b, 0)
	if err != nil {
		return nil, err
	}
	ids := make([]tickets.TicketID, len(listed))
	for i, l := range listed {
		ids[i] = tickets.TicketID(l.Ticket)
	}
	contacts, err := tickets.Contacts(ctx, s.Tx, ids)
	if err != nil {
		return nil, err
	}
	rows := [][]string{{"เลขที่เรื่อง", "ชื่อ", "การแจ้ง", "โทรศัพท์", "ที่อยู่", "หน้าติดตามเรื่อง"}}
	for i, l := range listed {
		c := contacts[ids[i]]
		var phones, addresses []string
		for _, answer := range c.Answers {
			switch answer.Kind { //nolint:exhaustive // no other says where somebody is
			case forms.PhoneField:
				phones = append(phones, answer.Text)
			case forms.AddressField:
				addresses = append(addresses, answer.Text)
			}
		}
		rows = append(rows, []string{
			plainCell(c.Number), plainCell(nameOrErased(c.Name)), wayChip(l).Text, plainCell(strings.Join(phones, " ")), plainCell(strings.Join(addresses, "; ")), a.baseURL + "/track/" + c.TrackToken,
		})
	}
	return rows, nil
}

// breachHint says on the page of registers how many breaches wait.
func (a *Admin) breachHint(ctx context.Context, s Scope) (string, error) {
	running, err := a.runningBreaches(ctx, s)
	if err != nil || len(running) == 0 {
		return "กำหนด 72 ชั่วโมง ความเสี่ยง การแจ้ง สคส. และเจ้าของข้อมูล ขณะนี้ไม่มีเหตุที่รอแจ้ง", err
	}
	return fmt.Sprintf("รอแจ้ง สคส. %d เหตุ: %s %s", len(running), running[0].No, running[0].Left), nil
}
