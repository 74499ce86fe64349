package main

import (
	"strings"
	"testing"
	"time"
)

// What makes citizens known is there when it is configured, and refused at start when it is configured by half.
func TestWays(t *testing.T) {
	t.Parallel()
	read := func(env map[string]string) (ways, error) {
		t.Helper()
		cfg, err := readConfig(func(name string) string {
			if name == "BASE_URL" {
				return "https://saphan.example.go.th"
			}
			return env[name]
		})
		if err != nil {
			t.Fatal(err)
		}
		return cfg.ways(time.Now)
	}
	if w, err := read(nil); err != nil || w.thaid != nil || w.line != nil || w.texts != nil {
		t.Errorf("nothing configured: %+v, %v", w, err)
	}
	w, err := read(map[string]string{
		"THAID_ISSUER": "https://thaid.example.go.th", "THAID_CLIENT_ID": "c", "THAID_CLIENT_SECRET": "s", "THAID_SCOPES": "pid name",
		"LINE_LOGIN_CHANNEL_ID": "1", "LINE_LOGIN_CHANNEL_SECRET": "s", "LINE_LOGIN_PROVIDER": "p",
		"SMS_URL": "https://sms.example.com/send", "SMS_BODY": "to={{query .To}}", "SMS_TYPE": "application/x-www-form-urlencoded",
	})
	if err != nil || w.thaid == nil || w.line == nil || w.texts == nil {
		t.Errorf("everything configured: %+v, %v", w, err)
	}
	for name, env := range map[string]map[string]string{
		"THAID_CLIENT_SECRET": {"THAID_CLIENT_ID": "c", "THAID_ISSUER": "https://thaid.example.go.th"},
		"THAID_ISSUER":        {"THAID_CLIENT_ID": "c", "THAID_CLIENT_SECRET": "s"},
		"THAID_TOKEN_URL":     {"THAID_CLIENT_ID": "c", "THAID_CLIENT_SECRET": "s", "THAID_ISSUER": "https://x.example.com", "THAID_AUTH_URL": "https://x.example.com/a"},
		"LINE_LOGIN_PROVIDER": {"LINE_LOGIN_CHANNEL_ID": "1", "LINE_LOGIN_CHANNEL_SECRET": "s"},
		"SMS_URL":             {"SMS_URL": "http://sms.example.com"},
		"SMS_BODY":            {"SMS_URL": "https://sms.example.com", "SMS_BODY": "{{.Nobody}}"},
	} {
		if _, err := read(env); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v, which should name %s", env, err, name)
		}
	}
}
