package admin

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// overlaps are for how many hours the old secret may go on verifying.
var overlaps = []int{0, 1, 24, 72}

// rotateSecret gives the channel a new secret. Where the channel's ID is known LINE is asked first: a
// secret copied by halves would shut every message out.
func (a *Admin) rotateSecret(r *http.Request, o agencies.Officer) (reply, error) {
	ctx := r.Context()
	ch, err := a.ownChannel(r, o)
	if err != nil {
		return nil, err
	}
	fresh := pasted(r, "secret")
	hours, err := strconv.Atoi(r.PostForm.Get("overlap"))
	if err != nil || fresh == "" || !slices.Contains(overlaps, hours) {
		return nil, fault.New(fault.Invalid, "กรุณาใส่ Channel secret ใหม่ และเลือกว่ารหัสเดิมจะใช้ได้อีกนานเท่าใด")
	}
	if ch.LineID != "" {
		profile, err := a.messenger.Identify(ctx, agencies.Channel{Kind: ch.Kind, LineID: ch.LineID, Secret: fresh, TokenKind: agencies.StatelessToken})
		if err != nil {
			return nil, err
		}
		if profile.Destination != ch.Destination {
			return nil, errOtherAccount(profile)
		}
	}
	until := a.now().Add(time.Duration(hours) * time.Hour)
	var answer reply
	err = a.own(ctx, o, func(s Scope) (err error) {
		answer, err = a.changeChannel(r, s, "secret", agencies.ChannelSecret, agencies.ChangeDetail{Until: thai.DateTime(until)}, func(ctx context.Context, ch agencies.Channel) error {
			return agencies.RotateSecret(ctx, s.Tx, a.box, ch.ID, fresh, until)
		})
		return err
	})
	return answer, err
}

func errOtherAccount(p agencies.Profile) error {
	return fault.New(fault.Invalid, "ข้อมูลนี้เป็นของบัญชี "+strings.TrimSpace(p.Name+" "+p.BasicID)+" ไม่ใช่บัญชีของช่องทางนี้ กรุณาคัดลอกจากช่องทางที่ถูกต้อง")
}

// changeTokens changes how the channel comes by its tokens, once the new way was seen to work.
func (a *Admin) changeTokens(r *http.Request, o agencies.Officer) (reply, error) {
	ctx := r.Context()
	ch, err := a.ownChannel(r, o)
	if err != nil {
		return nil, err
	}
	next := ch
	next.TokenKind, next.Token = agencies.TokenKind(r.PostForm.Get("token_kind")), pasted(r, "token")
	if id := pasted(r, "line_id"); id != "" {
		next.LineID = id
	}
	if next, err = a.withKey(next, pasted(r, "key_id"), pasted(r, "private_key")); err != nil {
		return nil, err
	}
	if _, ok := tokenWords[next.TokenKind]; !ok {
		return nil, fault.New(fault.Invalid, "ยังไม่ได้เลือกวิธีรับโทเคน กรุณาเลือกหนึ่งวิธี")
	}
	probe := next
	probe.ID = 0 // as one that was never seen: nothing is remembered of it
	profile, err := a.messenger.Identify(ctx, probe)
	if err != nil {
		return nil, err
	}
	if profile.Destination != ch.Destination {
		return nil, errOtherAccount(profile)
	}
	var answer reply
	err = a.own(ctx, o, func(s Scope) (err error) {
		detail := agencies.ChangeDetail{TokenKind: next.TokenKind}
		answer, err = a.changeChannel(r, s, "tokens", agencies.ChannelTokens, detail, func(ctx context.Context, _ agencies.Channel) error {
			return agencies.SetTokens(ctx, s.Tx, a.box, next)
		})
		return err
	})
	return answer, err
}

// withKey puts the key into use that belongs to a kid: one that was pasted, or the one that was made
// here and has been registered meanwhile.
func (a *Admin) withKey(ch agencies.Channel, keyID, text string) (agencies.Channel, error) {
	switch {
	case keyID == "" && text == "":
		if ch.TokenKind == agencies.FixedToken {
			ch.Key, ch.KeyID = "", ""
		}
		return ch, nil
	case keyID == "":
		return ch, fault.New(fault.Invalid, "ยังไม่ได้ใส่ kid ที่ LINE Developers Console แสดงหลังลงทะเบียนกุญแจสาธารณะ")
	case text != "":
		key, err := a.messenger.ReadKey(text)
		if err != nil {
			return ch, err
		}
		ch.Key, ch.KeyID = key, keyID
	case ch.NextKey != "":
		ch.Key, ch.KeyID, ch.NextKey = ch.NextKey, keyID, ""
	case ch.Key != "":
		ch.KeyID = keyID
	default:
		return ch, fault.New(fault.Invalid, "ยังไม่มีกุญแจ กรุณากด “สร้างกุญแจ” หรือวางกุญแจส่วนตัวที่มีอยู่")
	}
	return ch, nil
}

// makeKey makes a key of the channel's own; its private half never leaves the system.
func (a *Admin) makeKey(r *http.Request, s Scope) (reply, error) {
	return a.changeChannel(r, s, "key", agencies.ChannelKeyMade, agencies.ChangeDetail{}, func(ctx context.Context, ch agencies.Channel) error {
		key, err := a.messenger.NewKey()
		if err != nil {
			return err
		}
		return agencies.KeepNextKey(ctx, s.Tx, a.box, ch, key)
	})
}
