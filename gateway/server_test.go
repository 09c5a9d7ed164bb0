package gateway_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway"
)

var quiet = slog.New(slog.DiscardHandler)

// serve runs s at a free port of the loopback interface until the test ends, and returns where.
func serve(t *testing.T, s *gateway.Server, protocol string) net.Addr {
	t.Helper()
	l, err := gateway.Listen(t.Context(), protocol+"://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.URL = protocol + ":"
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.ServeListener(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return l.Addr()
}

func path(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, gateway.Prefix(r.Context())+" "+r.URL.EscapedPath())
}

// spec: a Mount strips or keeps the prefix, over HTTP and over SCGI alike.
func TestMount(t *testing.T) {
	for _, tt := range []struct{ mount, path, want string }{
		{"", "/a%2Fb", " /a%2Fb"},
		{"/", "/wiki/a", " /wiki/a"},
		{"/wiki", "/wiki/a%2Fb", "/wiki /a%2Fb"},
		{"/wiki/", "/wiki/a", "/wiki /a"},
		{"/wiki", "/wiki", "/wiki /"},
		{"/wiki", "/wikis", "404"},
		{"/wiki", "/a", "404"},
		{"/à b", "/%C3%A0%20b/c", "/%C3%A0%20b /c"},
	} {
		addr := serve(t, &gateway.Server{Handler: http.HandlerFunc(path), Mount: tt.mount, Logger: quiet}, "any")
		resp, err := http.Get("http://" + addr.String() + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got := string(b); got != tt.want && !(tt.want == "404" && resp.StatusCode == 404) {
			t.Errorf("http: %q %s: %d %q", tt.mount, tt.path, resp.StatusCode, got)
		}
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		head := "CONTENT_LENGTH\x000\x00SCGI\x001\x00REQUEST_METHOD\x00GET\x00REQUEST_URI\x00" + tt.path + "\x00SERVER_PROTOCOL\x00HTTP/1.1\x00HTTP_HOST\x00h\x00"
		io.WriteString(c, netstring(head))
		b, err = io.ReadAll(c)
		c.Close()
		want := tt.want
		if want == "404" {
			want = "Status: 404"
		}
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("scgi: %q %s: %q, %v", tt.mount, tt.path, b, err)
		}
	}
}

func netstring(s string) string {
	return big.NewInt(int64(len(s))).String() + ":" + s + ","
}

// A handler's uploads are cleaned up, and layers outside see the pattern, through the mount.
func TestMountHandsBack(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a/{id}", func(http.ResponseWriter, *http.Request) {})
	addr := serve(t, &gateway.Server{Handler: mux, Mount: "/m", Logger: quiet}, "http")
	resp, err := http.Get("http://" + addr.String() + "/m/a/7")
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
}

func TestServerErrors(t *testing.T) {
	h := http.NotFoundHandler()
	for _, tt := range []struct {
		server gateway.Server
		want   string
	}{
		{gateway.Server{}, "Server.Handler is nil"},
		{gateway.Server{Handler: h, Mount: "wiki"}, "Server.Mount"},
		{gateway.Server{Handler: h, Mount: "/a?b"}, "Server.Mount"},
		{gateway.Server{Handler: h, CertFile: "a"}, "go together"},
		{gateway.Server{Handler: h, MaxConns: -1}, "Server.MaxConns is negative"},
		{gateway.Server{Handler: h, ReadTimeout: -1}, "Server.ReadTimeout is negative"},
		{gateway.Server{Handler: h, URL: "https://127.0.0.1:0", CertFile: "/nowhere", KeyFile: "/nowhere"}, "Server.CertFile /nowhere"},
		{gateway.Server{Handler: h, URL: "ajp://127.0.0.1:0", SecretFile: "/nowhere"}, "Server.SecretFile"},
		{gateway.Server{Handler: h, URL: "http://127.0.0.1:0/wiki"}, "Server.Mount"},
	} {
		if err := tt.server.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt.server, err)
		}
	}
}

