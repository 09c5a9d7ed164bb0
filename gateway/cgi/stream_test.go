//go:build unix

package cgi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// What a program writes without an end goes to the client as fast as that takes it, and stays nowhere.
func TestStreamSoak(t *testing.T) {
	size, pause := int64(200<<20), 20*time.Millisecond
	if os.Getenv("SOAK") != "" {
		size, pause = 10<<30, time.Second
	}
	at := site(t, &cgi.Handler{Path: script(t, `printf '\n'; exec yes 'a line of what goes on for ever, and of which nobody wants to keep anything'`)})
	resp, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.CopyN(io.Discard, resp.Body, 10<<20); err != nil {
		t.Fatal(err)
	}
	time.Sleep(pause) // a client that does not read: the program waits
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var most uint64
	for range 10 {
		if _, err := io.CopyN(io.Discard, resp.Body, size/10); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		most = max(most, after.HeapAlloc)
	}
	if grown := int64(most) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap has grown by %d MB", grown>>20)
	}
}

// The same the other way: a body of any size goes through.
func TestUploadSoak(t *testing.T) {
	size := int64(200 << 20)
	if os.Getenv("SOAK") != "" {
		size = 10 << 30
	}
	at := site(t, &cgi.Handler{Path: script(t, `printf '\n'; wc -c`), AnswerTimeout: -1})
	r, _ := http.NewRequestWithContext(t.Context(), "POST", at, io.LimitReader(zeros{}, size))
	r.ContentLength = size
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	runtime.ReadMemStats(&after)
	if err != nil || string(b) == "" {
		t.Errorf("%q %v", b, err)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap has grown by %d MB", grown>>20)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// A program that fails while the client still sends is answered for; it is not the client that has
// gone.
func TestFailsBeforeBody(t *testing.T) {
	at := site(t, &cgi.Handler{Path: script(t, "exit 3\n")})
	c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nthe beginning")
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusBadGateway {
		t.Errorf("status %d", resp.StatusCode)
	}
}
