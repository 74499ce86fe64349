package proof_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/chain"
	"saphan/proof"
)

// bundled makes the evidence of the first case, and returns it with the key that signed it.
func (a *archive) bundled(items ...proof.Item) ([]byte, proof.Key) {
	a.t.Helper()
	var (
		k         proof.Key
		histories []proof.History
		readings  []citizens.Reading
	)
	a.all(func(ctx context.Context, tx pgx.Tx) {
		var err error
		k, err = proof.SigningKey(ctx, tx, a.Box, a.now)
		must(a.t, err)
		for _, book := range []proof.Book{proof.Tickets, proof.Permits, proof.Charges} {
			events, err := chain.Book[int64, string, string]{Of: string(book)}.History(ctx, tx, a.cases[0])
			must(a.t, err)
			histories = append(histories, proof.History{Book: book, Subject: a.cases[0], Lines: proof.LinesOf(events)})
		}
		readings, err = citizens.Readings(ctx, tx, a.cases[:1], 100)
		must(a.t, err)
	})
	proofs, err := a.Prove(a.t.Context(), a.codes[0], histories, readings)
	must(a.t, err)
	var out bytes.Buffer
	must(a.t, proof.WriteBundle(a.t.Context(), &out, k, proof.Evidence{
		Agency: "เทศบาลตัวอย่าง", Case: "TSN-2569-000001", Service: "ตัวอย่าง", MadeAt: a.now, KeyURL: "https://example.go.th/proof",
		Items: items, Histories: histories, Readings: readings, Proofs: proofs,
	}))
	return out.Bytes(), k
}

func checked(b []byte, trusted ed25519.PublicKey) proof.Report {
	return proof.CheckBundle(bytes.NewReader(b), int64(len(b)), trusted)
}

func faults(r proof.Report) (all []string) {
	for _, c := range r.Checks {
		if !c.Holds {
			all = append(all, c.EN)
		}
	}
	return all
}

// SEED-3, EGA-15.1: a bundle proves itself without us: all its files, histories up to the last anchor, readings. Whatever
// byte is altered, cut off or added, it does not.
func TestBundleProvesItself(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.open(4)
	a.day()
	a.day()
	a.all(func(ctx context.Context, tx pgx.Tx) { a.happens(ctx, tx, proof.Tickets, a.cases[0], "noted") })
	b, k := a.bundled(proof.Bytes("files/1-เอกสาร.txt", []byte("ต้นฉบับ")), proof.Bytes("summary.pdf", []byte("%PDF-1.7")))
	r := checked(b, k.Public)
	if !r.Holds() || r.Case != "TSN-2569-000001" || r.KeyID != k.ID || r.KeyURL == "" {
		t.Fatalf("the bundle: %v %+v", faults(r), r)
	}
	said := fmt.Sprint(r.Checks)
	for _, words := range []string{"ticket 1, 5 lines, anchored up to line 4", "permit 1, 2 lines, anchored up to line 2", "2 readings, 2 of them anchored", "2 daily anchors hold"} {
		if !strings.Contains(said, words) {
			t.Errorf("does not say %q: %s", words, said)
		}
	}
	step := max(1, len(b)/500) // 500 places of the file, and each byte of its end
	for i := 0; i < len(b); i++ {
		if i%step != 0 && i < len(b)-200 {
			continue
		}
		altered := bytes.Clone(b)
		altered[i] ^= 1 << (i % 8)
		if checked(altered, nil).Holds() {
			t.Fatalf("byte %d of %d altered: it still holds", i, len(b))
		}
	}
	for name, other := range map[string][]byte{"cut": b[:len(b)-1], "longer": append(bytes.Clone(b), 0), "empty": {}, "something else": []byte("hello"), "put before": append([]byte("x"), b...)} {
		if checked(other, nil).Holds() {
			t.Errorf("%s: it still holds", name)
		}
	}
	if r := checked(b, make([]byte, ed25519.PublicKeySize)); r.Holds() {
		t.Error("it holds by another key too")
	}
}

// Each file by itself: whoever repacks a bundle with one other file is told which.
func TestBundleNamesTheFile(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.open(2)
	a.day()
	b, _ := a.bundled(proof.Bytes("files/1-a.txt", []byte("a")), proof.Bytes("summary.pdf", []byte("%PDF-1.7")))
	archive, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	must(t, err)
	for _, altered := range archive.File {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, f := range archive.File {
			from, err := f.Open()
			must(t, err)
			body, err := io.ReadAll(from)
			must(t, err)
			if f.Name == altered.Name {
				body[len(body)/2] ^= 1
			}
			to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store, Modified: f.Modified})
			must(t, err)
			_, err = to.Write(body)
			must(t, err)
		}
		must(t, w.SetComment(archive.Comment))
		must(t, w.Close())
		r := checked(out.Bytes(), nil)
		said := strings.Join(faults(r), "; ")
		if r.Holds() || !strings.Contains(said, altered.Name) && !strings.Contains(said, "manifest") {
			t.Errorf("%s altered: %s", altered.Name, said)
		}
	}
}
