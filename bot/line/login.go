package line

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"saphan/internal/fault"
)

// LoginConfig is a LINE Login channel of ours and where LINE is.
type LoginConfig struct {
	ID, Secret string // of the channel
	Provider   string // that the channel belongs to, as its official accounts have it: user IDs are one per provider
	Access     string // https://access.line.me, or a simulator's
	API        string // https://api.line.me, or a simulator's
	Redirect   string // of ours; registered with the channel
	Now        func() time.Time
}

// Login is sign-in with LINE (line.md 4.4).
type Login struct {
	cfg    LoginConfig
	tokens *IDTokens
	calls  *http.Client
	flow   *oauth2.Config
}

// NewLogin returns a Login. It calls nobody.
func NewLogin(c LoginConfig) (*Login, error) {
	if c.ID == "" || c.Secret == "" || c.Provider == "" {
		return nil, errors.New("LINE_LOGIN_CHANNEL_ID, LINE_LOGIN_CHANNEL_SECRET and LINE_LOGIN_PROVIDER must be set together")
	}
	return &Login{
		cfg: c, tokens: NewIDTokens(c.API, c.Now), calls: caller(bounded{base: http.DefaultTransport}, callTime),
		flow: &oauth2.Config{
			ClientID: c.ID, ClientSecret: c.Secret, RedirectURL: c.Redirect, Scopes: []string{"openid", "profile"},
			Endpoint: oauth2.Endpoint{AuthURL: c.Access + "/oauth2/v2.1/authorize", TokenURL: c.API + "/oauth2/v2.1/token", AuthStyle: oauth2.AuthStyleInParams},
		},
	}, nil
}

// Provider is the provider that the login channel belongs to.
func (l *Login) Provider() string { return l.cfg.Provider }

// Page is the address of LINE's page, to which the browser is sent.
func (l *Login) Page(_ context.Context, state, nonce, verifier string) (string, error) {
	return l.flow.AuthCodeURL(state, oauth2.SetAuthURLParam("nonce", nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// Redeem turns the code that the browser brought back into an account. Nonce and verifier are those of this very
// sign-in. Its errors are faults.
func (l *Login) Redeem(ctx context.Context, code, nonce, verifier string) (user, name string, err error) {
	token, err := l.flow.Exchange(context.WithValue(ctx, oauth2.HTTPClient, l.calls), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", "", redeemFault(err)
	}
	signed, ok := token.Extra("id_token").(string)
	if !ok {
		return "", "", loginFault(fmt.Errorf("%w: there is none", ErrIDToken))
	}
	return l.verify(ctx, LoginChannel{ID: l.cfg.ID, Secret: l.cfg.Secret, Kind: WebLogin}, signed, nonce)
}

// Recognise reads an ID token that LINE's app gave to a page of ours (LIFF). Its errors are faults.
func (l *Login) Recognise(ctx context.Context, idToken string) (user, name string, err error) {
	return l.verify(ctx, LoginChannel{ID: l.cfg.ID, Kind: AppLogin}, idToken, "")
}

func (l *Login) verify(ctx context.Context, channel LoginChannel, token, nonce string) (user, name string, err error) {
	who, err := l.tokens.Verify(ctx, channel, token, nonce)
	if err != nil {
		return "", "", loginFault(err)
	}
	return who.UserID, who.Name, nil
}

// redeemFault tells LINE's refusal of a code from LINE being away.
func redeemFault(err error) error {
	var answered *oauth2.RetrieveError
	if !errors.As(err, &answered) || answered.Response == nil {
		return loginFault(errors.New("LINE Login does not answer, or not readably"))
	}
	if status := answered.Response.StatusCode; answered.ErrorCode == "invalid_client" || status != http.StatusBadRequest {
		return loginFault(fmt.Errorf("LINE Login answers %d: check LINE_LOGIN_CHANNEL_ID and LINE_LOGIN_CHANNEL_SECRET", status))
	}
	return loginFault(fmt.Errorf("%w: the code is refused", ErrIDToken))
}

// loginFault is what the person is told: to begin again, or to wait.
func loginFault(err error) error {
	if errors.Is(err, ErrIDToken) {
		return fault.Wrap(fault.Forbidden, "เข้าด้วย LINE ไม่สำเร็จ กรุณาเริ่มใหม่อีกครั้ง หรือขอลิงก์ในแชตของหน่วยงาน", err)
	}
	return fault.Wrap(fault.Unavailable, "ขณะนี้ติดต่อ LINE ไม่ได้ กรุณารอสักครู่แล้วลองใหม่ หรือใช้วิธีอื่น", err)
}
