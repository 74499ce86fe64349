package portal

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// How many forms may be begun from one network by people who are not signed in.
const (
	beginsMost  = 100
	beginsEvery = 10 * time.Minute
)

// turnstile counts what comes from each network.
type turnstile struct {
	mu   sync.Mutex
	from time.Time
	seen map[string]int
}

// allow counts one more; false when there were enough for now.
func (t *turnstile) allow(network string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil || now.Sub(t.from) >= beginsEvery {
		t.from, t.seen = now, map[string]int{}
	}
	t.seen[network]++
	return t.seen[network] <= beginsMost
}

// address is the network that a request comes from, as the server saw it: a header would be the sender's own word. One
// customer has a whole network of the newer addresses.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap(); ip.Is6() {
		if network, err := ip.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}
