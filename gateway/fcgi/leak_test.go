package fcgi_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain sees that no goroutine of the package outlives the tests.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // most of what is parallel waits
	code := m.Run()
	if left := leaked(); left != "" && code == 0 {
		fmt.Println("goroutines are left:\n" + left)
		code = 1
	}
	os.Exit(code)
}

// leaked returns the goroutines that do not end.
func leaked() (left string) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		buf := make([]byte, 4<<20)
		left = ""
		for one := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(one, "surcoat/gateway/fcgi.") || strings.Contains(one, "surcoat/gateway/internal/connserver.") {
				left += one + "\n\n"
			}
		}
		if left == "" {
			return ""
		}
	}
	return left
}
