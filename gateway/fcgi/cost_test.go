package fcgi_test

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// spec: a small answer is one write, with its end.
func TestOneWrite(t *testing.T) {
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    int64
	}{
		{"hello", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }, 1},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, 1},
		{"5,000 bytes", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 5000)) }, 1},
		{"flushed", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
		}, 2},
		{"refused", nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &counted{Listener: listen(t)}
			s := &fcgi.Server{Handler: tt.handler}
			target := "/"
			if tt.handler == nil {
				s.Handler, target = http.NotFoundHandler(), "no target"
			}
			serveAt(t, s, l)
			p := dial(t, l.Addr().String())
			for i := range int64(3) {
				p.send(request(1, true, target, ""))
				p.answer(1)
				if got := l.writes.Load(); got != tt.want*(i+1) {
					t.Errorf("%d writes for %d answers, want %d each", got, i+1, tt.want)
				}
			}
		})
	}
}

// spec: 200 MB of variables are refused early, at constant memory.
func TestHugeVariables(t *testing.T) {
	for _, tt := range []struct {
		name string
		one  func(id int) string // sent again and again
	}{
		{"of one request", func(int) string { return record(params, 1, strings.Repeat("x", 65000)) }},
		{"of many requests", func(id int) string {
			return beginning(id+1, true) + record(params, id+1, strings.Repeat("x", 65000))
		}},
		{"value that is long", func(int) string {
			return record(params, 1, "\x00\xff\xff\xff\xff"+strings.Repeat("x", 65000))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := dial(t, serve(t, &fcgi.Server{}))
			go func() { _, _ = io.Copy(io.Discard, p.r) }()
			before := inUse()
			sent, most := 0, uint64(0)
			_, err := io.WriteString(p, beginning(1, true))
			for i := 1; err == nil && sent < 200<<20; i++ {
				var n int
				n, err = io.WriteString(p, tt.one(i))
				sent += n
				if i%20 == 0 {
					most = max(most, inUse())
				}
			}
			if err == nil || sent > 20<<20 {
				t.Errorf("%d bytes were taken, %v", sent, err)
			}
			if most > before+20<<20 {
				t.Errorf("%d bytes more are in use", most-before)
			}
		})
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A body that is read as it comes takes no more memory than one that is small.
func TestHugeBodies(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})}))
	const n = 40 << 20
	vars := pairs([2]string{"REQUEST_METHOD", "POST"}, [2]string{"REQUEST_URI", "/"}, [2]string{"CONTENT_LENGTH", "41943040"})
	before := inUse()
	go func() {
		_, _ = io.WriteString(p, beginning(1, true)+stream(params, 1, vars))
		part := record(stdin, 1, strings.Repeat("x", 1<<14))
		for range n >> 14 {
			_, _ = io.WriteString(p, part)
		}
		_, _ = io.WriteString(p, record(stdin, 1, ""))
	}()
	most, got := uint64(0), 0
	for i := 0; ; i++ {
		g := p.mustNext()
		got += len(g.content)
		if g.kind == end {
			break
		}
		if i%500 == 0 {
			most = max(most, inUse())
		}
	}
	if got < n {
		t.Errorf("got %d bytes", got)
	}
	if most > before+10<<20 {
		t.Errorf("%d bytes more are in use", most-before)
	}
}
