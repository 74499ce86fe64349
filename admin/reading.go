package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/payments"
	"saphan/tickets"
)

// watched is an answer that is given when it is written down who got it: the citizen can see who opened their case
// or a file of it (PDP-8). The screen's own transaction cannot write, so this is one more, with one insert, after
// that has ended.
type watched struct {
	reply
	reading citizens.Reading
}

func (o watched) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	ctx := r.Context()
	err := agencies.Within(ctx, a.db, agencies.AgencyID(o.reading.AgencyID), func(tx pgx.Tx) error {
		return citizens.NoteReading(ctx, tx, o.reading)
	})
	if err != nil {
		return err
	}
	return o.reply.write(w, r, a)
}

// readingOf is that the officer opens a case, or a file of it.
func (a *Admin) readingOf(s Scope, t tickets.Ticket, file files.AttachmentID) citizens.Reading {
	reading := citizens.Reading{
		AgencyID: int64(s.Agency), TicketID: int64(t.ID), OfficerID: int64(s.Officer.ID), Kind: citizens.ReadCase, Standing: citizens.Free, At: a.now(),
	}
	if file != 0 {
		reading.Kind, reading.AttachmentID = citizens.ReadFile, int64(file)
	}
	if t.OfficerID != nil {
		reading.Standing = citizens.Other
		if *t.OfficerID == s.Officer.ID {
			reading.Standing = citizens.Holder
		}
	}
	return reading
}

// watch has it written down that the officer opens a case, or a file of it, and asks why when the case is a
// colleague's. What was written down in the same ten minutes is not written again.
func (a *Admin) watch(r *http.Request, s Scope, t tickets.Ticket, file files.AttachmentID, answer reply) (reply, error) {
	reading := a.readingOf(s, t, file)
	if reading.Standing == citizens.Other {
		reason, _, err := citizens.LastReason(r.Context(), s.Tx, reading.TicketID, reading.OfficerID, reading.At.Add(-citizens.ReasonHolds))
		if err != nil {
			return nil, err
		}
		if reason == "" {
			part := "opened"
			if file != 0 {
				part = "sheet"
			}
			return a.askWhy(r, s, t, part)
		}
		reading.Reason = reason
	}
	noted, err := citizens.ReadingNoted(r.Context(), s.Tx, reading)
	if err != nil || noted {
		return answer, err
	}
	return watched{answer, reading}, nil
}

// opened refuses what a page asks for by itself when the officer has not opened the case: a colleague's case does not
// show itself beside the reason for looking at it.
func (a *Admin) opened(ctx context.Context, s Scope, t tickets.Ticket) error {
	reading := a.readingOf(s, t, 0)
	if reading.Standing != citizens.Other {
		return nil
	}
	_, opened, err := citizens.LastReason(ctx, s.Tx, reading.TicketID, reading.OfficerID, reading.At.Add(-citizens.ReasonHolds))
	if err != nil || opened {
		return err
	}
	return fault.New(fault.Forbidden, "เรื่องนี้อยู่กับเจ้าหน้าที่ท่านอื่น กรุณาเปิดหน้าเรื่องแล้วระบุเหตุที่เปิดดูก่อน")
}

// feeReason is why whoever takes money looks at a case.
const feeReason = "รับชำระค่าธรรมเนียมหรือออกใบเสร็จ"

// watchSlip has it written down that whoever takes money looks at a slip: that is what they are there for, and opens
// nothing else of a colleague's case.
func (a *Admin) watchSlip(ctx context.Context, s Scope, t tickets.Ticket, slip files.AttachmentID, answer reply) (reply, error) {
	reading := a.readingOf(s, t, slip)
	if reading.Standing == citizens.Other {
		reading.Reason = feeReason
	}
	noted, err := citizens.ReadingNoted(ctx, s.Tx, reading)
	if err != nil || noted {
		return answer, err
	}
	return watched{answer, reading}, nil
}

// openedOrSlip is opened, but for the slips of a fee and whoever takes money.
func (a *Admin) openedOrSlip(ctx context.Context, s Scope, t tickets.Ticket, file files.AttachmentID) error {
	barred := a.opened(ctx, s, t)
	if !fault.Is(barred, fault.Forbidden) || !s.Can(agencies.TakeMoney) {
		return barred
	}
	c, ok, err := payments.Standing(ctx, s.Tx, int64(t.ID))
	if err != nil || !ok {
		return errors.Join(err, barred)
	}
	slips, err := payments.SlipsOf(ctx, s.Tx, c.ID)
	if err == nil && slices.ContainsFunc(slips, func(one payments.Slip) bool { return one.AttachmentID == file }) {
		return nil
	}
	return errors.Join(err, barred)
}

// whyReasons are the usual reasons to open a colleague's case, as the citizen reads them.
func whyReasons() []string {
	return []string{
		"ทำงานแทนผู้รับเรื่อง", "ผู้รับเรื่องขอให้ช่วย", "ประชาชนติดต่อสอบถามเรื่องนี้", "ตรวจหรือกำกับงานในฐานะหัวหน้า", feeReason,
	}
}

// whyPage asks for the reason to open a case that a colleague has taken (PDP-8).
type whyPage struct {
	chrome
	Ticket  tickets.Ticket // its number alone is shown
	Holder  string
	Reasons []string
	Action  string
	Next    string // where the reason leads
	Back    string
}

func (a *Admin) askWhy(r *http.Request, s Scope, t tickets.Ticket, part string) (reply, error) {
	c, err := chromeOf(r.Context(), s, "เหตุที่เปิดเรื่อง "+t.Number)
	if err != nil {
		return nil, err
	}
	officers, err := agencies.Officers(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	return page{view: "why", part: part, data: whyPage{
		chrome: c, Ticket: t, Holder: officers[*t.OfficerID].Name, Reasons: whyReasons(), Action: link(ticketPath(t.ID)+"/why", nil),
		Next: strings.TrimPrefix(r.URL.RequestURI(), Base), Back: viewOf(r.URL.Query()).Inbox(),
	}}, nil
}

// longestReason is the most letters of a reason to open a case.
const longestReason = 200

// why notes the reason of an officer to open a colleague's case, and leads there.
func (a *Admin) why(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	id, err := ticketID(r)
	if err != nil {
		return nil, err
	}
	t, err := tickets.Find(ctx, s.Tx, id)
	if err != nil {
		return nil, err
	}
	reason := r.PostForm.Get("reason")
	if !slices.Contains(whyReasons(), reason) {
		reason = strings.Join(strings.Fields(r.PostForm.Get("other")), " ")
	}
	if reason == "" || len([]rune(reason)) > longestReason {
		return nil, fault.Newf(fault.Invalid, "กรุณาเลือกหรือพิมพ์เหตุที่เปิดเรื่องนี้ ไม่เกิน {n} ตัวอักษร ประชาชนเจ้าของเรื่องจะเห็นเหตุนี้", "n", longestReason)
	}
	reading := a.readingOf(s, t, 0)
	if reading.Standing == citizens.Other {
		reading.Reason = reason
		if err := citizens.NoteReading(ctx, s.Tx, reading); err != nil {
			return nil, err
		}
	}
	next := ticketPath(id)
	if asked := r.PostForm.Get("next"); asked == next || strings.HasPrefix(asked, next+"/files/") || strings.HasPrefix(asked, next+"?") {
		next = asked
	}
	return redirect(Base + next), nil
}
