package portal

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// proofPage is where a person becomes better known.
type proofPage struct {
	door
	Next    string
	Enough  bool // known well enough already
	Phone   bool // a code to the telephone is enough, and can be sent
	ThaID   bool
	Officer bool // an officer may look at the card instead
	Typed   string
	Problem string
}

func (p *Portal) verifyWith(r *http.Request, v Visitor, least citizens.Level, next string) proofPage {
	return proofPage{
		door: doorOf(r, "ยืนยันตัวตน", "Prove who you are"), Next: localPath(next), Enough: v.Level >= least, Phone: least <= citizens.Checked && p.phones,
		ThaID: p.thaid != nil, Officer: least <= citizens.Checked,
	}
}

// leastOf reads the level that is asked for: phone or better unless the address says otherwise.
func leastOf(s string) citizens.Level {
	if n, err := strconv.Atoi(s); err == nil && citizens.Level(n) == citizens.Proven {
		return citizens.Proven
	}
	return citizens.Checked
}

func (p *Portal) showVerifySelf(r *http.Request, v Visitor) (reply, error) {
	q := r.URL.Query()
	return html{view: "signin_verify", keep: keepNever, data: p.verifyWith(r, v, leastOf(q.Get("level")), q.Get("next"))}, nil
}

// askCode sends a code to the telephone that was typed.
func (p *Portal) askCode(r *http.Request, v Visitor) (reply, error) {
	typed, err := field(r, "phone")
	if err != nil {
		return nil, err
	}
	next := localPath(r.Form.Get("next"))
	if !p.phones {
		return nil, fault.New(fault.NotFound, "หน่วยงานนี้ยังไม่เปิดให้ยืนยันด้วยเบอร์โทรศัพท์ กรุณาใช้ ThaID หรือแสดงบัตรต่อเจ้าหน้าที่")
	}
	phone, err := thai.ParsePhone(typed)
	if err == nil {
		err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
			return citizens.AskCode(ctx, tx, p.box, p.jobs, v.Citizen, phone, p.site, p.now())
		})
	}
	if err == nil {
		return redirect("/me/phone?" + url.Values{"next": {next}}.Encode()), nil
	}
	kind := fault.KindOf(err)
	if kind == fault.Internal {
		return nil, err
	}
	page := p.verifyWith(r, v, citizens.Checked, next)
	page.Enough, page.Typed, page.Problem = false, typed, fault.In(err, langOf(r))
	out := html{view: "signin_verify", status: kind.Status(), keep: keepNever, data: page}
	var wait *citizens.WaitError
	if errors.As(err, &wait) {
		out.status = http.StatusTooManyRequests
		return later{out, wait.Wait}, nil
	}
	return out, nil
}

// later is a reply that says when to come again.
type later struct {
	html
	wait time.Duration
}

func (l later) write(w http.ResponseWriter, r *http.Request, p *Portal) error {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(l.wait.Seconds()))))
	return l.html.write(w, r, p)
}

// codePage is where the code is typed.
type codePage struct {
	door
	Next    string
	Phone   string // the end of the number it was sent to
	Problem string
}

// codeWith shows the page for a code, or where to ask for one when none is awaited.
func (p *Portal) codeWith(r *http.Request, v Visitor, next, problem string) (reply, error) {
	var (
		phone   string
		awaited bool
	)
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		phone, awaited, err = citizens.PendingCode(ctx, tx, p.box, v.Citizen, p.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	status := 0
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	if !awaited {
		page := p.verifyWith(r, v, citizens.Checked, next)
		if page.Problem = problem; problem != "" {
			page.Enough = false
		}
		return html{view: "signin_verify", status: status, keep: keepNever, data: page}, nil
	}
	return html{view: "signin_code", status: status, keep: keepNever, data: codePage{
		door: doorOf(r, "ใส่รหัสจากข้อความ", "Type the code"), Next: localPath(next), Phone: phone[max(0, len(phone)-4):], Problem: problem,
	}}, nil
}

func (p *Portal) showCode(r *http.Request, v Visitor) (reply, error) {
	return p.codeWith(r, v, r.URL.Query().Get("next"), "")
}

func (p *Portal) checkCode(r *http.Request, v Visitor) (reply, error) {
	typed, err := field(r, "code")
	if err != nil {
		return nil, err
	}
	next := localPath(r.Form.Get("next"))
	words, old := own{Lang: langOf(r)}, citizens.SessionToken(p.cookie(r, sessionCookie))
	var (
		guess   citizens.Guess
		session citizens.SessionToken
	)
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if guess, err = citizens.CheckCode(ctx, tx, p.box, v.Citizen, typed, p.now()); err != nil || !guess.Right {
			return err
		}
		if err := p.desk.Known(ctx, tx, int64(v.Citizen)); err != nil {
			return err
		}
		session, err = p.open(ctx, tx, r, old, v.Citizen, max(v.Proved, citizens.Checked), citizens.WithPhone)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case guess.Right:
		return baked{redirect(next), p.signedIn(r, session)}, nil
	case guess.Left > 0:
		return p.codeWith(r, v, next, words.T("รหัสไม่ถูกต้อง กรุณาดูข้อความล่าสุดแล้วลองใหม่ เหลืออีก {n} ครั้ง",
			"That is not the code. Please look at the newest message and try again: {n} left.", "n", guess.Left))
	default:
		return p.codeWith(r, v, next, words.T("รหัสนี้หมดอายุหรือใส่ผิดครบจำนวนครั้งแล้ว กรุณาขอรหัสใหม่",
			"This code has ended or was tried too often. Please ask for another."))
	}
}

