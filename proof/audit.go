package proof

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/internal/chain"
)

// Wrong says what is wrong with a place of the histories.
type Wrong string

// What can be wrong.
const (
	Changed   Wrong = "changed"   // a line does not match its hash
	Missing   Wrong = "missing"   // lines are not there any more
	Added     Wrong = "added"     // lines were put in after their day was anchored
	Rewritten Wrong = "rewritten" // one or more lines were changed and their hashes computed anew
	Unproved  Wrong = "unproved"  // lines of a day whose anchored last line is missing: they may be as they were, or not
	Reowned   Wrong = "reowned"   // a line was given to another agency
	BadAnchor Wrong = "anchor"    // an anchor is missing, altered or not signed by us; Why says which
)

// Finding is one thing that is wrong, and where.
type Finding struct {
	Wrong   Wrong
	Agency  agencies.AgencyID
	Book    Book  // of an anchor empty
	Subject int64 // of an anchor its number
	From    int   // first line that is concerned
	To      int   // last line
	Why     string
}

// String says it in one line.
func (f Finding) String() string {
	if f.Wrong == BadAnchor {
		return fmt.Sprintf("agency %d, anchor %d: %s", f.Agency, f.Subject, f.Why)
	}
	lines := fmt.Sprintf("line %d", f.From)
	if f.To != f.From {
		lines = fmt.Sprintf("lines %d to %d", f.From, f.To)
	}
	return fmt.Sprintf("agency %d, %s %d, %s: %s", f.Agency, f.Book, f.Subject, lines, f.Wrong)
}

// Audited is what an audit looked at and found.
type Audited struct {
	Anchors  int
	Lines    int        // of histories, and readings
	Loose    int        // of them written since the last anchors
	Until    *time.Time // the end of the last anchored day; nil: nothing is anchored yet
	Findings []Finding
}

// audit is one comparison of the database with the anchors.
type audit struct {
	Audited
	leaves map[Book]map[int64][]owned
}

// owned is a leaf with the agency whose anchor has it.
type owned struct {
	agency agencies.AgencyID
	line   int
	hash   []byte
}

// Audit reads every line of every history and compares it with its hash and with the anchors, those in the database and
// those kept outside of it. It holds the heads of all anchored days in memory, some hundred bytes each.
func (n *Notary) Audit(ctx context.Context) (Audited, error) {
	a := &audit{leaves: map[Book]map[int64][]owned{}}
	anchors, err := n.trusted(ctx, a)
	if err != nil {
		return Audited{}, err
	}
	for _, one := range anchors {
		if err := n.takeLeaves(ctx, a, one); err != nil {
			return Audited{}, err
		}
	}
	for _, subjects := range a.leaves {
		for _, all := range subjects {
			slices.SortFunc(all, func(x, y owned) int { return cmp.Compare(x.line, y.line) })
		}
	}
	err = agencies.Everywhere(ctx, n.DB, func(tx pgx.Tx) error {
		for _, book := range chained() {
			if err := a.walk(ctx, tx, book); err != nil {
				return err
			}
		}
		return a.readings(ctx, tx)
	})
	if err != nil {
		return Audited{}, err
	}
	slices.SortFunc(a.Findings, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(x.Agency, y.Agency), cmp.Compare(x.Book, y.Book), cmp.Compare(x.Subject, y.Subject), cmp.Compare(x.From, y.From))
	})
	return a.Audited, nil
}

// takeLeaves reads the heads of an anchor from where they are kept.
func (n *Notary) takeLeaves(ctx context.Context, a *audit, s Statement) error {
	packed, err := n.Store.Kept(ctx, s.Leaves)
	switch {
	case err == nil:
	case gone(err):
		a.bad(s.Agency, s.Number, "its heads are not kept outside the database, or were altered there")
		packed = nil
	default:
		return err
	}
	if packed == nil {
		return nil
	}
	leaves, err := unpack(packed)
	whole := err == nil && hex.EncodeToString(chain.Root(hashes(leaves))) == s.Root
	if !whole {
		a.bad(s.Agency, s.Number, "its heads do not lead to its root")
		return nil
	}
	a.Anchors++
	if a.Until == nil || s.Until.After(*a.Until) {
		a.Until = &s.Until
	}
	for _, l := range leaves {
		subjects := a.leaves[l.Book]
		if subjects == nil {
			subjects = map[int64][]owned{}
			a.leaves[l.Book] = subjects
		}
		subjects[l.Subject] = append(subjects[l.Subject], owned{s.Agency, l.Line, l.Hash})
	}
	return nil
}

func (a *audit) bad(agency agencies.AgencyID, number int, why string) {
	a.Findings = append(a.Findings, Finding{Wrong: BadAnchor, Agency: agency, Subject: int64(number), Why: why})
}

// line is a line of a history as it stands in the database.
type line struct {
	chain.Event[int64, string, string]
	agency agencies.AgencyID
}

