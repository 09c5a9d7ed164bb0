package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// buffer is a log that is read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var ready = regexp.MustCompile(`url=(\S+)`)

// url waits until the log says where to look.
func (b *buffer) url(t *testing.T) string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if m := ready.FindStringSubmatch(b.String()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("it does not say where to look:\n%s", b)
	return ""
}

// says waits until the log has a text.
func (b *buffer) says(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(b.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not say %q:\n%s", text, b)
		}
	}
}

// startRun runs the program until stop is called, which checks that it ends well.
func startRun(t *testing.T, log *buffer, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, log) }()
	return func() {
		t.Helper()
		cancel()
		select {
		case c := <-code:
			if c != 0 {
				t.Errorf("exit code %d\n%s", c, log)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("it does not stop\n%s", log)
		}
	}
}

// The program as it is started: it says where to look, serves, and stops when told to.
func TestRun(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for range 2 { // the second start finds what the first left
		ctx, stop := context.WithCancel(t.Context())
		var log buffer
		code := make(chan int, 1)
		go func() {
			code <- run(ctx, []string{"--listen", "http://localhost:0", "--data", data, "--name", "Testing"}, &log)
		}()
		url := log.url(t)
		if !strings.Contains(log.String(), "sessions="+filepath.Join(data, "sessions.db")) || !strings.Contains(log.String(), "cgitrace.Page → gzip.Compressor → session.Manager → auth.Guard") {
			t.Errorf("the log:\n%s", &log)
		}
		res, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), "Welcome · Testing") || !strings.Contains(string(body), "Revision 1,") {
			t.Errorf("%s, %v\n%s", res.Status, err, body)
		}
		if policy := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("Content-Security-Policy %q", policy)
		}
		stop()
		select {
		case c := <-code:
			if c != 0 {
				t.Errorf("exit code %d\n%s", c, &log)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("it does not stop\n%s", &log)
		}
	}
}

// With a certificate it serves https, and HTTP/2.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key, roots := certificate(t, dir)
	ctx, stop := context.WithCancel(t.Context())
	var log buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"--listen", "https://localhost:0", "--data", filepath.Join(dir, "data"), "--cert", cert, "--key", key}, &log)
	}()
	url := log.url(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	res, err := client.Get(url)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 200 || res.ProtoMajor != 2 {
		t.Errorf("%s %s", res.Proto, res.Status)
	}
	client.CloseIdleConnections()
	stop()
	if c := <-code; c != 0 {
		t.Errorf("exit code %d\n%s", c, &log)
	}
}

// certificate writes a certificate for localhost that signs itself.
func certificate(t *testing.T, dir string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key, roots
}

// What the machine refuses is said before the log calls the wiki ready.
func TestRefused(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--listen", "http://" + taken.Addr().String()}, "choose another place with --listen"},
		{[]string{"--listen", "8080"}, "write it as http://127.0.0.1:8080"},
		{[]string{"--listen", "ajp://0.0.0.0:0"}, "AJP_SECRET"},
		{[]string{"--listen", "https://localhost:0", "--cert", "no-such-cert", "--key", "no-such-key"}, "--cert no-such-cert"},
	} {
		var log buffer
		code := run(t.Context(), append(c.args, "--data", t.TempDir()), &log)
		if code != exitFailed || !strings.Contains(log.String(), c.want) || ready.MatchString(log.String()) || strings.Contains(log.String(), "administrator") {
			t.Errorf("%q: exit code %d\n%s", c.args, code, &log)
		}
	}
}

func TestDefaultData(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", filepath.FromSlash("/some/where"))
	if got := defaultData(); got != filepath.FromSlash("/some/where/surcoat-wiki") {
		t.Errorf("data goes to %s", got)
	}
}
