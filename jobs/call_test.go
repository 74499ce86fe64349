package jobs

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/agencies"
	"saphan/citizens/sms"
	"saphan/tickets"
	"saphan/tickets/oncall"
)

// calling is a house with a gateway, and the officer standing by day and night; then the head.
func calling(t *testing.T) (*house, *gateway) {
	t.Helper()
	g := &gateway{status: http.StatusOK}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	texter, err := sms.New(sms.Config{URL: server.URL})
	must(t, err)
	h := newHouseOf(t, func(d *Deps) { d.Texter = texter })
	h.Everywhere(func(tx pgx.Tx) error {
		must(t, agencies.SetPhone(t.Context(), tx, h.Box, h.Agency.ID, h.Officer.ID, "081 234 5678"))
		_, err := h.Desk.DecideOnCall(t.Context(), tx, tickets.ByOfficer(h.Officer.ID), h.Agency.ID, 0,
			oncall.Week{{Days: oncall.Days(), Turns: []oncall.Turn{{Officer: h.Officer.ID, Minutes: 3}}}}, "เวรประจำสัปดาห์")
		return err
	})
	return h, g
}

// calls are what the gateway was asked to say.
func (g *gateway) calls() (all []string) {
	for _, one := range g.seen() {
		all = append(all, one["to"]+" "+one["text"])
	}
	return all
}

// SEED-7: somebody reports a live wire in the chat. They read once what to do now, and that officers are being
// called; the officer on call gets a message that names nobody, the next one after three minutes, and nobody once it is taken.
func TestLifeOfALiveWire(t *testing.T) {
	t.Parallel()
	h, g := calling(t)
	l := &life{house: h}
	h.Talk()
	h.Settled()
	l.read = len(l.Answers())
	began := h.Now()
	look := func() {
		must(t, run(h, &duties{Deps: h.Deps}, DutiesArgs{}))
		h.Settled()
		l.lines = append(l.lines, fmt.Sprintf("= นาทีที่ %d ส่งถึงเจ้าหน้าที่แล้ว %d ข้อความ", int(h.Now().Sub(began)/time.Minute), len(g.calls())))
	}
	l.goes("ประชาชนแตะแจ้งปัญหา", func() { h.Tap("แจ้งปัญหา") })
	l.goes("เลือกอันตราย สายไฟขาด", func() { h.Tap("อันตราย สายไฟขาด") })
	l.goes("ข้ามรูป", func() { h.Tap("ข้าม") })
	l.goes("พิมพ์สถานที่", func() { h.Say("หน้าโรงเรียนวัดตัวอย่าง") })
	l.goes("ข้ามรายละเอียด", func() { h.Tap("ข้าม") })
	l.goes("ส่งคำขอ", func() { h.Tap("ส่งคำขอ") })
	look()
	for _, minutes := range []int{1, 2, 7} {
		l.goes(fmt.Sprintf("อีก %d นาที", minutes), func() { h.Later(time.Duration(minutes) * time.Minute) })
		look()
	}
	made := h.Tickets()[0]
	l.goes("เจ้าหน้าที่รับเรื่อง", l.officer(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.Take(t.Context(), tx, by, made.ID) }))
	l.goes("อีก 30 นาที", func() { h.Later(30 * time.Minute) })
	look()
	l.transcript("life_live_wire")
	want := fmt.Sprintf("+66812345678 เหตุด่วน %s อันตราย สายไฟขาด เปิด: %s/admin/tickets/%d", made.Number, h.BaseURL, made.ID)
	for _, said := range g.calls() {
		if said != want {
			t.Errorf("an officer is told %q, want %q", said, want)
		}
	}
}

