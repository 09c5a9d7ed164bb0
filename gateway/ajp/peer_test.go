package ajp_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/internal/servertest"
)

// What the first byte of a packet says that it is.
const (
	bodyChunk = 3 + iota
	head
	end
	ask
	shutdown
	ping
	pong
	cping
)

// Attributes of a request.
const (
	remoteUser = "\x03"
	authType   = "\x04"
	query      = "\x05"
	route      = "\x06"
	sslCert    = "\x07"
	sslCipher  = "\x08"
	sslSession = "\x09"
	named      = "\x0a"
	keySize    = "\x0b"
	secret     = "\x0c"
	method     = "\x0d"
)

// str is a string as AJP writes it.
func str(s string) string { return num(len(s)) + s + "\x00" }

func num(n int) string { return string([]byte{byte(n >> 8), byte(n)}) }

// packet is one that a server in front sends.
func packet(content string) string { return "\x12\x34" + num(len(content)) + content }

// chunk is a packet of a request's body.
func chunk(content string) string { return packet(num(len(content)) + content) }

var codes = map[string]byte{"OPTIONS": 1, "GET": 2, "HEAD": 3, "POST": 4, "PUT": 5, "DELETE": 6, "TRACE": 7}

var fieldCodes = map[string]int{
	"accept": 1, "accept-charset": 2, "accept-encoding": 3, "accept-language": 4, "authorization": 5, "connection": 6,
	"content-type": 7, "content-length": 8, "cookie": 9, "cookie2": 10, "host": 11, "pragma": 12, "referer": 13, "user-agent": 14,
}

// forward is what is in the packet that begins a request, as mod_proxy_ajp writes it. fields are
// lines of the header.
func forward(verb, target string, fields []string, attributes string) string {
	code := codes[verb]
	if code == 0 {
		code = 0xff
		attributes += method + str(verb)
	}
	path, q, ok := strings.Cut(target, "?")
	if ok {
		attributes = query + str(q) + attributes
	}
	s := "\x02" + string([]byte{code}) + str("HTTP/1.1") + str(path) + str("127.0.0.1") + "\xff\xff" + str("example.com") +
		num(8080) + "\x00" + num(len(fields))
	for _, line := range fields {
		name, value, _ := strings.Cut(line, ":")
		if n := fieldCodes[strings.ToLower(name)]; n > 0 {
			s += num(0xa000 + n)
		} else {
			s += str(name)
		}
		s += str(strings.TrimSpace(value))
	}
	return s + attributes + named + str("AJP_REMOTE_PORT") + str("40000") + "\xff"
}

// get is a request, whole.
func get(target string) string { return packet(forward("GET", target, []string{"Host: h"}, "")) }

// post is the beginning of a request with a body.
func post(target string, length int) string {
	return packet(forward("POST", target, []string{"Host: h", "Content-Length: " + strconv.Itoa(length)}, ""))
}

// peer is a server in front.
type peer struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	return &peer{t, conn, bufio.NewReader(conn)}
}

func (p *peer) send(s string) {
	p.t.Helper()
	if _, err := io.WriteString(p, s); err != nil {
		p.t.Fatal(err)
	}
}

// next reads a packet.
func (p *peer) next() (kind byte, content string, err error) {
	h := make([]byte, 4)
	if _, err := io.ReadFull(p.r, h); err != nil {
		return 0, "", err
	}
	n := int(h[2])<<8 | int(h[3])
	if string(h[:2]) != "AB" || n == 0 {
		return 0, "", errors.New("no packet")
	}
	b := make([]byte, n)
	if _, err = io.ReadFull(p.r, b); err != nil {
		err = io.ErrUnexpectedEOF
	}
	return b[0], string(b[1:]), err
}

// expect reads a packet of that kind.
func (p *peer) expect(kind byte) string {
	p.t.Helper()
	k, content, err := p.next()
	if k != kind || err != nil {
		p.t.Fatalf("a packet of kind %d, %q, %v", k, content, err)
	}
	return content
}

// ended sees that the connection is closed, and nothing comes before.
func (p *peer) ended() {
	p.t.Helper()
	if kind, content, err := p.next(); err == nil || errors.Is(err, io.ErrUnexpectedEOF) || isTimeout(err) {
		p.t.Errorf("instead of the end: %d %q %v", kind, content, err)
	}
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) && netErr.Timeout()
}

// answer reads an answer, and sends the body's packets that are asked for. reuse is what its end
// says. An empty string in the place of a packet ends what is sent.
func (p *peer) answer(verb string, body func(n int) string) (a paritytest.Answer, reuse bool) {
	var text strings.Builder
	for {
		kind, content, err := p.next()
		switch {
		case err != nil:
			return paritytest.Answer{Torn: true}, false
		case kind == ask && body != nil:
			if s := body(int(content[0])<<8 | int(content[1])); s != "" {
				_, _ = io.WriteString(p, s)
			} else {
				_ = p.Conn.(*net.TCPConn).CloseWrite()
			}
		case kind == head:
			a.Status, a.Header = readHead(p.t, content)
		case kind == bodyChunk && a.Status != 0:
			n := int(content[0])<<8 | int(content[1])
			if len(content) != n+3 {
				p.t.Fatalf("a packet of %d bytes says that it has %d", len(content), n)
			}
			text.WriteString(content[2 : 2+n])
		case kind == end && a.Status != 0:
			a.Body = text.String()
			if length := a.Header.Get("Content-Length"); length != "" && verb != "HEAD" && a.Status != 304 {
				a.Torn = length != strconv.Itoa(len(a.Body))
			}
			return a, content == "\x01"
		default:
			p.t.Fatalf("a packet of kind %d, %q", kind, content)
		}
	}
}

var answerFields = []string{
	"", "Content-Type", "Content-Language", "Content-Length", "Date", "Last-Modified", "Location", "Set-Cookie", "Set-Cookie2",
	"Servlet-Engine", "Status", "Www-Authenticate",
}

func readHead(t testing.TB, s string) (status int, header http.Header) {
	next := func() int {
		n := int(s[0])<<8 | int(s[1])
		s = s[2:]
		return n
	}
	text := func(n int) string {
		v := s[:n]
		if s[n] != 0 {
			t.Fatalf("a string without its NUL: %q", s)
		}
		s = s[n+1:]
		return v
	}
	status = next()
	text(next())
	header = make(http.Header)
	for range next() {
		n := next()
		name := ""
		if n >= 0xa000 {
			name = answerFields[n-0xa000]
		} else {
			name = text(n)
		}
		header.Add(name, text(next()))
	}
	if s != "" {
		t.Fatalf("more than the header: %q", s)
	}
	return status, header
}

// serve starts s on a port of its own until the test ends.
func serve(t testing.TB, s *ajp.Server) (addr string) {
	t.Helper()
	if s.Logger == nil {
		s.Logger = paritytest.Silent
	}
	return servertest.Serve(t, s)
}
