//go:build dev

package inspect

import (
	"encoding/binary"
	"net"
	"net/netip"
	"net/url"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

func addr(v Value) (string, bool) {
	a, ok := address128(v)
	return a.String(), ok
}

// address128 is a netip.Addr: 128 bits, and a pointer that says what they are, which is
// nil for the zero Addr.
func address128(v Value) (a netip.Addr, ok bool) {
	var bits [16]byte
	high, ok := v.field("addr").field("hi").Uint()
	low, ok2 := v.field("addr").field("lo").Uint()
	detail := v.field("z").field("value")
	isNil, ok3 := detail.IsNil()
	switch {
	case !ok || !ok2 || !ok3:
		return a, false
	case isNil:
		return a, true
	}
	binary.BigEndian.PutUint64(bits[:8], high)
	binary.BigEndian.PutUint64(bits[8:], low)
	a = netip.AddrFrom16(bits)
	is6, ok := detail.target().field("isV6").Bool()
	zone, ok2 := detail.target().field("zoneV6").Text()
	if !ok || !ok2 {
		return a, false
	}
	if !is6 {
		return a.Unmap(), true
	}
	return a.WithZone(zone), true
}

func addrPort(v Value) (string, bool) {
	a, ok := address128(v.field("ip"))
	port, ok2 := v.field("port").Uint()
	return netip.AddrPortFrom(a, uint16(port)).String(), ok && ok2
}

func prefix(v Value) (string, bool) {
	a, ok := address128(v.field("ip"))
	bitsPlusOne, ok2 := v.field("bitsPlusOne").Uint()
	return netip.PrefixFrom(a, int(bitsPlusOne)-1).String(), ok && ok2
}

// oldAddress is a net.IP.
func oldAddress(v Value) (string, bool) {
	b, n, why := v.content(net.IPv6len)
	if why != "" || n != net.IPv4len && n != net.IPv6len {
		return "", false
	}
	return net.IP(b).String(), true
}

// urlText is a url.URL as it would be written, without its password.
func urlText(v Value) (string, bool) {
	var u url.URL
	for name, to := range map[string]*string{
		"Scheme": &u.Scheme, "Opaque": &u.Opaque, "Host": &u.Host, "Path": &u.Path,
		"RawPath": &u.RawPath, "RawQuery": &u.RawQuery, "Fragment": &u.Fragment,
	} {
		s, ok := v.field(name).Text()
		if !ok || len(s) > 2<<10 {
			return "", false
		}
		*to = s
	}
	isNil, ok := v.field("User").IsNil()
	if ok && !isNil {
		u.User = url.User(redact.Mask)
	}
	return u.String(), ok
}

// request is shown by its first line, and folded.
func request(p *printer, n *value.Node, v Value, depth int) bool {
	method, ok := v.field("Method").Text()
	if !ok || len(method) > 64 {
		return false
	}
	to := p.node("URL", v.field("URL"), maxDepth)
	p.structure(n, v, depth)
	if method == "" { // a client's GET
		method = "GET"
	}
	n.Text = p.in.redact.Text(method) + " " + to.Text
	return true
}
