package ajp_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// spec: bad input ends the connection and never reaches the handler. The other end waits for
// that, unless what it has sent is cut short.
func TestBadPackets(t *testing.T) {
	good := forward("GET", "/", []string{"Host: h"}, "")
	whole := packet(good)
	attributes := strings.TrimSuffix(good, "\xff")
	field := strings.Index(good, "\xa0\x0b")
	const cut = "cut: "
	for _, tt := range []struct{ name, sent string }{
		{"HTTP", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
		{cut + "HTTP", "GET"},
		{"bad magic", "\x12\x35" + whole[2:]},
		{"magic of an answer", "AB" + whole[2:]},
		{cut + "head of a packet", whole[:3]},
		{cut + "packet", whole[:len(whole)-1]},
		{cut + "huge length", "\x12\x34\xff\xff" + good},
		{"length over the limit", "\x12\x34\x20\x00" + good},
		{"short forward", packet(good[:10])},
		{"only the kind", packet("\x02")},
		{"string past the end", packet("\x02\x02" + "\x7f\xffHTTP/1.1\x00")},
		{"string without its end", packet("\x02\x02" + num(8) + "HTTP/1.1X" + good[13:])},
		{"string of the last length", packet("\x02\x02" + "\xff\xfeHTTP/1.1\x00")},
		{"no end of the attributes", packet(attributes)},
		{"more than the attributes", packet(good + "x")},
		{"attribute 0", packet(attributes + "\x00" + str("x") + "\xff")},
		{"attribute 14", packet(attributes + "\x0e" + str("x") + "\xff")},
		{"attribute's value is missing", packet(attributes + named + str("x"))},
		{"key size is missing", packet(attributes + keySize + "\x01")},
		{"field 15", packet(good[:field] + "\xa0\x0f" + good[field+2:])},
		{"field 0", packet(good[:field] + "\xa0\x00" + good[field+2:])},
		{"more fields than there are", packet(good[:field-2] + "\xff\xff" + good[field:])},
		{"fewer fields than there are", packet(good[:field-2] + "\x00\x00" + good[field:])},
		{"fields over the limit", packet(forward("GET", "/", many(150), ""))},
		{"attributes over the limit", packet(forward("GET", "/", nil, strings.Repeat(named+str("a")+str("b"), 150)))},
		{"method 28", packet("\x02\x1c" + good[2:])},
		{"method 0", packet("\x02\x00" + good[2:])},
		{"truth 2", packet(good[:field-3] + "\x02" + good[field-2:])},
		{"body first", chunk("hello")},
		{"shutdown", packet("\x07")},
		{"ping", packet("\x08")},
		{"long cping", packet("\x0ax")},
		{"an answer's end", packet("\x05\x01")},
		{"kind 99", packet("c")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := dial(t, serve(t, &ajp.Server{MaxHeaderBytes: 4096, ReadHeaderTimeout: -1, Handler: never(t)}))
			p.send(tt.sent)
			if strings.HasPrefix(tt.name, cut) {
				_ = p.Conn.(*net.TCPConn).CloseWrite()
			}
			p.ended()
		})
	}
}

func never(t *testing.T) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the handler has run: %v", r.URL) })
}

func many(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("X%d: 1", i))
	}
	return lines
}

