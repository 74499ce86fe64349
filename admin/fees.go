package admin

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/payments"
	"saphan/tickets"
)

// feesPage is the register of receipts of a month or a day, with what is owed (SEED-4).
type feesPage struct {
	chrome
	Period   string // 2026-11 or 2026-11-22
	Words    string // as people say it
	Before   string // the period before, and the one after
	After    string
	Lines    []registerLine
	Total    string
	Count    int
	Dropped  int // cancelled
	Ways     []feeLine
	Owed     []owedLine
	CSV, ZIP string
	Account  payments.Account
	Manage   bool // may change the account
	Done     string
}

type registerLine struct {
	payments.Entry
	Amount string
	Way    string
	Ticket string // address of the case
	Href   string // of the document
}

type owedLine struct {
	payments.Charge
	Chip   chip
	Amount string
	Fee    string // address of what there is to do
}

// periodOf reads a month, 2026-11, or a day, 2026-11-22; nothing is the month of now.
func periodOf(period string, now time.Time) (from, until time.Time, day bool, err error) {
	if period == "" {
		period = now.In(thai.Bangkok()).Format("2006-01")
	}
	if from, err = time.ParseInLocation(time.DateOnly, period, thai.Bangkok()); err == nil {
		return from, from.AddDate(0, 0, 1), true, nil
	}
	if from, err = time.ParseInLocation("2006-01", period, thai.Bangkok()); err == nil {
		return from, from.AddDate(0, 1, 0), false, nil
	}
	return from, until, false, fault.Wrap(fault.Invalid, "ช่วงเวลาต้องเป็นเดือน เช่น 2026-11 หรือวัน เช่น 2026-11-22", err)
}

// registered reads the receipts of the period that the request names.
func (a *Admin) registered(r *http.Request, s Scope) (all []payments.Entry, from time.Time, day bool, err error) {
	from, until, day, err := periodOf(r.FormValue("period"), a.now())
	if err != nil {
		return nil, from, day, err
	}
	all, err = payments.Register(r.Context(), s.Tx, s.Agency, from, until)
	return all, from, day, err
}

// owedMost is how many charges the page lists.
const owedMost = 200

func (a *Admin) showFees(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ค่าธรรมเนียมและใบเสร็จ")
	if err != nil {
		return nil, err
	}
	all, from, day, err := a.registered(r, s)
	if err != nil {
		return nil, err
	}
	p := feesPage{chrome: c, Manage: s.Can(agencies.ManageAgency), Done: doneWords[r.FormValue("done")]}
	layout, step := "2006-01", from.AddDate(0, 1, 0)
	p.Words, p.Before = thai.Month(from.Month())+" "+strconv.Itoa(thai.BuddhistYear(from)), from.AddDate(0, -1, 0).Format(layout)
	if day {
		layout, step = time.DateOnly, from.AddDate(0, 0, 1)
		p.Words, p.Before = thai.LongDate(from), from.AddDate(0, 0, -1).Format(layout)
	}
	p.Period, p.After = from.Format(layout), step.Format(layout)
	p.CSV, p.ZIP = Base+"/fees/register.csv?period="+p.Period, Base+"/fees/receipts.zip?period="+p.Period
	for _, e := range all {
		l := registerLine{Entry: e, Amount: thai.Baht(e.Satang), Way: e.Way.Thai(), Ticket: Base + ticketPath(tickets.TicketID(e.TicketID))}
		if e.AttachmentID != nil {
			l.Href = Base + receiptPath(e.ID)
		}
		p.Lines = append(p.Lines, l)
	}
	sum := payments.Sum(all)
	p.Total, p.Count, p.Dropped = thai.Baht(sum.Satang), sum.Count, sum.Cancelled
	for _, way := range payments.Ways() {
		p.Ways = append(p.Ways, feeLine{Label: way.Thai(), Amount: thai.Baht(sum.ByWay[way])})
	}
	owed, err := payments.Owed(r.Context(), s.Tx, s.Agency, owedMost)
	if err != nil {
		return nil, err
	}
	for _, o := range owed {
		p.Owed = append(p.Owed, owedLine{Charge: o, Chip: feeChip(o.State), Amount: thai.Baht(o.Satang), Fee: feeLink(tickets.TicketID(o.TicketID), "", fromFees)})
	}
	p.Account, _, err = payments.FindAccount(r.Context(), s.Tx, s.Agency)
	return page{view: "fees", data: p}, err
}

// showReceipt sends the document of a receipt.
func (a *Admin) showReceipt(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	id, err := strconv.ParseInt(strings.TrimSuffix(chi.URLParam(r, "receipt"), ".pdf"), 10, 64)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "ไม่พบใบเสร็จนี้ กรุณาเปิดจากทะเบียนใบเสร็จ", err)
	}
	one, err := payments.FindReceipt(ctx, s.Tx, payments.ReceiptID(id))
	if err != nil {
		return nil, err
	}
	at, err := receiptFile(ctx, s, one)
	if err != nil {
		return nil, err
	}
	return document{
		open:      func() (io.ReadCloser, error) { return a.files.Open(ctx, at) },
		mediaType: "application/pdf", name: files.SafeName(at.Name), size: at.Size, inline: true,
	}, nil
}

