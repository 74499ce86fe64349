package jobs

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"saphan/citizens"
)

// Row 52: an account is joined when LINE's page was passed with a fresh token and an unused nonce of ours,
// and in no other way.
func TestRow52AccountLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	malee, wichai := h.Member("malee"), h.Member("wichai")
	good := h.Invite(malee)
	if status := h.Agrees(h.LinkToken(), good); status != http.StatusOK || h.Linked() != malee {
		t.Fatalf("status %d, linked to %d, want %d", status, h.Linked(), malee)
	}
	if h.Times("เชื่อมบัญชี LINE นี้กับบัญชีของคุณเรียบร้อยแล้ว") != 1 || h.Times("เลิกเชื่อมบัญชี") == 0 {
		t.Error("the citizen was not told, or not how to undo it")
	}
	h.Say("เลิกเชื่อมบัญชี")
	if h.Linked() != 0 || h.Times("ไม่ได้เชื่อมกับบัญชีใดแล้ว") != 1 {
		t.Error("it cannot be undone")
	}
	old := h.Invite(wichai)
	for i, nonce := range []string{good, strings.Repeat("A", 26), old} {
		if nonce == old {
			h.Ahead.Add(int64(citizens.LinkLife + time.Second))
		}
		if status := h.Agrees(h.LinkToken(), nonce); status != http.StatusOK || h.Linked() != 0 {
			t.Errorf("nonce %d: status %d, linked to %d", i, status, h.Linked())
		}
		if n := h.Times("เชื่อมบัญชีไม่สำเร็จ"); n != i+1 {
			t.Errorf("nonce %d: the citizen was told %d times that it failed", i, n)
		}
	}
	// LINE refuses: the page says so, and we hear nothing, or of a failure that names nobody.
	token := h.LinkToken()
	h.Agrees(token, h.Invite(malee))
	h.Say("เลิกเชื่อมบัญชี")
	if status := h.Agrees(token, h.Invite(malee)); status == http.StatusOK || h.Linked() != 0 {
		t.Errorf("a token that was used: status %d, linked to %d", status, h.Linked())
	}
	if status := h.Agrees("no such token", h.Invite(malee)); status == http.StatusOK || h.Linked() != 0 {
		t.Errorf("a forged token: status %d, linked to %d", status, h.Linked())
	}
	if status := h.Agrees(h.LinkToken(), "short"); status == http.StatusOK || h.Linked() != 0 {
		t.Errorf("a failed result: status %d, linked to %d", status, h.Linked())
	}
	// A failure that names the person uses up the nonce.
	failed := h.Invite(malee)
	h.Event(map[string]any{"type": "accountLink", "link": map[string]string{"result": "failed", "nonce": failed}})
	h.Settled()
	if h.Agrees(h.LinkToken(), failed); h.Linked() != 0 {
		t.Error("a nonce of a failed result was good afterwards")
	}
	h.QuietAbout(good, failed, token, h.User)
}

// Row 52: LINE tells of a link that failed without saying whose it was (line.md 1.3). Its nonce is used up all the
// same, and is not kept.
func TestRow52FailedLinkOfNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	malee := h.Member("malee")
	for _, mode := range []string{"active", "standby"} {
		nonce := h.Invite(malee)
		h.Event(map[string]any{"type": "accountLink", "mode": mode, "source": nil, "replyToken": nil, "link": map[string]string{"result": "failed", "nonce": nonce}})
		h.Settled()
		h.Is(0, "requests to link", `SELECT count(*) FROM link_requests`)
		h.Nowhere(nonce)
		if h.Agrees(h.LinkToken(), nonce); h.Linked() != 0 {
			t.Errorf("%s: a nonce of a failed result was good afterwards", mode)
		}
		h.QuietAbout(nonce)
	}
}
