package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// A case is withdrawn on its page, without scripts: one page asks, one tap does it, once; and it is found from the list.
func TestWithdrawOnThePageOfTheCase(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	v.begin("public-problem").put("category", "light", "location", "เสาไฟหน้าศาลาหมู่ 4").press("next").press("").is(http.StatusOK, "/sent")
	s.route(t)
	one := func() (found tickets.Ticket) {
		s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
			all, err := tickets.OfCitizens(ctx, tx, []int64{int64(citizen)}, 1)
			found = all[int64(citizen)][0]
			return err
		})
		return found
	}
	track := "/track/" + one().TrackToken
	ask := track + "/withdraw"
	v.open("/me").is(http.StatusOK, "/me")
	if !strings.Contains(v.page, ask) {
		t.Error("the list does not lead to it")
	}
	v.open(track).is(http.StatusOK, track).shows("ถอนเรื่องนี้")
	v.open(ask).is(http.StatusOK, ask).shows("ยืนยันถอนเรื่อง", "ไม่ถอน", "เก็บไว้ตามกฎหมาย")
	if got := one().Status; got != tickets.Open {
		t.Fatalf("only to look made it %s", got)
	}
	for range 2 {
		v.do(http.MethodPost, ask, "application/x-www-form-urlencoded", strings.NewReader("reason=%E0%B8%8B%E0%B9%88%E0%B8%AD%E0%B8%A1%E0%B9%80%E0%B8%AD%E0%B8%87%E0%B9%81%E0%B8%A5%E0%B9%89%E0%B8%A7")).is(http.StatusOK, track)
	}
	v.shows("ถอนเรื่องแล้ว", "ท่านถอนเรื่องนี้แล้ว")
	if strings.Contains(v.page, ask) || one().Status != tickets.Withdrawn {
		t.Errorf("it is %s", one().Status)
	}
	v.open(ask).is(http.StatusConflict, ask).shows("จึงถอนไม่ได้")
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		said, err := tickets.Thread(ctx, tx, one().ID)
		if len(said) != 1 || said[0].Text != "ซ่อมเองแล้ว" {
			t.Errorf("officers read %+v", said)
		}
		return err
	})
}
