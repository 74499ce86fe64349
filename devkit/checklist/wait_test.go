package checklist

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/bot"
	"saphan/devkit/testhouse"
)

// Row 31: work of our own that takes longer than a minute is acknowledged by reply, which is free of charge,
// once; its result is pushed.
func TestRow31SlowWork(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"LINE prepares the file": http.StatusAccepted, "LINE is away": http.StatusServiceUnavailable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.AtThePhoto()
			before := len(h.Answers())
			h.Fail("/v2/bot/message/*/content", status, 1000)
			h.Send("image", "a.jpg", testhouse.Photo(t, 0))
			tried := func() int { return h.Calls("/content")[status] }
			for range 7 { // 70 seconds
				n := tried()
				h.Until("it is tried again", func() bool { h.Hurry(); return tried() > n })
				if len(h.Answers()) > before {
					h.Until("the acknowledgement is on its way no more", func() bool {
						return h.Count(`SELECT count(*) FROM replies WHERE state = 'waiting'`) == 0
					})
				}
				h.Later(10 * time.Second)
			}
			h.Shown(before, bot.WaitReply("th").Text)
			h.Settings(map[string]any{"failNext": []any{}})
			h.Hurried()
			var via []string
			for _, b := range h.Answers()[before:] {
				via = append(via, b.Via)
			}
			if !slices.Equal(via, []string{"reply", "push"}) || !strings.Contains(h.Since(before), "ได้รับรูปที่ 1") {
				t.Errorf("by %q:\n%s", via, h.Since(before))
			}
			h.NothingWaits()
		})
	}
}
