package citizens

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Jobs takes jobs in the transaction that writes the fact they follow from.
type Jobs interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
}

// ErasureID identifies a wish to be forgotten.
type ErasureID int64

// Erasure is a person's wish to be forgotten, and how far it has been carried out (PDP-4, R17).
//
// The act has two parts. The first is carried out at once: everything goes that no case needs. The second takes
// the account itself, with its conversation: it waits until no case of the person is open, because an agency
// must be able to answer where it was asked (EGA-11.1). To stop following the official account at the channel
// is no wish to be forgotten: the case goes on, and nothing is erased.
type Erasure struct {
	ID         ErasureID  `db:"id"`
	CitizenID  CitizenID  `db:"citizen_id"`
	AskedAt    time.Time  `db:"asked_at"`
	BeganAt    *time.Time `db:"began_at"`    // the first part is done
	FinishedAt *time.Time `db:"finished_at"` // and the second
	Stays      []Stay     `db:"stays"`
}

// StayKind says what stays.
type StayKind string

// What stays after a person asked to be forgotten.
const (
	StayOpen    StayKind = "open"    // a case that is not closed, with the account by which it is answered
	StayRecord  StayKind = "record"  // a request that was filed, with its decision: a public record
	StayResult  StayKind = "result"  // the agency's own decision on a case whose words are erased
	StayPermit  StayKind = "permit"  // an e-permit, which the law has published
	StayHistory StayKind = "history" // the chain of events and of readings, which names people by number only
)

// Stay is something that is not erased, and why. It holds no personal data: cases are named by their number.
type Stay struct {
	Kind   StayKind   `json:"kind"`
	Number string     `json:"number,omitempty"` // of the case or permit
	Title  string     `json:"title,omitempty"`  // of the service
	Class  string     `json:"class,omitempty"`  // name of the retention class
	Law    string     `json:"law,omitempty"`    // by which it is kept
	Until  *time.Time `json:"until,omitempty"`  // last day of its term; then a person decides (EGA-17.1)
}

// ErasureArgs is the fact that a person asked to be forgotten.
type ErasureArgs struct {
	ErasureID ErasureID `json:"erasure_id"`
}

// Kind names the job.
func (ErasureArgs) Kind() string { return "erasure" }

const erasureColumns = `id, citizen_id, asked_at, began_at, finished_at, stays`

// AskErasure asks for an account to be forgotten. Asking again while that is under way changes nothing.
func AskErasure(ctx context.Context, tx pgx.Tx, jobs Jobs, citizen CitizenID, now time.Time) (Erasure, error) {
	var id ErasureID
	err := tx.QueryRow(ctx, `INSERT INTO erasures (citizen_id, asked_at) VALUES ($1, $2)
		ON CONFLICT (citizen_id) WHERE finished_at IS NULL DO NOTHING RETURNING id`, citizen, now).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return oneErasure(ctx, tx, `SELECT `+erasureColumns+` FROM erasures WHERE citizen_id = $1 AND finished_at IS NULL`, citizen)
	}
	if err != nil {
		return Erasure{}, fmt.Errorf("ask to forget citizen %d: %w", citizen, err)
	}
	if _, err := jobs.InsertTx(ctx, tx, ErasureArgs{ErasureID: id}, nil); err != nil {
		return Erasure{}, fmt.Errorf("enqueue erasure %d: %w", id, err)
	}
	return FindErasure(ctx, tx, id)
}

// FindErasure returns a wish to be forgotten.
func FindErasure(ctx context.Context, tx pgx.Tx, id ErasureID) (Erasure, error) {
	return oneErasure(ctx, tx, `SELECT `+erasureColumns+` FROM erasures WHERE id = $1`, id)
}

// ErasureOf returns the newest wish of an account to be forgotten; ok is false when there was none.
func ErasureOf(ctx context.Context, tx pgx.Tx, citizen CitizenID) (e Erasure, ok bool, err error) {
	e, err = oneErasure(ctx, tx, `SELECT `+erasureColumns+` FROM erasures WHERE citizen_id = $1 ORDER BY id DESC LIMIT 1`, citizen)
	if errors.Is(err, pgx.ErrNoRows) {
		return Erasure{}, false, nil
	}
	return e, err == nil, err
}

