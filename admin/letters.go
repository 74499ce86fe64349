package admin

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// lettersPage is the register of letters on delays of a month: the copies for the OPDC (LFA-10.2).
type lettersPage struct {
	chrome
	Month         string // 2026-11
	Words         string // as people say it
	Before, After string
	Lines         []letterEntry
	Sent, Waiting int
	CSV           string
}

// letterEntry is a line of the register.
type letterEntry struct {
	tickets.LetterEntry
	By     string
	Ticket string // address of the case
	Href   string // of the document; empty: it was not sent
}

// lettersOf reads the register of the month that the request names; nothing is the month of now.
func (a *Admin) lettersOf(r *http.Request, s Scope) (all []letterEntry, from time.Time, err error) {
	from, until, day, err := periodOf(r.FormValue("month"), a.now())
	if err != nil || day {
		return nil, from, fault.Wrap(fault.Invalid, "เดือนไม่ถูกต้อง กรุณาเลือกเดือนใหม่ เช่น 2026-11", err)
	}
	officers, err := agencies.Officers(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, from, err
	}
	found, err := tickets.LetterRegister(r.Context(), s.Tx, s.Agency, from, until)
	if err != nil {
		return nil, from, err
	}
	for _, l := range found {
		e := letterEntry{LetterEntry: l, Ticket: Base + ticketPath(l.TicketID)}
		if l.OfficerID != nil {
			e.By = officers[*l.OfficerID].Name
		}
		if l.SentAt != nil {
			e.Href = letterHref(l.TrackToken, l.N)
		}
		all = append(all, e)
	}
	return all, from, nil
}

func (a *Admin) showLetters(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ทะเบียนหนังสือแจ้งเหตุล่าช้า")
	if err != nil {
		return nil, err
	}
	all, from, err := a.lettersOf(r, s)
	if err != nil {
		return nil, err
	}
	const month = "2006-01"
	p := lettersPage{
		chrome: c, Month: from.Format(month), Words: thai.Month(from.Month()) + " " + strconv.Itoa(thai.BuddhistYear(from)),
		Before: from.AddDate(0, -1, 0).Format(month), After: from.AddDate(0, 1, 0).Format(month), Lines: all,
	}
	p.CSV = Base + "/letters/register.csv?month=" + p.Month
	for _, l := range all {
		switch {
		case l.SentAt != nil:
			p.Sent++
		case !l.Closed:
			p.Waiting++
		}
	}
	return page{view: "letters", data: p}, nil
}

// exportLetters sends the register as a table, one letter a line.
func (a *Admin) exportLetters(r *http.Request, s Scope) (reply, error) {
	all, from, err := a.lettersOf(r, s)
	if err != nil {
		return nil, err
	}
	table, err := lettersTable(all)
	if err != nil {
		return nil, err
	}
	return sent{mediaType: "text/csv; charset=utf-8", name: "late-letters-" + from.Format("2006-01") + ".csv", body: table}, nil
}

// lettersTable is the register in CSV, with the mark by which spreadsheets know that it is UTF-8.
func lettersTable(all []letterEntry) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	rows := [][]string{{"เลขที่เรื่อง", "บริการ", "ผู้ยื่น", "กำหนดพิจารณาแล้วเสร็จ", "ฉบับที่", "ครบกำหนดแจ้ง", "สถานะ", "วันที่แจ้ง", "เหตุแห่งความล่าช้า", "ผู้แจ้ง"}}
	for _, l := range all {
		told := ""
		if l.SentAt != nil {
			told = stamp(*l.SentAt)
		}
		rows = append(rows, []string{
			plainCell(l.Number), plainCell(l.Title), plainCell(l.CitizenName), stamp(l.DecideBy), strconv.Itoa(l.N), stamp(l.DueAt), l.Standing(), told,
			plainCell(l.Reason), plainCell(l.By),
		})
	}
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the register of letters: %w", err)
	}
	return b.Bytes(), nil
}

// Standing says what became of a letter.
func (l letterEntry) Standing() string {
	switch {
	case l.SentAt != nil:
		return "แจ้งแล้ว"
	case l.Closed:
		return "ไม่ได้แจ้งก่อนเรื่องเสร็จ"
	default:
		return "ยังไม่ได้แจ้ง"
	}
}

// Chip is the same with its colour.
func (l letterEntry) Chip() chip {
	switch {
	case l.SentAt != nil:
		return chip{Kind: "ok", Icon: "circle-check", Text: l.Standing()}
	case l.Closed:
		return chip{Kind: "warn", Icon: "circle-alert", Text: l.Standing()}
	default:
		return chip{Kind: "bad", Icon: "circle-alert", Text: l.Standing()}
	}
}
