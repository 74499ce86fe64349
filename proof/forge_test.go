package proof_test

import (
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/internal/chain"
	"saphan/proof"
)

// forger is the owner of the database in a bad mood.
type forger struct {
	t    *testing.T
	tx   pgx.Tx
	a    *archive
	dice *rand.Rand
}

type event = chain.Event[int64, string, string]

// pick chooses a history and returns its lines.
func (f *forger) pick() (proof.Book, int64, []event) {
	f.t.Helper()
	book := []proof.Book{proof.Tickets, proof.Tickets, proof.Permits, proof.Charges, proof.Agencies, proof.Breaches}[f.dice.IntN(6)]
	subject := f.a.cases[f.dice.IntN(len(f.a.cases))]
	if book == proof.Agencies {
		subject = int64(f.a.codes[f.dice.IntN(2)])
	}
	lines, err := chain.Book[int64, string, string]{Of: string(book)}.History(f.t.Context(), f.tx, subject)
	must(f.t, err)
	if len(lines) < 3 {
		f.t.Fatalf("%s %d has only %d lines", book, subject, len(lines))
	}
	return book, subject, lines
}

// put replaces a history by other lines.
func (f *forger) put(book proof.Book, subject int64, lines []event, again bool) {
	f.t.Helper()
	of := string(book)
	var agency int64
	must(f.t, f.tx.QueryRow(f.t.Context(), `SELECT agency_id FROM `+of+`_events WHERE `+of+`_id = $1 LIMIT 1`, subject).Scan(&agency))
	f.exec(`DELETE FROM `+of+`_events WHERE `+of+`_id = $1`, subject)
	var before []byte
	for i, l := range lines {
		if again { // numbers and hashes as they ought to be
			l.Seq = i + 1
			l.Hash = l.Sum(before)
			before = l.Hash
		}
		columns, values, args := `seq, at, actor, kind, detail, hash, `+of+`_id`, `$1, $2, $3, $4, $5, $6, $7`, []any{l.Seq, l.At, l.Actor, l.Kind, string(l.Detail), l.Hash, subject}
		if book != proof.Agencies {
			columns, values, args = columns+`, agency_id`, values+`, $8`, append(args, agency)
		}
		f.exec(`INSERT INTO `+of+`_events (`+columns+`) VALUES (`+values+`)`, args...)
	}
}

