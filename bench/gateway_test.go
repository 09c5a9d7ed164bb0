package bench_test

import (
	"testing"

	"github.com/surcoat/surcoat/bench/frontend"
)

// BenchmarkGateway is one handler behind nginx, Apache and haproxy, over each protocol.
func BenchmarkGateway(b *testing.B) {
	site := frontend.Start(b)
	for _, server := range []string{"nginx", "apache", "haproxy"} {
		for _, w := range frontend.Works() {
			b.Run("server="+server+"/work="+w.Name, func(b *testing.B) {
				for _, p := range site.Paths {
					if p.Server == server {
						b.Run("lib="+p.Lib, func(b *testing.B) { site.Measure(b, p, w) })
					}
				}
			})
		}
	}
}

// BenchmarkIdleConnections is what a connection holds that a server in front keeps for later.
func BenchmarkIdleConnections(b *testing.B) {
	for _, rv := range []frontend.Rival{{Lib: "surcoat-fcgi", Protocol: "fcgi"}, {Lib: "http", Protocol: "http"}, {Lib: "stdlib-fcgi", Protocol: "stdlib"}} {
		b.Run("lib="+rv.Lib, func(b *testing.B) { frontend.IdleConnections(b, 1000, rv) })
	}
}

// BenchmarkHugeVariables is a server in front that sends 200 MB of variables.
func BenchmarkHugeVariables(b *testing.B) {
	for _, rv := range []frontend.Rival{{Lib: "surcoat-fcgi", Protocol: "fcgi"}, {Lib: "stdlib-fcgi", Protocol: "stdlib"}} {
		b.Run("lib="+rv.Lib, func(b *testing.B) { frontend.HugeVariables(b, 200e6, rv) })
	}
}

// BenchmarkPython is a Python application in wsgi.App and behind what else serves it, with two
// processes of one thread each.
func BenchmarkPython(b *testing.B) {
	for _, w := range frontend.Applications() {
		b.Run("app="+w.Name, func(b *testing.B) {
			site := frontend.StartPython(b, w)
			for _, p := range site.Paths {
				b.Run("lib="+p.Lib, func(b *testing.B) { site.Measure(b, p, w) })
			}
		})
	}
}
