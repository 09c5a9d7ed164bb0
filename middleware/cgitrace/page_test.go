package cgitrace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// journal is a log that tests read.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// records are the log's entries about incidents; a dev build also logs a banner.
func (j *journal) records(t *testing.T) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(j.String()) {
		var rec map[string]any
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			t.Fatal(err)
		}
		if rec["incident"] != nil {
			list = append(list, rec)
		}
	}
	return list
}

// production makes p answer as in production, also in a dev build.
func production(p *cgitrace.Page) (*cgitrace.Page, *journal) {
	j := &journal{}
	p.Off = true
	p.Logger = slog.New(slog.NewJSONHandler(j, nil))
	return p, j
}

// serve starts h on HTTP/1.1 or HTTP/2 and says nothing of what the server logs.
func serve(t *testing.T, h http.Handler, h2 bool) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if h2 {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, s *httptest.Server, accept string) (*http.Response, string) {
	t.Helper()
	resp, body, err := tryGet(s, accept)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func tryGet(s *httptest.Server, accept string) (*http.Response, string, error) {
	r, _ := http.NewRequest("GET", s.URL+"/cart?page=2&token=planted-secret", nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	r.Header.Set("Authorization", "Bearer planted-secret")
	resp, err := s.Client().Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

var incidentNumber = regexp.MustCompile(`\b[A-Z2-7]{5}-[A-Z2-7]{5}\b`)

// both runs f as a subtest on HTTP/1.1 and on HTTP/2.
func both(t *testing.T, f func(t *testing.T, h2 bool)) {
	t.Run("h1", func(t *testing.T) { f(t, false) })
	t.Run("h2", func(t *testing.T) { f(t, true) })
}

func TestFriendlyAnswer(t *testing.T) {
	both(t, func(t *testing.T, h2 bool) {
		page, log := production(&cgitrace.Page{})
		s := serve(t, page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			w.Header().Set("Etag", `"x"`)
			panic("the panic's own text")
		})), h2)
		for i, tt := range []struct{ accept, kind string }{
			{browser, "text/html; charset=utf-8"},
			{"application/json", "application/problem+json"},
			{"*/*", "text/plain; charset=utf-8"},
			{"", "text/plain; charset=utf-8"},
		} {
			resp, body := get(t, s, tt.accept)
			if resp.StatusCode != 500 || resp.Header.Get("Content-Type") != tt.kind || resp.Header.Get("Etag") != "" {
				t.Errorf("Accept %q: %d %v", tt.accept, resp.StatusCode, resp.Header)
			}
			if strings.Contains(body, "own text") || strings.Contains(body, "goroutine") || strings.Contains(body, ".go") {
				t.Errorf("the client learns of the panic: %s", body)
			}
			recs := log.records(t)
			if len(recs) != i+1 {
				t.Fatalf("%d records after %d incidents", len(recs), i+1)
			}
			if number := incidentNumber.FindString(body); number == "" || number != recs[i]["incident"] {
				t.Errorf("the page says %q, the log %q", number, recs[i]["incident"])
			}
		}
	})
}

func TestRecord(t *testing.T) {
	page, log := production(&cgitrace.Page{})
	s := serve(t, page.Wrap(http.HandlerFunc(culprit)), false)
	get(t, s, browser)
	rec := log.records(t)[0]
	for name, want := range map[string]any{
		"level": "ERROR", "status": 500.0, "method": "GET", "path": "/cart", "query": "page=2&token=REDACTED",
		"error": "panic: cart 7 of REDACTED is empty", "type": "*errors.errorString",
	} {
		if rec[name] != want {
			t.Errorf("%s is %v, not %v", name, rec[name], want)
		}
	}
	if h, _ := rec["header"].(map[string]any); h["Authorization"] != "REDACTED" || h["Accept"] != browser {
		t.Errorf("header is %v", rec["header"])
	}
	if stack, _ := rec["stack"].(string); !strings.HasPrefix(stack, "github.com/surcoat/surcoat/middleware/cgitrace_test.culprit\n\t") ||
		strings.Contains(stack, "0x") || !strings.Contains(stack, "net/http.(*conn).serve") {
		t.Errorf("stack is %v", rec["stack"])
	}
	if strings.Contains(log.String(), "planted-secret") {
		t.Errorf("a secret is in the log: %s", log)
	}
}

func culprit(http.ResponseWriter, *http.Request) {
	panic(errors.New("cart 7 of planted-secret is empty"))
}

