package portal

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/payments"
	"saphan/permits"
	"saphan/tickets"
)

// trackPage is how a case stands.
type trackPage struct {
	own
	Number  string
	Service string
	Agency  agencies.Agency
	Says    string
	Tone    string // ok, warn, bad or calm
	Entered string
	Deemed  string // when it differs from Entered (EGA-10.1)
	Due     string
	Remains string // how long is left
	DueLaw  string
	Counted []string     // how the due time is counted, step by step
	OfTime  []toldOfTime // letters on delays and prolongations
	awaited
	filedFor
	Returned *returnedCase
	Referred *tickets.Referral // who is in charge
	Waits    string            // the agency has still to say whether it takes the case: until when
	Claim    *claimed          // the result, where there is something to show or to ask; nil: there is not
	Reason   string
	Basis    string
	Instead  string // when the decision was made in whose place this one stands; empty: it is the first
	Mistake  string // what was wrong in that one
	Since    string // from when a revocation counts
	Former   []formerLetter
	Anew     string // when the decision was made that was not right: the case waits for a new one; empty: it does not
	Appeal   string
	Permit   string // address of the permit's page
	Fee      string // address of the page of a fee that is to be paid
	Amount   string // of it
	Receipt  string // address of the receipt of the request
	Appealed string // number of the appeal against the decision
	AppealAt string // address at which an appeal begins; empty: there can be none
	Against  string // number of the case that this one appeals against
	Tie      string // address at which an appeal is tied to the case that it goes against; empty: it is, or it is none
	Letter   string // address of the letter with the decision or the return
	Withdraw string // address at which the case is withdrawn; empty: it is decided
	GoneAway bool   // it was withdrawn
	Again    string // number of the case that was filed in its place
	Manual   string // address of the manual of the service, in the edition that the case keeps
	Steps    []step
	Alone    bool   // the person has no chat to send anything in
	Advice   string // what to do now, of a case that cannot wait
	Sent     string // the address to keep, right after the request was sent from a page
	Known    string // right after it too: that others reported the same, and how it stands
}

// formerLetter is the letter of a decision that was told once and does not stand any more.
type formerLetter struct{ When, Href string }

// step is one line of what has happened so far.
type step struct{ When, What, Who string } // Who: the agency, where there were several

// tokenForm is how tracking tokens look; anything else is not asked of the database.
var tokenForm = regexp.MustCompile(`^[A-Z2-7]{20,64}$`)

// showTicket answers how a case stands, to whoever holds its link.
func (p *Portal) showTicket(r *http.Request) (reply, error) {
	token := chi.URLParam(r, "token")
	missing := fault.New(fault.NotFound, "ไม่พบเรื่องจากลิงก์นี้ กรุณาเปิดลิงก์จากข้อความในแชตอีกครั้ง หรือพิมพ์ “ติดตามเรื่อง” ในแชต")
	if !tokenForm.MatchString(token) {
		return nil, missing
	}
	var page trackPage
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		t, err := tickets.FindByTrack(ctx, tx, token)
		if err != nil {
			return err
		}
		if page, err = p.track(ctx, tx, t, ownOf(r, "", "", "")); err != nil || r.URL.Query().Get("sent") == "" {
			return err
		}
		k, ok, err := p.desk.Reported(ctx, tx, t)
		if ok {
			page.Known = page.T("มีผู้แจ้งเรื่องแบบเดียวกันใกล้จุดนี้แล้ว {n} คน ตั้งแต่ {day} ขณะนี้{status} เรื่องของท่านมีเลขของตัวเอง และช่วยให้หน่วยงานรู้ว่าเดือดร้อนกันหลายคน",
				"The same was reported near this spot before, by {n} since {day}. It stands at: {status}. Your case has a number of its own and shows how many are affected.",
				"n", k.Others, "day", page.DayOf(k.Since), "status", says(page.own, k.Status))
		}
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("came")); err == nil && n > 0 && n < 1000 {
		page.Came = n
	}
	if r.URL.Query().Get("sent") != "" {
		page.Sent = p.base + r.URL.Path
	}
	return html{view: "track", keep: keepNever, data: page}, nil
}

