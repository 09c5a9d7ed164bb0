package report

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/surcoat/surcoat/internal/proxied"
)

// Access tells the developer from everybody else who can reach the address: other
// machines, users of a tunnel, other sites' pages in the developer's own browser.
type Access struct {
	Host string // a name of this machine beside localhost; "", or an address: none
}

// Allows reports whether r comes from this machine, without a proxy in between, by a name
// of this machine's, and is nothing that another site's page asked for.
func (a Access) Allows(r *http.Request) bool {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !at.Addr().Unmap().IsLoopback() {
		return false
	}
	return proxied.Trace(r) == "" && a.here(r.Host) && !crossSite(r)
}

// here is the guard against names that a hostile site has rebound to this machine.
func (a Access) here(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host != "" && host == strings.ToLower(a.Host)
}

func crossSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site":
		return r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
	case "":
		origin := r.Header.Get("Origin")
		at, err := url.Parse(origin)
		return origin != "" && (err != nil || !strings.EqualFold(at.Host, r.Host))
	}
	return false
}
