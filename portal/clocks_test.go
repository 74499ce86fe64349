package portal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// late lets the time of a case pass and has the first letter on its delay written.
func (s *stand) late(t *testing.T, made tickets.Ticket, reason string) {
	t.Helper()
	later := made.DueAt.Add(time.Hour)
	s.clock.Store(&later)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.desk.DoDuties(ctx, tx, made.ID); err != nil {
			return err
		}
		return s.desk.WriteLetter(ctx, tx, tickets.ByOfficer(s.officer), made.ID, 1, reason)
	})
}

// Whoever follows a case reads by when it is decided, how that is counted, and why it is late, with the letter (LFA-10.2).
func TestTrackTellsTheTime(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made := s.ticket(t)
	_, page := s.get(t, "/track/"+made.TrackToken)
	holds(t, page, "วันนี้นับอย่างไร", "เริ่มนับหลังวันที่ 23 พฤศจิกายน 2569 มีเวลา 15 วันทำการ", "14 ธ.ค. 2569", "พระราชกฤษฎีกาว่าด้วยหลักเกณฑ์และวิธีการบริหารกิจการบ้านเมืองที่ดี")
	hides(t, page, "หนังสือ (PDF)")
	if got, _ := s.get(t, "/track/"+made.TrackToken+"/letters/1.pdf"); got.StatusCode != 404 {
		t.Errorf("a letter that is not written: %d", got.StatusCode)
	}
	s.late(t, made, "รอคำตอบจากกรมทางหลวง คาดว่าจะได้ภายในสัปดาห์นี้")
	_, page = s.get(t, "/track/"+made.TrackToken)
	holds(t, page, "แจ้งเหตุที่ล่าช้า ครั้งที่ 1", "รอคำตอบจากกรมทางหลวง", "/track/"+made.TrackToken+"/letters/1.pdf")
	_, english := s.get(t, "/track/"+made.TrackToken+"?lang=en")
	holds(t, english, "How this day is counted", "15 working days", "Reason for the delay, no. 1")
	letter, body := s.get(t, "/track/"+made.TrackToken+"/letters/1.pdf")
	if letter.StatusCode != 200 || !strings.HasPrefix(body, "%PDF-") || !strings.Contains(letter.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("the letter: %d %v", letter.StatusCode, letter.Header)
	}
	for _, path := range []string{"/letters/2.pdf", "/letters/x.pdf", "/letters/-1.pdf"} {
		if got, _ := s.get(t, "/track/"+made.TrackToken+path); got.StatusCode != 404 {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
}

// While documents are awaited no day is promised, here and on one's own page (LOC-6).
func TestTrackWhileTheTimeStandsStill(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made := s.ticket(t)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), made.ID, tickets.Asking{Added: added("แผนที่"), DueOn: s.now().AddDate(0, 0, 7)})
	})
	_, page := s.get(t, "/track/"+made.TrackToken)
	holds(t, page, "หยุดนับ ระหว่างรอเอกสารจากท่าน", "หยุดนับตั้งแต่วันที่ 23 พฤศจิกายน 2569")
	hides(t, page, "14 ธ.ค. 2569", "เหลือ ")
	g := s.signIn(t, citizens.CitizenID(made.CitizenID), citizens.Account)
	_, mine := s.get(t, "/me", "Cookie: "+g.cookie)
	holds(t, mine, "หยุดนับ ระหว่างรอเอกสารจากท่าน")
}

// Pictures of the tracking page of a late case with its letters.
func TestLateInABrowser(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made, waiting := s.ticket(t), s.ticket(t)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), waiting.ID, tickets.Asking{Added: added("แผนที่"), DueOn: s.now().AddDate(0, 0, 40)})
	})
	s.late(t, made, "รอคำตอบจากกรมทางหลวงเรื่องแนวเขตทางหลวงแผ่นดินหมายเลข 4 ซึ่งแจ้งว่าจะตอบภายในวันที่ 20 ธันวาคม 2569")
	g := openGallery(t, s.server.URL, "portal", "a.b,button,summary")
	for _, as := range lights {
		g.look("track-late", "/track/"+made.TrackToken, "", as, unfold(t))
		g.look("track-stopped", "/track/"+waiting.TrackToken, "", as, unfold(t))
	}
}
