package admin

import (
	"fmt"
	"net/http"
	"time"

	"saphan/agencies"
)

// heartbeat keeps proxies from closing a quiet stream, and is when a stream looks whether its
// session still lives (ASVS 7.4.1).
const heartbeat = 15 * time.Second

// live streams the names of what changed: "tickets" for the list, "ticket-7" for an open case,
// "resync" when anything may have, "signed-out" when the session has ended. The page then reads
// its own parts again.
func (a *Admin) live(w http.ResponseWriter, r *http.Request) {
	officer, ok, err := a.officer(r, false)
	switch {
	case err != nil:
		a.fail(w, r, officer, err)
		return
	case !ok || !officer.Role.Can(agencies.ReadTickets):
		a.askToSignIn(w, r)
		return
	}
	mark := r.Header.Get("Last-Event-ID")
	if mark == "" {
		mark = r.URL.Query().Get("after")
	}
	missed, news, leave := a.bell.subscribe(officer.AgencyID, mark)
	defer leave()

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	s := stream{w: w, control: http.NewResponseController(w)}
	s.send("retry: 2000\n\n")
	for _, n := range missed {
		s.tell(a.bell, n)
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for s.err == nil {
		select {
		case <-r.Context().Done():
			return
		case n, open := <-news:
			if !open {
				return
			}
			s.tell(a.bell, n)
		case <-beat.C:
			_, alive, err := a.officer(r, false)
			switch {
			case err != nil:
				a.log.WarnContext(r.Context(), "stream cannot see its session", "err", err)
				return
			case !alive:
				s.send("event: signed-out\ndata:\n\n")
				return
			}
			s.send(":\n\n")
		}
	}
}

// stream writes server-sent events; the first error ends it.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (s *stream) tell(b *Bell, n rung) {
	id := b.markOf(n.seq)
	if n.ticket == 0 {
		s.send(fmt.Sprintf("id: %s\nevent: resync\ndata:\n\n", id))
		return
	}
	s.send(fmt.Sprintf("id: %[1]s\nevent: tickets\ndata: %[2]d\n\nid: %[1]s\nevent: ticket-%[2]d\ndata:\n\n", id, n.ticket))
}

// send writes and flushes. The server's write deadline is for pages; a stream gives each event
// its own.
func (s *stream) send(text string) {
	if s.err != nil {
		return
	}
	if s.err = s.control.SetWriteDeadline(time.Now().Add(heartbeat)); s.err != nil {
		return
	}
	if _, s.err = fmt.Fprint(s.w, text); s.err != nil {
		return
	}
	s.err = s.control.Flush()
}
