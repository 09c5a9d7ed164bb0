package gateway_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway"
)

// client is one that speaks only that, and looks at no certificate.
func client(t *testing.T, set func(*http.Protocols)) *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols), TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	set(transport.Protocols)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

// spec: HTTP/1.1 and HTTP/2, over TLS as ALPN says and by prior knowledge without, each with many
// requests at once, bodies and trailers.
func TestHTTPVersions(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-After")
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%s %d %v, TLS %t", r.Proto, n, err, r.TLS != nil)
		w.Header().Set("X-After", "done")
	})
	cert, key, _ := writeCertificate(t, t.TempDir(), "first.example")
	plain := serve(t, &gateway.Server{Handler: h, Logger: quiet}, "http").String()
	secure := serve(t, &gateway.Server{Handler: h, Logger: quiet, CertFile: cert, KeyFile: key}, "https").String()
	bounded := serve(t, &gateway.Server{Handler: h, Logger: quiet, CertFile: cert, KeyFile: key, MaxConns: 40}, "https").String()
	all := serve(t, &gateway.Server{Handler: h, Logger: quiet, CertFile: cert, KeyFile: key}, "any").String()
	http1 := func(p *http.Protocols) { p.SetHTTP1(true) }
	for _, tt := range []struct {
		url  string
		set  func(*http.Protocols)
		want string
	}{
		{"http://" + plain, http1, "HTTP/1.1 70000 <nil>, TLS false"},
		{"http://" + plain, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, "HTTP/2.0 70000 <nil>, TLS false"},
		{"https://" + secure, http1, "HTTP/1.1 70000 <nil>, TLS true"},
		{"https://" + secure, func(p *http.Protocols) { p.SetHTTP2(true) }, "HTTP/2.0 70000 <nil>, TLS true"},
		{"https://" + secure, func(p *http.Protocols) { p.SetHTTP1(true); p.SetHTTP2(true) }, "HTTP/2.0 70000 <nil>, TLS true"},
		{"https://" + bounded, http1, "HTTP/1.1 70000 <nil>, TLS true"},
		{"https://" + bounded, func(p *http.Protocols) { p.SetHTTP2(true) }, "HTTP/2.0 70000 <nil>, TLS true"},
		{"http://" + all, http1, "HTTP/1.1 70000 <nil>, TLS false"},
		{"http://" + all, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, "HTTP/2.0 70000 <nil>, TLS false"},
		{"https://" + all, func(p *http.Protocols) { p.SetHTTP2(true) }, "HTTP/2.0 70000 <nil>, TLS true"},
	} {
		c := client(t, tt.set)
		var requests sync.WaitGroup
		for range 30 {
			requests.Go(func() {
				resp, err := c.Post(tt.url, "text/plain", io.LimitReader(zeros{}, 70_000))
				if err != nil {
					t.Error(tt.url, err)
					return
				}
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				if string(b) != tt.want || err != nil || resp.Trailer.Get("X-After") != "done" {
					t.Errorf("%s: %q %v %v instead of %q", tt.url, b, err, resp.Trailer, tt.want)
				}
			})
		}
		requests.Wait()
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A certificate that is renewed again and again, in the worst way, with a moment in which its
// file and that of its key do not fit, costs no client a request: neither those with a
// connection nor those that come just then.
func TestCertificateRenewedUnderLoad(t *testing.T) {
	gateway.SetCheckEvery(t, time.Millisecond)
	dir := t.TempDir()
	cert, key, _ := writeCertificate(t, dir, "0.example")
	addr := serve(t, &gateway.Server{Handler: http.HandlerFunc(path), CertFile: cert, KeyFile: key, Logger: quiet}, "https")
	await(t, "0.example", func() string { return nameAt(t, addr) }) // it has read the files
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	var served, fresh atomic.Int64
	for i := range 4 {
		c := client(t, func(p *http.Protocols) { p.SetHTTP1(i%2 == 0); p.SetHTTP2(i%2 == 1) })
		c.Transport.(*http.Transport).DisableKeepAlives = i < 2
		clients.Go(func() {
			for ctx.Err() == nil {
				resp, err := c.Get("https://" + addr.String() + "/a")
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				served.Add(1)
				if i < 2 {
					fresh.Add(1)
				}
			}
		})
	}
	name := ""
	for n := 1; n <= 20; n++ {
		name = fmt.Sprint(n, ".example")
		writeCertificate(t, dir, name)
		await(t, name, func() string { return nameAt(t, addr) })
	}
	stop()
	clients.Wait()
	t.Logf("%d requests, %d of them on connections of their own, while 20 certificates came", served.Load(), fresh.Load())
	if fresh.Load() < 20 {
		t.Errorf("only %d connections", fresh.Load())
	}
}

// await waits until get gives what is wanted.
func await(t *testing.T, want string, get func() string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		got := get()
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q instead of %q", got, want)
		}
	}
}

// nameAt is the name in the certificate that a new connection gets.
func nameAt(t *testing.T, addr net.Addr) string {
	t.Helper()
	c, err := tls.Dial("tcp", addr.String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].DNSNames[0]
}
