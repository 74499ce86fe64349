package admin

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/breaches"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// breachRegister is the register of breaches as officers write in it (PDP-6).
func (a *Admin) breachRegister() *breaches.Register { return breaches.NewRegister(a.jobs, a.now) }

// doneBreach tells what was done about a breach a moment ago, by the word in the address.
var doneBreach = map[string]string{
	"reported":  "บันทึกแล้ว หัวหน้างานและ DPO เห็นในกล่องงานทันที ขอบคุณที่แจ้ง",
	"recorded":  "บันทึกเหตุแล้ว กำหนด 72 ชั่วโมงนับจากเวลาที่ทราบเหตุ",
	"corrected": "แก้ข้อมูลแล้ว ของเดิมยังอยู่ในประวัติ",
	"judged":    "บันทึกผลประเมินแล้ว",
	"told":      "บันทึกการแจ้ง สคส. แล้ว เก็บลายนิ้วมือของแบบที่ส่งไว้ในประวัติ",
	"listed":    "เพิ่มรายชื่อแล้ว",
	"nobody":    "ไม่มีรายชื่อใหม่ ทุกคนที่เลือกอยู่ในรายชื่อแล้วหรือไม่พบเรื่อง",
	"drafted":   "บันทึกร่างแล้ว ให้หัวหน้างานหรือ DPO อีกท่านอ่านและยืนยันก่อนส่ง",
	"confirmed": "ยืนยันแล้ว ระบบกำลังส่งถึงทุกคนในรายชื่อ คนละหนึ่งครั้ง",
	"otherwise": "บันทึกการแจ้งทางอื่นแล้ว",
	"closed":    "ปิดเหตุแล้ว บันทึกทั้งหมดยังอยู่ในทะเบียน",
}

// breachForm is a form about a breach, with what was typed when it has to be put right.
type breachForm struct {
	chrome
	Key     string // of the form: what is sent twice is done once
	Done    string
	Problem string
	Typed   url.Values // nil: nothing was typed yet
}

// Was is what was typed into a box, or what stands there before.
func (f breachForm) Was(box, before string) string {
	if f.Typed == nil || !f.Typed.Has(box) {
		return before
	}
	return f.Typed.Get(box)
}

// Ticked says that a box was ticked, or is before anybody types.
func (f breachForm) Ticked(box string, before bool) bool {
	if f.Typed == nil {
		return before
	}
	return f.Typed.Get(box) != ""
}

// breachReportPage is where any officer writes a breach down.
type breachReportPage struct {
	breachForm
	Day, Time string // now
	Keeps     bool   // the officer keeps the register, too
}

func (a *Admin) showBreachReport(r *http.Request, s Scope) (reply, error) {
	return a.breachReport(r.Context(), s, breachForm{Done: doneBreach[r.FormValue("done")]}, 0)
}

func (a *Admin) breachReport(ctx context.Context, s Scope, f breachForm, status int) (reply, error) {
	c, err := chromeOf(ctx, s, "แจ้งเหตุละเมิดข้อมูลส่วนบุคคล")
	f.chrome, f.Key = c, rand.Text()
	day, hour := dayAndTime(a.now())
	return page{view: "breach-report", status: status, data: breachReportPage{breachForm: f, Day: day, Time: hour, Keeps: s.Can(agencies.KeepBreaches)}}, err
}

