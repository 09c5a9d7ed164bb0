package forwarded

import (
	"context"
	"errors"
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

// origin is an Origin with what the copy of the request needs besides.
type origin struct {
	Origin
	client   node
	chain    string // X-Forwarded-For, as far as it is vouched for
	standard string // Forwarded, likewise
}

var errContradiction = errors.New("its Forwarded and X-Forwarded fields contradict each other; " +
	"let Proxies.Family name the fields that the proxies write")

// resolve finds the client in fields that a trusted proxy has sent.
func (h handler) resolve(fields http.Header) (*origin, error) {
	standard, x := &origin{}, &origin{}
	var err error
	if h.family != XForwarded {
		if standard, err = h.standard(fields["Forwarded"]); err != nil {
			return nil, fmt.Errorf("field Forwarded: %w", err)
		}
		if h.family == Standard {
			return standard, nil
		}
	}
	// A proxy that writes Forwarded alone lets clients' X-Forwarded fields through.
	if standard.standard != "" && len(fields["X-Forwarded-For"]) == 0 {
		return standard, nil
	}
	if x, err = h.xForwarded(fields); err != nil {
		return nil, fmt.Errorf("fields X-Forwarded: %w", err)
	}
	if standard.standard == "" {
		return x, nil
	}
	if standard.Addr != x.Addr || standard.Identifier != x.Identifier ||
		differ(standard.Scheme, x.Scheme) || differ(standard.Host, x.Host) {
		return nil, errContradiction
	}
	standard.chain = x.chain
	// A proxy that writes one family hands the other on as the client sent it, and a client
	// knows its own address: it can agree on that, and say what it likes beside it.
	if !strings.EqualFold(standard.Scheme, x.Scheme) || !strings.EqualFold(standard.Host, x.Host) {
		standard.standard = ""
	}
	if x.Scheme == "" {
		standard.Scheme = ""
	}
	if x.Host == "" {
		standard.Host = ""
	}
	return standard, nil
}

func differ(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }

// standard reads Forwarded.
func (h handler) standard(lines []string) (*origin, error) {
	hops, err := parseStandard(lines)
	if err != nil || len(hops) == 0 {
		return &origin{}, err
	}
	i, err := h.client(hops)
	if err != nil {
		return nil, err
	}
	o := found(hops[i].from)
	o.Scheme, o.Host, o.standard = scheme(hops[i].proto), host(hops[i].host), join(hops[i:])
	return o, nil
}

// xForwarded reads X-Forwarded-For, -Proto and -Host.
func (h handler) xForwarded(fields http.Header) (*origin, error) {
	hops, err := parseList(fields["X-Forwarded-For"])
	if err != nil {
		return nil, err
	}
	o, i := &origin{}, 0
	if len(hops) > 0 {
		if i, err = h.client(hops); err != nil {
			return nil, err
		}
		o = found(hops[i].from)
		o.chain = join(hops[i:])
	}
	if o.Scheme, err = beside(fields["X-Forwarded-Proto"], i, len(hops), scheme); err != nil {
		return nil, err
	}
	if h.host {
		o.Host, err = beside(fields["X-Forwarded-Host"], i, len(hops), host)
	}
	return o, err
}

func found(n node) *origin {
	return &origin{Origin: Origin{Addr: n.addr, Identifier: n.name}, client: n}
}

// client walks from the nearest proxy outwards, and returns the index of the hop
// that came from the first address which is not a trusted proxy's, or of the
// outermost.
func (h handler) client(hops []hop) (int, error) {
	i := len(hops) - 1
	for i > 0 && h.trusts(hops[i].from.addr) {
		i--
	}
	if !hops[i].from.ok() {
		return 0, fmt.Errorf("malformed: %.100q", hops[i].text)
	}
	return i, nil
}

func join(hops []hop) string {
	texts := make([]string, len(hops))
	for i, h := range hops {
		texts[i] = h.text
	}
	return strings.Join(texts, ", ")
}
