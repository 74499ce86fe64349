package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// identityBox is how well the citizen of a case is known, and how well the service needs it (EGA-8.1, MTH-2.5).
type identityBox struct {
	Chip   chip
	Low    bool // lower than is needed
	Wanted string
	Reason string // why that much is needed
	Had    string
	Proofs []provenLine // those that hold
	Sheet  string       // where an officer says that they saw a card; empty: they may not
}

// provenLine is one proof of who the citizen is.
type provenLine struct {
	What   string
	Name   string
	Number *chip // whether the national number is that of the request; nil: nothing to compare
	By     string
	At     time.Time
	Until  time.Time
	End    string // where it is ended; empty: another's to end
}

// levelThai are the levels as officers read them.
func levelThai(l citizens.Level) string {
	switch l {
	case citizens.Anonymous:
		return "ไม่ต้องระบุตัวตน"
	case citizens.Account:
		return "รู้จักจากบัญชี LINE"
	case citizens.Checked:
		return "ยืนยันเบอร์โทร หรือเจ้าหน้าที่ตรวจหลักฐานตัวตนแล้ว"
	case citizens.Proven:
		return "ยืนยันด้วย ThaID"
	default:
		return ""
	}
}

// wantedLevel is the level that a form asks for: L0 to L3.
func wantedLevel(form *forms.Form) citizens.Level {
	n, err := strconv.Atoi(strings.TrimPrefix(form.Identity.Level, "L"))
	if err != nil {
		return citizens.Account
	}
	return citizens.Level(n)
}

// identityOf reads how well the citizen of a case is known.
func (a *Admin) identityOf(ctx context.Context, s Scope, p *ticketPane, m matter) (identityBox, error) {
	who, wanted := citizens.CitizenID(p.CitizenID), wantedLevel(m.form)
	had, err := citizens.LevelOf(ctx, s.Tx, who, a.now())
	if err != nil {
		return identityBox{}, err
	}
	box := identityBox{Wanted: levelThai(wanted), Reason: m.form.Identity.Reason.TH, Had: levelThai(had)}
	box.Chip = chip{Kind: "ok", Icon: "shield-check", Text: "ถึงระดับที่ต้องการ"}
	if had < wanted {
		box.Chip, box.Low = chip{Kind: "warn", Icon: "circle-alert", Text: "ยังต่ำกว่าระดับที่ต้องการ"}, true
	}
	if s.Can(agencies.WorkTickets) {
		box.Sheet = p.Act("identity")
	}
	all, err := citizens.Verifications(ctx, s.Tx, a.box, who)
	if err != nil {
		return identityBox{}, err
	}
	for _, v := range all {
		if !v.Holds(a.now()) {
			continue
		}
		line, err := provenOf(ctx, s, v, m)
		if err != nil {
			return identityBox{}, err
		}
		if line.End != "" {
			line.End = p.Act("identity/" + line.End)
		}
		box.Proofs = append(box.Proofs, line)
	}
	return box, nil
}

// provenOf is a proof in words.
func provenOf(ctx context.Context, s Scope, v citizens.Verification, m matter) (provenLine, error) {
	line := provenLine{Name: v.Attributes.Name(), At: v.At, Until: v.Until, Number: sameNumber(v.Attributes.NationalID, m.request.Answers)}
	switch v.How {
	case citizens.ByThaID:
		line.What = "ยืนยันด้วย ThaID"
	case citizens.ByPhone:
		line.What = "ยืนยันเบอร์โทรที่ลงท้ายด้วย " + v.Attributes.Phone[max(0, len(v.Attributes.Phone)-4):]
	case citizens.ByOfficer:
		line.What = "เจ้าหน้าที่ตรวจ" + v.Attributes.Document
		if v.AgencyID != nil && *v.AgencyID != int64(s.Agency) {
			agency, err := agencies.Find(ctx, s.Tx, agencies.AgencyID(*v.AgencyID))
			if err != nil {
				return provenLine{}, err
			}
			line.By = agency.Name
			break
		}
		line.By = (historian{officers: m.officers}).who(v.CheckedBy)
		if s.Can(agencies.WorkTickets) {
			line.End = strconv.FormatInt(int64(v.ID), 10)
		}
	}
	return line, nil
}

