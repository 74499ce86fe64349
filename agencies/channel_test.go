package agencies_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

func newBox(t *testing.T) secret.Box {
	t.Helper()
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func makeAgency(t *testing.T, tx pgx.Tx, code, name string) agencies.Agency {
	t.Helper()
	a, err := agencies.Create(t.Context(), tx, agencies.Agency{
		Code: code, Name: name, Kind: "เทศบาล", Phone: "02 000 0000", Address: "99 หมู่ 1", Signer: "นายกเทศมนตรี",
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestChannelKeepsItsSecrets(t *testing.T) {
	t.Parallel()
	tx, ctx, box := pgtest.Tx(t), t.Context(), newBox(t)
	a := makeAgency(t, tx, "CHA", "เทศบาลตัวอย่าง")
	announced := time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)
	want := agencies.Channel{
		AgencyID: a.ID, Kind: "line", Destination: "Ucha", Provider: "p", Name: "บัญชีตัวอย่าง", Secret: "channel secret", Token: "access token",
		AnnouncedAt: &announced, AnnouncedRef: "ประกาศตัวอย่าง",
	}
	id, err := agencies.CreateChannel(ctx, tx, box, want)
	if err != nil {
		t.Fatal(err)
	}
	want.ID = id
	got, err := agencies.FindChannel(ctx, tx, box, id)
	if err != nil || got.Secret != want.Secret || got.Token != want.Token || got.Destination != want.Destination || got.AgencyID != a.ID || !got.AnnouncedAt.Equal(announced) || got.OldSecret != "" {
		t.Errorf("found %+v (%v), want %+v", got, err, want)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "channel", got)
	if strings.Contains(log.String(), "secret") || strings.Contains(log.String(), "access token") {
		t.Errorf("the log tells secrets: %s", log.String())
	}
	var plain bool
	err = tx.QueryRow(ctx, `SELECT position('channel secret'::bytea IN secret_sealed) > 0 OR position('access token'::bytea IN token_sealed) > 0 FROM channels WHERE id = $1`, id).Scan(&plain)
	if err != nil || plain {
		t.Errorf("secrets lie in the open (%v)", err)
	}
	all, shut, err := agencies.Channels(ctx, tx, box, "line")
	if err != nil || len(all) != 1 || all[0].Secret != want.Secret || len(shut) != 0 {
		t.Errorf("all %+v, shut %+v (%v)", all, shut, err)
	}
	if none, _, err := agencies.Channels(ctx, tx, box, "fax"); err != nil || len(none) != 0 {
		t.Errorf("of another kind: %+v (%v)", none, err)
	}

	until := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	if err := agencies.RotateSecret(ctx, tx, box, id, "fresh secret", until); err != nil {
		t.Fatal(err)
	}
	if got, err := agencies.FindChannel(ctx, tx, box, id); err != nil || got.Secret != "fresh secret" || got.OldSecret != "channel secret" || !got.OldUntil.Equal(until) {
		t.Errorf("after the change %+v (%v)", got, err)
	}

	if _, err := agencies.FindChannel(ctx, tx, box, 999999); !fault.Is(err, fault.NotFound) {
		t.Errorf("a channel that is not there: %v", err)
	}
	if err := agencies.RotateSecret(ctx, tx, box, 999999, "x", until); !fault.Is(err, fault.NotFound) {
		t.Errorf("a channel that is not there: %v", err)
	}
	other := newBox(t) // SECRET_KEY was changed
	if _, err := agencies.FindChannel(ctx, tx, other, id); err == nil || !strings.Contains(err.Error(), "SECRET_KEY") {
		t.Errorf("with another key: %v", err)
	}
	if all, shut, err := agencies.Channels(ctx, tx, other, "line"); err != nil || len(all) != 0 || len(shut) != 1 || shut[0].ID != id || !strings.Contains(shut[0].Shut.Error(), "SECRET_KEY") {
		t.Errorf("with another key: %+v, shut %+v (%v)", all, shut, err)
	}
}

// One channel that cannot be opened, or has no secret (line.md row 4), is told apart from those that can work.
func TestShutChannelIsToldApart(t *testing.T) {
	t.Parallel()
	tx, ctx, box := pgtest.Tx(t), t.Context(), newBox(t)
	a := makeAgency(t, tx, "CHS", "เทศบาลตัวอย่าง")
	var ids []agencies.ChannelID
	for i, name := range []string{"well", "another key", "no secret"} {
		id, err := agencies.CreateChannel(ctx, tx, box, agencies.Channel{
			AgencyID: a.ID, Kind: "line", Destination: fmt.Sprint("Uchs", i), Provider: "p", Name: name, Secret: "s", Token: "t",
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for i, spoilt := range map[int][]byte{1: newBox(t).Seal([]byte("s"), "channel secret line Uchs1"), 2: box.Seal(nil, "channel secret line Uchs2")} {
		if _, err := tx.Exec(ctx, `UPDATE channels SET secret_sealed = $2 WHERE id = $1`, ids[i], spoilt); err != nil {
			t.Fatal(err)
		}
	}
	all, shut, err := agencies.Channels(ctx, tx, box, "line")
	if err != nil || len(all) != 1 || all[0].ID != ids[0] || len(shut) != 2 || shut[0].ID != ids[1] || shut[1].ID != ids[2] {
		t.Fatalf("all %+v, shut %+v (%v)", all, shut, err)
	}
	if errors.Is(shut[0].Shut, agencies.ErrNoSecret) || !errors.Is(shut[1].Shut, agencies.ErrNoSecret) || shut[1].Destination != "Uchs2" || shut[1].AgencyID != a.ID {
		t.Errorf("shut %+v", shut)
	}
}

// line.md row 4: without a secret anybody could sign.
func TestChannelNeedsAllItsParts(t *testing.T) {
	t.Parallel()
	tx, box := pgtest.Tx(t), newBox(t)
	a := makeAgency(t, tx, "CHB", "เทศบาลตัวอย่าง")
	whole := agencies.Channel{AgencyID: a.ID, Kind: "line", Destination: "Uchb", Provider: "p", Name: "n", Secret: "s", Token: "t"}
	for name, spoil := range map[string]func(*agencies.Channel){
		"secret": func(c *agencies.Channel) { c.Secret = "" }, "token": func(c *agencies.Channel) { c.Token = "" }, "destination": func(c *agencies.Channel) { c.Destination = "" },
	} {
		c := whole
		spoil(&c)
		if _, err := agencies.CreateChannel(t.Context(), tx, box, c); !fault.Is(err, fault.Invalid) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// EGA-10.6: date and reference of an announcement go together, in the database too.
func TestAnnouncementIsWhole(t *testing.T) {
	t.Parallel()
	tx, ctx, box := pgtest.Tx(t), t.Context(), newBox(t)
	a := makeAgency(t, tx, "CHC", "เทศบาลตัวอย่าง")
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	c := agencies.Channel{AgencyID: a.ID, Kind: "line", Destination: "Uchc", Provider: "p", Name: "n", Secret: "s", Token: "t"}
	halves := []agencies.Channel{c, c}
	halves[0].AnnouncedAt, halves[1].AnnouncedRef = &at, "ราชกิจจานุเบกษา"
	for _, half := range halves {
		if _, err := agencies.CreateChannel(ctx, tx, box, half); !fault.Is(err, fault.Invalid) {
			t.Errorf("half an announcement: %v", err)
		}
	}
	id, err := agencies.CreateChannel(ctx, tx, box, c)
	if err != nil {
		t.Fatal(err)
	}
	announced := func() bool {
		c, err := agencies.FindChannel(ctx, tx, box, id)
		if err != nil {
			t.Fatal(err)
		}
		return c.Announced()
	}
	if announced() {
		t.Error("a new channel counts as announced")
	}
	if err := agencies.AnnounceChannel(ctx, tx, id, at, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reference: %v", err)
	}
	if err := agencies.AnnounceChannel(ctx, tx, id, time.Time{}, "x"); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a date: %v", err)
	}
	if err := agencies.AnnounceChannel(ctx, tx, id, at, "ราชกิจจานุเบกษา เล่ม 140"); err != nil || !announced() {
		t.Errorf("announced: %v", err)
	}
	if err := agencies.WithdrawAnnouncement(ctx, tx, id); err != nil || announced() {
		t.Errorf("withdrawn: %v", err)
	}
}

// A channel that is removed leaves no secret behind, and may come back, to its old row or to another
// agency.
func TestChannelGoesAndComesBack(t *testing.T) {
	t.Parallel()
	tx, ctx, box := pgtest.Tx(t), t.Context(), newBox(t)
	a, b := makeAgency(t, tx, "CHD", "เทศบาลตัวอย่าง"), makeAgency(t, tx, "CHE", "อบต.ตัวอย่าง")
	c := agencies.Channel{AgencyID: a.ID, Kind: "line", Destination: "Uchd", Provider: "p", Name: "n", Secret: "s", LineID: "1", TokenKind: agencies.StatelessToken, Token: "never kept"}
	id, err := agencies.CreateChannel(ctx, tx, box, c)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := agencies.FindChannel(ctx, tx, box, id); err != nil || got.Token != "" || got.TokenKind != agencies.StatelessToken {
		t.Errorf("a stateless token is kept: %+v %v", got, err)
	}
	if _, err := agencies.OwnChannel(ctx, tx, box, b.ID, id); !fault.Is(err, fault.NotFound) {
		t.Errorf("a channel of another agency: %v", err)
	}
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	if err := agencies.PauseChannel(ctx, tx, id, now); err != nil {
		t.Fatal(err)
	}
	if got, err := agencies.OwnChannel(ctx, tx, box, a.ID, id); err != nil || got.PausedAt == nil {
		t.Errorf("paused: %+v %v", got, err)
	}
	if err := agencies.PauseChannel(ctx, tx, id, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := agencies.RemoveChannel(ctx, tx, id, now); err != nil {
		t.Fatal(err)
	}
	got, err := agencies.FindChannel(ctx, tx, box, id)
	if err != nil || got.RemovedAt == nil || got.Secret != "" || got.Key != "" {
		t.Errorf("removed: %+v %v", got, err)
	}
	var left int
	if err := tx.QueryRow(ctx, `SELECT length(secret_sealed) + length(token_sealed) + coalesce(length(key_sealed), 0) FROM channels WHERE id = $1`, id).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d bytes of secrets are left (%v)", left, err)
	}
	if all, shut, err := agencies.Channels(ctx, tx, box, "line"); err != nil || len(all)+len(shut) != 0 {
		t.Errorf("the webhook still sees %d (%v)", len(all), err)
	}
	for name, err := range map[string]error{
		"remove": agencies.RemoveChannel(ctx, tx, id, now), "rotate": agencies.RotateSecret(ctx, tx, box, id, "x", now), "pause": agencies.PauseChannel(ctx, tx, id, now),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s a removed channel: %v", name, err)
		}
	}
	again, err := agencies.CreateChannel(ctx, tx, box, c)
	if err != nil || again != id {
		t.Errorf("coming back: channel %d, was %d (%v)", again, id, err)
	}
	save, err := tx.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	other := c
	other.AgencyID = b.ID
	if _, err := agencies.CreateChannel(ctx, save, box, other); !fault.Is(err, fault.Conflict) {
		t.Errorf("an account that another agency has: %v", err)
	}
	if err := save.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if err := agencies.RemoveChannel(ctx, tx, id, now); err != nil {
		t.Fatal(err)
	}
	moved, err := agencies.CreateChannel(ctx, tx, box, other)
	if err != nil || moved == id {
		t.Errorf("moving on: channel %d, was %d (%v)", moved, id, err)
	}
}

// What a way to tokens needs is asked for, and changing it forgets what it needed before.
func TestSetTokens(t *testing.T) {
	t.Parallel()
	tx, ctx, box := pgtest.Tx(t), t.Context(), newBox(t)
	a := makeAgency(t, tx, "CHF", "เทศบาลตัวอย่าง")
	id, err := agencies.CreateChannel(ctx, tx, box, agencies.Channel{AgencyID: a.ID, Kind: "line", Destination: "Uchf", Provider: "p", Name: "n", Secret: "s", Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := agencies.FindChannel(ctx, tx, box, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []agencies.TokenKind{agencies.StatelessToken, agencies.SharedToken} {
		c.TokenKind = kind
		if err := agencies.SetTokens(ctx, tx, box, c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s without its parts: %v", kind, err)
		}
	}
	if err := agencies.KeepNextKey(ctx, tx, box, c, "a private key"); err != nil {
		t.Fatal(err)
	}
	if c, err = agencies.FindChannel(ctx, tx, box, id); err != nil || c.NextKey != "a private key" || c.Key != "" || c.Token != "t" {
		t.Fatalf("%+v %v", c, err)
	}
	c.TokenKind, c.LineID, c.Key, c.KeyID, c.NextKey = agencies.SharedToken, "1650000001", c.NextKey, "kid", ""
	if err := agencies.SetTokens(ctx, tx, box, c); err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	if err := agencies.KeepToken(ctx, tx, box, c, "shared", from, from.AddDate(0, 0, 30)); err != nil {
		t.Fatal(err)
	}
	if c, err = agencies.FindChannel(ctx, tx, box, id); err != nil || c.Token != "shared" || c.Key != "a private key" || c.NextKey != "" || !c.TokenFrom.Equal(from) {
		t.Fatalf("%+v %v", c, err)
	}
	c.TokenKind, c.Token = agencies.StatelessToken, ""
	if err := agencies.SetTokens(ctx, tx, box, c); err != nil {
		t.Fatal(err)
	}
	if err := agencies.KeepToken(ctx, tx, box, c, "too late", from, from.AddDate(0, 0, 30)); err != nil {
		t.Fatal(err)
	}
	if c, err = agencies.FindChannel(ctx, tx, box, id); err != nil || c.Token != "" || !c.TokenFrom.IsZero() {
		t.Errorf("a shared token outlives its kind: %+v %v", c, err)
	}
}