// reportBreach writes a breach down; what cannot be is shown again as it was typed.
func (a *Admin) reportBreach(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	var made breaches.Breach
	problem, err := a.trying(ctx, s, r.PostForm.Get("key"), "breach", func(s Scope) error {
		rec, err := typedRecord(r.PostForm)
		if err == nil {
			made, err = a.breachRegister().Open(ctx, s.Tx, s.Agency, s.Officer.ID, rec)
		}
		if err == nil {
			err = tickets.Ring(ctx, s.Tx, s.Agency, 0)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case problem != nil:
		return a.breachReport(ctx, s, breachForm{Problem: fault.MessageOf(problem), Typed: r.PostForm}, fault.KindOf(problem).Status())
	case s.Can(agencies.KeepBreaches) && made.ID != 0:
		return redirect(link(breachPath(made.ID), url.Values{"done": {"recorded"}})), nil
	default:
		return redirect(link("/breaches/report", url.Values{"done": {"reported"}})), nil
	}
}

// trying does something once for each form that was shown. What the officer can put right comes back as the problem, with
// nothing done and the form still good.
func (a *Admin) trying(ctx context.Context, s Scope, key, act string, do func(Scope) error) (problem, err error) {
	save, err := s.Tx.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin %s: %w", act, err)
	}
	inner := s
	inner.Tx = save
	first, err := a.once(ctx, inner, key, act)
	if err == nil && first {
		err = do(inner)
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.Conflict || kind == fault.Forbidden || kind == fault.TooLarge) {
		return err, save.Rollback(ctx)
	}
	if err != nil {
		return nil, err
	}
	return nil, save.Commit(ctx)
}

func breachPath(id breaches.BreachID) string { return "/breaches/" + strconv.FormatInt(int64(id), 10) }

func breachID(r *http.Request) (breaches.BreachID, error) {
	n, err := pathNumber(r, "breach")
	if err != nil {
		return 0, fault.Wrap(fault.NotFound, "ไม่พบเหตุละเมิดข้อมูลนี้ กรุณาเลือกจากทะเบียน", err)
	}
	return breaches.BreachID(n), nil
}

// dayAndTime is a moment as it stands in two boxes.
func dayAndTime(t time.Time) (day, hour string) {
	return thai.Date(t), t.In(thai.Bangkok()).Format("15:04")
}

// typedMoment reads two boxes; nil: both are empty. A day alone begins at midnight.
func typedMoment(form url.Values, box, what string) (*time.Time, error) {
	day, hour := tidy(form.Get(box+"_day")), tidy(form.Get(box+"_time"))
	if day == "" && hour == "" {
		return nil, nil //nolint:nilnil // that is not known
	}
	d, err := thai.ParseDate(day)
	if err != nil {
		return nil, fault.Wrapf(fault.Invalid, "อ่านวันที่ของ{what}ไม่ได้ กรุณาพิมพ์เช่น 23 พ.ย. 2569", err, "what", what)
	}
	var h, m int
	if hour != "" {
		if h, m, err = thai.ParseTime(hour); err != nil {
			return nil, fault.Wrapf(fault.Invalid, "อ่านเวลาของ{what}ไม่ได้ กรุณาพิมพ์เช่น 10:05", err, "what", what)
		}
	}
	at := time.Date(d.Year(), d.Month(), d.Day(), h, m, 0, 0, thai.Bangkok())
	return &at, nil
}

// mustMoment is typedMoment for what has to be there.
func mustMoment(form url.Values, box, what string) (time.Time, error) {
	at, err := typedMoment(form, box, what)
	if err == nil && at == nil {
		err = fault.Newf(fault.Invalid, "ยังไม่ได้กรอกวันเวลาของ{what}", "what", what)
	}
	if err != nil {
		return time.Time{}, err
	}
	return *at, nil
}

// typedCount reads how many people; nothing: that is not known.
func typedCount(text string) (int, error) {
	text = strings.ReplaceAll(tidy(text), ",", "")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, "อ่านจำนวนคนไม่ได้ กรุณากรอกเป็นตัวเลข เช่น 40 หรือเว้นว่าง", err)
	}
	return n, nil
}

// typedRecord reads what is known of a breach.
func typedRecord(form url.Values) (rec breaches.Record, err error) {
	rec = breaches.Record{
		ReportedBy: tidy(form.Get("reported_by")), What: unixLines(form.Get("what")), Data: unixLines(form.Get("data")), Estimated: form.Get("estimated") != "",
		Consequences: unixLines(form.Get("consequences")), Measures: unixLines(form.Get("measures")), Contact: unixLines(form.Get("contact")), LateWhy: unixLines(form.Get("late_why")),
	}
	if rec.DetectedAt, err = mustMoment(form, "detected", "การทราบเหตุ"); err != nil {
		return rec, err
	}
	if rec.HappenedFrom, err = typedMoment(form, "from", "การเริ่มเหตุ"); err != nil {
		return rec, err
	}
	if rec.HappenedUntil, err = typedMoment(form, "until", "การสิ้นสุดเหตุ"); err != nil {
		return rec, err
	}
	rec.Persons, err = typedCount(form.Get("persons"))
	return rec, err
}

// breachLine tells whoever keeps the register of a breach of which the regulator is still to be told (PDP-6).
type breachLine struct {
	No, Href, Left string
	Due            time.Time
	Late           bool
}

