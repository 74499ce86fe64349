package portal_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/files"
	"saphan/tickets"
)

// closed makes a case that a citizen filed here, and that was closed with a photo and told.
func (s *formStand) closed(t *testing.T, v *visitor, citizen int64) (one tickets.Ticket, photoID int64) {
	t.Helper()
	v.begin("public-problem").put("category", "light", "location", "เสาไฟหน้าศาลาหมู่ 4").press("next").press("").is(http.StatusOK, "/sent")
	s.route(t)
	object, err := s.files.Put(t.Context(), strings.NewReader(photo(t)), files.Limits{})
	must(t, err)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tickets.OfCitizens(ctx, tx, []int64{citizen}, 1)
		if err != nil {
			return err
		}
		one = all[citizen][0]
		file, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: "after.jpg", Source: "after"})
		if err != nil {
			return err
		}
		photoID = int64(file)
		by, day := tickets.ByOfficer(s.officer), s.now()
		if err := s.desk.Photograph(ctx, tx, by, one.ID, photoID); err != nil {
			return err
		}
		err = s.desk.Decide(ctx, tx, by, tickets.Decision{TicketID: one.ID, Outcome: tickets.Approve, Reason: "เปลี่ยนหลอดแล้ว", Crew: "ช่างไฟฟ้า ชุด 2", WorkedOn: &day})
		if err != nil {
			return err
		}
		return s.desk.Told(ctx, tx, one.ID)
	})
	return one, photoID
}

// SVC-5: the page of a case shows what was done, with photos, crew and day, and asks whether it is so, without a script. Who
// says that it is not is heard, with words and photos, and the case goes on. Photos of others are nobody's to see.
func TestResultIsConfirmedOnThePageOfTheCase(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	one, after := s.closed(t, v, int64(citizen))
	track := "/track/" + one.TrackToken
	v.open(track).is(http.StatusOK, track).shows("เปลี่ยนหลอดแล้ว", "ช่างไฟฟ้า ชุด 2 · ", "แก้แล้วจริง", "ยังไม่เรียบร้อย")
	if !strings.Contains(v.page, fmt.Sprintf(`src="%s/photos/%d"`, track, after)) {
		t.Error("the photo of what was done is not shown")
	}
	v.open(fmt.Sprintf("%s/photos/%d", track, after))
	if v.status != http.StatusOK || !strings.HasPrefix(v.page, "\xff\xd8") {
		t.Errorf("the photo is %d", v.status)
	}
	v.open(fmt.Sprintf("%s/photos/%d", track, after+1))
	if v.status != http.StatusNotFound {
		t.Errorf("another photo is %d", v.status)
	}
	say := func(says, why string, photos ...string) {
		t.Helper()
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for name, value := range map[string]string{"n": "1", "says": says, "why": why} {
			must(t, w.WriteField(name, value))
		}
		for _, p := range photos {
			part, err := w.CreateFormFile("photo", "ยังดับ.jpg")
			must(t, err)
			_, err = part.Write([]byte(p))
			must(t, err)
		}
		must(t, w.Close())
		v.do(http.MethodPost, track+"/result", w.FormDataContentType(), &body)
	}
	say("perhaps", "")
	if v.status != http.StatusUnprocessableEntity {
		t.Errorf("neither yes nor no: %d", v.status)
	}
	say("fixed", "")
	v.is(http.StatusOK, track).shows("ท่านยืนยันแล้วว่าแก้แล้วจริง", "ยังไม่เรียบร้อย")
	for range 2 {
		say("not_fixed", "ดับอีกแล้วเมื่อคืน", photo(t))
		v.is(http.StatusOK, track).shows("กำลังดำเนินการ", "มีผู้แจ้งว่ายังไม่เรียบร้อย ดำเนินการต่อ", "ซึ่งแจ้งผลแล้ว ก่อนดำเนินการต่อ")
	}
	hides(t, v.page, "รอเอกสารจากท่าน")
	v.open(track + "/decisions/1/letter.pdf") // which stays what they were told
	if v.status != http.StatusOK || !strings.HasPrefix(v.page, "%PDF") {
		t.Errorf("the letter of the result is %d", v.status)
	}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		talk, err := tickets.Thread(ctx, tx, one.ID)
		if err == nil && (len(talk) != 2 || talk[0].Text != "ดับอีกแล้วเมื่อคืน" || talk[1].AttachmentID == nil) {
			t.Errorf("the officers read %+v", talk)
		}
		return err
	})
}
