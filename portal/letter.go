package portal

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/papers"
	"saphan/tickets"
	clocks "saphan/tickets/clock"
)

// showLetter hands out a letter on the delay of a case to whoever holds its tracking link, once it was sent (LFA-10.2). It
// is drawn anew each time and is always the same: nothing of it changes after it went.
func (p *Portal) showLetter(r *http.Request) (reply, error) {
	token := chi.URLParam(r, "token")
	n, err := strconv.Atoi(strings.TrimSuffix(chi.URLParam(r, "letter"), ".pdf"))
	missing := fault.New(fault.NotFound, "ไม่พบหนังสือแจ้งเหตุล่าช้าฉบับนี้ กรุณาเปิดเรื่องอีกครั้งเพื่อดูรายการล่าสุด")
	if err != nil || !tokenForm.MatchString(token) {
		return nil, missing
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	select {
	case p.drawing <- struct{}{}:
		defer func() { <-p.drawing }()
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "กำลังจัดทำเอกสาร กรุณาลองใหม่ในอีกสักครู่", ctx.Err())
	}
	var letter papers.Delay
	err = p.read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		t, err := tickets.FindByTrack(ctx, tx, token)
		if err != nil {
			return err
		}
		letter, err = p.letterOf(ctx, tx, t, n)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	document, err := letter.PDF()
	if err != nil {
		return nil, fmt.Errorf("draw letter %d on %s: %w", n, letter.Number, err)
	}
	return pdfFile{name: fmt.Sprintf("letter-%s-%d.pdf", letter.Number, n), body: document}, nil
}

// letterOf is what stands in a letter that was sent; one that was not is not there.
func (p *Portal) letterOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket, n int) (papers.Delay, error) {
	all, err := tickets.Told(ctx, tx, t)
	if err != nil {
		return papers.Delay{}, err
	}
	i := slices.IndexFunc(all, func(l tickets.Letter) bool { return l.N == n && l.OfficerID != nil })
	if i < 0 {
		return papers.Delay{}, fault.New(fault.NotFound, "ไม่พบหนังสือแจ้งเหตุล่าช้าฉบับนี้ กรุณาเปิดเรื่องอีกครั้งเพื่อดูรายการล่าสุด")
	}
	l := all[i]
	if t, err = tickets.Find(ctx, tx, l.TicketID); err != nil { // the agency that wrote it may have passed the case on since
		return papers.Delay{}, err
	}
	agency, err := agencies.Find(ctx, tx, t.AgencyID)
	if err != nil {
		return papers.Delay{}, err
	}
	officers, err := agencies.Officers(ctx, tx, t.AgencyID)
	if err != nil {
		return papers.Delay{}, err
	}
	by := officers[*l.OfficerID]
	return papers.Delay{
		Number: t.Reference, N: l.N, Agency: papers.Agency{Name: agency.Name, Address: agency.Address, Phone: agency.Phone}, Citizen: t.CitizenName, Service: t.Title,
		ReceivedAt: t.DeemedReceivedAt, DueAt: t.DueAt, Reason: l.Reason, Law: clocks.StatuteOn(t.DeemedReceivedAt).LetterLaw.TH,
		Officer: papers.Officer{Name: by.Name, Post: by.Role.Thai()}, At: *l.SentAt, VerifyURL: p.base + "/track/" + t.TrackToken,
	}, nil
}
