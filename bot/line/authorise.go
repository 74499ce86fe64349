package line

import (
	"context"
	"errors"
	"io"
	"net/http"

	"saphan/agencies"
)

// unsigned stands where the SDK wants a token: authorised puts in the real one.
const unsigned = "-"

// accountKey is under what a call's context knows its account.
type accountKey struct{}

// of notes for which account a call is.
func of(ctx context.Context, account agencies.Channel) context.Context {
	return context.WithValue(ctx, accountKey{}, account)
}

// authorised adds the account's token to every call. A call that LINE refuses because the token has
// ended is made once more with another one: nothing of it was accepted (line.md row 40). A 401 of
// something on the way says nothing about the token.
type authorised struct {
	base   http.RoundTripper
	tokens *tokens
}

// RoundTrip implements http.RoundTripper.
func (a *authorised) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	account, ok := ctx.Value(accountKey{}).(agencies.Channel)
	if !ok {
		return nil, errors.Join(errors.New("a call to LINE without an account"), closeBody(r))
	}
	token, err := a.tokens.get(ctx, account)
	if err != nil {
		return nil, errors.Join(err, closeBody(r))
	}
	resp, err := a.base.RoundTrip(withToken(r, token))
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !isLines(resp) || r.Body != nil && r.GetBody == nil {
		return resp, err
	}
	next, err := a.tokens.renew(ctx, account, token)
	if err != nil {
		return resp, nil //nolint:nilerr // without another token the refusal is the answer
	}
	again := withToken(r, next)
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return resp, nil //nolint:nilerr // as above
		}
	}
	// The connection can serve the second try once the first answer was read.
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)); err != nil {
		return nil, errors.Join(err, resp.Body.Close())
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	return a.base.RoundTrip(again)
}

// answerMost is how much of an answer is read, in bytes: the longest of LINE's, a list of a thousand menus,
// is shorter.
const answerMost = 32 << 20

// errTooLong means that what answers is not LINE.
var errTooLong = errors.New("an answer longer than LINE's")

// bounded bounds the answers to calls, all of which the SDK takes into memory.
type bounded struct {
	base  http.RoundTripper
	files bool // those with a file in them are left alone: their readers have a bound of their own
}

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.base.RoundTrip(r)
	if err == nil && (!b.files || resp.StatusCode != http.StatusOK) {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: answerMost}
	}
	return resp, err
}

// boundedBody closes itself when reading it ends, however that is: the SDK closes only what is a success.
type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.Join(errTooLong, b.Close())
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil {
		b.Close() //nolint:errcheck // what was wrong with it is told by err
	}
	return n, err
}

// withToken is the request with a token; a RoundTripper must not change the one it was given.
func withToken(r *http.Request, token string) *http.Request {
	signed := r.Clone(r.Context())
	signed.Header.Set("Authorization", "Bearer "+token)
	return signed
}

func closeBody(r *http.Request) error {
	if r.Body == nil {
		return nil
	}
	return r.Body.Close()
}
