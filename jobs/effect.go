package jobs

import (
	"encoding/json"
	"fmt"
	"strconv"

	"saphan/bot"
	"saphan/tickets"
)

// placeJSON is a point on the map as a ticket keeps it.
func placeJSON(p bot.Place) json.RawMessage {
	raw, err := json.Marshal(p)
	if err != nil { // only NaN and infinity fail, which no channel can send in JSON
		return nil
	}
	return raw
}

// wantID reads the item of a bot.Want back.
func wantID(item string) (tickets.WantID, error) {
	id, err := strconv.ParseInt(item, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("step named an unknown document %q", item)
	}
	return tickets.WantID(id), nil
}
