package portal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/tickets"
)

// SEED-36, EGA-10.4: whoever follows a case that went to another agency has one link and one number, reads what happened at
// each agency under its name, the letter of the first, and in the end who is in charge outside.
func TestTrackOverAgencies(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made := s.ticket(t)
	s.late(t, made, "รอคำตอบจากกรมทางหลวง คาดว่าจะได้ภายในสัปดาห์นี้")
	var other agencies.Agency
	var there tickets.Ticket
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		if other, err = agencies.Create(ctx, tx, agencies.Agency{Code: "OB", Name: "อบต.ปลายทาง", Kind: "อบต."}); err != nil {
			return err
		}
		if err = s.desk.Transfer(ctx, tx, tickets.ByOfficer(s.officer), made.ID, other.ID, "อยู่ในเขตของหน่วยงานนั้น"); err != nil {
			return err
		}
		ways, err := tickets.TransfersOf(ctx, tx, made.ID)
		if err != nil {
			return err
		}
		there, err = s.desk.HandOver(ctx, tx, ways[0].ID)
		return err
	})
	_, page := s.get(t, "/track/"+made.TrackToken)
	holds(t, page, made.Number, "อบต.ปลายทาง", "หน่วยงานจะรับเรื่องภายใน", "ส่งต่อให้หน่วยงานที่รับผิดชอบ", "แจ้งเหตุที่ล่าช้า ครั้งที่ 1")
	hides(t, page, there.Number)
	if n := strings.Count(page, "รับเรื่องเข้าระบบแล้ว"); n != 1 {
		t.Errorf("it came into the system %d times", n)
	}
	if letter, body := s.get(t, "/track/"+made.TrackToken+"/letters/1.pdf"); letter.StatusCode != 200 || !strings.HasPrefix(body, "%PDF-") {
		t.Errorf("the letter of the first agency: %d", letter.StatusCode)
	}
	_, english := s.get(t, "/track/"+made.TrackToken+"?lang=en")
	holds(t, english, "Your case went to the agency below", "Passed on to the agency in charge")
	g := s.signIn(t, citizens.CitizenID(made.CitizenID), citizens.Account)
	_, mine := s.get(t, "/me", "Cookie: "+g.cookie)
	holds(t, mine, made.Number, "อบต.ปลายทาง")
	hides(t, mine, there.Number)

	later := s.now().Add(time.Hour)
	s.clock.Store(&later)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.desk.TakeOver(ctx, tx, tickets.ByOfficer(s.officer), there.ID); err != nil {
			return err
		}
		return s.desk.Refer(ctx, tx, tickets.ByOfficer(s.officer), tickets.Referral{TicketID: there.ID, Body: "กรมทางหลวง", Reach: "โทร 1586"}, false)
	})
	_, page = s.get(t, "/track/"+made.TrackToken)
	holds(t, page, "แจ้งหน่วยงานที่รับผิดชอบแล้ว", "กรมทางหลวง", "โทร 1586", "หน่วยงานที่ได้รับเรื่องต่อรับไว้ดำเนินการ")
	hides(t, page, "หน่วยงานจะรับเรื่องภายใน")
}

// Pictures of the tracking page of a case that another agency has to take, and of one that a body outside is in charge of.
func TestPassedInABrowser(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made, outside := s.ticket(t), s.ticket(t)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		other, err := agencies.Create(ctx, tx, agencies.Agency{Code: "OB", Name: "องค์การบริหารส่วนตำบลปลายทางตัวอย่าง", Kind: "อบต.", Phone: "038 111 222"})
		if err != nil {
			return err
		}
		by := tickets.ByOfficer(s.officer)
		if err := s.desk.Transfer(ctx, tx, by, made.ID, other.ID, "อยู่ในเขตของหน่วยงานนั้น"); err != nil {
			return err
		}
		ways, err := tickets.TransfersOf(ctx, tx, made.ID)
		if err != nil {
			return err
		}
		if _, err := s.desk.HandOver(ctx, tx, ways[0].ID); err != nil {
			return err
		}
		return s.desk.Refer(ctx, tx, by, tickets.Referral{TicketID: outside.ID, Body: "กรมทางหลวง แขวงทางหลวงตัวอย่าง", Reach: "สายด่วน 1586 ตลอด 24 ชั่วโมง", Law: "จุดที่แจ้งอยู่ในเขตทางหลวงแผ่นดินหมายเลข 4"}, false)
	})
	g := openGallery(t, s.server.URL, "portal", "a.b,button,summary")
	for _, as := range lights {
		g.look("track-passed", "/track/"+made.TrackToken, "", as, unfold(t))
		g.look("track-referred", "/track/"+outside.TrackToken, "", as, unfold(t))
	}
}
