package checklist

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	simulator "saphan/devkit/line"
	"saphan/devkit/testhouse"
	"saphan/tickets"
)

// plainTexts are the bot's bubbles after the n-th that are words, not cards.
func (h *house) plainTexts(n int) (all []string) {
	h.T.Helper()
	for _, b := range h.Answers()[n:] {
		var m struct{ Type, Text string }
		must(h.T, json.Unmarshal(b.Message, &m))
		if m.Type == "text" {
			all = append(all, m.Text)
		}
	}
	return all
}

// Row 36: a card that LINE refuses is not tried again as it is: the citizen reads the same in plain
// words. When those are refused too, an officer sees that nothing arrived.
func TestRow36RefusedCard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.UseUp()
	before, calls := len(h.Said()), len(h.Requests("/message/push"))
	h.Fail("/v2/bot/message/push", 400, 1)
	h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ต้องขอสองอย่าง"})
	h.Hurried()
	if got := h.plainTexts(before); len(h.Said()) != before+1 || len(got) != 1 || !strings.Contains(got[0], "ต้องขอสองอย่าง") {
		t.Errorf("the citizen reads %q", h.Said()[before:])
	}
	made := h.Requests("/message/push")[calls:]
	if len(made) != 2 || made[0].RetryKey == made[1].RetryKey || string(made[0].Body) == string(made[1].Body) {
		t.Errorf("%d calls: the refused one was made again", len(made))
	}
	// Nothing that we send is taken.
	second := h.File("question", testhouse.Answer("question", "ถามอีกหน่อย"))
	h.UseUp()
	before, calls = len(h.Said()), len(h.Requests("/message/push"))
	h.Fail("/v2/bot/message/push", 400, 1000)
	h.Replies(second.ID, "k", "คำตอบที่ LINE ไม่รับ")
	h.Hurried()
	if n := len(h.Requests("/message/push")) - calls; n > 2 || len(h.Said()) != before {
		t.Errorf("%d calls; shown %q", n, h.Said()[before:])
	}
	if state := h.List(`SELECT sending_state(ticket_id, source) FROM ticket_messages WHERE author = 'officer'`); !slices.Equal(state, []string{"failed"}) {
		t.Errorf("the officer sees %q", state)
	}
	h.Settings(map[string]any{"failNext": []any{}})
	h.Say("สวัสดี")
	h.NothingWaits()
}

// Row 37: after a 429 of the rate the calls of that account wait and go on; those of another account do
// not wait with them.
func TestRow37OneAccountTooFast(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.OpenAccount(agencies.Channel{Destination: "U3333333333333333333333333333333f", Provider: "p", Name: "บัญชีที่สอง", Secret: "s4", Token: "t4"})
	h.Follow()
	neighbour := h.NewPerson("เพื่อนบ้าน")
	neighbour.Channel = other.Destination
	neighbour.Follow()
	h.UseUp()
	before, said := len(h.Said()), len(neighbour.Said())
	h.Fail("/v2/bot/message/push", "rate", 3)
	h.Tell(testhouse.Many(3)...)
	h.Until("the rate is felt", func() bool { return h.Calls("/message/push")[http.StatusTooManyRequests] > 0 })
	neighbour.Types("เมนู") // answered by reply
	h.Until("the neighbour is answered", func() bool { return len(neighbour.Said()) > said })
	h.Hurried()
	h.Shown(before, testhouse.Many(3)...)
	keys := map[string]bool{}
	for _, r := range h.Requests("/message/push") {
		keys[r.RetryKey] = true
	}
	if len(keys) != 1 {
		t.Errorf("%d keys for one call", len(keys))
	}
}

// Row 40: a token that LINE does not know any more is fetched again, once, and the call is repeated: the
// citizen does not notice.
func TestRow40TokenRevokedInFlight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const destination, id = "U4444444444444444444444444444444f", "1650000004"
	account := agencies.Channel{AgencyID: h.Agency.ID, Kind: h.Account.Kind, Destination: destination, Provider: "p", Name: "บัญชีที่สาม", Secret: "s5", LineID: id, TokenKind: agencies.StatelessToken}
	h.Everywhere(func(tx pgx.Tx) (err error) {
		account.ID, err = agencies.CreateChannel(t.Context(), tx, h.Box, account)
		return err
	})
	must(t, h.Sim.AddChannel(simulator.Channel{Destination: destination, ID: id, Provider: "p", Secret: "s5", AccessToken: "not the bot's", Name: account.Name, WebhookURL: h.HookURL}))
	h.Channel = destination
	h.Follow()
	if n := len(h.Requests("/oauth2/v3/token")); n != 1 {
		t.Errorf("%d tokens were fetched for the first answers", n)
	}
	before := len(h.Said())
	h.Fail("/v2/bot/message/reply", "revoked", 1)
	h.Say("เมนู")
	if len(h.Said()) == before {
		t.Error("not answered")
	}
	if calls := h.Calls("/message/reply"); calls[http.StatusUnauthorized] != 1 {
		t.Errorf("replies %v", calls)
	}
	if n := len(h.Requests("/oauth2/v3/token")); n != 2 {
		t.Errorf("%d tokens were fetched in all", n)
	}
	h.Is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
	h.Say("เมนู")
	if n := len(h.Requests("/oauth2/v3/token")); n != 2 {
		t.Errorf("%d tokens were fetched in the end", n)
	}
}
