package jobs

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
)

// neighbour is another agency of the installation, with its head.
func (l *life) neighbour(code, name string) (a agencies.Agency, head agencies.OfficerID) {
	l.T.Helper()
	l.Everywhere(func(tx pgx.Tx) error {
		ctx := l.T.Context()
		var err error
		if a, err = agencies.Create(ctx, tx, agencies.Agency{Code: code, Name: name, Kind: "เทศบาล", Phone: "038 111 222"}); err != nil {
			return err
		}
		totp, err := agencies.NewTOTP(code)
		if err != nil {
			return err
		}
		o, err := agencies.CreateOfficer(ctx, tx, l.Box, agencies.NewOfficer{AgencyID: a.ID, Email: code + "@example.com", Name: "ตัวอย่าง", Role: agencies.RoleHead, Password: "a long password", TOTP: totp})
		head = o.ID
		return err
	})
	return a, head
}

// elsewhere has the head of another agency do something about the case as it is there.
func (l *life) elsewhere(a agencies.Agency, head agencies.OfficerID, do func(tx pgx.Tx, by tickets.Actor, id tickets.TicketID) error) func() {
	return func() {
		var held tickets.Ticket
		l.Everywhere(func(tx pgx.Tx) (err error) {
			held, err = tickets.FindByRequest(l.T.Context(), tx, l.ticket.RequestID)
			return err
		})
		must(l.T, agencies.Within(l.T.Context(), l.DB, a.ID, func(tx pgx.Tx) error { return do(tx, tickets.ByOfficer(head), held.ID) }))
	}
}

// SEED-36, EGA-10.4: a case that goes to one agency, comes back, goes to another that asks for a document and passes on in
// the end to a body outside, as its citizen reads it: under one number, and answered where it lies.
func TestLifeOfACaseThatIsPassedOn(t *testing.T) {
	t.Parallel()
	l := begin(t)
	ctx, id := t.Context(), l.ticket.ID
	near, nearHead := l.neighbour("NB", "เทศบาลเมืองข้างเคียง")
	far, farHead := l.neighbour("FB", "อบต.ปลายทาง")
	l.goes("เจ้าหน้าที่ขอเอกสาร", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Ask(ctx, tx, by, id, tickets.Asking{Labels: l.listed()[:1], DueOn: l.Now().AddDate(0, 0, 40)})
	}))
	l.goes("เจ้าหน้าที่ส่งต่อหน่วยงานข้างเคียง", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Transfer(ctx, tx, by, id, near.ID, "สถานประกอบการอยู่นอกเขตของเรา")
	}))
	l.goes("ประชาชนแตะรับทราบในข้อความเดิม", func() { l.Tap("รับทราบ") })
	l.goes("หน่วยงานข้างเคียงส่งกลับ", l.elsewhere(near, nearHead, func(tx pgx.Tx, by tickets.Actor, id tickets.TicketID) error {
		return l.Desk.Bounce(ctx, tx, by, id, "สถานที่นี้อยู่ในเขต อบต.ปลายทาง")
	}))
	l.goes("เจ้าหน้าที่ส่งต่อ อบต.ปลายทาง", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Transfer(ctx, tx, by, id, far.ID, "สถานที่อยู่ในเขตของท่าน")
	}))
	l.goes("อบต.ปลายทาง รับเรื่อง", l.elsewhere(far, farHead, func(tx pgx.Tx, by tickets.Actor, id tickets.TicketID) error {
		return l.Desk.Take(ctx, tx, by, id)
	}))
	l.goes("ประชาชนส่งเอกสารที่ขอไว้แต่แรก", l.sends)
	l.goes("อบต.ปลายทาง ตอบ", l.elsewhere(far, farHead, func(tx pgx.Tx, by tickets.Actor, id tickets.TicketID) error {
		return l.Desk.Reply(ctx, tx, by, id, "k", "ได้รับแผนที่แล้วค่ะ")
	}))
	l.goes("ประชาชนถามว่าเรื่องถึงไหน", func() { l.Say("ติดตามเรื่อง") })
	l.goes("อบต.ปลายทาง แจ้งหน่วยงานภายนอกที่รับผิดชอบ", l.elsewhere(far, farHead, func(tx pgx.Tx, by tickets.Actor, id tickets.TicketID) error {
		return l.Desk.Refer(ctx, tx, by, tickets.Referral{TicketID: id, Body: "กรมโรงงานอุตสาหกรรม", Reach: "โทร 02 430 6300 หรือสำนักงานอุตสาหกรรมจังหวัด", Law: "กิจการนี้เป็นโรงงานตามกฎหมายว่าด้วยโรงงาน"}, false)
	}))
	l.transcript("life_passed_on")
	if thread := l.Thread(id); len(thread) != 0 {
		t.Errorf("the first agency reads what was said to the last: %q", thread)
	}
}
