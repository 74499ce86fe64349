package admin_test

import (
	"crypto/rand"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/admin"
	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/tickets"
)

var (
	crowdOfficers = flag.Int("crowd", 20, "how many officers TestR13 puts on one ticket")
	crowdRounds   = flag.Int("rounds", 20, "how many tickets they are put on")
)

// R13: a crowd of officers does everything to one ticket at the same moment, through the screens, while its citizen withdraws
// it. Of what only one can do, exactly one did it and all others are told; what everybody can do, everybody did. No lost
// update, no failure of ours, no deadlock.
func TestR13(t *testing.T) {
	t.Parallel()
	h := newHouse(t, manyConnections(t))
	c := newCrowd(h, *crowdOfficers)
	began := time.Now()
	for range *crowdRounds {
		c.round()
		h.pass(time.Second) // sessions end after twelve hours
		if t.Failed() {
			break
		}
	}
	took := time.Since(began)
	var deadlocks int
	h.must(h.pool.QueryRow(t.Context(), `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`).Scan(&deadlocks))
	if deadlocks > 0 || h.logs.Len() > 0 {
		t.Errorf("%d deadlocks, and the log says\n%s", deadlocks, h.logs)
	}
	slices.Sort(c.waits)
	at := func(share float64) time.Duration {
		return c.waits[int(share*float64(len(c.waits)-1))].Round(time.Millisecond)
	}
	t.Logf("%d officers, %d rounds, %d acts in %v (%.0f a second): %d done, %d told that somebody else was first; waited %v (median), %v (99 %%), %v (longest)",
		*crowdOfficers, *crowdRounds, len(c.waits), took.Round(time.Second), float64(len(c.waits))/took.Seconds(), c.done, c.told, at(0.5), at(0.99), at(1))
	t.Logf("endings: %v", c.endings)
}

// manyConnections gives the screens as many connections as a busy agency's program has.
func manyConnections(t *testing.T) option {
	return func(d *admin.Deps) {
		config := d.DB.Config()
		config.MaxConns = 50
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		d.DB = pool
	}
}

// crowd is officers who work on one ticket at a time, and what became of what they did.
type crowd struct {
	*house
	all   []crowded
	waits []time.Duration
	done  int
	told  int

	endings map[tickets.EventKind]int // by which a ticket was closed
}

// crowded is one of them.
type crowded struct {
	person
	*browser
}

func newCrowd(h *house, n int) *crowd {
	h.t.Helper()
	c := &crowd{house: h, endings: map[tickets.EventKind]int{}}
	for i := range n {
		p := h.employ(h.agency, fmt.Sprintf("crowd%d@tb.example", i), fmt.Sprintf("เจ้าหน้าที่ %d ตัวอย่าง", i), agencies.RoleOfficer)
		c.all = append(c.all, crowded{p, h.as(p)})
	}
	return c
}

// crowdAct is something that an officer does to a ticket.
type crowdAct struct {
	to   string // the end of the address
	form func(*house) url.Values
	kind tickets.EventKind // its line in the history
	free bool              // everybody can do it at any time
}

func crowdActs() []crowdAct {
	return []crowdAct{
		{to: "take", kind: tickets.EventTaken},
		{to: "reply", kind: tickets.EventReplied, free: true, form: func(*house) url.Values { return url.Values{"text": {"กำลังตรวจสอบ"}} }},
		{to: "approve", kind: tickets.EventDecided, form: func(*house) url.Values { return url.Values{"reason": {"ซ่อมแล้ว"}} }},
		{to: "refuse", kind: tickets.EventDecided, form: func(*house) url.Values {
			return url.Values{
				"facts": {"ไม่พบสถานประกอบกิจการ"}, "picked": {"other"}, "reason": {"อยู่นอกเขต"}, "legal_basis": {"พ.ร.บ. เทศบาล พ.ศ. 2496"},
				"appeal_body": {"นายกเทศมนตรี"}, "appeal_days": {"15"},
			}
		}},
		{to: "ask", kind: tickets.EventAsked, form: func(h *house) url.Values {
			return url.Values{"suggested": {h.ownDocument()}, "due_on": {h.now().AddDate(0, 0, 10).Format(time.DateOnly)}}
		}},
		{to: "note", kind: tickets.EventNoted, free: true, form: func(*house) url.Values { return url.Values{"text": {"โทรสอบถามแล้ว"}} }},
	}
}

// ownDocument is a document of the manual of a licence that its citizen has.
func (h *house) ownDocument() string {
	form, _ := h.forms.Find("hazardous-business")
	i := slices.IndexFunc(form.Fields, func(f forms.Field) bool { return f.Files() && f.Issuer != forms.State })
	return form.Fields[i].Label.TH
}

// answered is how one act ended.
type answered struct {
	act    crowdAct
	by     tickets.Actor
	status int
	took   time.Duration
}

