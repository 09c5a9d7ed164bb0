//go:build unix

package bench_test

import (
	"net/http"
	netcgi "net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// BenchmarkCGI is what it costs to start a program for a request: the smallest binary that
// answers, and a script of one line.
func BenchmarkCGI(b *testing.B) {
	const text = `Content-Type: text/plain\n\nhello`
	printf, err := exec.LookPath("printf")
	if err != nil {
		b.Skip(err)
	}
	script := filepath.Join(b.TempDir(), "hello.cgi")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nprintf '"+text+"'\n"), 0o755); err != nil {
		b.Fatal(err)
	}
	for _, program := range []struct {
		name, path string
		args       []string
	}{{"binary", printf, []string{text}}, {"sh", script, nil}} {
		for name, h := range map[string]http.Handler{
			"surcoat":      &cgi.Handler{Path: program.path, Args: program.args},
			"net_http_cgi": &netcgi.Handler{Path: program.path, Args: program.args},
		} {
			b.Run(program.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					w := httptest.NewRecorder()
					h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
					if w.Body.String() != "hello" {
						b.Fatal(w.Code, w.Body)
					}
				}
			})
		}
		b.Run(program.name+"/only_os_exec", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := exec.Command(program.path, program.args...).Output(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
