package portal

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// mandatePage is the form with which an attorney shows a signed paper to an agency.
type mandatePage struct {
	own
	Office   office
	Typed    url.Values
	Kinds    []option
	Scopes   []option
	Services []option
	Days     []dayView
	Paper    UploadInput
	Script   string // the script of files
	Problem  string
}

// dayView is a date in three boxes, as every form here asks for one.
type dayView struct {
	Asked            string
	Sizes            boxSizes
	Day, Month, Year string
	Months           []option
}

// The boxes of the form that code knows.
const (
	paperBox  = "paper"
	scopeBox  = "scope"
	someScope = "some"
	allScope  = "all"
	fromBox   = "from"
	untilBox  = "until"
)

// takesMandates reports whether this site takes the signed papers.
func (p *Portal) takesMandates() bool { return p.uploads != nil && p.catalog != nil }

// newMandatePath is where one is shown to an agency.
func newMandatePath(agency agencies.AgencyID) string {
	return mandatesPath + "/new?agency=" + strconv.FormatInt(int64(agency), 10)
}

func (p *Portal) showNewMandate(r *http.Request, _ Visitor) (reply, error) {
	return p.mandateForm(r, Posted{Values: url.Values{"agency": {r.URL.Query().Get("agency")}}}, files.Attachment{}, nil)
}

// mandateForm draws the form with what was typed, and the paper that came, in it. Wrong is why it was not taken.
func (p *Portal) mandateForm(r *http.Request, posted Posted, paper files.Attachment, wrong error) (reply, error) {
	page := mandatePage{own: ownOf(r, "mandates", "ยื่นหนังสือมอบอำนาจ", "Show a power of attorney"), Typed: posted.Values}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		offices, err := officesOf(ctx, tx)
		id, _ := strconv.ParseInt(posted.Values.Get("agency"), 10, 64) // 0 is no agency's
		page.Office = officeIn(offices, agencies.AgencyID(id))
		return err
	})
	if err != nil {
		return nil, err
	}
	if page.Office.ID == 0 || !p.takesMandates() {
		return redirect(mandatesPath), nil
	}
	page.Here, page.Script = newMandatePath(page.Office.ID), p.uploads.Script()
	page.choices(p.catalog.Agency(int64(page.Office.ID)).List())
	page.Days = []dayView{
		page.day(fromBox, page.T("วันแรกของการมอบอำนาจ", "First day")), page.day(untilBox, page.T("วันสุดท้าย (ไม่เกิน 1 ปี)", "Last day (one year at most)")),
	}
	page.Paper = UploadInput{
		Field: paperBox, Label: page.T("หนังสือมอบอำนาจที่ลงชื่อแล้ว", "The signed power of attorney"), Accept: "image/*,.pdf", Required: true, Lang: page.Lang, Largest: p.uploads.Largest(),
		Hint: page.T("ภาพถ่ายหรือ PDF มีชื่อ เลขประจำตัว และลายเซ็นทั้งสองฝ่าย ไม่ต้องแนบสำเนาบัตร", "A photo or PDF with the names, ID numbers and signatures of both. No copies of cards."),
	}
	if id, ok := strings.CutPrefix(paper.Source, uploadValue); ok {
		page.Paper.Kept = []KeptFile{{Upload: id, Name: paper.Name, Size: size(paper.Size)}}
	}
	if wrong == nil {
		return html{view: "me_mandate", keep: keepNever, data: page}, nil
	}
	page.Problem = faultIn(wrong, page.Lang)
	for _, f := range posted.Refused {
		page.Paper.Problem = f.Name + ": " + f.Sentence
	}
	return html{view: "me_mandate", status: fault.KindOf(wrong).Status(), keep: keepNever, data: page}, nil
}

// choices are what there is to choose from, as it was chosen.
func (page *mandatePage) choices(offered []*forms.Form) {
	page.Kinds = page.picked("kind",
		option{Value: string(tickets.MandateVolunteer), Label: page.T("อาสาสมัคร ผู้ใหญ่บ้าน หรือ อสม.", "A village volunteer or head")},
		option{Value: string(tickets.MandateFamily), Label: page.T("คนในครอบครัว", "Family")},
		option{Value: string(tickets.MandateOther), Label: page.T("อื่น ๆ", "Other")})
	page.Scopes = page.picked(scopeBox,
		option{Value: allScope, Label: page.T("ทุกบริการของหน่วยงาน", "Every service of the office")},
		option{Value: someScope, Label: page.T("เฉพาะบางบริการ", "Only some services")})
	for _, f := range offered {
		if !f.Human {
			page.Services = append(page.Services, option{Value: string(f.Key), Label: f.Title.In(page.Lang)})
		}
	}
	page.Services = page.picked("service", page.Services...)
}

func (page *mandatePage) picked(box string, all ...option) []option {
	for i := range all {
		all[i].Chosen = slices.Contains(page.Typed[box], all[i].Value)
	}
	return all
}

func (page *mandatePage) day(key, asked string) dayView {
	b := readBoxes(page.Typed, "", key)
	d := dayView{
		Asked: asked, Sizes: boxSizes{Day: boxName(key, dayBox), Month: boxName(key, monthBox), Year: boxName(key, yearBox)},
		Day: b.one(dayBox), Month: b.one(monthBox), Year: b.one(yearBox), Months: months(page.own),
	}
	for i := range d.Months {
		d.Months[i].Chosen = d.Months[i].Value == d.Month
	}
	return d
}

