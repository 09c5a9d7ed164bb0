package cgienv_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

func str(v ...any) string { return strings.TrimSuffix(fmt.Sprintln(v...), "\n") }

// FuzzRequest gives all kinds of variables. What comes of them must be a request that net/http's
// own server would have let through: it is written down and read with http.ReadRequest.
func FuzzRequest(f *testing.F) {
	for _, s := range servers {
		f.Add(strings.TrimSpace(s.vars), "")
	}
	f.Add("REQUEST_METHOD=GET\nREQUEST_URI=/wiki%2Fa\nHTTP_X=y", "/wiki")
	f.Add("REQUEST_METHOD=OPTIONS\nREQUEST_URI=*\nSERVER_PROTOCOL=HTTP/2.0", "/")
	f.Add("REQUEST_METHOD=CONNECT\nREQUEST_URI=a:1\nHTTP_HOST=\nHTTP_=\nHTTP_TRANSFER_ENCODING=chunked", "/")
	f.Add("REQUEST_METHOD=GET\nSCRIPT_NAME=/%\nPATH_INFO=//\nQUERY_STRING=a b", "")
	f.Fuzz(func(t *testing.T, text, mount string) {
		// A line end in a value is written as \x01, which is then replaced.
		lines := strings.Split(text, "\n")
		for i := range lines {
			lines[i] = strings.ReplaceAll(lines[i], "\x01", "\r\n")
		}
		vars := cgienv.Environ(lines)
		r, err := cgienv.Request(context.Background(), vars, mount)
		if err != nil {
			return
		}
		if r.URL.Path == "" && r.Method != http.MethodConnect && r.URL.Scheme == "" {
			t.Errorf("no path: %+v", r.URL)
		}
		if p := cgienv.Prefix(r.Context()); p != "" && (p[0] != '/' || p[len(p)-1] == '/' || r.URL.Path[0] != '/') {
			t.Errorf("prefix %q of %q leaves %q", p, r.RequestURI, r.URL.Path)
		}
		if r.Header.Get("Proxy") != "" {
			t.Errorf("header %v", r.Header)
		}
		asHTTP(t, r, mount)
	})
}

// asHTTP compares r with what net/http reads.
func asHTTP(t *testing.T, r *http.Request, mount string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.%d\r\nHost: %s\r\n", r.Method, r.RequestURI, min(r.ProtoMinor, 1), r.Host)
	if err := r.Header.WriteSubset(&b, map[string]bool{"Content-Length": true, "Transfer-Encoding": true, "Trailer": true}); err != nil {
		t.Fatal(err)
	}
	b.WriteString("\r\n")
	want, err := http.ReadRequest(bufio.NewReader(strings.NewReader(b.String())))
	if err != nil {
		t.Fatalf("net/http: %v\n%s", err, b.String())
	}
	if want.Method != r.Method || want.RequestURI != r.RequestURI || want.Host != r.Host {
		t.Errorf("got %s %s %s, net/http %s %s %s", r.Method, r.RequestURI, r.Host, want.Method, want.RequestURI, want.Host)
	}
	if prefix := cgienv.Prefix(r.Context()); prefix == "" && mount == "/" {
		if want.URL.String() != r.URL.String() || want.URL.RawPath != r.URL.RawPath || want.URL.Path != r.URL.Path {
			t.Errorf("URL %#v, net/http %#v", r.URL, want.URL)
		}
	}
	for name := range maps.Keys(want.Header) {
		got := slices.Clone(r.Header[name])
		for i := range got {
			got[i] = strings.Trim(got[i], " \t")
		}
		if !slices.Equal(got, want.Header[name]) {
			t.Errorf("%s: %q, net/http %q", name, r.Header[name], want.Header[name])
		}
	}
}
