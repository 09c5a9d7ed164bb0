// Command devtrace is a small shop in which every page fails in a way of its own, to see
// what cgitrace makes of it. From the repository's root
//
//	go run -tags dev -ldflags=-w=0 -gcflags='./...=-N -l -dwarf=true' ./examples/devtrace
//
// or surcoat dev ./examples/devtrace,
// and open http://127.0.0.1:8080. Without the tag it is a production build, whose visitors
// get an incident number in place of a traceback.
package main

import (
	"flag"
	"log"
	"log/slog"
	"net"
	"net/http"

	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/lint"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "the `address` to serve at")
	flag.Parse()
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	log.Printf("devtrace is at url=http://127.0.0.1:%s/", port)
	log.Fatal(http.Serve(listener, site(slog.Default())))
}

// site is the shop. Package lint is inside the page, so that what it sees of a request
// stands on the traceback too.
func site(logger *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	for _, f := range failures {
		method := "GET "
		if f.Fields != nil {
			method = "POST "
		}
		mux.HandleFunc(method+f.Path, f.serve)
	}
	page := &cgitrace.Page{Logger: logger}
	watch := &lint.Handler{Report: func(f lint.Fault) { logger.Warn(f.Error()) }}
	return page.Wrap(watch.Wrap(mux))
}
