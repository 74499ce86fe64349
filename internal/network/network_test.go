package network_test

import (
	"testing"

	"saphan/internal/network"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"203.0.113.7:41522":              "203.0.113.7",
		"203.0.113.7":                    "203.0.113.7",
		"[::ffff:203.0.113.7]:41522":     "203.0.113.7", // the same sender on a socket that takes both kinds
		"[2001:db8:1:2:3:4:5:6]:443":     "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::1]:80":      "2001:db8:1:2::/64", // a neighbour in the house
		"[2001:db8:1:3::1]:80":           "2001:db8:1:3::/64",
		"[fe80::1%eth0]:80":              "fe80::/64",
		"::1":                            "::/64",
		"@":                              "@", // a socket without addresses
		"":                               "",
		"nobody.example.go.th:80":        "nobody.example.go.th",
		"[2001:db8:1:2:3:4:5:6%x%y]:443": "2001:db8:1:2::/64",
	} {
		if got := network.Of(remote); got != want {
			t.Errorf("Of(%q) = %q, want %q", remote, got, want)
		}
	}
}