// walk reads a book, history after history, and checks each.
func (a *audit) walk(ctx context.Context, tx pgx.Tx, book Book) error {
	of := string(book)
	rows, err := tx.Query(ctx, `SELECT agency_id, `+of+`_id, seq, at, actor, kind, detail::text, hash FROM `+of+`_events ORDER BY `+of+`_id, seq`)
	if err != nil {
		return fmt.Errorf("audit each %s: %w", book, err)
	}
	defer rows.Close()
	var lines []line
	seen := map[int64]bool{}
	check := func() {
		if len(lines) > 0 {
			subject := lines[0].Subject
			seen[subject] = a.leaves[book][subject] != nil
			a.history(book, lines)
			lines = lines[:0]
		}
	}
	for rows.Next() {
		var (
			l      line
			detail string
		)
		if err := rows.Scan(&l.agency, &l.Subject, &l.Seq, &l.At, &l.Actor, &l.Kind, &detail, &l.Hash); err != nil {
			return fmt.Errorf("audit each %s: %w", book, err)
		}
		l.Detail = json.RawMessage(detail)
		if len(lines) > 0 && lines[0].Subject != l.Subject {
			check()
		}
		lines = append(lines, l)
		a.Lines++
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("audit each %s: %w", book, err)
	}
	check()
	for subject, heads := range a.leaves[book] {
		if !seen[subject] {
			last := heads[len(heads)-1]
			a.find(Missing, last.agency, book, subject, 1, last.line)
		}
	}
	return nil
}

func (a *audit) find(what Wrong, agency agencies.AgencyID, book Book, subject int64, from, to int) {
	a.Findings = append(a.Findings, Finding{Wrong: what, Agency: agency, Book: book, Subject: subject, From: from, To: to})
}

// history checks the lines of one history: first each by its hash, then all by the heads that were anchored.
func (a *audit) history(book Book, lines []line) {
	broken := a.chain(book, lines)
	subject, heads := lines[0].Subject, a.leaves[book][lines[0].Subject]
	at := map[int]line{}
	for _, l := range lines {
		at[l.Seq] = l
	}
	last, good := lines[len(lines)-1], 0
	for _, h := range heads {
		l, there := at[h.line]
		hurt := slices.ContainsFunc(broken, func(seq int) bool { return seq > good && seq <= h.line })
		switch {
		case !there && h.line > last.Seq:
			a.find(Missing, h.agency, book, subject, last.Seq+1, h.line)
			if !hurt && last.Seq > good {
				a.find(Unproved, h.agency, book, subject, good+1, last.Seq)
			}
			return
		case !hurt && (!there || !bytes.Equal(l.Hash, h.hash)):
			a.find(Rewritten, h.agency, book, subject, good+1, h.line)
		}
		good = h.line
	}
	a.owners(book, lines, heads)
}

// chain checks every line by its hash and returns the numbers of those that do not hold.
func (a *audit) chain(book Book, lines []line) (broken []int) {
	hurt := func(what Wrong, l line, from, to int) {
		a.find(what, l.agency, book, l.Subject, from, to)
		for seq := from; seq <= to; seq++ {
			broken = append(broken, seq)
		}
	}
	var before, computed []byte // the hash before as it stands there, and as it should
	next, known := 1, true
	for _, l := range lines {
		if l.Seq < 1 {
			hurt(Added, l, l.Seq, l.Seq)
			continue
		}
		if l.Seq > next {
			hurt(Missing, l, next, l.Seq-1)
			known = false
		}
		sum := l.Sum(before)
		if known && !bytes.Equal(sum, l.Hash) && !bytes.Equal(l.Sum(computed), l.Hash) { // the line before may only have lost its hash
			hurt(Changed, l, l.Seq, l.Seq)
		}
		before, computed, next, known = l.Hash, sum, l.Seq+1, true
	}
	return broken
}

// owners checks whose each line is, and that none was put in behind those that were anchored.
func (a *audit) owners(book Book, lines []line, heads []owned) {
	next := 0
	for _, l := range lines {
		for next < len(heads) && heads[next].line < l.Seq {
			next++
		}
		switch {
		case next < len(heads):
			if heads[next].agency != l.agency {
				a.find(Reowned, heads[next].agency, book, l.Subject, l.Seq, l.Seq)
			}
		case a.Until != nil && l.At.Before(*a.Until):
			a.find(Added, l.agency, book, l.Subject, l.Seq, l.Seq)
		default:
			a.Loose++
		}
	}
}

// readings checks who opened what.
func (a *audit) readings(ctx context.Context, tx pgx.Tx) error {
	heads := a.leaves[Readings]
	seen := map[int64]bool{}
	err := citizens.ReadingsOf(ctx, tx, time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), func(r citizens.Reading) error {
		a.Lines++
		head, anchored := heads[r.ID]
		seen[r.ID] = anchored
		switch {
		case anchored && !bytes.Equal(head[0].hash, r.Sum()):
			a.find(Changed, head[0].agency, Readings, r.ID, 1, 1)
		case anchored:
		case a.Until != nil && r.At.Before(*a.Until):
			a.find(Added, agencies.AgencyID(r.AgencyID), Readings, r.ID, 1, 1)
		default:
			a.Loose++
		}
		return nil
	})
	for id, head := range heads {
		if !seen[id] {
			a.find(Missing, head[0].agency, Readings, id, 1, 1)
		}
	}
	return err
}
