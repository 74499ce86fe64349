package thaid

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"saphan/citizens"
	"saphan/internal/fault"
)

// ErrProof means that what came back from ThaID does not prove who somebody is. What is wrong with it is for
// the log.
var ErrProof = errors.New("ThaID's answer is no proof")

// refuse makes a fault of what is wrong with a proof. The person can only begin again.
func refuse(why string, args ...any) error {
	return fault.Wrap(fault.Forbidden, "ยืนยันตัวตนกับ ThaID ไม่สำเร็จ กรุณาเริ่มใหม่อีกครั้ง หากยังไม่ได้ โปรดติดต่อเจ้าหน้าที่ของหน่วยงาน",
		fmt.Errorf("%w: %s", ErrProof, fmt.Sprintf(why, args...)))
}

// away makes a fault of ThaID not answering.
func away(err error) error {
	return fault.Wrap(fault.Unavailable, "ขณะนี้ติดต่อระบบ ThaID ไม่ได้ กรุณารอสักครู่แล้วลองใหม่ หรือใช้วิธีอื่น", err)
}

// Redeem turns the code that the browser brought back into what ThaID knows of the person. Nonce and verifier are
// those of this very sign-in. An error is a fault: ErrProof when the answer proves nothing, otherwise ThaID
// could not be asked.
func (c *Client) Redeem(ctx context.Context, code, nonce, verifier string) (citizens.Attributes, error) {
	var none citizens.Attributes
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, c.calls), 2*callTime)
	defer cancel()
	p, err := c.known(ctx)
	if err != nil {
		return none, away(err)
	}
	token, err := c.flow(p).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return none, exchangeFault(err)
	}
	signed, ok := token.Extra("id_token").(string)
	if !ok || signed == "" {
		return none, refuse("there is no ID token")
	}
	id, err := p.verifier.Verify(ctx, signed)
	if err != nil {
		if ctx.Err() != nil {
			return none, away(err)
		}
		return none, refuse("%v", err)
	}
	if err := c.check(id, token, nonce); err != nil {
		return none, err
	}
	said, err := c.gather(ctx, p, id, token)
	if err != nil {
		return none, err
	}
	return said.attributes()
}

// exchangeFault tells ThaID's refusal of a code from ThaID being away. What it wrote is not quoted: it may be
// about a person.
func exchangeFault(err error) error {
	var answered *oauth2.RetrieveError
	if !errors.As(err, &answered) || answered.Response == nil {
		return away(errors.New("the token endpoint does not answer, or not readably"))
	}
	switch status := answered.Response.StatusCode; {
	case answered.ErrorCode == "invalid_client", status == 401:
		return away(errors.New("ThaID does not know us: check THAID_CLIENT_ID, THAID_CLIENT_SECRET and THAID_API_KEY"))
	case status >= 400 && status < 500 && status != 408 && status != 429:
		return refuse("the code was refused with %d %s", status, errorCode(answered.ErrorCode))
	default:
		return away(fmt.Errorf("the token endpoint answers %d", status))
	}
}

// errorCode keeps anything but the codes of RFC 6749 out of the log.
func errorCode(code string) string {
	if slices.Contains([]string{"invalid_request", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}, code) {
		return code
	}
	return "(another error)"
}

// check looks at what the library leaves to its caller. Signature, issuer, audience and expiry were checked.
func (c *Client) check(id *oidc.IDToken, token *oauth2.Token, nonce string) error {
	now := c.cfg.Now()
	if nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		return refuse("another nonce")
	}
	if id.IssuedAt.After(now.Add(skew)) || now.Sub(id.IssuedAt) > tokenAge {
		return refuse("issued at another time")
	}
	var party struct {
		Authorized string `json:"azp"`
	}
	if err := id.Claims(&party); err != nil {
		return refuse("claims are not readable")
	}
	if party.Authorized != "" && party.Authorized != c.cfg.ClientID || len(id.Audience) > 1 && party.Authorized == "" {
		return refuse("issued to another party")
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return refuse("the access token is not the one of the ID token")
		}
	}
	return nil
}

// gather puts together what ThaID says of the person. The signed token counts first. What it leaves out is taken
// from the answer it came with and from the userinfo page (STD-9), both read from ThaID itself over a
// connection that proves its name, unless they speak of somebody else.
func (c *Client) gather(ctx context.Context, p *published, id *oidc.IDToken, token *oauth2.Token) (claims, error) {
	said := claims{}
	if err := id.Claims(&said); err != nil {
		return nil, refuse("claims are not readable")
	}
	beside := claims{}
	for _, name := range names() {
		if v := token.Extra(name); v != nil {
			beside[name] = v
		}
	}
	if err := said.add(beside); err != nil {
		return nil, err
	}
	if p.provider.UserInfoEndpoint() == "" || said.whole() {
		return said, nil
	}
	info, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, away(errors.New("the userinfo page does not answer"))
	}
	if info.Subject != id.Subject {
		return nil, refuse("the userinfo page speaks of another subject")
	}
	more := claims{}
	if err := info.Claims(&more); err != nil {
		return nil, refuse("the userinfo page is not readable")
	}
	return said, said.add(more)
}

// claims is what is said of a person, by the names of OpenID Connect.
type claims map[string]any

// UnmarshalJSON keeps numbers as they were written: a national ID must not become 1.2e12.
func (c *claims) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*c = claims{}
	for name, value := range raw {
		var text string
		var parts map[string]any
		switch {
		case json.Unmarshal(value, &text) == nil:
			(*c)[name] = text
		case json.Unmarshal(value, &parts) == nil && parts != nil:
			(*c)[name] = parts
		case len(value) > 0 && value[0] >= '0' && value[0] <= '9':
			(*c)[name] = string(value)
		}
	}
	return nil
}
