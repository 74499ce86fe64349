package main

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/devkit/sms"
	"saphan/devkit/thaid"
)

// startWays plays whoever makes citizens known: ThaID, LINE Login and an SMS gateway. Each is replaced by the real
// one when its variable is set.
func (d *dev) startWays() error {
	here := "http://" + d.cfg.Addr
	if d.cfg.ThaIDClientID == "" && d.cfg.ThaIDIssuer == "" {
		issuer := d.cfg.BaseURL + "/dev/thaid"
		d.cfg.ThaIDIssuer, d.cfg.ThaIDClientID, d.cfg.ThaIDClientSecret = issuer, "saphan-dev", rand.Text()
		// The browser comes by the public address; we ourselves take the short way.
		d.cfg.ThaIDAuthURL, d.cfg.ThaIDTokenURL = issuer+thaid.AuthPath, here+"/dev/thaid"+thaid.TokenPath
		d.cfg.ThaIDKeysURL, d.cfg.ThaIDUserInfoURL = here+"/dev/thaid"+thaid.KeysPath, here+"/dev/thaid"+thaid.UserInfoPath
		var err error
		d.thaid, err = thaid.New(thaid.Config{
			Issuer: func() string { return issuer }, ClientID: d.cfg.ThaIDClientID, ClientSecret: d.cfg.ThaIDClientSecret, Now: time.Now, Logger: d.log,
		})
		if err != nil {
			return err
		}
	}
	if d.sim != nil && d.cfg.LineLoginID == "" {
		d.cfg.LineLoginID, d.cfg.LineLoginSecret, d.cfg.LineLoginProvider = d.secrets.Line.ChannelID, d.secrets.Line.Secret, d.secrets.Line.ProviderName
		d.cfg.LineAccessURL = d.cfg.BaseURL + "/dev/line/access"
	}
	if d.cfg.SMSURL == "" {
		var err error
		if d.texts, err = sms.New(time.Now); err != nil {
			return err
		}
		d.cfg.SMSURL = here + "/dev/sms/send"
	}
	return nil
}

// wayRoutes adds what is played of them.
func (d *dev) wayRoutes(r chi.Router) {
	if d.thaid != nil {
		r.Mount("/dev/thaid", http.StripPrefix("/dev/thaid", d.thaid.Handler()))
	}
	if d.texts != nil {
		r.Mount("/dev/sms", http.StripPrefix("/dev/sms", d.texts.Handler()))
	}
}
