package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/admin"
	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/migrations"
)

// setup is what saphan setup knows about the agency and its first officer.
type setup struct {
	agency        agencies.Agency
	officer       agencies.NewOfficer
	area          agencies.Area
	opens, closes string // of the hours from Monday to Friday, 15:04
	lat, lon      string // as given; empty: the agency has no area
	services      string // keys with commas; empty: all there are
	again         bool   // the first officer needs a new link
}

// setupField is one thing that is asked for: a flag, or a question where there is a terminal.
type setupField struct {
	name, usage, question string
	into                  *string
	optional              bool
	check                 func(string) error
}

var (
	agencyCode  = regexp.MustCompile(`^[A-Z]{2,6}$`)
	clockOfDay  = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
	errRequired = errors.New("is needed")
)

// fields lists everything, in the order in which it is asked.
func (s *setup) fields() []setupField {
	clock := func(v string) error {
		if !clockOfDay.MatchString(v) {
			return errors.New("must be a time like 08:30")
		}
		return nil
	}
	return []setupField{
		{name: "code", usage: "2 to 6 capital letters; stands before the agency's ticket numbers", question: "Agency code (2-6 capital letters, stands before its ticket numbers)", into: &s.agency.Code, check: func(v string) error {
			if !agencyCode.MatchString(v) {
				return errors.New("must be 2 to 6 letters A-Z")
			}
			return nil
		}},
		{name: "name", usage: "the agency's name in Thai", question: "Agency name, in Thai", into: &s.agency.Name},
		{name: "kind", usage: "เทศบาลเมือง, องค์การบริหารส่วนตำบล, กรม ...", question: "Kind (เทศบาลเมือง, องค์การบริหารส่วนตำบล, กรม ...)", into: &s.agency.Kind},
		{name: "phone", usage: "where citizens reach a person when the chat cannot help", question: "Phone for citizens", into: &s.agency.Phone},
		{name: "address", usage: "the agency's address, for permits", question: "Address, for permits; empty: none", into: &s.agency.Address, optional: true},
		{name: "signer", usage: "post of the official who signs permits", question: "Post of the official who signs permits; empty: none", into: &s.agency.Signer, optional: true},
		{name: "opens", usage: "when working hours begin", question: "Working hours begin", into: &s.opens, check: clock},
		{name: "closes", usage: "when working hours end", question: "Working hours end", into: &s.closes, check: clock},
		{name: "area", usage: "name of the area the agency looks after, as it stands in addresses", question: "Area the agency looks after, as in addresses (ต.ตัวอย่าง); empty: none", into: &s.area.Name, optional: true},
		{name: "lat", usage: "latitude of the area's centre", question: "Latitude of its centre", into: &s.lat, optional: true, check: degrees(90)},
		{name: "lon", usage: "longitude of the area's centre", question: "Longitude of its centre", into: &s.lon, optional: true, check: degrees(180)},
		{name: "officer-name", usage: "name of the first officer, who becomes head", question: "First officer (head): name", into: &s.officer.Name},
		{name: "officer-email", usage: "e-mail address the first officer signs in with", question: "First officer: e-mail address", into: &s.officer.Email, check: func(v string) error {
			if !strings.Contains(v, "@") {
				return errors.New("must be an e-mail address")
			}
			return nil
		}},
	}
}

func degrees(most float64) func(string) error {
	return func(v string) error {
		if d, err := strconv.ParseFloat(v, 64); err != nil || d < -most || d > most {
			return fmt.Errorf("must be degrees between -%.0f and %.0f", most, most)
		}
		return nil
	}
}

// wrong says what is wrong with the value.
func (f setupField) wrong() error {
	*f.into = strings.TrimSpace(*f.into)
	switch {
	case *f.into == "" && f.optional:
		return nil
	case *f.into == "":
		return errRequired
	case f.check != nil:
		return f.check(*f.into)
	}
	return nil
}

