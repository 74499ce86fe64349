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
	"saphan/files"
	"saphan/tickets"
)

// system gives the agency a system of its own that takes deliveries.
func (h *house) system() {
	h.t.Helper()
	keys := agencies.NewSecret()
	receiver, err := agency.New(agency.Config{Secret: keys.Shared(), Logger: slog.New(slog.DiscardHandler)})
	must(h.t, err)
	server := httptest.NewServer(receiver.Handler())
	h.t.Cleanup(func() {
		server.Close()
		must(h.t, receiver.Close())
	})
	h.everywhere(func(tx pgx.Tx) error {
		_, err := agencies.CreateEndpoint(h.t.Context(), tx, h.Box, h.agency.ID, server.URL+"/hook", keys, []string{"127.0.0.0/8", "::1/128"})
		return err
	})
}

// deliveries are the kinds of what the agency's system was sent and took.
func (h *house) deliveries() []string {
	h.t.Helper()
	return h.list(`SELECT kind FROM deliveries WHERE state = 'delivered' ORDER BY id`)
}

// Row 27: what is taken back after it was told to an officer is gone from the database, from the store,
// from the inbox and from the search; the agency's system is notified; the history keeps the fact.
func TestRow27UnsendAfterStoring(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.system()
	ticket := h.file("question", answer("question", "ถามหน่อย"))
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(t.Context(), tx, by, ticket.ID, "k", "ว่าอย่างไรคะ")
	})
	h.settled()
	secret := h.say("รหัสลับคือมะม่วงสุก")
	picture := h.send("image", "a.jpg", photo(t))
	h.settled()
	if got := h.thread(ticket.ID); !slices.Contains(got, "citizen รหัสลับคือมะม่วงสุก") || h.stored() == 0 {
		t.Fatalf("the officers read %q", got)
	}
	h.act("unsend", map[string]any{"messageId": secret.MessageID})
	h.act("unsend", map[string]any{"messageId": picture.MessageID})
	h.settled()
	h.nowhere("มะม่วงสุก")
	if n := h.stored(); n != 0 {
		t.Errorf("%d objects are in the store", n)
	}
	for _, a := range h.attachments() {
		if a.State != files.Gone || len(a.SealedKey) != 0 {
			t.Errorf("attachment %+v", a)
		}
	}
	if n := len(slices.DeleteFunc(h.deliveries(), func(kind string) bool { return kind != "message.unsent" })); n != 2 {
		t.Errorf("%d deliveries tell of it: %q", n, h.deliveries())
	}
	h.desk(func(tx pgx.Tx, _ tickets.Actor) error {
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
		return errors.Join(err, tickets.CheckHistory(history))
	})
}

// Row 28: an unsend that comes before its message wins: the message never becomes visible.
func TestRow28UnsendFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	before := len(h.said())
	now := time.Now()
	h.event(map[string]any{"type": "unsend", "timestamp": now.Add(time.Millisecond).UnixMilli(), "replyToken": nil, "unsend": map[string]any{"messageId": "1301"}})
	h.settled()
	h.event(text("1301", "รหัสลับคือมะม่วงสุก", now))
	h.settled()
	h.nowhere("มะม่วงสุก")
	if len(h.said()) != before {
		t.Errorf("answered:\n%s", h.since(before))
	}
	// A photo whose bytes LINE still gives.
	h.event(map[string]any{"type": "unsend", "replyToken": nil, "unsend": map[string]any{"messageId": "1302"}})
	h.settled()
	h.event(map[string]any{"type": "message", "timestamp": now.UnixMilli(), "message": map[string]any{"type": "image", "id": "1302", "contentProvider": map[string]any{"type": "line"}}})
	h.settled()
	for _, a := range h.attachments() {
		if a.State != files.Gone {
			t.Errorf("kept %+v", a)
		}
	}
	if n := h.stored(); n != 0 || len(h.said()) != before {
		t.Errorf("%d objects in the store; answered:\n%s", n, h.since(before))
	}
	h.nothingWaits()
}

// Row 53: the same user ID under two accounts is one citizen when the accounts are of one provider, and
// two when they are not.
func TestRow53OneUserIDTwoAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sister := h.open(agencies.Channel{Destination: "U1111111111111111111111111111111f", Provider: h.account.Provider, Name: "บัญชีพี่น้อง", Secret: "s2", Token: "t2"}, h.hookURL)
	stranger := h.open(agencies.Channel{Destination: "U2222222222222222222222222222222f", Provider: "q", Name: "บัญชีอื่น", Secret: "s3", Token: "t3"}, h.hookURL)
	const user = "U77777777777777777777777777777777"
	for i, destination := range []string{h.account.Destination, sister.Destination, stranger.Destination} {
		e := text(numbered("140", i), fmt.Sprint("ถามหน่อย ", i), time.Now())
		e["source"] = map[string]any{"type": "user", "userId": user}
		p := person{h: h, id: h.id, channel: destination}
		p.event(e)
	}
	h.until("everything is heard", func() bool { return h.count(`SELECT count(*) FROM messages WHERE kind = 'text'`) == 3 })
	got := h.list(`SELECT string_agg(c.name, ' ' ORDER BY c.id) FROM conversations v JOIN channels c ON c.id = v.channel_id JOIN identities i ON i.id = v.identity_id
		WHERE v.source = $1 GROUP BY i.citizen_id ORDER BY 1 DESC`, user)
	if want := []string{h.account.Name + " บัญชีพี่น้อง", "บัญชีอื่น"}; !slices.Equal(got, want) {
		t.Errorf("citizens by account: %q, want %q", got, want)
	}
	if got := h.list(`SELECT DISTINCT provider FROM identities WHERE external_id = $1 ORDER BY provider`, user); strings.Join(got, " ") != "p q" {
		t.Errorf("identities of the providers %q", got)
	}
}
