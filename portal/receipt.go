package portal

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/words"
	"saphan/papers"
	"saphan/tickets"
)

// drawings is how many receipts one process draws at a time; each takes a processor some 50 ms.
const drawings = 2

// errNoReceipt answers for a case whose words and files were erased.
func errNoReceipt() error {
	return fault.New(fault.NotFound, "เอกสารนี้ถูกลบแล้ว")
}

// requestReceipt hands out the receipt of a request to whoever holds its tracking link (MTH-2.2): when it came and when it
// counts as received, what was filed with what proves that it is the same, and what happens next. The chat's card says it
// at once; the document is drawn when it is opened first, which few are, and kept from then on.
func (p *Portal) requestReceipt(r *http.Request) (reply, error) {
	token := chi.URLParam(r, "token")
	missing := fault.New(fault.NotFound, "ไม่พบเรื่องจากลิงก์นี้ กรุณาเปิดลิงก์จากข้อความในแชตอีกครั้ง หรือพิมพ์ “ติดตามเรื่อง” ในแชต")
	if !tokenForm.MatchString(token) {
		return nil, missing
	}
	var (
		t     tickets.Ticket
		drawn bool
	)
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if t, err = tickets.FindByTrack(ctx, tx, token); err != nil {
			return err
		}
		if t, err = tickets.First(ctx, tx, t); err != nil { // it says who took the request in
			return err
		}
		_, drawn, err = files.FindSource(ctx, tx, tickets.ReceiptSource(t.ID))
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, missing
	}
	if lang := papers.Spoken(langOf(r)); err == nil && lang != words.Thai {
		document, err := p.receiptIn(r.Context(), t, lang)
		if err != nil {
			return nil, err
		}
		return pdfFile{name: "receipt-" + t.Number + "-" + lang + ".pdf", body: document}, nil
	}
	if err == nil && !drawn {
		err = p.drawReceipt(r.Context(), t)
	}
	if err != nil {
		return nil, err
	}
	return p.paper(r, "receipt-"+t.Number+".pdf", func(ctx context.Context, tx pgx.Tx) (files.Attachment, bool, error) {
		return files.FindSource(ctx, tx, tickets.ReceiptSource(t.ID))
	})
}

// drawReceipt draws the receipt of a ticket's request and keeps it with the case. Of two that are drawn at the same time
// the first is kept; the other's bytes are swept away, as those are of a case that was erased meanwhile.
func (p *Portal) drawReceipt(ctx context.Context, t tickets.Ticket) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	document, err := p.receiptIn(ctx, t, words.Thai)
	if err != nil {
		return err
	}
	object, err := p.files.Put(ctx, bytes.NewReader(document), files.Limits{})
	if err != nil {
		return fmt.Errorf("store the receipt of ticket %d: %w", t.ID, err)
	}
	return p.change(ctx, func(ctx context.Context, tx pgx.Tx) error {
		whole, err := tickets.Hold(ctx, tx, t)
		if err != nil {
			return err
		}
		if !whole {
			return errNoReceipt()
		}
		id, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: "receipt-" + t.Number + ".pdf", Source: tickets.ReceiptSource(t.ID)})
		if err != nil {
			return err
		}
		return tickets.Enclose(ctx, tx, t, int64(id), "ใบรับคำขอ", p.now()) // in Thai only: officers read it
	})
}

// receiptIn draws the receipt of a ticket's request in a language. The one in Thai is the record and is kept; in
// others it is drawn for whoever opens it.
func (p *Portal) receiptIn(ctx context.Context, t tickets.Ticket, lang string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case p.drawing <- struct{}{}:
		defer func() { <-p.drawing }()
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "กำลังจัดทำเอกสาร กรุณาลองใหม่ในอีกสักครู่", ctx.Err())
	}
	var paper papers.Receipt
	err := p.read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		whole, err := tickets.Whole(ctx, tx, t)
		if err != nil {
			return err
		}
		if !whole {
			return errNoReceipt()
		}
		paper, err = p.receiptOf(ctx, tx, t, own{Lang: lang})
		return err
	})
	if err != nil {
		return nil, err
	}
	document, err := paper.PDF()
	if err != nil {
		return nil, fmt.Errorf("draw the receipt of ticket %d: %w", t.ID, err)
	}
	return document, nil
}

// pdfFile is a document that was drawn for whoever opens it.
type pdfFile struct {
	name string // ASCII
	body []byte
}

func (f pdfFile) write(w http.ResponseWriter, _ *http.Request, _ *Portal) error {
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	h.Set("Cache-Control", keepNever)
	_, _ = w.Write(f.body) // who has gone needs no answer
	return nil
}

