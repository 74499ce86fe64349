package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/devkit"
	"saphan/devkit/agency"
	"saphan/devkit/clamav"
	simulator "saphan/devkit/line"
	"saphan/forms"
)

// Killed without a goodbye at any border between two facts and started again, the program loses
// nothing and does nothing twice (R6): every step of the way has a border before what it commits and
// one after.
func TestCrashAtEveryBorder(t *testing.T) {
	t.Parallel()
	f := newFrontier(t)
	crashes := crashesOf(bordersInSource(t))
	ways := make([]*citizen, len(crashes)+1)
	f.start("")
	f.tw.officer(t, permitsOfficer)
	var prepared sync.WaitGroup
	for i := range ways {
		ways[i] = f.tw.newCitizen(t, fmt.Sprintf("คนที่ %d", i), "🏭 ใบอนุญาตกิจการ", unpriced)
		prepared.Go(func() {
			ways[i].opens()
			ways[i].follows(photoQuestion(t))
		})
	}
	prepared.Wait()
	// The way without a crash says what every other must come to.
	calm := f.walk(t, ways[0], "")
	for i, crash := range crashes {
		t.Run(crash.border+" "+crash.from, func(t *testing.T) {
			f.kill(t)
			f.start(crash.border + "@" + f.sign(crash.from))
			c := ways[i+1]
			c.t = t
			got := f.walk(t, c, crash.from)
			if !slices.Equal(got.heard, calm.heard) {
				t.Errorf("the citizen heard\n  %s\nand without a crash\n  %s", strings.Join(got.heard, "\n  "), strings.Join(calm.heard, "\n  "))
			}
			if got.facts != calm.facts {
				t.Errorf("the way left %s, and without a crash %s", got.facts, calm.facts)
			}
		})
	}
	f.nothingLost(t)
	f.kill(t)
	eventually(t, "no server outlives the program", func() error {
		if left := processesIn(f.dir); len(left) > 0 {
			return fmt.Errorf("processes %v", left)
		}
		return nil
	})
}

// crash is a border and the station of the way from which on it kills.
type crash struct{ border, from string }

// The stations.
const (
	atPhoto    = "at a photo"
	atReceipt  = "at the receipt"
	atDecision = "at the decision"
)

// crashesOf names for every border the stations that pass it: what goes out in answer takes another
// way than what comes of itself.
func crashesOf(borders []string) []crash {
	var all []crash
	for _, b := range borders {
		step, _, _ := strings.Cut(b, ":")
		switch step {
		case "route":
			all = append(all, crash{b, atReceipt})
		case "fee", "fee receipt", "call", "erasure", "export", "uploads", "bundle", "letter", "breach", "consulted":
			// Not on this way: each has a test of its own in jobs or files that stops it at its borders.
		case "decided", "render":
			all = append(all, crash{b, atDecision})
		case "deliver":
			all = append(all, crash{b, atReceipt}, crash{b, atDecision})
		case "send":
			all = append(all, crash{b, atPhoto}, crash{b, atReceipt}, crash{b, atDecision})
		default:
			all = append(all, crash{b, atPhoto})
		}
	}
	return all
}

// photoQuestion is where the prepared ways stop: the next thing to send is a photo.
func photoQuestion(t *testing.T) string {
	t.Helper()
	catalogue, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	form, ok := catalogue.Find("hazardous-business")
	if !ok {
		t.Fatal("there is no such service")
	}
	field, ok := form.Field("premises_photo")
	if !ok {
		t.Fatal("the service asks for no photo")
	}
	return field.Ask.TH
}