// Contract 4: what the failed handler had set goes, what layers outside had set stays.
func TestHeaders(t *testing.T) {
	both(t, func(t *testing.T, h2 bool) {
		page, _ := production(&cgitrace.Page{})
		inside := page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Set-Cookie", "half=done")
			h.Set("X-Inner", "1")
			h.Set("X-Outer", "overwritten")
			h["X-Outer-2"][0] = "written into"
			h.Add("X-Outer-List", "c")
			h.Del("X-Outer-3")
			panic("x")
		}))
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("X-Outer", "a")
			h.Set("X-Outer-List", "a")
			h.Add("X-Outer-List", "b")
			for i := 2; i < 14; i++ {
				h.Set(fmt.Sprint("X-Outer-", i), "a")
			}
			inside.ServeHTTP(w, r)
		}), h2)
		resp, _ := get(t, s, "")
		if resp.Header.Get("Set-Cookie") != "" || resp.Header.Get("X-Inner") != "" {
			t.Errorf("the failed handler's header left: %v", resp.Header)
		}
		if got := resp.Header["X-Outer-List"]; fmt.Sprint(got) != "[a b]" {
			t.Errorf("X-Outer-List is %v", got)
		}
		for i := 2; i < 14; i++ {
			if name := fmt.Sprint("X-Outer-", i); resp.Header.Get(name) != "a" {
				t.Errorf("%s is %q", name, resp.Header.Get(name))
			}
		}
		if resp.Header.Get("X-Outer") != "a" {
			t.Errorf("X-Outer is %q", resp.Header.Get("X-Outer"))
		}
	})
}

// Contract 4: half an answer is aborted, and the log says why.
func TestAbort(t *testing.T) {
	both(t, func(t *testing.T, h2 bool) {
		for name, write := range map[string]func(http.ResponseWriter){
			"Flush":      func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
			"Write":      func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("half ", 1<<20)) },
			"FlushError": func(w http.ResponseWriter) { http.NewResponseController(w).Flush() },
			"ReadFrom":   func(w http.ResponseWriter) { io.Copy(w, strings.NewReader(strings.Repeat("half ", 1<<20))) },
		} {
			t.Run(name, func(t *testing.T) {
				page, log := production(&cgitrace.Page{})
				s := serve(t, page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "application/octet-stream")
					write(w)
					panic("too late")
				})), h2)
				_, body, err := tryGet(s, "")
				if err == nil {
					t.Errorf("the client takes %d bytes for the whole answer", len(body))
				}
				if recs := log.records(t); len(recs) != 1 || recs[0]["error"] != "panic: too late" {
					t.Errorf("logged %v", recs)
				}
				if strings.Contains(body, "too late") || strings.Contains(body, "Incident") {
					t.Error("something was appended")
				}
			})
		}
	})
}

// direct serves h without a server and returns how it panicked.
func direct(h http.Handler) (w *httptest.ResponseRecorder, v any) {
	w = httptest.NewRecorder()
	defer func() { v = recover() }()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	return w, nil
}

func TestErrAbortHandlerGoesOn(t *testing.T) {
	page, log := production(&cgitrace.Page{})
	_, v := direct(page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })))
	if v != http.ErrAbortHandler || len(log.records(t)) != 0 {
		t.Errorf("panicked with %v, logged %v", v, log)
	}
}

func TestGoexitIsUntouched(t *testing.T) {
	page, log := production(&cgitrace.Page{})
	w := httptest.NewRecorder()
	returned := false
	done := make(chan struct{})
	go func() {
		defer close(done)
		page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { runtime.Goexit() })).
			ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		returned = true
	}()
	<-done
	if returned || w.Body.Len() != 0 || len(log.records(t)) != 0 {
		t.Errorf("returned %t, wrote %q, logged %v", returned, w.Body, log)
	}
}

func TestNilPanic(t *testing.T) {
	for _, old := range []string{"0", "1"} {
		t.Setenv("GODEBUG", "panicnil="+old)
		page, log := production(&cgitrace.Page{})
		w, v := direct(page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(nil) })))
		if v != nil || w.Code != 500 || len(log.records(t)) != 1 {
			t.Errorf("panicnil=%s: %v, %d, %v", old, v, w.Code, log)
		}
	}
}

func TestNothingAfterHijack(t *testing.T) {
	page, log := production(&cgitrace.Page{})
	inside := page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "mine")
		panic("after")
	}))
	served := make(chan struct{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(served)
		inside.ServeHTTP(w, r)
	}), false)
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if b, _ := io.ReadAll(conn); string(b) != "mine" {
		t.Errorf("the connection got %q", b)
	}
	<-served
	if recs := log.records(t); len(recs) != 1 || recs[0]["error"] != "panic: after" {
		t.Errorf("logged %v", recs)
	}
}

// hostile panics with values whose methods are no help.
type (
	panics struct{}
	blocks struct{ mu *sync.Mutex }
	exits  struct{}
)

func (panics) Error() string   { panic("again") }
func (b blocks) Error() string { b.mu.Lock(); return "" }
func (exits) String() string   { runtime.Goexit(); return "" }

