package jobs

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot/line"
	"saphan/citizens"
)

// account is somebody who signed in with us, without a chat.
func (h *house) person(name string) (id citizens.CitizenID) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		i, err := citizens.Resolve(h.t.Context(), tx, "web", "", name)
		id = i.CitizenID
		return err
	})
	return id
}

func (h *house) nonce(of citizens.CitizenID) (nonce string) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) (err error) {
		nonce, err = citizens.StartLink(h.t.Context(), tx, of, h.Now())
		return err
	})
	return nonce
}

func (h *house) linkToken() string {
	h.t.Helper()
	channel, ok := h.Menus[line.Kind].(*line.Channel)
	if !ok {
		h.t.Fatal("the channel is not LINE's")
	}
	token, err := channel.LinkToken(h.t.Context(), h.account, h.citizen)
	must(h.t, err)
	return token
}

// agrees opens LINE's page as the citizen does, and waits for what follows.
func (h *house) agrees(token, nonce string) (status int) {
	h.t.Helper()
	before := h.count(`SELECT count(*) FROM inbound_events`)
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, line.LinkURL(h.phone+"/access", token, nonce), http.NoBody)
	must(h.t, err)
	res, err := http.DefaultClient.Do(req)
	must(h.t, err)
	must(h.t, res.Body.Close())
	if res.StatusCode == http.StatusOK {
		h.until("LINE tells that somebody agreed", func() bool { return h.count(`SELECT count(*) FROM inbound_events`) > before })
	}
	h.settled()
	return res.StatusCode
}

// linkedTo is the person that the citizen's chat is joined with; 0: nobody.
func (h *house) linkedTo() (id citizens.CitizenID) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		i, err := citizens.Resolve(h.t.Context(), tx, line.Kind, h.account.Provider, h.citizen)
		if err != nil {
			return err
		}
		id, _, err = citizens.LinkedTo(h.t.Context(), tx, i.ID)
		return err
	})
	return id
}

// Row 52: an account is joined when LINE's page was passed with a fresh token and an unused nonce of ours,
// and in no other way.
func TestRow52AccountLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	malee, wichai := h.person("malee"), h.person("wichai")
	good := h.nonce(malee)
	if status := h.agrees(h.linkToken(), good); status != http.StatusOK || h.linkedTo() != malee {
		t.Fatalf("status %d, linked to %d, want %d", status, h.linkedTo(), malee)
	}
	if h.times("เชื่อมบัญชี LINE นี้กับบัญชีของคุณเรียบร้อยแล้ว") != 1 || h.times("เลิกเชื่อมบัญชี") == 0 {
		t.Error("the citizen was not told, or not how to undo it")
	}
	h.say("เลิกเชื่อมบัญชี")
	if h.linkedTo() != 0 || h.times("ไม่ได้เชื่อมกับบัญชีใดแล้ว") != 1 {
		t.Error("it cannot be undone")
	}
	old := h.nonce(wichai)
	for i, nonce := range []string{good, strings.Repeat("A", 26), old} {
		if nonce == old {
			h.ahead.Add(int64(citizens.LinkLife + time.Second))
		}
		if status := h.agrees(h.linkToken(), nonce); status != http.StatusOK || h.linkedTo() != 0 {
			t.Errorf("nonce %d: status %d, linked to %d", i, status, h.linkedTo())
		}
		if n := h.times("เชื่อมบัญชีไม่สำเร็จ"); n != i+1 {
			t.Errorf("nonce %d: the citizen was told %d times that it failed", i, n)
		}
	}
	// LINE refuses: the page says so, and we hear nothing, or of a failure that names nobody.
	token := h.linkToken()
	h.agrees(token, h.nonce(malee))
	h.say("เลิกเชื่อมบัญชี")
	if status := h.agrees(token, h.nonce(malee)); status == http.StatusOK || h.linkedTo() != 0 {
		t.Errorf("a token that was used: status %d, linked to %d", status, h.linkedTo())
	}
	if status := h.agrees("no such token", h.nonce(malee)); status == http.StatusOK || h.linkedTo() != 0 {
		t.Errorf("a forged token: status %d, linked to %d", status, h.linkedTo())
	}
	if status := h.agrees(h.linkToken(), "short"); status == http.StatusOK || h.linkedTo() != 0 {
		t.Errorf("a failed result: status %d, linked to %d", status, h.linkedTo())
	}
	// A failure that names the person uses up the nonce.
	failed := h.nonce(malee)
	h.event(map[string]any{"type": "accountLink", "link": map[string]string{"result": "failed", "nonce": failed}})
	h.settled()
	if h.agrees(h.linkToken(), failed); h.linkedTo() != 0 {
		t.Error("a nonce of a failed result was good afterwards")
	}
	h.quietAbout(good, failed, token, h.citizen)
}
