package tickets

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
)

// deems says whether a case counts as approved when nobody decides it in time: its service says so, and the statute that it
// keeps knows that (LFA-12.1). What is decided anew was decided in time once.
func (r record) deems() bool {
	return r.story().anewAt.IsZero() && r.form.Late == forms.DeemedApproved && r.law.DeemedBy != forms.Text{}
}

// nextDeemed is when that comes to pass: as soon as the time to decide is over.
func (r record) nextDeemed() time.Time {
	c := r.deciding()
	if r.Pending() || !r.deems() || !c.Open() || c.DueAt.IsZero() {
		return time.Time{}
	}
	return c.DueAt.Add(time.Second)
}

func (d *Desk) deem(ctx context.Context, tx pgx.Tx, r record) error {
	return d.Deem(ctx, tx, r.ID, r.law.DeemedBy.TH)
}
