package agencies_test

import (
	"bytes"
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
		Code: code, Name: name, Kind: "เทศบาล", Phone: "02 000 0000", Address: "99 หมู่ 1", Signer: "นายกเทศมนตรี", OpensAt: "08:30", ClosesAt: "16:30",
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
	all, err := agencies.Channels(ctx, tx, box, "line")
	if err != nil || len(all) != 1 || all[0].Secret != want.Secret {
		t.Errorf("all %+v (%v)", all, err)
	}
	if none, err := agencies.Channels(ctx, tx, box, "fax"); err != nil || len(none) != 0 {
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
	if _, err := agencies.Channels(ctx, tx, other, "line"); err == nil {
		t.Error("with another key the channels were opened")
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
