package main

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/go-chi/chi/v5/middleware"
)

// proxies are the networks of the programs in front of the web part, whose word counts about where a request comes from.
type proxies []netip.Prefix

// UnmarshalText reads networks and single addresses with commas between.
func (p *proxies) UnmarshalText(text []byte) error {
	*p = nil
	for word := range strings.SplitSeq(string(text), ",") {
		word = strings.TrimSpace(word)
		network, err := netip.ParsePrefix(word)
		if err != nil {
			ip, err := netip.ParseAddr(word)
			if err != nil {
				return fmt.Errorf("%q is neither a network, such as 10.1.2.0/24, nor an address", word)
			}
			network = netip.PrefixFrom(ip, ip.BitLen())
		}
		*p = append(*p, network)
	}
	return nil
}

// seen lets handlers see in RemoteAddr whom the proxies saw. Limits count by it: without this one proxy would be everybody,
// and who guesses passwords would lock all officers out. What others than the proxies say is not believed.
func (p proxies) seen(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	networks := make([]string, len(p))
	for i, network := range p {
		networks[i] = network.String()
	}
	return middleware.ClientIPFromXFF(networks...)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ip := middleware.GetClientIPAddr(r.Context()); ip.IsValid() {
			r.RemoteAddr = netip.AddrPortFrom(ip, 0).String() // the middleware made this request a copy of its own
		}
		next.ServeHTTP(w, r)
	}))
}
