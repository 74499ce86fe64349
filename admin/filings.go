package admin

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/qr"
	"saphan/papers"
	"saphan/tickets"
)

// filingsPage lists what officers fill in for citizens, and begins another (MTH-1.3, SEED-22).
type filingsPage struct {
	chrome
	Lines     []filingLine
	Services  []*forms.Form
	Typed     typedFiling
	Found     *foundPerson // nil: nobody was looked for
	Problem   string
	Done      string
	Head      bool // decides about scans
	ScanFirst bool // a sheet counts as signed only with its scan
}

// typedFiling is what was typed before a problem.
type typedFiling struct {
	Form        forms.Key
	Way         tickets.Way
	Signing     tickets.Signing
	Name, Phone string
	Known       string // number of a case, or a telephone
	Noticed     bool
	Theirs      string // number of the case whose account the citizen says is theirs
}

// foundPerson is whom a number or a telephone was found to be, before the officer goes on: it is asked whether that is they.
type foundPerson struct {
	Number, Service, Name, Account string
	At                             time.Time
}

type filingLine struct {
	tickets.Filing
	Service string
	Who     string // fills it in
	Chip    chip
	Scan    *chip // nil: the scan of the signed sheet is there, or none is wanted
	Href    string
}

// filingsShown is how many of them the page lists.
const filingsShown = 100

func filingChip(state tickets.FilingState) chip {
	switch state {
	case tickets.FilingBegun:
		return chip{Icon: "file-plus", Text: "กำลังกรอก"}
	case tickets.FilingUnsigned:
		return chip{Kind: "warn", Icon: "hourglass", Text: "รอลงชื่อบนกระดาษ"}
	case tickets.FilingConfirms:
		return chip{Kind: "warn", Icon: "hourglass", Text: "รอประชาชนยืนยัน"}
	case tickets.FilingFiled:
		return chip{Kind: "ok", Icon: "circle-check", Text: "ยื่นแล้ว"}
	case tickets.FilingDropped:
		return chip{Icon: "undo-2", Text: "ยกเลิกแล้ว"}
	case tickets.FilingDisowned:
		return chip{Kind: "bad", Icon: "circle-alert", Text: "ประชาชนแจ้งว่าไม่ใช่ของตน"}
	default:
		return chip{Kind: "bad", Icon: "circle-alert", Text: "หมดเวลา ไม่ได้ยื่น"}
	}
}

func filingPath(id tickets.FilingID) string { return "/filings/" + strconv.FormatInt(int64(id), 10) }

func (a *Admin) showFilings(r *http.Request, s Scope) (reply, error) {
	p, err := a.filingsPage(r.Context(), s)
	p.Done = doneFiling[r.FormValue("done")]
	return page{view: "filings", data: p}, err
}

// doneFiling tells what was done a moment ago.
var doneFiling = map[string]string{"dropped": "ยกเลิกแล้ว ข้อมูลที่กรอกไว้ถูกลบ", "signed": "บันทึกว่าลงชื่อแล้ว ระบบยื่นคำขอให้แล้ว", "scans": "บันทึกวิธีแนบภาพแบบที่ลงชื่อแล้ว"}

func (a *Admin) filingsPage(ctx context.Context, s Scope) (filingsPage, error) {
	c, err := chromeOf(ctx, s, "ยื่นแทนประชาชน")
	if err != nil {
		return filingsPage{}, err
	}
	p := filingsPage{chrome: c, Typed: typedFiling{Way: tickets.ByCounter, Signing: tickets.SignPaper}}
	for _, f := range a.forms.Agency(int64(s.Agency)).List() {
		if !f.PersonalOnly() {
			p.Services = append(p.Services, f)
		}
	}
	p.Head = s.Can(agencies.ManageAgency)
	if p.ScanFirst, err = agencies.ScanFirst(ctx, s.Tx, s.Agency); err != nil {
		return p, err
	}
	found, err := tickets.Filings(ctx, s.Tx, s.Agency, filingsShown)
	if err != nil {
		return p, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	for _, f := range found {
		p.Lines = append(p.Lines, a.filingLine(s, f, officers))
	}
	return p, nil
}

func (a *Admin) filingLine(s Scope, f tickets.Filing, officers map[agencies.OfficerID]agencies.Officer) filingLine {
	l := filingLine{Filing: f, Service: string(f.FormKey), Who: officers[f.OfficerID].Name, Chip: filingChip(f.State(a.now())), Href: Base + filingPath(f.ID)}
	if form, ok := a.forms.Agency(int64(s.Agency)).Find(f.FormKey); ok {
		l.Service = form.Title.TH
	}
	if due, missing := f.ScanDue(); missing {
		l.Scan = &chip{Kind: "warn", Icon: "hourglass", Text: "รอภาพแบบที่ลงชื่อ"}
		if a.now().After(due) {
			l.Scan = &chip{Kind: "bad", Icon: "circle-alert", Text: "เลยวันแนบภาพแบบที่ลงชื่อ"}
		}
	}
	return l
}

// seated leads an officer's browser to the form that citizens fill in, and says by a cookie for whom they do.
type seated struct {
	redirect
	cookie string
}

func (at seated) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	a.setCookie(w, citizens.BrowserCookie, at.cookie, int(tickets.FillFor/time.Second))
	a.setCookie(w, citizens.DeskCookie, at.cookie, int((tickets.FillFor+tickets.ConfirmFor)/time.Second))
	return at.redirect.write(w, r, a)
}

