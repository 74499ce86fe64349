// Command saphan lets a citizen deal with any public agency by chatting on LINE.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // Thai time on machines without a zone database
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "saphan:", err)
		stop()
		os.Exit(1)
	}
}

const usage = `saphan: public services in a LINE chat

  saphan dev       everything on this machine, with nothing to set up: try it
                   (--data DIR, --fresh, --addr HOST:PORT)
  saphan web       webhooks, inbox and public pages
  saphan worker    background jobs
  saphan migrate   bring the database to this release
  saphan setup     make an agency and the link for its first officer (--help lists the flags)
  saphan doctor    check the configuration and every connection, and say how to mend each fault
  saphan verify    check an evidence bundle offline, or the histories of the database (--help)
  saphan holidays  change the nation's calendar by a file (--help tells how)
  saphan forms     check service files, print their schema, list the services
  saphan texts     list the languages, or print a catalogue for translators (--help tells how)
  saphan match     say for each line on standard input which service it means (--help lists the flags)

Configuration comes from the environment; README.md lists the variables.
`

// run is the program: main and tests call it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	return plainly(command(ctx, args, getenv, stdout, stderr))
}

func command(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		_, err := io.WriteString(stdout, usage)
		return err
	}
	cfg, err := readConfig(getenv)
	if err != nil {
		return err
	}
	switch args[0] {
	case "dev":
		return runDev(ctx, args[1:], cfg, stdout, stderr)
	case "web", "worker":
		if err := cfg.complete(); err != nil {
			return fmt.Errorf("the configuration is not complete:\n%w", err)
		}
		log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
		return serve(ctx, cfg, log, args[0] == "web", args[0] == "worker")
	case "migrate":
		return runMigrate(ctx, cfg, stdout, stderr)
	case "setup":
		return runSetup(ctx, args[1:], cfg, questions(os.Stdin), stdout)
	case "doctor":
		return runDoctor(ctx, cfg, stdout)
	case "verify":
		return runVerify(ctx, args[1:], cfg, stdout, stderr)
	case "holidays":
		return runHolidays(ctx, args[1:], cfg, stdout)
	case "forms":
		return runForms(args[1:], cfg, stdout)
	case "texts":
		return runTexts(args[1:], cfg, stdout)
	case "match":
		return runMatch(args[1:], cfg.FormsDir, os.Stdin, stdout)
	case "help", "-h", "--help":
		_, err := io.WriteString(stdout, usage)
		return err
	default:
		return errors.New("unknown command " + args[0] + "; saphan help lists them")
	}
}
