package main

import (
	"errors"
	"fmt"
	"testing"

	"saphan/bot"
	"saphan/forms"
)

// The menu under the chat, on a telephone: it is there within moments of the start, each area leads
// where it says, and the other language is one tap away.
func menuWay(t *testing.T, tw *town) {
	c := tw.newCitizen(t, "อรุณ")
	p := phone{openBrowser(t), c}
	// A picture that has arrived is still to be decoded before it is on the screen.
	painted := `((i) => { if (i?.complete && i.naturalWidth === 2500 && !i.asked) { i.asked = true; i.decode().then(() => { i.drawn = true; }); } return i?.drawn; })(document.querySelector(".menu-map img"))`
	p.visit(tw.line+"/?user="+c.id, `[data-testid="quick-reply"]`, 430, 932)
	p.holds("the menu, open and painted", painted+` && !document.getElementById("rich-menu").hidden`)
	p.shot("menu-th")
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	open := `!document.getElementById("rich-menu").hidden || (document.querySelector('[data-testid="rich-menu-toggle"]').click(), false)`
	conn := tw.sql(t)
	for _, a := range bot.NewFixedMenu(catalog, "", "th").Areas {
		before := len(c.answers())
		p.holds("the menu open", open)
		p.click(fmt.Sprintf(`[data-testid="rich-menu-area"][data-action-data=%q]`, a.Data))
		eventually(t, "an answer to "+a.Label, func() error {
			if len(c.answers()) == before {
				return errors.New("nothing yet")
			}
			return nil
		})
		tw.rested(t, conn) // there may be more of it
		p.settled(last(c.answers()))
	}
	c.sees(spoken("track.none"))
	p.shot("menu-used")
	p.holds("the menu open", open)
	p.click(`[data-testid="rich-menu-area"][data-action-type="richmenuswitch"]`)
	p.holds("the bar in English", `document.querySelector('[data-testid="rich-menu-toggle"]').textContent.includes("Services")`)
	p.holds("the English menu, painted", painted)
	p.shows("English from now on")
	p.shot("menu-en")
}
