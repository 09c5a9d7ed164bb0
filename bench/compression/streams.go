package compression

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/surcoat/surcoat/bench/fixtures"
	"github.com/surcoat/surcoat/bench/harness"
)

// A Stream is a layer around a response that does not end.
type Stream struct {
	Layer
	MediaType string // "": [fixtures.JSON]
	Coding    string // that the client takes; "": gzip
}

// Streams are those of JSON in gzip.
func Streams(layers ...Layer) (all []Stream) {
	for _, l := range layers {
		all = append(all, Stream{Layer: l})
	}
	return all
}

// IdleStreams opens n streams over TCP, lets each of them send 2 KB and flush, and then waits. It
// measures no time: its figure is what each of them holds of the heap, the server's own part and
// the client's included, which bare tells.
func IdleStreams(b *testing.B, n int, streams ...Stream) {
	for _, s := range streams {
		b.Run("lib="+s.Lib, func(b *testing.B) {
			var held uint64
			for b.Loop() {
				held += s.open(b, n)
			}
			b.ReportMetric(float64(held)/float64(n*b.N), "B/stream")
			b.ReportMetric(0, "ns/op") // not shown then
		})
	}
}

// open opens n streams, ends them again and returns what they held meanwhile.
func (s Stream) open(b *testing.B, n int) (held uint64) {
	h := &streaming{mediaType: s.MediaType, first: string(fixtures.Varied), idle: make(chan struct{}), end: make(chan struct{})}
	if h.mediaType == "" {
		h.mediaType = fixtures.JSON
	}
	coding := s.Coding
	if coding == "" {
		coding = "gzip"
	}
	server := httptest.NewServer(s.wrap(b, h))
	defer server.Close()
	request := "GET / HTTP/1.1\r\nHost: bench.example\r\nAccept-Encoding: " + coding + "\r\n\r\n"
	conns := make([]net.Conn, n)

	before := heap()
	for i := range conns {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, request); err != nil {
			b.Fatal(err)
		}
		conns[i] = conn
		<-h.idle
	}
	held = heap() - before
	close(h.end)
	if err := s.check(conns[0], coding, h.first+lastWords); err != nil {
		b.Fatal(err)
	}
	runtime.KeepAlive(conns)
	return held
}

// check reads one stream to its end.
func (s Stream) check(conn net.Conn, coding, want string) error {
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if s.Lib == Bare.Lib {
		coding = ""
	}
	check := harness.WantBody(coding, res.Header.Get("Content-Type"), []byte(want))
	return check(harness.Response{Status: res.StatusCode, Header: res.Header, Body: body})
}

const lastWords = "good bye"

type streaming struct {
	mediaType string
	first     string
	idle, end chan struct{}
}

func (h *streaming) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = []string{h.mediaType}
	_, _ = io.WriteString(w, h.first)
	_ = http.NewResponseController(w).Flush()
	h.idle <- struct{}{}
	<-h.end
	_, _ = io.WriteString(w, lastWords)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // the first only moves what is in pools aside
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
