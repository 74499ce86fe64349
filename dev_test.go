package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saphan/devkit"
	"saphan/devkit/child"
)

// What goes wrong at a start is told in one clear line that says what to do, and nothing else.
func TestTroubleIsOneLine(t *testing.T) {
	t.Parallel()
	// A start that needs no servers of its own gets as far as what it reads from its folder.
	elsewhere := map[string]string{"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "S3_ENDPOINT": "127.0.0.1:1"}
	for name, c := range map[string]struct {
		args    []string          // after dev --data DIR --addr 127.0.0.1:0
		env     map[string]string //
		spoil   func(t *testing.T, dir string)
		command string   // instead of dev
		says    []string // parts of the line; DIR is the data folder
	}{
		"unknown command":         {command: "devv", says: []string{"devv", "saphan help"}},
		"unknown flag":            {args: []string{"--datta", "x"}, says: []string{"-datta", "--data DIR", "--fresh", "--addr"}},
		"word that is no flag":    {args: []string{"fresh"}, says: []string{`"fresh"`, "--fresh"}},
		"address that is none":    {args: []string{"--addr", "nowhere"}, says: []string{"nowhere", "HOST:PORT"}},
		"log level that is none":  {env: map[string]string{"LOG_LEVEL": "loud"}, says: []string{"LOG_LEVEL"}},
		"secret key that is none": {env: map[string]string{"SECRET_KEY": "short"}, says: []string{"SECRET_KEY"}},
		"folder in use": {says: []string{"DIR", "in use by another saphan dev", "--data"}, spoil: func(t *testing.T, dir string) {
			lock, err := child.Lock(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = lock.Close() }) // the test is over
		}},
		"folder that is a file":     {says: []string{"DIR", "not a directory"}, spoil: func(t *testing.T, dir string) { replace(t, dir, "") }},
		"damaged secrets":           {says: []string{"DIR/secrets.json", "damaged", "--fresh"}, spoil: func(t *testing.T, dir string) { write(t, dir, "secrets.json", "{") }},
		"damaged database":          {says: []string{"DIR/postgres", "--fresh"}, spoil: func(t *testing.T, dir string) { write(t, dir, "postgres/data/postgresql.conf", "") }},
		"damaged object store":      {says: []string{"object store", "DIR/objects"}, spoil: func(t *testing.T, dir string) { write(t, dir, "objects", "") }},
		"damaged LINE":              {env: elsewhere, says: []string{"LINE", "DIR/line"}, spoil: func(t *testing.T, dir string) { write(t, dir, "line", "") }},
		"damaged sample agency":     {env: elsewhere, says: []string{"sample agency", "DIR/agency", "damaged"}, spoil: func(t *testing.T, dir string) { write(t, dir, "agency/arrivals.jsonl", "no JSON\n") }},
		"database that is away":     {env: elsewhere, says: []string{"the database does not answer", "127.0.0.1:1: ", "refused", "DATABASE_URL"}},
		"object store that is away": {env: map[string]string{"S3_ENDPOINT": "127.0.0.1:1"}, says: []string{"object store", "127.0.0.1:1", "refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataFolder(t)
			if c.spoil != nil {
				c.spoil(t, dir)
			}
			args := append([]string{"dev", "--data", dir, "--addr", "127.0.0.1:0"}, c.args...)
			if c.command != "" {
				args = []string{c.command}
			}
			saysOneLine(t, c.env, args, dir, c.says...)
		})
	}
}

// A port in use is told before anything is changed, even when everything was to begin anew.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // the test is over
	dir := dataFolder(t)
	kept, err := devkit.LoadSecrets(dir)
	if err != nil {
		t.Fatal(err)
	}
	saysOneLine(t, nil, []string{"dev", "--data", dir, "--fresh", "--addr", l.Addr().String()}, dir, l.Addr().String(), "another program is using it", "--addr")
	if again, err := devkit.LoadSecrets(dir); err != nil || again.SecretKey != kept.SecretKey {
		t.Errorf("the folder was emptied before the port was tried: %v", err)
	}
}