// What is AJP and no HTTP that net/http would let through is answered, and the connection ends.
func TestRefused(t *testing.T) {
	get := func(target, attributes string, fields ...string) string {
		return forward("GET", target, append(fields, "Host: h"), secret+str("hush")+attributes)
	}
	for _, tt := range []struct {
		name   string
		sent   string
		status int
	}{
		{"no secret", forward("GET", "/", nil, ""), 403},
		{"empty secret", forward("GET", "/", nil, secret+str("")), 403},
		{"null secret", forward("GET", "/", nil, secret+"\xff\xff"), 403},
		{"wrong secret", forward("GET", "/", nil, secret+str("hunter2")), 403},
		{"wrong secret and a body", forward("POST", "/", []string{"Content-Length: 100000"}, secret+str("hunter2")), 403},
		{"part of the secret", forward("GET", "/", nil, secret+str("hus")), 403},
		{"secret after the right one", get("/", secret+str("no")), 403},
		{"right secret", get("/", ""), 200},
		{"CR LF in a value", get("/", "", "X-A: 1\r\nX-User: root"), 400},
		{"LF in a value", get("/", "", "X-A: 1\nX-User: root"), 400},
		{"NUL in a value", get("/", "", "X-A: 1\x002"), 400},
		{"control byte in a value", get("/", "", "X-A: 1\x012"), 400},
		{"LF in a name", get("/", "", "X-A\n: 1"), 400},
		{"space in a name", get("/", "", "X A: 1"), 400},
		{"no name", get("/", "", ": 1"), 400},
		{"CR LF in the path", get("/\r\nX: y", ""), 400},
		{"NUL in the path", get("/\x00", ""), 400},
		{"LF in the query", get("/?a\nb", ""), 400},
		{"LF in the user", get("/", remoteUser+str("a\nb")), 400},
		{"LF in an attribute's name", get("/", named+str("a\nb")+str("c")), 400},
		{"LF in an attribute", get("/", named+str("a")+str("b\nc")), 400},
		{"no path", get("", ""), 400},
		{"half an escape", get("/%", ""), 400},
		{"method with a space", forward("G T", "/", nil, secret+str("hush")), 400},
		{"two hosts", get("/", "", "Host: i"), 400},
		{"host with a space", forward("GET", "/", []string{"Host: a b"}, secret+str("hush")), 400},
		{"length and coding", forward("POST", "/", []string{"Content-Length: 3", "Transfer-Encoding: chunked"}, secret+str("hush")), 400},
		{"two lengths", forward("POST", "/", []string{"Content-Length: 3", "Content-Length: 4"}, secret+str("hush")), 400},
		{"negative length", forward("POST", "/", []string{"Content-Length: -3"}, secret+str("hush")), 400},
		{"huge length", forward("POST", "/", []string{"Content-Length: 99999999999999999999"}, secret+str("hush")), 400},
		{"another coding", forward("POST", "/", []string{"Transfer-Encoding: Chunked, identity"}, secret+str("hush")), 501},
		{"two queries", strings.Replace(get("/a?b", ""), str("/a"), str("/a?c"), 1), 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &ajp.Server{Secret: "hush"}
			if tt.status != 200 {
				s.Handler = never(t)
			} else {
				s.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
			}
			p := dial(t, serve(t, s))
			p.send(packet(tt.sent))
			a, reuse := p.answer("GET", nil)
			if a.Status != tt.status || reuse != (tt.status == 200) {
				t.Errorf("answered with %d, reuse %t", a.Status, reuse)
			}
			if !reuse {
				_ = p.Conn.(*net.TCPConn).CloseWrite()
				p.ended()
			}
		})
	}
}

// spec: the attributes of CVE-2020-1938 never become environment, nor do others that could pose
// as a variable of the server's or a header field of the client's.
func TestAttributes(t *testing.T) {
	var b strings.Builder
	for _, a := range []string{
		"javax.servlet.include.request_uri", "javax.servlet.include.path_info", "javax.servlet.include.servlet_path",
		"Javax.Servlet.Include.Path_Info", "jakarta.servlet.include.path_info", "HTTP_HOST", "http_proxy", "HTTP-X-USER", "REMOTE_USER",
		"remote_user", "Auth-Type", "SERVER_NAME", "HTTPS", "a=b", "", "a b", "AJP_LOCAL_ADDR", "good", "org.apache.tomcat.x",
	} {
		b.WriteString(named + str(a) + str("/WEB-INF/web.xml"))
	}
	fields := []string{"Host: h", "X-Real-IP: 1", "X_Real_IP: 2"}
	attributes := b.String() + remoteUser + str("ann") + authType + str("Basic") + route + str("node1") +
		sslCert + str("-----BEGIN\nEND-----\n") + sslCipher + str("ECDHE") + sslSession + str("0123") + keySize + num(128) +
		"\x01" + str("/context") + "\x02" + str("/servlet")
	seen := make(chan [2]string, 1)
	p := dial(t, serve(t, &ajp.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen <- [2]string{environ(r.Context()), fmt.Sprint(r.Header)}
	})}))
	p.send(packet(forward("GET", "/a?b", fields, attributes)))
	p.answer("GET", nil)
	got := <-seen
	const want = `good=/WEB-INF/web.xml
org.apache.tomcat.x=/WEB-INF/web.xml
REQUEST_METHOD=GET
REQUEST_URI=/a?b
QUERY_STRING=b
SERVER_PROTOCOL=HTTP/1.1
SERVER_NAME=example.com
SERVER_PORT=8080
SERVER_ADDR=/WEB-INF/web.xml
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=40000
REMOTE_USER=ann
AUTH_TYPE=Basic
AJP_ROUTE=node1
SSL_CIPHER=ECDHE
SSL_SESSION_ID=0123
SSL_CLIENT_CERT="-----BEGIN\nEND-----\n"
SSL_CIPHER_USEKEYSIZE=128
`
	if got[0] != want {
		t.Errorf("the variables are\n%s", got[0])
	}
	if want := "map[X-Real-Ip:[1] X_real_ip:[2]]"; got[1] != want {
		t.Errorf("the header is %s", got[1])
	}
}

