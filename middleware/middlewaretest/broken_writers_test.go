package middlewaretest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/surcoat/surcoat/internal/respond"
)

// The writers of the layers in brokenLayers, in its order.

type shortCount struct{ pass }

func (w *shortCount) Write(p []byte) (int, error) {
	n, err := w.pass.Write(p)
	return n / 2, err
}

type outOfOrder struct {
	pass
	held bytes.Buffer
}

func (w *outOfOrder) WriteString(s string) (int, error) { return w.held.WriteString(s) }

type alwaysOK struct{ pass }

func (w *alwaysOK) WriteHeader(status int) {
	if status >= 400 {
		status = http.StatusOK
	}
	w.pass.WriteHeader(status)
}

type dropsLength struct{ respond.Writer }

func (w *dropsLength) Commit(int) error {
	w.Header().Del("Content-Length")
	return nil
}

type copiesHeader struct {
	pass
	own  http.Header
	done bool
}

func (w *copiesHeader) Header() http.Header { return w.own }

func (w *copiesHeader) WriteHeader(status int) {
	for name, values := range w.own {
		w.pass.Header()[name] = values
	}
	w.done = w.done || respond.Final(status)
	w.pass.WriteHeader(status)
}

func (w *copiesHeader) Write(p []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.pass.Write(p)
}

func (w *copiesHeader) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

type onWriteHeader struct{ pass }

func (w *onWriteHeader) WriteHeader(status int) {
	w.Header().Set("X-Layer", "1")
	w.pass.WriteHeader(status)
}

type hintsCommit struct {
	pass
	done bool
}

func (w *hintsCommit) WriteHeader(status int) {
	if !w.done {
		w.done = true
		w.Header().Set("X-Layer", "1")
		w.pass.WriteHeader(status)
	}
}

func (w *hintsCommit) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pass.Write(p)
}

func (w *hintsCommit) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func (w *hintsCommit) ReadFrom(src io.Reader) (int64, error) {
	w.WriteHeader(http.StatusOK)
	return w.pass.ReadFrom(src)
}

type noHints struct{ pass }

func (w *noHints) WriteHeader(status int) {
	if respond.Final(status) {
		w.pass.WriteHeader(status)
	}
}

func recovering(answer func(http.ResponseWriter)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if v := recover(); v != nil {
					answer(w)
				}
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// holding keeps back a little, as a compressor does to see what it has.
type holding struct {
	pass
	held bytes.Buffer
}

func (w *holding) Write(p []byte) (int, error) {
	if w.Status() == 0 && w.held.Len()+len(p) < 1000 {
		return w.held.Write(p)
	}
	w.release()
	return w.pass.Write(p)
}

func (w *holding) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func (w *holding) ReadFrom(src io.Reader) (int64, error) {
	w.release()
	return w.pass.ReadFrom(src)
}

func (w *holding) FlushError() error {
	w.release()
	return w.pass.FlushError()
}

func (w *holding) Flush() { _ = w.FlushError() }

func (w *holding) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.pass.Hijack()
}

func (w *holding) release() {
	if w.Status() != http.StatusSwitchingProtocols {
		_, _ = w.pass.Write(w.held.Bytes())
	}
	w.held.Reset()
}

// gzipped compresses whatever comes.
type gzipped struct {
	pass
	z *gzip.Writer
}

func (w *gzipped) WriteHeader(status int) {
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Del("Content-Length")
	w.pass.WriteHeader(status)
}

func (w *gzipped) Write(p []byte) (int, error) {
	if w.Status() == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.z.Write(p)
}

func (w *gzipped) WriteString(s string) (int, error)     { return w.Write([]byte(s)) }
func (w *gzipped) ReadFrom(src io.Reader) (int64, error) { return io.Copy(struct{ io.Writer }{w}, src) }

func (w *gzipped) FlushError() error {
	if w.Status() == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return errors.Join(w.z.Flush(), w.pass.FlushError())
}

func (w *gzipped) Flush() { _ = w.FlushError() }

