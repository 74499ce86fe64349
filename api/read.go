package api

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/tickets"
)

// Listing says which cases are asked for.
type Listing struct {
	Status string    `query:"status" doc:"Only those that stand so" example:"open"`
	Queue  string    `query:"queue" doc:"Only those in this queue, by its key" example:"permits"`
	Since  time.Time `query:"updated_since" doc:"Only those that something happened to then or later. To keep a copy, ask from a minute before your newest case"`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string    `query:"cursor" doc:"As the page before gave it"`
}

// Listed is a page of cases.
type Listed struct {
	Link string `header:"Link" doc:"The next page (RFC 8288); left out on the last one"`
	Body ListedBody
}

// ListedBody is a page of cases, those that changed first first.
type ListedBody struct {
	Tickets []Case `json:"tickets"`
	Next    string `json:"next,omitempty" doc:"Cursor of the next page; left out on the last one"`
}

func (a *API) list(ctx context.Context, c caller, in *Listing) (out *Listed, err error) {
	after, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	out = &Listed{Body: ListedBody{Tickets: []Case{}}}
	err = a.looking(ctx, c, func(tx pgx.Tx) error {
		queues, err := queuesOf(ctx, tx, c.key.AgencyID)
		if err != nil {
			return err
		}
		which := tickets.Changes{Agency: c.key.AgencyID, Status: tickets.Status(in.Status), Since: in.Since, After: after, Limit: in.Limit + 1}
		if in.Queue != "" {
			if which.Queue = queueBy(queues, in.Queue); which.Queue == 0 {
				return fault.New(fault.Invalid, "ไม่พบคิวงานนี้ในหน่วยงาน กรุณาตรวจชื่อคิวงาน")
			}
		}
		all, err := tickets.Changed(ctx, tx, which)
		if err != nil {
			return err
		}
		if len(all) > in.Limit {
			all = all[:in.Limit]
			out.Body.Next = cursorOf(all[in.Limit-1])
		}
		for _, t := range all {
			out.Body.Tickets = append(out.Body.Tickets, a.caseOf(t, queues))
		}
		return nil
	})
	if err == nil && out.Body.Next != "" {
		out.Link = "<" + a.baseURL + Base + "/tickets?" + in.next(out.Body.Next) + `>; rel="next"`
	}
	return out, err
}

// next is the question for the next page.
func (in *Listing) next(cursor string) string {
	q := url.Values{"limit": {itoa(in.Limit)}, "cursor": {cursor}}
	if in.Status != "" {
		q.Set("status", in.Status)
	}
	if in.Queue != "" {
		q.Set("queue", in.Queue)
	}
	return q.Encode()
}

// queueBy is the queue with a key; 0: there is none.
func queueBy(queues map[agencies.QueueID]agencies.Queue, key string) agencies.QueueID {
	for id, q := range queues {
		if q.Key == key {
			return id
		}
	}
	return 0
}

// cursorOf names the place of a case among those that changed.
func cursorOf(t tickets.Ticket) string {
	return base64.RawURLEncoding.EncodeToString([]byte(itoa(t.UpdatedAt.UnixMicro()) + " " + itoa(t.ID)))
}

func readCursor(text string) (c tickets.Cursor, err error) {
	if text == "" {
		return c, nil
	}
	wrong := problemInvalid.of(fault.New(fault.Invalid, "cursor ไม่ถูกต้อง กรุณาส่งค่าที่ได้จากหน้าก่อนโดยไม่แก้ไข"))
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return c, wrong
	}
	at, number, _ := strings.Cut(string(raw), " ")
	micro, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return c, wrong
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id < 1 {
		return c, wrong
	}
	return tickets.Cursor{At: time.UnixMicro(micro), ID: tickets.TicketID(id)}, nil
}

// One says which case is asked for.
type One struct {
	Ticket int64 `path:"ticket" doc:"Identifier of the case" example:"17"`
}

// Opened is one case, whole.
type Opened struct {
	ETag string `header:"ETag" doc:"Version of the case: send it with an act as If-Match"`
	Body Whole
}

