package e2e_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/surcoat/surcoat/gateway"
)

// A certificate is had from a real authority of ACME (Let's Encrypt's pebble), which asks for its
// proof at the very port that is served (TLS-ALPN-01, RFC 8737), and is used: by clients of
// HTTP/1.1 and HTTP/2, at once by several, and after a restart from the cache.
func TestACME(t *testing.T) {
	const host = "wiki.surcoat.test"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	authority := newAuthority(t, l.Addr().(*net.TCPAddr).Port)
	cache := autocert.DirCache(t.TempDir())
	for start := range 2 {
		if start > 0 {
			if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
				t.Fatal(err)
			}
			authority.server.Close() // nobody is asked any more
		}
		stop := serveACME(t, l, &autocert.Manager{
			Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(host), Cache: cache,
			Client: &acme.Client{DirectoryURL: authority.server.URL + wfe.DirectoryPath, HTTPClient: authority.server.Client()},
		})
		var clients sync.WaitGroup
		for i := range 6 {
			clients.Go(func() {
				if err := authority.visit(l.Addr(), host, i%2 == 0); err != nil {
					t.Errorf("start %d: %v", start, err)
				}
			})
		}
		clients.Wait()
		if start == 0 {
			if err := authority.visit(l.Addr(), "other.surcoat.test", false); err == nil {
				t.Error("a host that is not allowed got a certificate")
			}
		}
		stop()
	}
	if n := authority.orders(); n != 1 {
		t.Errorf("%d certificates were ordered instead of 1", n)
	}
}

func serveACME(t *testing.T, l net.Listener, m *autocert.Manager) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	s := &gateway.Server{URL: "https:", ACME: m, Logger: slog.New(slog.DiscardHandler), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s by HTTP/%d", r.Host, r.ProtoMajor)
	})}
	go func() { done <- s.ServeListener(ctx, l) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// authority is pebble, in this process, and the names that it can resolve: all, to 127.0.0.1.
type authority struct {
	server *httptest.Server
	ca     *ca.CAImpl

	mu    sync.Mutex
	count int
}

// newAuthority starts pebble. It asks for proofs at that port.
func newAuthority(t *testing.T, port int) *authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	a := &authority{ca: ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "default"}})}
	front := wfe.New(quiet, store, va.New(quiet, 1, port, false, resolver(t), store), a.ca, []string{"pebble.test"}, false, false, 1, 1)
	handler := front.Handler()
	a.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/order-plz" {
			a.mu.Lock()
			a.count++
			a.mu.Unlock()
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(a.server.Close)
	return a
}

func (a *authority) orders() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}

// resolver answers questions for addresses.
func resolver(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // it does not ask by UDP
	if err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		answer := new(dns.Msg)
		answer.SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			answer.Answer = []dns.RR{&dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET},
				A:   net.IPv4(127, 0, 0, 1),
			}}
		}
		_ = w.WriteMsg(answer)
	})}
	done := make(chan error, 1)
	go func() { done <- s.ActivateAndServe() }()
	t.Cleanup(func() {
		_ = s.Shutdown()
		_ = l.Close() // where it had not begun
		<-done
	})
	return l.Addr().String()
}

// visit asks host, which is at addr, and believes only what the authority has signed.
func (a *authority) visit(addr net.Addr, host string, http2 bool) error {
	roots := x509.NewCertPool()
	roots.AddCert(a.ca.GetRootCert(0).Cert)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: http2, Protocols: new(http.Protocols),
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, addr.Network(), addr.String())
		},
	}
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetHTTP2(http2)
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Get("https://" + host + "/")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	want := host + " by HTTP/1"
	if http2 {
		want = host + " by HTTP/2"
	}
	if string(b) != want {
		err = errors.Join(err, fmt.Errorf("the answer is %q instead of %q", b, want))
	}
	return err
}
