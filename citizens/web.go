package citizens

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/secret"
)

// Owner is the name under which what a person sends from pages is kept: "citizen 7", or "browser" and its hash.
func (p Person) Owner() string {
	if p.Citizen != 0 {
		return "citizen " + strconv.FormatInt(int64(p.Citizen), 10)
	}
	return "browser " + p.Browser
}

// Account is how a person is known on our own pages: "citizen:7", or "browser:" and its hash. It is empty for somebody
// who is not known at all.
func (p Person) Account() string {
	switch {
	case p.Citizen != 0:
		return "citizen:" + strconv.FormatInt(int64(p.Citizen), 10)
	case p.Browser != "":
		return "browser:" + p.Browser
	}
	return ""
}

// errNobody means that neither a citizen nor a browser is known.
func errNobody() error {
	return fault.New(fault.Unauthorized, "ระบบจำเบราว์เซอร์นี้ไม่ได้ กรุณาเปิดคุกกี้ของเบราว์เซอร์ หรือเข้าสู่ระบบก่อน")
}

// OnWeb returns the identity that a person has on our own pages, made when it is first needed. A browser stands for a
// citizen of its own, of whom nothing else is known.
func OnWeb(ctx context.Context, tx pgx.Tx, kind, provider string, p Person) (Identity, error) {
	account := p.Account()
	switch {
	case account == "":
		return Identity{}, errNobody()
	case p.Citizen == 0:
		return Resolve(ctx, tx, kind, provider, account)
	}
	e, asked, err := ErasureOf(ctx, tx, p.Citizen)
	if err != nil {
		return Identity{}, err
	}
	if asked && e.FinishedAt != nil {
		return Identity{}, fault.New(fault.Forbidden, "ข้อมูลของบัญชีนี้ถูกลบตามคำขอแล้ว กรุณาเข้าสู่ระบบใหม่เพื่อเริ่มคำขอใหม่")
	}
	return identity(ctx, tx, `INSERT INTO identities (citizen_id, kind, provider, external_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, provider, external_id) DO UPDATE SET external_id = excluded.external_id RETURNING `+identityColumns,
		p.Citizen, kind, provider, account)
}

// ProvedPhone returns the telephone (E.164) that a person proved to have, as far as that still holds; empty when there is
// none.
func ProvedPhone(ctx context.Context, tx pgx.Tx, box secret.Box, citizen CitizenID, now time.Time) (string, error) {
	all, err := Verifications(ctx, tx, box, citizen)
	if err != nil {
		return "", err
	}
	phone, since := "", time.Time{}
	for _, v := range all {
		if v.How == ByPhone && v.Holds(now) && v.Attributes.Phone != "" && !v.At.Before(since) {
			phone, since = v.Attributes.Phone, v.At
		}
	}
	return phone, nil
}
