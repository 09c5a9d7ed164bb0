package behaviour_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// A site is a real server with one layer around one handler, and a client that
// neither asks for compression by itself nor undoes it.
type site struct {
	t      *testing.T
	server *httptest.Server
	client *http.Client
}

func newSite(t *testing.T, l layer, f http.HandlerFunc) site {
	t.Helper()
	server := httptest.NewUnstartedServer(l(f))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // what peers log is no part of the result
	server.Start()
	t.Cleanup(server.Close)
	return site{t, server, &http.Client{
		Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		Timeout:   3 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
}

// answer is a response read to its end.
type answer struct {
	*http.Response
	raw []byte // as it came
	err error  // of reading raw
}

// get asks for / with the given header fields, as "Name: value".
func (s site) get(fields ...string) answer { return s.do("GET", fields...) }

func (s site) do(method string, fields ...string) answer {
	s.t.Helper()
	r, err := http.NewRequest(method, s.server.URL+"/", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return answer{res, raw, err}
}

func (a answer) coding() string { return a.Header.Get("Content-Encoding") }

// body returns the decoded body.
func (a answer) body(t *testing.T) string {
	t.Helper()
	text, err := a.decode()
	if err != nil {
		t.Fatalf("the body does not decode as %q: %v", a.coding(), err)
	}
	return text
}

func (a answer) decode() (string, error) {
	if a.err != nil {
		return "", a.err
	}
	var from io.Reader = bytes.NewReader(a.raw)
	switch a.coding() {
	case "gzip", "x-gzip":
		zr, err := gzip.NewReader(from)
		if err != nil {
			return "", err
		}
		from = zr
	case "zstd":
		zr, err := zstd.NewReader(from)
		if err != nil {
			return "", err
		}
		defer zr.Close()
		from = zr
	}
	b, err := io.ReadAll(from)
	return string(b), err
}

// varies reports whether Vary names field.
func (a answer) varies(field string) bool {
	for _, line := range a.Header.Values("Vary") {
		for member := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(member), field) {
				return true
			}
		}
	}
	return false
}