// advice is what the citizen of a case that cannot wait does now; empty: nothing, or the case is dealt with.
func (p *Portal) advice(ctx context.Context, tx pgx.Tx, t tickets.Ticket, o own) (string, error) {
	if !t.Urgent || t.Status.Rests() {
		return "", nil
	}
	form, err := p.desk.Form(ctx, tx, t)
	if err != nil {
		return "", err
	}
	request, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return "", err
	}
	agency, err := agencies.Find(ctx, tx, t.AgencyID)
	return o.danger(form, request.Answers, agency), err
}

func (p *Portal) track(ctx context.Context, tx pgx.Tx, t tickets.Ticket, o own) (trackPage, error) {
	o.Title = o.T("เรื่อง {number}", "Case {number}", "number", t.Reference)
	page := trackPage{
		own: o, Number: t.Reference, Service: p.desk.ServiceTitle(t, o.Lang), Says: says(o, t.Status), Tone: tone(t.Status), Entered: o.When(t.EnteredAt),
	}
	if !t.DeemedReceivedAt.Equal(t.EnteredAt) {
		page.Deemed = o.When(t.DeemedReceivedAt)
	}
	if t.Pending() {
		page.Waits = o.When(*t.AcceptBy)
	}
	switch {
	case t.Status.Closed():
	case t.Stopped:
		page.Due = o.standsStill()
	default:
		page.Due, page.Remains = o.When(t.DueAt), o.Left(p.now(), t.DueAt)
	}
	if t.Status.CanBecome(tickets.Withdrawn) {
		page.Withdraw = withdrawPath(t)
	}
	err := p.ofTime(ctx, tx, t, &page)
	if err != nil {
		return page, err
	}
	if page.GoneAway = t.Status == tickets.Withdrawn; page.GoneAway {
		if page.Again, err = tickets.RefiledAs(ctx, tx, t.ID); err != nil {
			return page, err
		}
	}
	if page.Advice, err = p.advice(ctx, tx, t, o); err != nil {
		return page, err
	}
	if page.Agency, err = agencies.Find(ctx, tx, t.AgencyID); err != nil {
		return page, err
	}
	alone, err := chatless(ctx, tx, t)
	if err != nil {
		return page, err
	}
	page.Alone = alone[t.ID]
	if err := p.wanted(ctx, tx, t, &page); err != nil {
		return page, err
	}
	if err := returnedOf(ctx, tx, t, &page); err != nil {
		return page, err
	}
	if err := p.result(ctx, tx, t, &page); err != nil {
		return page, err
	}
	if ready, err := p.hasDecisionLetter(ctx, tx, t); err != nil {
		return page, err
	} else if ready {
		page.Letter = letterPath(t, "decision")
	}
	if page.Returned != nil {
		page.Letter = letterPath(t, "return")
	}
	if err := p.appealsOf(ctx, tx, t, &page); err != nil {
		return page, err
	}
	if err := p.claimOf(ctx, tx, t, &page); err != nil {
		return page, err
	}
	if c, ok, err := payments.Standing(ctx, tx, int64(t.ID)); err != nil {
		return page, err
	} else if ok && c.State != payments.Paid && c.State != payments.Waived {
		page.Fee, page.Amount, page.Says, page.Tone = "/pay/"+c.Token, o.Baht(c.Satang), o.T("อนุมัติแล้ว {fee}", "Approved. {fee}", "fee", feeSays(o, c.State)), feeTone(c.State)
	}
	if whole, err := tickets.Whole(ctx, tx, t); err != nil {
		return page, err
	} else if whole {
		page.Receipt = "/track/" + t.TrackToken + "/receipt.pdf"
	}
	if page.Manual, err = p.manualOfCase(ctx, tx, t, page.Agency); err != nil {
		return page, err
	}
	if err := referredOf(ctx, tx, t, &page); err != nil {
		return page, err
	}
	if err := p.mandateOf(ctx, tx, t, &page); err != nil {
		return page, err
	}
	page.Steps, err = p.steps(ctx, tx, t, o)
	return page, err
}

