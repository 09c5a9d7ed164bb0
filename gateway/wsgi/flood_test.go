package wsgi_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// TestFlood lets bodies through that would not fit into memory: 10 GB each way with SOAK set.
func TestFlood(t *testing.T) {
	megabytes := int64(128)
	if os.Getenv("SOAK") != "" {
		megabytes = 10 << 10
	}
	s := serve(t, &wsgi.App{Module: "process:mirror"})
	before := heap()
	res, err := s.Client().Get(s.URL + "/much?" + strconv.FormatInt(megabytes, 10))
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if n != megabytes<<20 || err != nil {
		t.Errorf("%d bytes of an answer, %v", n, err)
	}
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", megabytes<<20)
	if _, err := io.CopyN(conn, zeros{}, megabytes<<20); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(conn); err != nil || !bytes.HasSuffix(b, []byte(strconv.FormatInt(megabytes<<20, 10))) {
		t.Errorf("%q, %v", b, err)
	}
	// Who takes nothing gets nothing made.
	slow, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(slow, "GET /much?%d HTTP/1.1\r\nHost: localhost\r\n\r\n", 1<<20)
	time.Sleep(300 * time.Millisecond) // for what should not happen
	if after := heap(); after > before+64<<20 {
		t.Errorf("the heap has grown from %d to %d bytes", before, after)
	}
	slow.Close()
	if a := s.get(t, "/unread"); a.body != "unread" {
		t.Errorf("%d %q %v", a.status, a.body, a.err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// heap is how much memory is in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