// A packet may come byte by byte, and several may come at once.
func TestPacketsSplit(t *testing.T) {
	addr := serve(t, &ajp.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := readAll(r)
		fmt.Fprintf(w, "%s %s %v", r.URL, b, err)
	})})
	p := dial(t, addr)
	all := packet("\x0a") + post("/a", 5) + chunk("he") + chunk("llo") + "\x12\x34\x00\x00" + get("/b")
	go func() {
		for i := range len(all) {
			_, _ = p.Write([]byte(all[i : i+1]))
		}
	}()
	p.expect(pong)
	if k, _, _ := p.next(); k != ask {
		t.Errorf("kind %d instead of asking for the rest", k)
	}
	for _, want := range []string{"/a hello <nil>", "/b  <nil>"} {
		if a, _ := p.answer("GET", nil); a.Body != want {
			t.Errorf("answer %q instead of %q", a.Body, want)
		}
	}
}

func FuzzForward(f *testing.F) {
	for _, seed := range []string{
		get("/a?b"), post("/", 5) + chunk("hello"), packet("\x02"), packet("\x0a"),
		packet(forward("FOO", "/", many(20), remoteUser+str("a")+sslCert+str("\n")+keySize+num(1)+route+"\xff\xff")),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text, rest, err := ajp.ReadForward(b, 1<<20)
		if err != nil {
			return
		}
		if again := packet(text) + string(rest); again != string(b) {
			t.Errorf("%q was read of %q", text, b)
		}
		for i := range len(text) { // nothing shorter is a request
			if _, _, err := ajp.ReadForward([]byte(packet(text[:i])), 1<<20); err == nil {
				t.Errorf("%q is a request without its last %d bytes", text, len(text)-i)
			}
		}
	})
}

// FuzzConn sends anything: the server may answer what it likes, but it must end, and a handler
// that runs has a request with a header that is one.
func FuzzConn(f *testing.F) {
	f.Add([]byte(post("/", 5)+chunk("hello")+get("/")), false)
	f.Add([]byte(post("/", 50)+chunk("hello")+chunk("")), true)
	f.Add([]byte(packet(forward("POST", "/", []string{"Transfer-Encoding: chunked"}, ""))+chunk("a")+"\x12\x34\x00\x00"), true)
	addr := serve(f, &ajp.Server{Logger: paritytest.Silent, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, lines := range r.Header {
			if strings.ContainsAny(name+strings.Join(lines, ""), "\r\n\x00") {
				panic("a header with line ends")
			}
		}
		b, err := readAll(r)
		fmt.Fprint(w, len(b), err)
	})})
	f.Fuzz(func(t *testing.T, b []byte, slow bool) {
		p := dial(t, addr)
		defer p.Close()
		go func() {
			if slow && len(b) < 1000 {
				for i := range b {
					_, _ = p.Write(b[i : i+1])
				}
			} else {
				_, _ = p.Write(b)
			}
			_ = p.Conn.(*net.TCPConn).CloseWrite()
		}()
		for {
			kind, content, err := p.next()
			if isTimeout(err) {
				t.Errorf("%q: %v", b, err)
			}
			if err != nil {
				return
			}
			if kind != head && kind != bodyChunk && kind != end && kind != ask && kind != pong {
				t.Errorf("%q is answered with %d %q", b, kind, content)
			}
		}
	})
}
