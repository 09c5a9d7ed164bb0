package gateway_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/gateway"
)

// The same program, told where to serve. Without URL it finds out how it was started.
func ExampleServer() {
	l, err := gateway.Listen(context.Background(), "http://127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	s := &gateway.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s below %s", r.URL, gateway.Prefix(r.Context()))
		}),
		URL:    "http:",
		Mount:  "/wiki",
		Logger: slog.New(slog.DiscardHandler),
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	done := make(chan error)
	go func() { done <- s.ServeListener(ctx, l) }()

	resp, err := http.Get("http://" + l.Addr().String() + "/wiki/Home")
	if err != nil {
		fmt.Println(err)
		return
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	fmt.Println(string(body))
	stop()
	fmt.Println(<-done)
	// Output:
	// /Home below /wiki
	// <nil>
}

func ExampleParseAddress() {
	for _, url := range []string{"fcgi+unix:///run/wiki.sock?mode=0666", "localhost:8080"} {
		a, err := gateway.ParseAddress(url)
		fmt.Println(a, err)
	}
	// Output:
	// fcgi+unix:///run/wiki.sock <nil>
	// : gateway: the URL "localhost:8080" names no protocol that is known here; there are http, https, fcgi, scgi, ajp, uwsgi, cgi, any, each but cgi also with +unix
}
