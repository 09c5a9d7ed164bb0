package forwarded_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/forwarded"
)

const (
	proxy    = "10.0.0.1:999"
	outsider = "203.0.113.9:4000"
)

func prefixes(list ...string) (p []netip.Prefix) {
	for _, s := range list {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

// seen is what a handler inside sees of a request, as one line.
func seen(r *http.Request) string {
	s := r.RemoteAddr + " " + r.Host
	if r.URL.Scheme != "" {
		s += " " + r.URL.String()
	}
	return s
}

// send has p serve a request from peer, with header lines "Name: value", and returns
// what the handler inside saw, or the status with which p answered itself.
func send(t *testing.T, p *forwarded.Proxies, peer string, lines ...string) (string, *http.Request) {
	t.Helper()
	r := httptest.NewRequest("GET", "/a?b=c", nil)
	r.Host, r.RemoteAddr = "app.internal", peer
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header[name] = append(r.Header[name], value)
	}
	before := fmt.Sprint(r.Header, r.Host, r.RemoteAddr, r.URL)
	var inner *http.Request
	w := httptest.NewRecorder()
	p.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inner = r })).ServeHTTP(w, r)
	if after := fmt.Sprint(r.Header, r.Host, r.RemoteAddr, r.URL); after != before {
		t.Errorf("the request of the layer outside changed:\n%s\n%s", before, after)
	}
	if inner == nil {
		return fmt.Sprint(w.Code), nil
	}
	return seen(inner), inner
}