// bordersInSource are all borders that the program names, so that none can be forgotten here.
func bordersInSource(t *testing.T) []string {
	t.Helper()
	found := []string{beforeAnswer}
	files, err := filepath.Glob("jobs/*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\.at\("([^"]+)"\)`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			found = append(found, m[1])
		}
	}
	if len(found) < 10 {
		t.Fatalf("only %v found: are borders named in another way now?", found)
	}
	return found
}

// frontier is a town whose program runs as a process that can be killed; LINE and the agency's
// system are elsewhere and live on.
type frontier struct {
	t    *testing.T
	dir  string
	addr string
	env  []string
	tw   *town

	mu      sync.Mutex
	process *process
	ended   bool
	killed  int // deaths at the border of this run
}

// process is one run of the program.
type process struct {
	cmd  *exec.Cmd
	out  terminal
	done chan struct{}
}

func newFrontier(t *testing.T) *frontier {
	t.Helper()
	f := &frontier{t: t, dir: dataFolder(t), addr: freeAddress(t)}
	secrets, err := devkit.LoadSecrets(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	line := httptest.NewServer(sim.Handler())
	settings := sim.Settings()
	settings.RedeliverySchedule = []float64{0.3, 0.3, 0.5}
	err = sim.Set(settings)
	if err == nil {
		err = sim.AddChannel(simulator.Channel{
			Destination: secrets.Line.Destination, ID: secrets.Line.ChannelID, Secret: secrets.Line.Secret, AccessToken: secrets.Line.AccessToken,
			Name: "เทศบาลเมืองตัวอย่าง", Provider: secrets.Line.ProviderName, WebhookURL: "http://" + f.addr + "/line/webhook", Redelivery: true,
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	receiver, err := agency.New(agency.Config{Secret: agencies.Secret(secrets.EndpointSecret).Shared(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	system := httptest.NewServer(receiver.Handler())
	t.Cleanup(func() {
		f.finish()
		line.Close()
		system.Close()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	scanner := clamav.ForTest(t, clamav.Config{}) // so that files pass the borders of their scan
	f.env = []string{
		beProgram + "=1", "METRICS_ADDR=off", "CLAMD_ADDR=" + scanner.Socket, "LINE_API_URL=" + line.URL + "/api", "LINE_DATA_URL=" + line.URL + "/api-data",
		"DEV_AGENCY_WEBHOOK_URL=" + system.URL + "/hook",
	}
	f.tw = &town{dir: f.dir, line: line.URL, agency: system.URL}
	return f
}

// freeAddress is one that nobody holds now: LINE must know it before the program is there.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// launch starts the program with a border to die at, if any.
func (f *frontier) launch(border string) *process {
	f.t.Helper()
	self, err := os.Executable()
	if err != nil {
		f.t.Fatal(err)
	}
	p := &process{done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(f.t.Context()), self, "dev", "--data", f.dir, "--addr", f.addr)
	p.cmd.Env = append(append(os.Environ(), f.env...), "DEV_CRASH_AT="+border)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	// If this test is killed, the program goes too.
	p.cmd.SysProcAttr = diesWithUs()
	if err := p.cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // its end is looked at by whoever waits
		f.died(p, border)
	}()
	return p
}

// died starts the program again, at once and with no border, when it killed itself.
func (f *frontier) died(p *process, border string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if f.ended || border == "" || f.process != p || !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		return
	}
	f.killed++
	f.process = f.launch("")
}

// start launches the program and waits until it is ready.
func (f *frontier) start(border string) {
	f.t.Helper()
	p := f.launch(border)
	f.mu.Lock()
	f.process = p
	f.mu.Unlock()
	eventually(f.t, "the program ready", func() error {
		if addressOn(p.out.String()) == "" {
			return fmt.Errorf("it printed %q", p.out.String())
		}
		return nil
	})
	if f.tw.client == nil {
		tw := newTown(f.t, f.dir, "http://"+f.addr, f.tw.line)
		tw.agency, tw.mortal = f.tw.agency, true
		f.tw = tw
	}
}

// kill ends the program as a failing machine does.
func (f *frontier) kill(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	p := f.process
	f.process = nil
	f.mu.Unlock()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.done
}

// back waits until the program has died at its border, once, and is ready again.
func (f *frontier) back(t *testing.T) {
	t.Helper()
	eventually(t, "the program back from its death", func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		switch screen := f.process.out.String(); {
		case f.killed == 0:
			return errors.New("the way has not passed the border")
		case addressOn(screen) == "":
			return fmt.Errorf("it printed %q", screen)
		}
		return nil
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.killed != 1 {
		t.Errorf("the program died %d times at this border", f.killed)
	}
	f.killed = 0
}

// finish ends whatever runs.
func (f *frontier) finish() {
	f.mu.Lock()
	f.ended = true
	p := f.process
	f.mu.Unlock()
	if p != nil {
		_ = p.cmd.Process.Kill() // it may have ended by itself
		<-p.done
	}
}

// sign is the file that lets a border kill from a station on.
func (f *frontier) sign(station string) string {
	return filepath.Join(f.dir, "crash "+station)
}

// reach notes that the way has come to a station: from here on the border kills, if it waits for that.
func (f *frontier) reach(t *testing.T, station, from string) {
	t.Helper()
	if station != from {
		return
	}
	if err := os.WriteFile(f.sign(station), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// outcome is what a way came to.
type outcome struct {
	heard []string
	facts string
}

var (
	digits = regexp.MustCompile(`[0-9]+`)
	spaces = regexp.MustCompile(`\s+`)
)

// walk goes from the photo to the permit, and returns what the citizen heard and what is left of it.
// From the named station on the border kills.
func (f *frontier) walk(t *testing.T, c *citizen, from string) outcome {
	t.Helper()
	t.Cleanup(func() { _ = os.Remove(f.sign(from)) }) // there is none where nothing was to crash
	f.reach(t, atPhoto, from)
	review := c.follows(spoken("review.label"))
	f.reach(t, atReceipt, from)
	receipt := c.answered(func() { c.tapsOn(review, spoken("choice.send")) })
	number := receipt.after(spoken("receipt.label"))
	officer := f.tw.officer(t, permitsOfficer)
	id := officer.finds(t, number)
	f.tw.delivered(t, id, "ticket.created")
	f.reach(t, atDecision, from)
	officer.does(t, id, "approve", "conditions", "ตามแบบที่ยื่น")
	c.sees(spoken("decision.granted"))
	f.tw.delivered(t, id, "ticket.decided")
	f.tw.delivered(t, id, "permit.issued")
	if from != "" {
		f.back(t)
	}
	conn := f.tw.sql(t)
	f.tw.rested(t, conn)
	if p := officer.ticket(t, id); !p.has("ครบถ้วน ไม่ถูกแก้ไข") {
		t.Errorf("the history is broken: %s", p.text())
	}
	var o outcome
	for _, b := range c.answers() {
		o.heard = append(o.heard, spaces.ReplaceAllString(digits.ReplaceAllString(b.Words[0], "0"), " "))
	}
	o.facts = f.facts(t, conn, id)
	return o
}

// facts counts what there is of a ticket, in the database and at the agency's system.
func (f *frontier) facts(t *testing.T, conn *pgx.Conn, ticket int64) string {
	t.Helper()
	var facts string
	err := conn.QueryRow(t.Context(), `WITH t AS (SELECT t.*, q.conversation_id FROM tickets t JOIN requests q ON q.id = t.request_id WHERE t.id = $1)
		SELECT format('%s requests, %s tickets, %s events, %s documents, %s permits, %s decisions, %s answers of which %s sent, %s deliveries of which %s taken, %s words of the citizen',
			(SELECT count(*) FROM requests q JOIN t USING (conversation_id)),
			(SELECT count(*) FROM tickets x JOIN requests q ON q.id = x.request_id JOIN t USING (conversation_id)),
			(SELECT count(*) FROM ticket_events WHERE ticket_id = $1),
			(SELECT count(*) FROM ticket_files WHERE ticket_id = $1),
			(SELECT count(*) FROM permits WHERE ticket_id = $1),
			(SELECT count(*) FROM decisions WHERE ticket_id = $1),
			(SELECT count(*) FROM replies r JOIN t USING (conversation_id)),
			(SELECT count(*) FROM replies r JOIN t USING (conversation_id) WHERE r.state = 'sent'),
			(SELECT count(*) FROM deliveries WHERE convert_from(body, 'UTF8')::jsonb #>> '{data,ticket,id}' = $1::text),
			(SELECT count(*) FROM deliveries WHERE convert_from(body, 'UTF8')::jsonb #>> '{data,ticket,id}' = $1::text AND state = 'delivered'),
			(SELECT count(*) FROM messages m JOIN t USING (conversation_id)))`, ticket).Scan(&facts)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, d := range f.tw.deliveries(t, ticket) {
		if d.Accepted {
			kinds[d.Type]++
		}
	}
	return fmt.Sprint(facts, ", the agency's system has ", kinds)
}

// nothingLost looks at everything at once: no event is left or put aside, numbers have no gap.
func (f *frontier) nothingLost(t *testing.T) {
	t.Helper()
	conn := f.tw.sql(t)
	for what, query := range map[string]string{
		"events not done with":    `SELECT count(*) FROM inbound_events WHERE state <> 'done'`,
		"messages not sent":       `SELECT count(*) FROM replies WHERE state <> 'sent'`,
		"deliveries not taken":    `SELECT count(*) FROM deliveries WHERE state <> 'delivered'`,
		"requests without ticket": `SELECT count(*) FROM requests q WHERE NOT EXISTS (SELECT FROM tickets t WHERE t.request_id = q.id)`,
		"gaps in the numbers": `SELECT coalesce(sum(gap), 0) FROM (SELECT max(right(number, 6)::int) - count(*) AS gap
			FROM tickets GROUP BY agency_id, left(number, -6)) AS g`,
		"gaps in the permits": `SELECT coalesce(sum(gap), 0) FROM (SELECT max(right(number, 6)::int) - count(*) AS gap
			FROM permits GROUP BY agency_id, left(number, -6)) AS g`,
	} {
		var n int
		if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}

// processesIn are the processes that work inside a folder, where the kernel tells.
func processesIn(dir string) []int {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil
	}
	var found []int
	for _, link := range links {
		to, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(to, dir+"/") {
			continue
		}
		if pid, err := strconv.Atoi(strings.Split(link, "/")[2]); err == nil {
			found = append(found, pid)
		}
	}
	return found
}
