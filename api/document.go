package api

import (
	"context"
	"encoding/hex"
	"io"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/tickets"
)

// documents lists what came with a case.
func (a *API) documents(ctx context.Context, tx pgx.Tx, id tickets.TicketID) ([]Document, error) {
	held, err := tickets.Files(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	all := []Document{}
	for _, h := range held {
		at, err := files.Find(ctx, tx, files.AttachmentID(h.AttachmentID))
		if err != nil {
			return nil, err
		}
		all = append(all, Document{
			ID: h.AttachmentID, Label: h.Label, Name: at.Name, MediaType: at.MediaType, Size: at.Size, SHA256: hex.EncodeToString(at.SHA256), State: string(at.State), At: h.At.UTC(),
			Href: a.baseURL + casePath(id) + "/documents/" + itoa(h.AttachmentID),
		})
	}
	return all, nil
}

// OneDocument says which document is asked for.
type OneDocument struct {
	Ticket   int64 `path:"ticket" doc:"Identifier of the case" example:"17"`
	Document int64 `path:"document" doc:"Identifier of the document" example:"31"`
}

// documentRoute adds the bytes of a document.
func (a *API) documentRoute(h huma.API) {
	op := operation{
		name: "get-document", path: "/tickets/{ticket}/documents/{document}", needs: agencies.ScopeDocuments, summary: "Open a document of the case",
		more: "Of pictures, films and MP3 sound it is a copy without what the camera or the telephone added (places, names, devices). That it was opened is written down, and the citizen can see it.",
	}
	responses := problems(h, problemInvalid, problemKey, problemForbidden, problemNotFound, problemConflict, problemTooMany, problemInternal)
	responses["200"] = &huma.Response{Description: "The bytes, in the type that the list of documents says", Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	huma.Register(h, huma.Operation{
		OperationID: op.name, Method: http.MethodGet, Path: op.path, Summary: op.summary, Description: op.describe(), Security: bearer(), Tags: []string{"Read"}, Responses: responses,
	}, func(ctx context.Context, in *OneDocument) (*huma.StreamResponse, error) {
		c := callerOf(ctx)
		var at files.Attachment
		err := c.may(op.needs)
		if err == nil {
			at, err = a.openable(ctx, c, in)
		}
		if err != nil {
			return nil, a.refused(ctx, c.lang, op.name, err)
		}
		return &huma.StreamResponse{Body: func(h huma.Context) { a.send(ctx, h, c, at) }}, nil
	})
}

// openable finds a document that may be opened, and writes down that it is.
func (a *API) openable(ctx context.Context, c caller, in *OneDocument) (at files.Attachment, err error) {
	var seen *citizens.Reading
	err = a.looking(ctx, c, func(tx pgx.Tx) error {
		t, err := tickets.Find(ctx, tx, tickets.TicketID(in.Ticket))
		if err != nil {
			return err
		}
		held, err := tickets.Files(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		for _, h := range held {
			if h.AttachmentID != in.Document {
				continue
			}
			if at, err = files.Find(ctx, tx, files.AttachmentID(h.AttachmentID)); err != nil {
				return err
			}
			if err := at.Unopenable(); err != nil {
				return err
			}
			seen, err = a.readingOf(ctx, tx, c, t, at.ID)
			return err
		}
		return fault.New(fault.NotFound, "ไม่พบเอกสารนี้ในเรื่องนี้ อาจถูกลบไปแล้ว กรุณาอ่านเรื่องอีกครั้ง")
	})
	if err != nil {
		return at, err
	}
	return at, a.noteReading(ctx, c, seen)
}

// send sends the bytes of a document.
func (a *API) send(ctx context.Context, h huma.Context, c caller, at files.Attachment) {
	body, err := a.files.OpenClean(ctx, at)
	if err != nil {
		p := a.refused(ctx, c.lang, "open document", err)
		h.SetHeader("Content-Type", p.ContentType(""))
		h.SetStatus(p.Status)
		_, _ = h.BodyWriter().Write(p.json())
		return
	}
	h.SetHeader("Content-Type", at.MediaType)
	h.SetHeader("Content-Length", itoa(at.Size)) // a copy without what a camera added is as long as what was sent
	h.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": files.SafeName(at.Name)}))
	h.SetStatus(http.StatusOK)
	if _, err := io.Copy(h.BodyWriter(), body); err != nil {
		a.log.WarnContext(ctx, "document broke off", "err", err)
	}
	if err := body.Close(); err != nil {
		a.log.WarnContext(ctx, "document broke off", "err", err)
	}
}
