package portal

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/fault"
)

// awayPage sends the browser to another party. It is a page of its own and not a redirect, because browsers hold
// a page's policy on where its forms may lead against every redirect that follows, also the other party's own.
type awayPage struct {
	door
	To  string // whose page
	URL string
}

// browserLife is how long a browser keeps what a sign-in elsewhere is bound to, in seconds.
const browserLife = int(citizens.DepartureLife / 1e9)

// party is somebody who signs people in.
type party struct {
	way  citizens.Way
	name string
	page func(ctx context.Context, state, nonce, verifier string) (string, error)
}

func (p *Portal) leaveForThaID(r *http.Request) (reply, error) {
	if p.thaid == nil {
		return nil, fault.New(fault.NotFound, "หน่วยงานนี้ยังไม่เปิดให้ยืนยันตัวตนด้วย ThaID กรุณาใช้วิธีอื่น")
	}
	return p.leave(r, party{citizens.WithThaID, "ThaID", p.thaid.Page})
}

func (p *Portal) leaveForLine(r *http.Request) (reply, error) {
	if p.line == nil {
		return nil, fault.New(fault.NotFound, "หน่วยงานนี้ยังไม่เปิดให้เข้าด้วย LINE กรุณาขอลิงก์ในแชต หรือใช้วิธีอื่น")
	}
	return p.leave(r, party{citizens.WithLine, "LINE", p.line.Page})
}

// leave begins a sign-in elsewhere.
func (p *Portal) leave(r *http.Request, with party) (reply, error) {
	next, err := field(r, "next")
	if err != nil {
		return nil, err
	}
	next = localPath(next)
	v, _, err := p.visitor(r)
	if err != nil {
		return nil, err
	}
	d := citizens.Departure{Way: with.way, Browser: p.cookie(r, browserCookie), Citizen: v.Citizen, Next: next}
	if r.Form.Get("fresh") != "" || with.way == citizens.WithLine { // an account of their own, not the one that is signed in
		d.Citizen = 0
	}
	if len(d.Browser) < 26 {
		d.Browser = rand.Text() // tabs of one browser share it
	}
	var passage citizens.Passage
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		passage, err = citizens.Depart(ctx, tx, p.box, d, p.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	to, err := with.page(r.Context(), passage.State, passage.Nonce, passage.Verifier)
	if err != nil {
		return p.failed(r, next, err)
	}
	away := doorOf(r, "", "")
	away.Title = away.T("กำลังไปยัง {name}", "On the way to {name}", "name", with.name)
	page := html{view: "signin_away", keep: keepNever, data: awayPage{away, with.name, to}}
	return baked{page, []*http.Cookie{p.bake(browserCookie, d.Browser, browserLife)}}, nil
}

// errArrive is one answer for every state that is not good: which way it is bad helps only who forged it.
func errArrive() error {
	return fault.Wrap(fault.Forbidden, "การเข้าสู่ระบบครั้งนี้หมดเวลาหรือใช้ไปแล้ว หรือเริ่มจากอุปกรณ์อื่น กรุณาเริ่มใหม่จากหน้านี้", citizens.ErrNoDeparture)
}

// arrive ends a sign-in elsewhere: it finds what was begun and uses that up, for good, before anything else.
func (p *Portal) arrive(r *http.Request, way citizens.Way) (d citizens.Departure, passage citizens.Passage, code string, err error) {
	q := r.URL.Query()
	var bad error
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		d, passage, err = citizens.Arrive(ctx, tx, p.box, way, q.Get("state"), p.cookie(r, browserCookie), p.now())
		if errors.Is(err, citizens.ErrNoDeparture) {
			bad, err = errArrive(), nil
		}
		return err
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return d, passage, "", err
	}
	switch problem := q.Get("error"); {
	case problem == "access_denied" || problem == "ACCESS_DENIED":
		err = fault.New(fault.Forbidden, "ท่านยังไม่ได้อนุญาต จึงยังไม่ได้เข้าสู่ระบบ หากเปลี่ยนใจ เริ่มใหม่ได้จากหน้านี้")
	case problem != "":
		err = fault.Wrap(fault.Forbidden, "เข้าสู่ระบบไม่สำเร็จ กรุณาเริ่มใหม่อีกครั้ง หรือใช้วิธีอื่น", errors.New("the other party answers with an error"))
	case q.Get("code") == "":
		err = fault.Wrap(fault.Forbidden, "เข้าสู่ระบบไม่สำเร็จ กรุณาเริ่มใหม่อีกครั้ง หรือใช้วิธีอื่น", errors.New("there is no code"))
	}
	return d, passage, q.Get("code"), err
}

func (p *Portal) returnFromThaID(r *http.Request) (reply, error) {
	if p.thaid == nil {
		return p.failed(r, home, errArrive())
	}
	d, passage, code, err := p.arrive(r, citizens.WithThaID)
	if err != nil {
		return p.failed(r, d.Next, err)
	}
	about, err := p.thaid.Redeem(r.Context(), code, passage.Nonce, passage.Verifier)
	if err != nil {
		return p.failed(r, d.Next, err)
	}
	old := citizens.SessionToken(p.cookie(r, sessionCookie))
	var session citizens.SessionToken
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if d.Citizen != 0 { // the account to be proved must still be the one that is signed in here
			s, known, err := citizens.FindSession(ctx, tx, old, true, p.now())
			if err != nil {
				return err
			}
			if !known || s.Citizen != d.Citizen {
				return errArrive()
			}
		}
		citizen, err := citizens.SignInWithThaID(ctx, tx, p.box, d.Citizen, about, p.now())
		if err != nil {
			return err
		}
		if err := p.desk.Known(ctx, tx, int64(citizen)); err != nil {
			return err
		}
		session, err = p.open(ctx, tx, r, old, citizen, citizens.Proven, citizens.WithThaID)
		return err
	})
	if errors.Is(err, citizens.ErrOtherPerson) {
		page := p.signInWith(r, d.Next, fault.In(err, langOf(r)))
		page.Known, page.Fresh = true, true
		return html{view: "signin", status: http.StatusConflict, keep: keepNever, data: page}, nil
	}
	if err != nil {
		return p.failed(r, d.Next, err)
	}
	return baked{redirect(localPath(d.Next)), p.signedIn(r, session)}, nil
}

func (p *Portal) returnFromLine(r *http.Request) (reply, error) {
	if p.line == nil {
		return p.failed(r, home, errArrive())
	}
	d, passage, code, err := p.arrive(r, citizens.WithLine)
	if err != nil {
		return p.failed(r, d.Next, err)
	}
	user, name, err := p.line.Redeem(r.Context(), code, passage.Nonce, passage.Verifier)
	if err != nil {
		return p.failed(r, d.Next, err)
	}
	return p.letIn(r, account{user: user, name: name}, d.Next)
}
