package portal_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// Who has no chat reads on the page of the case what is missing, acknowledges it and sends it there (LFA-8.1); what did not
// come in time is read there too, with its reasons (LFA-9.1).
func TestDocumentsAreSentOnThePageOfTheCase(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	v.begin("public-problem").put("category", "light", "location", "เสาไฟหน้าศาลาหมู่ 4").press("next").press("").is(http.StatusOK, "/sent")
	s.route(t)
	v.open(v.at).is(http.StatusOK, "/track/")
	var one tickets.Ticket
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tickets.OfCitizens(ctx, tx, []int64{int64(citizen)}, 1)
		if err != nil {
			return err
		}
		one = all[int64(citizen)][0]
		return s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), one.ID, tickets.Asking{Labels: []string{"รูปถ่าย"}, Added: added("แผนที่"), DueOn: s.now().AddDate(0, 0, 9)})
	})
	wants := func() (all []tickets.Want, notices []tickets.Notice) {
		s.everywhere(t, func(ctx context.Context, tx pgx.Tx) (err error) {
			if all, err = tickets.Wants(ctx, tx, one.ID); err != nil {
				return err
			}
			notices, err = tickets.Notices(ctx, tx, one.ID)
			return err
		})
		return all, notices
	}
	track := "/track/" + one.TrackToken
	v.open(track).is(http.StatusOK, track).shows("รูปถ่าย", "แผนที่", "รับทราบ", "ส่งเอกสาร")
	ack := `action="` + track + "/notices/"
	at := strings.Index(v.page, ack)
	if at < 0 {
		t.Fatal("the notice cannot be acknowledged")
	}
	at += len(`action="`)
	ack = v.page[at : at+strings.IndexByte(v.page[at:], '"')]
	for range 2 {
		v.do(http.MethodPost, ack, "application/x-www-form-urlencoded", strings.NewReader("")).is(http.StatusOK, track)
	}
	_, notices := wants()
	if notices[0].SeenAt == nil || notices[0].SeenBy != "track" || strings.Contains(v.page, `action="`+ack+`"`) {
		t.Errorf("acknowledged: %+v", notices[0])
	}
	send := func(names map[string]string) {
		t.Helper()
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for box, name := range names {
			part, err := w.CreateFormFile(box, name)
			must(t, err)
			if name != "" {
				_, err = part.Write([]byte(photo(t)))
				must(t, err)
			}
		}
		must(t, w.Close())
		v.do(http.MethodPost, track+"/documents", w.FormDataContentType(), &body)
	}
	boxes := strings.Split(v.page, `name="want.`)[1:]
	if len(boxes) != 2 {
		t.Fatalf("%d boxes for two documents", len(boxes))
	}
	first, second := "want."+boxes[0][:strings.IndexByte(boxes[0], '"')], "want."+boxes[1][:strings.IndexByte(boxes[1], '"')]
	send(map[string]string{first: ""})
	v.is(http.StatusUnprocessableEntity, track).shows("ยังไม่ได้เลือกไฟล์")
	send(map[string]string{first: "a.png"})
	v.is(http.StatusOK, track).shows("ได้รับเอกสาร 1 ไฟล์แล้ว")
	send(map[string]string{second: "b.png"})
	v.is(http.StatusOK, track)
	if all, _ := wants(); all[0].SuppliedAt == nil || all[1].SuppliedAt == nil {
		t.Errorf("%+v", all)
	}
	send(map[string]string{second: "c.png"})
	v.is(http.StatusConflict, track).shows("ไม่ได้รอเอกสารแล้ว")
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return s.desk.Return(ctx, tx, tickets.ByOfficer(s.officer), tickets.Returning{TicketID: one.ID, Reason: "ส่งคนละฉบับกับที่ขอ", Remedy: "ส่งฉบับที่ขอ", Appeal: "อุทธรณ์ภายใน 15 วัน"})
	})
	v.open(track).is(http.StatusOK, track).shows("คืนคำขอแล้ว", "ส่งคนละฉบับกับที่ขอ", "ส่งฉบับที่ขอ", "อุทธรณ์ภายใน 15 วัน")
}
