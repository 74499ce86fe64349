package checklist

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/devkit/agency"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/internal/chain"
	"saphan/tickets"
)

// system gives the agency a system of its own that takes deliveries.
func (h *house) system() {
	h.T.Helper()
	keys := agencies.NewSecret()
	receiver, err := agency.New(agency.Config{Secret: keys.Shared(), Logger: slog.New(slog.DiscardHandler)})
	must(h.T, err)
	server := httptest.NewServer(receiver.Handler())
	h.T.Cleanup(func() {
		server.Close()
		must(h.T, receiver.Close())
	})
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := agencies.CreateEndpoint(h.T.Context(), tx, h.Box, h.Agency.ID, server.URL+"/hook", keys, []string{"127.0.0.0/8", "::1/128"})
		return err
	})
}

// deliveries are the kinds of what the agency's system was sent and took.
func (h *house) deliveries() []string {
	h.T.Helper()
	return h.List(`SELECT kind FROM deliveries WHERE state = 'delivered' ORDER BY id`)
}

// Row 27: what is taken back after it was told to an officer is gone from the database, from the store,
// from the inbox and from the search; the agency's system is notified; the history keeps the fact.
func TestRow27UnsendAfterStoring(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.system()
	ticket := h.Question()
	h.Replies(ticket.ID, "k", "ว่าอย่างไรคะ")
	h.Settled()
	secret := h.Say("รหัสลับคือมะม่วงสุก")
	picture := h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Settled()
	if got := h.Thread(ticket.ID); !slices.Contains(got, "citizen รหัสลับคือมะม่วงสุก") || h.Stored() == 0 {
		t.Fatalf("the officers read %q", got)
	}
	h.Act("unsend", map[string]any{"messageId": secret.MessageID})
	h.Act("unsend", map[string]any{"messageId": picture.MessageID})
	h.Settled()
	h.Nowhere("มะม่วงสุก")
	if n := h.Stored(); n != 0 {
		t.Errorf("%d objects are in the store", n)
	}
	for _, a := range h.Attachments() {
		if a.State != files.Gone || len(a.SealedKey) != 0 {
			t.Errorf("attachment %+v", a)
		}
	}
	if n := len(slices.DeleteFunc(h.deliveries(), func(kind string) bool { return kind != "message.unsent" })); n != 2 {
		t.Errorf("%d deliveries tell of it: %q", n, h.deliveries())
	}
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		history, err := tickets.History(t.Context(), tx, ticket.ID)
		n := 0
		for _, e := range history {
			if e.Kind == tickets.EventUnsent {
				n++
			}
		}
		if n != 2 {
			t.Errorf("the history tells %d times that something was taken back", n)
		}
		return errors.Join(err, chain.Check(history))
	})
}

// Row 28: an unsend that comes before its message wins: the message never becomes visible.
func TestRow28UnsendFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	before := len(h.Said())
	now := time.Now()
	h.Event(map[string]any{"type": "unsend", "timestamp": now.Add(time.Millisecond).UnixMilli(), "replyToken": nil, "unsend": map[string]any{"messageId": "1301"}})
	h.Settled()
	h.Event(testhouse.Text("1301", "รหัสลับคือมะม่วงสุก", now))
	h.Settled()
	h.Nowhere("มะม่วงสุก")
	if len(h.Said()) != before {
		t.Errorf("answered:\n%s", h.Since(before))
	}
	// A photo whose bytes LINE still gives.
	h.Event(map[string]any{"type": "unsend", "replyToken": nil, "unsend": map[string]any{"messageId": "1302"}})
	h.Settled()
	h.Event(map[string]any{"type": "message", "timestamp": now.UnixMilli(), "message": map[string]any{"type": "image", "id": "1302", "contentProvider": map[string]any{"type": "line"}}})
	h.Settled()
	for _, a := range h.Attachments() {
		if a.State != files.Gone {
			t.Errorf("kept %+v", a)
		}
	}
	if n := h.Stored(); n != 0 || len(h.Said()) != before {
		t.Errorf("%d objects in the store; answered:\n%s", n, h.Since(before))
	}
	h.NothingWaits()
}

// Row 53: the same user ID under two accounts is one citizen when the accounts are of one provider, and
// two when they are not.
func TestRow53OneUserIDTwoAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sister := h.OpenAccount(agencies.Channel{Destination: "U1111111111111111111111111111111f", Provider: h.Account.Provider, Name: "บัญชีพี่น้อง", Secret: "s2", Token: "t2"})
	stranger := h.OpenAccount(agencies.Channel{Destination: "U2222222222222222222222222222222f", Provider: "q", Name: "บัญชีอื่น", Secret: "s3", Token: "t3"})
	const user = "U77777777777777777777777777777777"
	for i, destination := range []string{h.Account.Destination, sister.Destination, stranger.Destination} {
		e := testhouse.Text(fmt.Sprint("140", i), fmt.Sprint("ถามหน่อย ", i), time.Now())
		e["source"] = map[string]any{"type": "user", "userId": user}
		p := *h.Person
		p.Channel = destination
		p.Event(e)
	}
	h.Until("everything is heard", func() bool { return h.Count(`SELECT count(*) FROM messages WHERE kind = 'text'`) == 3 })
	got := h.List(`SELECT string_agg(c.name, ' ' ORDER BY c.id) FROM conversations v JOIN channels c ON c.id = v.channel_id JOIN identities i ON i.id = v.identity_id
		WHERE v.source = $1 GROUP BY i.citizen_id ORDER BY 1 DESC`, user)
	if want := []string{h.Account.Name + " บัญชีพี่น้อง", "บัญชีอื่น"}; !slices.Equal(got, want) {
		t.Errorf("citizens by account: %q, want %q", got, want)
	}
	if got := h.List(`SELECT DISTINCT provider FROM identities WHERE external_id = $1 ORDER BY provider`, user); strings.Join(got, " ") != "p q" {
		t.Errorf("identities of the providers %q", got)
	}
}
