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
