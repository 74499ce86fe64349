package agencies

import (
	"errors"
	"strings"
	"testing"

	"saphan/internal/fault"
)

// S8, ASVS 1.3.6: where a delivery may connect to, by the address a name was resolved to.
func TestGuardLetsOnlyPublicAddressesThrough(t *testing.T) {
	t.Parallel()
	g := guard{secure: true}
	for _, address := range []string{
		"8.8.8.8:443", "203.150.1.1:443", "192.0.1.1:443", "198.17.255.255:443", "198.20.0.1:443", "100.63.255.255:443", "100.128.0.1:443",
		"172.15.0.1:443", "172.32.0.1:443", "[2001:4860:4860::8888]:443", "[2405:9800::1]:443", "[::ffff:8.8.8.8]:443",
	} {
		if err := g.control("tcp4", address, nil); err != nil {
			t.Errorf("%s: %v, want no error", address, err)
		}
	}
	for _, address := range []string{
		// loopback, in every dress
		"127.0.0.1:443", "127.255.255.254:443", "[::1]:443", "[::ffff:127.0.0.1]:443", "[::ffff:7f00:1]:443", "[::127.0.0.1]:443",
		// private and shared
		"10.0.0.1:443", "10.255.255.255:443", "172.16.0.1:443", "172.31.255.255:443", "192.168.0.1:443", "100.64.0.1:443", "100.127.255.255:443",
		"[fc00::1]:443", "[fd12:3456::1]:443", "[::ffff:10.0.0.1]:443", "[fec0::1]:443",
		// link-local: where clouds keep credentials
		"169.254.169.254:443", "169.254.0.1:443", "[::ffff:169.254.169.254]:443", "[fe80::1]:443", "[fe80::1%eth0]:443", "[fd00:ec2::254]:443",
		// special purposes
		"0.0.0.0:443", "0.1.2.3:443", "[::]:443", "192.0.0.1:443", "192.0.0.192:443", "192.0.2.1:443", "192.88.99.1:443", "198.18.0.1:443",
		"198.19.255.255:443", "198.51.100.1:443", "203.0.113.1:443", "240.0.0.1:443", "255.255.255.255:443",
		// multicast
		"224.0.0.1:443", "239.255.255.250:443", "[ff02::1]:443",
		// an IPv4 address inside an IPv6 one
		"[64:ff9b::7f00:1]:443", "[64:ff9b::a9fe:a9fe]:443", "[64:ff9b:1::a00:1]:443", "[2002:7f00:1::]:443", "[2002:a9fe:a9fe::1]:443",
		"[2001::1]:443", "[2001:db8::1]:443", "[3fff::1]:443", "[100::1]:443", "[5f00::1]:443",
		// not the port of https
		"8.8.8.8:80", "8.8.8.8:22", "8.8.8.8:8443", "[2001:4860:4860::8888]:25",
	} {
		var refused *refusal
		if err := g.control("tcp4", address, nil); !errors.As(err, &refused) {
			t.Errorf("%s: %v, want a refusal", address, err)
		}
	}
	for _, network := range []string{"udp4", "unix", "tcp"} {
		if g.control(network, "8.8.8.8:443", nil) == nil {
			t.Errorf("network %s is let through", network)
		}
	}
	if g.control("tcp4", "localhost:443", nil) == nil {
		t.Error("a name is let through as an address")
	}
	if (guard{}).control("tcp4", "8.8.8.8:443", nil) == nil {
		t.Error("plain http is let through to a public address")
	}
}

func TestGuardLetsAllowedNetworksThrough(t *testing.T) {
	t.Parallel()
	nets, err := parseAllowed([]string{"10.1.2.0/24", "127.0.0.1", "::ffff:192.168.7.0/120", "fd12:3456::/48", "169.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	g := guard{allowed: nets} // plain http, any port: the network is the agency's own
	for _, address := range []string{"10.1.2.3:8080", "127.0.0.1:80", "[::ffff:10.1.2.9]:443", "192.168.7.1:80", "[fd12:3456::8]:80"} {
		if err := g.control("tcp4", address, nil); err != nil {
			t.Errorf("%s: %v, want no error", address, err)
		}
	}
	for _, address := range []string{"10.1.3.1:80", "127.0.0.2:80", "192.168.8.1:80", "[fd12:3457::8]:80", "8.8.8.8:80", "169.254.169.254:80"} {
		if g.control("tcp4", address, nil) == nil {
			t.Errorf("%s is let through", address)
		}
	}
}

func TestAllowedNetworksAreChecked(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "office", "10.0.0.0/33", "10.0.0", "0.0.0.0/0", "8.0.0.0/7", "::/0", "fd00::/8",
		"169.254.0.0/16", "169.254.169.254", "fe80::/64", "224.0.0.0/8", "0.0.0.0/8", "::ffff:169.254.169.254", "255.255.255.255",
	} {
		_, err := parseAllowed([]string{"10.0.0.0/8", text})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, want fault.Invalid", text, err)
		} else if !strings.Contains(fault.MessageOf(err), "เครือข่าย") {
			t.Errorf("%q: message %q does not say what is wrong", text, fault.MessageOf(err))
		}
	}
}
