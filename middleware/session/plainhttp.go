package session

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

var errPlainHTTP = errors.New("session: browsers keep a Secure cookie over https and on localhost only: " +
	"serve https; behind a server with TLS, name it in forwarded.Proxies; or accept the risk with Cookie.InsecureCookie")

// warnOfPlainHTTP reports, once, that r came in a way on which browsers drop the cookie
// that it is answered with. Nothing else would tell: each request would be a
// visitor's first.
func (c *core) warnOfPlainHTTP(r *http.Request) {
	if r.URL.Scheme == "https" || onThisMachine(r.Host) { // forwarded.Proxies sets the scheme
		return
	}
	c.plain.Do(func() { c.events(r.Context(), Event{Kind: EventPlainHTTP, Err: errPlainHTTP}) })
}

// onThisMachine reports whether browsers trust an origin of that host without TLS
// (https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy).
func onThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
