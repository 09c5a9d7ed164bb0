// Package paritytest is the measure of a protocol's server: the same handlers and requests behind
// net/http's own server and behind the protocol have to come to the same.
//
//	func TestParity(t *testing.T) {
//		paritytest.Run(t, func(t *testing.T, h http.Handler, q paritytest.Request) paritytest.Answer {
//			// start the server with h, send q in the protocol, read the answer
//		}, nil)
//	}
//
// Compared are what the handler saw (what it noted: requests, errors), and the answer's status,
// header and body, and whether it was torn. Not compared are what belongs to one connection
// (Connection, Transfer-Encoding, trailers), the value of Date, and all but the tear of a torn
// answer.
package paritytest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Request is a request before it is put into any protocol.
type Request struct {
	Method string   // "": GET
	Target string   // as on the request line; "": "/"
	Header []string // lines, "Name: value", without Host and Content-Length
	Body   string
	// Torn: the client goes away after the body, which is shorter than the length it said.
	Torn bool
	// Case is the case's name, by which a handler in another process finds what it is.
	Case string
}

// Answer is what came back. That of a torn answer is only that it is.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	Torn   bool
	Notes  []string // of a handler in another process
}

// Front sends a request through a server for h that it starts, and stops it before it returns.
type Front func(t *testing.T, h http.Handler, q Request) Answer

// Case is one handler and what it is asked.
type Case struct {
	Name    string
	Request Request
	Handler func(w http.ResponseWriter, r *http.Request, note Note)
}

// Note tells what the handler saw.
type Note func(format string, args ...any)

// Known are the cases, by name, in which a protocol cannot be like HTTP, each with the reason. One
// that begins with [Sometimes] depends on what comes first.
type Known map[string]string

// Sometimes begins the reason of a difference that need not be there.
const Sometimes = "sometimes: "

// Run compares front with net/http's server for all cases. The known differences have to be
// there, each.
func Run(t *testing.T, front Front, known Known) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if c.Request.Method == "" {
				c.Request.Method = http.MethodGet
			}
			if c.Request.Target == "" {
				c.Request.Target = "/"
			}
			c.Request.Case = c.Name
			want, wantNotes := run(t, c, direct)
			got, gotNotes := run(t, c, front)
			g, w := text(got, gotNotes), text(want, wantNotes)
			switch why, differs := known[c.Name]; {
			case differs && g == w && !strings.HasPrefix(why, Sometimes):
				t.Error("a known difference is not there any more")
			case !differs && g != w:
				t.Errorf("over the protocol\n%s\nover HTTP\n%s", g, w)
			}
		})
	}
}

func run(t *testing.T, c Case, front Front) (Answer, []string) {
	var mu sync.Mutex
	var notes []string
	note := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		notes = append(notes, fmt.Sprintf(format, args...))
	}
	a := front(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.Handler(w, r, note) }), c.Request)
	mu.Lock()
	defer mu.Unlock()
	return a, append(notes, a.Notes...)
}

// text writes what is compared.
func text(a Answer, notes []string) string {
	var b strings.Builder
	for _, n := range notes {
		fmt.Fprintf(&b, "  noted %s\n", n)
	}
	if a.Torn {
		b.WriteString("  torn\n")
		return b.String()
	}
	fmt.Fprintf(&b, "  status %d\n", a.Status)
	for _, name := range []string{"Connection", "Transfer-Encoding", "Trailer", "Keep-Alive", "Proxy-Connection"} {
		a.Header.Del(name)
	}
	if len(a.Header["Date"]) == 1 && validDate(a.Header.Get("Date")) {
		a.Header.Set("Date", "now")
	}
	var lines strings.Builder
	_ = a.Header.Write(&lines)
	for line := range strings.SplitSeq(strings.TrimSpace(lines.String()), "\r\n") {
		fmt.Fprintf(&b, "  header %s\n", line)
	}
	body := a.Body
	if len(body) > 200 {
		body = fmt.Sprintf("%d bytes, %q … %q", len(body), body[:20], body[len(body)-20:])
	}
	fmt.Fprintf(&b, "  body %q\n", body)
	return b.String()
}

func validDate(s string) bool {
	at, err := http.ParseTime(s)
	return err == nil && time.Since(at).Abs() < time.Hour
}

func direct(t *testing.T, h http.Handler, q Request) Answer { return OverHTTP(t, h, q) }

// OverHTTP is the front of net/http's own server.
func OverHTTP(t testing.TB, h http.Handler, q Request) Answer {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = Discard
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	go func() {
		_, _ = io.WriteString(conn, q.overHTTP())
		if q.Torn {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
	}()
	br := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(br, &http.Request{Method: q.Method})
		if err != nil {
			return Answer{Torn: true}
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		var body []byte
		if resp.StatusCode != http.StatusSwitchingProtocols {
			body, err = io.ReadAll(resp.Body)
		}
		return Answer{Status: resp.StatusCode, Header: resp.Header, Body: string(body), Torn: err != nil}
	}
}

func (q Request) overHTTP() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", q.Method, q.Target, Host)
	for _, line := range q.Header {
		b.WriteString(line + "\r\n")
	}
	if length, ok := q.Length(); ok {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", length)
	}
	return b.String() + "\r\n" + q.Body
}

// Host is the Host of every request.
const Host = "example.com:8080"

// Length is the Content-Length, and whether the client sends one.
func (q Request) Length() (int, bool) {
	if q.Torn {
		return len(q.Body) + 10, true
	}
	return len(q.Body), q.Body != "" || q.Method == http.MethodPost || q.Method == http.MethodPut
}
