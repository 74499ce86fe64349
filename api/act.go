package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/tickets"
)

// Addressed is what every act says beside its content.
type Addressed struct {
	Ticket  int64  `path:"ticket" doc:"Identifier of the case" example:"17"`
	Once    string `header:"Idempotency-Key" required:"true" maxLength:"255" doc:"A name for this very act, such as a UUID: sent again it is done once" example:"8e03978e-40d5-43dd-bc93-6894a57f9324"`
	Version string `header:"If-Match" required:"true" doc:"ETag of the case as you read it, or * for whatever it has become" example:"\"4f1c8a\""`
}

func (in *Addressed) addressed() *Addressed { return in }

// Bare is an act that needs no content.
type Bare struct{ Addressed }

// With is an act with its content.
type With[B any] struct {
	Addressed
	Body B
}

// Acted is the case after an act.
type Acted struct {
	ETag string `header:"ETag" doc:"Version of the case after the act"`
	Once bool   `header:"Idempotent-Replayed" doc:"true: it was done before, and this is the answer of then"`
	Body Case
}

// work is what an act is done with: a transaction of the key's agency in which the case is kept.
type work struct {
	tx     pgx.Tx
	caller caller
	ticket tickets.Ticket
}

func (w work) by() tickets.Actor { return w.caller.actor() }

// act adds an operation that changes a case.
func act[I any, P interface {
	*I
	addressed() *Addressed
}](a *API, h huma.API, op operation, do func(ctx context.Context, w work, in *I) error) {
	huma.Register(h, huma.Operation{
		OperationID: op.name, Method: http.MethodPost, Path: "/tickets/{ticket}/" + op.name, Summary: op.summary, Description: op.describe(), Security: bearer(),
		Tags: []string{"Act"}, DefaultStatus: http.StatusOK, BodyReadTimeout: noDeadline, MaxBodyBytes: bodyMost,
		Responses: problems(h, problemInvalid, problemReused, problemMalformed, problemNoKey, problemKey, problemForbidden, problemNotFound, problemConflict,
			problemInFlight, problemChanged, problemLarge, problemMedia, problemNoVersion, problemTooMany, problemInternal),
	}, func(ctx context.Context, in *I) (*Acted, error) {
		c := callerOf(ctx)
		out, err := (*Acted)(nil), c.may(op.needs)
		if err == nil {
			out, err = a.act(ctx, c, P(in).addressed(), a.within, func(w work) error { return do(ctx, w, in) })
		}
		if err != nil {
			return nil, a.refused(ctx, c.lang, op.name, err)
		}
		return out, nil
	})
}

// scope runs fn in a transaction.
type scope func(ctx context.Context, c caller, fn func(tx pgx.Tx) error) error

