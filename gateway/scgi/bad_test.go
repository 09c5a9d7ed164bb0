package scgi_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/scgi"
)

// good is a request that is answered, and what the tables below spoil.
var good = encode([2]string{"CONTENT_LENGTH", "0"}, [2]string{"SCGI", "1"}, [2]string{"REQUEST_METHOD", "GET"},
	[2]string{"REQUEST_URI", "/"}, [2]string{"HTTP_HOST", "h"})

func netstring(text string) string { return fmt.Sprintf("%d:%s,", len(text), text) }

// What is no SCGI ends the connection: no handler sees it, and nothing is answered.
func TestNotSCGI(t *testing.T) {
	var ran atomic.Int32
	var log logBuffer
	addr := serve(t, &scgi.Server{
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran.Add(1) }), MaxHeaderBytes: 1000,
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	for _, row := range []struct{ name, sent, logged string }{
		{"HTTP", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "is it HTTP?"},
		{"TLS", "\x16\x03\x01\x02\x00\x01", "does not begin with a length"},
		{"FastCGI", "\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00", "does not begin with a length"},
		{"AJP", "\x12\x34\x00\x01\x0a", "does not begin with a length"},
		{"colon", ":", "does not begin with a length"},
		{"blank", " 10:", "does not begin with a length"},
		{"sign", "-10:", "does not begin with a length"},
		{"hexadecimal", "0x10:", "does not begin with a length"},
		{"99999999999", "99999999999:", "longer than MaxHeaderBytes"},
		{"many digits", strings.Repeat("9", 10_000), "longer than MaxHeaderBytes"},
		{"over the limit", "1001:", "longer than MaxHeaderBytes"},
		{"over the limit by their number", netstring("CONTENT_LENGTH\x000\x00SCGI\x001\x00" + strings.Repeat("A\x00\x00", 30)), "longer than MaxHeaderBytes"},
		{"leading zero", "0" + good, "begins with a zero"},
		{"two zeros", "00:,", "begins with a zero"},
		{"empty", "0:,", "not pairs"},
		{"no comma", strings.TrimSuffix(good, ",") + ";", "no comma"},
		{"length too small", "5" + good[strings.Index(good, ":"):], "no comma"},
		{"no NUL at the end", netstring("CONTENT_LENGTH\x000\x00SCGI\x001"), "not pairs"},
		{"odd", netstring("CONTENT_LENGTH\x000\x00SCGI\x001\x00X\x00"), "not pairs"},
		{"empty name", netstring("CONTENT_LENGTH\x000\x00SCGI\x001\x00\x00x\x00"), "not pairs"},
		{"no length", netstring("SCGI\x001\x00REQUEST_METHOD\x00GET\x00"), "CONTENT_LENGTH"},
		{"length not first", netstring("SCGI\x001\x00CONTENT_LENGTH\x000\x00"), "CONTENT_LENGTH"},
		{"length empty", netstring("CONTENT_LENGTH\x00\x00SCGI\x001\x00"), "CONTENT_LENGTH"},
		{"no SCGI", netstring("CONTENT_LENGTH\x000\x00REQUEST_METHOD\x00GET\x00"), "SCGI is not"},
		{"SCGI 2", netstring("CONTENT_LENGTH\x000\x00SCGI\x002\x00"), "SCGI is not"},
		{"nothing", "", ""},
		{"half a length", "10", ""},
		{"half a head", good[:20], ""},
		{"no comma yet", strings.TrimSuffix(good, ","), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			log.take()
			conn := dial(t, addr)
			_, _ = io.WriteString(conn, row.sent)
			_ = conn.(*net.TCPConn).CloseWrite()
			if got, _ := io.ReadAll(conn); len(got) != 0 {
				t.Errorf("answered %q", got)
			}
			if got := log.take(); row.logged == "" && got != "" || !strings.Contains(got, row.logged) {
				t.Errorf("logged %q", got)
			}
		})
	}
	if n := ran.Load(); n != 0 {
		t.Errorf("the handler ran %d times", n)
	}
	if got := ask(t, addr, good); !strings.HasPrefix(got, "Status: 200 OK\r\n") || ran.Load() != 1 {
		t.Errorf("a good one: %q", got)
	}
}

