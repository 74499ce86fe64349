package line

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"saphan/agencies"
	"saphan/bot"
)

// LinkToken asks LINE for the token with which a person can join this chat with an account of ours; it
// holds for ten minutes and once (line.md 4.5). bot.ErrGone: LINE does not know the person.
func (c *Channel) LinkToken(ctx context.Context, account agencies.Channel, person string) (string, error) {
	if !inPath.MatchString(person) {
		return "", bot.ErrGone
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return "", err
	}
	resp, made, err := api.IssueLinkTokenWithHttpInfo(person)
	err = answered("token to link", resp, err)
	var r *refusedError
	if errors.As(err, &r) && r.status == http.StatusNotFound {
		return "", bot.ErrGone
	}
	if err != nil {
		return "", err
	}
	return made.LinkToken, nil
}

// LinkURL is where somebody who signed in with us agrees that the chat be joined with that account. The
// host at access is https://access.line.me, or a simulator's.
func LinkURL(access, token, nonce string) string {
	return access + "/dialog/bot/accountLink?" + url.Values{"linkToken": {token}, "nonce": {nonce}}.Encode()
}