// identityPage is how well a person is known, and why.
type identityPage struct {
	door
	Says   string
	Way    string
	Proofs []shownProof
	Better bool // there is a higher level to reach
}

type shownProof struct {
	What, When, Until string
	By                string // of an officer's check: their agency, post and number
	Ended             string // since when it does not hold, if it does not
	Why               string // it was ended before its time
}

func (p *Portal) showIdentity(r *http.Request, v Visitor) (reply, error) {
	page := identityPage{door: doorOf(r, "การยืนยันตัวตนของฉัน", "How well I am known"), Better: v.Level < citizens.Proven}
	page.Says, page.Way = page.T(levelWords(v.Level)), page.T(wayWords(v.Way))
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		all, err := citizens.Verifications(ctx, tx, p.box, v.Citizen)
		if err != nil {
			return err
		}
		agencies, posts := map[int64]string{}, map[int64]string{}
		for _, one := range all {
			shown := p.shown(one, page.own)
			if by, is := vouchedBy(one); is {
				if err := p.whoRead(ctx, tx, by, page.own, agencies, posts); err != nil {
					return err
				}
				shown.By = agencies[by.AgencyID] + " · " + posts[by.OfficerID]
			}
			page.Proofs = append(page.Proofs, shown)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return html{view: "signin_identity", keep: keepNever, data: page}, nil
}

// shown is a proof as its person reads it.
func (p *Portal) shown(v citizens.Verification, o own) shownProof {
	s := shownProof{When: o.When(v.At), Until: o.Day(v.Until)}
	switch v.How {
	case citizens.ByThaID:
		s.What = "ThaID: " + strings.TrimSpace(v.Attributes.Name()+" "+v.Attributes.NationalID.String())
	case citizens.ByPhone:
		s.What = o.T("เบอร์โทรศัพท์ที่ลงท้ายด้วย {digits}", "Telephone that ends with {digits}", "digits", v.Attributes.Phone[max(0, len(v.Attributes.Phone)-4):])
	case citizens.ByOfficer:
		s.What = o.T("เจ้าหน้าที่ตรวจเอกสาร: {document}", "An officer saw: {document}", "document", v.Attributes.Document)
	}
	switch {
	case v.EndedAt != nil:
		s.Ended, s.Why = o.When(*v.EndedAt), v.EndedWhy
	case !v.Holds(p.now()):
		s.Ended = s.Until
	}
	return s
}

// vouchedBy is the officer who saw who somebody is; ok is false when it was none.
func vouchedBy(v citizens.Verification) (by citizens.Reading, ok bool) {
	number, is := strings.CutPrefix(v.CheckedBy, "officer ")
	id, err := strconv.ParseInt(number, 10, 64)
	if !is || err != nil || v.AgencyID == nil {
		return citizens.Reading{}, false
	}
	return citizens.Reading{AgencyID: *v.AgencyID, OfficerID: id}, true
}

// levelWords is a level in Thai and in English.
func levelWords(l citizens.Level) (th, en string) {
	switch l {
	case citizens.Proven:
		return "ยืนยันตัวตนด้วย ThaID แล้ว", "ThaID has proved who you are."
	case citizens.Checked:
		return "ยืนยันเบอร์โทรศัพท์หรือแสดงบัตรต่อเจ้าหน้าที่แล้ว", "Your telephone was proved, or an officer saw your card."
	case citizens.Account, citizens.Anonymous:
		return "รู้จักจากบัญชีแชต ยังไม่ได้ยืนยันตัวตน", "We know your chat account, and not yet who you are."
	default:
		return "", ""
	}
}

// wayWords is a way in, in Thai and in English.
func wayWords(w citizens.Way) (th, en string) {
	switch w {
	case citizens.FromChat:
		return "ลิงก์จากแชต LINE", "A link from the LINE chat"
	case citizens.WithLine:
		return "บัญชี LINE", "LINE account"
	case citizens.WithThaID:
		return "ThaID", "ThaID"
	case citizens.WithPhone:
		return "รหัสทางโทรศัพท์", "A code to the telephone"
	default:
		return "", ""
	}
}