// hoursLeft says how much of the 72 hours is left, in hours and minutes as they are counted.
func hoursLeft(b breaches.Breach, now time.Time) string {
	left, words := b.DueAt().Sub(now), "เหลือ "
	if b.Late(now) {
		left, words = -left, "เกินกำหนด "
	}
	left = left.Truncate(time.Minute)
	return words + fmt.Sprintf("%d ชั่วโมง %d นาที", int(left/time.Hour), int(left%time.Hour/time.Minute))
}

// breachChip is where a breach stands.
func breachChip(b breaches.Breach, now time.Time) chip {
	switch b.State() {
	case breaches.Open:
		c := chip{Kind: "warn", Icon: "clock", Text: hoursLeft(b, now)}
		if b.DueAt().Sub(now) < soon {
			c.Kind, c.Icon = "bad", "circle-alert"
		}
		return c
	case breaches.Closed, breaches.Excused:
		return chip{Icon: "circle-check", Text: b.State().Thai()}
	case breaches.Reported, breaches.Told:
		return chip{Kind: "ok", Icon: "circle-check", Text: b.State().Thai()}
	default:
		return chip{Text: b.State().Thai()}
	}
}

// runningBreaches are those that whoever keeps the register is told of in the inbox.
func (a *Admin) runningBreaches(ctx context.Context, s Scope) (lines []breachLine, err error) {
	if !s.Can(agencies.KeepBreaches) {
		return nil, nil
	}
	running, err := breaches.Running(ctx, s.Tx, s.Agency)
	for _, b := range running {
		lines = append(lines, breachLine{No: b.No(), Href: Base + breachPath(b.ID), Left: hoursLeft(b, a.now()), Due: b.DueAt(), Late: b.Late(a.now())})
	}
	return lines, err
}

// breachPage is one breach, with what can be done about it.
type breachPage struct {
	breachForm
	breaches.Breach
	Act      string // address before the act's own
	Chip     chip
	Left     string
	Share    int // of the 72 hours that is used up, in hundredths and at most 100
	Bar      string
	Lacking  []string
	Detected [2]string // day and time, for the form
	From     [2]string
	Until    [2]string
	Now      [2]string
	Risks    []breaches.Risk
	Words    breaches.Words // to begin the draft with
	Mine     bool           // the draft is the officer's own: somebody else confirms it
	Drafter  string
	People   []breachPerson
	More     int // who are not shown
	Failed   int // messages that did not arrive
	Services []serviceChoice
	Log      []breachAct
}

// Runs says that the 72 hours run.
func (p breachPage) Runs() bool { return p.State() == breaches.Open }

// breachPerson is somebody on the list.
type breachPerson struct {
	Number, Name, Ticket string
	Way                  chip
}

type serviceChoice struct{ Key, Title string }

// breachAct is a line of the history, in words.
type breachAct struct {
	At    time.Time
	Who   string
	What  string
	Words []string
	Form  string // address of the form as it was sent
}

// peopleShown is how many people of a list the page shows; the file has all.
const peopleShown = 100

func (a *Admin) showBreach(r *http.Request, s Scope) (reply, error) {
	return a.breachPage(r, s, breachForm{Done: doneBreach[r.FormValue("done")], Problem: unknownCases(r.FormValue("unknown"))}, 0)
}

// unknownCases says which of the numbers that were pasted are of no case of the agency.
func unknownCases(numbers string) string {
	if numbers == "" {
		return ""
	}
	return "ไม่พบเรื่องเหล่านี้ในหน่วยงาน จึงไม่ได้เพิ่ม: " + thai.Clip(numbers, 500)
}

