package portal

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/citizens"
)

// profilePage shows what is not asked again.
type profilePage struct {
	own
	Facts []ownFact
}

// ownFact is something known about the person.
type ownFact struct {
	Key      citizens.FactKey
	Label    string
	Text     string
	From     string
	Verified bool
}

func (p *Portal) showProfile(r *http.Request, v Visitor) (reply, error) {
	page := profilePage{own: ownOf(r, "profile", "ข้อมูลที่จำไว้", "What we remember")}
	if r.URL.Query().Get("done") == "deleted" {
		page.Done = page.T("ลบแล้ว ครั้งหน้าระบบจะถามใหม่", "Deleted. You will be asked again next time.")
	}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		person, err := p.person(ctx, tx, v)
		if err != nil {
			return err
		}
		facts, err := citizens.Profile(ctx, tx, p.box, person)
		for _, f := range facts {
			page.Facts = append(page.Facts, ownFact{f.Key, factLabel(page.own, f.Key), f.Text, originWords(page.own, f) + " · " + page.When(f.At), f.Verified})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return html{view: "me_profile", keep: keepNever, data: page}, nil
}

// person is the account whose facts the visitor may see: the one that stands for the person where ThaID vouched for
// them in this session.
func (p *Portal) person(ctx context.Context, tx pgx.Tx, v Visitor) (citizens.CitizenID, error) {
	if v.Proved < citizens.Proven {
		return v.Citizen, nil
	}
	return citizens.PersonOf(ctx, tx, v.Citizen, p.now())
}

func (p *Portal) forgetFact(r *http.Request, v Visitor) (reply, error) {
	key := citizens.FactKey(chi.URLParam(r, "key"))
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		accounts, err := v.accounts(ctx, tx, p)
		if err != nil {
			return err
		}
		for _, account := range accounts { // the same fact may be kept with each
			if err := citizens.ForgetFact(ctx, tx, account, key); err != nil && !errors.Is(err, citizens.ErrNoFact) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return redirect("/me/profile?done=deleted"), nil
}

// factLabel names a fact.
func factLabel(o own, k citizens.FactKey) string {
	switch k {
	case citizens.FactTitle:
		return o.T("คำนำหน้า", "Title")
	case citizens.FactName:
		return o.T("ชื่อและนามสกุล", "Name")
	case citizens.FactBirthDate:
		return o.T("วันเกิด", "Date of birth")
	case citizens.FactNationality:
		return o.T("สัญชาติ", "Nationality")
	case citizens.FactNationalID:
		return o.T("เลขประจำตัวประชาชน", "National ID")
	case citizens.FactPhone:
		return o.T("เบอร์โทรศัพท์", "Telephone")
	case citizens.FactEmail:
		return o.T("อีเมล", "E-mail")
	case citizens.FactAddress:
		return o.T("ที่อยู่", "Address")
	case citizens.FactJuristicName:
		return o.T("ชื่อนิติบุคคล", "Name of the juristic person")
	case citizens.FactJuristicNumber:
		return o.T("เลขทะเบียนนิติบุคคล", "Juristic person number")
	case citizens.FactBank:
		return o.T("ธนาคาร", "Bank")
	case citizens.FactBankAccount:
		return o.T("เลขบัญชีธนาคาร", "Bank account")
	default: // a service brought it
		return strings.ReplaceAll(string(k), "_", " ")
	}
}

// originWords say where a fact came from.
func originWords(o own, f citizens.Fact) string {
	kind, _, _ := strings.Cut(f.Origin, " ")
	switch kind {
	case "thaid":
		return "ThaID"
	case "phone":
		return o.T("ยืนยันด้วยรหัสทางโทรศัพท์", "proved by a code on the phone")
	case "officer":
		return o.T("เจ้าหน้าที่ตรวจบัตร", "an officer saw the card")
	default:
		return o.T("จากคำขอที่ท่านเคยยื่น", "from a request of yours")
	}
}
