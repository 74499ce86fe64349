package agencies

import (
	"fmt"
	"net/netip"
	"syscall"

	"saphan/internal/fault"
)

// guard decides whether a delivery may go to an address. It is asked after the name was
// resolved and before the connection is made, for every connection: a name that points
// elsewhere by then (DNS rebinding), a decimal or mapped address, all come out here as what
// they are. Reference: ASVS 1.3.6, S8.
type guard struct {
	allowed []netip.Prefix // of the endpoint
	secure  bool           // the endpoint's scheme is https
}

// refusal is the error of an address that is not dialled.
type refusal struct {
	addr netip.AddrPort
	why  string // Thai, for whoever looks at the delivery
}

func (r *refusal) Error() string {
	return fmt.Sprintf("delivery to %s refused: %s", r.addr, r.why)
}

// control implements net.Dialer.Control.
func (g guard) control(network, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("delivery refused: address %q: %w", address, err)
	}
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	if network != "tcp4" && network != "tcp6" {
		return &refusal{addr, "ไม่ใช่การเชื่อมต่อ TCP"}
	}
	ip := addr.Addr().WithZone("")
	if inAny(ip, never) {
		return &refusal{addr, "เป็นที่อยู่ที่ห้ามส่งทุกกรณี"}
	}
	if inAny(ip, g.allowed) {
		return nil
	}
	if !public(ip) {
		return &refusal{addr, "เป็นที่อยู่ภายในที่ไม่ได้อนุญาตไว้สำหรับปลายทางนี้"}
	}
	if !g.secure {
		return &refusal{addr, "ต้องใช้ https"}
	}
	if addr.Port() != 443 {
		return &refusal{addr, "ต้องใช้พอร์ต 443"}
	}
	return nil
}

// never lists what no allowance opens: it is never an agency's system, and the link-local
// networks are where clouds keep the credentials of their machines.
var never = prefixes("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32",
	"::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254/128")

// special lists the networks (IANA special-purpose registries) that are not the public
// internet, or that hide an IPv4 address inside an IPv6 one.
var special = prefixes(
	"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

// global6 is the only part of IPv6 in which public addresses are given out.
var global6 = netip.MustParsePrefix("2000::/3")

// public reports whether ip is a global unicast address that nothing special is known of. Of
// IPv6 only 2000::/3 is: that leaves out ::1, fc00::/7, 64:ff9b::/96 and whatever comes yet.
func public(ip netip.Addr) bool {
	if ip.Is6() && !global6.Contains(ip) {
		return false
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !inAny(ip, special)
}

func inAny(ip netip.Addr, nets []netip.Prefix) bool {
	for _, n := range nets {
		if n.Contains(ip) {
			return true
		}
	}
	return false
}

func prefixes(texts ...string) []netip.Prefix {
	nets := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		nets[i] = netip.MustParsePrefix(text)
	}
	return nets
}

// Widest networks that may be allowed: one slip of the pen must not open everything.
const (
	widest4 = 8
	widest6 = 32
)

// parseAllowed reads the networks an endpoint may live in. A single address is a network too.
func parseAllowed(texts []string) ([]netip.Prefix, error) {
	nets := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		n, err := netip.ParsePrefix(text)
		if err != nil {
			ip, ipErr := netip.ParseAddr(text)
			if ipErr != nil {
				return nil, fault.Wrapf(fault.Invalid, "เครือข่าย “{net}” ไม่ถูกต้อง กรุณาระบุแบบ CIDR เช่น 10.1.2.0/24", err, "net", text)
			}
			n = netip.PrefixFrom(ip, ip.BitLen())
		}
		if n.Addr().Is4In6() && n.Bits() >= 96 {
			n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
		}
		n = n.Masked()
		if (n.Addr().Is4() && n.Bits() < widest4) || (n.Addr().Is6() && n.Bits() < widest6) {
			return nil, fault.Newf(fault.Invalid, "เครือข่าย “{net}” กว้างเกินไป กรุณาระบุเฉพาะเครือข่ายของปลายทาง เช่น 10.1.2.0/24", "net", text)
		}
		for _, bad := range never {
			if bad.Contains(n.Addr()) {
				return nil, fault.Newf(fault.Invalid, "เครือข่าย “{net}” อนุญาตไม่ได้ เพราะไม่ใช่ที่อยู่ของระบบหน่วยงาน", "net", text)
			}
		}
		nets = append(nets, n)
	}
	return nets, nil
}
