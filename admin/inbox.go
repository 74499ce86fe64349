package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// chrome is what every page has around its content.
type chrome struct {
	Title   string
	Officer agencies.Officer
	Agency  string // name
	View    view
	Live    string // address of the stream of news; empty: the page stands still
}

// SignedIn says whether the page belongs to somebody.
func (c chrome) SignedIn() bool { return c.Officer.ID != 0 }

// Manages says whether whoever looks may set up the agency.
func (c chrome) Manages() bool { return c.Officer.Role.Can(agencies.ManageAgency) }

// Works says whether whoever looks may work on cases.
func (c chrome) Works() bool { return c.Officer.Role.Can(agencies.WorkTickets) }

// Cashes says whether whoever looks may take money.
func (c chrome) Cashes() bool { return c.Officer.Role.Can(agencies.TakeMoney) }

// view is which tickets the list shows.
type view struct {
	Name   string
	Queue  agencies.QueueID
	Search string
}

// The views of the inbox.
const (
	viewNew     = "new"
	viewMine    = "mine"
	viewWaiting = "waiting"
	viewNear    = "near"
	viewOverdue = "overdue"
	viewLetters = "letters"
	viewAll     = "all"
	viewClosed  = "closed"
	viewQueue   = "queue"
)

// viewKind is one view with the words for it.
type viewKind struct{ name, icon, label, empty string }

// views of the side, in order.
var viewKinds = []viewKind{
	{viewNew, "inbox", "งานเข้าใหม่", "ไม่มีเรื่องใหม่ที่รอรับ"},
	{viewMine, "user-check", "มอบหมายให้ฉัน", "ท่านยังไม่ได้รับเรื่องใดไว้"},
	{viewWaiting, "message-square", "รอประชาชนตอบ", "ไม่มีเรื่องที่รอเอกสารจากประชาชน"},
	{viewNear, "clock", "ใกล้ครบกำหนด", "ไม่มีเรื่องที่ใช้เวลาไปแล้วตั้งแต่ร้อยละ 80"},
	{viewOverdue, "circle-alert", "เกินกำหนด", "ไม่มีเรื่องที่เกินกำหนด"},
	{viewLetters, "file-text", "รอหนังสือแจ้งเหตุ", "ไม่มีเรื่องที่รอหนังสือแจ้งเหตุแห่งความล่าช้า"},
	{viewAll, "layers", "เรื่องที่เปิดอยู่ทั้งหมด", "ไม่มีเรื่องที่เปิดอยู่"},
	{viewClosed, "archive", "ปิดแล้ว", "ยังไม่มีเรื่องที่ปิด"},
}

// viewOf reads a view from an address; whatever is unknown is the list of new ones.
func viewOf(q url.Values) view {
	v := view{Name: viewNew, Search: strings.TrimSpace(thai.Clip(q.Get("q"), 100))}
	if id, err := strconv.ParseInt(q.Get("queue"), 10, 64); err == nil && id > 0 {
		v.Name, v.Queue = viewQueue, agencies.QueueID(id)
		return v
	}
	for _, k := range viewKinds {
		if k.name == q.Get("view") {
			v.Name = k.name
		}
	}
	return v
}

// query is the view in an address.
func (v view) query() url.Values {
	q := url.Values{}
	switch {
	case v.Name == viewQueue:
		q.Set("queue", strconv.FormatInt(int64(v.Queue), 10))
	case v.Name != viewNew:
		q.Set("view", v.Name)
	}
	if v.Search != "" {
		q.Set("q", v.Search)
	}
	return q
}

// Inbox is the address of the list.
func (v view) Inbox() string { return link("/", v.query()) }

// Closed says whether the view shows closed tickets.
func (v view) Closed() bool { return v.Name == viewClosed }

// Everywhere is the same search over all open tickets, and ClosedToo over the closed ones.
func (v view) Everywhere() string { return view{Name: viewAll, Search: v.Search}.Inbox() }

// ClosedToo is the same search over the closed tickets.
func (v view) ClosedToo() string { return view{Name: viewClosed, Search: v.Search}.Inbox() }

