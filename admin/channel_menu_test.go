package admin

import (
	"strings"
	"testing"
	"time"

	"saphan/agencies"
)

// A head reads how the menu under the chats stands, and LINE's own words when it was refused.
func TestMenuWords(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	for want, m := range map[string]agencies.Menus{
		"ระบบกำลังวาดและส่งไปที่ LINE": {},
		"ใช้งานแล้ว ตรวจล่าสุด 21":     {CheckedAt: &at},
		"LINE answered 403": {CheckedAt: &at, Problem: "make a menu: LINE answered 403: Access to this API is not available for your account"},
	} {
		if got := menuWords(m); !strings.Contains(got, want) {
			t.Errorf("%+v reads %q, want %q", m, got, want)
		}
	}
}
