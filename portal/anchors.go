package portal

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/proof"
)

// proofRoutes adds what everybody may know of the anchors of histories: the public keys, and each agency's anchors
// (EGA-15.1, docs/evidence.md). They hold hashes alone, and nothing about anybody.
func (p *Portal) proofRoutes(r chi.Router) {
	r.Get("/proof", p.page(p.showSeals))                  // ?agency=
	r.Get("/proof/keys.json", p.page(p.proofKeys))        //
	r.Get("/proof/anchors.json", p.page(p.listedAnchors)) // ?agency= must be there
}

// publicKey is a key as it is published.
type publicKey struct {
	ID        string `json:"id"`
	PublicKey string `json:"public_key"` // Ed25519, in hex
}

// anchorLine is an anchor in a list.
type anchorLine struct {
	Number    int
	Day       string // the last day that it stands for
	Histories int
	Hash      string
}

// sealsPage says with what keys evidence is signed, and shows the newest anchors of an agency.
type sealsPage struct {
	own
	Keys    []publicKey
	Typed   string
	Agency  string
	Unknown bool
	Anchors []anchorLine
	JSON    string
}

// anchorsShown is how many anchors are listed: those of a year.
const anchorsShown = 366

func publicKeys(ctx context.Context, tx pgx.Tx) ([]publicKey, error) {
	keys, err := proof.Keys(ctx, tx)
	all := make([]publicKey, len(keys))
	for i, k := range keys {
		all[i] = publicKey{k.ID, hex.EncodeToString(k.Public)}
	}
	return all, err
}

func (p *Portal) showSeals(r *http.Request) (reply, error) {
	page := sealsPage{own: ownOf(r, "", "ตรวจพยานหลักฐาน", "Check evidence"), Typed: r.URL.Query().Get("agency")}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if page.Keys, err = publicKeys(ctx, tx); err != nil || page.Typed == "" {
			return err
		}
		a, err := agencies.FindByCode(ctx, tx, page.Typed)
		if fault.Is(err, fault.NotFound) {
			page.Unknown = true
			return nil
		}
		if err != nil {
			return err
		}
		anchors, err := proof.Recent(ctx, tx, a.ID, anchorsShown)
		if err != nil {
			return err
		}
		page.Agency, page.JSON = a.Name, "/proof/anchors.json?agency="+a.Code
		for _, one := range anchors {
			last := one.Until.Add(-time.Second)
			line := anchorLine{Number: one.Number, Day: last.In(thai.Bangkok()).Format("2 January 2006"), Histories: one.Histories, Hash: hex.EncodeToString(one.Hash())}
			if page.Lang == "th" {
				line.Day = thai.LongDate(last)
			}
			page.Anchors = append(page.Anchors, line)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return html{view: "proof", keep: keepShort, data: page}, nil
}

func (p *Portal) proofKeys(r *http.Request) (reply, error) {
	var keys []publicKey
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		keys, err = publicKeys(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return object{keep: keepShort, data: map[string]any{"keys": keys}}, nil
}

// listedAnchors are the anchors of an agency, newest first, for whoever keeps a copy of them.
func (p *Portal) listedAnchors(r *http.Request) (reply, error) {
	all := []proof.Published{}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		a, err := agencies.FindByCode(ctx, tx, r.URL.Query().Get("agency"))
		if err != nil {
			return err
		}
		anchors, err := proof.Recent(ctx, tx, a.ID, anchorsShown)
		if err != nil {
			return err
		}
		keys, err := proof.Keys(ctx, tx)
		if err != nil {
			return err
		}
		for _, one := range anchors {
			for _, k := range keys {
				if k.ID == one.Key {
					all = append(all, proof.Publish(one, k))
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return object{keep: keepShort, data: map[string]any{"anchors": all}}, nil
}
