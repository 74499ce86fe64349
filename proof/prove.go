package proof

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/internal/chain"
)

// Proof is an anchor with the heads that it proves.
type Proof struct {
	Anchor Published `json:"anchor"`
	Heads  []Proved  `json:"heads"`
}

// Proved is a head with its way up to the root of its anchor.
type Proved struct {
	Book    Book     `json:"book"`
	Subject int64    `json:"subject"`
	Line    int      `json:"line"`
	Hash    string   `json:"hash"`
	Index   int      `json:"index"`
	Path    []string `json:"path"` // lowest first, in hex
}

// Prove looks for the anchors that stand for the lines of histories and for readings, and proves each by its way to the
// root. What was written since the last anchor has none yet.
func (n *Notary) Prove(ctx context.Context, agency agencies.AgencyID, histories []History, readings []citizens.Reading) ([]Proof, error) {
	wanted := map[int]Anchor{}
	keys := map[string]Key{}
	err := agencies.Everywhere(ctx, n.DB, func(tx pgx.Tx) error {
		want := func(at time.Time) error {
			for _, known := range wanted {
				if at.Before(known.Until) && (known.Since == nil || !at.Before(*known.Since)) {
					return nil
				}
			}
			a, err := covering(ctx, tx, agency, at)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			wanted[a.Number] = a
			return nil
		}
		for _, h := range histories {
			for _, l := range h.Lines {
				if err := want(l.At); err != nil {
					return err
				}
			}
		}
		for _, r := range readings {
			if err := want(r.At); err != nil {
				return err
			}
		}
		all, err := Keys(ctx, tx)
		for _, k := range all {
			keys[k.ID] = k
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	proofs := []Proof{}
	for number := 1; len(wanted) > 0; number++ {
		a, ok := wanted[number]
		if !ok {
			continue
		}
		delete(wanted, number)
		p, err := n.prove(ctx, a, keys[a.Key], histories, readings)
		if err != nil {
			return nil, err
		}
		if len(p.Heads) > 0 {
			proofs = append(proofs, p)
		}
	}
	return proofs, nil
}

func (n *Notary) prove(ctx context.Context, a Anchor, k Key, histories []History, readings []citizens.Reading) (Proof, error) {
	packed, err := n.Store.Kept(ctx, a.Leaves)
	if err != nil {
		return Proof{}, err
	}
	leaves, err := unpack(packed)
	if err != nil {
		return Proof{}, fmt.Errorf("anchor %d of agency %d: %w", a.Number, a.Agency, err)
	}
	ours := map[of]bool{}
	for _, h := range histories {
		ours[of{h.Book, h.Subject}] = true
	}
	for _, r := range readings {
		ours[of{Readings, r.ID}] = true
	}
	p, all := Proof{Anchor: Publish(a, k)}, hashes(leaves)
	for i, l := range leaves {
		if !ours[of{l.Book, l.Subject}] {
			continue
		}
		head := Proved{Book: l.Book, Subject: l.Subject, Line: l.Line, Hash: hex.EncodeToString(l.Hash), Index: i}
		for _, h := range chain.Path(all, i) {
			head.Path = append(head.Path, hex.EncodeToString(h))
		}
		p.Heads = append(p.Heads, head)
	}
	return p, nil
}

// holds reports whether a head is proved by its anchor.
func (h Proved) holds(s Statement) bool {
	root, err := hex.DecodeString(s.Root)
	if err != nil {
		return false
	}
	hash, err := hex.DecodeString(h.Hash)
	if err != nil {
		return false
	}
	path := make([][]byte, len(h.Path))
	for i, one := range h.Path {
		if path[i], err = hex.DecodeString(one); err != nil {
			return false
		}
	}
	leaf := Leaf{Book: h.Book, Subject: h.Subject, Line: h.Line, Hash: hash}
	return chain.Proves(root, chain.LeafHash(leaf.text()), h.Index, s.Histories, path)
}

// lines reads back the lines of a history, whose subject its name says, and checks each by its hash.
func (h *History) read(body []byte) error {
	for one := range bytes.Lines(body) {
		var l Line
		if err := json.Unmarshal(one, &l); err != nil {
			return fmt.Errorf("%w: line %d cannot be read", chain.ErrTampered, len(h.Lines)+1)
		}
		h.Lines = append(h.Lines, l)
	}
	events := make([]chain.Event[int64, string, string], len(h.Lines))
	for i, l := range h.Lines {
		hash, err := hex.DecodeString(l.Hash)
		if err != nil {
			return fmt.Errorf("%w: line %d cannot be read", chain.ErrTampered, i+1)
		}
		events[i] = chain.Event[int64, string, string]{Subject: h.Subject, Seq: l.Seq, At: l.At, Actor: l.Actor, Kind: l.Kind, Detail: json.RawMessage(l.Detail), Hash: hash}
	}
	return chain.Check(events)
}
