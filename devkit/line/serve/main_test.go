package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"
	"github.com/line/line-bot-sdk-go/v8/linebot/webhook"
)

// patience is how long anything may take on a busy machine.
const patience = 30 * time.Second

// started is a running server and what it printed.
type started struct {
	t    *testing.T
	env  map[string]string
	page string
	stop func() error
}

func start(t *testing.T, args ...string) *started {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), write, io.Discard)
		ended <- err
		_ = write.CloseWithError(io.EOF) // ends the reader below
	}()
	s := &started{t: t, env: map[string]string{}}
	done := false
	s.stop = func() error {
		if done {
			return nil
		}
		done = true
		cancel()
		go func() { _, _ = io.Copy(io.Discard, read) }() // nobody reads on
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			return fmt.Errorf("still running after %s", patience)
		}
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		text := lines.Text()
		if _, page, found := strings.Cut(text, "Chat page: "); found {
			s.page = strings.TrimSuffix(page, "/")
		}
		if name, value, found := strings.Cut(text, "="); found && !strings.HasPrefix(text, "#") {
			s.env[name] = value
		}
		if strings.HasPrefix(text, "# curl") || strings.HasPrefix(text, "# Webhooks of") {
			return s
		}
	}
	t.Fatalf("it ended before it was ready: %v", <-ended)
	return nil
}

// control calls the control API.
func (s *started) control(method, path string, body, into any) {
	s.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.page+"/control/"+path, bytes.NewReader(data))
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, answer, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		s.t.Fatal(err)
	}
}

// A stranger's bot, made of nothing but LINE's SDK and what the server printed, answers a citizen.
func TestStrangersBot(t *testing.T) {
	t.Parallel()
	s := start(t, "-channels", "2")
	if s.env["LINE_CHANNEL_SECRET_2"] == "" || s.env["LINE_CHANNEL_SECRET_2"] == s.env["LINE_CHANNEL_SECRET"] {
		t.Errorf("environment %v", s.env)
	}
	api, err := messaging_api.NewMessagingApiAPI(s.env["LINE_CHANNEL_ACCESS_TOKEN"], messaging_api.WithEndpoint(s.env["LINE_API_URL"]))
	if err != nil {
		t.Fatal(err)
	}
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call, err := webhook.ParseRequest(s.env["LINE_CHANNEL_SECRET"], r)
		if err != nil {
			t.Error(err)
			http.Error(w, "bad", http.StatusBadRequest)
			return
		}
		for _, e := range call.Events {
			m, isMessage := e.(webhook.MessageEvent)
			if !isMessage {
				continue
			}
			text, _ := m.Message.(webhook.TextMessageContent)
			if _, err := api.ReplyMessage(&messaging_api.ReplyMessageRequest{
				ReplyToken: m.ReplyToken, Messages: []messaging_api.MessageInterface{&messaging_api.TextMessage{Text: "ได้รับ: " + text.Text}},
			}); err != nil {
				t.Error(err)
			}
		}
	}))
	t.Cleanup(bot.Close)
	if _, err := api.SetWebhookEndpoint(&messaging_api.SetWebhookEndpointRequest{Endpoint: bot.URL}); err != nil {
		t.Fatal(err)
	}
	var users []struct{ ID string }
	s.control("GET", "users", nil, &users)
	s.control("POST", "chats/"+users[0].ID+"/text", map[string]any{"text": "สวัสดี"}, nil)
	var chat struct {
		Messages []struct {
			From    string
			Message struct{ Text string }
		}
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		s.control("GET", "chats/"+users[0].ID, nil, &chat)
		if n := len(chat.Messages); n > 0 && chat.Messages[n-1].From == "bot" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no answer: %+v", chat)
		}
	}
	if last := chat.Messages[len(chat.Messages)-1]; last.Message.Text != "ได้รับ: สวัสดี" {
		t.Errorf("the citizen reads %q", last.Message.Text)
	}
	info, err := api.GetBotInfo()
	if err != nil || info.UserId != s.env["LINE_BOT_USER_ID"] {
		t.Errorf("bot info %+v %v", info, err)
	}
}

// The state outlives the process, and so do accounts that the console made or changed.
func TestKeptBetweenRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, "-data", dir)
	var users []struct{ ID string }
	first.control("GET", "users", nil, &users)
	first.control("POST", "chats/"+users[0].ID+"/text", map[string]any{"text": "จำได้ไหม"}, nil)
	var made struct{ Destination, ChannelSecret string }
	first.control("POST", "channels", map[string]any{"name": "เทศบาลตัวอย่าง"}, &made)
	var changed struct{ ChannelSecret string }
	first.control("POST", "channels/"+first.env["LINE_BOT_USER_ID"], map[string]any{"newSecret": true}, &changed)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, "-data", dir)
	if second.env["LINE_CHANNEL_SECRET"] != changed.ChannelSecret || changed.ChannelSecret == first.env["LINE_CHANNEL_SECRET"] {
		t.Error("the new secret was forgotten")
	}
	var chat struct {
		Messages []struct{ Message struct{ Text string } }
	}
	second.control("GET", "chats/"+users[0].ID, nil, &chat)
	if len(chat.Messages) != 1 || chat.Messages[0].Message.Text != "จำได้ไหม" {
		t.Errorf("chat %+v", chat)
	}
	var again struct{ ChannelSecret string }
	second.control("GET", "channels/"+made.Destination, nil, &again)
	if again.ChannelSecret != made.ChannelSecret {
		t.Error("the made account was forgotten")
	}
	second.control("POST", "reset", nil, nil)
	second.control("GET", "channels/"+made.Destination, nil, &again)
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
	afterReset := start(t, "-data", dir)
	afterReset.control("GET", "channels/"+made.Destination, nil, &again)
	if again.ChannelSecret != made.ChannelSecret {
		t.Error("a reset lost the made account")
	}
	if err := afterReset.stop(); err != nil {
		t.Fatal(err)
	}
	third := start(t, "-data", dir, "-fresh", "-webhook", "http://127.0.0.1:1/webhook")
	chat.Messages = nil
	third.control("GET", "chats/"+users[0].ID, nil, &chat)
	if len(chat.Messages) != 0 {
		t.Errorf("after -fresh: %+v", chat)
	}
}

// Flags that cannot be meant are refused, and so is a page that reaches for this machine.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-channels", "0"}, {"-fresh"}, {"extra"}, {"-addr", "nonsense"}, {"-nothing"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
	s := start(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.page+"/control/channels", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("a foreign name: %d %v", res.StatusCode, err)
	}
}