func (a *Admin) breachPage(r *http.Request, s Scope, f breachForm, status int) (reply, error) {
	ctx, now := r.Context(), a.now()
	id, err := breachID(r)
	if err != nil {
		return nil, err
	}
	b, err := breaches.Find(ctx, s.Tx, id)
	if err != nil {
		return nil, err
	}
	if f.chrome, err = chromeOf(ctx, s, "เหตุละเมิดข้อมูล "+b.No()); err != nil {
		return nil, err
	}
	f.Key = rand.Text()
	p := breachPage{
		breachForm: f, Breach: b, Act: Base + breachPath(id), Chip: breachChip(b, now), Left: hoursLeft(b, now), Lacking: b.Lacks(now), Risks: breaches.Risks(),
		Share: int(min(100, max(0, now.Sub(b.DetectedAt)*100/breaches.Limit))), Words: firstWords(b),
	}
	p.Detected[0], p.Detected[1] = dayAndTime(b.DetectedAt)
	p.Now[0], p.Now[1] = dayAndTime(now)
	if b.HappenedFrom != nil {
		p.From[0], p.From[1] = dayAndTime(*b.HappenedFrom)
	}
	if b.HappenedUntil != nil {
		p.Until[0], p.Until[1] = dayAndTime(*b.HappenedUntil)
	}
	p.Bar = p.Chip.Kind
	for _, form := range a.forms.List() {
		p.Services = append(p.Services, serviceChoice{Key: string(form.Key), Title: form.Title.TH})
	}
	slices.SortFunc(p.Services, func(x, y serviceChoice) int { return strings.Compare(x.Title, y.Title) })
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	if b.Draft != nil {
		p.Drafter, p.Mine = actorName(b.Draft.By, officers), string(b.Draft.By) == s.Actor().String()
	}
	if err := a.breachPeople(ctx, s, &p); err != nil {
		return nil, err
	}
	p.Log, err = breachLog(ctx, s, b, officers)
	return page{view: "breach", status: status, data: p}, err
}

// firstWords begin a draft with what is known.
func firstWords(b breaches.Breach) breaches.Words {
	if b.Draft != nil {
		return b.Draft.Words
	}
	return breaches.Words{What: b.What, Consequences: b.Consequences, Measures: b.Measures, Contact: b.Contact}
}

// breachPeople shows the beginning of the list, and counts what did not arrive.
func (a *Admin) breachPeople(ctx context.Context, s Scope, p *breachPage) error {
	listed, err := breaches.People(ctx, s.Tx, p.Breach, 0)
	if err != nil {
		return err
	}
	for _, l := range listed {
		if l.Sending == "failed" || l.Sending == "parked" {
			p.Failed++
		}
	}
	p.More = max(0, len(listed)-peopleShown)
	listed = listed[:min(len(listed), peopleShown)]
	ids := make([]tickets.TicketID, len(listed))
	for i, l := range listed {
		ids[i] = tickets.TicketID(l.Ticket)
	}
	contacts, err := tickets.Contacts(ctx, s.Tx, ids)
	for i, l := range listed {
		c := contacts[ids[i]]
		p.People = append(p.People, breachPerson{Number: c.Number, Name: nameOrErased(c.Name), Ticket: Base + ticketPath(ids[i]), Way: wayChip(l)})
	}
	return err
}

func nameOrErased(name string) string {
	if name == "" {
		return "ชื่อถูกลบแล้ว"
	}
	return name
}

// wayChip says whether a person was told.
func wayChip(l breaches.Listed) chip {
	switch {
	case l.Way == breaches.ByNone:
		return chip{Kind: "warn", Icon: "smartphone", Text: l.Way.Thai()}
	case l.Sending == "sent":
		return chip{Kind: "ok", Icon: "check", Text: "ส่งแล้วทาง " + l.Way.Thai()}
	case l.Sending == "failed", l.Sending == "parked":
		return chip{Kind: "bad", Icon: "circle-alert", Text: "ส่งไม่ถึงทาง " + l.Way.Thai()}
	case l.Way != "":
		return chip{Icon: "hourglass", Text: "กำลังส่งทาง " + l.Way.Thai()}
	default:
		return chip{Text: l.Way.Thai()}
	}
}

// actorName is who added a line.
func actorName(by breaches.Actor, officers map[agencies.OfficerID]agencies.Officer) string {
	actor := tickets.ParseActor(string(by))
	if actor.Kind != "officer" {
		return "ระบบ"
	}
	if o, ok := officers[agencies.OfficerID(actor.ID)]; ok {
		return o.Name
	}
	return "เจ้าหน้าที่หมายเลข " + strconv.FormatInt(actor.ID, 10)
}

// breachLog is the history, the newest first.
func breachLog(ctx context.Context, s Scope, b breaches.Breach, officers map[agencies.OfficerID]agencies.Officer) (all []breachAct, err error) {
	events, err := breaches.History(ctx, s.Tx, b.ID)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(events) {
		d, err := breaches.DetailOf(e)
		if err != nil {
			return nil, err
		}
		l := breachAct{At: e.At, Who: actorName(e.Actor, officers)}
		l.What, l.Words = breachWords(e.Kind, d)
		if d.Report != nil {
			l.Form = Base + breachPath(b.ID) + "/form.pdf?line=" + strconv.Itoa(d.Report.Line)
		}
		all = append(all, l)
	}
	return all, nil
}

