package admin

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/tickets"
)

// alikeBox are the cases that a case is joined with, or may be about the same as.
type alikeBox struct {
	Main   *alikeLine  // the case that this one follows
	Follow []alikeLine // those that follow this one
	Near   []alikeLine // those that may be about the same
	Own    []string    // photos that came with this case
	Key    string
	Act    bool // the officer may join and part them
	// Self is the case itself; Merge and Unmerge are the addresses at which cases are joined with it and parted.
	Self           tickets.TicketID
	Merge, Unmerge string
}

// Reporters is how many people are told when an officer writes to all of them from this case; 0: it is not one that others
// follow.
func (b *alikeBox) Reporters() int {
	if b.Main != nil || len(b.Follow) == 0 {
		return 0
	}
	return 1 + len(b.Follow)
}

// alikeLine is one of them.
type alikeLine struct {
	tickets.Ticket
	Href   string
	Chip   chip
	Metres int // how far away; of those that may be about the same
	Photos []string
}

// alikeOf reads what a case is joined with; nil: nothing, and nothing is near.
func (a *Admin) alikeOf(ctx context.Context, s Scope, p *ticketPane) (*alikeBox, error) {
	box := &alikeBox{Key: p.Key, Act: s.Can(agencies.WorkTickets), Self: p.ID, Merge: p.Act("merge"), Unmerge: p.Act("unmerge")}
	family, err := tickets.Family(ctx, s.Tx, p.Ticket)
	if err != nil {
		return nil, err
	}
	for i, t := range family {
		line, err := lineOfCase(ctx, s, t, p.View)
		switch {
		case err != nil:
			return nil, err
		case t.ID == p.ID:
		case i == 0:
			box.Main = &line
		case p.MainID == nil:
			box.Follow = append(box.Follow, line)
		}
	}
	near, err := a.desk.Alike(ctx, s.Tx, p.Ticket)
	if err != nil {
		return nil, err
	}
	for _, n := range near {
		line, err := lineOfCase(ctx, s, n.Ticket, p.View)
		if err != nil {
			return nil, err
		}
		line.Metres = int(n.Metres + 0.5)
		box.Near = append(box.Near, line)
	}
	if box.Main == nil && len(box.Follow) == 0 && len(box.Near) == 0 {
		return nil, nil //nolint:nilnil // there is nothing to show
	}
	own, err := lineOfCase(ctx, s, p.Ticket, p.View)
	box.Own = own.Photos
	return box, err
}

// photosShown is how many photos of a case stand beside those of another.
const photosShown = 2

func lineOfCase(ctx context.Context, s Scope, t tickets.Ticket, v view) (alikeLine, error) {
	line := alikeLine{Ticket: t, Href: ticketLink(t.ID, v), Chip: statusChip(t.Status)}
	photos, err := tickets.Before(ctx, s.Tx, t)
	for _, id := range photos[:min(len(photos), photosShown)] {
		line.Photos = append(line.Photos, link(ticketPath(t.ID)+"/files/"+strconv.FormatInt(id, 10)+"/preview", nil))
	}
	return line, err
}

// Joined says whether another case can still be joined with this one: it is not closed.
func (l alikeLine) Joined() bool { return !l.Status.Closed() }

// merge joins the case with another about the same: the later follows the earlier, whichever was open on the screen.
func (a *Admin) merge(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "merged", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Join(ctx, s.Tx, s.Actor(), id, tickets.TicketID(number(r.PostForm.Get("case"), 1<<53)))
	})
}

// unmerge parts a case from the one that it follows.
func (a *Admin) unmerge(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "unmerged", func(ctx context.Context, id tickets.TicketID) error {
		t, err := tickets.Find(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		family, err := tickets.Family(ctx, s.Tx, t)
		if err != nil {
			return err
		}
		other := tickets.TicketID(number(r.PostForm.Get("case"), 1<<53))
		if !slices.ContainsFunc(family, func(t tickets.Ticket) bool { return t.ID == other }) {
			return fault.New(fault.Conflict, "เรื่องนี้แยกออกไปแล้ว กรุณาเปิดหน้าใหม่เพื่อดูรายการล่าสุด")
		}
		return a.desk.Unmerge(ctx, s.Tx, s.Actor(), other)
	})
}
