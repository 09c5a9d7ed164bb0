package scgi_test

import (
	"log"
	"net/http"

	"github.com/surcoat/surcoat/gateway/scgi"
)

// An SCGI program below /app, which finds "/app" in SCRIPT_NAME.
func ExampleClient() {
	app := &scgi.Client{Addresses: []string{"127.0.0.1:4000"}, Mount: "/app"}
	if err := app.Check(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/app/", app)
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", nil))
}
