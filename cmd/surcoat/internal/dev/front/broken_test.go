package front_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// TestClientGone checks that the program learns that nobody waits for its answer.
func TestClientGone(t *testing.T) {
	f, addr := newFront(t, nil)
	begun, gone := make(chan struct{}), make(chan struct{})
	f.Forward(at(program(t, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(gone)
	})))
	c := dial(t, addr)
	c.send(get)
	<-begun
	_ = c.Close()
	wait(t, gone)
	f.Hold()
	if err := f.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestBrokenAnswer checks that half an answer does not look like a whole one.
func TestBrokenAnswer(t *testing.T) {
	f, addr := newFront(t, nil)
	f.Forward(at(program(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})))
	resp, err := http.Get("http://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("read %q without an error", b)
	}
}

// TestNoAnswer checks that a program that closes a connection is taken at its word.
func TestNoAnswer(t *testing.T) {
	f, addr := newFront(t, nil)
	f.Forward(at(program(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })))
	c := dial(t, addr)
	c.send(get)
	if b, err := io.ReadAll(c.in); err != nil || len(b) > 0 {
		t.Errorf("%q, %v", b, err)
	}
}

// TestEndOfProgram checks that a request on which the program ended gets an answer.
func TestEndOfProgram(t *testing.T) {
	f, addr := newFront(t, nil)
	p := program(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go f.Answer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintf(w, "crashed at %s for %s", r.URL.Path, r.Header.Get("Accept"))
		}))
		_ = c.Close()
	})
	f.Forward(at(p))
	c := dial(t, addr)
	c.send("POST /x HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nContent-Length: 3\r\n\r\nabc")
	if resp, body := c.answer(); resp.StatusCode != 503 || body != "crashed at /x for text/html" || !resp.Close {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
	if _, err := c.in.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("after the answer: %v", err)
	}
}
