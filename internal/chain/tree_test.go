package chain_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"saphan/internal/chain"
)

func leaves(n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = chain.LeafHash(fmt.Appendf(nil, "leaf %d", i))
	}
	return all
}

// Every leaf of trees of all small sizes is proved by its path, and by nothing else.
func TestTreeProvesItsLeaves(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 33; n++ {
		all := leaves(n)
		root := chain.Root(all)
		for i := range all {
			path := chain.Path(all, i)
			if !chain.Proves(root, all[i], i, n, path) {
				t.Fatalf("leaf %d of %d is not proved", i, n)
			}
			if chain.Proves(root, all[i], (i+1)%n, n, path) && n > 1 || chain.Proves(root, chain.LeafHash([]byte("other")), i, n, path) ||
				chain.Proves(root, all[i], i, n, append(slices.Clone(path), root)) || chain.Proves(root, all[i], -1, n, path) || chain.Proves(root, all[i], n, n, path) {
				t.Fatalf("leaf %d of %d: something else is proved", i, n)
			}
			for k := range path {
				spoilt := slices.Clone(path)
				spoilt[k] = bytes.Clone(path[k])
				spoilt[k][3] ^= 4
				if chain.Proves(root, all[i], i, n, spoilt) || chain.Proves(root, all[i], i, n, path[:k]) {
					t.Fatalf("leaf %d of %d: a spoilt path proves it", i, n)
				}
			}
		}
	}
}

// The hashes are those of RFC 6962, as other programs compute them (the vectors of certificate transparency).
func TestTreeIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	var all [][]byte
	for _, leaf := range []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"} {
		plain, err := hex.DecodeString(leaf)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, chain.LeafHash(plain))
	}
	for n, want := range map[int]string{
		0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	} {
		if got := hex.EncodeToString(chain.Root(all[:n])); got != want {
			t.Errorf("root of %d leaves is %s, want %s", n, got, want)
		}
	}
}
