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
	"saphan/tickets"
)

// plainTexts are the bot's bubbles after the n-th that are words, not cards.
func (p *person) plainTexts(n int) (all []string) {
	p.h.t.Helper()
	for _, b := range p.answers()[n:] {
		var m struct{ Type, Text string }
		must(p.h.t, json.Unmarshal(b.Message, &m))
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
	ticket := h.file("question", answer("question", "ถามหน่อย"))
	h.useUp()
	before, calls := len(h.said()), len(h.requests("/message/push"))
	h.fail("/v2/bot/message/push", 400, 1)
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Decide(t.Context(), tx, by, tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ต้องขอสองอย่าง"})
	})
	h.hurried()
	if got := h.plainTexts(before); len(h.said()) != before+1 || len(got) != 1 || !strings.Contains(got[0], "ต้องขอสองอย่าง") {
		t.Errorf("the citizen reads %q", h.said()[before:])
	}
	made := h.requests("/message/push")[calls:]
	if len(made) != 2 || made[0].RetryKey == made[1].RetryKey || string(made[0].Body) == string(made[1].Body) {
		t.Errorf("%d calls: the refused one was made again", len(made))
	}
	// Nothing that we send is taken.
	second := h.file("question", answer("question", "ถามอีกหน่อย"))
	h.useUp()
	before, calls = len(h.said()), len(h.requests("/message/push"))
	h.fail("/v2/bot/message/push", 400, 1000)
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(t.Context(), tx, by, second.ID, "k", "คำตอบที่ LINE ไม่รับ")
	})
	h.hurried()
	if n := len(h.requests("/message/push")) - calls; n > 2 || len(h.said()) != before {
		t.Errorf("%d calls; shown %q", n, h.said()[before:])
	}
	if state := h.list(`SELECT sending_state(ticket_id, source) FROM ticket_messages WHERE author = 'officer'`); !slices.Equal(state, []string{"failed"}) {
		t.Errorf("the officer sees %q", state)
	}
	h.settings(map[string]any{"failNext": []any{}})
	h.say("สวัสดี")
	h.nothingWaits()
}

// Row 37: after a 429 of the rate the calls of that account wait and go on; those of another account do
// not wait with them.
func TestRow37OneAccountTooFast(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.open(agencies.Channel{Destination: "U3333333333333333333333333333333f", Provider: "p", Name: "บัญชีที่สอง", Secret: "s4", Token: "t4"}, h.hookURL)
	h.follow()
	neighbour := h.newPerson("เพื่อนบ้าน")
	neighbour.channel = other.Destination
	neighbour.follow()
	h.useUp()
	before, said := len(h.said()), len(neighbour.said())
	h.fail("/v2/bot/message/push", "rate", 3)
	h.tell(many(3)...)
	h.until("the rate is felt", func() bool { return h.calls("/message/push")[http.StatusTooManyRequests] > 0 })
	neighbour.types("เมนู") // answered by reply
	h.until("the neighbour is answered", func() bool { return len(neighbour.said()) > said })
	h.hurried()
	h.shown(before, many(3)...)
	keys := map[string]bool{}
	for _, r := range h.requests("/message/push") {
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
	account := agencies.Channel{AgencyID: h.agency.ID, Kind: h.account.Kind, Destination: destination, Provider: "p", Name: "บัญชีที่สาม", Secret: "s5", LineID: id, TokenKind: agencies.StatelessToken}
	h.everywhere(func(tx pgx.Tx) (err error) {
		account.ID, err = agencies.CreateChannel(t.Context(), tx, h.Box, account)
		return err
	})
	must(t, h.sim.AddChannel(simulator.Channel{Destination: destination, ID: id, Provider: "p", Secret: "s5", AccessToken: "not the bot's", Name: account.Name, WebhookURL: h.hookURL}))
	h.channel = destination
	h.follow()
	if n := len(h.requests("/oauth2/v3/token")); n != 1 {
		t.Errorf("%d tokens were fetched for the first answers", n)
	}
	before := len(h.said())
	h.fail("/v2/bot/message/reply", "revoked", 1)
	h.say("เมนู")
	if len(h.said()) == before {
		t.Error("not answered")
	}
	if calls := h.calls("/message/reply"); calls[http.StatusUnauthorized] != 1 {
		t.Errorf("replies %v", calls)
	}
	if n := len(h.requests("/oauth2/v3/token")); n != 2 {
		t.Errorf("%d tokens were fetched in all", n)
	}
	h.is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
	h.say("เมนู")
	if n := len(h.requests("/oauth2/v3/token")); n != 2 {
		t.Errorf("%d tokens were fetched in the end", n)
	}
}
