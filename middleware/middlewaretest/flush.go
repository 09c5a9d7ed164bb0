package middlewaretest

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"
)

// flushers are the two ways to flush, as handlers in the wild use them.
var flushers = []struct {
	name  string
	flush func(http.ResponseWriter) error
}{
	{"http.Flusher", func(w http.ResponseWriter) error {
		f, ok := w.(http.Flusher)
		if !ok {
			return errors.New("the writer is no http.Flusher")
		}
		f.Flush()
		return nil
	}},
	{"ResponseController", func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() }},
}

// flushChecks: what is flushed is on its way, and so is the header.
func flushChecks() []check {
	return []check{
		{name: "headers leave before the first write", run: flushHeaders},
		{name: "written bytes leave", run: flushBytes},
		{name: "server-sent events", run: events},
		{name: "the status set before is sent", run: flushStatus},
	}
}

// held is a handler's wait, in the middle of its answer, for the client to say that
// it has what was flushed.
type held struct {
	release chan struct{}
	late    chan bool // whether the handler gave up waiting
}

func newHeld() *held { return &held{make(chan struct{}), make(chan bool, 1)} }

func (h *held) wait(t *trial) {
	_, ok := soon(t, h.release)
	h.late <- !ok
}

func flushHeaders(t *trial) {
	for _, by := range flushers {
		t.withCodings(func(t *trial, accept string) {
			hold := newHeld()
			said := make(chan error, 1)
			s := t.serve(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("X-App", "set")
				said <- by.flush(w)
				hold.wait(t)
				_, _ = io.WriteString(w, prose)
			})
			reference := t.serve(answering(starts()[2])).get("")
			resp, err := s.client.Do(s.accepting("GET", accept))
			close(hold.release)
			if err != nil {
				t.fail("the header of the answer", err.Error(), "the handler flushed it")
				return
			}
			defer resp.Body.Close()
			late, _ := soon(t, hold.late)
			if err := <-said; err != nil {
				t.fail("Flush through "+by.name, err.Error(), "the server below can flush; streaming handlers give up without")
			}
			if late {
				t.fail("the header when Flush is called, before the first write", "it came only when the handler went on",
					"an event stream with nothing to say yet must still open; browsers and proxies time out")
			}
			got := &reply{status: resp.StatusCode, header: resp.Header}
			if resp.Header.Get("X-App") != "set" || !slices.Equal(got.added(), reference.added()) {
				t.failf("the handler's fields, and the layer's as on a plain answer "+strings.Join(reference.added(), " "),
					"the header left with Flush: what was not in it by then is lost (a session cookie!)", "%v", resp.Header)
			}
			got.raw, got.bodyErr = io.ReadAll(resp.Body)
			got.decode()
			t.same(got, 200, prose, "the body after an early Flush")
			s.quiet()
		})
	}
}

// plain undoes the coding of a body as it arrives.
func plain(resp *http.Response) (io.Reader, error) {
	if resp.Header.Get("Content-Encoding") == "gzip" {
		return gzip.NewReader(resp.Body)
	}
	return resp.Body, nil
}

func flushBytes(t *trial) {
	for _, by := range flushers {
		t.withCodings(func(t *trial, accept string) {
			hold := newHeld()
			s := t.serve(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				_, _ = io.WriteString(w, "first")
				_ = by.flush(w)
				hold.wait(t)
				_, _ = io.WriteString(w, " second")
			})
			t.stream(s, accept, "first", " second", hold)
			s.quiet()
		})
	}
}

