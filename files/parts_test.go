package files

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"

	"saphan/internal/secret"
)

// What a sealed stream weighs is known beforehand: the store is told the size of a part before it is sealed.
func TestSealedSize(t *testing.T) {
	t.Parallel()
	key := make([]byte, fileKeySize)
	for _, plain := range []int{0, 1, 1000, 65479, 65480, 65481, 65536, 65480 + 65520, 65480 + 65520 + 1, 3 * 65520, partSize - 1, partSize, partSize + 1} {
		r, err := newSealingReader(bytes.NewReader(make([]byte, plain)), key, "k")
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil || n != sealedSize(int64(plain)) {
			t.Errorf("%d bytes become %d, foretold were %d, %v", plain, n, sealedSize(int64(plain)), err)
		}
	}
}

// A file's bytes that are kept to go on with are kept sealed, and bound to their upload.
func TestProgressIsSealed(t *testing.T) {
	t.Parallel()
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	u := &Uploads{store: &Store{box: box}}
	words := []byte("เลขประจำตัวประชาชนตัวอย่าง")
	e := &examined{hash: sha256.New()}
	e.pass(append([]byte("%PDF-1.7\n"), words...))
	sealed, err := u.seal("a", e)
	if err != nil || bytes.Contains(sealed, words[:12]) {
		t.Fatalf("the row shows %q, %v", sealed, err)
	}
	if _, err := u.examine(Upload{ID: "b", sealed: sealed}); err == nil {
		t.Error("another upload can go on with it")
	}
	on, err := u.examine(Upload{ID: "a", sealed: sealed})
	if err != nil {
		t.Fatal(err)
	}
	e.pass([]byte("rest"))
	on.pass([]byte("rest"))
	if !bytes.Equal(e.hash.Sum(nil), on.hash.Sum(nil)) || on.inspector.size != e.inspector.size || on.inspector.mediaType != "application/pdf" {
		t.Errorf("goes on as %+v, not as %+v", on.inspector, e.inspector)
	}
}
