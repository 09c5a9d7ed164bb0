// Package apptest plays an application, by a script, for the clients of the protocols, so that it
// can lie as no real one does.
//
//	addr := apptest.Listen(t, func(conn net.Conn, n int) { … })
//	got := apptest.Ask(t, &fcgi.Client{Addresses: []string{addr}}, paritytest.Request{})
package apptest

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// Listen accepts connections until the test ends, and calls script for each, all at once. n counts
// them from 1. A connection is closed when its script returns, or the test ends.
func Listen(t testing.TB, script func(conn net.Conn, n int)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu    sync.Mutex
		conns []net.Conn
		wg    sync.WaitGroup
	)
	wg.Go(func() {
		for n := 1; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			wg.Go(func() {
				defer conn.Close()
				script(conn, n)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, conn := range conns {
			_ = conn.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().String()
}

// Ask sends a request to a handler over HTTP and says in a line what came of it: "200 hello", only
// the status of a page of our own, or "torn".
func Ask(t testing.TB, h http.Handler, q paritytest.Request) string {
	t.Helper()
	if q.Method == "" {
		q.Method = http.MethodGet
	}
	if q.Target == "" {
		q.Target = "/"
	}
	a := paritytest.OverHTTP(t, paritytest.Quiet(h), q)
	switch {
	case a.Torn:
		return "torn"
	case a.Header.Get("X-Content-Type-Options") == "nosniff" && strings.Contains(a.Body, fmt.Sprint(a.Status)):
		return fmt.Sprint(a.Status)
	}
	if len(a.Body) > 100 {
		a.Body = fmt.Sprintf("%.10s… %d bytes", a.Body, len(a.Body))
	}
	return fmt.Sprintf("%d %s", a.Status, a.Body)
}
