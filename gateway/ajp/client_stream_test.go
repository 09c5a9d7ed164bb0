package ajp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// endless is a body that ends after so many bytes.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := int(min(e.left, int64(len(p))))
	e.left -= int64(n)
	return n, nil
}

// Long bodies and answers pass through our client and our server, and nothing of them is kept.
func TestClientStreamSoak(t *testing.T) {
	length := int64(200 << 20)
	if os.Getenv("SOAK") != "" {
		length = 10 << 30
	}
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if n != length && r.Method == "POST" || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
		_, _ = io.CopyBuffer(struct{ io.Writer }{w}, &endless{length}, make([]byte, 64<<10))
	})
	c := &ajp.Client{Addresses: []string{serve(t, &ajp.Server{Handler: echo})}}
	defer c.Close()
	srv := httptest.NewServer(paritytest.Quiet(c))
	defer srv.Close()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for name, body := range map[string]io.Reader{"none": strings.NewReader(""), "chunked": &endless{length}} {
		method := "POST"
		if name == "none" {
			method = "GET"
		}
		r, _ := http.NewRequest(method, srv.URL, body)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); n != length || err != nil {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		resp.Body.Close()
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 32<<20 {
		t.Errorf("memory has grown by %d bytes", grown)
	}
}