// startFiling begins to fill in for a citizen.
func (a *Admin) startFiling(r *http.Request, s Scope) (reply, error) {
	ctx, form := r.Context(), r.PostForm
	typed := typedFiling{
		Form: forms.Key(form.Get("form")), Way: tickets.Way(form.Get("way")), Signing: tickets.Signing(form.Get("signing")), Name: tidy(form.Get("name")),
		Phone: strings.TrimSpace(form.Get("phone")), Known: strings.TrimSpace(form.Get("known")), Noticed: form.Get("noticed") != "", Theirs: form.Get("theirs"),
	}
	seed := rand.Text()
	cookie := citizens.OfficerCookie(a.box, seed)
	var found *foundPerson
	err := func() error {
		n := tickets.NewFiling{
			Agency: s.Agency, Way: typed.Way, Signing: typed.Signing, Form: typed.Form, Name: typed.Name, Phone: typed.Phone, Noticed: typed.Noticed,
			Seed: seed, Browser: citizens.BrowserOf(cookie),
		}
		if typed.Known != "" {
			known, err := tickets.SearchCitizen(ctx, s.Tx, s.Agency, typed.Known)
			if err != nil {
				return err
			}
			if found, err = a.foundPerson(ctx, s, known); err != nil {
				return err
			}
			if n.Name == "" {
				n.Name = known.CitizenName
			}
			typed.Name = n.Name
			n.KnownBy, n.KnownAs, n.Theirs = known.ID, typed.Known, typed.Theirs == known.Number
		}
		_, err := a.desk.StartFiling(ctx, s.Tx, s.Actor(), n)
		return err
	}()
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal {
		p, readErr := a.filingsPage(ctx, s)
		if readErr != nil {
			return nil, readErr
		}
		if found != nil && typed.Theirs != found.Number { // first it is asked whether that is they
			p.Typed, p.Found = typed, found
			return page{view: "filings", data: p}, nil
		}
		p.Typed, p.Problem, p.Found = typed, fault.MessageOf(err), found
		return page{view: "filings", status: kind.Status(), data: p}, nil
	}
	if err != nil {
		return nil, err
	}
	return a.seat(ctx, s, typed.Form, seed)
}

// foundPerson is whose account a case came from, as far as it helps to ask. The name is read out of the case.
func (a *Admin) foundPerson(ctx context.Context, s Scope, t tickets.Ticket) (*foundPerson, error) {
	if err := a.opened(ctx, s, t); err != nil {
		return nil, err
	}
	p := foundPerson{Number: t.Number, Service: t.Title, Name: t.CitizenName, At: t.EnteredAt}
	var err error
	p.Account, err = citizens.AccountName(ctx, s.Tx, citizens.CitizenID(t.CitizenID))
	return &p, err
}

