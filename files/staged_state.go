package files

import (
	"crypto/sha256"
	"encoding"
	"encoding/json"
	"fmt"
	"hash"
)

// examined is what the parts of an upload told on their way past: the hash and the inspection so far.
// It survives the process, sealed, because it holds bytes of the file.
type examined struct {
	hash      hash.Hash
	inspector *inspector
}

// examinedJSON is its form in the row.
type examinedJSON struct {
	Hash  []byte `json:"hash"`
	Type  string `json:"type"`
	Found Trait  `json:"found"`
	Size  int64  `json:"size"`
	Text  []byte `json:"text"`
	Tail  []byte `json:"tail"`
}

// progressPurpose binds what is sealed to its upload.
func progressPurpose(id string) string { return "upload " + id }

// examine goes on where an upload's last whole part ended. Before the first there is nothing.
func (u *Uploads) examine(up Upload) (*examined, error) {
	e := &examined{hash: sha256.New()}
	if len(up.sealed) == 0 {
		return e, nil
	}
	plain, err := u.store.box.Open(up.sealed, progressPurpose(up.ID))
	if err != nil {
		return nil, fmt.Errorf("progress of upload %s: %w", up.ID, err)
	}
	var kept examinedJSON
	if err := json.Unmarshal(plain, &kept); err != nil {
		return nil, fmt.Errorf("progress of upload %s: %w", up.ID, err)
	}
	state, ok := e.hash.(encoding.BinaryUnmarshaler)
	if !ok {
		return nil, fmt.Errorf("progress of upload %s: the hash cannot go on", up.ID)
	}
	if err := state.UnmarshalBinary(kept.Hash); err != nil {
		return nil, fmt.Errorf("progress of upload %s: %w", up.ID, err)
	}
	e.inspector = seeking(kept.Type)
	e.inspector.found, e.inspector.size, e.inspector.text, e.inspector.tail = kept.Found, kept.Size, kept.Text, kept.Tail
	return e, nil
}

// pass takes the next part in.
func (e *examined) pass(plain []byte) {
	if e.inspector == nil {
		e.inspector = glance(plain)
	}
	_, _ = e.hash.Write(plain) // neither ever fails
	_, _ = e.inspector.Write(plain)
}

// glance looks at the beginning of a file.
func glance(head []byte) *inspector {
	return newInspector(mediaType(head[:min(len(head), headSize)]), head[:min(len(head), segmentSize)])
}

// seal is the form in the row.
func (u *Uploads) seal(id string, e *examined) ([]byte, error) {
	state, ok := e.hash.(encoding.BinaryMarshaler)
	if !ok {
		return nil, fmt.Errorf("progress of upload %s: the hash cannot be kept", id)
	}
	sum, err := state.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("progress of upload %s: %w", id, err)
	}
	i := e.inspector
	plain, err := json.Marshal(examinedJSON{
		Hash: sum, Type: i.mediaType, Found: i.found, Size: i.size, Tail: i.tail, Text: i.text[max(0, len(i.text)-longestWord):],
	})
	if err != nil {
		return nil, fmt.Errorf("progress of upload %s: %w", id, err)
	}
	return u.store.box.Seal(plain, progressPurpose(id)), nil
}

// describe is the whole object after its last part.
func (e *examined) describe(up Upload) Object {
	o := up.object
	o.Size, o.SHA256, o.MediaType, o.Trait = up.Size, e.hash.Sum(nil), e.inspector.mediaType, e.inspector.trait()
	return o
}
