package forwarded

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

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
