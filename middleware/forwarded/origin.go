package forwarded

import (
	"context"
	"net/netip"
)

// Origin is what became of the forwarding fields of a request.
type Origin struct {
	// Trusted reports whether the peer was a trusted proxy. If not, its fields were
	// removed and only Peer is set.
	Trusted bool

	// Peer is the RemoteAddr of whoever connected.
	Peer string

	// Addr is the client's address. It is not valid when the proxy withheld it, as
	// RFC 7239 §6.2 and §6.3 let it do.
	Addr netip.Addr

	// Identifier stands for an address that was withheld, here and in the request's
	// RemoteAddr: "unknown", or a name like "_hidden".
	Identifier string

	Scheme string // "http", "https", or "" when no proxy said
	Host   string // "" when no proxy said, or none could be believed
}

type originKey struct{}

// From returns what was found out about the request of ctx, and false when it had no
// forwarding fields or did not come through [Proxies.Wrap].
func From(ctx context.Context) (Origin, bool) {
	o, ok := ctx.Value(originKey{}).(*Origin)
	if !ok {
		return Origin{}, false
	}
	return *o, true
}