// filter is what the view means for an officer.
func (v view) filter(s Scope, now time.Time) tickets.Filter {
	f := tickets.Filter{Agency: s.Agency, Now: now, Search: v.Search}
	switch v.Name {
	case viewNew:
		f.Status = tickets.Open
	case viewMine:
		f.Officer = s.Officer.ID
	case viewWaiting:
		f.Status = tickets.Awaiting
	case viewNear:
		f.Near = true
	case viewOverdue:
		f.Overdue = true
	case viewLetters:
		f.Letters = true
	case viewClosed:
		f.Closed = true
	case viewQueue:
		f.Queue = v.Queue
	}
	return f
}

// inboxPage is the three panes: views and queues, the list, and the open ticket.
type inboxPage struct {
	chrome
	Side   side
	List   list
	Ticket *ticketPane // nil: none is open
}

// side is the first pane.
type side struct {
	Views  []sideLink
	Queues []sideLink
}

// Current is the link of the view that is shown.
func (s side) Current() sideLink {
	for _, l := range append(append([]sideLink{}, s.Views...), s.Queues...) {
		if l.Current {
			return l
		}
	}
	return sideLink{}
}

type sideLink struct {
	Href    string
	Icon    string
	Label   string
	Count   string // empty: not counted
	Current bool
	Alert   bool // nobody opened it in time
}

func (a *Admin) showInbox(r *http.Request, s Scope) (reply, error) {
	p, err := a.inbox(r, s, 0)
	if err != nil {
		return nil, err
	}
	return a.look(r.Context(), s, p.View.Queue, page{view: "inbox", part: "list", data: p})
}

// refreshList answers a page that heard of a change, wants the next rows, or searches.
func (a *Admin) refreshList(r *http.Request, s Scope) (reply, error) {
	p, err := a.inbox(r, s, 0)
	if err != nil {
		return nil, err
	}
	if r.URL.Query().Get("after") != "" {
		return page{view: "inbox", part: "rows", data: p.List}, nil
	}
	return page{view: "inbox", part: "list", data: p}, nil
}

// here notes that somebody who types for a long time is still there.
func (a *Admin) here(*http.Request, Scope) (reply, error) { return nothing{}, nil }

// inbox builds the list and its sides.
func (a *Admin) inbox(r *http.Request, s Scope, open tickets.TicketID) (inboxPage, error) {
	ctx, v := r.Context(), viewOf(r.URL.Query())
	agency, err := agencies.Find(ctx, s.Tx, s.Agency)
	if err != nil {
		return inboxPage{}, err
	}
	queues, err := agencies.Queues(ctx, s.Tx, s.Agency)
	if err != nil {
		return inboxPage{}, err
	}
	p := inboxPage{chrome: chrome{
		Officer: s.Officer, Agency: agency.Name, View: v, Live: link("/live", url.Values{"after": {s.Mark}}),
	}}
	if p.Side, err = a.side(ctx, s, v, queues); err != nil {
		return inboxPage{}, err
	}
	current := p.Side.Current()
	if current.Label == "" {
		return inboxPage{}, fault.New(fault.NotFound, "ไม่พบคิวงานนี้ในหน่วยงานของท่าน กรุณาเลือกคิวจากเมนู")
	}
	p.Title = current.Label
	if p.List, err = a.list(r, s, v, queues, open); err != nil {
		return inboxPage{}, err
	}
	if err := a.ringing(ctx, s, &p.List, queues); err != nil {
		return inboxPage{}, err
	}
	if p.List.Unread, err = a.unreadOf(ctx, s, queues); err != nil {
		return inboxPage{}, err
	}
	for i := range p.Side.Queues {
		p.Side.Queues[i].Alert = slices.ContainsFunc(p.List.Unread, func(l unreadLine) bool { return l.Href == p.Side.Queues[i].Href })
	}
	if p.List.Mandates, err = a.mandatesWaiting(ctx, s); err != nil {
		return p, err
	}
	if p.List.Breaches, err = a.runningBreaches(ctx, s); err != nil {
		return inboxPage{}, err
	}
	p.List.Heading = current.Label
	p.List.Covering, err = a.coveredBy(ctx, s)
	return p, err
}

// countMost is where counting stops: beyond it the number says nothing more.
const countMost = 100