// showMandate takes a power of attorney with the signed paper. What is wrong is told with everything that was typed, and
// with the paper, still there.
func (p *Portal) showMandate(w http.ResponseWriter, r *http.Request, v Visitor) (reply, error) {
	by := tickets.ByCitizen(int64(v.Citizen))
	posted, err := p.posted(w, r, by)
	if err != nil {
		return nil, err
	}
	var paper files.Attachment
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		var err error
		if paper, err = paperOf(ctx, tx, by, posted); err != nil {
			return err
		}
		n, err := readMandate(posted)
		if err != nil {
			return err
		}
		if _, err = agencies.Find(ctx, tx, n.Agency); err != nil {
			return err
		}
		n.Attachment = int64(paper.ID)
		_, err = p.desk.ShowMandate(ctx, tx, p.box, by, n)
		return err
	})
	switch kind := fault.KindOf(err); {
	case err == nil:
		return redirect(mandatesPath + "?done=shown"), nil
	case kind == fault.Invalid || kind == fault.Conflict || kind == fault.NotFound:
		return p.mandateForm(r, posted, paper, err)
	default:
		return nil, err
	}
}

// paperOf is the signed paper that came with the form or before it, the last of several; none where none came.
func paperOf(ctx context.Context, tx pgx.Tx, by tickets.Actor, posted Posted) (files.Attachment, error) {
	if len(posted.Refused) > 0 {
		return files.Attachment{}, fault.New(fault.Invalid, "ไฟล์หนังสือมอบอำนาจใช้ไม่ได้ กรุณาแนบไฟล์อื่น คำตอบอื่นยังอยู่")
	}
	var named []string
	for _, value := range posted.Values[paperBox] {
		if !slices.Contains(posted.Values[paperBox+".drop"], value) {
			named = append(named, value)
		}
	}
	for _, f := range posted.Files[paperBox] {
		named = append(named, UploadValue(f.Upload))
	}
	if len(named) == 0 {
		return files.Attachment{}, nil
	}
	upload, ok := UploadOf(named[len(named)-1])
	if !ok || !draftForm.MatchString(upload) {
		return files.Attachment{}, errNoFile()
	}
	at, err := files.Kept(ctx, tx, by.String(), upload)
	switch {
	case err != nil:
		return files.Attachment{}, err
	case at.State != files.Ready && at.State != files.Waiting:
		return files.Attachment{}, at.Unopenable()
	case at.MediaType != "application/pdf" && !slices.Contains(photographs, at.MediaType):
		return files.Attachment{}, fault.New(fault.Invalid, "หนังสือมอบอำนาจต้องเป็นภาพถ่ายหรือไฟล์ PDF กรุณาแนบใหม่")
	}
	return at, nil
}

// photographs are the formats of pictures that a camera makes.
var photographs = []string{"image/jpeg", "image/png", "image/webp", "image/heic", "image/heic-sequence", "image/heif", "image/heif-sequence"}

// readMandate reads what was typed.
func readMandate(posted Posted) (n tickets.NewMandate, err error) {
	said := posted.Values
	agency, err := strconv.ParseInt(said.Get("agency"), 10, 64)
	if err != nil {
		return n, fault.Wrap(fault.Invalid, "ยังไม่ได้เลือกหน่วยงาน กรุณาเลือกหน่วยงานที่จะยื่นแทน", err)
	}
	n = tickets.NewMandate{
		Agency: agencies.AgencyID(agency), Kind: tickets.MandateKind(said.Get("kind")), Attorney: said.Get("attorney"), AttorneyID: said.Get("attorney_id"),
		Title: said.Get("title"), Principal: said.Get("principal"), Principal13: said.Get("principal_id"),
	}
	switch said.Get(scopeBox) {
	case allScope: // the services are out of sight then
	case someScope:
		for _, key := range said["service"] {
			n.Services = append(n.Services, forms.Key(key))
		}
		if len(n.Services) == 0 {
			return n, fault.New(fault.Invalid, "ยังไม่ได้เลือกบริการที่มอบ กรุณาเลือกอย่างน้อยหนึ่งบริการ หรือเลือกทุกบริการ")
		}
	default:
		return n, fault.New(fault.Invalid, "ยังไม่ได้เลือกเรื่องที่มอบ กรุณาเลือกว่าทุกบริการหรือเฉพาะบางบริการ")
	}
	if n.FromOn, err = dayIn(said, fromBox); err != nil {
		return n, fault.Wrap(fault.Invalid, "วันแรกของการมอบอำนาจไม่ครบหรือไม่มีในปฏิทิน กรุณากรอกวัน เดือน และปี พ.ศ.", err)
	}
	if n.UntilOn, err = dayIn(said, untilBox); err != nil {
		return n, fault.Wrap(fault.Invalid, "วันสุดท้ายของการมอบอำนาจไม่ครบหรือไม่มีในปฏิทิน กรุณากรอกวัน เดือน และปี พ.ศ.", err)
	}
	return n, nil
}

// dayIn reads a date out of its three boxes.
func dayIn(said url.Values, key string) (time.Time, error) {
	return thai.ParseDate(dateText(readBoxes(said, "", key)))
}