// exportRegister sends the register as a table: one receipt a line, and the total, which counts what holds.
func (a *Admin) exportRegister(r *http.Request, s Scope) (reply, error) {
	all, from, day, err := a.registered(r, s)
	if err != nil {
		return nil, err
	}
	table, err := registerTable(all)
	if err != nil {
		return nil, err
	}
	return sent{mediaType: "text/csv; charset=utf-8", name: "receipts-" + periodName(from, day) + ".csv", body: table}, nil
}

func periodName(from time.Time, day bool) string {
	if day {
		return from.Format(time.DateOnly)
	}
	return from.Format("2006-01")
}

// registerTable is the register in CSV, with the mark by which spreadsheets know that it is UTF-8.
func registerTable(all []payments.Entry) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	rows := [][]string{{"เล่มที่", "เลขที่", "วันที่ออก", "วันที่ชำระ", "ได้รับเงินจาก", "รายการ", "จำนวนเงิน (บาท)", "ชำระโดย", "เลขอ้างอิง", "ผู้รับเงิน", "สถานะ", "เหตุที่ยกเลิก"}}
	for _, e := range all {
		state := "ใช้ได้"
		if e.CancelledAt != nil {
			state = "ยกเลิก"
		}
		rows = append(rows, []string{
			e.Book(), e.No(), stamp(e.IssuedAt), stamp(e.PaidAt), plainCell(e.Payer), plainCell(e.About), bahtField(e.Satang), e.Way.Thai(),
			plainCell(e.Reference), plainCell(e.OfficerName), state, plainCell(e.CancelledWhy),
		})
	}
	sum := payments.Sum(all)
	rows = append(rows, []string{"รวม", strconv.Itoa(sum.Count), "", "", "", "", bahtField(sum.Satang), "", "", "", "", ""})
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the register: %w", err)
	}
	return b.Bytes(), nil
}

func stamp(t time.Time) string { return t.In(thai.Bangkok()).Format("2006-01-02 15:04") }

// plainCell keeps a spreadsheet from taking words for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// exportReceipts sends the documents of a period in one ZIP, with the register: a finance officer checks that the totals
// match (SEED-4). A cancelled receipt stands in the register only.
func (a *Admin) exportReceipts(r *http.Request, s Scope) (reply, error) {
	all, from, day, err := a.registered(r, s)
	if err != nil {
		return nil, err
	}
	table, err := registerTable(all)
	if err != nil {
		return nil, err
	}
	bundle := receiptsZip{store: a.files, table: table, name: periodName(from, day)}
	total := int64(0)
	for _, e := range all {
		if e.CancelledAt != nil {
			continue
		}
		at, err := receiptFile(r.Context(), s, e.Receipt)
		if fault.Is(err, fault.NotFound) && at.State == files.Gone {
			continue // the term of its case is over: the register keeps the number alone
		}
		if err != nil {
			return nil, err
		}
		if total += at.Size; total > zipMost {
			return nil, fault.New(fault.TooLarge, "ใบเสร็จของช่วงนี้รวมกันใหญ่กว่า 500 MB กรุณาเลือกทีละวันแล้วดาวน์โหลดใหม่")
		}
		bundle.files = append(bundle.files, at)
	}
	return bundle, nil
}

// zipMost is how many bytes of receipts go into one ZIP: more than a month of a city, and less than what a browser gives
// up on.
const zipMost = 500 << 20

// receiptsZip is a ZIP that is made while it is sent.
type receiptsZip struct {
	store *files.Store
	table []byte
	files []files.Attachment
	name  string
}

func (z receiptsZip) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="receipts-`+z.name+`.zip"`)
	archive := zip.NewWriter(w)
	err := z.fill(r.Context(), archive)
	if err == nil {
		err = archive.Close()
	}
	if err != nil { // the status is on its way already; a ZIP without its end does not open
		a.log.WarnContext(r.Context(), "receipts broke off", "err", err)
	}
	return nil
}

func (z receiptsZip) fill(ctx context.Context, archive *zip.Writer) error {
	add := func(name string, from io.Reader) error {
		entry, err := archive.Create(name)
		if err == nil {
			_, err = io.Copy(entry, from)
		}
		return err
	}
	if err := add("register-"+z.name+".csv", bytes.NewReader(z.table)); err != nil {
		return err
	}
	for _, at := range z.files {
		from, err := z.store.Open(ctx, at)
		if err != nil {
			return err
		}
		if err := errors.Join(add(files.SafeName(at.Name), from), from.Close()); err != nil {
			return err
		}
	}
	return nil
}

// sent is a small file.
type sent struct {
	mediaType, name string
	body            []byte
}

func (f sent) write(w http.ResponseWriter, _ *http.Request, _ *Admin) error {
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	_, err := w.Write(f.body)
	return err
}