// Requests under way are answered before Serve returns; those that take too long are cut off, which
// is an error.
func TestShutdown(t *testing.T) {
	for _, protocol := range []string{"http", "any"} {
		for _, slow := range []bool{false, true} {
			l, err := gateway.Listen(t.Context(), protocol+"://127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			entered, leave := make(chan bool), make(chan bool)
			s := &gateway.Server{URL: protocol + ":", Logger: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				close(entered)
				<-leave
				io.WriteString(w, "whole")
			})}
			if slow {
				s.ShutdownTimeout = time.Millisecond
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.ServeListener(ctx, l) }()
			answer := make(chan string, 1)
			go func() {
				resp, err := http.Get("http://" + l.Addr().String())
				if err != nil {
					answer <- "cut off"
					return
				}
				defer resp.Body.Close()
				b, _ := io.ReadAll(resp.Body)
				answer <- string(b)
			}()
			<-entered
			stop()
			if !slow {
				close(leave)
			}
			got, err := <-answer, <-done
			if slow && (got != "cut off" || err == nil || !strings.Contains(err.Error(), "ShutdownTimeout")) || !slow && (got != "whole" || err != nil) {
				t.Errorf("%s, slow %t: %q, %v", protocol, slow, got, err)
			}
			if slow {
				close(leave)
			}
		}
	}
}

// Any tells the protocols apart by the first byte, and drops what it does not know.
func TestAny(t *testing.T) {
	cert, key, pool := writeCertificate(t, t.TempDir(), "first.example")
	addr := serve(t, &gateway.Server{Handler: http.HandlerFunc(path), CertFile: cert, KeyFile: key, Logger: quiet}, "any")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "first.example"}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + addr.String() + "/tls")
	if err != nil || resp.ProtoMajor != 2 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	h2c := &http.Client{Transport: &http.Transport{Protocols: new(http.Protocols)}}
	defer h2c.CloseIdleConnections()
	h2c.Transport.(*http.Transport).Protocols.SetUnencryptedHTTP2(true)
	if resp, err = h2c.Get("http://" + addr.String() + "/h2c"); err != nil || resp.ProtoMajor != 2 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	for protocol := range wires {
		if got := mustAsk(t, addr, protocol, "/a%2Fb"); got != " /a%2Fb" {
			t.Errorf("%s: %q", protocol, got)
		}
	}
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "\xff")
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("an unknown protocol was answered with %d bytes, %v", n, err)
	}
}

// A renewed certificate is used; one that does not fit its key is not.
func TestCertificateRenewed(t *testing.T) {
	gateway.SetCheckEvery(t, time.Nanosecond)
	dir := t.TempDir()
	cert, key, _ := writeCertificate(t, dir, "first.example")
	addr := serve(t, &gateway.Server{Handler: http.HandlerFunc(path), CertFile: cert, KeyFile: key, Logger: quiet}, "https")
	name := func() string { return nameAt(t, addr) }
	if got := name(); got != "first.example" {
		t.Errorf("serves %s", got)
	}
	if err := os.WriteFile(cert, []byte("half a certif"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "first.example" {
		t.Errorf("serves %s with a broken file", got)
	}
	writeCertificate(t, dir, "second.example")
	if got := name(); got != "second.example" {
		t.Errorf("serves %s after the renewal", got)
	}
}

// writeCertificate makes a certificate for name in dir.
func writeCertificate(t *testing.T, dir, name string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	err = errors.Join(
		os.WriteFile(cert, certPEM, 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return cert, key, pool
}

// The log says where and why, once.
func TestServeLogs(t *testing.T) {
	var log bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s := &gateway.Server{Handler: http.NotFoundHandler(), URL: "http://127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(&log, nil))}
	if err := s.Serve(ctx); err != nil {
		t.Error(err)
	}
	if got := log.String(); strings.Count(got, "gateway: serving") != 1 || !strings.Contains(got, "at=http://127.0.0.1:") || !strings.Contains(got, "Server.URL says so") {
		t.Errorf("the log has\n%s", got)
	}
}