func (a *Admin) side(ctx context.Context, s Scope, v view, queues []agencies.Queue) (side, error) {
	var out side
	count := func(of view) (string, error) {
		n, err := tickets.Count(ctx, s.Tx, of.filter(s, a.now()), countMost)
		if err != nil {
			return "", err
		}
		if n >= countMost {
			return strconv.Itoa(countMost-1) + "+", nil
		}
		return strconv.Itoa(n), nil
	}
	for _, k := range viewKinds {
		l := sideLink{Href: view{Name: k.name}.Inbox(), Icon: k.icon, Label: k.label, Current: v.Name == k.name}
		if k.name != viewClosed {
			var err error
			if l.Count, err = count(view{Name: k.name}); err != nil {
				return side{}, err
			}
		}
		out.Views = append(out.Views, l)
	}
	asked, err := tickets.EnquiriesWaiting(ctx, s.Tx, s.Agency)
	if err != nil {
		return side{}, err
	}
	if asked > 0 {
		out.Views = append(out.Views, sideLink{Href: Base + "/consultations", Icon: "scale", Label: "หน่วยงานอื่นขอความเห็น", Count: decimal(asked)})
	}
	for _, q := range queues {
		of := view{Name: viewQueue, Queue: q.ID}
		n, err := count(of)
		if err != nil {
			return side{}, err
		}
		out.Queues = append(out.Queues, sideLink{
			Href: of.Inbox(), Icon: queueIcon(q.Key), Label: q.Name, Count: n, Current: v.Name == viewQueue && v.Queue == q.ID,
		})
	}
	return out, nil
}

// queueIcon is a picture for a queue, by the key that forms know it by.
func queueIcon(key string) string {
	switch {
	case strings.Contains(key, "permit"):
		return "file-check"
	case strings.Contains(key, "work") || strings.Contains(key, "problem"):
		return "map-pin"
	case strings.Contains(key, "welfare") || strings.Contains(key, "social"):
		return "users"
	case strings.Contains(key, "general") || strings.Contains(key, "question"):
		return "circle-help"
	default:
		return "list"
	}
}

// list is the second pane.
type list struct {
	Heading  string
	Covering []awayLine // for whom whoever looks stands in
	View     view
	Rows     []row
	Empty    string
	Shown    int          // rows so far, with those of the pages before
	More     string       // address of the next rows in place; empty: these were the last
	Next     string       // the same as a page of its own
	Later    bool         // this is not the first page
	Refresh  string       // address that the list is read from again
	Breaches []breachLine // of which the regulator is still to be told, for whoever keeps their register
	Alarms   []alarmLine  // what cannot wait and nobody has taken
	OnCall   []onCallNow  // who is on call, for a head
	Unread   []unreadLine // queues that nobody opened in time, for a head
	Mandates int          // powers of attorney that wait to be looked at
	Steps    []step       // what is left to set up, while nothing has come yet
}

// row is one ticket of the list.
type row struct {
	ID      tickets.TicketID
	Href    string
	Number  string
	Name    string
	Subject string
	Service string
	At      time.Time
	When    string
	Unread  bool
	Due     chip
	Urgent  bool   // it cannot wait
	Letter  *chip  // a letter on the delay waits for its reason
	Blocked *chip  // the citizen has blocked the account
	Passed  *chip  // it came from another agency, or came back
	Holder  string // who took it
	Mine    bool
	Current bool
}

// Rows of one page, and the most that a list is refreshed with.
const (
	pageRows = 50
	mostRows = 500
)

