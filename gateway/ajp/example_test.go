package ajp_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/surcoat/surcoat/gateway/ajp"
)

// A program behind Apache's ProxyPass "/" "ajp://127.0.0.1:8009/" secret=…, stopped with an
// interrupt after it has answered what has come.
func ExampleServer() {
	secret, err := os.ReadFile("/etc/app/ajp-secret")
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:8009")
	if err != nil {
		log.Fatal(err)
	}
	s := &ajp.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "hello %s", r.URL.Query().Get("name"))
		}),
		Secret:      strings.TrimSpace(string(secret)),
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
