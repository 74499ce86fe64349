package portal_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/tickets"
)

// The public pages, with all that is folded opened.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	valid, paused, gone := s.permit(t), s.permit(t), s.permit(t)
	started, waiting := s.ticket(t), s.ticket(t)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.office.Suspend(ctx, tx, "officer 1", paused.ID, "ตรวจพบน้ำเสีย", s.now().AddDate(0, 0, 14)); err != nil {
			return err
		}
		if err := s.office.Revoke(ctx, tx, "officer 1", gone.ID, "ฝ่าฝืน"); err != nil {
			return err
		}
		id, err := files.Insert(ctx, tx, files.Attachment{
			Object: files.Object{Key: "k", SHA256: []byte{1}, Size: 1, MediaType: "application/pdf", SealedKey: []byte{1}}, Name: "permit.pdf", Source: "permit",
		})
		if err != nil {
			return err
		}
		if err := s.office.MarkReady(ctx, tx, valid.ID, id); err != nil {
			return err
		}
		return s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), waiting.ID, tickets.Asking{Added: added("แผนที่สังเขปแสดงที่ตั้ง"), DueOn: s.now().AddDate(0, 0, 7)})
	})
	pages := map[string]string{
		"valid": "/p/" + valid.Number, "holder": "/p/" + valid.Number + "?k=" + s.office.Token(valid.Number, s.now().Add(time.Hour)),
		"suspended": "/p/" + paused.Number, "revoked": "/p/" + gone.Number, "unknown": "/p/SN-HB-2569-999999", "verify": "/verify", "front": "/",
		"track": "/track/" + started.TrackToken, "waiting": "/track/" + waiting.TrackToken,
	}
	g := openGallery(t, s.server.URL, "portal", "a.b,button,input:not([type=hidden]),.logo")
	for name, path := range pages {
		for _, as := range lights {
			g.look(name, path, "", as, unfold(t))
		}
	}
}
