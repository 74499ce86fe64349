package testhouse

import (
	"net/http"

	"github.com/jackc/pgx/v5"

	"saphan/bot/line"
	"saphan/citizens"
)

// Member is somebody who signed in with us, without a chat.
func (h *House) Member(name string) (id citizens.CitizenID) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		i, err := citizens.Resolve(h.T.Context(), tx, "web", "", name)
		id = i.CitizenID
		return err
	})
	return id
}

// Invite begins to join an account of ours with a chat.
func (h *House) Invite(of citizens.CitizenID) (nonce string) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		nonce, err = citizens.StartLink(h.T.Context(), tx, of, h.Now())
		return err
	})
	return nonce
}

// LinkToken asks LINE for a token of its page.
func (h *House) LinkToken() string {
	h.T.Helper()
	token, err := h.Line.LinkToken(h.T.Context(), h.Account, h.User)
	must(h.T, err)
	return token
}

// Agrees opens LINE's page as the citizen does, and waits for what follows.
func (h *House) Agrees(token, nonce string) (status int) {
	h.T.Helper()
	before := h.Count(`SELECT count(*) FROM inbound_events`)
	req, err := http.NewRequestWithContext(h.T.Context(), http.MethodGet, line.LinkURL(h.Plan.Phone+"/access", token, nonce), http.NoBody)
	must(h.T, err)
	res, err := http.DefaultClient.Do(req)
	must(h.T, err)
	must(h.T, res.Body.Close())
	if res.StatusCode == http.StatusOK {
		h.Until("LINE tells that somebody agreed", func() bool { return h.Count(`SELECT count(*) FROM inbound_events`) > before })
	}
	h.Hurried()
	return res.StatusCode
}

// Linked is the account of ours that the citizen's chat is joined with; 0: none.
func (h *House) Linked() (id citizens.CitizenID) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		i, err := citizens.Resolve(h.T.Context(), tx, line.Kind, h.Account.Provider, h.User)
		if err != nil {
			return err
		}
		id, _, err = citizens.LinkedTo(h.T.Context(), tx, i.ID)
		return err
	})
	return id
}
