package line

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"saphan/agencies"
	"saphan/bot"
)

// withoutPeople is what is kept of an event in a group or room: that it happened, and what it takes
// to leave. Who wrote, what, and who came along is not (line.md 5.2).
func withoutPeople(raw json.RawMessage) (json.RawMessage, error) {
	var kept struct {
		EventID    string      `json:"webhookEventId"`
		Type       string      `json:"type"`
		Mode       string      `json:"mode,omitempty"`
		Timestamp  json.Number `json:"timestamp,omitempty"`
		ReplyToken string      `json:"replyToken,omitempty"`
		Source     struct {
			Type    string `json:"type,omitempty"`
			GroupID string `json:"groupId,omitempty"`
			RoomID  string `json:"roomId,omitempty"`
		} `json:"source"`
	}
	if err := json.Unmarshal(raw, &kept); err != nil {
		// What cannot be read may name anybody.
		return json.RawMessage{}, fmt.Errorf("event of a group: not readable")
	}
	return json.Marshal(kept)
}

// Leave takes the account out of a group or room. Being out of it already is no error.
func (c *Channel) Leave(ctx context.Context, account agencies.Channel, g bot.Group) error {
	if !inPath.MatchString(g.ID) {
		return nil
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return err
	}
	leave := api.LeaveGroupWithHttpInfo
	if g.Kind == "room" {
		leave = api.LeaveRoomWithHttpInfo
	}
	resp, _, err := leave(g.ID)
	if resp == nil {
		return fmt.Errorf("line leave %s: %s", g.Kind, transportProblem(err))
	}
	defer resp.Body.Close() //nolint:errcheck // nothing depends on it
	switch code := resp.StatusCode; {
	case code/100 == 2, (code == http.StatusBadRequest || code == http.StatusNotFound) && isLines(resp):
		// LINE refuses to leave where the account is not, or is no more.
		return nil
	default:
		return fmt.Errorf("line leave %s: %s", g.Kind, status(resp))
	}
}
