package auth_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/forwarded"
)

// shown answers with the identity, and what is left of the fields of proxies.
func shown(field string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context())
		_, _ = io.WriteString(w, id.Subject+" "+strings.Join(id.Roles, "+"))
		for name, values := range r.Header {
			if strings.EqualFold(strings.ReplaceAll(name, "_", "-"), field) {
				_, _ = io.WriteString(w, " sees "+strings.Join(values, ","))
			}
		}
	})
}

func local(s string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(s)} }

// spec 27
func TestProxyHeader(t *testing.T) {
	for _, tt := range []struct {
		name    string
		peer    string
		trusted []netip.Prefix
		header  http.Header
		status  int
		want    string
	}{
		{"trusted", "127.0.0.1:1", local("127.0.0.0/8"), http.Header{"X-User": {"ada"}, "X-Roles": {"a, b,"}}, 200, "ada a+b sees ada"},
		{"trusted, IPv4 in IPv6", "[::ffff:127.0.0.1]:1", local("127.0.0.0/8"), http.Header{"X-User": {"ada"}}, 200, "ada  sees ada"},
		{"trusted, no user", "127.0.0.1:1", local("127.0.0.0/8"), nil, 200, " "},
		{"trusted, empty", "127.0.0.1:1", local("127.0.0.0/8"), http.Header{"X-User": {" "}}, 200, "  sees  "},
		{"trusted, two values", "127.0.0.1:1", local("127.0.0.0/8"), http.Header{"X-User": {"ada", "bob"}}, 403, ""},
		{"trusted, an alias beside", "127.0.0.1:1", local("127.0.0.0/8"), http.Header{"X-User": {"ada"}, "X_user": {"root"}}, 403, ""},
		{"trusted, an alias alone", "127.0.0.1:1", local("127.0.0.0/8"), http.Header{"X_user": {"root"}}, 403, ""},
		{"trusted, an alias of the roles", "127.0.0.1:1", local("127.0.0.0/8"), http.Header{"X-User": {"ada"}, "X_roles": {"admin"}}, 403, ""},
		{"trusted, as HTTP/2 writes it", "127.0.0.1:1", local("127.0.0.0/8"), http.Header{"x-user": {"ada"}}, 200, "ada  sees ada"},
		{"trusted, a control character", "127.0.0.1:1", local("127.0.0.0/8"), http.Header{"X-User": {"a\x00b"}}, 403, ""},
		{"not trusted", "10.0.0.1:1", local("127.0.0.0/8"), http.Header{"X-User": {"ada"}, "X-Roles": {"admin"}}, 200, " "},
		{"not trusted, an alias", "10.0.0.1:1", local("127.0.0.0/8"), http.Header{"X_User": {"ada"}}, 200, " "},
		{"nobody is trusted", "127.0.0.1:1", nil, http.Header{"X-User": {"ada"}}, 200, " "},
		{"no address", "@", local("127.0.0.0/8"), http.Header{"X-User": {"ada"}}, 200, " "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			guard := &auth.Guard{
				Schemes:  []auth.Scheme{&auth.ProxyHeader{Field: "X-User", RolesField: "x-roles", Trusted: tt.trusted}},
				Optional: true,
			}
			r := request("GET", "/")
			r.RemoteAddr = tt.peer
			if tt.header != nil {
				r.Header = tt.header.Clone()
			}
			w := answer(guard.Wrap(shown("X-User")), r)
			if w.Code != tt.status || w.Code == 200 && w.Body.String() != tt.want {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, tt.status, tt.want)
			}
		})
	}
}

// The peer is who connected, also where forwarded.Proxies has put the client in its place.
func TestProxyHeaderBehindForwarded(t *testing.T) {
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.ProxyHeader{Field: "X-User", Trusted: local("127.0.0.1/32")}}, Optional: true}
	h := (&forwarded.Proxies{Trusted: local("127.0.0.1/32")}).Wrap(guard.Wrap(shown("X-User")))
	r := request("GET", "/", "X-User", "ada", "X-Forwarded-For", "203.0.113.9")
	r.RemoteAddr = "127.0.0.1:1"
	if w := answer(h, r); w.Body.String() != "ada  sees ada" {
		t.Errorf("through the proxy: %q", w.Body)
	}
	r = request("GET", "/", "X-User", "ada", "X-Forwarded-For", "127.0.0.1")
	r.RemoteAddr = "203.0.113.9:1"
	if w := answer(h, r); w.Body.String() != " " {
		t.Errorf("around it: %q", w.Body)
	}
}

func TestProxyHeaderUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	for _, trust := range []bool{false, true} {
		guard := &auth.Guard{Schemes: []auth.Scheme{&auth.ProxyHeader{Field: "X-User", TrustUnixSocket: trust}}, Optional: true}
		s := httptest.NewUnstartedServer(guard.Wrap(who{}))
		s.Listener = l
		if trust {
			if s.Listener, err = net.Listen("unix", path+"2"); err != nil {
				t.Fatal(err)
			}
		}
		at := s.Listener.Addr().String()
		s.Start()
		c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", at)
		}}}
		_, body := send(t, c, outgoing(t, "GET", "http://localhost/", "X-User", "ada"))
		if (body == "ada") != trust {
			t.Errorf("trusted %v: %s", trust, body)
		}
		c.CloseIdleConnections()
		s.Close()
	}
}

