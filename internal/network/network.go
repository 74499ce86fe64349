// Package network names the network that a request comes from, which is what limits on guessing and on haste count by.
package network

import (
	"net"
	"net/netip"
)

// one is the size of the networks that one customer has a whole of, where addresses are of the newer kind.
const one = 64

// Of is the network of a request's RemoteAddr, host:port or a bare address: the address itself or, of the newer kind, its
// first 64 bits. It takes no header: that would be the sender's own word. Behind a proxy, whoever builds the server sets
// RemoteAddr to what the proxy saw.
func Of(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	ip = ip.Unmap().WithZone("")
	if !ip.Is6() {
		return ip.String()
	}
	whole, err := ip.Prefix(one)
	if err != nil {
		return ip.String() // cannot be: every such address has 64 bits
	}
	return whole.String()
}