// stream reads first, releases the handler, reads the rest.
func (t *trial) stream(s *site, accept, first, rest string, hold *held) {
	t.Helper()
	const why = "Flush means now: chats, progress and event streams stand still otherwise"
	resp, err := s.client.Do(s.accepting("GET", accept))
	if err != nil {
		close(hold.release)
		t.fail("a streamed answer", err.Error(), why)
		return
	}
	defer resp.Body.Close()
	body, err := plain(resp)
	piece := make([]byte, len(first))
	if err == nil {
		_, err = io.ReadFull(body, piece)
	}
	close(hold.release)
	late, _ := soon(t, hold.late)
	switch {
	case err != nil:
		t.fail("the flushed bytes, decodable", err.Error(), why)
		return
	case late:
		t.fail("the flushed bytes at once", "they came only when the handler went on", why)
	case string(piece) != first:
		t.failf(first, why, "%q", piece)
	}
	if b, err := io.ReadAll(body); err != nil || string(b) != rest {
		t.failf("then "+rest, "the stream goes on after a flush", "%q, %v", b, err)
	}
}

func events(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		hold := newHeld()
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			rc := http.NewResponseController(w)
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("Cache-Control", "no-cache")
			_ = rc.SetWriteDeadline(time.Time{})
			_, _ = io.WriteString(w, "data: 1\n\n")
			_ = rc.Flush()
			hold.wait(t)
			_, _ = io.WriteString(w, "data: 2\n\n")
			_ = rc.Flush()
		})
		t.stream(s, accept, "data: 1\n\n", "data: 2\n\n", hold)
		s.quiet()
	})
}

func flushStatus(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusAccepted)
			flush(w)
			_, _ = io.WriteString(w, prose)
			flush(w)
		})
		t.same(s.get(accept), 202, prose, "Flush sends the status that was set")
		s.quiet()
	})
}

// flushErrorChecks: what the server's writer says about flushing is what the handler
// hears. They call the layer without a server, on writers made for the purpose.
func flushErrorChecks() []check {
	return []check{
		{name: "the base's error comes back", run: flushError},
		{name: "a base that cannot flush", run: flushUnsupported},
	}
}

// bare is a writer that can do nothing but what http.ResponseWriter asks.
type bare struct{ rec *httptest.ResponseRecorder }

func newBare() bare { return bare{httptest.NewRecorder()} }

func (b bare) Header() http.Header         { return b.rec.Header() }
func (b bare) Write(p []byte) (int, error) { return b.rec.Write(p) }
func (b bare) WriteHeader(status int)      { b.rec.WriteHeader(status) }

var errFlush = errors.New("middlewaretest: the connection is gone")

type failingFlush struct{ bare }

func (failingFlush) FlushError() error { return errFlush }

// direct calls the layer around app with w as the server's writer.
func (t *trial) direct(w http.ResponseWriter, accept string, app http.HandlerFunc) {
	r := httptest.NewRequest("GET", "http://example.com/", nil)
	r.ProtoMajor, r.ProtoMinor, r.Proto = int(t.proto), 2-int(t.proto), map[protocol]string{http1: "HTTP/1.1", http2: "HTTP/2.0"}[t.proto]
	if accept != "" {
		r.Header.Set("Accept-Encoding", accept)
	}
	if t.suite.Prepare != nil {
		t.suite.Prepare(r)
	}
	t.layer(app).ServeHTTP(w, r)
}

func flushError(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		for _, written := range []string{"", "some text"} {
			var err error
			t.direct(failingFlush{newBare()}, accept, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				_, _ = io.WriteString(w, written)
				err = http.NewResponseController(w).Flush()
			})
			if !errors.Is(err, errFlush) {
				t.failf("ResponseController.Flush returns the base's error", "a handler that streams learns from it that nobody listens any more",
					"after writing %q it returned %v", written, err)
			}
		}
	})
}

func flushUnsupported(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		var err error
		t.direct(newBare(), accept, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			err = http.NewResponseController(w).Flush()
		})
		if !errors.Is(err, http.ErrNotSupported) {
			t.failf("an error that is http.ErrNotSupported, as the writer below cannot flush",
				"a handler that believes it has flushed waits for ever (http.ResponseController documents the error)", "%v", err)
		}
	})
}