// round puts everybody on a new ticket at the same moment.
func (c *crowd) round() {
	c.t.Helper()
	ticket := c.business()
	acts, answers := crowdActs(), make([]answered, len(c.all))
	var (
		everybody sync.WaitGroup
		gun       = make(chan struct{})
		gone      error
	)
	for i, one := range c.all {
		act := acts[i%len(acts)]
		form := url.Values{}
		if act.form != nil {
			form = act.form(c.house)
		}
		form.Set("key", rand.Text())
		everybody.Go(func() {
			<-gun
			began := time.Now()
			got := one.post(fmt.Sprintf("/admin/tickets/%d/%s", ticket.ID, act.to), form)
			answers[i] = answered{act, tickets.ByOfficer(one.ID), got.StatusCode, time.Since(began)}
		})
	}
	everybody.Go(func() {
		<-gun
		gone = agencies.Everywhere(c.ctx(), c.pool, func(tx pgx.Tx) error {
			return c.desk.Withdraw(c.ctx(), tx, tickets.ByCitizen(ticket.CitizenID), tickets.Withdrawal{TicketID: ticket.ID, Way: "track"})
		})
	})
	close(gun)
	everybody.Wait()
	c.holds(ticket.ID, answers, gone)
}

// holds compares what everybody was told with what is written down.
func (c *crowd) holds(id tickets.TicketID, answers []answered, gone error) {
	c.t.Helper()
	won := map[string]int{} // done, by kind of event and by whom
	closed := 0
	for _, a := range answers {
		c.waits = append(c.waits, a.took)
		switch {
		case a.status == http.StatusSeeOther:
			c.done++
			won[string(a.act.kind)+" "+a.by.String()]++
			if a.act.kind == tickets.EventDecided {
				closed++
			}
		case a.status == http.StatusConflict && !a.act.free:
			c.told++
		default:
			c.t.Errorf("%s was answered with %d", a.act.to, a.status)
		}
	}
	switch {
	case gone == nil:
		closed++
		won[string(tickets.EventWithdrawn)+" "+tickets.ByCitizen(c.ticket(id).CitizenID).String()]++
	case !fault.Is(gone, fault.Conflict):
		c.t.Errorf("withdrawing: %v", gone)
	}
	if closed != 1 {
		c.t.Errorf("ticket %d was closed %d times", id, closed)
	}
	c.within(func(tx pgx.Tx) error {
		events, err := tickets.History(c.ctx(), tx, id)
		if err != nil {
			return err
		}
		if err := chain.Check(events); err != nil {
			c.t.Error(err)
		}
		var ended, taken, asked int
		for _, e := range events[1:] {
			line := string(e.Kind) + " " + e.Actor
			if won[line]--; won[line] < 0 {
				c.t.Errorf("%q stands in the history, and nobody was told that it was done", line)
			}
			switch e.Kind { //nolint:exhaustive // the rest may stand there any number of times
			case tickets.EventDecided, tickets.EventWithdrawn:
				ended++
				c.endings[e.Kind]++
			case tickets.EventTaken:
				taken++
			case tickets.EventAsked:
				asked++
			}
		}
		for line, left := range won {
			if left > 0 {
				c.t.Errorf("%q was told to be done %d times more than it stands in the history", line, left)
			}
		}
		if ended != 1 || taken > 1 || asked > 1 {
			c.t.Errorf("ticket %d: ended %d, taken %d, asked %d times", id, ended, taken, asked)
		}
		return c.rows(tx, id, answers)
	})
}

// rows compares the tables beside the history with what everybody was told.
func (c *crowd) rows(tx pgx.Tx, id tickets.TicketID, answers []answered) error {
	c.t.Helper()
	done := func(to ...string) (n int) {
		for _, a := range answers {
			if a.status == http.StatusSeeOther && slices.Contains(to, a.act.to) {
				n++
			}
		}
		return n
	}
	for what, one := range map[string]struct {
		query string
		want  int
	}{
		"decisions": {`SELECT count(*) FROM decisions WHERE ticket_id = $1`, done("approve", "refuse")},
		"messages":  {`SELECT count(*) FROM ticket_messages WHERE ticket_id = $1 AND author = 'officer'`, done("reply")},
		"notes":     {`SELECT count(*) FROM notes WHERE ticket_id = $1`, done("note")},
		"notices":   {`SELECT count(*) FROM deficiency_notices WHERE ticket_id = $1`, done("ask")},
		"jobs":      {`SELECT count(*) FROM river_job WHERE kind IN ('decided', 'withdrawn') AND (args->>'ticket_id')::bigint = $1`, 1},
	} {
		var n int
		if err := tx.QueryRow(c.ctx(), one.query, id).Scan(&n); err != nil {
			return err
		}
		if n != one.want {
			c.t.Errorf("ticket %d has %d %s, and %d were told to be done", id, n, what, one.want)
		}
	}
	return nil
}