// breachWords say what a line of the history is.
func breachWords(kind breaches.EventKind, d breaches.Detail) (what string, words []string) {
	switch kind {
	case breaches.EventRecorded:
		return "บันทึกเหตุ", []string{d.Record.What}
	case breaches.EventCorrected:
		return "แก้ข้อมูล", []string{"เหตุที่แก้: " + d.Why, "ทราบเหตุ " + thai.DateTime(d.Record.DetectedAt), d.Record.What}
	case breaches.EventJudged:
		return "ประเมินความเสี่ยง: " + d.Judgement.Risk.Thai(), []string{d.Judgement.Reasons}
	case breaches.EventReminded:
		return fmt.Sprintf("เตือนเมื่อครบ %d ชั่วโมง ยังไม่ได้แจ้ง สคส.", d.Hours), nil
	case breaches.EventReported:
		words = []string{"แจ้งเมื่อ " + thai.DateTime(d.Report.At) + " ทาง" + d.Report.Way}
		if d.Report.Reference != "" {
			words = append(words, "เลขอ้างอิง "+d.Report.Reference)
		}
		return "แจ้ง สคส.", append(words, "SHA-256 ของ PDF "+d.Report.PDF, "SHA-256 ของ JSON "+d.Report.JSON)
	case breaches.EventListed:
		return fmt.Sprintf("เพิ่มผู้ได้รับผลกระทบ %d คน", d.Persons), []string{d.Why}
	case breaches.EventSaved:
		return "ดาวน์โหลดรายชื่อพร้อมทางติดต่อ", nil
	case breaches.EventDrafted:
		return "ร่างข้อความถึงเจ้าของข้อมูล", nil
	case breaches.EventConfirmed:
		return fmt.Sprintf("ยืนยันข้อความถึงเจ้าของข้อมูล %d คน", d.Persons), nil
	case breaches.EventTold:
		return fmt.Sprintf("ส่งถึงทุกคนในรายชื่อแล้ว ทางแชตหรือหน้าเว็บ %d คน ต้องแจ้งทางอื่น %d คน", d.Chat, d.Alone), nil
	case breaches.EventOtherwise:
		return "แจ้งเจ้าของข้อมูลทางอื่น", []string{d.Otherwise.How + " เมื่อ " + thai.DateTime(d.Otherwise.At)}
	case breaches.EventClosed:
		return "ปิดเหตุ", []string{d.Why}
	default:
		return string(kind), nil
	}
}

// breachRoutes adds the register of breaches. To report one is everybody's.
func (a *Admin) breachRoutes(r chi.Router) {
	r.Get("/breaches/report", a.screen(agencies.ReadTickets, a.showBreachReport))
	r.Post("/breaches/report", a.screen(agencies.ReadTickets, a.reportBreach))
	r.Get("/breaches", a.screen(agencies.KeepBreaches, a.showBreaches))
	r.Get("/breaches/register.csv", a.screen(agencies.KeepBreaches, a.exportBreaches))
	r.Get("/breaches/register.pdf", a.screen(agencies.KeepBreaches, a.printBreaches))
	r.Get("/breaches/{breach}", a.screen(agencies.KeepBreaches, a.showBreach))
	r.Get("/breaches/{breach}/form.pdf", a.screen(agencies.KeepBreaches, a.printBreach))
	r.Get("/breaches/{breach}/form.json", a.screen(agencies.KeepBreaches, a.exportBreach))
	r.Post("/breaches/{breach}/people.csv", a.screen(agencies.KeepBreaches, a.exportPeople))
	r.Post("/breaches/{breach}/correct", a.screen(agencies.KeepBreaches, a.correctBreach))
	r.Post("/breaches/{breach}/judge", a.screen(agencies.KeepBreaches, a.judgeBreach))
	r.Post("/breaches/{breach}/told", a.screen(agencies.KeepBreaches, a.tellRegulator))
	r.Post("/breaches/{breach}/people", a.screen(agencies.KeepBreaches, a.listPeople))
	r.Post("/breaches/{breach}/draft", a.screen(agencies.KeepBreaches, a.draftNotice))
	r.Post("/breaches/{breach}/confirm", a.screen(agencies.KeepBreaches, a.confirmNotice))
	r.Post("/breaches/{breach}/otherwise", a.screen(agencies.KeepBreaches, a.tellOtherwise))
	r.Post("/breaches/{breach}/close", a.screen(agencies.KeepBreaches, a.closeBreach))
}
