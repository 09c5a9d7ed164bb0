//go:build dev

package cgitrace_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// Names that are not this machine's, however much they look it, see no traceback; nor does
// what gives itself away as a proxy, on whatever line of the header.
func TestHostileGuards(t *testing.T) {
	page := &cgitrace.Page{AllowHosts: []string{"dev.box", "Büro.example"}, AllowFrom: []netip.Prefix{netip.MustParsePrefix("fe80::/10")}}
	shown := func(change func(*http.Request)) bool {
		r := request("GET", "*/*", "")
		change(r)
		w := traceback(page, r, culprit)
		if w.Code != 500 || !incidentNumber.MatchString(w.Body.String()) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		return strings.Contains(w.Body.String(), "culprit")
	}
	for _, host := range []string{
		"127.0.0.1.nip.io", "localhost.evil.example:8080", "localhost@evil.example", "evil.example:localhost", "evil.example#localhost",
		"localhost:80:evil.example", "xn--localhost-9za", "localhost\x00.evil.example", "127.1", "2130706433", "0x7f.1", "0.0.0.0", "0.0.0.0:8080",
		"[::]", "[::ffff:10.0.0.1]:80", "[fe80::1%25lo]:80", "notlocalhost", "dev.box.evil.example", "evil-dev.box", "::1evil", "", ":8080", "[", "]", "%00",
	} {
		if shown(func(r *http.Request) { r.Host = host }) {
			t.Errorf("shown under the name %q", host)
		}
	}
	for _, host := range []string{"LOCALHOST:8080", "localhost.:8080", "a.b.localhost", "127.8.9.1", "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]:80", "DEV.box.:443", "büro.example"} {
		if !shown(func(r *http.Request) { r.Host = host }) {
			t.Errorf("not shown under the name %q", host)
		}
	}
	for _, peer := range []string{"10.0.0.1:80", "[fd00::1]:80", "[::ffff:10.0.0.1]:80", "[::]:80", "0.0.0.0:80", "@", "", "localhost:80", "127.0.0.1", "[2001:db8::1%lo]:80", "[::1", "127.0.0.1:80, 10.0.0.1:80"} {
		if shown(func(r *http.Request) { r.RemoteAddr = peer }) {
			t.Errorf("shown to the peer %q", peer)
		}
	}
	for _, peer := range []string{"[fe80::1%eth0]:80", "[::1%lo]:80", "127.255.0.1:1"} {
		if !shown(func(r *http.Request) { r.RemoteAddr = peer }) {
			t.Errorf("not shown to the peer %q", peer)
		}
	}
	for _, field := range []string{
		"Forwarded", "Via", "X-Real-Ip", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-By-Whom", "x-forwarded-for", "X_FORWARDED_FOR", "X_real-ip", "X-Forwarded",
		"X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Cf-Ray", "Cdn-Loop", "Tailscale-User-Login", "X-Original-Forwarded-For", "X-Envoy-External-Address", "X-Arr-Log-Id", "X-Amzn-Trace-Id", "X-Azure-Ref", "X-Cloud-Trace-Context", "Client-Ip",
	} {
		for _, value := range []string{"127.0.0.1", ""} {
			if shown(func(r *http.Request) { r.Header[field] = []string{value} }) {
				t.Errorf("shown to a request with %s: %q", field, value)
			}
		}
	}
	// nginx forwards in HTTP/1.0, under the Host of its upstream, and without any field, where
	// nobody tells it otherwise.
	if shown(func(r *http.Request) { r.Proto, r.ProtoMinor = "HTTP/1.0", 0 }) {
		t.Error("shown to HTTP/1.0")
	}
	for _, fetch := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}},
		{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"embed"}},
		{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}},
		{"Sec-Fetch-Site": {"CROSS-SITE"}, "Sec-Fetch-Mode": {"no-cors"}},
		{"Sec-Fetch-Site": {"none", "cross-site"}, "Sec-Fetch-Mode": {"no-cors"}},
		{"Sec-Fetch-Site": {"unheard-of"}, "Sec-Fetch-Mode": {"no-cors"}},
		{"Origin": {"null"}},
		{"Origin": {"http://localhost:8080.evil.example"}},
		{"Origin": {"http://localhost:9090"}},
		{"Origin": {"http://evil.example@localhost"}},
		{"Origin": {"http://localhost:8080", "http://evil.example"}},
		{"Origin": {"::"}},
	} {
		if shown(func(r *http.Request) {
			for name, values := range fetch {
				r.Header[name] = values
			}
		}) {
			t.Errorf("shown to %v", fetch)
		}
	}
}

