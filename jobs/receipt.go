package jobs

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
	"saphan/forms"
	"saphan/papers"
	"saphan/permits"
	"saphan/tickets"
)

// ReceiptArgs is the fact that a ticket was made, whose receipt is to be drawn (MTH-2.2).
type ReceiptArgs struct {
	TicketID tickets.TicketID `json:"ticket_id"`
}

// Kind names the job.
func (ReceiptArgs) Kind() string { return "receipt" }

// InsertOpts gives it the queue of drawing, where permits go first: those are waited for longer.
func (ReceiptArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: permits.RenderQueue, Priority: 2, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// receipt draws the receipt of a request: when it came and when it counts as received, what was filed with what proves
// that it is the same, and what happens next. Whoever holds the tracking link can fetch it.
type receipt struct {
	river.WorkerDefaults[ReceiptArgs]
	*Deps
}

func (w *receipt) Work(ctx context.Context, job *river.Job[ReceiptArgs]) error {
	var (
		paper papers.Receipt
		there bool
		from  = tickets.ReceiptSource(job.Args.TicketID)
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		if _, there, err = files.FindSource(ctx, tx, from); err != nil || there {
			return err
		}
		paper, err = w.requestPaper(ctx, tx, job.Args.TicketID)
		return err
	})
	if err != nil || there {
		return err
	}
	document, err := paper.PDF()
	if err != nil {
		return fmt.Errorf("draw the receipt of ticket %d: %w", job.Args.TicketID, err)
	}
	object, err := w.Files.Put(ctx, bytes.NewReader(document), files.Limits{})
	if err != nil {
		return fmt.Errorf("store the receipt of ticket %d: %w", job.Args.TicketID, err)
	}
	w.at("receipt: before it is there")
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		t, err := tickets.Find(ctx, tx, job.Args.TicketID)
		if err != nil {
			return err
		}
		id, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: "receipt-" + t.Number + ".pdf", Source: from})
		if err != nil {
			return err
		}
		return tickets.Enclose(ctx, tx, t, int64(id), "ใบรับคำขอ", w.Now())
	})
}

// requestPaper is what stands on the receipt of a ticket's request.
func (d *Deps) requestPaper(ctx context.Context, tx pgx.Tx, id tickets.TicketID) (papers.Receipt, error) {
	t, err := tickets.Find(ctx, tx, id)
	if err != nil {
		return papers.Receipt{}, err
	}
	req, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return papers.Receipt{}, err
	}
	form, err := d.Desk.Form(ctx, tx, t)
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
	p := papers.Receipt{
		Number: t.Number, Service: form.Title.TH, FormCode: form.FormCode, Agency: papers.Agency{Name: agency.Name, Address: agency.Address, Phone: agency.Phone},
		Citizen: t.CitizenName, Channel: "เว็บไซต์", EnteredAt: t.EnteredAt, ReceivedAt: t.DeemedReceivedAt, Answers: answered(form, req.Answers), Files: attached,
		Next: []string{form.Next.TH}, DueOn: t.DueAt, VerifyURL: d.BaseURL + "/track/" + t.TrackToken, MadeAt: d.Now(),
	}
	if req.ConversationID != nil {
		p.Channel = "LINE"
	}
	if name, ok := calendar.Holiday(t.EnteredAt); ok && !t.EnteredAt.Equal(t.DeemedReceivedAt) {
		p.Why = "คำขอเข้าระบบใน" + name + " ซึ่งเป็นวันหยุดราชการ จึงถือว่าหน่วยงานได้รับในวันและเวลาทำการถัดไป ตามมาตรา 10 แห่งพระราชบัญญัติการปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565"
	}
	for _, s := range form.Path(req.Answers) {
		p.Next = append(p.Next, s.Text.TH)
	}
	if clock, ok := form.Clock(forms.Decide, req.Answers); ok {
		unit := map[forms.Unit]string{forms.WorkingDays: "วันทำการ"}
		p.DueLaw = fmt.Sprintf("กำหนดแจ้งผลภายใน %d %s นับแต่วันที่ถือว่าได้รับ (%s)", clock.Days, cmp.Or(unit[clock.Unit], "วัน"), clock.Law.TH)
	}
	return p, nil
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

// answered are the answers of a request under the headings of its form.
func answered(form *forms.Form, answers []forms.Answer) []papers.Section {
	headings := map[string]string{} // by key of the field
	now := ""
	for _, f := range form.Fields {
		now = cmp.Or(f.Section.TH, now)
		headings[f.Key] = now
	}
	var all []papers.Section
	for _, a := range answers {
		if len(a.Attachments) > 0 || a.Continues() || strings.TrimSpace(a.Text) == "" {
			continue
		}
		group, _, _ := strings.Cut(a.Field, ".")
		heading := headings[group]
		at := slices.IndexFunc(all, func(s papers.Section) bool { return s.Heading == heading })
		if at < 0 {
			at, all = len(all), append(all, papers.Section{Heading: heading})
		}
		all[at].Rows = append(all[at].Rows, papers.Row{Label: a.Label, Value: a.Masked()})
	}
	return all
}
