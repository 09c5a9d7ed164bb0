package forwarded

import (
	"net/netip"
	"strconv"
	"strings"
)

// node is one end of a hop, as RFC 7239 §6 has it: an address with or without a
// port, or an identifier that hides one. The zero node is malformed.
type node struct {
	addr netip.Addr
	port uint16 // 0: not given, or hidden
	name string // "unknown" or an obfuscated identifier, where addr is not valid
}

func (n node) ok() bool { return n.addr.IsValid() || n.name != "" }

// remoteAddr is n in the form of http.Request.RemoteAddr.
func (n node) remoteAddr() string {
	if !n.addr.IsValid() {
		return n.name
	}
	return netip.AddrPortFrom(n.addr, n.port).String()
}

// parseNode parses a node identifier. X-Forwarded-For has no grammar of its own:
// the forms seen there (192.0.2.1, 192.0.2.1:80, 2001:db8::1, [2001:db8::1],
// [2001:db8::1]:80, unknown) are those of RFC 7239 and the IPv6 address without
// brackets.
func parseNode(s string) node {
	if addr, err := netip.ParseAddr(s); err == nil {
		return node{addr: plain(addr)}
	}
	name, port, hasPort := s, "", false
	if strings.HasPrefix(s, "[") {
		var closed bool
		if name, port, closed = strings.Cut(s[1:], "]"); !closed {
			return node{}
		}
		addr, err := netip.ParseAddr(name)
		if err != nil || !addr.Is6() {
			return node{}
		}
		if port == "" {
			return node{addr: plain(addr)}
		}
		if port[0] != ':' {
			return node{}
		}
		n, ok := parsePort(port[1:])
		if !ok {
			return node{}
		}
		return node{addr: plain(addr), port: n}
	}
	var n uint16
	if name, port, hasPort = strings.Cut(s, ":"); hasPort {
		var ok bool
		if n, ok = parsePort(port); !ok {
			return node{}
		}
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return node{addr: plain(addr), port: n}
	}
	if strings.EqualFold(name, "unknown") {
		return node{name: "unknown"}
	}
	if obfuscated(name) {
		return node{name: name}
	}
	return node{}
}

// plain drops what would make two spellings of one address differ.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// parsePort parses a node-port, which may be hidden too (RFC 7239 §6).
func parsePort(s string) (uint16, bool) {
	if obfuscated(s) {
		return 0, true
	}
	if s == "" || s[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err == nil
}

// obfuscated reports whether s is an obfnode or obfport (RFC 7239 §6.3).
func obfuscated(s string) bool {
	if len(s) < 2 || s[0] != '_' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// scheme returns "http" or "https" for what proxies call them, else "".
func scheme(s string) string {
	switch strings.ToLower(strings.Trim(s, " \t")) {
	case "https", "wss":
		return "https"
	case "http", "ws":
		return "http"
	}
	return ""
}

// host returns s if it can be a Host field's value (RFC 9110 §7.2), else "": whatever
// gets through here ends up in links and redirects.
func host(s string) string {
	s = strings.Trim(s, " \t")
	name, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return ""
		}
		addr, err := netip.ParseAddr(s[1:end])
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return ""
		}
		name, port = "ip", s[end+1:]
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		name, port = s[:i], s[i:]
	}
	if port != "" {
		if _, err := strconv.ParseUint(port[1:], 10, 16); port[0] != ':' || err != nil || port[1] == '+' {
			return ""
		}
	}
	if name == "" || len(name) > 255 {
		return ""
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_', c == '~':
		default:
			return ""
		}
	}
	return s
}
