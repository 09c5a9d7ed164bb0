// Command echo is a program that does not know how it will be started.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/surcoat/surcoat/gateway"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, err := gateway.Detect()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "%s %s by %s, started for %s because %s", r.Method, r.URL, r.Proto, d.Address.Protocol, d.Why)
	})
	server := &gateway.Server{Handler: h, URL: os.Getenv("ECHO_URL")}
	if err := server.Serve(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