func (a *API) ticket(ctx context.Context, c caller, in *One) (out *Opened, err error) {
	var seen *citizens.Reading
	err = a.looking(ctx, c, func(tx pgx.Tx) error {
		t, err := tickets.Find(ctx, tx, tickets.TicketID(in.Ticket))
		if err != nil {
			return err
		}
		if out, err = a.whole(ctx, tx, c, t); err != nil {
			return err
		}
		if out.Body.Request == nil {
			return nil
		}
		seen, err = a.readingOf(ctx, tx, c, t, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, a.noteReading(ctx, c, seen)
}

// readingOf is that a system reads what is personal in a case, or a file of it; nil when the last ten minutes know of it
// already (PDP-8).
func (a *API) readingOf(ctx context.Context, tx pgx.Tx, c caller, t tickets.Ticket, file files.AttachmentID) (*citizens.Reading, error) {
	r := citizens.Reading{
		AgencyID: int64(c.key.AgencyID), TicketID: int64(t.ID), OfficerID: int64(c.officer.ID), Kind: citizens.ReadCase, Standing: citizens.Free, At: a.now(),
		Reason: "ระบบของหน่วยงาน: " + c.key.Name,
	}
	if file != 0 {
		r.Kind, r.AttachmentID = citizens.ReadFile, int64(file)
	}
	if t.OfficerID != nil {
		r.Standing = citizens.Other
		if *t.OfficerID == c.officer.ID {
			r.Standing = citizens.Holder
		}
	}
	noted, err := citizens.ReadingNoted(ctx, tx, r)
	if err != nil || noted {
		return nil, err
	}
	return &r, nil
}

// noteReading writes a reading down before anything is answered: what was read is never without its trace.
func (a *API) noteReading(ctx context.Context, c caller, r *citizens.Reading) error {
	if r == nil {
		return nil
	}
	return a.within(ctx, c, func(tx pgx.Tx) error { return citizens.NoteReading(ctx, tx, *r) })
}

// whole reads a case with all that the key may see.
func (a *API) whole(ctx context.Context, tx pgx.Tx, c caller, t tickets.Ticket) (*Opened, error) {
	queues, err := queuesOf(ctx, tx, c.key.AgencyID)
	if err != nil {
		return nil, err
	}
	stamp, err := tickets.StampOf(ctx, tx, t.ID)
	if err != nil {
		return nil, err
	}
	out := &Opened{ETag: etag(stamp), Body: Whole{Case: a.caseOf(t, queues)}}
	if t.MainID != nil {
		out.Body.Follows = int64(*t.MainID)
	}
	personal := c.may(agencies.ScopeAnswers) == nil
	for _, part := range []func() error{
		func() (err error) { out.Body.Clocks, err = a.clocks(ctx, tx, t); return err },
		func() (err error) { out.Body.Notices, err = notices(ctx, tx, t.ID); return err },
		func() (err error) { out.Body.Opinions, err = a.opinions(ctx, tx, t, personal); return err },
		func() (err error) { out.Body.Decisions, err = decisions(ctx, tx, t.ID, personal); return err },
		func() (err error) { out.Body.Letters, err = letters(ctx, tx, t.ID, personal); return err },
		func() (err error) { out.Body.History, err = history(ctx, tx, t.ID); return err },
		func() (err error) {
			if c.may(agencies.ScopeDocuments) == nil {
				if out.Body.Photos, err = tickets.Photos(ctx, tx, t.ID, 0); err != nil {
					return err
				}
				out.Body.Documents, err = a.documents(ctx, tx, t.ID)
			}
			return err
		},
		func() (err error) {
			if personal {
				out.Body.Request, err = request(ctx, tx, t)
			}
			return err
		},
	} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *API) clocks(ctx context.Context, tx pgx.Tx, t tickets.Ticket) ([]Clock, error) {
	counted, err := a.desk.Clocks(ctx, tx, t.ID)
	if err != nil {
		return nil, err
	}
	all := []Clock{}
	for _, c := range counted {
		all = append(all, Clock{
			Key: string(c.Key), Law: c.Law.TH, State: string(c.State), Unit: string(c.Unit), Total: c.Total, DueAt: orNone(c.DueAt), DoneAt: orNone(c.DoneAt), Late: c.Late(a.now()),
		})
	}
	return all, nil
}

// orNone is a time that may be missing.
func orNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func notices(ctx context.Context, tx pgx.Tx, id tickets.TicketID) ([]Notice, error) {
	written, err := tickets.Notices(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	wants, err := tickets.Wants(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	all := []Notice{}
	for _, n := range written {
		one := Notice{ID: int64(n.ID), At: n.At.UTC(), DueOn: n.Until().Format(time.DateOnly), Second: n.Override != "", AcknowledgedAt: n.SeenAt, Wants: []Want{}}
		for _, w := range wants {
			if w.NoticeID != n.ID {
				continue
			}
			want := Want{ID: int64(w.ID), Label: w.Label, Law: w.Law, SuppliedAt: w.SuppliedAt}
			if w.AttachmentID != nil {
				want.Document = *w.AttachmentID
			}
			one.Wants = append(one.Wants, want)
		}
		all = append(all, one)
	}
	return all, nil
}

func (a *API) opinions(ctx context.Context, tx pgx.Tx, t tickets.Ticket, personal bool) ([]Opinion, error) {
	chain, err := a.desk.Opinions(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	all := []Opinion{}
	for _, o := range chain.Given {
		one := Opinion{
			N: o.N, Step: string(o.Step), Officer: int64(o.OfficerID), Proposes: string(o.Proposes), BackTo: string(o.BackTo), At: o.At.UTC(), Superseded: o.SupersededAt != nil,
		}
		if personal {
			one.Text = o.Text
		}
		all = append(all, one)
	}
	return all, nil
}

func decisions(ctx context.Context, tx pgx.Tx, id tickets.TicketID, personal bool) ([]Decision, error) {
	made, err := tickets.Decisions(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	all := []Decision{}
	for _, d := range made {
		one := Decision{Outcome: string(d.Outcome), At: d.At.UTC(), Officer: int64(d.OfficerID), TakenBack: d.WithdrawnAt, Reopened: d.ReopenedAt, Change: string(d.Change), Since: string(d.Since), Changed: d.ChangedAt, Overturned: d.OverturnedAt}
		if personal {
			one.Facts, one.Reason, one.Conditions, one.Mistake = d.Facts, d.Reason, d.Conditions, d.Mistake
			one.LegalBasis, one.AppealBody, one.AppealDays = d.LegalBasis, d.AppealBody, d.AppealDays
		}
		all = append(all, one)
	}
	return all, nil
}

func letters(ctx context.Context, tx pgx.Tx, id tickets.TicketID, personal bool) ([]Letter, error) {
	written, err := tickets.Letters(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	all := []Letter{}
	for _, l := range written {
		one := Letter{N: l.N, DueAt: l.DueAt.UTC(), SentAt: l.SentAt}
		if personal {
			one.Reason = l.Reason
		}
		all = append(all, one)
	}
	return all, nil
}

func history(ctx context.Context, tx pgx.Tx, id tickets.TicketID) ([]Event, error) {
	events, err := tickets.History(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	all := []Event{}
	for _, e := range events {
		var d struct {
			Via int64 `json:"via"`
		}
		if err := json.Unmarshal(e.Detail, &d); err != nil {
			return nil, fmt.Errorf("line %d of ticket %d: %w", e.Seq, id, err)
		}
		all = append(all, Event{Seq: e.Seq, At: e.At.UTC(), Actor: e.Actor, Via: d.Via, Kind: string(e.Kind), Detail: e.Detail, Hash: hex.EncodeToString(e.Hash)})
	}
	return all, nil
}

func request(ctx context.Context, tx pgx.Tx, t tickets.Ticket) (*Request, error) {
	asked, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return nil, err
	}
	thread, err := tickets.Thread(ctx, tx, t.ID)
	if err != nil {
		return nil, err
	}
	r := &Request{Citizen: t.CitizenName, Subject: t.Subject, Answers: []Answer{}, Messages: []Message{}}
	for _, one := range asked.Answers {
		r.Answers = append(r.Answers, Answer{Field: one.Field, Kind: string(one.Kind), Label: one.Label, Text: one.Text, Value: one.Value})
	}
	for _, m := range thread {
		r.Messages = append(r.Messages, messageOf(m))
	}
	return r, nil
}

func messageOf(m tickets.Message) Message {
	one := Message{ID: int64(m.ID), From: m.Author, Text: m.Text, At: m.At.UTC(), Edited: m.EditedAt != nil, Unsent: m.UnsentAt != nil}
	if m.OfficerID != nil {
		one.Officer = int64(*m.OfficerID)
	}
	if m.AttachmentID != nil {
		one.File = *m.AttachmentID
	}
	if m.Sending != nil {
		one.Sending = *m.Sending
	}
	if len(m.Place) > 0 {
		var p Placement
		if json.Unmarshal(m.Place, &p) == nil {
			one.Place = &p
		}
	}
	return one
}
