package admin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/promptpay"
	"saphan/internal/qr"
	"saphan/internal/thai"
	"saphan/payments"
)

// accountPage is where the agency takes money, with a code to try it.
type accountPage struct {
	chrome
	Account payments.Account
	Kinds   []accountKind
	Code    *qr.Code // a payment of testSatang; nil: no PromptPay
	Amount  string
	Seen    string // when what is stored was decided; empty: nothing is
	Saved   bool   // the code is of what is stored
	Problem string
	Done    string
}

type accountKind struct {
	Kind  promptpay.Kind
	Label string
}

// accountKinds are the ways an agency can be known by at PromptPay.
func accountKinds() []accountKind {
	return []accountKind{
		{"", "ไม่รับพร้อมเพย์"}, {promptpay.Biller, "Biller ID (15 หลัก)"}, {promptpay.ID, "เลขประจำตัวผู้เสียภาษี (13 หลัก)"},
		{promptpay.Mobile, "เบอร์มือถือ"}, {promptpay.Wallet, "e-Wallet (15 หลัก)"},
	}
}

// testSatang is what the code asks for by which an account is tried.
const testSatang = 100

func (a *Admin) showAccount(r *http.Request, s Scope) (reply, error) {
	account, _, err := payments.FindAccount(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	p, err := a.accountPage(r.Context(), s, account)
	p.Done, p.Seen, p.Saved = doneSetting[r.FormValue("done")], seenAccount(account), true
	return page{view: "account", data: p}, err
}

func (a *Admin) accountPage(ctx context.Context, s Scope, account payments.Account) (accountPage, error) {
	c, err := chromeOf(ctx, s, "บัญชีรับเงิน")
	if err != nil {
		return accountPage{}, err
	}
	p := accountPage{chrome: c, Account: account, Kinds: accountKinds(), Amount: thai.Baht(testSatang)}
	p.Code, err = testCode(account)
	return p, err
}

// testCode is a payment of a baht to the account, for the officer's own banking app: it shows whose it is.
func testCode(account payments.Account) (*qr.Code, error) {
	if account.Kind == "" {
		return nil, nil //nolint:nilnil // there is nothing to try
	}
	to, err := promptpay.ParseAccount(account.Kind, account.Number)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // what is wrong is told beside the field
	}
	payment := promptpay.Payment{To: to, Satang: testSatang}
	if to.Kind == promptpay.Biller {
		payment.Ref1 = "TEST"
	}
	text, err := payment.Payload()
	if err != nil {
		return nil, err
	}
	code, err := qr.New(text)
	return &code, err
}

// seenAccount names a decision about the account: a page that was drawn from another one must not undo it unseen.
func seenAccount(account payments.Account) string {
	if account.At.IsZero() {
		return ""
	}
	return account.At.UTC().Format(time.RFC3339Nano)
}

// setAccount changes where the agency takes money, with a line in its history. Of two heads at once the second is shown
// what the first decided, beside what he typed.
func (a *Admin) setAccount(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	account := payments.Account{
		Kind: promptpay.Kind(r.PostForm.Get("kind")), Number: r.PostForm.Get("number"), Name: r.PostForm.Get("name"), Counter: unixLines(r.PostForm.Get("counter")),
	}
	before, had, err := payments.LockAccount(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	if seen := r.PostForm.Get("seen"); seen != seenAccount(before) {
		err = fault.Newf(fault.Conflict, "มีผู้เปลี่ยนบัญชีรับเงินระหว่างที่ท่านพิมพ์ ขณะนี้คือ {account} กรุณาตรวจทุกช่องแล้วบันทึกอีกครั้งถ้าต้องการเปลี่ยน", "account", accountWords(before))
	} else {
		err = a.till().SetAccount(ctx, s.Tx, s.Agency, s.Officer.ID, account)
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.Conflict) {
		problem := fault.MessageOf(err)
		p, err := a.accountPage(ctx, s, account)
		p.Problem, p.Seen = problem, seenAccount(before)
		return page{view: "account", status: kind.Status(), data: p}, err
	}
	if err != nil {
		return nil, err
	}
	after, _, err := payments.FindAccount(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	before.At = after.At
	if !had || before != after {
		if err := a.changed(ctx, s, agencies.AccountChanged, agencies.ChangeDetail{Ref: accountWords(after)}); err != nil {
			return nil, err
		}
	}
	return redirect(link("/account", url.Values{"done": {"account"}})), nil
}

// accountWords says an account in a line of the history. It stands on every picture to pay by, so it is no secret.
func accountWords(account payments.Account) string {
	for _, k := range accountKinds() {
		if k.Kind == account.Kind {
			return strings.TrimSpace(k.Label + " " + account.Number + " " + account.Name)
		}
	}
	return string(account.Kind)
}
