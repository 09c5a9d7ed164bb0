package frontend

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	netfcgi "net/http/fcgi"
	"os"
	"path"
	"runtime"

	"github.com/surcoat/surcoat/bench/fixtures"
	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/scgi"
	"github.com/surcoat/surcoat/gateway/uwsgi"
)

// protocols are what the handler can be served over.
var protocols = map[string]func(net.Listener, http.Handler) error{
	"http":   func(l net.Listener, h http.Handler) error { return (&http.Server{Handler: h}).Serve(l) },
	"stdlib": netfcgi.Serve, // net/http/fcgi
	"fcgi":   func(l net.Listener, h http.Handler) error { return (&fcgi.Server{Handler: h}).Serve(l) },
	"scgi":   func(l net.Listener, h http.Handler) error { return (&scgi.Server{Handler: h}).Serve(l) },
	"ajp":    func(l net.Listener, h http.Handler) error { return (&ajp.Server{Handler: h}).Serve(l) },
	"wsgi":   serveWSGI,
	"uwsgi":  func(l net.Listener, h http.Handler) error { return (&uwsgi.Server{Handler: h}).Serve(l) },
}

const pageLength = 64 << 10

// page is not all of one byte.
var page = fixtures.Video(pageLength)

// app is the handler: it reads what it is sent, and answers with a line or with a page.
func app(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if path.Base(r.URL.Path) == "page" {
		_, _ = w.Write(page)
		return
	}
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if n > 0 {
		fmt.Fprintf(w, "got %d bytes\n", n)
		return
	}
	_, _ = io.WriteString(w, hello)
}

const hello = "hello\n"

// protocolVariable tells a process over what it serves.
const protocolVariable = "SURCOAT_BENCH_FRONTEND"

// Serve is called at the beginning of TestMain. In a process that a [Site] has started it serves
// the handler, prints its address and for each line that it is given what its memory holds, and
// does not return. Elsewhere it does nothing.
func Serve() {
	protocol := os.Getenv(protocolVariable)
	if protocol == "" {
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		fmt.Println(l.Addr())
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			fmt.Println(inUse())
		}
		os.Exit(0) // whoever has started it is gone
	}()
	fmt.Fprintln(os.Stderr, protocols[protocol](l, http.HandlerFunc(app)))
	os.Exit(1)
}

// inUse is the memory of the heap and of the goroutines' stacks.
func inUse() uint64 {
	runtime.GC()
	runtime.GC() // the first only moves what is in pools aside
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