// forgeries are all ways of altering a history that we know.
func forgeries() []edit {
	change := func(set string, not ...proof.Book) func(f *forger) (proof.Book, int64, int) {
		return func(f *forger) (proof.Book, int64, int) {
			book, subject, lines := f.pick()
			for len(not) > 0 && book == not[0] {
				book, subject, lines = f.pick()
			}
			line := 1 + f.dice.IntN(len(lines))
			f.exec(`UPDATE `+string(book)+`_events SET `+set+` WHERE `+string(book)+`_id = $1 AND seq = $2`, subject, line)
			return book, subject, line
		}
	}
	reading := func(sql string) func(f *forger) (proof.Book, int64, int) {
		return func(f *forger) (proof.Book, int64, int) {
			var id int64
			must(f.t, f.tx.QueryRow(f.t.Context(), `SELECT id FROM readings ORDER BY id OFFSET $1 LIMIT 1`, f.dice.IntN(30)).Scan(&id))
			must(f.t, f.tx.QueryRow(f.t.Context(), sql, id).Scan(&id))
			return proof.Readings, id, 1
		}
	}
	anchor := func(sql string) func(f *forger) (proof.Book, int64, int) {
		return func(f *forger) (proof.Book, int64, int) {
			f.exec(sql, f.a.codes[f.dice.IntN(2)], 1+f.dice.IntN(3))
			return "", 0, 0
		}
	}
	// again alters the lines and computes the whole history anew, as somebody does who knows how it is made.
	again := func(alter func(f *forger, lines []event) ([]event, int)) func(f *forger) (proof.Book, int64, int) {
		return func(f *forger) (proof.Book, int64, int) {
			book, subject, lines := f.pick()
			altered, line := alter(f, lines)
			f.put(book, subject, altered, true)
			return book, subject, line
		}
	}
	return []edit{
		{"another time", change(`at = at + interval '1 microsecond'`)},
		{"another actor", change(`actor = 'officer 9'`)},
		{"another kind", change(`kind = 'restored'`)},
		{"another detail", change(`detail = '{}'`)},
		{"the same detail written otherwise", change(`detail = (detail::text || ' ')::json`)},
		{"another hash", change(`hash = set_byte(hash, 7, get_byte(hash, 7) # 1)`)},
		{"another agency", change(`agency_id = (SELECT max(id) + min(id) FROM agencies) - agency_id`, proof.Agencies)},
		{"a line deleted", func(f *forger) (proof.Book, int64, int) {
			book, subject, lines := f.pick()
			line := 1 + f.dice.IntN(len(lines))
			f.exec(`DELETE FROM `+string(book)+`_events WHERE `+string(book)+`_id = $1 AND seq = $2`, subject, line)
			return book, subject, line
		}},
		{"a history deleted", func(f *forger) (proof.Book, int64, int) {
			book, subject, lines := f.pick()
			f.exec(`DELETE FROM `+string(book)+`_events WHERE `+string(book)+`_id = $1`, subject)
			return book, subject, len(lines)
		}},
		{"the tail cut off", func(f *forger) (proof.Book, int64, int) {
			book, subject, lines := f.pick()
			from := 2 + f.dice.IntN(len(lines)-1)
			f.exec(`DELETE FROM `+string(book)+`_events WHERE `+string(book)+`_id = $1 AND seq >= $2`, subject, from)
			return book, subject, from
		}},
		{"two lines exchanged", func(f *forger) (proof.Book, int64, int) {
			book, subject, lines := f.pick()
			i := f.dice.IntN(len(lines) - 1)
			lines[i].Seq, lines[i+1].Seq = lines[i+1].Seq, lines[i].Seq
			f.put(book, subject, lines, false)
			return book, subject, i + 1
		}},
		{"a line put in before all", func(f *forger) (proof.Book, int64, int) {
			book, subject, lines := f.pick()
			first := lines[0]
			first.Seq = 0
			f.put(book, subject, append([]event{first}, lines...), false)
			return book, subject, 0
		}},
		{"a line put in behind, of an anchored day, with the right hash", again(func(_ *forger, lines []event) ([]event, int) {
			return append(lines, lines[len(lines)-1]), len(lines) + 1
		})},
		{"all computed anew after a line was changed", again(func(f *forger, lines []event) ([]event, int) {
			i := f.dice.IntN(len(lines))
			lines[i].Actor = "officer 9"
			return lines, i + 1
		})},
		{"all computed anew after a line was deleted", again(func(f *forger, lines []event) ([]event, int) {
			i := f.dice.IntN(len(lines) - 1)
			return append(lines[:i:i], lines[i+1:]...), i + 1
		})},
		{"all computed anew after a line was put in", again(func(f *forger, lines []event) ([]event, int) {
			i := f.dice.IntN(len(lines))
			return append(append(lines[:i:i], lines[i]), lines[i:]...), 0
		})},
		{"all computed anew after two lines were exchanged", again(func(f *forger, lines []event) ([]event, int) {
			i := f.dice.IntN(len(lines) - 1)
			lines[i], lines[i+1] = lines[i+1], lines[i]
			lines[i].Kind = "restored" // two lines of one moment may say the same
			return lines, i + 1
		})},
		{"another reason of a reading", reading(`UPDATE readings SET reason = reason || '.' WHERE id = $1 RETURNING id`)},
		{"another reader", reading(`UPDATE readings SET officer_id = (SELECT max(id) FROM officers) WHERE id = $1 RETURNING id`)},
		{"a reading deleted", reading(`DELETE FROM readings WHERE id = $1 RETURNING id`)},
		{"a reading put in", reading(`INSERT INTO readings (agency_id, ticket_id, officer_id, kind, standing, at, slot)
			SELECT agency_id, ticket_id, officer_id, kind, 'free', at, 0 FROM readings WHERE id = $1 RETURNING id`)},
		{"an anchor deleted", anchor(`DELETE FROM anchors WHERE agency_id = $1 AND n = $2`)},
		{"an anchor with another root", anchor(`UPDATE anchors SET body = convert_to(replace(convert_from(body, 'UTF8'), '"root":"', '"root":"0'), 'UTF8') WHERE agency_id = $1 AND n = $2`)},
		{"an anchor with another signature", anchor(`UPDATE anchors SET signature = set_byte(signature, 5, get_byte(signature, 5) # 1) WHERE agency_id = $1 AND n = $2`)},
	}
}