// act does something to a case once under its Idempotency-Key, and only while the case is as the caller saw it. What is
// answered is written in the same transaction: it is there when the act is, and not when it is not.
func (a *API) act(ctx context.Context, c caller, to *Addressed, in scope, do func(w work) error) (out *Acted, err error) {
	err = in(ctx, c, func(tx pgx.Tx) error {
		if out, err = a.answered(ctx, tx, c, to.Once); err != nil || out != nil {
			return err
		}
		t, stamp, err := tickets.Held(ctx, tx, tickets.TicketID(to.Ticket))
		if err != nil {
			return err
		}
		if t.AgencyID != c.key.AgencyID { // in a scope that sees more
			return fault.New(fault.NotFound, "ไม่พบเรื่องนี้ในหน่วยงานของท่าน อาจถูกส่งต่อไปยังหน่วยงานอื่นแล้ว")
		}
		if !matches(to.Version, stamp) {
			return problemChanged.of(fault.New(fault.Invalid, "เรื่องนี้เปลี่ยนไปแล้วหลังจากที่ท่านอ่าน กรุณาอ่านเรื่องอีกครั้ง แล้วพิจารณาว่ายังจะทำรายการนี้หรือไม่"))
		}
		if err := do(work{tx: tx, caller: c, ticket: t}); err != nil {
			return err
		}
		if out, err = a.acted(ctx, tx, c, t.ID); err != nil {
			return err
		}
		return a.keep(ctx, tx, c, to.Once, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// matches says whether a case is as the caller saw it (RFC 9110, If-Match).
func matches(header string, stamp tickets.Stamp) bool {
	for tag := range strings.SplitSeq(header, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || tag == etag(stamp) {
			return true
		}
	}
	return false
}

func etag(s tickets.Stamp) string { return `"` + string(s) + `"` }

// acted reads the case as it is after an act.
func (a *API) acted(ctx context.Context, tx pgx.Tx, c caller, id tickets.TicketID) (*Acted, error) {
	t, err := tickets.Find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	queues, err := queuesOf(ctx, tx, c.key.AgencyID)
	if err != nil {
		return nil, err
	}
	stamp, err := tickets.StampOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	return &Acted{ETag: etag(stamp), Body: a.caseOf(t, queues)}, nil
}

// answersKept is how long an answer is given again.
const answersKept = 24 * time.Hour

// answered returns what was answered under a name, nil when nothing was. Until the transaction ends nobody else may act under
// the name; who tries meanwhile is told so, and does not wait.
func (a *API) answered(ctx context.Context, tx pgx.Tx, c caller, once string) (*Acted, error) {
	var first bool
	if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended($1, $2))`, "api "+once, int64(c.key.ID)).Scan(&first); err != nil {
		return nil, fmt.Errorf("wait for an answer: %w", err)
	}
	if !first {
		return nil, problemInFlight.of(fault.New(fault.Invalid, "รายการที่ส่งด้วย Idempotency-Key นี้กำลังทำอยู่ กรุณารอสักครู่แล้วส่งซ้ำ"))
	}
	var (
		fingerprint []byte
		out         Acted
		body        string
	)
	err := tx.QueryRow(ctx, `SELECT fingerprint, version, body FROM api_answers WHERE api_key_id = $1 AND name = $2 AND at > $3`,
		c.key.ID, once, a.now().Add(-answersKept)).Scan(&fingerprint, &out.ETag, &body)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil //nolint:nilnil // nothing was answered yet
	case err != nil:
		return nil, fmt.Errorf("find an answer: %w", err)
	case !bytes.Equal(fingerprint, c.sent):
		return nil, problemReused.of(fault.New(fault.Invalid, "Idempotency-Key นี้ใช้กับรายการอื่นไปแล้ว กรุณาตั้งค่าใหม่สำหรับรายการใหม่"))
	}
	if err := json.Unmarshal([]byte(body), &out.Body); err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	out.Once = true
	return &out, nil
}

// keep writes down what is answered, and forgets what is a day old.
func (a *API) keep(ctx context.Context, tx pgx.Tx, c caller, once string, out *Acted) error {
	body, err := json.Marshal(out.Body)
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	now := a.now()
	_, err = tx.Exec(ctx, `INSERT INTO api_answers (agency_id, api_key_id, name, fingerprint, version, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (api_key_id, name) DO UPDATE SET fingerprint = excluded.fingerprint, version = excluded.version, body = excluded.body, at = excluded.at`,
		c.key.AgencyID, c.key.ID, once, c.sent, out.ETag, body, now)
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	_, err = tx.Exec(ctx, `DELETE FROM api_answers WHERE (api_key_id, name) IN
		(SELECT api_key_id, name FROM api_answers WHERE at <= $1 AND agency_id = $2 LIMIT 100 FOR UPDATE SKIP LOCKED)`, now.Add(-answersKept), c.key.AgencyID)
	if err != nil {
		return fmt.Errorf("forget answers: %w", err)
	}
	return nil
}

// queuesOf are the queues of an agency by their numbers.
func queuesOf(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) (map[agencies.QueueID]agencies.Queue, error) {
	list, err := agencies.Queues(ctx, tx, agency)
	if err != nil {
		return nil, err
	}
	all := make(map[agencies.QueueID]agencies.Queue, len(list))
	for _, q := range list {
		all[q.ID] = q
	}
	return all, nil
}
