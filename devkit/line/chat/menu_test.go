package chat_test

import (
	"net/http"
	"testing"
)

// A rich menu with tabs: tapping one brings the other menu at once, and the bot hears of it
// (line.md 1.5, 4.2).
func TestRichMenuSwitch(t *testing.T) {
	t.Parallel()
	b, s := open(t), newStand(t)
	b.visit(s.url(), 390, 844)
	menu := func(bar, to, data string) string {
		t.Helper()
		var made struct {
			ID string `json:"richMenuId"`
		}
		s.call(t, http.MethodPost, "api/v2/bot/richmenu", object{
			"size": object{"width": 2500, "height": 843}, "selected": true, "name": bar, "chatBarText": bar, "areas": []object{{
				"bounds": object{"x": 0, "y": 0, "width": 1250, "height": 843},
				"action": object{"type": "richmenuswitch", "label": bar, "richMenuAliasId": to, "data": data},
			}},
		}, &made)
		s.upload(t, "api-data/v2/bot/richmenu/"+made.ID+"/content", drawing(t, 2500, 843))
		return made.ID
	}
	first, second := menu("ไทย", "en", "lang:en"), menu("English", "th", "lang:th")
	for alias, id := range map[string]string{"th": first, "en": second} {
		s.call(t, http.MethodPost, "api/v2/bot/richmenu/alias", object{"richMenuAliasId": alias, "richMenuId": id}, nil)
	}
	s.call(t, http.MethodPost, "api/v2/bot/user/"+s.user+"/richmenu/"+first, nil, nil)
	bar := func(words string) {
		t.Helper()
		b.holds("the menu "+words, `document.querySelector('[data-testid="rich-menu-toggle"]')?.textContent === "`+words+`" && document.querySelector(".menu-map img")?.naturalWidth > 0`)
	}
	bar("ไทย")
	b.click(mark("rich-menu-area"))
	e := s.heard(t, "the switch", func(e event) bool { return e.Postback.Data == "lang:en" })
	if e.Postback.Params["status"] != "SUCCESS" || e.Postback.Params["newRichMenuAliasId"] != "en" {
		t.Errorf("params %v", e.Postback.Params)
	}
	bar("English")
	// An alias that is gone changes nothing, and the bot is told.
	s.send(t, http.MethodDelete, "api/v2/bot/richmenu/alias/th", "application/json", nil)
	b.click(mark("rich-menu-area"))
	if e := s.heard(t, "the failed switch", func(e event) bool { return e.Postback.Data == "lang:th" }); e.Postback.Params["status"] != "RICHMENU_ALIAS_ID_NOTFOUND" {
		t.Errorf("params %v", e.Postback.Params)
	}
	bar("English")
	// Replaced by the bot while it shows: no gap, no reload.
	s.call(t, http.MethodPost, "api/v2/bot/user/"+s.user+"/richmenu/"+first, nil, nil)
	bar("ไทย")
	b.shot("rich-menu-switch")
}
