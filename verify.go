package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/secret"
	"saphan/proof"
	"saphan/tickets"
)

const verifyUsage = `saphan verify [--key HEX] FILE     check an evidence bundle, offline
saphan verify --database           compare every history of the database with its hashes and with the
                                   anchors, those kept outside of the database too

It says in Thai and English what holds and what does not, and ends with 0 if all holds, else with 1.
The key is published at /proof of the installation that made the bundle.
`

// errAltered means that something was found; what it is was printed.
var errAltered = errors.New("ไม่ผ่านการตรวจ / does not hold")

// runVerify checks evidence (EGA-15.1, SEED-3).
func runVerify(ctx context.Context, args []string, cfg config, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, verifyUsage) }
	key := flags.String("key", "", "")
	database := flags.Bool("database", false, "")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	switch {
	case *database && flags.NArg() == 0:
		return verifyDatabase(ctx, cfg, stdout)
	case !*database && flags.NArg() == 1:
		return verifyFile(flags.Arg(0), *key, stdout)
	default:
		flags.Usage()
		return errors.New("verify: name one file, or --database")
	}
}

// verifyFile checks a bundle without asking anybody.
func verifyFile(name, key string, stdout io.Writer) (err error) {
	var trusted ed25519.PublicKey
	if key != "" {
		if trusted, err = hex.DecodeString(key); err != nil || len(trusted) != ed25519.PublicKeySize {
			return errors.New("verify: --key is 64 hexadecimal digits, as published at /proof")
		}
	}
	file, err := os.Open(name) //nolint:gosec // whoever runs the command names the file
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	report := proof.CheckBundle(file, info.Size(), trusted)
	for _, c := range report.Checks {
		mark := "ok  "
		if !c.Holds {
			mark = "FAIL"
		}
		if _, err := fmt.Fprintf(stdout, "%s  %s\n      %s\n", mark, c.TH, c.EN); err != nil {
			return err
		}
	}
	if !report.Holds() {
		return errAltered
	}
	_, err = fmt.Fprintf(stdout, "\nครบถ้วน ไม่ถูกแก้ไข เรื่องเลขที่ %[1]s\nWhole and unaltered: case %[1]s\n", report.Case)
	if err == nil && trusted == nil {
		_, err = fmt.Fprintf(stdout, "โปรดเทียบกุญแจ %[1]s กับที่ประกาศไว้ที่ %[2]s\nCompare the key %[1]s with the one published at %[2]s\n", report.KeyID, report.KeyURL)
	}
	return err
}

// verifyDatabase reads all histories and says where something was altered.
func verifyDatabase(ctx context.Context, cfg config, stdout io.Writer) error {
	if cfg.DatabaseURL == "" || cfg.S3Endpoint == "" || cfg.SecretKey == "" {
		return errors.New("verify: DATABASE_URL, S3_ENDPOINT and SECRET_KEY are needed: the anchors are compared with the copies outside of the database")
	}
	box, err := secret.Parse(cfg.SecretKey)
	if err != nil {
		return fmt.Errorf("SECRET_KEY: %w", err)
	}
	store, err := files.New(cfg.store(), box, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, cfg.DatabaseURL, poolConns)
	if err != nil {
		return err
	}
	defer pool.Close()
	notary := &proof.Notary{DB: pool, Store: store, Box: box, Now: time.Now}
	found, err := notary.Audit(ctx)
	if err != nil {
		return err
	}
	for _, f := range found.Findings {
		if _, err := fmt.Fprintf(stdout, "FAIL  %s%s\n", f, caseOf(ctx, pool, f)); err != nil {
			return err
		}
	}
	until := "-"
	if found.Until != nil {
		until = found.Until.Format(time.RFC3339)
	}
	_, err = fmt.Fprintf(stdout, "%d lines of histories, %d anchors up to %s, %d lines written since\n", found.Lines, found.Anchors, until, found.Loose)
	if err == nil && len(found.Findings) > 0 {
		err = errAltered
	}
	if err == nil {
		_, err = fmt.Fprintln(stdout, "ประวัติครบถ้วน ไม่ถูกแก้ไข / The histories are whole and unaltered.")
	}
	return err
}

// caseOf is the number of the case whose history it is, if it is there.
func caseOf(ctx context.Context, db agencies.DB, f proof.Finding) string {
	if f.Book != proof.Tickets {
		return ""
	}
	var t tickets.Ticket
	err := agencies.Everywhere(ctx, db, func(tx pgx.Tx) (err error) {
		t, err = tickets.Find(ctx, tx, tickets.TicketID(f.Subject))
		return err
	})
	if err != nil {
		return ""
	}
	return " (" + t.Number + ")"
}