// setScanFirst decides whether a sheet counts as signed only with its scan.
func (a *Admin) setScanFirst(r *http.Request, s Scope) (reply, error) {
	ctx, first := r.Context(), r.PostForm.Get("first") != ""
	was, err := agencies.ScanFirst(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	if was != first {
		if err := agencies.SetScanFirst(ctx, s.Tx, s.Agency, first); err != nil {
			return nil, err
		}
		ref := "แนบภายในวันที่ลงชื่อ"
		if first {
			ref = "แนบก่อนยื่น"
		}
		if err := a.changed(ctx, s, agencies.ScanFirstChanged, agencies.ChangeDetail{Ref: ref}); err != nil {
			return nil, err
		}
	}
	return redirect(Base + "/filings?done=scans"), nil
}

// seat leads to the form of a service.
func (a *Admin) seat(ctx context.Context, s Scope, key forms.Key, seed string) (reply, error) {
	agency, err := agencies.Find(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	to := redirect("/services/" + strings.ToLower(agency.Code) + "/" + string(key) + "/form")
	return seated{to, citizens.OfficerCookie(a.box, seed)}, nil
}

// filingOf reads the filing in the path.
func filingOf(r *http.Request, s Scope) (tickets.Filing, error) {
	n, err := pathNumber(r, "filing")
	if err != nil {
		return tickets.Filing{}, fault.Wrap(fault.NotFound, "ไม่พบการยื่นแทนนี้ กรุณาเลือกจากรายการ", err)
	}
	return tickets.FindFiling(r.Context(), s.Tx, tickets.FilingID(n))
}

// goOnFiling leads back to a form that was begun. Only who began it goes on: they have the citizen before them.
func (a *Admin) goOnFiling(r *http.Request, s Scope) (reply, error) {
	f, err := filingOf(r, s)
	switch {
	case err != nil:
		return nil, err
	case f.OfficerID != s.Officer.ID:
		return nil, fault.New(fault.Forbidden, "เจ้าหน้าที่ท่านอื่นกำลังกรอกคำขอนี้ให้ประชาชน เฉพาะผู้เริ่มกรอกเท่านั้นที่กรอกต่อได้")
	case f.State(a.now()) != tickets.FilingBegun:
		return nil, fault.New(fault.Conflict, "คำขอนี้กรอกเสร็จหรือสิ้นสุดแล้ว กรุณาโหลดหน้าใหม่เพื่อดูสถานะล่าสุด")
	}
	return a.seat(r.Context(), s, f.FormKey, f.Seed)
}

// filingPage is what somebody filled in for a citizen, and what is to be done next.
type filingPage struct {
	chrome
	filingLine
	State   tickets.FilingState
	Mine    bool
	Act     string // address of what can be done
	Link    string // at which the citizen confirms, or follows the case
	Code    *qr.Code
	Ticket  *tickets.Ticket // nil: there is no case yet
	Href    string          // of the case
	Receipt string
	Known   string // number of the case by which the citizen is known
	Desk    string // at whose browser the citizen's link was opened
	Scans   []scanLine
	ScanDue time.Time // by when the scan of the signed sheet must be there; zero: it is, or there is no sheet
	Late    bool      // that time is over
	First   bool      // the sheet counts as signed only with its scan
}

func (a *Admin) showFiling(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	f, err := filingOf(r, s)
	if err != nil {
		return nil, err
	}
	c, err := chromeOf(ctx, s, "ยื่นแทนประชาชน "+f.Reference())
	if err != nil {
		return nil, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	p := filingPage{chrome: c, filingLine: a.filingLine(s, f, officers), State: f.State(a.now()), Mine: f.OfficerID == s.Officer.ID, Act: Base + filingPath(f.ID)}
	if f.KnownBy != 0 {
		known, err := tickets.Find(ctx, s.Tx, f.KnownBy)
		if err != nil {
			return nil, err
		}
		p.Known = known.Number
	}
	if f.DeskBy != 0 {
		p.Desk = officers[f.DeskBy].Name
	}
	if p.First, err = agencies.ScanFirst(ctx, s.Tx, s.Agency); err != nil {
		return nil, err
	}
	if due, missing := f.ScanDue(); missing {
		p.ScanDue, p.Late = due.Add(-time.Second), a.now().After(due)
	}
	if p.State == tickets.FilingConfirms {
		p.Link = a.baseURL + "/confirm/" + f.Token
	}
	if err := a.filed(ctx, s, f, &p); err != nil {
		return nil, err
	}
	if p.Link != "" {
		code, err := qr.New(p.Link)
		if err != nil {
			return nil, err
		}
		p.Code = &code
	}
	return page{view: "filing", data: p}, nil
}

// filed adds the case that was made of a filing, as soon as there is one.
func (a *Admin) filed(ctx context.Context, s Scope, f tickets.Filing, p *filingPage) error {
	if p.State != tickets.FilingFiled {
		return nil
	}
	t, err := tickets.FindByRequest(ctx, s.Tx, f.RequestID)
	if fault.Is(err, fault.NotFound) {
		return nil // its number is being issued
	}
	if err != nil {
		return err
	}
	p.Ticket, p.Href, p.Link = &t, Base+ticketPath(t.ID), a.baseURL+"/track/"+t.TrackToken
	p.Receipt = p.Link + "/receipt.pdf"
	p.Scans, err = scansOf(ctx, s, t)
	return err
}

func (a *Admin) dropFiling(r *http.Request, s Scope) (reply, error) {
	f, err := filingOf(r, s)
	if err != nil {
		return nil, err
	}
	if err := a.desk.DropFiling(r.Context(), s.Tx, s.Actor(), f.ID); err != nil {
		return nil, err
	}
	return redirect(Base + "/filings?done=dropped"), nil
}

// printFiling sends the sheet that the citizen signs by pen.
func (a *Admin) printFiling(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	f, err := filingOf(r, s)
	if err != nil {
		return nil, err
	}
	if f.State(a.now()) != tickets.FilingUnsigned {
		return nil, fault.New(fault.Conflict, "คำขอนี้ไม่ได้รอลงชื่อบนกระดาษ กรุณาโหลดหน้าใหม่เพื่อดูสถานะล่าสุด")
	}
	filled, err := tickets.Lodged(ctx, s.Tx, f.ID)
	if err != nil {
		return nil, err
	}
	form, ok := a.forms.Agency(int64(s.Agency)).Version(filled.Form, filled.Version)
	if !ok {
		return nil, fault.New(fault.NotFound, "ไม่พบบริการนี้ของหน่วยงาน จึงพิมพ์แบบไม่ได้ กรุณากรอกใหม่")
	}
	agency, err := agencies.Find(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	paper := papers.Application{
		Reference: f.Reference(), Service: form.Title.TH, FormCode: form.FormCode, Agency: papers.Agency{Name: agency.Name, Address: agency.Address, Phone: agency.Phone},
		Citizen: f.Name, Declares: form.Declares.TH, Notice: strings.Split(strings.ReplaceAll(form.Notice.Text.TH, "{agency}", agency.Name), "\n\n"),
		Officer: papers.Officer{Name: officers[f.OfficerID].Name}, FilledAt: *f.FilledAt,
	}
	paper.Answers, paper.Files = filledIn(form, filled.Answers)
	file, err := paper.PDF()
	if err != nil {
		return nil, err
	}
	return sent{mediaType: "application/pdf", name: "request-" + f.Reference() + ".pdf", body: file}, nil
}

// filledIn are answers under the headings of their form, as the citizen signs them, and the documents.
func filledIn(form *forms.Form, answers []forms.Answer) (all []papers.Section, documents []string) {
	headings, now := map[string]string{}, ""
	for _, fl := range form.Fields {
		if fl.Section.TH != "" {
			now = fl.Section.TH
		}
		headings[fl.Key] = now
	}
	for _, answer := range forms.Told(answers) {
		if len(answer.Attachments) > 0 {
			documents = append(documents, answer.Label)
			continue
		}
		if strings.TrimSpace(answer.Text) == "" {
			continue
		}
		group, _, _ := strings.Cut(answer.Field, ".")
		at := slices.IndexFunc(all, func(p papers.Section) bool { return p.Heading == headings[group] })
		if at < 0 {
			at, all = len(all), append(all, papers.Section{Heading: headings[group]})
		}
		all[at].Rows = append(all[at].Rows, papers.Row{Label: answer.Label, Value: answer.Masked()})
	}
	return all, documents
}

// filingRoutes adds the screens on which officers file for citizens.
func (a *Admin) filingRoutes(r chi.Router) {
	r.Get("/filings", a.screen(agencies.WorkTickets, a.showFilings))
	r.Post("/filings", a.screen(agencies.WorkTickets, a.startFiling))
	r.Get("/filings/{filing}", a.screen(agencies.WorkTickets, a.showFiling))
	r.Post("/filings/{filing}/fill", a.screen(agencies.WorkTickets, a.goOnFiling))
	r.Post("/filings/{filing}/drop", a.screen(agencies.WorkTickets, a.dropFiling))
	r.Post("/filings/{filing}/signed", a.admitUpTo(agencies.WorkTickets, scansLimit, a.signFiling))
	r.Post("/filings/{filing}/scans", a.admitUpTo(agencies.WorkTickets, scansLimit, a.addScans))
	r.Post("/filings/scans", a.screen(agencies.ManageAgency, a.setScanFirst))
	r.Get("/filings/{filing}/sheet.pdf", a.screen(agencies.WorkTickets, a.printFiling))
}
