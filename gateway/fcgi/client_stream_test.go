package fcgi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// streamed gets so many bytes and sees that memory does not grow with them.
func streamed(t *testing.T, url string, length int64) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	grown := growth(func() {
		if n, err := io.Copy(io.Discard, resp.Body); n != length || err != nil {
			t.Errorf("%d bytes of %d, %v", n, length, err)
		}
	})
	if grown > 32<<20 {
		t.Errorf("memory has grown by %d bytes", grown)
	}
}

// growth is by how much more memory the program holds behind f.
func growth(f func()) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.HeapSys) - int64(before.HeapSys)
}

// zeros is a body of that many bytes, whose reading is counted.
type zeros struct {
	left int64
	read *atomic.Int64
}

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := int(min(z.left, int64(len(p))))
	z.left -= int64(n)
	z.read.Add(int64(n))
	return n, nil
}

// Both ways at once, through our client and our server, nothing is kept, and the client that does
// not read holds up the application.
func TestClientStreamSoak(t *testing.T) {
	length := int64(200 << 20)
	if os.Getenv("SOAK") != "" {
		length = 10 << 30
	}
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		_, _ = io.CopyBuffer(struct{ io.Writer }{w}, r.Body, make([]byte, 64<<10))
	})
	c := client(t, "unix:"+serve(t, &fcgi.Server{Handler: echo}))
	srv := httptest.NewServer(paritytest.Quiet(c))
	defer srv.Close()
	var read atomic.Int64
	r, _ := http.NewRequest("POST", srv.URL, &zeros{length, &read})
	r.ContentLength = length
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for last := int64(-1); last != read.Load(); { // until all buffers on the way are full
		last = read.Load()
		for range 1000 {
			runtime.Gosched()
		}
	}
	if n := read.Load(); n > 100<<20 {
		t.Errorf("%d bytes are on the way to a client that reads nothing", n)
	}
	grown := growth(func() {
		if n, err := io.Copy(io.Discard, resp.Body); n != length || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	if grown > 32<<20 {
		t.Errorf("memory has grown by %d bytes", grown)
	}
}

// A body of unknown length is kept until its end, up to a bound.
func TestClientSpool(t *testing.T) {
	count := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		if n != r.ContentLength {
			t.Errorf("%d bytes, and a length of %d", n, r.ContentLength)
		}
	})
	c := client(t, "unix:"+serve(t, &fcgi.Server{Handler: count}))
	c.MaxSpool = 1 << 20
	srv := httptest.NewServer(paritytest.Quiet(c))
	defer srv.Close()
	for length, want := range map[int]int{0: 200, 1: 200, 300_000: 200, 1 << 20: 200, 1<<20 + 1: 413, 8 << 20: 413} {
		resp, err := http.Post(srv.URL, "text/plain", io.MultiReader(strings.NewReader(strings.Repeat("b", length))))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d bytes: %s, want %d", length, resp.Status, want)
		}
	}
}
