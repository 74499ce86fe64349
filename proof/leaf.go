// Package proof makes the histories of agencies prove themselves, also against whoever owns the database (EGA-15.1).
//
// Every history is a chain of hashes (internal/chain): a line that was changed is found by its own hash. Whoever can write
// the database can compute a whole chain anew, so once a day the heads of all histories that grew become one hash an
// agency, signed with a key that is sealed with SECRET_KEY, chained to the day before and kept outside the database: the
// anchor. Audit compares the database with the anchors and names what was altered and where. A Bundle is the evidence of
// one case, which anybody can check without us (docs/evidence.md).
package proof

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"saphan/internal/chain"
)

// Book says what sort of history it is: that of a ticket, a permit, a charge, an enquiry of another agency, an agency, a breach of personal data, or one reading of a case.
type Book string

// The books. All but readings are tables of their own name with _events behind it.
const (
	Tickets   Book = "ticket"
	Permits   Book = "permit"
	Charges   Book = "charge"
	Enquiries Book = "enquiry"
	Agencies  Book = "agency"
	Breaches  Book = "breach"
	Readings  Book = "reading" // who opened what: one line each
)

// chained are the books that are chains of lines.
func chained() []Book { return []Book{Tickets, Permits, Charges, Enquiries, Agencies, Breaches} }

// Leaf is the head of one history at the end of a day: its last line then, which stands for all before.
type Leaf struct {
	Book    Book
	Subject int64 // what the history is of; the reading itself
	Line    int   // its number; 1 of a reading
	Hash    []byte
}

// text is a leaf as it is hashed and kept.
func (l Leaf) text() []byte {
	return fmt.Appendf(nil, "%s %d %d %s", l.Book, l.Subject, l.Line, hex.EncodeToString(l.Hash))
}

// errLeaf means that the kept leaves of an anchor cannot be read.
var errLeaf = errors.New("not the leaves of an anchor")

func parseLeaf(text []byte) (Leaf, error) {
	part := strings.Split(string(text), " ")
	if len(part) != 4 {
		return Leaf{}, errLeaf
	}
	l := Leaf{Book: Book(part[0])}
	var err error
	if l.Subject, err = strconv.ParseInt(part[1], 10, 64); err != nil {
		return Leaf{}, errLeaf
	}
	if l.Line, err = strconv.Atoi(part[2]); err != nil {
		return Leaf{}, errLeaf
	}
	if l.Hash, err = hex.DecodeString(part[3]); err != nil || !bytes.Equal(l.text(), text) { // one way to write it
		return Leaf{}, errLeaf
	}
	return l, nil
}

// pack writes leaves one a line, as they are kept outside.
func pack(leaves []Leaf) []byte {
	var b bytes.Buffer
	for _, l := range leaves {
		b.Write(l.text())
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func unpack(packed []byte) ([]Leaf, error) {
	var leaves []Leaf
	for line := range bytes.Lines(packed) {
		l, err := parseLeaf(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, l)
	}
	return leaves, nil
}

// hashes are the leaves' own, as the tree takes them.
func hashes(leaves []Leaf) [][]byte {
	all := make([][]byte, len(leaves))
	for i, l := range leaves {
		all[i] = chain.LeafHash(l.text())
	}
	return all
}
