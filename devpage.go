package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/api"
	"saphan/devkit"
)

//go:embed devkit/dev.html
var devPage string

// routes adds what exists only under saphan dev.
func (d *dev) routes(r chi.Router) {
	if d.sim != nil {
		r.Mount("/dev/line", http.StripPrefix("/dev/line", d.sim.Handler()))
	}
	if d.agency != nil {
		r.Mount("/dev/agency", http.StripPrefix("/dev/agency", d.agency.Handler()))
	}
	d.wayRoutes(r)
	r.Get("/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/dev/", http.StatusFound) })
	r.Get("/dev", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/dev/", http.StatusFound) })
	r.Get("/dev/", d.showPage)
	r.Get("/dev/credentials", d.showCredentials)
}

// urls are the addresses worth knowing.
func (d *dev) urls() map[string]string {
	urls := map[string]string{
		"admin": d.cfg.BaseURL + "/admin/", "verify": d.cfg.BaseURL + "/verify", "webhook": "http://" + d.cfg.Addr + "/line/webhook",
		"readyz": d.cfg.BaseURL + "/readyz", "me": d.cfg.BaseURL + "/me/sign-in", "api": d.cfg.BaseURL + api.Base + "/openapi.json",
	}
	if d.texts != nil {
		urls["sms"] = d.cfg.BaseURL + "/dev/sms/"
	}
	if d.sim != nil {
		urls["chat"] = d.cfg.BaseURL + "/dev/line/"
	}
	if d.agency != nil {
		urls["agency"] = d.cfg.BaseURL + "/dev/agency/"
	}
	return urls
}

// sharedSecret is the part of the endpoint's secret that the receiver verifies with.
func (d *dev) sharedSecret() string { return agencies.Secret(d.secrets.EndpointSecret).Shared() }

// showCredentials answers everything a script needs (the outside contract, section 4 of the design).
func (d *dev) showCredentials(w http.ResponseWriter, _ *http.Request) {
	url, _ := d.endpoint()
	body, err := json.MarshalIndent(map[string]any{
		"line": map[string]string{
			"destination": d.secrets.Line.Destination, "channel_secret": d.secrets.Line.Secret, "channel_access_token": d.secrets.Line.AccessToken,
		},
		"officers": d.secrets.Officers,
		"api_keys": d.secrets.APIKeys,
		"webhook":  map[string]string{"url": url, "secret": d.sharedSecret()},
		"urls":     d.urls(),
	}, "", "  ")
	if err != nil {
		plain(w, http.StatusInternalServerError, "credentials cannot be shown")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(body, '\n'))
}

// showPage is the page a newcomer starts from: links, and sign-in codes that change under the eyes.
func (d *dev) showPage(w http.ResponseWriter, r *http.Request) {
	type person struct {
		devkit.Officer
		RoleName, Code string
	}
	roles := map[agencies.Role]string{agencies.RoleOfficer: "เจ้าหน้าที่", agencies.RoleHead: "หัวหน้า", agencies.RoleViewer: "ดูอย่างเดียว", agencies.RoleCashier: "การเงิน", agencies.RoleDPO: "DPO"}
	data := struct {
		URLs     map[string]string
		Officers []person
		Left     int // seconds until the codes change
	}{URLs: d.urls(), Left: 30 - int(time.Now().Unix()%30)}
	for _, o := range d.secrets.Officers {
		code, err := agencies.TOTPCode(o.TOTP, time.Now())
		if err != nil {
			d.log.ErrorContext(r.Context(), "sign-in code", "err", err)
		}
		data.Officers = append(data.Officers, person{Officer: o, RoleName: roles[o.Role], Code: code})
	}
	t, err := template.New("dev").Parse(devPage)
	if err != nil {
		plain(w, http.StatusInternalServerError, "page cannot be shown")
		return
	}
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		plain(w, http.StatusInternalServerError, "page cannot be shown")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	_, _ = w.Write([]byte(b.String()))
}

// awaitReady returns when the address answers 200, or false when ctx has ended before.
func awaitReady(ctx context.Context, url string) (bool, error) {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false, fmt.Errorf("ask %s: %w", url, err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			ok := resp.StatusCode == http.StatusOK
			if err := resp.Body.Close(); err == nil && ok {
				return true, nil
			}
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}
