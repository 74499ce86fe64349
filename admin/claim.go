package admin

import (
	"context"
	"time"
)

// claimBox is what those who reported a thing say of its result.
type claimBox struct {
	Photos    []documentLine
	Work      string // by whom and when the work was done
	Chip      chip
	Until     time.Time // by when they may say so; zero: nobody is asked
	Confirmed bool
}

// claimOf reads how the result of a case stands; nil: there is none.
func (a *Admin) claimOf(ctx context.Context, s Scope, p *ticketPane) (*claimBox, error) {
	c, ok, err := a.desk.ClaimOf(ctx, s.Tx, p.Ticket)
	if err != nil || !ok {
		return nil, err
	}
	box := &claimBox{Work: c.Work(), Until: c.Until, Confirmed: c.Confirmed}
	if box.Photos, err = photosOf(ctx, s, p.ID, c.N, p.Documents); err != nil {
		return nil, err
	}
	switch {
	case c.Confirmed:
		box.Chip = chip{Kind: "ok", Icon: "circle-check", Text: "ประชาชนยืนยันแล้ว"}
	case c.UnconfirmedAt != nil:
		box.Chip = chip{Icon: "clock", Text: "ปิดโดยไม่มีผู้ยืนยัน"}
	case c.Open:
		box.Chip = chip{Kind: "warn", Icon: "hourglass", Text: "รอประชาชนยืนยัน"}
	default:
		if box.Work == "" && len(box.Photos) == 0 {
			return nil, nil //nolint:nilnil // there is nothing to show
		}
	}
	return box, nil
}
