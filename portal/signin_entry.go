package portal

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/fault"
)

// entryPage asks for one tap before a link from the chat is used: programs that draw previews open links too.
type entryPage struct {
	door
	Token string
}

// entryForm is how such a link's token looks; anything else is not asked of the database.
var entryForm = regexp.MustCompile(`^[A-Z2-7]{26}$`)

func errEntry() error {
	return fault.Wrap(fault.Forbidden, "ลิงก์นี้ใช้ไปแล้วหรือหมดอายุ ลิงก์ใช้ได้ครั้งเดียวภายใน 15 นาที กรุณาขอลิงก์ใหม่ในแชต LINE หรือเข้าด้วยวิธีอื่นด้านล่าง", citizens.ErrNoEntry)
}

func (p *Portal) showEntry(r *http.Request) (reply, error) {
	token := chi.URLParam(r, "token")
	if !entryForm.MatchString(token) {
		return p.failed(r, home, errEntry())
	}
	v, known, err := p.visitor(r)
	if err != nil {
		return nil, err
	}
	var e citizens.Entry
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		e, err = citizens.LookEntry(ctx, tx, token, p.now())
		return err
	})
	switch {
	case errors.Is(err, citizens.ErrNoEntry):
		return p.failed(r, home, errEntry())
	case err != nil:
		return nil, err
	case e.UsedAt != nil && known && v.Citizen == e.Citizen: // the same link tapped again in the chat
		return redirect(localPath(e.Purpose)), nil
	case e.UsedAt != nil:
		return p.failed(r, e.Purpose, errEntry())
	}
	return html{view: "signin_enter", keep: keepNever, data: entryPage{doorOf(r, "เข้าสู่หน้าของฉัน", "Open my page"), token}}, nil
}

// enter uses the link. Who is signed in as the same citizen already stays so, however well they are known.
func (p *Portal) enter(r *http.Request) (reply, error) {
	token := chi.URLParam(r, "token")
	if !entryForm.MatchString(token) {
		return p.failed(r, home, errEntry())
	}
	old := citizens.SessionToken(p.cookie(r, sessionCookie))
	var (
		e       citizens.Entry
		session citizens.SessionToken
	)
	err := p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if e, err = citizens.UseEntry(ctx, tx, token, p.now()); err != nil {
			return err
		}
		s, known, err := citizens.FindSession(ctx, tx, old, true, p.now())
		if err != nil || known && s.Citizen == e.Citizen {
			return err
		}
		session, err = p.open(ctx, tx, r, old, e.Citizen, citizens.Account, citizens.FromChat)
		return err
	})
	if errors.Is(err, citizens.ErrNoEntry) {
		return p.failed(r, home, errEntry())
	}
	if err != nil {
		return nil, err
	}
	to := redirect(localPath(e.Purpose))
	if session == "" {
		return to, nil
	}
	return baked{to, p.signedIn(r, session)}, nil
}
