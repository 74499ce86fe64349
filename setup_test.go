package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	simulator "saphan/devkit/line"
	"saphan/devkit/objectstore"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// installation is the program in production: an empty database, an object store and LINE.
type installation struct {
	t    *testing.T
	env  map[string]string
	base string
	line string // address of the LINE simulator
	sim  *simulator.Simulator
}

const (
	townDestination = "Uaaaabbbbccccddddeeeeffff00001111"
	townChannelID   = "1650000001"
	townSecret      = "the secret of the console"
)

func newInstallation(t *testing.T) *installation {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	in := &installation{t: t, base: "http://" + address}
	if in.sim, err = simulator.New(simulator.Config{LoopbackImages: true}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(in.sim.Handler())
	t.Cleanup(func() {
		server.CloseClientConnections()
		if err := in.sim.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	in.line = server.URL
	err = in.sim.AddChannel(simulator.Channel{
		Destination: townDestination, ID: townChannelID, Secret: townSecret, AccessToken: "a token that nobody pastes", Name: "เทศบาลติดตั้งใหม่ตัวอย่าง", BasicID: "@newtown",
	})
	if err != nil {
		t.Fatal(err)
	}
	store := objectstore.ForTest(t)
	in.env = map[string]string{
		"DATABASE_URL": pgtest.Empty(t), "BASE_URL": in.base, "ADDR": address, "METRICS_ADDR": "off", "SECRET_KEY": secret.Generate(), "LOG_LEVEL": "error",
		"S3_ENDPOINT": store.Endpoint, "S3_ACCESS_KEY_ID": store.AccessKey, "S3_SECRET_ACCESS_KEY": store.SecretKey, "S3_REGION": store.Region, "S3_INSECURE": "true", "S3_BUCKET": "setup",
		"LINE_API_URL": in.line + "/api", "LINE_DATA_URL": in.line + "/api-data",
	}
	return in
}

// runs runs a command to its end and returns what it printed.
func (in *installation) runs(args ...string) (string, error) {
	in.t.Helper()
	var out, diagnostics bytes.Buffer
	err := run(in.t.Context(), args, func(name string) string { return in.env[name] }, &out, &diagnostics)
	return out.String(), err
}

// must runs a command that succeeds.
func (in *installation) must(args ...string) string {
	in.t.Helper()
	out, err := in.runs(args...)
	if err != nil {
		in.t.Fatalf("saphan %s: %v\n%s", args[0], err, out)
	}
	return out
}

// townFlags are those of the agency that the tests set up.
func townFlags(more ...string) []string {
	return append([]string{
		"setup", "--code", "NT", "--name", "เทศบาลติดตั้งใหม่ตัวอย่าง", "--kind", "เทศบาลเมือง", "--phone", "02-000-0009", "--area", "ต.ตัวอย่าง", "--lat", "13.36", "--lon", "100.98",
		"--officer-name", "นางสมใจ ตัวอย่าง", "--officer-email", "Head@NewTown.example",
	}, more...)
}

var invitation = regexp.MustCompile(`http://[^/\s]+(/admin/join\?key=\S+)`)

// control speaks to the simulator as the citizen's phone does.
func (in *installation) control(method, path string, body, into any) {
	in.t.Helper()
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			in.t.Fatal(err)
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(in.t.Context(), method, in.line+"/control/"+path, sent)
	if err != nil {
		in.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		in.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		in.t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, raw, err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			in.t.Fatal(err)
		}
	}
}

// answers is everything that the bot said to a citizen, as it was sent.
func (in *installation) answers(citizen string) (all []string) {
	in.t.Helper()
	var chat struct {
		Messages []struct {
			From    string
			Message json.RawMessage
		}
	}
	in.control(http.MethodGet, "chats/"+citizen, nil, &chat)
	for _, m := range chat.Messages {
		if m.From == "bot" {
			all = append(all, string(m.Message))
		}
	}
	return all
}

// A production installation from nothing: migrate, setup, the first officer's link, a LINE account
// added on the screen, and a citizen who gets an answer; EGA-10.6 until the channel is announced.
func TestSetUpFromNothing(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	if _, err := in.runs(townFlags()...); err == nil || !strings.Contains(err.Error(), "saphan migrate") {
		t.Errorf("setup before migrate: %v", err)
	}
	in.must("migrate")
	printed := in.must(townFlags()...)
	if strings.Count(printed, "/admin/join?key=") != 1 || !strings.Contains(printed, "Agency NT") || !strings.Contains(printed, "area ต.ตัวอย่าง") {
		t.Fatalf("setup printed:\n%s", printed)
	}
	if again := in.must(townFlags()...); !strings.Contains(again, "there already; nothing was added") || !strings.Contains(again, "A new link was made") {
		t.Errorf("setup again printed:\n%s", again)
	} else {
		printed = again
	}
	web, worker := begin(t.Context(), in.env, "web"), begin(t.Context(), in.env, "worker")
	t.Cleanup(func() { web.end(t); worker.end(t) })
	eventually(t, "the program is ready", func() error {
		ready, err := awaitReady(t.Context(), in.base+"/readyz")
		if err == nil && !ready {
			err = io.ErrNoProgress
		}
		return err
	})

	head := in.joins(t, printed)
	if printed := in.must(townFlags()...); strings.Contains(printed, "key=") || !strings.Contains(printed, "has a password and a phone already") {
		t.Errorf("setup once everything is there printed:\n%s", printed)
	}

	// The account is added by what the console shows, and LINE is told where to deliver.
	p := head.open(t, "/admin/channels").must(t)
	if !p.has("ยังไม่มีช่องทาง") {
		t.Errorf("no channel yet: %s", p.text())
	}
	p = head.open(t, "/admin/channels/new").must(t).form("/channels/new").
		fill(t, "provider", "ผู้ให้บริการตัวอย่าง").fill(t, "line_id", townChannelID).fill(t, "secret", "a wrong secret").send(t)
	if p.status != http.StatusUnprocessableEntity || !p.has("LINE ไม่ยอมรับ") {
		t.Errorf("a wrong secret: %d %s", p.status, p.text())
	}
	p = p.form("/channels/new").fill(t, "secret", townSecret).send(t).must(t)
	if !p.has("เทศบาลติดตั้งใหม่ตัวอย่าง") || !p.has("@newtown") || !p.has("ยังไม่ได้ประกาศช่องทางนี้") {
		t.Fatalf("the new channel: %s", p.text())
	}
	p = p.form("/webhook").send(t).must(t)
	for _, words := range []string{"ตั้งค่าเว็บฮุกที่ LINE แล้ว", "ถึงระบบและลายเซ็นถูกต้อง", "ใช้ได้ (แบบ stateless"} {
		if !p.has(words) {
			t.Errorf("the check does not say %q: %s", words, p.text())
		}
	}
	if p.has("ต้องแก้") {
		t.Errorf("something is wrong with a new channel: %s", p.text())
	}

	// A citizen writes and is answered; the channel is on trial.
	var users []struct{ ID string }
	in.control(http.MethodGet, "users", nil, &users)
	const trial = "ยังไม่ได้ประกาศเป็นช่องทางรับคำขอตามกฎหมาย"
	first, second := users[0].ID, users[1].ID
	in.greets(first, func(said string) bool {
		return strings.Contains(said, "สวัสดี") && strings.Contains(said, trial) && strings.Contains(said, "02-000-0009")
	})

	p = head.open(t, p.address.Path[:strings.LastIndex(p.address.Path, "/")]).must(t)
	p = p.form("/announce").fill(t, "on", "2026-11-01").fill(t, "ref", "ราชกิจจานุเบกษา เล่ม 143 (ตัวอย่าง)").send(t).must(t)
	if p.has("ยังไม่ได้ประกาศช่องทางนี้") {
		t.Errorf("after announcing: %s", p.text())
	}
	in.greets(second, func(said string) bool {
		return strings.Contains(said, "สวัสดี") && !strings.Contains(said, trial)
	})

	// Paused: what is said waits, and is answered once the channel goes on.
	in.rests()
	p = p.form("/pause").send(t).must(t)
	before := len(in.answers(second))
	in.control(http.MethodPost, "chats/"+second+"/text", map[string]any{"text": "ติดตามเรื่อง"}, nil)
	eventually(t, "the words that wait are stored", func() error {
		var waiting int
		conn := in.sql()
		if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM inbound_events WHERE state = 'waiting'`).Scan(&waiting); err != nil {
			return err
		}
		if waiting == 0 {
			return io.ErrNoProgress
		}
		return nil
	})
	if n := len(in.answers(second)); n != before {
		t.Errorf("%d answers came while the channel was paused", n-before)
	}
	p.form("/resume").send(t).must(t)
	eventually(t, "the words are answered", func() error {
		if len(in.answers(second)) == before {
			return io.ErrNoProgress
		}
		return nil
	})
	if out := in.must("doctor"); !strings.Contains(out, "1 official accounts") || !strings.Contains(out, "LINE account NT") {
		t.Errorf("doctor printed:\n%s", out)
	}
}

// joins uses the link that setup printed and returns the first officer, signed in anew by password and
// phone.
func (in *installation) joins(t *testing.T, printed string) *officer {
	t.Helper()
	link := invitation.FindStringSubmatch(printed)
	if link == nil {
		t.Fatalf("no link in:\n%s", printed)
	}
	newcomer := func() *officer {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Timeout: followsWithin, Jar: jar}
		return &officer{tw: &town{base: in.base, client: client}, client: client}
	}
	o := newcomer()
	p := o.open(t, link[1]).must(t)
	shared := strings.TrimSpace(p.part("totp").text())
	const password = "คำหลายคำต่อกัน จำง่าย"
	code := func(at time.Time) string {
		c, err := totp.GenerateCode(shared, at)
		if err != nil {
			t.Fatalf("the shared code %q: %v", shared, err)
		}
		return c
	}
	p = p.form("/join").fill(t, "password", password).fill(t, "again", password).fill(t, "code", code(time.Now())).send(t).must(t)
	if !p.has("นางสมใจ ตัวอย่าง") || !p.has("เทศบาลติดตั้งใหม่ตัวอย่าง") {
		t.Fatalf("after joining: %s", p.text())
	}
	again := newcomer()
	p = again.open(t, "/admin/").form("/sign-in").fill(t, "email", "head@newtown.example").fill(t, "password", password).fill(t, "code", code(time.Now().Add(30*time.Second))).send(t)
	if p.status != http.StatusOK || p.form("/sign-in") != nil {
		t.Fatalf("signing in: %d %s", p.status, p.text())
	}
	return again
}

// greets lets a citizen say hello until the answer is as it should be.
func (in *installation) greets(citizen string, right func(said string) bool) {
	in.t.Helper()
	in.control(http.MethodPost, "chats/"+citizen+"/follow", nil, nil)
	in.control(http.MethodPost, "chats/"+citizen+"/text", map[string]any{"text": "สวัสดี"}, nil)
	eventually(in.t, "an answer", func() error {
		if said := strings.Join(in.answers(citizen), "\n"); right(said) {
			return nil
		}
		return io.ErrNoProgress
	})
}

// rests waits until everything that was said is answered.
func (in *installation) rests() {
	in.t.Helper()
	conn := in.sql()
	eventually(in.t, "everything is answered", func() error {
		var left int
		err := conn.QueryRow(in.t.Context(), `SELECT (SELECT count(*) FROM inbound_events WHERE state = 'waiting') + (SELECT count(*) FROM replies WHERE state = 'waiting')`).Scan(&left)
		if err == nil && left > 0 {
			err = io.ErrNoProgress
		}
		return err
	})
}

// What setup needs is said all at once, and nothing is changed.
func TestSetUpRefused(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.must("migrate")
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"nothing":      {[]string{"setup"}, []string{"--code is needed", "--name is needed", "--phone is needed", "--officer-email is needed", "nothing was changed"}},
		"code":         {townFlags("--code", "n1"), []string{"--code must be 2 to 6 letters"}},
		"hours":        {townFlags("--opens", "17:00"), []string{"--closes must be later"}},
		"time":         {townFlags("--opens", "8.30"), []string{"--opens must be a time like 08:30"}},
		"degrees":      {townFlags("--lat", "north"), []string{"--lat must be degrees"}},
		"half an area": {townFlags("--area", ""), []string{"go together"}},
		"radius":       {townFlags("--radius", "0"), []string{"--radius"}},
		"service":      {townFlags("--services", "question,nonsense"), []string{"no service nonsense"}},
		"address":      {townFlags("--officer-email", "nobody"), []string{"--officer-email must be an e-mail address"}},
		"a word":       {townFlags("more"), []string{`does not know "more"`}},
	} {
		_, err := in.runs(tt.args...)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
	var agencies int
	if err := in.sql().QueryRow(t.Context(), `SELECT count(*) FROM agencies`).Scan(&agencies); err != nil || agencies != 0 {
		t.Errorf("%d agencies were made (%v)", agencies, err)
	}
	delete(in.env, "BASE_URL")
	if _, err := in.runs(townFlags()...); err == nil || !strings.Contains(err.Error(), "BASE_URL") {
		t.Errorf("without BASE_URL: %v", err)
	}
}

// Where there is a terminal setup asks for what is missing, and again for what is wrong.
func TestSetUpAsks(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.must("migrate")
	cfg, err := readConfig(func(name string) string { return in.env[name] })
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Join([]string{
		"nt", "NT", "เทศบาลติดตั้งใหม่ตัวอย่าง", "", "เทศบาลเมือง", "02-000-0009", "", "", "", "นางสมใจ ตัวอย่าง", "nobody", "head@newtown.example",
	}, "\n") + "\n"
	var out bytes.Buffer
	if err := runSetup(t.Context(), []string{"--services", "public-problem"}, cfg, strings.NewReader(answers), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"--code must be 2 to 6 letters", "--officer-email must be", "2 services, no area", "/admin/join?key="} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	// Somebody leaves in the middle.
	out.Reset()
	if err := runSetup(t.Context(), nil, cfg, strings.NewReader("XY\n"), &out); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("leaving in the middle: %v", err)
	}
}

// sql is a connection as the owner of the tables, who sees every agency in the scope it sets.
func (in *installation) sql() *pgx.Conn {
	in.t.Helper()
	conn, err := pgx.Connect(in.t.Context(), in.env["DATABASE_URL"])
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(in.t.Context())) })
	if _, err := conn.Exec(in.t.Context(), `SELECT set_config('app.agency', 'all', false)`); err != nil {
		in.t.Fatal(err)
	}
	return conn
}

// Nobody answers questions from nowhere: a script's empty input is not a terminal.
func TestSetupAsksNobody(t *testing.T) {
	t.Parallel()
	nobody, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := nobody.Close(); err != nil {
			t.Error(err)
		}
	})
	if questions(nobody) != nil {
		t.Error("questions are asked of an empty input")
	}
}