func (a *Admin) list(r *http.Request, s Scope, v view, queues []agencies.Queue, open tickets.TicketID) (list, error) {
	ctx, q, now := r.Context(), r.URL.Query(), a.now()
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return list{}, err
	}
	shown := number(q.Get("shown"), mostRows)
	f := v.filter(s, now)
	f.After, f.Limit = readCursor(q.Get("after")), pageRows
	if f.After.ID == 0 {
		// A list that has grown by its next pages is read again as far as it went.
		f.Limit, shown = max(shown, pageRows), 0
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there is more
	found, err := tickets.List(ctx, s.Tx, f)
	if err != nil {
		return list{}, err
	}
	out := list{View: v, Later: f.After.ID != 0, Empty: emptyWords(v), Refresh: link("/list", v.query())}
	if len(found) > limit {
		found = found[:limit]
		next := v.query()
		next.Set("after", writeCursor(found[limit-1].Cursor()))
		out.Next = link("/", next)
		next.Set("shown", strconv.Itoa(shown+limit))
		out.More = link("/list", next)
	}
	out.Shown = shown + len(found)
	if len(found) == 0 && v == (view{Name: viewNew}) {
		if out.Steps, err = a.firstSteps(ctx, s, len(officers)); err != nil {
			return list{}, err
		}
	}
	names := map[agencies.QueueID]string{}
	for _, queue := range queues {
		names[queue.ID] = queue.Name
	}
	for _, t := range found {
		out.Rows = append(out.Rows, rowOf(t, v, s, officers, now, open))
	}
	return out, markBlocked(ctx, s, out.Rows)
}

func rowOf(t tickets.Ticket, v view, s Scope, officers map[agencies.OfficerID]agencies.Officer, now time.Time, open tickets.TicketID) row {
	w := row{
		ID: t.ID, Href: ticketLink(t.ID, v), Number: t.Number, Name: t.CitizenName, Subject: t.Subject, Service: t.Title,
		At: t.EnteredAt, When: when(t.EnteredAt, now), Unread: t.Unread, Urgent: t.Urgent && t.ClosedAt == nil, Due: dueChip(t, now), Current: t.ID == open,
	}
	if t.ClosedAt != nil {
		w.At, w.When, w.Due = *t.ClosedAt, when(*t.ClosedAt, now), statusChip(t.Status)
	}
	if t.LetterDue && t.ClosedAt == nil {
		w.Letter = &chip{Kind: "bad", Icon: "file-text", Text: "รอหนังสือแจ้งเหตุ"}
	}
	switch {
	case t.Pending():
		w.Passed = &chip{Kind: "warn", Icon: "arrow-right-left", Text: "รอรับจากหน่วยงานอื่น"}
	case t.Bounces > 1 && t.ClosedAt == nil:
		w.Passed = &chip{Kind: "bad", Icon: "undo-2", Text: "กลับมา " + decimal(t.Bounces) + " ครั้ง"}
	case t.Bounces == 1 && t.ClosedAt == nil:
		w.Passed = &chip{Icon: "undo-2", Text: "กลับมาจากหน่วยงานอื่น"}
	}
	if t.OfficerID != nil {
		w.Mine = *t.OfficerID == s.Officer.ID
		w.Holder = officers[*t.OfficerID].Name
	}
	return w
}

func emptyWords(v view) string {
	if v.Search != "" {
		return "ไม่พบเรื่องที่ตรงกับ “" + v.Search + "”"
	}
	for _, k := range viewKinds {
		if k.name == v.Name {
			return k.empty
		}
	}
	return "ไม่มีเรื่องในคิวงานนี้"
}

// ticketLink is the address of a ticket, with the list that stands beside it.
func ticketLink(id tickets.TicketID, v view) string {
	return link(ticketPath(id), v.query())
}

func ticketPath(id tickets.TicketID) string { return "/tickets/" + strconv.FormatInt(int64(id), 10) }

// urgentCursor begins the place of a case that cannot wait.
const urgentCursor = "u"

// writeCursor and readCursor carry the place in a list through an address.
func writeCursor(c tickets.Cursor) string {
	text := fmt.Sprintf("%d.%d", c.At.UnixMicro(), c.ID)
	if c.Urgent {
		text = urgentCursor + text
	}
	return text
}

func readCursor(text string) tickets.Cursor {
	text, urgent := strings.CutPrefix(text, urgentCursor)
	left, right, _ := strings.Cut(text, ".")
	at, err1 := strconv.ParseInt(left, 10, 64)
	id, err2 := strconv.ParseInt(right, 10, 64)
	if err1 != nil || err2 != nil || id <= 0 {
		return tickets.Cursor{}
	}
	return tickets.Cursor{Urgent: urgent, At: time.UnixMicro(at), ID: tickets.TicketID(id)}
}

// number reads a number of an address, kept between 0 and most.
func number(text string, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return min(max(n, 0), most)
}