// runSetup makes an agency with its queues, routes and first officer in an empty installation. Run
// again for the same code it adds nothing. Questions are read from in where there is a terminal; nil:
// everything comes from flags.
func runSetup(ctx context.Context, args []string, cfg config, in io.Reader, stdout io.Writer) error {
	if cfg.DatabaseURL == "" || cfg.BaseURL == "" {
		return errors.New("saphan setup needs DATABASE_URL (where the agency is kept) and BASE_URL (for the first officer's link)")
	}
	s := &setup{opens: "08:30", closes: "16:30", area: agencies.Area{RadiusM: 5000}}
	flags := flag.NewFlagSet("setup", flag.ContinueOnError)
	flags.SetOutput(stdout)
	for _, f := range s.fields() {
		flags.StringVar(f.into, f.name, *f.into, f.usage)
	}
	flags.Float64Var(&s.area.RadiusM, "radius", s.area.RadiusM, "radius of the area in metres")
	flags.StringVar(&s.services, "services", "", "keys of the services the agency offers, with commas (default all)")
	flags.BoolVar(&s.again, "new-link", false, "make a new link for the first officer: password and phone used so far end at once")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return errors.New("saphan setup: see saphan setup --help")
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("saphan setup does not know %q; saphan setup --help lists its flags", flags.Arg(0))
	}
	if err := s.complete(in, stdout); err != nil {
		return err
	}
	catalog, err := forms.Ready()
	if err != nil {
		return fmt.Errorf("services: %w", err)
	}
	pool, err := openPool(ctx, cfg.DatabaseURL, poolConns)
	if err != nil {
		return err
	}
	defer pool.Close()
	if pending, err := migrations.Pending(ctx, cfg.DatabaseDirectURL); err != nil {
		return fmt.Errorf("database: %s (saphan doctor says more)", reason(err))
	} else if pending {
		return errors.New("the database is behind this release: run saphan migrate first")
	}
	var report string
	err = agencies.Everywhere(ctx, pool, func(tx pgx.Tx) (err error) {
		report, err = s.found(ctx, tx, catalog, cfg.BaseURL, time.Now())
		return err
	})
	if f := fault.MessageOf(err); err != nil && fault.KindOf(err) != fault.Internal {
		return errors.New(f)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(stdout, report)
	return err
}

// complete asks for what is missing, or says all of it at once.
func (s *setup) complete(in io.Reader, out io.Writer) error {
	var lines *bufio.Scanner
	if in != nil {
		lines = bufio.NewScanner(in)
	}
	var missing []error
	for _, f := range s.fields() {
		err := f.wrong()
		asked := *f.into == ""
		for lines != nil && (err != nil || asked && (f.name != "lat" && f.name != "lon" || s.area.Name != "")) {
			asked = false
			if err != nil && *f.into != "" {
				fmt.Fprintf(out, "  --%s %s\n", f.name, err)
			}
			fmt.Fprintf(out, "%s: ", f.question)
			if !lines.Scan() {
				lines = nil // nobody is there who answers
				break
			}
			*f.into = lines.Text()
			err = f.wrong()
		}
		if err != nil {
			missing = append(missing, fmt.Errorf("--%s %w: %s", f.name, err, f.usage))
		}
	}
	if len(missing) == 0 {
		missing = append(missing, s.consistent())
	}
	if err := errors.Join(missing...); err != nil {
		return fmt.Errorf("nothing was changed:\n%w", err)
	}
	s.officer.Role = agencies.RoleHead
	return nil
}

// consistent says what does not go together.
func (s *setup) consistent() error {
	switch {
	case s.opens >= s.closes:
		return errors.New("--closes must be later than --opens")
	case (s.area.Name == "") != (s.lat == "") || (s.lat == "") != (s.lon == ""):
		return errors.New("--area, --lat and --lon go together")
	case s.area.RadiusM <= 0:
		return errors.New("--radius must be more than 0 metres")
	}
	return nil
}

// queueNames are what the queues that services name are called at first.
var queueNames = map[string]string{
	"permits": "ใบอนุญาต", "works": "งานช่างและเรื่องร้องทุกข์", "general": "งานทั่วไป", "welfare": "งานสวัสดิการสังคม", "confidential": "เรื่องร้องเรียนทุจริต",
}

// found makes the agency, or says that it is there.
func (s *setup) found(ctx context.Context, tx pgx.Tx, catalog *forms.Catalog, baseURL string, now time.Time) (string, error) {
	all, err := agencies.All(ctx, tx)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(all, func(a agencies.Agency) bool { return a.Code == s.agency.Code })
	if at >= 0 {
		return s.known(ctx, tx, all[at], baseURL, now)
	}
	s.agency.Hours = agencies.Hours("mon-fri " + s.opens + "-" + s.closes)
	a, err := agencies.Create(ctx, tx, s.agency)
	if err != nil {
		return "", err
	}
	queues, services, err := s.furnish(ctx, tx, a.ID, catalog)
	if err != nil {
		return "", err
	}
	s.officer.AgencyID = a.ID
	o, link, err := agencies.Invite(ctx, tx, s.officer, now)
	if err != nil {
		return "", err
	}
	for _, c := range []struct {
		kind   agencies.ChangeKind
		detail agencies.ChangeDetail
	}{{agencies.AgencySetUp, agencies.ChangeDetail{}}, {agencies.OfficerInvited, agencies.ChangeDetail{Officer: o.ID, Role: o.Role}}} {
		if err := agencies.NoteChange(ctx, tx, a.ID, 0, now, c.kind, c.detail); err != nil {
			return "", err
		}
	}
	area := "no area"
	if s.area.Name != "" {
		area = "area " + s.area.Name
	}
	return fmt.Sprintf("Agency %s (%s) is set up: %d queues, %d services, %s.\n%s", a.Code, a.Name, queues, services, area, s.next(o, link, baseURL)), nil
}

