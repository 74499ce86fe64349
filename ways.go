package main

import (
	"fmt"
	"strings"
	"time"

	"saphan/bot/line"
	"saphan/citizens/sms"
	"saphan/citizens/thaid"
	"saphan/jobs"
	"saphan/portal"
)

// ways are the parts that make citizens known: each is there when it is configured, and nil otherwise.
type ways struct {
	thaid portal.IdentityProvider
	line  portal.LineLogin
	texts jobs.Texter
}

// ways makes them. It calls nobody.
func (c config) ways(now func() time.Time) (ways, error) {
	var w ways
	if c.ThaIDClientID != "" || c.ThaIDClientSecret != "" || c.ThaIDIssuer != "" {
		client, err := thaid.New(thaid.Config{
			Issuer: c.ThaIDIssuer, AuthURL: c.ThaIDAuthURL, TokenURL: c.ThaIDTokenURL, KeysURL: c.ThaIDKeysURL, UserInfoURL: c.ThaIDUserInfoURL,
			ClientID: c.ThaIDClientID, ClientSecret: c.ThaIDClientSecret, Scopes: strings.Fields(c.ThaIDScopes), APIKey: c.ThaIDAPIKey,
			RedirectURL: c.BaseURL + portal.ThaIDReturn, Now: now,
		})
		if err != nil {
			return ways{}, fmt.Errorf("ThaID: %w", err)
		}
		w.thaid = client
	}
	if c.LineLoginID != "" || c.LineLoginSecret != "" {
		login, err := line.NewLogin(line.LoginConfig{
			ID: c.LineLoginID, Secret: c.LineLoginSecret, Provider: c.LineLoginProvider, Access: c.LineAccessURL, API: c.LineAPIURL,
			Redirect: c.BaseURL + portal.LineReturn, Now: now,
		})
		if err != nil {
			return ways{}, fmt.Errorf("LINE Login: %w", err)
		}
		w.line = login
	}
	if c.SMSURL != "" {
		gateway, err := sms.New(sms.Config{URL: c.SMSURL, Token: c.SMSToken, Body: c.SMSBody, Type: c.SMSType})
		if err != nil {
			return ways{}, fmt.Errorf("SMS: %w", err)
		}
		w.texts = gateway
	}
	return w, nil
}
