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

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// askedSheet is a form about documents that were asked for: one that cannot be read, or more time for them.
type askedSheet struct {
	sheet
	Want  tickets.Want // that cannot be read
	DueOn time.Time    // last day as it stands
}

func (a *Admin) showUnreadable(r *http.Request, s Scope) (reply, error) {
	want := number(chi.URLParam(r, "want"), 1<<53)
	sh, err := a.sheetFor(r, s, "wants/"+strconv.FormatInt(int64(want), 10), "เอกสารอ่านไม่ได้ ขอใหม่")
	if err != nil {
		return nil, err
	}
	wants, err := tickets.Wants(r.Context(), s.Tx, sh.Ticket.ID)
	if err != nil {
		return nil, err
	}
	for _, w := range wants {
		if w.ID == tickets.WantID(want) {
			return page{view: "unreadable", part: "sheet", data: askedSheet{sheet: sh, Want: w, DueOn: w.DueOn}}, nil
		}
	}
	return nil, fault.New(fault.NotFound, "ไม่พบรายการเอกสารที่ขอ กรุณาเปิดดูเรื่องอีกครั้ง")
}

func (a *Admin) unreadable(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "unreadable", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Unreadable(ctx, s.Tx, s.Actor(), id, tickets.WantID(number(chi.URLParam(r, "want"), 1<<53)), unixLines(r.PostForm.Get("text")))
	})
}

func (a *Admin) showLengthen(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "lengthen", "ขยายเวลาส่งเอกสาร")
	if err != nil {
		return nil, err
	}
	notices, err := tickets.Notices(r.Context(), s.Tx, sh.Ticket.ID)
	if err != nil {
		return nil, err
	}
	if len(notices) == 0 || sh.Ticket.Status != tickets.Awaiting {
		return nil, fault.New(fault.Conflict, "เรื่องนี้ไม่ได้รอเอกสารจากประชาชน จึงไม่มีกำหนดส่งให้ขยาย")
	}
	return page{view: "lengthen", part: "sheet", data: askedSheet{sheet: sh, DueOn: notices[len(notices)-1].Until()}}, nil
}

func (a *Admin) lengthen(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "lengthened", func(ctx context.Context, id tickets.TicketID) error {
		until, _ := time.ParseInLocation(time.DateOnly, r.PostForm.Get("until"), thai.Bangkok()) // no day is refused in words
		return a.desk.Lengthen(ctx, s.Tx, s.Actor(), id, until)
	})
}

// returnSheet asks what the letter says with which a case is given back.
type returnSheet struct {
	sheet
	tickets.Returning
}

func (a *Admin) showReturn(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "return", "คืนคำขอ")
	if err != nil {
		return nil, err
	}
	p := returnSheet{sheet: sh}
	if p.Returning, err = a.desk.UsualReturn(r.Context(), s.Tx, sh.Ticket); err != nil {
		return nil, err
	}
	return page{view: "return", part: "sheet", data: p}, nil
}

func (a *Admin) giveBack(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "returned", func(ctx context.Context, id tickets.TicketID) error {
		f := func(name string) string { return unixLines(r.PostForm.Get(name)) }
		return a.desk.Return(ctx, s.Tx, s.Actor(), tickets.Returning{TicketID: id, Reason: f("reason"), Remedy: f("remedy"), Appeal: f("appeal")})
	})
}

// againPage is the register of cases in which documents were asked for more than once (LFA-8.2), of a year.
type againPage struct {
	chrome
	Year          int // Buddhist era
	Before, After int
	Lines         []againLine
	CSV           string
}

type againLine struct {
	tickets.AskedAgain
	Href string
}

// askedAgain reads the register of the year that the request names; nothing is the year of now.
func (a *Admin) askedAgain(r *http.Request, s Scope) (all []againLine, year int, err error) {
	year = thai.BuddhistYear(a.now())
	if text := r.FormValue("year"); text != "" {
		if year, err = strconv.Atoi(text); err != nil || year < 2500 || year > 2800 {
			return nil, 0, fault.Wrap(fault.Invalid, "ปีไม่ถูกต้อง กรุณาระบุปี พ.ศ. เช่น 2569", err)
		}
	}
	from := time.Date(year-543, time.January, 1, 0, 0, 0, 0, thai.Bangkok())
	found, err := tickets.AskedAgainIn(r.Context(), s.Tx, from, from.AddDate(1, 0, 0))
	if err != nil {
		return nil, 0, err
	}
	for _, one := range found {
		all = append(all, againLine{AskedAgain: one, Href: Base + ticketPath(one.TicketID)})
	}
	return all, year, nil
}

func (a *Admin) showAskedAgain(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ทะเบียนการขอเอกสารเกินหนึ่งครั้ง")
	if err != nil {
		return nil, err
	}
	all, year, err := a.askedAgain(r, s)
	if err != nil {
		return nil, err
	}
	return page{view: "asked-again", data: againPage{
		chrome: c, Year: year, Before: year - 1, After: year + 1, Lines: all, CSV: Base + "/asked-again/register.csv?year=" + strconv.Itoa(year),
	}}, nil
}

// exportAskedAgain sends the register as a table, one notice a line.
func (a *Admin) exportAskedAgain(r *http.Request, s Scope) (reply, error) {
	all, year, err := a.askedAgain(r, s)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff")
	rows := [][]string{{"เลขที่เรื่อง", "บริการ", "วันที่ขอ", "รายการที่ขอ", "เหตุผลตามกฎหมาย", "ผู้ขอ"}}
	for _, l := range all {
		rows = append(rows, []string{plainCell(l.Number), plainCell(l.Title), stamp(l.At), plainCell(strings.Join(l.Wants, "; ")), plainCell(l.Override), plainCell(l.Officer)})
	}
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the register of second notices: %w", err)
	}
	return sent{mediaType: "text/csv; charset=utf-8", name: "asked-again-" + strconv.Itoa(year) + ".csv", body: b.Bytes()}, nil
}

// askedRoutes adds the screens on documents that were asked for.
func (a *Admin) askedRoutes(r chi.Router) {
	r.Get("/tickets/{ticket}/wants/{want}", a.screen(agencies.WorkTickets, a.showUnreadable))
	r.Post("/tickets/{ticket}/wants/{want}", a.screen(agencies.WorkTickets, a.unreadable))
	r.Get("/tickets/{ticket}/lengthen", a.screen(agencies.WorkTickets, a.showLengthen))
	r.Post("/tickets/{ticket}/lengthen", a.screen(agencies.WorkTickets, a.lengthen))
	r.Get("/tickets/{ticket}/return", a.screen(agencies.DecideTickets, a.showReturn))
	r.Post("/tickets/{ticket}/return", a.screen(agencies.DecideTickets, a.giveBack))
	r.Get("/asked-again", a.screen(agencies.LeadTickets, a.showAskedAgain))
	r.Get("/asked-again/register.csv", a.screen(agencies.LeadTickets, a.exportAskedAgain))
}
