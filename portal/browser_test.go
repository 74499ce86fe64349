package portal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/internal/browser"
	"saphan/tickets"
)

// Pages fit a small telephone and a desktop, by day and by night; pictures are kept as artefacts (WCAG 1.4.10: no sideways
// scrolling at 320 px).
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
		return s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), waiting.ID, tickets.Asking{Labels: []string{"แผนที่สังเขปแสดงที่ตั้ง"}, DueOn: s.now().AddDate(0, 0, 7)})
	})
	ctx := browser.Start(t)
	open := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error { // unfold what is folded
		_, err := chromedp.Evaluate[int64](`[...document.querySelectorAll("details")].map(d=>d.open=true).length`)(ctx, t)
		return err
	})
	pages := map[string]string{
		"valid": "/p/" + valid.Number, "holder": "/p/" + valid.Number + "?k=" + s.office.Token(valid.Number, s.now().Add(time.Hour)),
		"suspended": "/p/" + paused.Number, "revoked": "/p/" + gone.Number, "unknown": "/p/SN-HB-2569-999999", "verify": "/verify", "front": "/",
		"track": "/track/" + started.TrackToken, "waiting": "/track/" + waiting.TrackToken,
	}
	kept := filepath.Join("..", "artefacts")
	if err := os.MkdirAll(kept, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, path := range pages {
		for _, width := range []int64{320, 390, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				if scheme == "dark" && width != 390 {
					continue
				}
				step, cancel := context.WithTimeout(ctx, 60*time.Second)
				err := chromedp.Do(step, chromedp.EmulateViewport(width, 800, chromedp.EmulateScale(2)))
				if err == nil {
					_, err = chromedp.Call(step, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
						Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
					})
				}
				if err == nil {
					err = chromedp.Do(step, chromedp.Navigate(s.server.URL+path), chromedp.WaitVisible(chromedp.CSS("h1")), open)
				}
				if err != nil {
					cancel()
					t.Fatalf("%s at %d: %v", name, width, err)
				}
				wide, err := chromedp.Run(step, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
				if err != nil || wide > width {
					t.Errorf("%s at %d px is %d px wide, %v", name, width, wide, err)
				}
				small, err := chromedp.Run(step, chromedp.Evaluate[int64](`[...document.querySelectorAll("a.b,button,input,.logo")].filter(e=>e.getBoundingClientRect().height<40).length`))
				if err != nil || small > 0 {
					t.Errorf("%s at %d px: %d things to tap are lower than 40 px, %v", name, width, small, err)
				}
				picture, err := chromedp.Run(step, chromedp.FullScreenshot(100))
				cancel()
				if err != nil {
					t.Fatal(err)
				}
				file := filepath.Join(kept, fmt.Sprintf("portal-%s-%d-%s.png", name, width, scheme))
				if err := os.WriteFile(file, picture, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
