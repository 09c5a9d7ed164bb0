//go:build dev

package cgitrace_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/forwarded"
)

// develop is p with a log that tests read.
func develop(p *cgitrace.Page) (*cgitrace.Page, *journal) {
	j := &journal{}
	p.Logger = slog.New(slog.NewJSONHandler(j, nil))
	return p, j
}

// request is one of a developer on this machine.
func request(method, accept, body string) *http.Request {
	r := httptest.NewRequest(method, "http://localhost:8080/cart?page=2", strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:4000"
	r.Header.Set("Accept", accept)
	return r
}

// traceback is what p answers r when next panics.
func traceback(p *cgitrace.Page, r *http.Request, next http.HandlerFunc) *httptest.ResponseRecorder {
	if p.Logger == nil {
		p.Logger = slog.New(slog.DiscardHandler)
	}
	w := httptest.NewRecorder()
	p.Wrap(next).ServeHTTP(w, r)
	return w
}

type problem struct {
	Type, Title, Detail, Incident string
	Status                        int
	Panic                         struct {
		Message string
		Chain   *cause
		Value   any
		Faults  []struct {
			Text, File string
			Line       int
		}
		Stack []struct {
			Title  string
			Frames []struct {
				Function, File string
				Line           int
				Application    bool
				Source         []string
			}
			LeftOut int `json:"left_out"`
		}
		Request struct {
			Body, Curl string
			BodyNote   string `json:"body_note"`
			Form       []struct{ Name, Value string }
		}
	}
}

type cause struct {
	Type, Text string
	Causes     []cause
}

func decode(t *testing.T, w *httptest.ResponseRecorder) (p problem) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v in %.500s", err, w.Body)
	}
	return p
}

// spec 3: negotiation.
func TestTracebackRepresentations(t *testing.T) {
	for _, tt := range []struct{ accept, format, kind, want string }{
		{browser, "", "text/html; charset=utf-8", "<h1>cart 7 of planted-secret is empty</h1>"},
		{"application/json", "", "application/problem+json", `"detail": "cart 7 of planted-secret is empty"`},
		{"*/*", "", "text/plain; charset=utf-8", "panic: cart 7 of planted-secret is empty\n"},
		{"", "", "text/plain; charset=utf-8", "panic: cart 7"},
		{browser, "text", "text/plain; charset=utf-8", "panic: cart 7"},
		{"*/*", "html", "text/html; charset=utf-8", "<h1>cart 7"},
		{"*/*", "json", "application/problem+json", `"status": 500`},
	} {
		page, log := develop(&cgitrace.Page{Format: tt.format})
		w := traceback(page, request("GET", tt.accept, ""), culprit)
		body := w.Body.String()
		if w.Code != 500 || w.Header().Get("Content-Type") != tt.kind || !strings.Contains(body, tt.want) {
			t.Errorf("Accept %q, Format %q: %d %v %.300s", tt.accept, tt.format, w.Code, w.Header(), body)
		}
		for _, want := range []string{"culprit", "page_test.go", "cart 7 of planted-secret is empty", "curl -i"} {
			if !strings.Contains(strings.ReplaceAll(body, "&#39;", "'"), want) {
				t.Errorf("%s has no %q", tt.kind, want)
			}
		}
		if recs := log.records(t); len(recs) != 1 || !strings.Contains(body, recs[0]["incident"].(string)) {
			t.Errorf("%s: the log has %v", tt.kind, recs)
		}
	}
}

// htmx puts what it gets into a page, whatever it is called: text would be markup there.
func TestTracebackForHtmx(t *testing.T) {
	r := request("GET", "*/*", "")
	r.Header.Set("Hx-Request", "true")
	w := traceback(&cgitrace.Page{}, r, func(http.ResponseWriter, *http.Request) { panic("<script>alert(1)</script>") })
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || strings.Contains(w.Body.String(), "<script>") {
		t.Errorf("%v %.300s", w.Header(), w.Body)
	}
}

