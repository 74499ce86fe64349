package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/tickets"
)

// onCall does the next step of the chain of calls about a case that cannot wait, as it falls due.
type onCall struct {
	river.WorkerDefaults[tickets.OnCallArgs]
	*Deps
}

func (w *onCall) Work(ctx context.Context, job *river.Job[tickets.OnCallArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return w.Desk.DoDuties(ctx, tx, job.Args.TicketID) })
}

// call sends an officer the text message that something cannot wait, unless somebody took the case first. It names the case and
// what kind of thing it is, and nobody.
type call struct {
	river.WorkerDefaults[tickets.CallArgs]
	*Deps
}

// NextRetry keeps to a pace that is of use: in three minutes the next one is called.
func (w *call) NextRetry(*river.Job[tickets.CallArgs]) time.Time { return time.Now().Add(textRetry) }

func (w *call) Work(ctx context.Context, job *river.Job[tickets.CallArgs]) error {
	c, to, words, err := w.message(ctx, job.Args.CallID)
	if err != nil || to == "" {
		return err
	}
	w.at("call: before the message")
	sending, cancel := context.WithTimeout(ctx, textCall)
	defer cancel()
	err = w.Texter.Text(sending, fmt.Sprintf("call-%d", c.ID), to, words)
	w.at("call: after the message")
	switch {
	case err == nil:
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return w.Desk.Texted(ctx, tx, c) })
	case errors.Is(err, citizens.ErrTextRefused), job.Attempt >= job.MaxAttempts:
		w.Log.ErrorContext(ctx, "an officer on call was not sent a message", "call", int64(c.ID), "err", err)
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return w.Desk.EndCall(ctx, tx, c.ID, tickets.UnsentRefused) })
	default:
		return err
	}
}

// message is what is to be sent; to nobody when there is nothing to send, which is then noted with the reason.
func (w *call) message(ctx context.Context, id tickets.CallID) (c tickets.Call, to, words string, err error) {
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		var (
			t     tickets.Ticket
			why   tickets.Unsent
			waits bool
			err   error
		)
		c, t, why, waits, err = w.Desk.LockCall(ctx, tx, id)
		if err != nil || !waits {
			return err
		}
		if why == "" && w.Texter == nil {
			why = tickets.UnsentGateway
		}
		if why == "" {
			if to, err = agencies.PhoneOf(ctx, tx, w.Box, c.OfficerID); err != nil {
				return err
			}
			if to == "" {
				why = tickets.UnsentPhone
			}
		}
		switch {
		case why != "":
			return w.Desk.EndCall(ctx, tx, id, why)
		case c.TicketID == 0:
			words = "ทดลองเรียกเวร เปิด: " + w.BaseURL + "/admin/on-call"
			return nil
		}
		what, err := w.Desk.WhatCalls(ctx, tx, t)
		words = fmt.Sprintf("เหตุด่วน %s %s เปิด: %s/admin/tickets/%d", t.Number, what, w.BaseURL, t.ID)
		return err
	})
	return c, to, words, err
}
