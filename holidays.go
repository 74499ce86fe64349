package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/internal/fault"
)

const holidaysUsage = `saphan holidays: the nation's calendar

  saphan holidays FILE           say what a file of days would change; nothing is stored
  saphan holidays -save FILE     change the calendar; open cases are counted again

FILE is CSV (date,name,kind,hours,provinces,source,announced,unconfirmed) or iCalendar with whole days.
docs/calendar.md tells what each column means. The same file twice changes nothing.

`

// mostHolidayFile is the largest file of days that is read, in bytes.
const mostHolidayFile = 1 << 20

// runHolidays changes the days of the nation, which no agency may: by a file, as the Cabinet announced them (LOC-4).
func runHolidays(ctx context.Context, args []string, cfg config, stdout io.Writer) error {
	flags := flag.NewFlagSet("saphan holidays", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.Usage = func() { fmt.Fprint(stdout, holidaysUsage); flags.PrintDefaults() }
	save := flags.Bool("save", false, "change the calendar")
	source := flags.String("source", "", "`where` the days were announced, for those that do not say: มติ ครม. 10 ม.ค. 2566")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil || flags.NArg() != 1:
		return errors.New("saphan holidays needs one file; see saphan holidays --help")
	case cfg.DatabaseURL == "":
		return errors.New("saphan holidays needs DATABASE_URL, where the calendar is kept")
	}
	days, err := holidaysOf(flags.Arg(0), *source)
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, cfg.DatabaseURL, poolConns)
	if err != nil {
		return err
	}
	defer pool.Close()
	jobs, err := inserter(pool)
	if err != nil {
		return err
	}
	var plan []agencies.DayChange
	err = agencies.Everywhere(ctx, pool, func(tx pgx.Tx) (err error) {
		if !*save {
			plan, err = agencies.PlanDays(ctx, tx, 0, days)
			return err
		}
		plan, err = agencies.SaveDays(ctx, tx, jobs, 0, time.Now(), days)
		return err
	})
	if err != nil && fault.KindOf(err) != fault.Internal {
		return errors.New(fault.MessageOf(err))
	}
	if err != nil {
		return err
	}
	return sayPlan(stdout, plan, *save)
}

// holidaysOf reads a file of the nation's days.
func holidaysOf(name, source string) ([]agencies.Holiday, error) {
	f, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("holidays: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, mostHolidayFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("holidays: %w", err)
	}
	if len(raw) > mostHolidayFile {
		return nil, fmt.Errorf("%s is larger than a file of days can be", name)
	}
	days, wrong := agencies.ReadDays(raw, 0, source)
	if len(wrong) > 0 {
		return nil, fmt.Errorf("nothing was changed:\n  %s", strings.Join(wrong, "\n  "))
	}
	return days, nil
}

// sayPlan tells what a file does, a line for each day that changes.
func sayPlan(out io.Writer, plan []agencies.DayChange, saved bool) error {
	w := bufio.NewWriter(out)
	changed := 0
	for _, c := range plan {
		if !c.Changes() {
			continue
		}
		changed++
		name := c.Day.Name
		if c.Was != nil && name == "" {
			name = c.Was.Name
		}
		line := fmt.Sprintf("%-9s  %s  %s", c.Effect, c.Day.On.Format(time.DateOnly), name)
		if len(c.Day.Provinces) > 0 {
			line += "  (" + strings.Join(c.Day.Provinces, " ") + ")"
		}
		fmt.Fprintln(w, line)
	}
	switch {
	case changed == 0:
		fmt.Fprintln(w, "The calendar has all of it already.")
	case saved:
		fmt.Fprintf(w, "Days changed: %d. Open cases are being counted again.\n", changed)
	default:
		fmt.Fprintf(w, "Days to change: %d. Nothing was stored: add -save.\n", changed)
	}
	return w.Flush()
}

// shipHolidays puts the nation's days of this release into the calendar.
func shipHolidays(ctx context.Context, cfg config, stdout io.Writer) error {
	pool, err := openPool(ctx, cfg.DatabaseDirectURL, poolConns)
	if err != nil {
		return err
	}
	defer pool.Close()
	jobs, err := inserter(pool)
	if err != nil {
		return err
	}
	var added int
	err = agencies.Everywhere(ctx, pool, func(tx pgx.Tx) (err error) {
		added, err = agencies.ShipDays(ctx, tx, jobs, time.Now())
		return err
	})
	if err != nil {
		return fmt.Errorf("holidays: %w", err)
	}
	if added > 0 {
		_, err = fmt.Fprintf(stdout, "%d holidays of this release are in the calendar.\n", added)
	}
	return err
}

// inserter is a job queue that only takes jobs.
func inserter(pool *pgxpool.Pool) (agencies.Jobs, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return client, nil
}
