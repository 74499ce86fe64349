package line_test

import (
	"net/http"
	"strings"
	"testing"

	"saphan/bot"
)

// Row 54: the account leaves groups and rooms; where it is not any more it has left. What LINE cannot do now
// is an error that says so, without the group's name.
func TestRow54Leave(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"group", "room"} {
		p := newPhone(t)
		var g struct{ ID string }
		p.control("POST", "groups", map[string]any{"kind": kind, "name": "หมู่บ้านตัวอย่าง", "members": []string{p.citizen}}, &g)
		there := bot.Group{Kind: kind, ID: g.ID}
		p.fail(map[string]any{"path": "/v2/bot/" + kind + "/*/leave", "status": 500, "times": 1})
		if err := p.channel.Leave(t.Context(), p.account, there); err == nil || strings.Contains(err.Error(), g.ID) || !strings.Contains(err.Error(), "500") {
			t.Errorf("%s: while LINE is down: %v", kind, err)
		}
		for range 2 {
			check(t, p.channel.Leave(t.Context(), p.account, there))
		}
		var left []int
		for _, c := range p.calls("/" + kind + "/" + g.ID + "/leave") {
			left = append(left, c.Status)
		}
		if len(left) != 3 || left[1] != http.StatusOK || left[2] != http.StatusNotFound {
			t.Errorf("%s: answered %v", kind, left)
		}
		for _, id := range []string{"", "../../../user/U1/richmenu", "C1/leave?x", strings.Repeat("C", 300)} {
			before := len(p.calls("/leave"))
			if err := p.channel.Leave(t.Context(), p.account, bot.Group{Kind: kind, ID: id}); err != nil || len(p.calls("/leave")) != before {
				t.Errorf("%q led to a call (%v)", id, err)
			}
		}
	}
}
