package forms

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// refreshEvery is how soon a decision of an agency, or a new file, counts in every process.
const refreshEvery = 5 * time.Second

// Library keeps a catalogue up to date: with the service files of the product and of the installation, with
// every version that was ever on offer, and with what agencies decided.
type Library struct {
	catalog *Catalog
	folders []fs.FS
	within  func(context.Context, func(pgx.Tx) error) error
	log     *slog.Logger
	now     func() time.Time
	problem string

	mu   sync.Mutex // one Refresh at a time: what follows is its
	seen mark

	// A service takes a processor some 20 ms to read, and every process looks every few seconds.
	known     map[fileText]reading
	published [sha256.Size]byte // what the files said when they were published last
}

// fileText is the text of a file or of a published version, and reading what came of it.
type fileText struct {
	name string
	sum  [sha256.Size]byte
	kept bool
}

// mostKnown is how many texts are remembered.
const mostKnown = 10_000

type reading struct {
	form   *Form
	faults []FaultError
}

// late is how many overrides may be numbered while one that took its number before them is not committed.
const late = 10_000

// mark tells one state of the database from another.
type mark struct {
	versions  string // a hash over all of them
	override  OverrideID
	overrides int
}

// NewLibrary returns a library over folders of service files; within runs a function in a transaction over
// all agencies. Until Refresh its catalogue holds what the files say. The first folder must hold services
// without a fault.
func NewLibrary(within func(context.Context, func(pgx.Tx) error) error, log *slog.Logger, now func() time.Time, folders ...fs.FS) (*Library, error) {
	l := &Library{folders: folders, within: within, log: log, now: now, known: map[fileText]reading{}}
	if files, err := sources(l.readOnce, folders[:1]); err != nil {
		return nil, err
	} else if len(files) == 0 {
		return nil, errNoServices
	}
	files, err := sources(l.readOnce, folders)
	if err != nil {
		log.Error("service files are faulty", "err", err)
	}
	all := make([]*Form, len(files))
	for i, f := range files {
		all[i] = f.Form
	}
	l.catalog = newCatalog(all)
	l.catalog.now = now
	return l, nil
}

// readOnce is Read, done once for each text.
func (l *Library) readOnce(name string, raw []byte) (*Form, []FaultError) {
	return l.once(fileText{name: name, sum: sha256.Sum256(raw)}, Read, raw)
}

// keptOnce is readKept, done once for each text, and not at all for one that Read took.
func (l *Library) keptOnce(name string, raw []byte) (*Form, []FaultError) {
	if form, faults := l.readOnce(name, raw); form != nil {
		return form, faults
	}
	return l.once(fileText{name: name, sum: sha256.Sum256(raw), kept: true}, readKept, raw)
}

func (l *Library) once(this fileText, read func(name string, raw []byte) (*Form, []FaultError), raw []byte) (*Form, []FaultError) {
	r, known := l.known[this]
	if !known {
		if len(l.known) >= mostKnown { // somebody has been writing for long
			clear(l.known)
		}
		r.form, r.faults = read(this.name, raw)
		l.known[this] = r
	}
	return r.form, r.faults
}

// Catalog is what is on offer, as of the last Refresh. It is one catalogue for good: what is new comes into it.
func (l *Library) Catalog() *Catalog { return l.catalog }

// Refresh publishes what the files define and brings the catalogue up to date. When a file is faulty, or
// changes a version that is in use, the catalogue keeps what it had of it and the error says so.
func (l *Library) Refresh(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	files, faulty := sources(l.readOnce, l.folders)
	saying := spelled(files)
	err := l.within(ctx, func(tx pgx.Tx) error {
		if saying != l.published {
			err := Publish(ctx, tx, files, l.now())
			if fault := (FaultError{}); errors.As(err, &fault) {
				faulty, saying, err = errors.Join(faulty, fault), l.published, nil // and again next time
			}
			if err != nil {
				return err
			}
		}
		m, err := markOf(ctx, tx)
		if err != nil || m == l.seen {
			return err
		}
		shelf, err := l.read(ctx, tx, l.catalog.held())
		if err != nil {
			return err
		}
		l.catalog.shelf.Store(shelf)
		l.seen = m
		return nil
	})
	if err == nil {
		l.published = saying
	}
	return errors.Join(err, faulty)
}

// spelled tells what files say from what they said before.
func spelled(files []Source) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s %d\n%s", f.Name, len(f.Text), f.Text)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func markOf(ctx context.Context, tx pgx.Tx) (m mark, err error) {
	err = tx.QueryRow(ctx, `SELECT (SELECT coalesce(md5(string_agg(hash, '' ORDER BY key, version)), '') FROM form_versions),
		(SELECT coalesce(max(id), 0) FROM form_overrides), (SELECT count(*) FROM form_overrides)`).Scan(&m.versions, &m.override, &m.overrides)
	if err != nil {
		return mark{}, fmt.Errorf("what is new of services: %w", err)
	}
	return m, nil
}

// read reads every version, and what was decided since it was read before.
func (l *Library) read(ctx context.Context, tx pgx.Tx, before *shelf) (*shelf, error) {
	files, err := published(ctx, tx)
	if err != nil {
		return nil, err
	}
	s := &shelf{overrides: map[int64]map[Key]OverrideID{}, made: map[OverrideID]Made{}, own: &sync.Map{}}
	maps.Copy(s.made, before.made)
	for agency, own := range before.overrides {
		s.overrides[agency] = maps.Clone(own)
	}
	var all []*Form
	for _, f := range files {
		form, faults := l.keptOnce(f.Name, f.Text)
		if form == nil { // a version of an earlier release that this one reads no more
			l.log.ErrorContext(ctx, "a published service cannot be read", "file", f.Name, "err", errors.Join(joined(faults)...))
			continue
		}
		all = append(all, form)
	}
	s.forms = sorted(all)
	overrides, err := made(ctx, tx, `SELECT `+madeColumns+` FROM form_overrides WHERE id > $1 ORDER BY id`, l.seen.override-late)
	if err != nil {
		return nil, err
	}
	for _, m := range overrides {
		if s.overrides[m.Agency] == nil {
			s.overrides[m.Agency] = map[Key]OverrideID{}
		}
		s.overrides[m.Agency][m.Form], s.made[m.ID] = max(m.ID, s.overrides[m.Agency][m.Form]), m
	}
	return s, nil
}

func joined(faults []FaultError) []error {
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = f
	}
	return errs
}

// Run keeps the catalogue up to date until ctx ends.
func (l *Library) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(refreshEvery):
		}
		problem := ""
		if err := l.Refresh(ctx); err != nil && ctx.Err() == nil {
			problem = err.Error()
		}
		if problem != l.problem && problem != "" {
			l.log.ErrorContext(ctx, "services are not up to date", "err", problem)
		}
		l.problem = problem
	}
}