// sameNumber says whether a proved national number is one of those in the request. Whoever files for another has
// another number than the one in the form.
func sameNumber(proved thai.NationalID, answers []forms.Answer) *chip {
	var told []string
	for _, answer := range answers {
		if answer.Kind == forms.ThaiIDField && answer.Raw() != "" {
			told = append(told, answer.Raw())
		}
	}
	switch {
	case proved == "" || len(told) == 0:
		return nil
	case slices.Contains(told, proved.Digits()):
		return &chip{Kind: "ok", Icon: "check", Text: "เลขประจำตัวตรงกับคำขอ"}
	default:
		return &chip{Kind: "warn", Icon: "triangle-alert", Text: "เลขประจำตัวไม่ตรงกับคำขอ อาจยื่นแทนผู้อื่น"}
	}
}

// seenDocument is a document that shows who somebody is.
type seenDocument struct{ Key, Label string }

// seenDocuments are those that an officer can have seen. No copy of any is taken (EGA-9.1).
func seenDocuments() []seenDocument {
	return []seenDocument{
		{"id_card", "บัตรประจำตัวประชาชน"}, {"thaid_card", "บัตรประชาชนดิจิทัลในแอป ThaID"}, {"official_card", "บัตรประจำตัวเจ้าหน้าที่ของรัฐ"},
		{"driving_licence", "ใบอนุญาตขับรถ"}, {"passport", "หนังสือเดินทาง"}, {"alien_card", "บัตรประจำตัวคนซึ่งไม่มีสัญชาติไทย"},
	}
}

// seenWords are those of a document's key.
func seenWords(key string) (string, bool) {
	i := slices.IndexFunc(seenDocuments(), func(d seenDocument) bool { return d.Key == key })
	if i < 0 {
		return "", false
	}
	return seenDocuments()[i].Label, true
}

// identitySheet asks what an officer saw.
type identitySheet struct {
	sheet
	Documents []seenDocument
	Name      string // as the request has it
	Wanted    string
	Reason    string
	Ending    *provenLine // a proof that is to be ended instead
}

func (a *Admin) showIdentity(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "identity", "ตรวจหลักฐานตัวตน")
	if err != nil {
		return nil, err
	}
	form, err := a.desk.Form(r.Context(), s.Tx, sh.Ticket)
	if err != nil {
		return nil, err
	}
	return page{view: "identity", part: "sheet", data: identitySheet{
		sheet: sh, Documents: seenDocuments(), Name: sh.Ticket.CitizenName, Wanted: levelThai(wantedLevel(form)), Reason: form.Identity.Reason.TH,
	}}, nil
}

// vouch keeps that the officer saw the person and their card, for a year: what was looked at and what it says, and no
// picture of it.
func (a *Admin) vouch(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "identified", func(ctx context.Context, id tickets.TicketID) error {
		t, err := tickets.Find(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		if err := a.proven(ctx, s, t, r.PostForm.Get("seen"), r.PostForm.Get("name"), r.PostForm.Get("national_id")); err != nil {
			return err
		}
		return a.desk.Identified(ctx, s.Tx, s.Actor(), id, r.PostForm.Get("seen"), true)
	})
}