// receiptOf is what stands on the receipt of a ticket's request.
func (p *Portal) receiptOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket, o own) (papers.Receipt, error) {
	req, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return papers.Receipt{}, err
	}
	form, err := p.desk.Form(ctx, tx, t)
	if err != nil {
		return papers.Receipt{}, err
	}
	agency, err := agencies.Find(ctx, tx, t.AgencyID)
	if err != nil {
		return papers.Receipt{}, err
	}
	calendar, err := agencies.LoadCalendar(ctx, tx, t.AgencyID)
	if err != nil {
		return papers.Receipt{}, err
	}
	attached, err := filed(ctx, tx, req.Answers)
	if err != nil {
		return papers.Receipt{}, err
	}
	paper := papers.Receipt{
		Lang: o.Lang, Number: t.Number, Service: form.Title.In(o.Lang), FormCode: form.FormCode, Agency: papers.Agency{Name: agency.Name, Address: agency.Address, Phone: agency.Phone},
		Citizen: t.CitizenName, Channel: o.T("เว็บไซต์", "Website"), EnteredAt: t.EnteredAt, ReceivedAt: t.DeemedReceivedAt, Answers: o.answered(form, req.Answers), Files: attached,
		DueOn: t.DueAt, VerifyURL: p.base + "/track/" + t.TrackToken, MadeAt: p.now(),
	}
	if advice := form.Advice(req.Answers).In(o.Lang); advice != "" { // what to do until somebody comes
		paper.Next = append(paper.Next, advice)
	}
	paper.Next = append(paper.Next, form.Next.In(o.Lang))
	came, err := tickets.CameBy(ctx, tx, t.ID)
	if err != nil {
		return papers.Receipt{}, err
	}
	if kind := came[t.ID]; kind != "" && kind != agencies.WebKind {
		paper.Channel = strings.ToUpper(kind)
	}
	if req.Way == tickets.ByCounter {
		paper.Channel = o.T("เคาน์เตอร์", "Counter")
	}
	if req.Way == tickets.ByPhone {
		paper.Channel = o.T("โทรศัพท์", "Telephone")
	}
	if req.MandateID != nil {
		paper.Attorney, paper.Mandate = req.AttorneyName, int64(*req.MandateID)
	}
	if name, ok := calendar.Holiday(t.EnteredAt); ok && !t.EnteredAt.Equal(t.DeemedReceivedAt) {
		paper.Why = o.T("คำขอเข้าระบบใน{holiday} ซึ่งเป็นวันหยุดราชการ จึงถือว่าหน่วยงานได้รับในวันและเวลาทำการถัดไป ตามมาตรา 10 แห่งพระราชบัญญัติการปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565",
			"The request entered the system on a public holiday ({holiday}), so it counts as received when the office opened next (Electronic Government Operations Act B.E. 2565, section 10).", "holiday", name)
	}
	for _, s := range form.Path(req.Answers) {
		paper.Next = append(paper.Next, s.Text.In(o.Lang))
	}
	if clock, ok := form.Clock(forms.Decide, req.Answers); ok {
		days := daysOf(clock.Days, clock.Unit)
		paper.DueLaw = o.T("กำหนดแจ้งผลภายใน {days} นับแต่วันที่ถือว่าได้รับ ({law})", "The answer is due within {days} from when the request counts as received ({law})",
			"days", days.In(o.Lang), "law", clock.Law.In(o.Lang))
	}
	return paper, nil
}

// filed are the files that came with a request, with what proves that they are the same. One that was taken back, or in
// which a virus was found, is not there any more.
func filed(ctx context.Context, tx pgx.Tx, answers []forms.Answer) ([]papers.ReceivedFile, error) {
	var all []papers.ReceivedFile
	for _, a := range answers {
		for _, id := range a.Attachments {
			at, err := files.Find(ctx, tx, files.AttachmentID(id))
			if err != nil {
				return nil, err
			}
			f := papers.ReceivedFile{Document: a.Label, Name: at.Name, Size: at.Size}
			if copy(f.SHA256[:], at.SHA256) == len(f.SHA256) && (at.State == files.Ready || at.State == files.Waiting) {
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// answered are the answers of a request under the headings of its form. What people wrote stays as they wrote it.
func (o own) answered(form *forms.Form, answers []forms.Answer) []papers.Section {
	headings := map[string]string{} // by key of the field
	now := ""
	for _, f := range form.Fields {
		now = cmp.Or(f.Section.In(o.Lang), now)
		headings[f.Key] = now
	}
	var all []papers.Section
	for _, a := range forms.Told(answers) {
		if len(a.Attachments) > 0 || strings.TrimSpace(a.Text) == "" {
			continue
		}
		group, _, _ := strings.Cut(a.Field, ".")
		heading := headings[group]
		at := slices.IndexFunc(all, func(s papers.Section) bool { return s.Heading == heading })
		if at < 0 {
			at, all = len(all), append(all, papers.Section{Heading: heading})
		}
		row := papers.Row{Label: a.Label, Value: a.Masked()}
		if f, ok := form.Field(a.Field); ok && !o.thai() {
			row.Label = f.Label.In(o.Lang)
			if a.Masked() == a.Text {
				row.Value = o.shown(f, a)
			}
		}
		all[at].Rows = append(all[at].Rows, row)
	}
	return all
}
