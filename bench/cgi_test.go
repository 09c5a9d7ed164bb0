//go:build unix

package bench_test

import (
	"net/http"
	netcgi "net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/bench/harness"
	"github.com/surcoat/surcoat/gateway/cgi"
)

// BenchmarkCGI is what it costs to start a program for a request: the smallest binary that
// answers, and a script of one line. os-exec starts the program in the same way and asks it nothing.
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
		b.Run("program="+program.name, func(b *testing.B) {
			harness.Compare(b, harness.Work{
				Request: harness.Get("/"),
				Check:   harness.WantBody("", "text/plain", []byte("hello")),
			},
				harness.Rival{Lib: "surcoat", Build: func(testing.TB) http.Handler { return &cgi.Handler{Path: program.path, Args: program.args} }},
				harness.Rival{Lib: "net-http-cgi", Build: func(testing.TB) http.Handler { return &netcgi.Handler{Path: program.path, Args: program.args} }},
				harness.Rival{Lib: "os-exec", Build: func(tb testing.TB) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						if _, err := exec.Command(program.path, program.args...).Output(); err != nil {
							tb.Error(err)
						}
						w.Header().Set("Content-Type", "text/plain")
						_, _ = w.Write([]byte("hello"))
					})
				}})
		})
	}
}
