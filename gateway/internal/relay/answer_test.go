package relay_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// site serves one answer of an application.
func site(t *testing.T, head relay.Head, body io.Reader, before func(error)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Layer", "ours")
		w.Header().Set("Vary", "Accept")
		relay.Answer(w, r, nil, head, body, before)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func never(t *testing.T) func(error) {
	return func(err error) { t.Errorf("it broke off: %v", err) }
}

func TestAnswer(t *testing.T) {
	header := http.Header{"X-Layer": {"theirs"}, "Vary": {"Cookie"}, "Set-Cookie": {"a=1", "b=2"}}
	long := strings.Repeat("long", 100_000)
	for _, tt := range []struct {
		method string
		status int
		length int64
		body   io.Reader
		want   string
	}{
		{"GET", 200, -1, strings.NewReader("hello"), "hello"},
		{"GET", 404, 5, strings.NewReader("hello"), "hello"},
		{"GET", 200, 5, strings.NewReader("hello, too much"), "hello"},
		{"GET", 200, 0, strings.NewReader("too much"), ""},
		{"GET", 200, -1, iotest.OneByteReader(strings.NewReader("hello")), "hello"},
		{"GET", 200, -1, iotest.DataErrReader(strings.NewReader("hello")), "hello"},
		{"GET", 200, -1, strings.NewReader(long), long},
		{"GET", 200, int64(len(long)), strings.NewReader(long), long},
		{"HEAD", 200, 5, iotest.ErrReader(errors.New("read")), ""},
		{"GET", 204, -1, iotest.ErrReader(errors.New("read")), ""},
		{"GET", 304, -1, iotest.ErrReader(errors.New("read")), ""},
	} {
		at := site(t, relay.Head{Status: tt.status, Header: header, Length: tt.length}, tt.body, never(t))
		r, _ := http.NewRequestWithContext(t.Context(), tt.method, at, nil)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tt.status || string(body) != tt.want {
			t.Errorf("%s %d %d: %d, %.50q, %v", tt.method, tt.status, tt.length, resp.StatusCode, body, err)
		}
		if kind, said := resp.Header["Content-Type"]; said {
			t.Errorf("a guess at the type: %q", kind)
		}
		if h := resp.Header; h.Get("X-Layer") != "theirs" || strings.Join(h["Vary"], "|") != "Accept|Cookie" || len(h["Set-Cookie"]) != 2 {
			t.Errorf("header %v", h)
		}
	}
}

// No answer that broke off looks like a whole one.
func TestAnswerTorn(t *testing.T) {
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		length int64
		body   io.Reader
		want   error
	}{
		"an error at once":           {-1, iotest.ErrReader(broken), broken},
		"an error behind some of it": {-1, io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(broken)), broken},
		"too short":                  {10, strings.NewReader("hello"), nil},
		"too short, error":           {10, io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(io.ErrUnexpectedEOF)), io.ErrUnexpectedEOF},
	} {
		told := make(chan error, 1)
		resp, err := http.Get(site(t, relay.Head{Status: 200, Length: tt.length, Header: http.Header{}}, tt.body, func(err error) { told <- err }))
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the client saw a whole answer", name)
		}
		if got := <-told; tt.want != nil && !errors.Is(got, tt.want) {
			t.Errorf("%s: told %v", name, got)
		}
	}
}

// What an application has written reaches the client while it writes the rest.
func TestAnswerStreams(t *testing.T) {
	for _, length := range []int64{-1, 10} {
		pr, pw := io.Pipe()
		go func() { _, _ = io.WriteString(pw, "first") }()
		resp, err := http.Get(site(t, relay.Head{Status: 200, Length: length, Header: http.Header{}}, pr, never(t)))
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, resp.Body, 5); got != "first" {
			t.Errorf("got %q", got)
		}
		go func() { _, _ = io.WriteString(pw, "other"); pw.Close() }()
		if got := read(t, resp.Body, 5); got != "other" {
			t.Errorf("got %q", got)
		}
		resp.Body.Close()
	}
}

func read(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	_, err := io.ReadFull(bufio.NewReaderSize(r, n), b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A client that does not take the answer ends the request, and is not the application's fault.
func TestAnswerClientGone(t *testing.T) {
	told := make(chan error, 1)
	at := site(t, relay.Head{Status: 200, Length: -1, Header: http.Header{}}, endless{}, func(err error) { told <- err })
	resp, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	select {
	case err := <-told:
		var client *relay.Client
		if !errors.As(err, &client) {
			t.Errorf("told %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it goes on without a client")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
