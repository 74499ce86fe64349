package portal

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/fault"
)

// account is somebody's account with LINE.
type account struct {
	user string
	name string
	said []byte // by the token that proves it; nil: no token that could come once more does
}

// signInWithToken lets in who opened a page of ours within LINE's own app, which gives it an ID token. LINE sets no nonce
// there, so that nothing of the token is ours: it is good for one time.
func (p *Portal) signInWithToken(r *http.Request) (reply, error) {
	if p.line == nil {
		return nil, fault.New(fault.NotFound, "หน่วยงานนี้ยังไม่เปิดให้เข้าด้วย LINE กรุณาขอลิงก์ในแชต หรือใช้วิธีอื่น")
	}
	token, err := field(r, "id_token")
	if err != nil {
		return nil, err
	}
	next := localPath(r.Form.Get("next"))
	user, name, err := p.line.Recognise(r.Context(), token)
	if err != nil {
		return p.failed(r, next, err)
	}
	said, err := payloadOf(token)
	if err != nil {
		return p.failed(r, next, errToken(err))
	}
	return p.letIn(r, account{user, name, said}, next)
}

// payloadOf is what a signed token says. The bytes are what counts: more than one text is read as the same bytes, and more
// than one signature is right for them.
func payloadOf(token string) ([]byte, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("an ID token has three parts")
	}
	return base64.RawURLEncoding.DecodeString(parts[1])
}

// errToken answers who comes with a token that was used before.
func errToken(err error) error {
	return fault.Wrap(fault.Forbidden, "การเข้าด้วย LINE ครั้งนี้ใช้ไปแล้ว กรุณาปิดหน้านี้แล้วเปิดใหม่จากแชตของหน่วยงาน หรือเข้าด้วยวิธีอื่นด้านล่าง", err)
}

// letIn signs in whoever has a LINE account. It is the account that their chat with us is held with, when it is of
// the same provider (line.md 5.1). Who is signed in as the same citizen already stays so, however well they are known.
func (p *Portal) letIn(r *http.Request, a account, next string) (reply, error) {
	old := citizens.SessionToken(p.cookie(r, sessionCookie))
	var session citizens.SessionToken
	err := p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		i, err := citizens.Resolve(ctx, tx, lineKind, p.line.Provider(), a.user)
		if err != nil {
			return err
		}
		if i.Name == "" && a.name != "" {
			if err := citizens.Rename(ctx, tx, i.ID, a.name); err != nil {
				return err
			}
		}
		s, known, err := citizens.FindSession(ctx, tx, old, true, p.now())
		if err != nil {
			return err
		}
		stays := known && s.Citizen == i.CitizenID
		if a.said != nil {
			err = citizens.SpendToken(ctx, tx, i.CitizenID, a.said, p.now())
		}
		if stays && errors.Is(err, citizens.ErrNoEntry) { // the page was loaded once more
			err = nil
		}
		if err != nil || stays {
			return err
		}
		session, err = p.open(ctx, tx, r, old, i.CitizenID, citizens.Account, citizens.WithLine)
		return err
	})
	switch {
	case errors.Is(err, citizens.ErrNoEntry):
		return p.failed(r, next, errToken(err))
	case err != nil:
		return nil, err
	case session == "":
		return redirect(localPath(next)), nil
	}
	return baked{redirect(localPath(next)), p.signedIn(r, session)}, nil
}
