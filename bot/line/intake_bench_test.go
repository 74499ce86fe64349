package line_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// benchSeconds is how long each run takes; each connection has one event a post and one post at a time.
const benchSeconds = 6

// BenchmarkIntake measures durable webhook intake (P1, P2): real posts over loopback, signature
// checked, deduplicated, event and job committed before the 200, on a PostgreSQL with its default
// durability. The yardstick, PostgreSQL's own one row a commit under pgbench with 32 clients, runs
// on the same server before and after; a run whose two yardsticks differ by more than 15 % says so. The
// processor's ratio is what a row of the yardstick costs (database and pgbench) to what an event costs
// (database, webhook and load generator): less depends on what else the machine does.
//
//	go test -run '^$' -bench Intake -benchtime 1x ./bot/line
func BenchmarkIntake(b *testing.B) {
	y := startYard(b)
	for _, connections := range []int{64, 256} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) { y.measure(b, connections) })
	}
}

func (y *yard) measure(b *testing.B, connections int) {
	for b.Loop() {
		before, first := y.pgbench(b)
		rate, flushes, used := y.intake(b, connections)
		after, second := y.pgbench(b)
		mean := (before + after) / 2
		b.ReportMetric(rate, "events/s")
		b.ReportMetric(mean, "yardstick-rows/s")
		b.ReportMetric(rate/mean, "ratio(P1)")
		b.ReportMetric(flushes, "flushes/1000(P2)")
		b.ReportMetric((first+second).Seconds()/2/(used.ours+used.database).Seconds(), "processor-ratio")
		b.ReportMetric(float64(used.ours.Nanoseconds())/1000, "our-µs/event")
		b.ReportMetric(float64(used.database.Nanoseconds())/1000, "database-µs/event")
		if spread := max(before, after)/min(before, after) - 1; spread > 0.15 {
			b.Logf("the two yardsticks differ by %.0f %% (%.0f and %.0f rows/s): the machine was busy, run again", spread*100, before, after)
		}
	}
	b.ReportMetric(0, "ns/op") // of no meaning here
}

// intake returns our events a second, the flushes of the log per 1,000 events, and what an event costs.
func (y *yard) intake(b *testing.B, connections int) (rate, flushes float64, each cost) {
	b.Helper()
	y.clear(b)
	d := y.open(b, y.pool)
	defer d.close()

	syncs, used := y.syncs(b), y.cost(b)
	var (
		acked atomic.Int64
		wg    sync.WaitGroup
	)
	started := time.Now()
	deadline := started.Add(benchSeconds * time.Second)
	failures := make(chan error, connections)
	for n := range connections {
		wg.Go(func() {
			if err := y.post(d.address, n, deadline, &acked); err != nil {
				failures <- err
			}
		})
	}
	wg.Wait()
	took := time.Since(started).Seconds()
	used = y.cost(b).since(used)
	syncs = y.syncs(b) - syncs
	d.close()
	close(failures)
	for err := range failures {
		b.Fatal(err)
	}
	events := y.stored(b)
	if n := acked.Load(); events != n {
		b.Fatalf("%d events were acknowledged, %d are stored", n, events)
	}
	return float64(events) / took, float64(syncs) / float64(events) * 1000, cost{used.ours / time.Duration(events), used.database / time.Duration(events)}
}

// post sends one event after another on one connection until the deadline. The client is as thin as
// it can be, because it shares the machine with what it measures: requests differ in places of fixed
// width, and of the answer only the status is read.
func (y *yard) post(addr string, worker int, deadline time.Time, acked *atomic.Int64) error {
	conn, err := net.Dial("tcp", addr) //nolint:noctx // a benchmark's own connection
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	p := y.postcard(worker)
	answer := make([]byte, 4096)
	for n := 0; time.Now().Before(deadline); n++ {
		if _, err := conn.Write(p.numbered(n)); err != nil {
			return err
		}
		if err := answered(conn, answer); err != nil {
			return err
		}
		acked.Add(1)
	}
	return nil
}

// errBusy means that the answer was 503: the delivery is not stored.
var errBusy = errors.New("answered 503")

// answered reads one answer and returns an error unless it is 200.
func answered(conn net.Conn, into []byte) error {
	got := 0
	for !bytes.HasSuffix(into[:got], []byte("\r\n\r\n{}")) {
		n, err := conn.Read(into[got:])
		if err != nil {
			return err
		}
		got += n
	}
	if bytes.HasPrefix(into, []byte("HTTP/1.1 503 ")) {
		return errBusy
	}
	if !bytes.HasPrefix(into, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answered %.40q", into[:got])
	}
	return nil
}

// postcard is a request whose number is written over.
type postcard struct {
	request   []byte
	body      []byte   // inside request
	signature []byte   // inside request
	numbers   [][]byte // inside body
	mac       hash.Hash
	sum       []byte
}

// blank stands for the number of an event.
const blank = "000000000000"

func (y *yard) postcard(worker int) *postcard {
	text := strings.Repeat("ขอใบรับรอง ", 24) // the body is 1 KB, as in the yardstick
	body := fmt.Sprintf(`{"destination":%q,"events":[{"type":"message","mode":"active","timestamp":1700000000000,"webhookEventId":"evt-%04d-%s",`+
		`"deliveryContext":{"isRedelivery":false},"source":{"type":"user","userId":"U%032x"},"replyToken":"r%04d-%s","message":{"id":"%04d%s","type":"text","text":"%s"}}]}`,
		y.channel.Destination, worker, blank, worker, worker, blank, worker, blank, text)
	none := strings.Repeat("=", base64.StdEncoding.EncodedLen(sha256.Size))
	head := fmt.Sprintf("POST /line/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=utf-8\r\nX-Line-Signature: %s\r\nContent-Length: %d\r\n\r\n",
		none, len(body))
	p := &postcard{request: []byte(head + body), mac: hmac.New(sha256.New, []byte(y.channel.Secret))}
	p.body = p.request[len(head):]
	at := strings.Index(head, none)
	p.signature = p.request[at : at+len(none)]
	for from := 0; ; {
		i := strings.Index(body[from:], blank)
		if i < 0 {
			return p
		}
		from += i + len(blank)
		p.numbers = append(p.numbers, p.body[from-len(blank):from])
	}
}

// numbered returns the request of an event. It holds until the next one.
func (p *postcard) numbered(n int) []byte {
	for _, at := range p.numbers {
		for i, rest := len(at)-1, n; i >= 0; i-- {
			at[i] = byte('0' + rest%10)
			rest /= 10
		}
	}
	p.mac.Reset()
	p.mac.Write(p.body)
	p.sum = p.mac.Sum(p.sum[:0])
	base64.StdEncoding.Encode(p.signature, p.sum)
	return p.request
}
