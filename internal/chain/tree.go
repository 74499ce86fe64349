package chain

import (
	"bytes"
	"crypto/sha256"
)

// A tree takes many leaves into one hash, and proves with a few hashes that a leaf is among them. It is that of RFC 6962:
// leaves and inner nodes are hashed apart, so that neither passes for the other.

// LeafHash is the hash of a leaf.
func LeafHash(leaf []byte) []byte {
	sum := sha256.Sum256(append([]byte{0}, leaf...))
	return sum[:]
}

func nodeHash(left, right []byte) []byte {
	h := sha256.New()
	h.Write([]byte{1})
	h.Write(left)
	h.Write(right)
	return h.Sum(nil)
}

// Root is the hash of all leaves in their order, each given by its LeafHash; of none it is the hash of nothing.
func Root(leaves [][]byte) []byte {
	switch len(leaves) {
	case 0:
		sum := sha256.Sum256(nil)
		return sum[:]
	case 1:
		return leaves[0]
	}
	k := split(len(leaves))
	return nodeHash(Root(leaves[:k]), Root(leaves[k:]))
}

// Path is what proves that the leaf at index i is among the leaves: the hashes beside its way up to the root, lowest first.
func Path(leaves [][]byte, i int) [][]byte {
	if len(leaves) < 2 {
		return nil
	}
	k := split(len(leaves))
	if i < k {
		return append(Path(leaves[:k], i), Root(leaves[k:]))
	}
	return append(Path(leaves[k:], i-k), Root(leaves[:k]))
}

// Proves reports whether a path leads from the leaf at index i of n to the root.
func Proves(root, leaf []byte, i, n int, path [][]byte) bool {
	if i < 0 || i >= n {
		return false
	}
	got, rest := climb(leaf, i, n, path)
	return rest == 0 && bytes.Equal(got, root)
}

// climb follows a path up a tree of n leaves; rest is how many hashes of it were left over, or less than none when it was
// too short.
func climb(leaf []byte, i, n int, path [][]byte) (got []byte, rest int) {
	if n == 1 {
		return leaf, len(path)
	}
	if len(path) == 0 {
		return nil, -1
	}
	last, below := path[len(path)-1], path[:len(path)-1]
	k := split(n)
	if i < k {
		got, rest = climb(leaf, i, k, below)
		return nodeHash(got, last), rest
	}
	got, rest = climb(leaf, i-k, n-k, below)
	return nodeHash(last, got), rest
}

// split is the largest power of two below n.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}
