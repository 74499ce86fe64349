package line_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
)

// Rows 32 to 34: which tries LINE certainly did not take. Of all others nobody knows, and an answer that is
// not LINE's proves nothing.
func TestRow32WhatWasCertainlyNotTaken(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	for status, certain := range map[any]bool{
		401: true, "too_many": true,
		408: false, 409: false, 500: false, 503: false, "reset": false, "reset_after_accept": false, "garbage": false,
	} {
		p.fail(map[string]any{"path": "/v2/bot/message/push", "status": status})
		if r := p.try(p.push("ก")); r.Verdict != bot.TryAgain || r.Untaken != certain {
			t.Errorf("%v: %+v", status, r)
		}
	}
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	away := nobody.URL
	if r := line.NewChannel(away, away).Send(t.Context(), p.account, p.push("ก")); r.Verdict != bot.TryAgain || !r.Untaken {
		t.Errorf("nobody takes the connection: %+v", r)
	}
	if r := line.NewChannel(away, away).Send(t.Context(), agencies.Channel{ID: 2, Kind: line.Kind, LineID: "2", Secret: "s"}, p.push("ก")); r.Verdict != bot.TryAgain || !r.Untaken {
		t.Errorf("no token to be had: %+v", r)
	}
}
