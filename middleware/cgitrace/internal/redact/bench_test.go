package redact_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

func BenchmarkText(b *testing.B) {
	buf := make([]byte, 16<<10)
	dump := strings.Repeat(string(buf[:runtime.Stack(buf, true)]), 200)[:64<<10]
	red := redact.New(nil)
	for i := range 20 {
		red.Taint(fmt.Sprint("tainted-value-", i))
	}
	for _, bm := range []struct{ name, text string }{{"dump", dump}, {"line", "open /home/ada/shop/stock.db: no such file or directory"}} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.text)))
			b.ReportAllocs()
			for b.Loop() {
				red.Text(bm.text)
			}
		})
	}
}
