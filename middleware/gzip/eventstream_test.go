package gzip_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// browser is the Accept-Encoding of an EventSource.
const browser = "gzip, deflate, br, zstd"

// event is too short to be worth anything by itself, and short of MinSize.
const event = "data: tiny\n\n"

// openStream begins the answer as a handler of events does.
func openStream(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
}

func sendEvent(w http.ResponseWriter) error {
	if _, err := io.WriteString(w, event); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

// Only gzip has an encoder that an idle stream can keep. A client that does not take it gets its
// events plain, even if it takes another coding that the Compressor has.
func TestEventStreams_negotiation(t *testing.T) {
	on := &gzip.Compressor{EventStreams: true}
	never := &gzip.Compressor{EventStreams: true, Types: func(string) bool { return false }}
	other := &gzip.Compressor{EventStreams: true, Encodings: []gzip.Encoding{gzip.Zstd{}}}
	for _, c := range []struct {
		zip                         *gzip.Compressor
		contentType, accept, coding string
		vary                        string
	}{
		{on, "text/event-stream", browser, "gzip", "Accept-Encoding"},
		{on, "Text/Event-Stream; charset=utf-8", browser, "gzip", "Accept-Encoding"},
		{on, "text/event-stream", "zstd, gzip;q=0.1", "gzip", "Accept-Encoding"},
		{on, "text/event-stream", "*", "gzip", "Accept-Encoding"},
		{on, "text/event-stream", "zstd", "", "Accept-Encoding"},
		{on, "text/event-stream", "zstd, gzip;q=0", "", "Accept-Encoding"},
		{on, "text/event-stream", "br", "", "Accept-Encoding"},
		{on, "text/event-stream", "identity;q=1, gzip;q=0.5", "", "Accept-Encoding"},
		{on, "text/event-stream", "", "", "Accept-Encoding"},
		{on, "text/plain", browser, "zstd", "Accept-Encoding"}, // the others have what they had
		{never, "text/event-stream", browser, "gzip", "Accept-Encoding"},
		{never, "text/plain", browser, "", ""},
		{other, "text/event-stream", browser, "gzip", "Accept-Encoding"},
		{&gzip.Compressor{}, "text/event-stream", browser, "", ""},
	} {
		t.Run(fmt.Sprintf("%s/%s", c.contentType, c.accept), func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				s := serveWith(t, proto, c.zip, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", c.contentType)
					for range 3 {
						_ = sendEvent(w)
					}
				})
				a := s.get("Accept: text/event-stream", "Accept-Encoding: "+c.accept)
				a.is(c.coding, event+event+event)
				if got := a.Header.Get("Vary"); got != c.vary {
					t.Errorf("Vary %q, want %q", got, c.vary)
				}
				s.quiet()
			})
		})
	}
}

// spec 20 and 21: the header arrives before there is an event, and each event before the next
// one is written.
func TestEventStreams_arrive(t *testing.T) {
	for name, flush := range flushes {
		t.Run(name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				seen := make(chan struct{})
				s := serveWith(t, proto, &gzip.Compressor{EventStreams: true}, func(w http.ResponseWriter, r *http.Request) {
					openStream(w)
					for i := range 5 {
						if waitFor(t, seen); t.Failed() {
							return
						}
						fmt.Fprintf(w, "data: %d\n\n", i)
						flush(w)
					}
				})
				res := s.open(browser)
				if got := res.Header.Get("Content-Encoding"); got != "gzip" {
					t.Fatalf("Content-Encoding %q", got)
				}
				seen <- struct{}{}
				body := bufio.NewReader(decoder(t, "gzip", res.Body))
				for i := range 5 {
					line, err := body.ReadString('\n')
					blank, err2 := body.ReadString('\n')
					if line != fmt.Sprintf("data: %d\n", i) || blank != "\n" || err != nil || err2 != nil {
						t.Fatalf("event %d: %q, %v, %v", i, line, err, err2)
					}
					if i < 4 {
						seen <- struct{}{}
					}
				}
				if rest, err := io.ReadAll(body); len(rest) > 0 || err != nil {
					t.Errorf("at the end: %q, %v", rest, err)
				}
			})
		})
	}
}

// spec 25: the client must see that the stream broke off, so that it opens it again where it was. The
// server breaks the connection; where a layer further out has swallowed the panic, all that tells is
// that the coded body has no end.
func TestEventStreams_panic(t *testing.T) {
	swallowing := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { _ = recover() }()
			next.ServeHTTP(w, r)
		})
	}
	for _, value := range []any{http.ErrAbortHandler, "seeded"} {
		for name, waits := range map[string]string{"flushed": "", "not flushed": event} {
			for outside, layer := range map[string]func(http.Handler) http.Handler{"server": bare, "layer": swallowing} {
				t.Run(fmt.Sprintf("%v/%s/%s", value, name, outside), func(t *testing.T) {
					protocols(t, func(t *testing.T, proto int) {
						zip := &gzip.Compressor{EventStreams: true}
						s := serveHandler(t, proto, layer(zip.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
							openStream(w)
							_ = sendEvent(w)
							io.WriteString(w, waits)
							panic(value)
						}))))
						a := s.get("Accept-Encoding: " + browser)
						if body, err := decode("gzip", a.raw); string(body) != event || err == nil {
							t.Errorf("%q, %v", body, err)
						}
						if a.rawErr == nil && outside == "server" {
							t.Error("the connection was not broken")
						}
					})
				})
			}
		}
	}
}