func (a *Admin) proven(ctx context.Context, s Scope, t tickets.Ticket, seen, name, number string) error {
	document, known := seenWords(seen)
	name, number = strings.Join(strings.Fields(name), " "), strings.TrimSpace(number)
	switch {
	case !known:
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกหลักฐานที่ตรวจ กรุณาเลือกหนึ่งอย่าง")
	case name == "":
		return fault.New(fault.Invalid, "ยังไม่ได้พิมพ์ชื่อ กรุณาพิมพ์ตามที่ปรากฏในหลักฐาน")
	case len([]rune(name)) > longestName:
		return fault.New(fault.Invalid, "ชื่อยาวเกินไป กรุณาพิมพ์เฉพาะคำนำหน้า ชื่อ และนามสกุล")
	}
	about := citizens.Attributes{FullName: name, Document: document}
	if number != "" {
		pid, err := thai.ParseNationalID(number)
		if err != nil {
			return fault.Wrap(fault.Invalid, "เลขประจำตัวประชาชนไม่ถูกต้อง กรุณาตรวจกับบัตรแล้วพิมพ์ให้ครบ 13 หลัก หรือเว้นว่างไว้", err)
		}
		about.NationalID = pid
	}
	err := citizens.CheckedByOfficer(ctx, s.Tx, a.box, citizens.Check{
		Citizen: citizens.CitizenID(t.CitizenID), Agency: int64(s.Agency), Officer: int64(s.Officer.ID), About: about,
	}, a.now())
	if errors.Is(err, citizens.ErrOtherPerson) {
		return fault.Wrap(fault.Conflict, "บัญชีนี้ยืนยันไว้แล้วด้วยเลขประจำตัวอื่น กรุณาตรวจเลขอีกครั้ง หากถูกต้องแล้วแสดงว่าบัญชีนี้เป็นของอีกคน "+
			"ให้ผู้ยื่นใช้บัญชีของตนเอง หรือยกเลิกการตรวจเดิมก่อนหากหน่วยงานของท่านบันทึกผิด", err)
	}
	return err
}

// longestName is the most letters of a name.
const longestName = 200

func (a *Admin) showIdentityEnd(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "identity", "ยกเลิกการตรวจหลักฐานตัวตน")
	if err != nil {
		return nil, err
	}
	v, err := a.vouched(r, s, sh.Ticket)
	if err != nil {
		return nil, err
	}
	officers, err := agencies.Officers(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	line, err := provenOf(r.Context(), s, v, matter{officers: officers})
	if err != nil {
		return nil, err
	}
	sh.Action = link(ticketPath(sh.Ticket.ID)+"/identity/"+line.End, viewOf(r.URL.Query()).query())
	return page{view: "identity", part: "sheet", data: identitySheet{sheet: sh, Ending: &line}}, nil
}

// vouched returns the proof in the path, if it holds, is about the citizen of the ticket and was made by the agency.
func (a *Admin) vouched(r *http.Request, s Scope, t tickets.Ticket) (citizens.Verification, error) {
	number, err := pathNumber(r, "proof")
	if err != nil {
		return citizens.Verification{}, fault.Wrap(fault.NotFound, "ไม่พบการตรวจหลักฐานตัวตนรายการนี้ กรุณากลับไปที่เรื่องแล้วเลือกใหม่", err)
	}
	all, err := citizens.Verifications(r.Context(), s.Tx, a.box, citizens.CitizenID(t.CitizenID))
	if err != nil {
		return citizens.Verification{}, err
	}
	for _, v := range all {
		if int64(v.ID) == number && v.AgencyID != nil && *v.AgencyID == int64(s.Agency) && v.Holds(a.now()) {
			return v, nil
		}
	}
	return citizens.Verification{}, fault.New(fault.NotFound, "ไม่พบการตรวจหลักฐานตัวตนรายการนี้ หรือยกเลิกไปแล้ว หน่วยงานยกเลิกได้เฉพาะรายการที่เจ้าหน้าที่ของตนตรวจ")
}

// disavow ends what an officer of the agency vouched for, because it was wrong or the account is in other hands.
func (a *Admin) disavow(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "identity-ended", func(ctx context.Context, id tickets.TicketID) error {
		t, err := tickets.Find(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		v, err := a.vouched(r, s, t)
		if err != nil {
			return err
		}
		why := strings.TrimSpace(unixLines(r.PostForm.Get("reason")))
		if why == "" || len([]rune(why)) > longestWhy {
			return fault.Newf(fault.Invalid, "กรุณาระบุเหตุที่ยกเลิก ไม่เกิน {n} ตัวอักษร ประชาชนจะเห็นเหตุนี้ในหน้าของตน", "n", longestWhy)
		}
		if err := citizens.EndVerification(ctx, s.Tx, v.ID, s.Actor().String(), why, a.now()); err != nil {
			return err
		}
		return a.desk.Identified(ctx, s.Tx, s.Actor(), id, "", false)
	})
}

// longestWhy is the most letters of a reason that a citizen reads.
const longestWhy = 300
