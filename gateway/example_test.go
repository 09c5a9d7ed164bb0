package gateway_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"time"

	"golang.org/x/crypto/acme/autocert"

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

// A site with certificates of Let's Encrypt. They, and the account's key, are kept in a folder that
// only the program can read.
func ExampleServer_acme() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := &gateway.Server{
		Handler: http.NotFoundHandler(),
		URL:     "https://:443",
		ACME: &autocert.Manager{
			Prompt:     autocert.AcceptTOS,
			HostPolicy: autocert.HostWhitelist("wiki.example", "www.wiki.example"),
			Cache:      autocert.DirCache("/var/lib/wiki/acme"),
			Email:      "webmaster@wiki.example",
		},
	}
	// Who types the address without https comes by http first.
	toHTTPS := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://wiki.example"+r.URL.RequestURI(), http.StatusMovedPermanently)
	})
	go func() {
		if err := (&gateway.Server{Handler: toHTTPS, URL: "http://:80"}).Serve(ctx); err != nil {
			log.Print(err)
		}
	}()
	if err := s.Serve(ctx); err != nil {
		log.Fatal(err)
	}
}

// A program that says where it is to be found before it serves.
func ExampleDetect() {
	d, err := gateway.Detect()
	switch {
	case err != nil:
		log.Fatal(err)
	case d.Address.Protocol == gateway.HTTP && d.Address.Network != "":
		log.Printf("soon at %s, because %s", d.Address, d.Why)
	}
}

func ExampleParseAddress() {
	for _, url := range []string{"fcgi+unix:///run/wiki.sock?mode=0666", "localhost:8080"} {
		a, err := gateway.ParseAddress(url)
		fmt.Println(a, err)
	}
	// Output:
	// fcgi+unix:///run/wiki.sock?mode=0666 <nil>
	// : gateway: the URL "localhost:8080" names no protocol that is known here; there are http, https, fcgi, scgi, ajp, uwsgi, cgi, any, each but cgi also with +unix
}