// furnish gives a new agency the queues that its services name, the way of each service to its queue,
// and its area.
func (s *setup) furnish(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, catalog *forms.Catalog) (queues, services int, err error) {
	wanted := map[string]bool{}
	for _, key := range strings.FieldsFunc(s.services, func(r rune) bool { return r == ',' || r == ' ' }) {
		if _, ok := catalog.Find(forms.Key(key)); !ok {
			return 0, 0, fault.Newf(fault.Invalid, "--services: there is no service {key}", "key", key)
		}
		wanted[key] = true
	}
	made := map[string]agencies.QueueID{}
	for _, f := range catalog.List() {
		keys := []string{f.Queue}
		for _, b := range f.Queues {
			keys = append(keys, b.Queue)
		}
		for _, key := range keys {
			if _, ok := made[key]; ok {
				continue
			}
			q, err := agencies.CreateQueue(ctx, tx, agency, key, cmp.Or(queueNames[key], key))
			if err != nil {
				return 0, 0, err
			}
			made[key] = q.ID
		}
		if len(wanted) > 0 && !wanted[string(f.Key)] && !f.Human {
			continue
		}
		if err := agencies.SetRoute(ctx, tx, agency, string(f.Key), made[f.Queue]); err != nil {
			return 0, 0, err
		}
		services++
	}
	if s.area.Name != "" {
		s.area.AgencyID = agency
		if s.area.Lat, err = strconv.ParseFloat(s.lat, 64); err != nil {
			return 0, 0, fmt.Errorf("latitude: %w", err)
		}
		if s.area.Lon, err = strconv.ParseFloat(s.lon, 64); err != nil {
			return 0, 0, fmt.Errorf("longitude: %w", err)
		}
		if err := agencies.AddArea(ctx, tx, s.area); err != nil {
			return 0, 0, err
		}
	}
	return len(made), services, nil
}

// known answers for an agency that is there: nothing is added, but a first officer who cannot get in
// gets a new link.
func (s *setup) known(ctx context.Context, tx pgx.Tx, a agencies.Agency, baseURL string, now time.Time) (string, error) {
	there := fmt.Sprintf("Agency %s (%s) is there already; nothing was added.\n", a.Code, a.Name)
	staff, err := agencies.Staff(ctx, tx, a.ID)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(staff, func(m agencies.Member) bool { return strings.EqualFold(m.Email, s.officer.Email) })
	switch {
	case at < 0:
		return there + "Its heads invite " + s.officer.Email + " at " + baseURL + admin.Base + "/officers\n", nil
	case staff[at].DisabledAt != nil:
		return there + "The account of " + s.officer.Email + " is closed; a head opens it at " + baseURL + admin.Base + "/officers\n", nil
	case staff[at].Joined && !s.again:
		return there + s.officer.Email + " has a password and a phone already; --new-link ends both and makes a new link.\n", nil
	}
	o := staff[at].Officer
	link, err := agencies.InviteAgain(ctx, tx, o.ID, now)
	if err != nil {
		return "", err
	}
	err = agencies.NoteChange(ctx, tx, a.ID, 0, now, agencies.OfficerReset, agencies.ChangeDetail{Officer: o.ID})
	return there + "A new link was made; the one before does not work any more.\n" + s.next(o, link, baseURL), err
}

// next is what the first officer does now.
func (s *setup) next(o agencies.Officer, link agencies.Invitation, baseURL string) string {
	return fmt.Sprintf(`
%s <%s> opens this link within %d hours, chooses a password and enrols a phone.
It is shown once and works once:

  %s

Then, at %s:
  /channels   add the agency's LINE official account
  /officers   invite the others
`, o.Name, o.Email, int(agencies.InvitationLife.Hours()), admin.JoinLink(baseURL, link), baseURL+admin.Base)
}

// questions is where answers are read from: standard input, if it is a terminal.
func questions(stdin *os.File) io.Reader {
	info, err := stdin.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	if nobody, err := os.Stat(os.DevNull); err == nil && os.SameFile(info, nobody) {
		return nil // a device, but nobody types there
	}
	return stdin
}
