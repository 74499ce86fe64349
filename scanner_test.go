package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"saphan/agencies"
	"saphan/devkit/clamav"
	"saphan/files"
	"saphan/internal/pgtest"
)

// The doctor says whether the virus scanner is there, takes files as large as ours, or is not used at all.
func TestDoctorLooksAtTheVirusScanner(t *testing.T) {
	t.Parallel()
	good, small := clamav.ForTest(t, clamav.Config{}), clamav.ForTest(t, clamav.Config{MaxStream: 1 << 20})
	for name, c := range map[string]struct{ address, fault, note string }{
		"well":         {address: good.Socket},
		"not set":      {note: "not scanned"},
		"no address":   {address: "clamd", fault: "host:port"},
		"away":         {address: "/nowhere/clamd.sock", fault: "no such file"},
		"small limits": {address: small.Socket, fault: "500 MB"},
	} {
		f := examineScanner(t.Context(), config{ClamdAddr: c.address})
		if (f.fault == "") != (c.fault == "") || !strings.Contains(f.fault, c.fault) || !strings.Contains(f.note, c.note) || f.fault != "" && f.remedy == "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// Files that wait for their scan are seen from outside: how many, and since when.
func TestMetricsOfUnscannedFiles(t *testing.T) {
	t.Parallel()
	h := &house{pool: pgtest.DB(t), log: slog.New(slog.DiscardHandler)}
	metrics := prometheus.NewPedanticRegistry()
	if err := metrics.Register(&backlog{h: h}); err != nil {
		t.Fatal(err)
	}
	read := func() (count, age float64) {
		t.Helper()
		families, err := metrics.Gather()
		if err != nil {
			t.Fatal(err)
		}
		count, age = -1, -1
		for _, f := range families {
			switch f.GetName() {
			case "saphan_files_unscanned":
				count = f.GetMetric()[0].GetGauge().GetValue()
			case "saphan_files_unscanned_oldest_seconds":
				age = f.GetMetric()[0].GetGauge().GetValue()
			}
		}
		return count, age
	}
	if count, age := read(); count != 0 || age != 0 {
		t.Errorf("of nothing: %v files, %v s", count, age)
	}
	err := agencies.Everywhere(t.Context(), h.pool, func(tx pgx.Tx) error {
		for i, state := range []files.State{files.Waiting, files.Waiting, files.Ready} {
			_, err := files.Insert(t.Context(), tx, files.Attachment{
				Object: files.Object{Key: "k", SHA256: []byte{1}, SealedKey: []byte{1}}, Source: string(rune('a' + i)), State: state,
			})
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), `UPDATE attachments SET created_at = now() - interval '1 hour' WHERE source = 'b'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if count, age := read(); count != 2 || age < 3600 {
		t.Errorf("%v files, %v s", count, age)
	}
}
