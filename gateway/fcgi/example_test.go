package fcgi_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// A program that is stopped with an interrupt, after it has answered what has come.
func ExampleServer() {
	l, err := net.Listen("unix", "/run/app.sock")
	if err != nil {
		log.Fatal(err)
	}
	s := &fcgi.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "hello %s", r.URL.Query().Get("name"))
		}),
		ReadTimeout: time.Minute,
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	go func() {
		<-ctx.Done()
		_ = s.Shutdown(context.Background())
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
