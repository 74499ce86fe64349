package api

import (
	"context"
	"crypto/rand"
)

func (a *API) take(ctx context.Context, w work, _ *Bare) error {
	return a.desk.Take(ctx, w.tx, w.by(), w.ticket.ID)
}

func (a *API) release(ctx context.Context, w work, _ *Bare) error {
	return a.desk.Release(ctx, w.tx, w.by(), w.ticket.ID)
}

// Words are what an act says in free text.
type Words struct {
	Text string `json:"text" doc:"In Thai, or in the language of who reads it" example:"ได้รับเรื่องแล้ว เจ้าหน้าที่จะเข้าตรวจสถานที่ภายในสัปดาห์นี้"`
}

func (a *API) reply(ctx context.Context, w work, in *With[Words]) error {
	return a.desk.Reply(ctx, w.tx, w.by(), w.ticket.ID, rand.Text(), in.Body.Text) // once by the Idempotency-Key
}