func TestProxyHeaderUsers(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse", "author")
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.ProxyHeader{Field: "X-User", Trusted: local("192.0.2.0/24"), Users: accounts.Users}}}
	h := guard.Wrap(shown("Nothing"))
	if w := answer(h, request("GET", "/", "X-User", "ada")); w.Body.String() != "ada author" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := answer(h, request("GET", "/", "X-User", "bob")); w.Code != 403 {
		t.Errorf("of nobody: %d", w.Code)
	}
	_ = accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error { u.Disabled = true; return nil })
	if w := answer(h, request("GET", "/", "X-User", "ada")); w.Code != 403 {
		t.Errorf("disabled: %d", w.Code)
	}
	// spec 24
	r := request("POST", "/", "X-User", "ada", "Sec-Fetch-Site", "cross-site")
	if w := answer(h, r); w.Code != 403 {
		t.Errorf("from another site: %d", w.Code)
	}
}

func TestProxyHeaderFields(t *testing.T) {
	for want, p := range map[string]*auth.ProxyHeader{
		"auth: ProxyHeader.Field is empty":                   {},
		"auth: ProxyHeader.Field \"a b\" is no name":         {Field: "a b"},
		"auth: ProxyHeader.RolesField \"a:\" is no name":     {Field: "a", RolesField: "a:"},
		"auth: ProxyHeader.RolesField is set beside Users":   {Field: "a", RolesField: "b", Users: &auth.MemoryUsers{}},
		"auth: ProxyHeader.Trusted[0] is not a valid prefix": {Field: "a", Trusted: []netip.Prefix{{}}},
	} {
		panics(t, want, func() { (&auth.Guard{Schemes: []auth.Scheme{p}}).Wrap(who{}) })
	}
}

func TestRemoteUser(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse", "author")
	user, kind := "", ""
	scheme := &auth.RemoteUser{From: func(*http.Request) (string, string) { return user, kind }, Users: accounts.Users}
	h := (&auth.Guard{Schemes: []auth.Scheme{scheme}, Optional: true}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context())
		_, _ = io.WriteString(w, id.Subject+" "+strings.Join(append(slices.Clone(id.Roles), id.Methods...), "+"))
	}))
	for _, tt := range []struct {
		user, kind string
		status     int
		want       string
	}{
		{"", "", 200, " "}, {"ada", "Basic", 200, "ada author+pwd"}, {"ada", "Negotiate", 200, "ada author"}, {"bob", "Basic", 403, ""},
	} {
		user, kind = tt.user, tt.kind
		if w := answer(h, request("GET", "/")); w.Code != tt.status || w.Code == 200 && w.Body.String() != tt.want {
			t.Errorf("%v: %d %q", tt, w.Code, w.Body)
		}
	}
	panics(t, "auth: RemoteUser.From is nil", func() { (&auth.Guard{Schemes: []auth.Scheme{&auth.RemoteUser{}}}).Wrap(who{}) })
}

func TestClientCert(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse", "author")
	leaf := func(name string, from, to time.Duration) []*x509.Certificate {
		return []*x509.Certificate{{Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to)}}
	}
	good := leaf("ada", -time.Hour, time.Hour)
	for _, tt := range []struct {
		name   string
		state  *tls.ConnectionState
		users  auth.Users
		status int
		want   string
	}{
		{"plain http", nil, nil, 200, "nobody"},
		{"no certificate", &tls.ConnectionState{}, nil, 200, "nobody"},
		{"verified", &tls.ConnectionState{PeerCertificates: good, VerifiedChains: [][]*x509.Certificate{good}}, nil, 200, "ada"},
		{"of a user", &tls.ConnectionState{PeerCertificates: good, VerifiedChains: [][]*x509.Certificate{good}}, accounts.Users, 200, "ada"},
		{"of no user", &tls.ConnectionState{PeerCertificates: good, VerifiedChains: [][]*x509.Certificate{leaf("bob", -1, time.Hour)}}, accounts.Users, 403, ""},
		{"without a name", &tls.ConnectionState{PeerCertificates: good, VerifiedChains: [][]*x509.Certificate{leaf("", -1, time.Hour)}}, nil, 403, ""},
		{"expired since the handshake", &tls.ConnectionState{PeerCertificates: good, VerifiedChains: [][]*x509.Certificate{leaf("ada", -time.Hour, -time.Second)}}, nil, 403, ""},
		{"not verified", &tls.ConnectionState{PeerCertificates: good}, nil, 403, ""},
	} {
		guard := &auth.Guard{Schemes: []auth.Scheme{&auth.ClientCert{Users: tt.users}}, Optional: true}
		r := request("GET", "/")
		r.TLS = tt.state
		if w := answer(guard.Wrap(who{}), r); w.Code != tt.status || w.Code == 200 && w.Body.String() != tt.want {
			t.Errorf("%s: %d %q", tt.name, w.Code, w.Body)
		}
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.ClientCert{Subject: func(c *x509.Certificate) string { return "cn=" + c.Subject.CommonName }}}}
	r := request("GET", "/")
	r.TLS = &tls.ConnectionState{PeerCertificates: good, VerifiedChains: [][]*x509.Certificate{good}}
	if w := answer(guard.Wrap(who{}), r); w.Body.String() != "cn=ada" {
		t.Errorf("a Subject of one's own: %q", w.Body)
	}
	r.Method = "POST" // spec 24
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := answer(guard.Wrap(who{}), r); w.Code != 403 {
		t.Errorf("from another site: %d", w.Code)
	}
}
