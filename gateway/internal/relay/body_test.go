package relay_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// serve runs a handler of which the first result is told to the test.
func serve(t *testing.T, h func(w http.ResponseWriter, r *http.Request) string) (at string, results chan string) {
	t.Helper()
	results = make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { results <- h(w, r) }))
	t.Cleanup(s.Close)
	return s.URL, results
}

func TestSend(t *testing.T) {
	at, results := serve(t, func(w http.ResponseWriter, r *http.Request) string {
		var got bytes.Buffer
		end := errors.New("no end")
		whole := make(chan bool, 1)
		u := relay.Send(w, r, &got, func(err error) error { end = err; whole <- true; return nil })
		<-whole
		err := u.Stop()
		return fmt.Sprint(got.Len(), end, err, u.Whole())
	})
	for _, tt := range []struct {
		body io.Reader
		want string
	}{
		{nil, "0 <nil> <nil> true"},
		{strings.NewReader("hello"), "5 <nil> <nil> true"},
		{strings.NewReader(strings.Repeat("x", 300_000)), "300000 <nil> <nil> true"},
		{io.MultiReader(strings.NewReader("hello")), "5 <nil> <nil> true"}, // chunked
	} {
		resp, err := http.Post(at, "", tt.body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := <-results; got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// A body that the client breaks off is not ended like a whole one.
func TestSendTorn(t *testing.T) {
	at, results := serve(t, func(w http.ResponseWriter, r *http.Request) string {
		ended := make(chan error, 1)
		u := relay.Send(w, r, io.Discard, func(err error) error { ended <- err; return nil })
		err := <-ended
		if err == nil {
			return "ended"
		}
		var client *relay.Client
		return fmt.Sprint(errors.As(u.Stop(), &client), u.Whole())
	})
	for _, text := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, text)
		c.Close()
		if got := <-results; got != "true false" {
			t.Errorf("got %s", got)
		}
	}
}

// An application that answers without reading the body ends the wait for it, whatever the client
// does, and what the client sends later is not taken for a request.
func TestSendStopped(t *testing.T) {
	for name, first := range map[string]bool{"stopped, then answered": true, "answered, then stopped": false} {
		at, results := serve(t, func(w http.ResponseWriter, r *http.Request) string {
			if r.URL.Path != "/" {
				return "smuggled"
			}
			u := relay.Send(w, r, io.Discard, func(error) error { return nil })
			var err error
			if first {
				err = u.Stop()
			}
			relay.Answer(w, r, u, relay.Head{Status: 200, Length: -1}, strings.NewReader("no, thanks"), nil)
			if !first {
				err = u.Stop()
			}
			return fmt.Sprint(err)
		})
		c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhello")
		select {
		case got := <-results:
			if got != "<nil>" {
				t.Errorf("%s: got %s", name, got)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it waits for the client", name)
		}
		_, _ = io.WriteString(c, "GET /evil HTTP/1.1\r\nHost: x\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		answer, err := io.ReadAll(c)
		if errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(string(answer), "no, thanks") { // it may be reset behind the answer
			t.Errorf("%s: the client got %q, %v", name, answer, err)
		}
		select {
		case got := <-results:
			t.Errorf("%s: %s", name, got)
		default:
		}
	}
}

func TestSpool(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, size := range []int{0, 5, 256 << 10, 256<<10 + 1, 3 << 20} {
		text := strings.Repeat("x", size)
		r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(text)))
		r.ContentLength = -1
		copied, free, err := relay.Spool(r, int64(size))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(copied.Body)
		free()
		if err != nil || string(got) != text || copied.ContentLength != int64(size) {
			t.Errorf("%d bytes: %d, %d, %v", size, len(got), copied.ContentLength, err)
		}
		if size == 0 {
			continue
		}
		r = httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(text)))
		r.ContentLength = -1
		if _, _, err := relay.Spool(r, int64(size-1)); !errors.Is(err, relay.ErrTooLarge) {
			t.Errorf("%d bytes of %d allowed: %v", size, size-1, err)
		}
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader("hello"))
	if same, _, err := relay.Spool(r, 1); err != nil || same != r {
		t.Errorf("with a length: %v", err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A client that waits to be asked for the body is, though the application answers before it reads.
func TestSendExpected(t *testing.T) {
	at, results := serve(t, func(w http.ResponseWriter, r *http.Request) string {
		var got bytes.Buffer
		whole := make(chan error, 1)
		u := relay.Send(w, r, &got, func(err error) error { whole <- err; return nil })
		relay.Answer(w, r, u, relay.Head{Status: 200, Length: -1}, strings.NewReader("early"), nil)
		return fmt.Sprint(<-whole, got.Len(), u.Stop())
	})
	for range 50 {
		c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
		if line, err := bufio.NewReader(c).ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("%q %v", line, err)
		}
		_, _ = io.WriteString(c, "hello")
		if got := <-results; got != "<nil> 5 <nil>" {
			t.Fatal(got)
		}
		_ = c.Close()
	}
}