func TestClient(t *testing.T) {
	trust := prefixes("10.0.0.0/8", "2001:db8:ffff::/48")
	hosts := func(p *forwarded.Proxies) { p.Host = true }
	only := func(f forwarded.Family) func(*forwarded.Proxies) {
		return func(p *forwarded.Proxies) { p.Family = f }
	}
	tests := []struct {
		name  string
		peer  string
		with  func(*forwarded.Proxies)
		lines []string
		want  string
	}{
		{"nothing forwarded", proxy, nil, nil, "10.0.0.1:999 app.internal"},
		{"an outsider's claims", outsider, nil, []string{"X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1;proto=https;host=evil", "X-Forwarded-Proto: https"}, outsider + " app.internal"},
		{"an IPv6 outsider", "[2001:db8::1]:5", nil, []string{"X-Forwarded-For: 127.0.0.1"}, "[2001:db8::1]:5 app.internal"},

		{"one hop", proxy, nil, []string{"X-Forwarded-For: 192.0.2.1"}, "192.0.2.1:0 app.internal"},
		{"the nearest untrusted", proxy, nil, []string{"X-Forwarded-For: 127.0.0.1, 192.0.2.1, 10.0.0.7"}, "192.0.2.1:0 app.internal"},
		{"over several lines", proxy, nil, []string{"X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 10.0.0.7"}, "192.0.2.1:0 app.internal"},
		{"all trusted: the outermost", proxy, nil, []string{"X-Forwarded-For: 10.0.0.9, 10.0.0.8"}, "10.0.0.9:0 app.internal"},
		{"empty members", proxy, nil, []string{"X-Forwarded-For: , 192.0.2.1,,"}, "192.0.2.1:0 app.internal"},
		{"a port", proxy, nil, []string{"X-Forwarded-For: 192.0.2.1:1234"}, "192.0.2.1:1234 app.internal"},
		{"IPv6", proxy, nil, []string{"X-Forwarded-For: 2001:db8::7"}, "[2001:db8::7]:0 app.internal"},
		{"IPv6 in brackets", proxy, nil, []string{"X-Forwarded-For: [2001:db8::7]"}, "[2001:db8::7]:0 app.internal"},
		{"IPv6 with a port", proxy, nil, []string{"X-Forwarded-For: [2001:db8::7]:80"}, "[2001:db8::7]:80 app.internal"},
		{"IPv4 in IPv6 is trusted as IPv4", proxy, nil, []string{"X-Forwarded-For: 192.0.2.1, ::ffff:10.1.1.1"}, "192.0.2.1:0 app.internal"},
		{"a peer in IPv6 form", "[::ffff:10.0.0.1]:9", nil, []string{"X-Forwarded-For: 192.0.2.1"}, "192.0.2.1:0 app.internal"},
		{"a trusted IPv6 hop with a zone", "[2001:db8:ffff::1%eth0]:9", nil, []string{"X-Forwarded-For: 192.0.2.1"}, "192.0.2.1:0 app.internal"},
		{"unknown", proxy, nil, []string{"X-Forwarded-For: 127.0.0.1, unknown"}, "unknown app.internal"},
		{"malformed beyond the client", proxy, nil, []string{"X-Forwarded-For: <script>, 192.0.2.1"}, "192.0.2.1:0 app.internal"},
		{"malformed where a proxy wrote", proxy, nil, []string{"X-Forwarded-For: 192.0.2.1, nonsense"}, "400"},
		{"leading zeros", proxy, nil, []string{"X-Forwarded-For: 192.0.2.010"}, "400"},
		{"an impossible port", proxy, nil, []string{"X-Forwarded-For: 192.0.2.1:99999"}, "400"},
		{"more than a hundred hops", proxy, nil, []string{"X-Forwarded-For: " + strings.Repeat("10.0.0.2,", 101)}, "400"},

		{"scheme", proxy, nil, []string{"X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"}, "192.0.2.1:0 app.internal https://app.internal/a?b=c"},
		{"scheme alone", proxy, nil, []string{"X-Forwarded-Proto: HTTPS"}, "10.0.0.1:999 app.internal https://app.internal/a?b=c"},
		{"scheme of a websocket", proxy, nil, []string{"X-Forwarded-Proto: wss"}, "10.0.0.1:999 app.internal https://app.internal/a?b=c"},
		{"schemes in step with hops", proxy, nil, []string{"X-Forwarded-For: 192.0.2.1, 10.0.0.2", "X-Forwarded-Proto: https, http"}, "192.0.2.1:0 app.internal https://app.internal/a?b=c"},
		{"a client's scheme before the proxy's", proxy, nil, []string{"X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https, http"}, "192.0.2.1:0 app.internal http://app.internal/a?b=c"},
		{"no scheme", proxy, nil, []string{"X-Forwarded-Proto: javascript"}, "10.0.0.1:999 app.internal"},

		{"X-Forwarded-Host unasked", proxy, nil, []string{"X-Forwarded-Host: evil.example"}, "10.0.0.1:999 app.internal"},
		{"X-Forwarded-Host", proxy, hosts, []string{"X-Forwarded-Host: shop.example:8443", "X-Forwarded-Proto: https"}, "10.0.0.1:999 shop.example:8443 https://shop.example:8443/a?b=c"},
		{"the last of several hosts", proxy, hosts, []string{"X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: evil.example, shop.example"}, "192.0.2.1:0 shop.example"},
		{"a host that is none", proxy, hosts, []string{"X-Forwarded-Host: evil.example/path?"}, "10.0.0.1:999 app.internal"},
		{"a host with a user", proxy, hosts, []string{"X-Forwarded-Host: shop.example@evil.example"}, "10.0.0.1:999 app.internal"},
		{"an IPv6 host", proxy, hosts, []string{"X-Forwarded-Host: [2001:db8::1]:80"}, "10.0.0.1:999 [2001:db8::1]:80"},

		{"Forwarded", proxy, nil, []string{"Forwarded: for=192.0.2.60;proto=https;by=203.0.113.43;host=shop.example"}, "192.0.2.60:0 shop.example https://shop.example/a?b=c"},
		{"Forwarded with quotes", proxy, nil, []string{`Forwarded: For="[2001:db8:cafe::17]:4711"`}, "[2001:db8:cafe::17]:4711 app.internal"},
		{"Forwarded, several hops", proxy, nil, []string{"Forwarded: for=127.0.0.1;host=evil, for=192.0.2.43;host=shop.example, for=10.3.2.1;host=inner"}, "192.0.2.43:0 shop.example"},
		{"Forwarded, obfuscated", proxy, nil, []string{"Forwarded: for=_hidden"}, "_hidden app.internal"},
		{"Forwarded, obfuscated with a port", proxy, nil, []string{`Forwarded: for="_SEVKISEK:_x7"`}, "_SEVKISEK app.internal"},
		{"Forwarded, a hidden port", proxy, nil, []string{`Forwarded: for="192.0.2.1:_hid"`}, "192.0.2.1:0 app.internal"},
		{"Forwarded without for", proxy, nil, []string{"Forwarded: proto=https"}, "unknown app.internal https://app.internal/a?b=c"},
		{"Forwarded, escaped", proxy, nil, []string{`Forwarded: for="192\.0.2.1"`}, "192.0.2.1:0 app.internal"},
		{"Forwarded, a parameter twice", proxy, nil, []string{"Forwarded: for=192.0.2.1;for=127.0.0.1"}, "400"},
		{"Forwarded, an outsider's open quote", proxy, nil, []string{`Forwarded: for="127.0.0.1, for=192.0.2.1`}, "400"},
		{"Forwarded, an outsider's open quote closed by the proxy's", proxy, nil, []string{`Forwarded: for=127.0.0.1;host=", for="[2001:db8::1]"`}, "400"},
		{"Forwarded, an outsider's open quote on a line of its own", proxy, nil, []string{`Forwarded: for="127.0.0.1`, "Forwarded: for=192.0.2.1"}, "192.0.2.1:0 app.internal"},

		{"both agree", proxy, nil, []string{"Forwarded: for=192.0.2.1;proto=https", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"}, "192.0.2.1:0 app.internal https://app.internal/a?b=c"},
		{"both disagree", proxy, nil, []string{"Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.2"}, "400"},
		{"both disagree on the scheme", proxy, nil, []string{"Forwarded: for=192.0.2.1;proto=http", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"}, "400"},
		{"a client's Forwarded beside the proxy's X-Forwarded-For: host", proxy, nil, []string{"Forwarded: for=192.0.2.1;host=evil.example", "X-Forwarded-For: 192.0.2.1"}, "192.0.2.1:0 app.internal"},
		{"a client's Forwarded beside the proxy's X-Forwarded-For: scheme", proxy, nil, []string{"Forwarded: for=192.0.2.1;proto=https", "X-Forwarded-For: 192.0.2.1"}, "192.0.2.1:0 app.internal"},
		{"a client's X-Forwarded-For and -Proto beside the proxy's Forwarded", proxy, nil, []string{"Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"}, "192.0.2.1:0 app.internal"},
		{"both say the host", proxy, hosts, []string{"Forwarded: for=192.0.2.1;host=shop.example", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: shop.example"}, "192.0.2.1:0 shop.example"},
		{"Forwarded leaves no room for X-Forwarded-Proto", proxy, nil, []string{"Forwarded: for=192.0.2.1", "X-Forwarded-Proto: https"}, "192.0.2.1:0 app.internal"},
		{"Standard", proxy, only(forwarded.Standard), []string{"Forwarded: for=192.0.2.1", "X-Forwarded-For: 127.0.0.1"}, "192.0.2.1:0 app.internal"},
		{"XForwarded", proxy, only(forwarded.XForwarded), []string{"Forwarded: for=127.0.0.1", "X-Forwarded-For: 192.0.2.1"}, "192.0.2.1:0 app.internal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &forwarded.Proxies{Trusted: trust}
			if tt.with != nil {
				tt.with(p)
			}
			if got, _ := send(t, p, tt.peer, tt.lines...); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What was not believed is not handed on either.
func TestUnconfirmedForwardedIsRemoved(t *testing.T) {
	p := &forwarded.Proxies{Trusted: prefixes("10.0.0.0/8")}
	_, r := send(t, p, "10.0.0.1:999", "Forwarded: for=192.0.2.1;host=evil.example", "X-Forwarded-For: 192.0.2.1")
	if got := r.Header["Forwarded"]; got != nil {
		t.Errorf("Forwarded is handed on as %q", got)
	}
}

func TestEmptyListTrustsNobody(t *testing.T) {
	for _, peer := range []string{"127.0.0.1:1", "[::1]:1", "@", ""} {
		got, _ := send(t, &forwarded.Proxies{}, peer, "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https")
		if want := peer + " app.internal"; got != want {
			t.Errorf("peer %q: got %s", peer, got)
		}
	}
}

// What nobody trusted has vouched for does not get inside, under any spelling.
func TestFieldsInside(t *testing.T) {
	lines := []string{
		"X-Forwarded-For: 127.0.0.1, 192.0.2.1, 10.0.0.2", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https",
		"X-Forwarded-Port: 443", "X-Real-Ip: 127.0.0.1", "X_forwarded_for: 127.0.0.1", "x-forwarded-for: 127.0.0.1", "Accept: text/html",
	}
	tests := []struct {
		name, peer string
		lines      []string
		want       string
	}{
		{"from an outsider", outsider, append(lines, "Forwarded: for=127.0.0.1"), "map[Accept:[text/html]]"},
		{
			"from a proxy", proxy, lines[:6],
			"map[X-Forwarded-For:[192.0.2.1, 10.0.0.2] X-Forwarded-Port:[443] X-Forwarded-Proto:[https] X-Real-Ip:[192.0.2.1]]",
		},
		{
			"from a proxy, standard", proxy,
			[]string{`Forwarded: for=127.0.0.1, for="192.0.2.1";proto=http, for=10.0.0.2`},
			`map[Forwarded:[for="192.0.2.1";proto=http, for=10.0.0.2] X-Forwarded-Proto:[http]]`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, inner := send(t, &forwarded.Proxies{Trusted: prefixes("10.0.0.0/8")}, tt.peer, tt.lines...)
			if got := fmt.Sprint(inner.Header); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestFrom(t *testing.T) {
	p := &forwarded.Proxies{Trusted: prefixes("10.0.0.0/8")}
	tests := []struct {
		name, peer string
		lines      []string
		want       string
	}{
		{"nothing forwarded", proxy, nil, `false {false "" "" "" ""}`},
		{"an outsider", outsider, []string{"X-Forwarded-For: 1.2.3.4"}, `true {false "203.0.113.9:4000" "" "" ""}`},
		{"a proxy", proxy, []string{"Forwarded: for=192.0.2.1;proto=https;host=h"}, `true {true "10.0.0.1:999" "192.0.2.1" "https" "h"}`},
		{"hidden", proxy, []string{"Forwarded: for=_x"}, `true {true "10.0.0.1:999" "_x" "" ""}`},
		{"scheme alone", proxy, []string{"X-Forwarded-Proto: http"}, `true {true "10.0.0.1:999" "10.0.0.1" "http" ""}`},
	}
	for _, tt := range tests {
		_, inner := send(t, p, tt.peer, tt.lines...)
		o, ok := forwarded.From(inner.Context())
		client := o.Identifier
		if o.Addr.IsValid() {
			client = o.Addr.String()
		}
		if got := fmt.Sprintf("%t {%t %q %q %q %q}", ok, o.Trusted, o.Peer, client, o.Scheme, o.Host); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A listener on a Unix-domain socket gives its peers no address to trust them by.
func TestUnixSocket(t *testing.T) {
	for _, trust := range []bool{false, true} {
		p := &forwarded.Proxies{TrustUnixSocket: trust}
		s := httptest.NewUnstartedServer(p.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.RemoteAddr)
		})))
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Skip("no Unix-domain sockets here: ", err)
		}
		s.Listener.Close()
		s.Listener = l
		s.Start()
		defer s.Close()
		client := &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", path)
			},
		}}
		defer client.CloseIdleConnections()
		r, _ := http.NewRequest("GET", "http://app/", nil)
		r.Header.Set("X-Forwarded-For", "192.0.2.1")
		got := body(t, client, r)
		if trusted := got == "192.0.2.1:0"; trusted != trust {
			t.Errorf("TrustUnixSocket %t: RemoteAddr is %q", trust, got)
		}
	}
}

func body(t *testing.T, c *http.Client, r *http.Request) string {
	t.Helper()
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Over real connections, and with what the mux found out handed back to the outside.
func TestServers(t *testing.T) {
	var pattern string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{x}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, seen(r)) })
	p := &forwarded.Proxies{Trusted: prefixes("127.0.0.0/8", "::1/128")}
	inside := p.Wrap(mux)
	outside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside.ServeHTTP(w, r)
		pattern = r.Pattern
	})
	for _, h2 := range []bool{false, true} {
		s := httptest.NewUnstartedServer(outside)
		s.EnableHTTP2 = h2
		s.TLS = &tls.Config{}
		s.StartTLS()
		defer s.Close()
		r, _ := http.NewRequest("GET", s.URL+"/a", nil)
		r.Header.Set("Forwarded", `for="[2001:db8::1]:99";proto=https;host=shop.example`)
		if got, want := body(t, s.Client(), r), "[2001:db8::1]:99 shop.example https://shop.example/a"; got != want {
			t.Errorf("HTTP/2 %t: got %s, want %s", h2, got, want)
		}
		if pattern != "GET /{x}" {
			t.Errorf("HTTP/2 %t: the layer outside sees the pattern %q", h2, pattern)
		}
	}
}

// A contradiction is answered like every error of surcoat, and does not reach the application.
func TestRefusal(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = proxy
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-Forwarded-For", "nonsense-from-proxy")
	w := httptest.NewRecorder()
	p := &forwarded.Proxies{Trusted: prefixes("10.0.0.0/8")}
	p.Wrap(http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != 400 || w.Header().Get("Content-Type") != "application/problem+json" || strings.Contains(w.Body.String(), "nonsense") {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestWrapRefuses(t *testing.T) {
	tests := []struct {
		name string
		p    *forwarded.Proxies
		next http.Handler
		want string
	}{
		{"nil next", &forwarded.Proxies{}, nil, "next is nil"},
		{"the zero prefix", &forwarded.Proxies{Trusted: make([]netip.Prefix, 1)}, http.NotFoundHandler(), "Proxies.Trusted[0]"},
		{"no family", &forwarded.Proxies{Family: 7}, http.NotFoundHandler(), "Proxies.Family"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tt.want) {
					t.Errorf("panic %q does not name %q", got, tt.want)
				}
			}()
			tt.p.Wrap(tt.next)
		})
	}
}

// The caller's slice is read once.
func TestTrustedIsCopied(t *testing.T) {
	p := &forwarded.Proxies{Trusted: prefixes("::ffff:10.0.0.0/104")}
	h := p.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) }))
	p.Trusted[0] = netip.MustParsePrefix("0.0.0.0/0")
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = proxy
	r.Header.Set("X-Forwarded-For", "1.1.1.1, 192.0.2.1")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Body.String(); got != "192.0.2.1:0" {
		t.Errorf("got %s", got)
	}
}

func TestCostsNothingWhenNothingIsForwarded(t *testing.T) {
	h := (&forwarded.Proxies{Trusted: prefixes("10.0.0.0/8")}).Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	if n := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