// A call that is killed at any border, or whose gateway is in trouble, goes out once it can, under one key; what somebody took
// meanwhile, and what could not be sent while it counted, is not sent.
func TestACallGoesOutOnce(t *testing.T) {
	t.Parallel()
	h, g := calling(t)
	h.stop() // jobs are worked on by hand
	made := func() (id tickets.CallID) {
		h.Everywhere(func(tx pgx.Tx) error {
			must(t, h.Desk.TryCall(t.Context(), tx, h.Agency.ID, h.Officer.ID))
			return tx.QueryRow(t.Context(), `SELECT max(id) FROM calls`).Scan(&id)
		})
		h.Later(2 * time.Minute)
		return id
	}
	work := func(id tickets.CallID) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("killed: %v", r)
			}
		}()
		return (&call{Deps: h.Deps}).Work(t.Context(), &river.Job[tickets.CallArgs]{JobRow: &rivertype.JobRow{ID: 1, Attempt: 1, MaxAttempts: 6}, Args: tickets.CallArgs{CallID: id}})
	}
	id := made()
	for _, border := range []string{"call: before the message", "call: after the message"} {
		h.at(func(at string) {
			if at == border {
				panic(at)
			}
		})
		if err := work(id); err == nil {
			t.Errorf("not killed at %s", border)
		}
	}
	h.at(func(string) {})
	must(t, work(id))
	must(t, work(id)) // there is nothing to do
	if len(g.keys) != 2 || g.keys[0] != g.keys[1] || !strings.Contains(g.calls()[0], "ทดลองเรียกเวร") {
		t.Errorf("keys %v, messages %v", g.keys, g.calls())
	}
	g.answers(http.StatusInternalServerError)
	id = made()
	if err := work(id); err == nil {
		t.Error("a gateway in trouble took it")
	}
	h.Later(time.Hour)
	must(t, work(id))
	g.answers(http.StatusBadRequest)
	must(t, work(made()))
	h.Texter = nil
	must(t, work(made()))
	h.Everywhere(func(tx pgx.Tx) error {
		return agencies.SetPhone(t.Context(), tx, h.Box, h.Agency.ID, h.Officer.ID, "")
	})
	h.Is(1, "calls that were sent", `SELECT count(*) FROM calls WHERE sent`)
	if got := strings.Join(h.List(`SELECT why FROM calls ORDER BY id`), " "); got != " late refused gateway" {
		t.Errorf("not sent because: %q", got)
	}
	if err := agencies.Everywhere(t.Context(), h.DB, func(tx pgx.Tx) error {
		return agencies.SetPhone(t.Context(), tx, h.Box, h.Agency.ID, h.Officer.ID, "02 123 4567")
	}); err == nil {
		t.Error(errors.New("a fixed line is called by text message"))
	}
}

// The history says how an officer was really called: in the inbox, and by a text message once the gateway took one, however often
// the job that sends it dies; without a gateway or a telephone it says nothing of any.
func TestTheHistorySaysHowAnOfficerWasCalled(t *testing.T) {
	t.Parallel()
	h, _ := calling(t)
	made := h.Question()
	h.stop() // jobs are worked on by hand
	gateway := h.Texter
	calls := func() (id tickets.CallID) { // releases the case, so that the chain begins anew
		h.Later(time.Minute)
		h.Everywhere(func(tx pgx.Tx) error {
			must(t, h.Desk.Take(t.Context(), tx, tickets.ByOfficer(h.Officer.ID), made.ID))
			must(t, h.Desk.Release(t.Context(), tx, tickets.ByOfficer(h.Officer.ID), made.ID))
			must(t, h.Desk.DoDuties(t.Context(), tx, made.ID))
			return tx.QueryRow(t.Context(), `SELECT max(id) FROM calls WHERE ticket_id = $1`, made.ID).Scan(&id)
		})
		return id
	}
	work := func(id tickets.CallID) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("killed: %v", r)
			}
		}()
		return (&call{Deps: h.Deps}).Work(t.Context(), &river.Job[tickets.CallArgs]{JobRow: &rivertype.JobRow{ID: 1, Attempt: 1, MaxAttempts: 6}, Args: tickets.CallArgs{CallID: id}})
	}
	says := func(when, want string) {
		t.Helper()
		got := strings.Join(h.List(`SELECT kind || coalesce(' way ' || (detail->>'way'), '') FROM ticket_events WHERE ticket_id = $1 AND kind IN ('called', 'texted') ORDER BY seq`, made.ID), ", ")
		if got != want {
			t.Errorf("%s the history says %q, want %q", when, got, want)
		}
	}
	h.Everywhere(func(tx pgx.Tx) error {
		return h.Desk.MarkUrgent(t.Context(), tx, tickets.ByOfficer(h.Officer.ID), made.ID, "มีประกายไฟที่เสาไฟฟ้า")
	})
	h.Texter = nil
	must(t, work(calls()))
	says("without a gateway", "called")
	h.Texter = gateway
	id := calls()
	h.at(func(at string) {
		if at == "call: after the message" {
			panic(at)
		}
	})
	if err := work(id); err == nil {
		t.Error("not killed after the message")
	}
	says("before it is known", "called, called")
	h.at(func(string) {})
	must(t, work(id))
	must(t, work(id)) // there is nothing to do
	says("when it went out", "called, called, texted")
	h.Everywhere(func(tx pgx.Tx) error {
		return agencies.SetPhone(t.Context(), tx, h.Box, h.Agency.ID, h.Officer.ID, "")
	})
	must(t, work(calls()))
	says("without a telephone", "called, called, texted, called")
}
