// Package forwarded tells the application who is really asking when a reverse
// proxy stands in front of it: the client's address, the scheme and the host the
// client used, taken from Forwarded (RFC 7239) or the X-Forwarded fields, and only from
// proxies that are trusted by address.
//
//	proxies := &forwarded.Proxies{
//		Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
//	}
//	http.ListenAndServe(":8080", proxies.Wrap(app))
//
// Handlers need not know of this package: the request they get has the client's
// address in RemoteAddr, the client's host in Host, and the scheme in URL.Scheme, with
// URL.Host beside it, so that URL.String stays an address that works. [From] tells
// what was found out and how.
//
// Fields that nobody trusted has vouched for are taken out of the request, so that
// no handler inside, nor a library it uses, can mistake a client's claim for a
// proxy's word.
//
// The package does not authenticate proxies other than by address, does not read the
// PROXY protocol, and does not add fields for servers further in. It belongs
// outside every other layer: logs, limits and the guard of the traceback page all ask
// who the client is.
package forwarded

import (
	"fmt"
	"net/http"
	"net/netip"
)

// Proxies is the layer. Its zero value trusts nobody: it removes the forwarding
// fields and changes nothing else.
//
// The fields are read once, by [Proxies.Wrap].
type Proxies struct {
	// Trusted are the addresses of the proxies in front of the application: the
	// ones that connect to it and those further out. The way back to the client is
	// walked from the nearest proxy outwards and ends at the first address that is not among
	// these; what that client itself claims is never looked at. Empty: nobody.
	//
	// A prefix that clients can have too (0.0.0.0/0, or a network with people in it)
	// lets these choose their own address.
	Trusted []netip.Prefix

	// TrustUnixSocket trusts whoever connects through a Unix-domain socket, which
	// has no address. The socket's file mode then says who may be a proxy.
	TrustUnixSocket bool

	// Family is which fields the trusted proxies write. The zero value takes
	// either, and refuses a request in which they contradict each other. Of a request
	// that has both, only what both say is believed: most proxies hand on the family that
	// they do not write as the client sent it.
	Family Family

	// Host takes the host from X-Forwarded-Host. Many proxies hand on that field as
	// the client sent it: set this only where every trusted proxy sets or removes
	// it. The host of a Forwarded field needs no such promise where proxies write that
	// family, as a proxy writes its element as a whole.
	Host bool
}

// Family is a family of header fields that say the same.
type Family int

// The families. The fields of a family that is not taken are ignored and removed.
const (
	Either     Family = iota // whichever is there; both must agree
	Standard                 // Forwarded, RFC 7239
	XForwarded               // X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host
)

// Wrap returns a handler that serves next with requests that say where they come from.
//
// It costs nothing for a request without forwarding fields. One that has them is
// copied once. A request is answered with 400 when the part of its fields for which trusted proxies
// stand is malformed, or contradicts itself: it can then neither be served as the client's nor
// as the proxy's.
//
// Wrap panics when next is nil and when a field has an impossible value. Applied
// twice, the inner one finds the peer already replaced by the client and takes its
// fields away, which is harmless.
func (p *Proxies) Wrap(next http.Handler) http.Handler {
	if next == nil {
		panic("forwarded: Proxies.Wrap: next is nil")
	}
	if p.Family < Either || p.Family > XForwarded {
		panic(fmt.Sprintf("forwarded: Proxies.Family is %d, which is no Family", p.Family))
	}
	h := handler{next: next, unix: p.TrustUnixSocket, family: p.Family, host: p.Host}
	for i, prefix := range p.Trusted {
		if !prefix.IsValid() {
			panic(fmt.Sprintf("forwarded: Proxies.Trusted[%d] is not a valid prefix", i))
		}
		h.trusted = append(h.trusted, unmap(prefix))
	}
	return h
}

// unmap writes a prefix of IPv4 addresses in IPv6 form (::ffff:10.0.0.0/104) as the
// IPv4 prefix it is: addresses are compared in that form.
func unmap(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}