// What is SCGI but no HTTP is answered as net/http answers it, and no handler sees it.
func TestNotHTTP(t *testing.T) {
	addr := serve(t, &scgi.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") }), Logger: slog.New(slog.DiscardHandler), Mount: "/app"})
	for _, row := range []struct {
		name, variable, value string
		want                  string
	}{
		{"method", "REQUEST_METHOD", "G T", "400 Bad Request"},
		{"line end in a field", "HTTP_X", "a\r\nX: y", "400 Bad Request"},
		{"field name", "HTTP_A B", "x", "400 Bad Request"},
		{"two hosts", "HTTP_HOST", "b", "400 Bad Request"},
		{"length", "CONTENT_LENGTH", "1", "400 Bad Request"},
		{"length no number", "CONTENT_LENGTH", "x", "400 Bad Request"},
		{"protocol", "SERVER_PROTOCOL", "HTTP/9.9", "505 HTTP Version Not Supported"},
		{"coding", "HTTP_TRANSFER_ENCODING", "gzip", ""}, // there is a length, so it was undone
		{"outside the mount", "REQUEST_URI", "/other", "404 Not Found"},
	} {
		vars := [][2]string{{"CONTENT_LENGTH", "5"}, {"SCGI", "1"}, {"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/app/"}, {"HTTP_HOST", "h"}, {row.variable, row.value}}
		if row.want == "" {
			continue
		}
		got := ask(t, addr, encode(vars...)+"hello")
		if !strings.HasPrefix(got, "Status: "+row.want+"\r\n") || !strings.Contains(got, "\r\n\r\n"+row.want[:len("400")]) {
			t.Errorf("%s: %q", row.name, got)
		}
	}
}

// dial connects for at most 20 s.
func dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	conn, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ask sends all of a request, then reads all of the answer.
func ask(t testing.TB, addr, request string) string {
	t.Helper()
	conn := dial(t, addr)
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Errorf("sending: %v", err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("after %q: %v", got, err)
	}
	return string(got)
}

// FuzzReadHead: what is accepted is just what was sent, it is what the protocol demands, and
// nothing behind it is read.
func FuzzReadHead(f *testing.F) {
	f.Add([]byte(good+"body"), 1000)
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), 1000)
	f.Add([]byte(netstring("CONTENT_LENGTH\x000\x00SCGI\x001\x00X\x00")), 1000)
	f.Add([]byte("0"+good), 1000)
	f.Add([]byte(netstring("CONTENT_LENGTH\x000\x00SCGI\x001\x00X\x00"+strings.Repeat("y", 5000)+"\x00")+"z"), 10_000)
	f.Fuzz(func(t *testing.T, sent []byte, most int) {
		most %= 1 << 20
		r := bufio.NewReader(bytes.NewReader(sent))
		vars, err := scgi.ReadHead(r, most)
		if err != nil {
			return
		}
		var pairs [][2]string
		marked := false
		for name, value := range vars.All() {
			pairs = append(pairs, [2]string{name, value})
			marked = marked || name == "SCGI" && value == "1"
		}
		again := encode(pairs...)
		if vars[0].Name != "CONTENT_LENGTH" || vars[0].Value == "" || !marked {
			t.Errorf("%q", vars)
		}
		if !strings.HasPrefix(string(sent), again) || len(again) > most+len("1048576:,") {
			t.Errorf("%q was read as %q", sent, again)
		}
		if rest, _ := io.ReadAll(r); again+string(rest) != string(sent) {
			t.Errorf("of %q %q was left", sent, rest)
		}
		var _ cgienv.Vars = vars
	})
}