// spec 2: no script, nothing from elsewhere, one style element that the policy allows.
func TestPagePolicy(t *testing.T) {
	w := traceback(&cgitrace.Page{}, request("GET", browser, ""), func(http.ResponseWriter, *http.Request) {
		panic(`<script>alert(1)</script> </title> " onload=x`)
	})
	nonce := regexp.MustCompile(`style-src 'nonce-([A-Z2-7]{20,})'`).FindStringSubmatch(w.Header().Get("Content-Security-Policy"))
	if nonce == nil || !strings.Contains(w.Body.String(), `<style nonce="`+nonce[1]+`">`) {
		t.Errorf("the style does not carry the policy's nonce: %v", w.Header())
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	for _, part := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), part) {
			t.Errorf("the policy lacks %s", part)
		}
	}
	if at := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|@import|url\(|\son\w+=["']| style="`).FindString(w.Body.String()); at != "" {
		t.Errorf("the page has %q", at)
	}
}

// spec 2: application frames open with their source, the others folded.
func TestFrames(t *testing.T) {
	p := decode(t, traceback(&cgitrace.Page{Context: 2}, request("GET", "application/json", ""), culprit))
	if len(p.Panic.Stack) != 1 {
		t.Fatalf("%d sections", len(p.Panic.Stack))
	}
	first := p.Panic.Stack[0].Frames[0]
	if !strings.HasSuffix(first.Function, "cgitrace_test.culprit") || !first.Application || len(first.Source) > 5 ||
		!strings.Contains(strings.Join(first.Source, "\n"), `panic(errors.New("cart 7 of planted-secret is empty"))`) {
		t.Errorf("the first frame is %+v", first)
	}
	for _, f := range p.Panic.Stack[0].Frames[1:] {
		if strings.Contains(f.Function, "middleware/cgitrace.") && f.Application || strings.HasPrefix(f.Function, "runtime.gopanic") {
			t.Errorf("there is %+v", f)
		}
	}
	page := traceback(&cgitrace.Page{Editor: "idea://open?file={file}&line={line}", Paths: map[string]string{filepath.Dir(first.File): "/somewhere else"}}, request("GET", browser, ""), culprit).Body.String()
	if want := fmt.Sprintf(`href="idea://open?file=/somewhere%%20else/page_test.go&amp;line=%d"`, first.Line); !strings.Contains(page, want) {
		t.Errorf("no editor link %s", want)
	}
	if !strings.Contains(page, "<details class=\"fold\">\n<summary>") {
		t.Error("nothing is folded")
	}
}

// spec 2: both origins of a re-panic.
func TestOriginsOfRepanic(t *testing.T) {
	p := decode(t, traceback(&cgitrace.Page{}, request("GET", "application/json", ""), func(w http.ResponseWriter, r *http.Request) {
		defer panicAgain()
		var none *problem
		_ = none.Detail
	}))
	if len(p.Panic.Stack) != 2 {
		t.Fatalf("%d sections", len(p.Panic.Stack))
	}
	origin, again := p.Panic.Stack[0], p.Panic.Stack[1]
	if origin.Title != "Where it first panicked" || !strings.Contains(origin.Frames[0].Function, "TestOriginsOfRepanic.func1") {
		t.Errorf("origin: %q %v", origin.Title, origin.Frames[0])
	}
	if !strings.Contains(again.Frames[0].Function, "panicAgain") || again.Title == "" {
		t.Errorf("again: %q %v", again.Title, again.Frames[0])
	}
}

func panicAgain() {
	if v := recover(); v != nil {
		panic(fmt.Errorf("while cleaning up: %v", v))
	}
}

// spec 2: the error chain is a tree, and the value has its fields.
func TestErrorTree(t *testing.T) {
	type order struct {
		ID    int
		Token string
		err   error
		next  *order
	}
	p := decode(t, traceback(&cgitrace.Page{}, request("GET", "application/json", ""), func(http.ResponseWriter, *http.Request) {
		panic(fmt.Errorf("outer: %w", errors.Join(fmt.Errorf("left: %w", os.ErrNotExist), errors.New("right"), deaf{})))
	}))
	if got, want := shape(p.Panic.Chain), "*fmt.wrapError(*errors.joinError(*fmt.wrapError(*errors.errorString) *errors.errorString cgitrace_test.deaf))"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	o := &order{ID: 7, Token: "abcdef", err: io.EOF}
	o.next = o
	w := traceback(&cgitrace.Page{}, request("GET", "application/json", ""), func(http.ResponseWriter, *http.Request) { panic(o) })
	if v := fmt.Sprint(decode(t, w).Panic.Value); !strings.Contains(v, "ID") || !strings.Contains(v, "REDACTED") || strings.Contains(v, "abcdef") {
		t.Errorf("the value is %s", v)
	}
}

// deaf is an error that panics when it is asked what it wraps.
type deaf struct{}

func (deaf) Error() string { return "deaf" }
func (deaf) Unwrap() error { panic("deaf") }

func shape(c *cause) string {
	if c == nil {
		return ""
	}
	s := c.Type
	if len(c.Causes) > 0 {
		var kids []string
		for i := range c.Causes {
			kids = append(kids, shape(&c.Causes[i]))
		}
		s += "(" + strings.Join(kids, " ") + ")"
	}
	return s
}

// spec 6: what is huge or endless makes a page of less than a megabyte in less than a second.
func TestHugeValues(t *testing.T) {
	many := map[string]int{}
	for i := range 5000 {
		many[strings.Repeat("k", 50)+fmt.Sprint(i)] = i
	}
	type ring struct {
		next *ring
		all  map[string]any
	}
	endless := &ring{all: map[string]any{}}
	endless.next, endless.all["self"] = endless, endless
	self := map[string]any{}
	self["self"] = self
	var deep func(n int)
	deep = func(n int) {
		if n == 0 {
			panic("bottom")
		}
		deep(n - 1)
	}
	for name, f := range map[string]func(){
		"map":    func() { panic(many) },
		"slice":  func() { panic(make([]byte, 80<<20)) },
		"ints":   func() { panic(make([]int, 10<<20)) },
		"string": func() { panic(strings.Repeat("x", 80<<20)) },
		"error":  func() { panic(errors.New(strings.Repeat("x ", 40<<20))) },
		"ring":   func() { panic(endless) },
		"cycle":  func() { panic(self) },
		"stack":  func() { deep(200_000) },
	} {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			began := time.Now()
			w := traceback(&cgitrace.Page{}, request("GET", accept, ""), func(http.ResponseWriter, *http.Request) { f() })
			if n := w.Body.Len(); w.Code != 500 || n > 1<<20 {
				t.Errorf("%s as %s: %d, %d bytes", name, accept, w.Code, n)
			}
			t.Logf("%s as %.10s: %v, %d bytes", name, accept, time.Since(began), w.Body.Len())
		}
	}
}

// spec, guards of the dev build.
func TestGuards(t *testing.T) {
	type setup func(*http.Request)
	set := func(pairs ...string) setup {
		return func(r *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Set(pairs[i], pairs[i+1])
			}
		}
	}
	from := func(addr string) setup { return func(r *http.Request) { r.RemoteAddr = addr } }
	host := func(name string) setup { return func(r *http.Request) { r.Host = name } }
	wide := &cgitrace.Page{AllowHosts: []string{"Dev.Box"}, AllowFrom: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}}
	for _, tt := range []struct {
		name  string
		page  *cgitrace.Page
		setup setup
		shows bool
	}{
		{"loopback", nil, set(), true},
		{"IPv6 loopback", nil, from("[::1]:9"), true},
		{"IPv4 loopback in IPv6", nil, from("[::ffff:127.0.0.1]:9"), true},
		{"another machine", nil, from("192.168.1.5:9"), false},
		{"no address", nil, from("@"), false},
		{"AllowFrom", wide, from("192.168.1.5:9"), true},
		{"beyond AllowFrom", wide, from("10.0.0.1:9"), false},

		{"localhost without port", nil, host("localhost"), true},
		{"a subdomain of localhost", nil, host("shop.localhost:80"), true},
		{"127.0.0.1", nil, host("127.0.0.1:80"), true},
		{"[::1]", nil, host("[::1]:80"), true},
		{"a rebound name", nil, host("evil.example:8080"), false},
		{"a name that begins well", nil, host("localhost.evil.example"), false},
		{"an address of the network", nil, host("192.168.1.5:80"), false},
		{"no host", nil, host(""), false},
		{"AllowHosts", wide, host("dev.box:8080"), true},

		{"X-Forwarded-For", nil, set("X-Forwarded-For", "127.0.0.1"), false},
		{"Forwarded", nil, set("Forwarded", "for=127.0.0.1"), false},
		{"Via", nil, set("Via", "1.1 proxy"), false},
		{"Cloudflare", nil, set("Cf-Ray", "1"), false},
		{"underscores", nil, set("X_forwarded_for", "127.0.0.1"), false},

		{"a link on another site", nil, set("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"), true},
		{"another site's frame", nil, set("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"), false},
		{"another site's fetch", nil, set("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"), false},
		{"another site's image", nil, set("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"), false},
		{"a front end on another port", nil, set("Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"), true},
		{"the address bar", nil, set("Sec-Fetch-Site", "none"), true},
		{"an old browser on another site", nil, set("Origin", "https://evil.example"), false},
		{"an old browser here", nil, set("Origin", "http://localhost:8080"), true},

		{"Off", &cgitrace.Page{Off: true}, set(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := cgitrace.Page{}
			if tt.page != nil {
				page = *tt.page
			}
			p, log := develop(&page)
			r := request("GET", "*/*", "")
			tt.setup(r)
			w := traceback(p, r, culprit)
			if shown := strings.Contains(w.Body.String(), "culprit"); shown != tt.shows || w.Code != 500 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			rec := log.records(t)[0]
			if why, _ := rec["traceback withheld"].(string); (why == "") != tt.shows {
				t.Errorf("withheld because %q", why)
			}
			if incidentNumber.FindString(w.Body.String()) != rec["incident"] {
				t.Error("the answer and the log differ on the incident")
			}
		})
	}
}

func TestGuardAgainstProduction(t *testing.T) {
	for _, env := range []string{"KUBERNETES_SERVICE_HOST=10.0.0.1", "K_SERVICE=shop", "DYNO=web.1", "FLY_APP_NAME=shop", "AWS_LAMBDA_FUNCTION_NAME=shop", "APP_ENV=production"} {
		t.Run(env, func(t *testing.T) {
			name, value, _ := strings.Cut(env, "=")
			t.Setenv(name, value)
			p, log := develop(&cgitrace.Page{})
			if w := traceback(p, request("GET", "*/*", ""), culprit); strings.Contains(w.Body.String(), "culprit") {
				t.Error("shown")
			}
			if !strings.Contains(log.String(), name) {
				t.Errorf("the log does not name the variable: %s", log)
			}
		})
	}
	t.Setenv("APP_ENV", "development")
	if w := traceback(&cgitrace.Page{}, request("GET", "*/*", ""), culprit); !strings.Contains(w.Body.String(), "culprit") {
		t.Error("not shown in development")
	}
}

// Package forwarded takes the fields away that give a proxy away; the guard still knows.
func TestGuardBehindForwarded(t *testing.T) {
	trust := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	ada := []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
	for _, tt := range []struct {
		name    string
		proxies *forwarded.Proxies
		allow   []netip.Prefix
		client  string
		shows   bool
	}{
		{"a tunnel nobody trusts", &forwarded.Proxies{}, nil, "192.0.2.1", false},
		{"a trusted proxy", &forwarded.Proxies{Trusted: trust}, nil, "192.0.2.1", false},
		{"a client that says it is loopback", &forwarded.Proxies{Trusted: trust}, nil, "127.0.0.1", false},
		{"a client that is allowed", &forwarded.Proxies{Trusted: trust}, ada, "192.0.2.1", true},
		{"a client that says it is allowed", &forwarded.Proxies{}, ada, "192.0.2.1", false},
	} {
		p := &cgitrace.Page{AllowFrom: tt.allow, Logger: slog.New(slog.DiscardHandler)}
		r := request("GET", "*/*", "")
		r.Header.Set("X-Forwarded-For", tt.client)
		w := httptest.NewRecorder()
		tt.proxies.Wrap(p.Wrap(http.HandlerFunc(culprit))).ServeHTTP(w, r)
		if shown := strings.Contains(w.Body.String(), "culprit"); shown != tt.shows {
			t.Errorf("%s: shown is %t", tt.name, shown)
		}
	}
}

func TestBanner(t *testing.T) {
	p, log := develop(&cgitrace.Page{})
	for range 3 { // routes
		p.Wrap(http.NotFoundHandler())
	}
	if strings.Count(log.String(), "-tags dev") != 1 {
		t.Errorf("the log says %q", log)
	}
	(&cgitrace.Page{Logger: p.Logger, AllowHosts: []string{"dev.example"}}).Wrap(http.NotFoundHandler())
	if strings.Count(log.String(), "-tags dev") != 2 || !strings.Contains(log.String(), "dev.example") {
		t.Errorf("another Page, which shows more: %q", log)
	}
}

// Panics at the same time do not get in each other's way.
func TestParallel(t *testing.T) {
	p, log := develop(&cgitrace.Page{})
	h := p.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic("cart " + r.URL.RawQuery) }))
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			r := request("GET", []string{browser, "application/json", "*/*"}[i%3], "")
			r.URL.RawQuery = fmt.Sprintf("n%dn", i)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if !strings.Contains(w.Body.String(), "cart "+r.URL.RawQuery) {
				t.Errorf("request %d got %.200s", i, w.Body)
			}
		})
	}
	wg.Wait()
	if n := len(log.records(t)); n != 24 {
		t.Errorf("%d records", n)
	}
}

// cgitb's logdir.
func TestLogDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "traces")
	for _, tt := range []struct {
		page *cgitrace.Page
		ext  string
	}{{&cgitrace.Page{}, ".html"}, {&cgitrace.Page{Off: true}, ".html"}, {&cgitrace.Page{Format: "text"}, ".txt"}, {&cgitrace.Page{Format: "json"}, ".json"}} {
		tt.page.LogDir = dir
		p, log := develop(tt.page)
		traceback(p, request("GET", "*/*", ""), culprit)
		name := filepath.Join(dir, log.records(t)[0]["incident"].(string)+tt.ext)
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		if b, _ := os.ReadFile(name); !strings.Contains(string(b), "culprit") {
			t.Errorf("%s has %.200s", name, b)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	p, log := develop(&cgitrace.Page{LogDir: file})
	if w := traceback(p, request("GET", "*/*", ""), culprit); w.Code != 500 || !strings.Contains(log.String(), "not written") {
		t.Errorf("%d, log %s", w.Code, log)
	}
}
