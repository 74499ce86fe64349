package proof

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
)

// gone reports whether something kept outside is not there or not what it was.
func gone(err error) bool {
	return fault.Is(err, fault.NotFound) || errors.Is(err, files.ErrAltered)
}

// place names an anchor.
type place struct {
	agency agencies.AgencyID
	number int
}

// trusted returns the anchors that are signed by us, those kept outside and those in the database together, and notes
// those that are not, that differ, or that are missing in the database or in the row of their agency.
func (n *Notary) trusted(ctx context.Context, a *audit) ([]Statement, error) {
	outside, err := n.outside(ctx, a)
	if err != nil {
		return nil, err
	}
	inside, err := n.inside(ctx, a)
	if err != nil {
		return nil, err
	}
	all := map[place]Anchor{}
	for at, kept := range outside {
		all[at] = kept
		switch stored, there := inside[at]; {
		case !there:
			a.bad(at.agency, at.number, "was removed from the database")
		case !bytes.Equal(stored.Body, kept.Body) || !bytes.Equal(stored.Signature, kept.Signature):
			a.bad(at.agency, at.number, "differs from the copy that is kept outside the database")
		}
	}
	for at, stored := range inside {
		if _, kept := all[at]; kept {
			continue
		}
		if !n.ours(ctx, stored) {
			a.bad(at.agency, at.number, "is not signed by us")
			continue
		}
		all[at] = stored // about to be kept outside
	}
	sorted := make([]Anchor, 0, len(all))
	for _, one := range all {
		sorted = append(sorted, one)
	}
	slices.SortFunc(sorted, func(x, y Anchor) int {
		return cmp.Or(cmp.Compare(x.Agency, y.Agency), cmp.Compare(x.Number, y.Number))
	})
	statements := make([]Statement, len(sorted))
	for i, one := range sorted {
		statements[i] = one.Statement
		number, before := 1, ""
		if i > 0 && sorted[i-1].Agency == one.Agency {
			number, before = sorted[i-1].Number+1, hex.EncodeToString(sorted[i-1].Hash())
		}
		if one.Number != number {
			a.bad(one.Agency, number, "is missing in the row of anchors")
		} else if one.Before != before {
			a.bad(one.Agency, one.Number, "does not follow from the one before")
		}
	}
	return statements, nil
}

// inside reads the anchors of the database.
func (n *Notary) inside(ctx context.Context, a *audit) (map[place]Anchor, error) {
	found := map[place]Anchor{}
	err := agencies.Everywhere(ctx, n.DB, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT agency_id, n, body, signature, at, hash FROM anchors ORDER BY agency_id, n`)
		if err != nil {
			return fmt.Errorf("anchors: %w", err)
		}
		var (
			at   place
			one  Anchor
			hash []byte
		)
		_, err = pgx.ForEachRow(rows, []any{&at.agency, &at.number, &one.Body, &one.Signature, &one.At, &hash}, func() error {
			one.Statement = Statement{}
			err := json.Unmarshal(one.Body, &one.Statement)
			if err != nil || one.Agency != at.agency || one.Number != at.number || !bytes.Equal(hash, one.Hash()) {
				a.bad(at.agency, at.number, "does not say what its row says")
			}
			if err == nil {
				found[at] = one
			}
			one.Body, one.Signature, hash = nil, nil, nil
			return nil
		})
		if err != nil {
			return fmt.Errorf("anchors: %w", err)
		}
		return nil
	})
	return found, err
}

// ours reports whether an anchor of the database is signed by a key that SECRET_KEY opens.
func (n *Notary) ours(ctx context.Context, a Anchor) bool {
	var k Key
	err := agencies.Everywhere(ctx, n.DB, func(tx pgx.Tx) (err error) {
		k, err = findKey(ctx, tx, a.Key)
		return err
	})
	if err != nil {
		return false
	}
	k, err = k.opened(n.Box)
	return err == nil && signedBy(k.Public, anchorSigned, a.Body, a.Signature)
}

// outside reads the anchors that are kept outside the database.
func (n *Notary) outside(ctx context.Context, a *audit) (map[place]Anchor, error) {
	names, err := n.Store.KeptNames(ctx, "anchors")
	if err != nil {
		return nil, err
	}
	found := map[place]Anchor{}
	for _, name := range names {
		var agency agencies.AgencyID
		if _, err := fmt.Sscanf(strings.ReplaceAll(name, "/", " "), "anchors %d", &agency); err != nil {
			continue // nothing of ours
		}
		body, err := n.Store.Kept(ctx, name)
		if gone(err) {
			a.bad(agency, 0, "a copy outside the database was altered")
			continue
		}
		if err != nil {
			return nil, err
		}
		one, err := n.reopened(body)
		at := place{one.Agency, one.Number}
		if err != nil || one.Agency != agency {
			a.bad(agency, one.Number, "its copy outside the database is not signed by us")
			continue
		}
		if twin, there := found[at]; there && !bytes.Equal(twin.Body, one.Body) {
			a.bad(agency, one.Number, "there are two different copies of it outside the database")
			continue
		}
		found[at] = one
	}
	return found, nil
}

// reopened reads a copy that is kept outside and makes sure that a key of ours signed it.
func (n *Notary) reopened(body []byte) (Anchor, error) {
	var p Published
	if err := json.Unmarshal(body, &p); err != nil {
		return Anchor{}, errStatement
	}
	one, public, err := p.open()
	if err != nil {
		return one, err
	}
	k := Key{ID: one.Key, Public: public}
	if k.sealed, err = hex.DecodeString(p.Sealed); err != nil {
		return one, errKey
	}
	_, err = k.opened(n.Box)
	return one, err
}

// open reads a published anchor and checks its signature by the key that it brings along.
func (p Published) open() (Anchor, []byte, error) {
	one := Anchor{Body: []byte(p.Body)}
	if err := json.Unmarshal(one.Body, &one.Statement); err != nil {
		return one, nil, errStatement
	}
	public, err := hex.DecodeString(p.PublicKey)
	if err != nil {
		return one, nil, errKey
	}
	if one.Signature, err = hex.DecodeString(p.Signature); err != nil || KeyID(public) != one.Key || !signedBy(public, anchorSigned, one.Body, one.Signature) {
		return one, nil, errKey
	}
	return one, public, nil
}
