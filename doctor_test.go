package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot/line"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// line.md row 4: the doctor names each channel that takes no deliveries, because it has no secret or none that
// can be opened, and says what to do; of the others it goes on to speak.
func TestDoctorNamesShutChannels(t *testing.T) {
	t.Parallel()
	db, key := pgtest.DB(t), secret.Generate()
	ours, err := secret.Parse(key)
	if err != nil {
		t.Fatal(err)
	}
	other, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	var ids []agencies.ChannelID
	err = agencies.Everywhere(t.Context(), db, func(tx pgx.Tx) error {
		a, err := agencies.Create(t.Context(), tx, agencies.Agency{Code: "SH", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
		if err != nil {
			return err
		}
		for i, kept := range [][]byte{nil, ours.Seal(nil, "channel secret line Ush1"), other.Seal([]byte("s"), "channel secret line Ush2")} {
			id, err := agencies.CreateChannel(t.Context(), tx, ours, agencies.Channel{
				AgencyID: a.ID, Kind: line.Kind, Destination: fmt.Sprint("Ush", i), Provider: "p", Name: fmt.Sprint("account ", i), Secret: "s", Token: "t",
			})
			if err != nil {
				return err
			}
			ids = append(ids, id)
			if kept == nil {
				continue
			}
			if _, err := tx.Exec(t.Context(), `UPDATE channels SET secret_sealed = $2 WHERE id = $1`, id, kept); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]finding{}
	for _, f := range examineChannels(t.Context(), config{SecretKey: key, LineAPIURL: "http://127.0.0.1:1", LineDataURL: "http://127.0.0.1:1"}, db) {
		found[f.what] = f
	}
	if f := found["channels"]; f.fault != "" || f.note != "3 official accounts" {
		t.Errorf("of them all: %+v", f)
	}
	for name, want := range map[string]struct{ fault, remedy string }{
		"LINE account SH account 0": {"does not work", ""}, // LINE is away
		"LINE account SH account 1": {fmt.Sprintf("channel %d has no channel secret", ids[1]), "/admin/channels"},
		"LINE account SH account 2": {fmt.Sprintf("the secrets of channel %d cannot be opened", ids[2]), "SECRET_KEY"},
	} {
		if f := found[name]; !strings.HasPrefix(f.fault, want.fault) || !strings.Contains(f.remedy, want.remedy) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
