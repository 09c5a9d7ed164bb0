package lint_test

import (
	"fmt"
	"go/scanner"
	"go/token"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/lint"
)

// collector is a Report for tests.
type collector struct {
	mu     sync.Mutex
	faults []lint.Fault
}

func (c *collector) report(f lint.Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, f)
}

// all returns what came so far, as "rule line", sorted, each once.
func (c *collector) all(file string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var said []string
	for _, f := range c.faults {
		if filepath.Base(f.File) != file {
			said = append(said, f.Error())
			continue
		}
		said = append(said, fmt.Sprintf("%d %s", f.Line, f.Rule))
	}
	sort.Strings(said)
	return slices.Compact(said)
}

// servers runs f with a server for h, on HTTP/1.1 and on HTTP/2.
func servers(t *testing.T, h http.Handler, f func(t *testing.T, s *httptest.Server)) {
	for _, h2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP1", true: "HTTP2"}[h2], func(t *testing.T) {
			s := httptest.NewUnstartedServer(h)
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			if s.EnableHTTP2 = h2; h2 {
				s.StartTLS()
			} else {
				s.Start()
			}
			defer s.Close()
			s.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			f(t, s)
		})
	}
}

func TestSeededFaults(t *testing.T) {
	wants := wantedFaults(t, "seeded_test.go")
	starts := make([]int, len(seeded))
	for i, s := range seeded {
		fn := runtime.FuncForPC(reflect.ValueOf(s.serve).Pointer())
		_, starts[i] = fn.FileLine(fn.Entry())
	}
	for i, s := range seeded {
		if s.name == "the usual copies" {
			starts[i] = starts[i-1] + 1 // its function is net/http's; it wants nothing
		}
	}
	for i, s := range seeded {
		end := 1 << 30
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		var want []string
		for _, w := range wants {
			if w.line >= starts[i] && w.line < end {
				want = append(want, fmt.Sprintf("%d %s", w.line, w.rule))
			}
		}
		sort.Strings(want)
		t.Run(s.name, func(t *testing.T) {
			var got collector
			watch := lint.Handler{Report: got.report}
			servers(t, watch.Wrap(s.serve), func(t *testing.T, srv *httptest.Server) {
				got.faults = nil
				r, _ := http.NewRequest(s.method, srv.URL+"/path?q=secret", nil)
				if resp, err := srv.Client().Do(r); err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
				srv.Close() // waits for the handler to end
				if said := got.all("seeded_test.go"); !slices.Equal(said, want) {
					t.Errorf("reported\n\t%s\nwant\n\t%s", strings.Join(said, "\n\t"), strings.Join(want, "\n\t"))
				}
				for _, f := range got.faults {
					if f.Method != s.method || f.Path != "/path" || strings.Contains(f.Error(), "secret") {
						t.Errorf("%v: want method %s, path /path, and no query", f, s.method)
					}
				}
			})
		})
	}
}

type wanted struct {
	line int
	rule string
}

// wantedFaults reads the comments "want rule rule" of a file.
func wantedFaults(t *testing.T, name string) (wants []wanted) {
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	file := files.AddFile(name, -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, scanner.ScanComments)
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return wants
		}
		if rules, ok := strings.CutPrefix(text, "// want "); tok == token.COMMENT && ok {
			for _, rule := range strings.Fields(rules) {
				wants = append(wants, wanted{file.Line(pos), rule})
			}
		}
	}
}