// UnfinishedErasures returns wishes whose account waits, in order of their number after one.
func UnfinishedErasures(ctx context.Context, tx pgx.Tx, after ErasureID, limit int) ([]ErasureID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM erasures WHERE finished_at IS NULL AND id > $1 ORDER BY id LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("unfinished erasures: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ErasureID])
	if err != nil {
		return nil, fmt.Errorf("unfinished erasures: %w", err)
	}
	return ids, nil
}

func oneErasure(ctx context.Context, tx pgx.Tx, query string, args ...any) (Erasure, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return Erasure{}, fmt.Errorf("find erasure: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Erasure])
	if err != nil {
		return Erasure{}, fmt.Errorf("find erasure: %w", err)
	}
	return e, nil
}

// Erased records how far an erasure has come and what stays.
func Erased(ctx context.Context, tx pgx.Tx, id ErasureID, stays []Stay, whole bool, now time.Time) error {
	if stays == nil {
		stays = []Stay{}
	}
	_, err := tx.Exec(ctx, `UPDATE erasures SET stays = $2, began_at = coalesce(began_at, $3), finished_at = CASE WHEN $4 THEN $3 END
		WHERE id = $1 AND finished_at IS NULL`, id, stays, now, whole)
	if err != nil {
		return fmt.Errorf("erasure %d: %w", id, err)
	}
	return nil
}

// Erase removes what this package keeps of an account: facts, vault, copies, proofs, sessions, links to other
// accounts and the names of its accounts on channels. What was shown of privacy notices stays for the services
// in keep, whose cases stay. With whole set the accounts on channels go too; their conversations must be gone.
// It returns the files that came with it, for the caller to erase what nothing else needs. Doing it twice is
// as once; the number of the citizen stays, on which cases and history rest, and says nothing.
func Erase(ctx context.Context, tx pgx.Tx, citizen CitizenID, keep []string, whole bool) (files []int64, err error) {
	rows, err := tx.Query(ctx, `SELECT attachment_id FROM vault_documents WHERE citizen_id = $1
		UNION SELECT attachment_id FROM exports WHERE citizen_id = $1 AND attachment_id IS NOT NULL`, citizen)
	if err != nil {
		return nil, fmt.Errorf("files of citizen %d: %w", citizen, err)
	}
	if files, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
		return nil, fmt.Errorf("files of citizen %d: %w", citizen, err)
	}
	if err := ForgetIdentity(ctx, tx, citizen); err != nil {
		return nil, err
	}
	if keep == nil {
		keep = []string{}
	}
	acts := []act{
		{`DELETE FROM profile_facts WHERE citizen_id = $1`, nil},
		{`DELETE FROM vault_documents WHERE citizen_id = $1`, nil},
		{`DELETE FROM exports WHERE citizen_id = $1`, nil},
		{`DELETE FROM link_requests WHERE citizen_id = $1`, nil},
		{`DELETE FROM notices WHERE citizen_id = $1 AND NOT form_key = ANY($2)`, []any{keep}},
		{`UPDATE identities SET name = '' WHERE citizen_id = $1`, nil},
	}
	if whole {
		acts = append(acts, act{`DELETE FROM account_links WHERE citizen_id = $1 OR identity_id IN (SELECT id FROM identities WHERE citizen_id = $1)`, nil},
			act{`DELETE FROM identities WHERE citizen_id = $1`, nil})
	}
	for _, a := range acts {
		if _, err := tx.Exec(ctx, a.sql, append([]any{citizen}, a.args...)...); err != nil {
			return nil, fmt.Errorf("erase citizen %d: %w", citizen, err)
		}
	}
	return files, nil
}

// act is a statement about a citizen, who is its first argument.
type act struct {
	sql  string
	args []any
}

// SignedIn says whether a citizen is known by more than a chat: something was proved of them, they have a
// session, facts or documents, or an account was joined.
func SignedIn(ctx context.Context, tx pgx.Tx, citizen CitizenID) (bool, error) {
	var known bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM verifications WHERE citizen_id = $1) OR EXISTS (SELECT FROM citizen_sessions WHERE citizen_id = $1)
		OR EXISTS (SELECT FROM profile_facts WHERE citizen_id = $1) OR EXISTS (SELECT FROM vault_documents WHERE citizen_id = $1)
		OR EXISTS (SELECT FROM account_links WHERE citizen_id = $1 OR identity_id IN (SELECT id FROM identities WHERE citizen_id = $1))`, citizen).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("is citizen %d known by more than a chat: %w", citizen, err)
	}
	return known, nil
}

// Identities returns the accounts on channels that stand for a citizen.
func Identities(ctx context.Context, tx pgx.Tx, citizen CitizenID) ([]Identity, error) {
	rows, err := tx.Query(ctx, `SELECT `+identityColumns+` FROM identities WHERE citizen_id = $1 ORDER BY id`, citizen)
	if err != nil {
		return nil, fmt.Errorf("accounts on channels of citizen %d: %w", citizen, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Identity])
	if err != nil {
		return nil, fmt.Errorf("accounts on channels of citizen %d: %w", citizen, err)
	}
	return all, nil
}
