package respond_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unsafe"

	"github.com/surcoat/surcoat/internal/respond"
)

// response is a layer's writer as the package's documentation shows it.
type response struct {
	respond.Writer
	commits []int
	fail    error
}

func (rs *response) Commit(status int) error {
	rs.commits = append(rs.commits, status)
	rs.Header().Add("Hook", "ran")
	if rs.fail != nil {
		http.Error(rs.Unwrap(), "replaced", http.StatusServiceUnavailable)
	}
	return rs.fail
}

func wrap(base http.ResponseWriter) *response {
	rs := &response{}
	rs.Init(base, rs)
	return rs
}

// ways are the ways in which a handler can make its header leave.
var ways = map[string]struct {
	do     func(w *response)
	status int
}{
	"nothing":            {func(*response) {}, 200},
	"Write":              {func(w *response) { _, _ = w.Write([]byte("x")) }, 200},
	"empty Write":        {func(w *response) { _, _ = w.Write(nil) }, 200},
	"WriteString":        {func(w *response) { _, _ = w.WriteString("x") }, 200},
	"ReadFrom":           {func(w *response) { _, _ = w.ReadFrom(strings.NewReader("x")) }, 200},
	"Flush":              {func(w *response) { w.Flush() }, 200},
	"FlushError":         {func(w *response) { _ = w.FlushError() }, 200},
	"ResponseController": {func(w *response) { _ = http.NewResponseController(w).Flush() }, 200},
	"WriteHeader":        {func(w *response) { w.WriteHeader(404) }, 404},
	"1xx, then 201":      {func(w *response) { w.WriteHeader(103); w.WriteHeader(100); w.WriteHeader(201) }, 201},
	"101":                {func(w *response) { w.WriteHeader(101) }, 101},
	"all of them": {func(w *response) {
		w.WriteHeader(202)
		_, _ = w.WriteString("x")
		_, _ = w.Write([]byte("x"))
		_, _ = io.Copy(w, strings.NewReader("x"))
		w.Flush()
	}, 202},
}

func TestHookRunsOnce(t *testing.T) {
	for name, way := range ways {
		rec := httptest.NewRecorder()
		outer := wrap(rec)
		inner := wrap(outer)
		if inner.Status() != 0 {
			t.Errorf("%s: Status is %d before anything happened", name, inner.Status())
		}
		way.do(inner)
		inner.Finish()
		outer.Finish()
		for which, rs := range map[string]*response{"inner": inner, "outer": outer} {
			if len(rs.commits) != 1 || rs.commits[0] != way.status || rs.Status() != way.status {
				t.Errorf("%s: the %s hook saw %v, Status is %d; want one %d", name, which, rs.commits, rs.Status(), way.status)
			}
		}
		if got := rec.Header()["Hook"]; len(got) != 2 {
			t.Errorf("%s: the hooks' header is %q", name, got)
		}
	}
}

func TestNoHookBeforeAPanic(t *testing.T) {
	for name, do := range map[string]func(*response){
		"a handler's own":      func(*response) { panic("on purpose") },
		"after 103":            func(w *response) { w.WriteHeader(103); panic("on purpose") },
		"an impossible status": func(w *response) { w.WriteHeader(1000) },
		"status 0":             func(w *response) { w.WriteHeader(0) },
	} {
		rs := wrap(httptest.NewRecorder())
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: nothing panicked", name)
				}
			}()
			do(rs)
			rs.Finish()
		}()
		if len(rs.commits) != 0 || rs.Status() != 0 {
			t.Errorf("%s: the hook ran with %v", name, rs.commits)
		}
	}
}

func TestHookReplacesTheResponse(t *testing.T) {
	down := errors.New("the store is down")
	for name, way := range ways {
		if strings.HasPrefix(name, "1xx") {
			continue // httptest's recorder takes a 1xx for the final status
		}
		rec := httptest.NewRecorder()
		rs := wrap(rec)
		rs.fail = down
		way.do(rs)
		rs.Finish()
		if rec.Code != 503 && way.status != 101 || rs.Replaced() != down {
			t.Errorf("%s: %d, Replaced %v", name, rec.Code, rs.Replaced())
		}
		if _, err := rs.Write([]byte("the handler's")); err != down {
			t.Errorf("%s: Write returns %v, want the hook's error", name, err)
		}
		if _, err := rs.ReadFrom(strings.NewReader("the handler's")); err != down {
			t.Errorf("%s: ReadFrom returns %v", name, err)
		}
		if err := rs.FlushError(); err != down {
			t.Errorf("%s: FlushError returns %v", name, err)
		}
		rs.WriteHeader(200)
		rs.WriteHeader(103)
		if got := rec.Body.String(); got != "replaced\n" {
			t.Errorf("%s: body %q, want the hook's answer alone", name, got)
		}
	}
}

