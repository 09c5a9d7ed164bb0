package forwarded

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/internal/request"
)

// handler is Proxies at work.
type handler struct {
	next    http.Handler
	trusted []netip.Prefix
	unix    bool
	family  Family
	host    bool
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !claimed(r.Header) {
		h.next.ServeHTTP(w, r)
		return
	}
	if !h.trustsPeer(r) {
		inner := r.WithContext(context.WithValue(r.Context(), originKey{}, &Origin{Peer: r.RemoteAddr}))
		inner.Header = without(r.Header)
		request.ServeCopy(h.next, w, r, inner)
		return
	}
	o, err := h.resolve(r.Header)
	if err != nil {
		errpage.Write(w, r, errpage.Problem{
			Status: http.StatusBadRequest,
			Err:    fmt.Errorf("forwarded: from the trusted proxy %s: %w", r.RemoteAddr, err),
		})
		return
	}
	o.Trusted, o.Peer = true, r.RemoteAddr
	if !o.client.ok() { // the scheme or the host alone was forwarded
		peer, _ := netip.ParseAddrPort(r.RemoteAddr)
		o.Addr = plain(peer.Addr())
	}
	inner := r.WithContext(context.WithValue(r.Context(), originKey{}, &o.Origin))
	inner.Header = vouched(r.Header, o)
	if o.client.ok() {
		inner.RemoteAddr = o.client.remoteAddr()
	}
	if o.Host != "" {
		inner.Host = o.Host
	}
	if o.Scheme != "" && r.Method != http.MethodConnect {
		inner.URL = absolute(r.URL, o.Scheme, inner.Host)
	}
	request.ServeCopy(h.next, w, r, inner)
}

func absolute(u *url.URL, scheme, host string) *url.URL {
	at := *u
	at.Scheme, at.Host = scheme, host
	return &at
}

// trustsPeer reports whether r's connection comes from a trusted proxy.
func (h handler) trustsPeer(r *http.Request) bool {
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return h.trusts(plain(at.Addr()))
	}
	if !h.unix {
		return false
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && strings.HasPrefix(local.Network(), "unix")
}

func (h handler) trusts(a netip.Addr) bool {
	for _, prefix := range h.trusted {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}