// steps are what happened so far, at every agency that had the case; where there are several, each step says whose it is.
func (p *Portal) steps(ctx context.Context, tx pgx.Tx, t tickets.Ticket, o own) ([]step, error) {
	lines, err := tickets.Timeline(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	var ids []agencies.AgencyID
	for _, l := range lines {
		if !slices.Contains(ids, l.Agency) {
			ids = append(ids, l.Agency)
		}
	}
	names, err := agencies.FindSome(ctx, tx, append(slices.Clone(ids), consultedIn(lines)...))
	if err != nil {
		return nil, err
	}
	var all []step
	for _, l := range lines {
		what := told(o, l.Kind)
		if what == "" || l.Kind == tickets.EventCreated && !l.First {
			continue
		}
		s := step{When: o.When(l.At), What: what}
		if len(ids) > 1 {
			s.Who = names[l.Agency].Name
		}
		if l.Kind == tickets.EventConsulted || l.Kind == tickets.EventConsultAnswered {
			s.Who = names[l.About].Name
		}
		all = append(all, s)
	}
	return all, nil
}

// consultedIn are the agencies whose opinion was asked for.
func consultedIn(lines []tickets.Line) (ids []agencies.AgencyID) {
	for _, l := range lines {
		if l.Kind == tickets.EventConsulted {
			ids = append(ids, l.About)
		}
	}
	return ids
}

// referredOf adds which body outside is in charge of a case (EGA-10.4).
func referredOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket, page *trackPage) error {
	if t.Status != tickets.Referred {
		return nil
	}
	ref, err := tickets.FindReferral(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	page.Referred = &ref
	return nil
}

// result adds the decision of a closed case: the permit, or the reasons and where to appeal (LFA-11.1).
func (p *Portal) result(ctx context.Context, tx pgx.Tx, t tickets.Ticket, page *trackPage) error {
	all, err := tickets.Decisions(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	for _, one := range all {
		if (one.ChangedAt != nil || one.OverturnedAt != nil) && one.Rule == "" && t.Status != tickets.Merged {
			page.Former = append(page.Former, formerLetter{page.DayOf(one.At), fmt.Sprintf("/track/%s/decisions/%d/letter.pdf", t.TrackToken, one.N)})
		}
	}
	if !t.Status.Decided() {
		if was, ok := tickets.Overturned(all); ok && !t.Status.Closed() {
			page.Anew = page.DayOf(was.At)
		}
		return nil
	}
	d, err := tickets.FindDecision(ctx, tx, t.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if was, ok := d.Instead(all); ok {
		page.Instead, page.Mistake = page.DayOf(was.At), d.Mistake
	}
	switch d.Since {
	case tickets.FromNow:
		page.Since = page.T("ตั้งแต่วันที่ได้รับแจ้งเป็นต้นไป", "From the day you are told")
	case tickets.FromTheBeginning:
		page.Since = page.T("ย้อนหลังตั้งแต่วันที่อนุมัติ", "From the day it was granted")
	}
	page.Reason, page.Basis, page.Appeal = d.Because(), d.LegalBasis, d.Appeal
	number, err := permits.NumberOf(ctx, tx, int64(t.ID))
	if err != nil || number == "" {
		return err
	}
	page.Permit = "/p/" + number
	return nil
}

// tone is the colour of a status; its words say the same.
func tone(s tickets.Status) string {
	switch s {
	case tickets.Approved:
		return "ok"
	case tickets.Awaiting, tickets.Referred:
		return "warn"
	case tickets.Refused, tickets.Revoked, tickets.Returned:
		return "bad"
	case tickets.Open, tickets.Accepted, tickets.Withdrawn, tickets.Transferred, tickets.Bounced:
		return "calm"
	default:
		return "calm"
	}
}

// told is what the citizen reads of an event; what is internal stays so.
func told(o own, k tickets.EventKind) string {
	switch k {
	case tickets.EventCreated:
		return o.T("รับเรื่องเข้าระบบแล้ว", "The request is in the system")
	case tickets.EventTaken:
		return o.T("เจ้าหน้าที่รับเรื่องไปดำเนินการ", "An officer took it up")
	case tickets.EventMoved:
		return o.T("ส่งต่อให้ฝ่ายที่รับผิดชอบ", "Passed on to the section in charge")
	case tickets.EventAsked:
		return o.T("เจ้าหน้าที่ขอเอกสารเพิ่ม", "The officer asked for documents")
	case tickets.EventSupplied:
		return o.T("ได้รับเอกสารเพิ่มแล้ว", "The documents came")
	case tickets.EventSpoiled:
		return o.T("พบไวรัสในไฟล์ที่ส่งมา จึงลบแล้ว กรุณาส่งใหม่", "A file had a virus and was deleted. Please send it again.")
	case tickets.EventDecided:
		return o.T("มีผลการพิจารณา", "It was decided")
	case tickets.EventChanged:
		return o.T("แก้ไขหรือเพิกถอนผลที่แจ้งแล้ว", "The decision was changed")
	case tickets.EventReconsidered:
		return o.T("หน่วยงานพิจารณาใหม่ ผลเดิมไม่ใช้แล้ว", "The agency looks at it again; the decision does not stand any more")
	case tickets.EventFeeDue:
		return o.T("แจ้งค่าธรรมเนียมที่ต้องชำระ", "A fee is to be paid")
	case tickets.EventFeeClaimed:
		return o.T("ได้รับสลิปแล้ว รอเจ้าหน้าที่ตรวจ", "The slip came; an officer will check it")
	case tickets.EventFeeRefused:
		return o.T("สลิปยังใช้ไม่ได้ กรุณาส่งใหม่", "The slip could not be used. Please send it again.")
	case tickets.EventFeePaid:
		return o.T("ได้รับชำระค่าธรรมเนียมแล้ว", "The fee was paid")
	case tickets.EventFeeWaived:
		return o.T("ได้รับยกเว้นค่าธรรมเนียม", "The fee was waived")
	case tickets.EventFeeLapsed:
		return o.T("พ้นกำหนดชำระค่าธรรมเนียม", "The time to pay has passed")
	case tickets.EventAppealed:
		return o.T("ยื่นอุทธรณ์แล้ว", "An appeal was filed")
	case tickets.EventTied:
		return o.T("ผูกอุทธรณ์กับเรื่องเดิมแล้ว", "The appeal was tied to the first case")
	case tickets.EventAppealDecided:
		return o.T("มีคำวินิจฉัยอุทธรณ์", "The appeal was decided")
	case tickets.EventFeeRefund:
		return o.T("เจ้าหน้าที่จะพิจารณาเรื่องคืนเงินที่ชำระแล้ว", "An officer will look at whether what was paid is paid back")
	case tickets.EventFeeChanged:
		return o.T("ค่าธรรมเนียมหรือวันครบกำหนดมีการเปลี่ยนแปลง", "The fee or its last day has changed")
	case tickets.EventAcknowledged:
		return o.T("ท่านรับทราบรายการเอกสารที่ขาดแล้ว", "You acknowledged the list of missing documents")
	case tickets.EventUnreadable:
		return o.T("เอกสารที่ส่งมาอ่านไม่ได้ เจ้าหน้าที่ขอรายการเดิมใหม่", "A document could not be read; the officer asked for the same one again")
	case tickets.EventLengthened:
		return o.T("ขยายเวลาส่งเอกสาร", "There is more time for the documents")
	case tickets.EventReturned:
		return o.T("คืนคำขอ เพราะเอกสารไม่ครบภายในกำหนด", "The request was returned: documents were missing")
	case tickets.EventRefiled:
		return o.T("ยื่นคำขอใหม่แล้ว", "The request was filed again")
	case tickets.EventTransferred:
		return o.T("ส่งต่อให้หน่วยงานที่รับผิดชอบ", "Passed on to the agency in charge")
	case tickets.EventTakenOver:
		return o.T("หน่วยงานที่ได้รับเรื่องต่อรับไว้ดำเนินการ", "The agency that it went to took it up")
	case tickets.EventCameBack:
		return o.T("เรื่องกลับมาที่หน่วยงานเดิม เพื่อหาหน่วยงานที่รับผิดชอบ", "It came back, to find the agency in charge")
	case tickets.EventReferred:
		return o.T("แจ้งว่าหน่วยงานใดรับผิดชอบ และติดต่อได้ที่ไหน", "You were told who is in charge and how to reach them")
	case tickets.EventWithdrawn:
		return o.T("ท่านถอนเรื่องแล้ว", "You withdrew it")
	case tickets.EventComplete:
		return o.T("ตรวจแล้ว เอกสารครบถ้วน", "Everything needed is there")
	case tickets.EventExtended:
		return o.T("ขยายเวลาพิจารณา", "The time to decide was prolonged")
	case tickets.EventTold:
		return o.T("แจ้งผลแล้ว", "You were told of the decision")
	case tickets.EventRecounted:
		return o.T("นับกำหนดเวลาใหม่เพราะวันหยุดเปลี่ยน", "The due date was counted again because the holidays changed")
	case tickets.EventReminded:
		return o.T("แจ้งเตือนท่านล่วงหน้าก่อนครบกำหนด", "You were reminded before the last day")
	case tickets.EventLateSent:
		return o.T("แจ้งเหตุที่ล่าช้า", "The reason for the delay was told")
	case tickets.EventEvidence:
		return o.T("เจ้าหน้าที่ขอชุดพยานหลักฐานของเรื่องนี้", "An officer asked for the evidence of this case")
	case tickets.EventUrgent:
		return o.T("เป็นเรื่องด่วน เรียกเจ้าหน้าที่เวรแล้ว", "It is urgent; the officer on call is being called")
	case tickets.EventMerged:
		return o.T("มีผู้แจ้งเรื่องเดียวกัน ดำเนินการรวมเป็นงานเดียว", "Others reported the same; it is handled as one piece of work")
	case tickets.EventUnmerged:
		return o.T("ดำเนินการแยกเป็นเรื่องของตนเอง", "It goes on by itself")
	case tickets.EventConfirmed:
		return o.T("มีผู้ยืนยันว่าแก้แล้วจริง", "Somebody who reported it confirmed that it is fixed")
	case tickets.EventReopened:
		return o.T("มีผู้แจ้งว่ายังไม่เรียบร้อย ดำเนินการต่อ", "Somebody who reported it said that it is not fixed; it goes on")
	case tickets.EventUnconfirmed:
		return o.T("พ้นเวลายืนยันผล", "The time to confirm the result is over")
	case tickets.EventConsulted:
		return o.T("ขอความเห็นจากหน่วยงานอื่น", "Another agency was asked for its opinion")
	case tickets.EventConsultAnswered:
		return o.T("ได้รับความเห็นจากหน่วยงานอื่น", "The opinion of the other agency came")
	case tickets.EventConsultTaken, tickets.EventConsultRead, tickets.EventConsultDeclined, tickets.EventConsultNear, tickets.EventConsultOver, tickets.EventConsultEnded:
		return ""
	case tickets.EventLettered, tickets.EventPhotographed, tickets.EventScanned, tickets.EventReleased, tickets.EventCovered, tickets.EventReplied, tickets.EventSentAgain, tickets.EventReceived, tickets.EventNoted, tickets.EventUnsent, tickets.EventPermitHeld,
		tickets.EventOpined, tickets.EventSentBack, tickets.EventBounced, tickets.EventUnplaced, tickets.EventHalted, tickets.EventResumed, tickets.EventNotUrgent, tickets.EventCalled, tickets.EventTexted:
		return ""
	case tickets.EventTakenBack:
		return o.T("ถอนผลเพื่อพิจารณาใหม่ก่อนแจ้ง", "The result was taken back to be looked at again")
	default:
		return ""
	}
}