// naiveGzip compresses every answer for those who take gzip. With careful, only those of
// a text with status 200 or an error, and Vary is set; the coding is ended in any case.
func naiveGzip(careful bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || careful && r.Method == "HEAD" {
				next.ServeHTTP(w, r)
				return
			}
			g := &gzipped{pass: passing(w)}
			g.z = gzip.NewWriter(&g.pass)
			defer func() {
				if g.Status() != http.StatusSwitchingProtocols && (g.Status() != 0 || !careful) {
					_ = g.z.Close()
				}
			}()
			next.ServeHTTP(g, r)
		})
	}
}

type lazyFlush struct {
	pass
	wrote bool
}

func (w *lazyFlush) Write(p []byte) (int, error) {
	w.wrote = true
	return w.pass.Write(p)
}

func (w *lazyFlush) WriteString(s string) (int, error) {
	w.wrote = true
	return w.pass.WriteString(s)
}

func (w *lazyFlush) FlushError() error {
	if !w.wrote && w.Status() == 0 {
		return nil
	}
	return w.pass.FlushError()
}

func (w *lazyFlush) Flush() { _ = w.FlushError() }

type noFlush struct{ pass }

func (w *noFlush) Flush()            {}
func (w *noFlush) FlushError() error { return nil }

type flusher struct{ w http.ResponseWriter }

func (f flusher) Flush() { _ = http.NewResponseController(f.w).Flush() }

type unwraps struct{ http.ResponseWriter }

func (w *unwraps) Unwrap() http.ResponseWriter { return w.ResponseWriter }
func (w *unwraps) Flush()                      { _ = w.FlushError() }
func (w *unwraps) FlushError() error           { return http.NewResponseController(w.ResponseWriter).Flush() }

type hopefulHijack struct{ pass }

func (w *hopefulHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	h, ok := w.Unwrap().(http.Hijacker)
	if !ok {
		return nil, nil, errors.New("not a Hijacker")
	}
	return h.Hijack()
}

type noReadFrom struct{ pass }

func (w *noReadFrom) ReadFrom(src io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{&w.pass}, struct{ io.Reader }{src})
}

type recursive struct{ pass }

func (w *recursive) ReadFrom(src io.Reader) (int64, error) {
	if from, ok := src.(io.WriterTo); ok {
		return from.WriteTo(w)
	}
	return w.pass.ReadFrom(src)
}

type hidesError struct{ pass }

func (w *hidesError) ReadFrom(src io.Reader) (int64, error) {
	n, _ := w.pass.ReadFrom(src)
	return n, nil
}

// noUnwrap has all the methods but the one that leads on.
type noUnwrap struct{ p pass }

func (w *noUnwrap) Header() http.Header                          { return w.p.Header() }
func (w *noUnwrap) WriteHeader(status int)                       { w.p.WriteHeader(status) }
func (w *noUnwrap) Write(b []byte) (int, error)                  { return w.p.Write(b) }
func (w *noUnwrap) WriteString(s string) (int, error)            { return w.p.WriteString(s) }
func (w *noUnwrap) ReadFrom(src io.Reader) (int64, error)        { return w.p.ReadFrom(src) }
func (w *noUnwrap) Flush()                                       { w.p.Flush() }
func (w *noUnwrap) FlushError() error                            { return w.p.FlushError() }
func (w *noUnwrap) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.p.Hijack() }

func twiceCrashes() func(http.Handler) http.Handler {
	type mark struct{ http.Handler }
	return func(next http.Handler) http.Handler {
		if _, again := next.(mark); again {
			var nobody *mark
			return nobody.Handler // a nil dereference
		}
		return mark{next}
	}
}

// sharing gives each handler's first answer to all.
func sharing() func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		var mu sync.Mutex
		var first string
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			if first == "" && strings.Contains(r.URL.Path, "-") {
				first = r.URL.Path
			}
			r2 := r
			if first != "" && strings.Contains(r.URL.Path, "-") {
				r2 = r.Clone(r.Context())
				r2.URL.Path = first
			}
			mu.Unlock()
			next.ServeHTTP(w, r2)
		})
	}
}

func leaking() func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			go func() { <-forever }()
			next.ServeHTTP(w, r)
		})
	}
}

// forever is closed when the tests are over.
var forever = make(chan struct{})

type allocating struct {
	pass
	last []byte
}

func (w *allocating) Write(p []byte) (int, error) {
	w.last = append([]byte(nil), p...)
	return w.pass.Write(w.last)
}
