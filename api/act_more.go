package api

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/tickets"
)

// Same names another case about the same thing.
type Same struct {
	Case int64 `json:"case" doc:"Identifier of the other case" example:"12"`
}

func (a *API) merge(ctx context.Context, w work, in *With[Same]) error {
	return a.desk.Join(ctx, w.tx, w.by(), w.ticket.ID, tickets.TicketID(in.Body.Case))
}

func (a *API) unmerge(ctx context.Context, w work, _ *Bare) error {
	return a.desk.Unmerge(ctx, w.tx, w.by(), w.ticket.ID)
}

// Halting stops what the system does by itself.
type Halting struct {
	Rule string `json:"rule,omitempty" doc:"Key of a rule of the service; left out: all of them" example:"certificate"`
	Why  string `json:"why" example:"ต้องตรวจสถานที่ก่อน"`
}

func (a *API) halt(ctx context.Context, w work, in *With[Halting]) error {
	return a.desk.Halt(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Rule, in.Body.Why)
}

// Resuming lets it go on.
type Resuming struct {
	Rule string `json:"rule,omitempty" doc:"Key of the rule that was stopped; left out: what stopped all of them" example:"certificate"`
}

func (a *API) resume(ctx context.Context, w work, in *With[Resuming]) error {
	return a.desk.Resume(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Rule)
}

// Delay is a letter on a delay.
type Delay struct {
	Letter int    `json:"letter" doc:"Its number in the case, from letters" example:"1"`
	Reason string `json:"reason" doc:"Of which the citizen is told" example:"รอผลตรวจคุณภาพน้ำจากห้องปฏิบัติการ"`
}

func (a *API) letter(ctx context.Context, w work, in *With[Delay]) error {
	return a.desk.WriteLetter(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Letter, in.Body.Reason)
}

// photoMost is the largest photo of work that is taken.
const photoMost = 20 << 20

// Photo is a photo of work: the bytes of the body, as they come.
type Photo struct {
	Addressed
	body io.Reader
}

// Resolve keeps the body for whoever stores it: a photo is not held in memory.
func (in *Photo) Resolve(h huma.Context) []error {
	in.body = h.BodyReader()
	return nil
}

// photographRoute adds the photo that stands beside the next decision, where the service wants the work shown (SVC-5).
func (a *API) photographRoute(h huma.API) {
	op := operation{
		name: "photograph", needs: agencies.ScopeWork, summary: "Add a photo of what was done",
		more: "It stands beside the next approval. Some services let none go out without one; the citizen sees it beside the photo that came with the request. The body is the picture itself, 20 MB at most.",
	}
	picture := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	huma.Register(h, huma.Operation{
		OperationID: op.name, Method: http.MethodPost, Path: "/tickets/{ticket}/" + op.name, Summary: op.summary, Description: op.describe(), Security: bearer(),
		Tags: []string{"Act"}, DefaultStatus: http.StatusOK, BodyReadTimeout: noDeadline,
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"image/jpeg": picture, "image/png": picture, "image/heic": picture}},
		Responses: problems(h, problemInvalid, problemReused, problemMalformed, problemNoKey, problemKey, problemForbidden, problemNotFound, problemConflict,
			problemInFlight, problemChanged, problemLarge, problemMedia, problemNoVersion, problemTooMany, problemUnavailable, problemInternal),
	}, func(ctx context.Context, in *Photo) (*Acted, error) {
		c := callerOf(ctx)
		out, err := (*Acted)(nil), c.may(op.needs)
		if err == nil {
			out, err = a.photograph(ctx, c, in)
		}
		if err != nil {
			return nil, a.refused(ctx, c.lang, op.name, err)
		}
		return out, nil
	})
}

// photograph stores a photo and then adds it to the case. One that is stored and not added is forgotten by itself.
func (a *API) photograph(ctx context.Context, c caller, in *Photo) (*Acted, error) {
	if a.uploads == nil {
		return nil, fault.New(fault.Unavailable, "ระบบยังไม่เปิดรับไฟล์ กรุณาแจ้งผู้ดูแลระบบ")
	}
	_, at, err := a.uploads.Take(ctx, c.actor().String(), "photo", in.body, files.Limits{Max: photoMost})
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(at.MediaType, "image/") {
		return nil, fault.New(fault.Invalid, "ผลงานต้องเป็นรูปถ่าย กรุณาเลือกไฟล์รูป")
	}
	c.sent = append(c.sent, at.SHA256...)
	everybody := func(ctx context.Context, _ caller, fn func(tx pgx.Tx) error) error { // an agency takes no files by itself
		return agencies.Everywhere(ctx, a.db, fn)
	}
	return a.act(ctx, c, &in.Addressed, everybody, func(w work) error {
		return a.desk.Photograph(ctx, w.tx, w.by(), w.ticket.ID, int64(at.ID))
	})
}