func TestPanicValues(t *testing.T) {
	held := &sync.Mutex{}
	held.Lock()
	type order struct {
		ID       int
		Password string
	}
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"error", io.ErrUnexpectedEOF, "unexpected EOF"},
		{"string", "plain", "plain"},
		{"int", 7, "int(7)"},
		{"struct", order{7, "hunter2hunter2"}, "cgitrace_test.order{ID: 7, Password: REDACTED}"},
		{"uncomparable", map[string]int{"a": 1}, "map[string]int{a: 1}"},
		{"panics", panics{}, "cgitrace_test.panics, which panics when asked for its text"},
		{"blocks", blocks{held}, "cgitrace_test.blocks, which does not answer when asked for its text"},
		{"exits", exits{}, "cgitrace_test.exits, which ends its goroutine when asked for its text"},
		{"nil error in an interface", (*net.OpError)(nil), "<nil>"},
		{"secret by shape", "no access for postgres://ada:pw@db/shop", "no access for postgres://ada:REDACTED@db/shop"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page, log := production(&cgitrace.Page{})
			w, v := direct(page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(tt.value) })))
			if w.Code != 500 || v != nil {
				t.Fatalf("%d, panicked with %v", w.Code, v)
			}
			if got := log.records(t)[0]["error"]; got != "panic: "+tt.want {
				t.Errorf("got  %v\nwant panic: %s", got, tt.want)
			}
		})
	}
	page, log := production(&cgitrace.Page{})
	direct(page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(strings.Repeat("long ", 1<<20)) })))
	if n := len(log.String()); n > 64<<10 {
		t.Errorf("a record of %d bytes", n)
	}
}

func TestDeepStack(t *testing.T) {
	page, log := production(&cgitrace.Page{})
	var down func(n int)
	down = func(n int) {
		if n == 0 {
			panic("at the bottom")
		}
		down(n - 1)
	}
	direct(page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { down(100_000) })))
	if stack, _ := log.records(t)[0]["stack"].(string); strings.Count(stack, "\n") > 200 || !strings.Contains(stack, "frames more") {
		t.Errorf("stack is %.2000s", stack)
	}
}

func TestTemplate(t *testing.T) {
	page, _ := production(&cgitrace.Page{Template: template.Must(template.New("").Parse(`<h1>Our shop: {{.Title}} {{.Incident}}</h1>`))})
	s := serve(t, page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })), false)
	if _, body := get(t, s, browser); !strings.HasPrefix(body, "<h1>Our shop: Something went wrong") {
		t.Errorf("got %s", body)
	}
	page, _ = production(&cgitrace.Page{Template: template.Must(template.New("").Parse(`{{.NoSuchField}}`))})
	s = serve(t, page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })), false)
	if _, body := get(t, s, browser); !strings.Contains(body, "Incident number") {
		t.Errorf("a template that fails leaves %s", body)
	}
}

// Contract 8: inner layers' errors look like Page's.
func TestErrorSite(t *testing.T) {
	page, log := production(&cgitrace.Page{Template: template.Must(template.New("").Parse(`Our {{.Status}}`))})
	s := serve(t, page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		errpage.Write(w, r, errpage.Problem{Status: 503, Err: errors.New("store down")})
	})), false)
	if _, body := get(t, s, browser); body != "Our 503" {
		t.Errorf("got %s", body)
	}
	if recs := log.records(t); len(recs) != 1 || recs[0]["error"] != "store down" {
		t.Errorf("logged %v", recs)
	}
}

func TestAppliedTwice(t *testing.T) {
	page, log := production(&cgitrace.Page{})
	w, _ := direct(page.Wrap(page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }))))
	if w.Code != 500 || len(log.records(t)) != 1 || strings.Count(w.Body.String(), "Incident") != 1 {
		t.Errorf("%d %s %v", w.Code, w.Body, log)
	}
}

func TestRedactRule(t *testing.T) {
	page, log := production(&cgitrace.Page{Redact: func(name, value string) bool { return name == "page" }})
	s := serve(t, page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		panic("page is " + r.FormValue("page"))
	})), false)
	resp, err := s.Client().Get(s.URL + "/?page=customer-4711")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if rec := log.records(t)[0]; rec["query"] != "page=REDACTED" || rec["error"] != "panic: page is REDACTED" {
		t.Errorf("logged %v", rec)
	}
}

func TestWrapRefuses(t *testing.T) {
	ok := http.NotFoundHandler()
	for _, tt := range []struct {
		page *cgitrace.Page
		next http.Handler
		want string
	}{
		{&cgitrace.Page{}, nil, "cgitrace: Page.Wrap: next is nil"},
		{&cgitrace.Page{Context: -1}, ok, "Page.Context"},
		{&cgitrace.Page{Format: "pdf"}, ok, "Page.Format"},
		{&cgitrace.Page{AllowFrom: make([]netip.Prefix, 1)}, ok, "Page.AllowFrom[0] is not a valid prefix"},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tt.want) {
					t.Errorf("panic %q does not name %q", got, tt.want)
				}
			}()
			tt.page.Wrap(tt.next)
		}()
	}
}
