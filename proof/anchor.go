package proof

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/chain"
	"saphan/internal/secret"
	"saphan/internal/thai"
)

// Statement is what an anchor says; its JSON is what is signed.
type Statement struct {
	Format    string            `json:"format"`
	Agency    agencies.AgencyID `json:"agency"`
	Number    int               `json:"number"` // 1 is the agency's first
	Since     *time.Time        `json:"since,omitempty"`
	Until     time.Time         `json:"until"` // lines from Since to before Until are anchored
	Histories int               `json:"histories"`
	Root      string            `json:"root"`   // of the tree of the heads, in hex
	Leaves    string            `json:"leaves"` // name under which the heads are kept
	Before    string            `json:"before"` // SHA-256 of the statement before, in hex; of the first empty
	Key       string            `json:"key"`
}

const anchorFormat = "saphan-anchor-1"

// Anchor is a signed statement.
type Anchor struct {
	Statement
	Body      []byte // the very bytes that are signed
	Signature []byte
	At        time.Time // when it was made
}

// Hash is by what the next anchor names this one.
func (a Anchor) Hash() []byte {
	sum := sha256.Sum256(a.Body)
	return sum[:]
}

// Published is an anchor as it is kept outside the database and shown to everybody.
type Published struct {
	Body      string `json:"body"`
	Signature string `json:"signature"`        // Ed25519 over "saphan anchor 1\n" and the body, in hex
	PublicKey string `json:"public_key"`       // in hex
	Sealed    string `json:"sealed,omitempty"` // private part, only in what is kept: by it we know our own
}

// Publish returns an anchor for everybody.
func Publish(a Anchor, k Key) Published {
	return Published{Body: string(a.Body), Signature: hex.EncodeToString(a.Signature), PublicKey: hex.EncodeToString(k.Public)}
}

// Days ends where anchors end: at midnight in Bangkok. A day is anchored an hour after its end, when everything that was
// begun in it has long been written down, on clocks that differ a little.
const settle = time.Hour

// Due is until when histories can be anchored at a moment.
func Due(now time.Time) time.Time {
	y, m, d := now.Add(-settle).In(thai.Bangkok()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, thai.Bangkok()).UTC()
}

// KeepArgs asks for an anchor to be kept outside the database.
type KeepArgs struct {
	AgencyID agencies.AgencyID `json:"agency_id"`
	Number   int               `json:"number"`
}

// Kind names the job.
func (KeepArgs) Kind() string { return "keep_anchor" }

// Notary makes anchors and evidence.
type Notary struct {
	DB    agencies.DB
	Store *files.Store
	Box   secret.Box
	Jobs  agencies.Jobs
	Now   func() time.Time
}

// Anchor makes the anchors of all agencies whose histories grew since the last time, up to the end of yesterday, and
// returns how many. Doing it again does nothing: all anchors of a day are written together.
func (n *Notary) Anchor(ctx context.Context) (made int, err error) {
	until := Due(n.Now())
	var (
		since *time.Time
		heads map[agencies.AgencyID][]Leaf
	)
	err = agencies.Everywhere(ctx, n.DB, func(tx pgx.Tx) (err error) {
		if since, err = anchoredUntil(ctx, tx); err != nil || since != nil && !since.Before(until) {
			return err
		}
		heads, err = grown(ctx, tx, since, until)
		return err
	})
	if err != nil || len(heads) == 0 {
		return 0, err
	}
	statements := map[agencies.AgencyID]Statement{}
	for agency, leaves := range heads { // outside before inside: an anchor never points to what is not there
		kept, err := n.Store.Keep(ctx, fmt.Sprintf("leaves/%d", agency), pack(leaves))
		if err != nil {
			return 0, err
		}
		statements[agency] = Statement{
			Format: anchorFormat, Agency: agency, Since: since, Until: until, Histories: len(leaves), Root: hex.EncodeToString(chain.Root(hashes(leaves))), Leaves: kept,
		}
	}
	err = agencies.Everywhere(ctx, n.DB, func(tx pgx.Tx) error {
		made = 0
		k, err := SigningKey(ctx, tx, n.Box, n.Now()) // its lock lets one process after the other
		if err != nil {
			return err
		}
		again, err := anchoredUntil(ctx, tx)
		if err != nil || again != nil && (since == nil || again.After(*since)) {
			return err // another process was quicker
		}
		for _, agency := range slices.Sorted(maps.Keys(statements)) {
			if err := n.write(ctx, tx, k, statements[agency]); err != nil {
				return err
			}
			made++
		}
		return nil
	})
	return made, err
}

// write signs a statement, chains it to the agency's last, and has it kept outside and told to the agency's systems.
func (n *Notary) write(ctx context.Context, tx pgx.Tx, k Key, s Statement) error {
	last, err := Latest(ctx, tx, s.Agency)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		s.Number = 1
	case err != nil:
		return err
	default:
		s.Number, s.Before = last.Number+1, hex.EncodeToString(last.Hash())
	}
	s.Key = k.ID
	a := Anchor{Statement: s, At: n.Now()}
	if a.Body, err = json.Marshal(s); err != nil {
		return fmt.Errorf("anchor %d of agency %d: %w", s.Number, s.Agency, err)
	}
	a.Signature = k.sign(anchorSigned, a.Body)
	_, err = tx.Exec(ctx, `INSERT INTO anchors (agency_id, n, since, until, histories, body, signature, key_id, hash, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, s.Agency, s.Number, s.Since, s.Until, s.Histories, a.Body, a.Signature, k.ID, a.Hash(), a.At)
	if err != nil {
		return fmt.Errorf("anchor %d of agency %d: %w", s.Number, s.Agency, err)
	}
	if _, err := n.Jobs.InsertTx(ctx, tx, KeepArgs{AgencyID: s.Agency, Number: s.Number}, &river.InsertOpts{MaxAttempts: 25}); err != nil {
		return fmt.Errorf("enqueue keeping anchor %d of agency %d: %w", s.Number, s.Agency, err)
	}
	return agencies.Announce(ctx, tx, n.Jobs, agencies.Announcement{
		Agency: s.Agency, Event: fmt.Sprintf("evt_anchor_%d_%d", s.Agency, s.Number), Kind: agencies.HistoryAnchored, At: a.At, Data: map[string]any{"anchor": Publish(a, k)},
	})
}

// anchorFolder is where the copies of an agency's anchors are kept.
func anchorFolder(agency agencies.AgencyID) string { return fmt.Sprintf("anchors/%d", agency) }

// Keep keeps an anchor outside the database. Doing it again does nothing.
func (n *Notary) Keep(ctx context.Context, agency agencies.AgencyID, number int) error {
	var (
		a Anchor
		k Key
	)
	err := agencies.Everywhere(ctx, n.DB, func(tx pgx.Tx) (err error) {
		if a, err = Find(ctx, tx, agency, number); err != nil {
			return err
		}
		k, err = findKey(ctx, tx, a.Key)
		return err
	})
	if err != nil {
		return err
	}
	p := Publish(a, k)
	p.Sealed = hex.EncodeToString(k.sealed)
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("keep anchor %d of agency %d: %w", number, agency, err)
	}
	_, err = n.Store.Keep(ctx, anchorFolder(agency), body)
	return err
}