// saysOneLine runs the program, which must end by itself with one line that holds the parts.
func saysOneLine(t *testing.T, env map[string]string, args []string, dir string, parts ...string) {
	t.Helper()
	r := begin(t.Context(), env, args...)
	select {
	case <-r.done:
	case <-time.After(startsWithin):
		r.stop()
		t.Fatal("the program goes on")
	}
	if r.result == nil {
		t.Fatalf("the program ended without an error; it printed %s", r.out.String())
	}
	missingTool(t, r.result)
	line := r.result.Error()
	t.Log(line)
	for _, part := range parts {
		if part = strings.ReplaceAll(part, "DIR", dir); !strings.Contains(line, part) && part != "--data "+dir {
			t.Errorf("the line does not say %q", part)
		}
	}
	if strings.Contains(line, "\n") || len(line) > 400 || strings.Contains(line, "goroutine") {
		t.Errorf("this is more than a line:\n%s", line)
	}
	if printed := r.err.String(); printed != "" {
		t.Errorf("besides, the terminal got\n%s", printed)
	}
	if strings.Contains(r.out.String(), "ready") {
		t.Errorf("it said to be ready:\n%s", r.out.String())
	}
}

// write makes a file in the data folder.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace puts a file where a folder was.
func replace(t *testing.T, path, text string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A second start on the same folder keeps everything: the talk, a half-filled form, the case, who
// may sign in. With --fresh nothing of it is left.
func TestSecondStart(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	tw, program := openTown(t, dir)
	c := tw.newCitizen(t, "ชูใจ", "💡 ไฟถนนดับ")
	number, receipt := c.filesRequest()
	begun := c.answered(func() { c.tapsOn(receipt, spoken("choice.menu")) })
	c.likes = []string{"🏭 ใบอนุญาตกิจการ"}
	begun = c.answered(func() { c.tapsOn(begun, "🏭 ใบอนุญาตกิจการ") })
	question := c.answered(func() { c.tapsOn(begun, "🆕 ขอใหม่") })
	before, tickets := c.chat(), countTickets(t, tw)
	id := tw.officer(t, worksOfficer).finds(t, number)
	tw.officer(t, worksOfficer).does(t, id, "take")
	tw.delivered(t, id, "ticket.created")
	program.end(t)
	if left := processesIn(dir); len(left) > 0 {
		t.Errorf("Ctrl-C left the processes %v", left)
	}
	if !strings.Contains(program.out.String(), "Stopped. The data is kept in "+dir) {
		t.Errorf("the terminal: %s", program.out.String())
	}

	// The port for metrics is told of like the other, and nobody is told that all is ready.
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	saysOneLine(t, map[string]string{"METRICS_ADDR": taken.Addr().String()}, []string{"dev", "--data", dir, "--addr", "127.0.0.1:0"}, dir, "metrics", "METRICS_ADDR")
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}

	again, program := openTown(t, dir)
	c.tw = again
	if after := c.chat(); len(after) != len(before) || last(after).ID != last(before).ID {
		t.Errorf("the chat had %d messages and has %d", len(before), len(after))
	}
	if n := countTickets(t, again); n != tickets {
		t.Errorf("there were %d tickets and are %d", tickets, n)
	}
	if again.creds.Line != tw.creds.Line || again.creds.Webhook.Secret != tw.creds.Webhook.Secret {
		t.Error("the credentials changed")
	}
	if p := again.signIn(t, worksOfficer).ticket(t, id); !p.has(number) || !p.has("ท่านรับเรื่องไว้") {
		t.Errorf("the ticket: %s", p.text())
	}
	again.delivered(t, id, "ticket.created")
	if b := c.answered(func() { c.tapsOn(question, question.Quick[0].Label) }); !b.has("ข้อ 3 จาก") {
		t.Errorf("the form does not go on: %v", b)
	}
	program.end(t)

	fresh, program := openTown(t, dir, "--fresh")
	if fresh.creds.Line == tw.creds.Line {
		t.Error("--fresh kept the credentials")
	}
	if n := countTickets(t, fresh); n >= tickets {
		t.Errorf("--fresh left %d tickets", n)
	}
	program.end(t)
}

func countTickets(t *testing.T, tw *town) int {
	t.Helper()
	conn := tw.sql(t)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }() // only read from
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM tickets`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
