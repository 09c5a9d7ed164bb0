package auth

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/surcoat/surcoat/middleware/forwarded"
)

// ProxyHeader is the scheme of a proxy in front that signs people in and says in a field
// who they are: oauth2-proxy, Authelia, a web server. Whoever reaches the application
// around the proxy can write that field too, so it counts only where it comes from one
// of Trusted; from all others it is ignored, and removed before a handler can see it.
//
// Browsers get through such a proxy by a cookie of its own, so that changes from other
// sites are refused as they are with a session. It must not be copied.
type ProxyHeader struct {
	// Field is the field that has the user's name: "X-Forwarded-User", "Remote-User". ""
	// is refused at Wrap. The proxy must set or remove it on every request.
	Field string

	// RolesField is a field with the user's roles, separated by commas. "": there is
	// none. It must not be set beside Users.
	RolesField string

	// Trusted are the addresses of the proxies: of who connected, whatever
	// middleware/forwarded says about the client behind. Empty: nobody.
	Trusted []netip.Prefix

	// TrustUnixSocket trusts whoever connects through a Unix-domain socket. The socket's
	// file mode then says who may be a proxy.
	TrustUnixSocket bool

	// Users, if set, has the user whom Field names: one who is not there, or is disabled,
	// is refused, and roles are the user's present ones.
	Users Users
}

func (p *ProxyHeader) check() error {
	switch {
	case p.Field == "":
		return errors.New("auth: ProxyHeader.Field is empty; name the field that the proxy sets")
	case !fieldName(p.Field):
		return fmt.Errorf("auth: ProxyHeader.Field %q is no name of a field", p.Field)
	case p.RolesField != "" && !fieldName(p.RolesField):
		return fmt.Errorf("auth: ProxyHeader.RolesField %q is no name of a field", p.RolesField)
	case p.RolesField != "" && p.Users != nil:
		return errors.New("auth: ProxyHeader.RolesField is set beside Users, whose roles would count")
	}
	for i, prefix := range p.Trusted {
		if !prefix.IsValid() {
			return fmt.Errorf("auth: ProxyHeader.Trusted[%d] is not a valid prefix", i)
		}
	}
	return nil
}

// fieldName reports whether s is a token (RFC 9110 §5.6.2).
func fieldName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("()<>@,;:\\\"/[]?={}", r)
	})
}

// Authenticate implements [Scheme]. Two values are refused, as a proxy that adds its own beside
// the client's would let clients choose. So is a field that differs from Field in "-" and "_":
// a proxy that removes Field from what clients send may let that through.
func (p *ProxyHeader) Authenticate(_ http.ResponseWriter, r *http.Request) (Identity, error) {
	if !p.trusts(r) {
		return Identity{}, ErrNone
	}
	name, err := only(r.Header, p.Field)
	if err != nil {
		return Identity{}, err
	}
	roles := ""
	if p.RolesField != "" {
		if roles, err = only(r.Header, p.RolesField); err != nil && err != ErrNone {
			return Identity{}, err
		}
	}
	id, err := vouched(r.Context(), p.Users, name, "ProxyHeader", nil)
	if err == nil && p.RolesField != "" {
		for role := range strings.SplitSeq(roles, ",") {
			if role = strings.TrimSpace(role); role != "" {
				id.Roles = append(id.Roles, role)
			}
		}
	}
	return id, err
}

// only returns the one value of a field, [ErrNone] where there is none.
func only(h http.Header, field string) (value string, err error) {
	n := 0
	for name, values := range h {
		switch {
		case len(values) == 0 || !alias(name, field):
		case !strings.EqualFold(name, field):
			return "", fmt.Errorf("%w: a field that only resembles %s", ErrRefused, field)
		default:
			n += len(values)
			value = strings.TrimSpace(values[0])
		}
	}
	switch {
	case n > 1:
		return "", fmt.Errorf("%w: %d fields %s", ErrRefused, n, field)
	case value == "":
		return "", ErrNone
	}
	return value, nil
}

// alias reports whether a CGI application would read name as field: case does not count, and
// "_" is "-" (RFC 3875 §4.1.18).
func alias(name, field string) bool {
	if len(name) != len(field) {
		return false
	}
	for i := range len(name) {
		if plainByte(name[i]) != plainByte(field[i]) {
			return false
		}
	}
	return true
}

func plainByte(c byte) byte {
	switch {
	case c == '_':
		return '-'
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	}
	return c
}

// trusts reports whether r's connection comes from a proxy.
func (p *ProxyHeader) trusts(r *http.Request) bool {
	peer := r.RemoteAddr
	if o, ok := forwarded.From(r.Context()); ok && o.Peer != "" {
		peer = o.Peer
	}
	at, err := netip.ParseAddrPort(peer)
	if err != nil {
		local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		return p.TrustUnixSocket && ok && strings.HasPrefix(local.Network(), "unix")
	}
	addr := at.Addr().Unmap().WithZone("")
	for _, prefix := range p.Trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// claims implements claimer: nobody inside is to see what somebody else wrote.
func (p *ProxyHeader) claims(r *http.Request) (names []string) {
	if p.trusts(r) {
		return nil
	}
	for name := range r.Header {
		if alias(name, p.Field) || p.RolesField != "" && alias(name, p.RolesField) {
			names = append(names, name)
		}
	}
	return names
}

// claimer is a scheme that believes header fields of some peers only.
type claimer interface {
	// claims returns the fields of r that it does not believe.
	claims(r *http.Request) []string
}