// A client that leaves an idle stream ends the handler's context.
func TestEventStreams_clientLeaves(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		ended := make(chan struct{})
		zip := (&gzip.Compressor{EventStreams: true}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			openStream(w)
			_ = sendEvent(w)
			<-r.Context().Done()
		}))
		s := serveHandler(t, proto, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(ended) // the layer is done, too
			zip.ServeHTTP(w, r)
		}))
		res := s.open(browser)
		if _, err := io.ReadFull(decoder(t, "gzip", res.Body), make([]byte, len(event))); err != nil {
			t.Error(err)
		}
		res.Body.Close()
		waitFor(t, ended)
	})
}

// A stream that has ended leaves no goroutine, however it ended: synctest would not return.
func TestEventStreams_noGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zip := (&gzip.Compressor{EventStreams: true}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			openStream(w)
			for r.Context().Err() == nil {
				_ = sendEvent(w)
				if r.URL.Path == "/panic" {
					panic(http.ErrAbortHandler)
				}
			}
		}))
		for _, path := range []string{"/", "/panic"} {
			func() {
				defer func() { _ = recover() }()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r := httptest.NewRequestWithContext(ctx, "GET", path, nil)
				r.Header.Set("Accept-Encoding", browser)
				w := &leaving{sink{header: make(http.Header)}, cancel}
				zip.ServeHTTP(w, r)
			}()
		}
	})
}

// leaving is a base whose client leaves after some events.
type leaving struct {
	sink
	leave func()
}

func (w *leaving) Flush() {
	if w.n > 200 {
		w.leave()
	}
}

// Nothing is allocated for an event.
func TestEventStreams_allocations(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector sync.Pool loses what it is given, on purpose")
	}
	zip := (&gzip.Compressor{EventStreams: true}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		openStream(w)
		for range 2000 { // until the window is full
			_ = sendEvent(w)
		}
		if n := testing.AllocsPerRun(2000, func() { _ = sendEvent(w) }); n > 0 {
			t.Errorf("%v allocations for an event", n)
		}
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", browser)
	zip.ServeHTTP(&sink{header: make(http.Header)}, r)
}

// spec, Speed: an idle open stream holds at most 64 KiB, and so does one whose client has
// stopped reading, stacks included.
func TestEventStreams_memory(t *testing.T) {
	const most = 64 << 10
	for _, c := range []struct {
		name    string
		streams int
		body    []string // flushed one by one
		stalls  bool     // in the last flush
	}{
		{"after one event", 500, []string{event}, false},
		{"after a long time", 500, pieces(15<<10, 3000), false},
		{"after all at once", 200, []string{strings.Repeat(prose, 2)}, false},
		{"with a client that does not read", 200, pieces(15<<10, 3000), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if raceEnabled { // pools lose what they are given, on purpose, and tables are made again and again
				c.streams /= 10
			}
			bare := held(t, c.streams, c.body, c.stalls, nil)
			got := held(t, c.streams, c.body, c.stalls, &gzip.Compressor{EventStreams: true})
			t.Logf("%d bytes for a stream, over %d", got-bare, bare)
			if got-bare > most {
				t.Errorf("a stream holds %d bytes; the handler alone %d", got, bare)
			}
		})
	}
}

// pieces cuts text that does not repeat itself much into pieces of n bytes.
func pieces(total, n int) (all []string) {
	for rest := strings.Repeat(prose, 1+total/len(prose))[:total]; rest != ""; rest = rest[min(n, len(rest)):] {
		all = append(all, rest[:min(n, len(rest))])
	}
	return all
}

// held returns how many bytes of heap and stack each of many open streams holds once its body
// is written.
func held(t *testing.T, streams int, body []string, stalls bool, zip *gzip.Compressor) int64 {
	arrived, leave := make(chan struct{}), make(chan struct{})
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range body {
			_, _ = io.WriteString(w, piece)
			w.(http.Flusher).Flush()
		}
		if !stalls {
			arrived <- struct{}{}
			<-leave
		}
	})
	if zip != nil {
		h = zip.Wrap(h)
	}
	before := footprint()
	var ended sync.WaitGroup
	for range streams {
		ended.Go(func() {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", browser)
			w := &stalling{sink: sink{header: make(http.Header)}, after: len(body), stall: func() {
				if stalls {
					arrived <- struct{}{}
					<-leave
				}
			}}
			h.ServeHTTP(w, r)
			if zip != nil && w.header.Get("Content-Encoding") != "gzip" {
				t.Error("not compressed")
			}
		})
	}
	for range streams {
		<-arrived
	}
	after := footprint()
	close(leave)
	ended.Wait()
	return (after - before) / int64(streams)
}

// stalling is a base that takes some pieces and then waits in Write.
type stalling struct {
	sink
	after int // pieces
	stall func()
}

func (w *stalling) Write(p []byte) (int, error) {
	if w.after--; w.after == 0 {
		w.stall()
	}
	return w.sink.Write(p)
}

func (w *stalling) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func footprint() int64 {
	heap()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