// What a raw client sends goes through the server's own parser first.
func TestHostileWire(t *testing.T) {
	page, _ := develop(&cgitrace.Page{})
	s := serve(t, page.Wrap(http.HandlerFunc(culprit)), false)
	for _, tt := range []struct {
		name, head string
		shows      bool
	}{
		{"local", "GET / HTTP/1.1\r\nHost: localhost\r\n", true},
		{"an absolute target", "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n", false},
		{"HTTP/1.0", "GET / HTTP/1.0\r\nHost: localhost\r\n", false},
		{"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n", false},
		{"two of X-Forwarded-For", "GET / HTTP/1.1\r\nHost: localhost\r\nx-forwarded-for: 1.2.3.4\r\nX-FORWARDED-FOR: 127.0.0.1\r\n", false},
		{"a proxy's field in the trailer", "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTrailer: Via\r\n", true},
	} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = io.WriteString(conn, tt.head+"Connection: close\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			conn.Close()
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		conn.Close()
		if shown := strings.Contains(string(body), "culprit"); shown != tt.shows || resp.StatusCode != 500 {
			t.Errorf("%s: %d, shown is %t: %.200s", tt.name, resp.StatusCode, shown, body)
		}
	}
}

// zeroes is a body of n bytes that nobody has in memory.
type zeroes struct{ n int64 }

func (z *zeroes) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.n)
	clear(p[:n])
	z.n -= n
	return int(n), nil
}

// The body of a request reaches the handler as the server reads it: chunked or not, asked
// for with 100 Continue or not; and a gigabyte is not kept.
func TestBodyOnTheWire(t *testing.T) {
	both(t, func(t *testing.T, h2 bool) {
		huge := int64(1 << 30)
		if h2 {
			huge >>= 4 // for the sake of the test's time
		}
		for _, tt := range []struct {
			name   string
			size   int64 // -1: as a chunked text
			expect bool
			read   bool
		}{
			{"chunked", -1, false, true},
			{"100-continue", 5, true, true},
			{"100-continue, unread", 5, true, false},
			{"huge", huge, false, true},
			{"huge, unread", huge, false, false},
		} {
			page, _ := develop(&cgitrace.Page{})
			var before, after runtime.MemStats
			s := serve(t, page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.read {
					runtime.ReadMemStats(&before)
					buf := make([]byte, 64<<10)
					for {
						_, err := r.Body.Read(buf)
						if err == io.EOF {
							break
						}
						if err != nil {
							t.Error(err)
							break
						}
					}
					runtime.ReadMemStats(&after)
				}
				panic("with a body")
			})), h2)
			var body io.Reader = &zeroes{tt.size}
			if tt.size < 0 {
				body = struct{ io.Reader }{strings.NewReader("in chunks")}
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			r, _ := http.NewRequestWithContext(ctx, "POST", s.URL, body)
			r.Host = "localhost"
			r.ContentLength = tt.size
			r.Header.Set("Content-Type", "text/plain")
			if tt.expect {
				r.Header.Set("Expect", "100-continue")
			}
			resp, err := s.Client().Do(r)
			if err != nil {
				cancel()
				if !tt.read && tt.size > 1<<20 && !h2 {
					continue // HTTP/1.1 has no way to answer while a body is still coming
				}
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			b, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			cancel()
			if resp.StatusCode != 500 || !strings.Contains(string(b), "with a body") {
				t.Errorf("%s: %d %.200s", tt.name, resp.StatusCode, b)
			}
			if grown := int64(after.TotalAlloc - before.TotalAlloc); tt.read && grown > 32<<20 && !h2 {
				t.Errorf("%s: %d bytes were allocated while it was read", tt.name, grown)
			}
		}
	})
}

// After Hijack the connection is the handler's, in a dev build too.
func TestHijackThenPanic(t *testing.T) {
	page, log := develop(&cgitrace.Page{})
	gone := make(chan struct{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "mine alone")
			panic("after the hijack")
		})).ServeHTTP(w, r)
	}), false)
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if b, _ := io.ReadAll(conn); string(b) != "mine alone" {
		t.Errorf("the connection got %q", b)
	}
	<-gone
	if recs := log.records(t); len(recs) != 1 || recs[0]["error"] != "panic: after the hijack" {
		t.Errorf("logged %v", recs)
	}
}

// A client that goes away while the traceback is made, or reads it slowly, is no trouble
// to anybody else.
func TestClientGoesAway(t *testing.T) {
	page, log := develop(&cgitrace.Page{})
	entered := make(chan struct{})
	s := serve(t, page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		<-r.Context().Done()
		panic("nobody is there")
	})), false)
	ctx, cancel := context.WithCancel(context.Background())
	r, _ := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
	done := make(chan error)
	go func() {
		_, err := s.Client().Do(r)
		done <- err
	}()
	<-entered
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	s.Close()
	if recs := log.records(t); len(recs) != 1 {
		t.Errorf("%d records", len(recs))
	}
}
