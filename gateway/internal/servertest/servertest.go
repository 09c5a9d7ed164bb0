// Package servertest is what the tests of the protocols' servers share: a server at a port of its
// own, and the end of its goroutines.
package servertest

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Server is a server of one protocol.
type Server interface {
	Serve(net.Listener) error
	Close() error
}

// Serve has s serve at a free port of 127.0.0.1 until the test ends, and returns where.
func Serve(t testing.TB, s Server) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ServeAt(t, s, l)
	return l.Addr().String()
}

// ServeAt is [Serve] at a listener.
func ServeAt(t testing.TB, s Server, l net.Listener) {
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
}

// Main is a TestMain. It runs as many tests at a time as parallel says, since most of what is
// parallel waits, and fails them where a goroutine of a server outlives them by ten seconds. It
// does not return.
func Main(m *testing.M, parallel int) {
	flag.Parse()
	_ = flag.Set("test.parallel", strconv.Itoa(parallel))
	code := m.Run()
	if left := leaked(); left != "" && code == 0 {
		fmt.Println("goroutines are left:\n" + left)
		code = 1
	}
	os.Exit(code)
}

// ofServer is a function of a server's in a stack.
var ofServer = regexp.MustCompile(`surcoat/gateway/(ajp|fcgi|scgi|uwsgi|internal/(connserver|relay|upstream))\.`)

// leaked returns the goroutines that do not end.
func leaked() (left string) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		buf := make([]byte, 4<<20)
		left = ""
		for one := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if ofServer.MatchString(one) {
				left += one + "\n\n"
			}
		}
		if left == "" {
			return ""
		}
	}
	return left
}