// plain is a base that can do no more than it must.
type plain struct{ http.ResponseWriter }

// broken is a base whose client has gone.
type broken struct{ http.ResponseWriter }

var errGone = errors.New("client gone")

func (broken) FlushError() error { return errGone }

func TestFlushError(t *testing.T) {
	if err := wrap(plain{httptest.NewRecorder()}).FlushError(); !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("a base that cannot flush: %v", err)
	}
	if err := wrap(wrap(broken{httptest.NewRecorder()})).FlushError(); err != errGone {
		t.Errorf("a base that failed: %v, want its own error", err)
	}
}

// sink is a base with a ReadFrom of its own, like net/http's on HTTP/1.1.
type sink struct {
	http.ResponseWriter
	got io.Reader
}

func (s *sink) ReadFrom(src io.Reader) (int64, error) { s.got = src; return io.Copy(io.Discard, src) }

// boomerang is a source whose WriteTo comes back to the writer's ReadFrom.
type boomerang struct {
	io.Reader
	turns int
}

func (b *boomerang) WriteTo(w io.Writer) (int64, error) {
	if b.turns++; b.turns > 3 {
		return 0, errors.New("called in circles")
	}
	return w.(io.ReaderFrom).ReadFrom(b)
}

func TestReadFrom(t *testing.T) {
	base := &sink{ResponseWriter: httptest.NewRecorder()}
	src := &bytes.Buffer{}
	if _, err := wrap(wrap(base)).ReadFrom(src); err != nil || base.got != src {
		t.Errorf("the base got %v (%v), want the source itself", base.got, err)
	}
	rec := httptest.NewRecorder()
	n, err := io.Copy(wrap(plain{rec}), &boomerang{Reader: strings.NewReader("abc")})
	if n != 3 || err != nil || rec.Body.String() != "abc" {
		t.Errorf("a source with WriteTo: %d, %v, %q", n, err, rec.Body)
	}
}

// conn is a base that can be hijacked.
type conn struct{ http.ResponseWriter }

func (conn) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a, b := net.Pipe()
	_ = b.Close()
	return a, bufio.NewReadWriter(bufio.NewReader(a), bufio.NewWriter(a)), nil
}

func TestHijack(t *testing.T) {
	rs := wrap(wrap(conn{httptest.NewRecorder()}))
	c, _, err := rs.Hijack()
	if err != nil || len(rs.commits) != 1 || rs.commits[0] != 101 {
		t.Fatalf("Hijack: %v, hook saw %v", err, rs.commits)
	}
	_ = c.Close()

	for name, do := range map[string]func(*response) error{
		"http.Hijacker":      func(w *response) error { _, _, err := w.Hijack(); return err },
		"ResponseController": func(w *response) error { _, _, err := http.NewResponseController(w).Hijack(); return err },
	} {
		rs := wrap(wrap(plain{httptest.NewRecorder()}))
		if err := do(rs); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("%s on a base that cannot: %v", name, err)
		}
		if len(rs.commits) != 0 {
			t.Errorf("%s on a base that cannot: the hook ran, so that the handler can no longer answer", name)
		}
	}

	rs = wrap(conn{httptest.NewRecorder()})
	rs.fail = errors.New("not saved")
	if _, _, err := rs.Hijack(); err != rs.fail {
		t.Errorf("with a failing hook: %v, want its error and no connection", err)
	}
}

func TestOneAllocation(t *testing.T) {
	type layer struct {
		respond.Writer
		_ uintptr // a layer's own pointer
	}
	if size := unsafe.Sizeof(layer{}); size > 64 {
		t.Errorf("a layer's writer takes %d bytes, want 64 at most", size)
	}
	var keep http.ResponseWriter
	base := httptest.NewRecorder()
	if n := testing.AllocsPerRun(100, func() {
		w := new(layer)
		w.Init(base, nil)
		keep = w
	}); n != 1 {
		t.Errorf("%v allocations for a wrapped writer, want one", n)
	}
	_ = keep
}
